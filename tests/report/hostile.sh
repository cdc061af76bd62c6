#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reports of packages that were made to harm the reader: hostile.py.
. "$(dirname "$0")/../fixtures/base.sh"
export PYTHONDONTWRITEBYTECODE=1
check "hostile packages" python3 "$NSVIEW_SOURCE/tests/report/hostile.py" "$NSVIEW_BIN/nscollect" "$TEST_TMP"
test_done
