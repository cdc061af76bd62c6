#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The page in a real browser: page.py. Its screenshots are kept in the build's folder.
. "$(dirname "$0")/../fixtures/base.sh"
for tool in python3 chromium chromedriver; do
	command -v "$tool" >/dev/null || test_skip "$tool is missing"
done
export PYTHONDONTWRITEBYTECODE=1
check "the page" python3 "$NSVIEW_SOURCE/tests/report/page.py" "$NSVIEW_BIN/nscollect" "$TEST_TMP" "$NSVIEW_BUILD/screenshots"
test_done
