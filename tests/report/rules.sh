#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each rule on a case of its own and on innocent containers: rules.py.
. "$(dirname "$0")/../fixtures/base.sh"
python3 -c 'import jsonschema' 2>/dev/null || test_skip "python3 with jsonschema is missing"
export PYTHONDONTWRITEBYTECODE=1
check "the rules" python3 "$NSVIEW_SOURCE/tests/report/rules.py" "$NSVIEW_BIN/nscollect" "$TEST_TMP" \
	"$NSVIEW_SOURCE/src/report/findings.c" "$NSVIEW_SOURCE/docs/findings.md" "$NSVIEW_SOURCE/docs/schema/findings.schema.json"
test_done
