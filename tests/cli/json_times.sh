#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Times in the JSON of every command have one form, and are the right ones.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
command -v jq >/dev/null || test_skip "jq is missing"

form='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}\+00:00$'
export TZ=Etc/GMT-3
container_start --hostname "plain-$$" --setup 'mkdir /d'
plain=$CT_PID
container_start --hostname "times-$$" --setup '
	mkdir /d; echo new >/d/new; touch -d "2023-11-14 22:13:20" /d/new; mkdir /far; touch -d "1960-02-29 12:00:01" /far'

# times WHAT JSON FILTER: each of the times has the form.
times() {
	local time n=0

	while IFS= read -r time; do
		n=$((n + 1))
		check "$1: $time" grep -qE "$form" <<<"$time"
	done < <(jq -r "$3" <<<"$2")
	check "$1: there are times" test "$n" -gt 0
}

json=$("$NSVIEW_BIN/nsls" -J "$CT_PID" /d/new /far -d)
times nsls "$json" '.[] | .atime, .mtime, .ctime'
check_eq "the time of a file" "$(jq -r '.[] | select(.name == "new") | .mtime' <<<"$json")" \
	"$(date -u -d "@$(stat -c %Y "/proc/$CT_PID/root/d/new")" +%Y-%m-%dT%H:%M:%S.000000000+00:00)"
check_eq "before 1970" "$(jq -r '.[] | select(.name == "far") | .mtime' <<<"$json")" \
	"$(date -u -d "@$(stat -c %Y "/proc/$CT_PID/root/far")" +%Y-%m-%dT%H:%M:%S.000000000+00:00)"
times nsps "$("$NSVIEW_BIN/nsps" -J -o START,PID)" '.[].start'
times nsinfo "$("$NSVIEW_BIN/nsinfo" -J "$CT_PID")" '.[0].started'
json=$("$NSVIEW_BIN/nsdiff" -J "$plain" "$CT_PID" /d 2>"$TEST_TMP/errors")
check "nsdiff names the file: $(head -c 300 "$TEST_TMP/errors")" grep -q '"/d/new"' <<<"$json"
times nsdiff "$json" '.. | objects | (.mtime?, .ctime?) | select(. != null)'
check "the same time in nsdiff" grep -qF -- "$("$NSVIEW_BIN/nsls" -Jd "$CT_PID" /d/new | jq -r '.[0].mtime')" <<<"$json"
test_done
