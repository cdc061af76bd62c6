#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Names that mean something to a shell, a terminal or an option parser (CVE-2019-18466 of podman
# cp: a glob; CVE-2021-25743 of kubectl: escape sequences). Control: ls --show-control-chars prints them raw.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

esc=$(printf '\033]0;owned\007')
container_start --setup '
	mkdir -p /n/dir
	for f in "*" "[a]" "?" a b "-rf" "--help" "it'"'"'s" "\$(id)"; do echo "text of $f" >"/n/$f"; done
	ln -s /etc/passwd "/n/[l]"
	printf x >"/n/$(printf "\033]0;owned\007")"
	printf x >"/n/$(printf "new\nline")"
	printf x >"/n/$(printf "bad\377utf8")"
	printf x >"/n/$(printf "c1\302\233csi")"'

# A glob means itself: one file, not all that match.
for name in '*' '[a]' '?' '-rf' '--help' '$(id)'; do
	check_eq "nscat of $name" "$("$NSVIEW_BIN/nscat" "$CT_PID" "/n/$name")" "text of $name"
	rm -rf "$TEST_TMP/out" && mkdir "$TEST_TMP/out"
	check "nscp of $name" "$NSVIEW_BIN/nscp" "$CT_PID:/n/$name" "$TEST_TMP/out"
	check_eq "copies that one" "$(ls -A "$TEST_TMP/out")" "$name"
done

# Every name arrives with its bytes.
check "nscp -a of all of them" "$NSVIEW_BIN/nscp" -a "$CT_PID:/n" "$TEST_TMP/copy"
check_eq "with the same names" \
	"$(cd "$TEST_TMP/copy" && find . -print0 | sort -z | sha256sum)" \
	"$(cd "/proc/$CT_PID/root/n" && find . -print0 | sort -z | sha256sum)"
check_eq "nsls in a pipe prints bytes as ls does" \
	"$("$NSVIEW_BIN/nsls" -A "$CT_PID" /n | sha256sum)" \
	"$(ls -A --literal "/proc/$CT_PID/root/n" | sha256sum)"
check_eq "nsls -0 ends names with NUL" \
	"$("$NSVIEW_BIN/nsls" -A -0 "$CT_PID" /n | sha256sum)" \
	"$(cd "/proc/$CT_PID/root/n" && find . -mindepth 1 -maxdepth 1 -printf '%f\0' | LC_ALL=C sort -z | sha256sum)"

# On a terminal nothing but printable text arrives. script(1) gives a terminal.
raw=$(script -qec "ls -N --show-control-chars '/proc/$CT_PID/root/n'" /dev/null </dev/null)
check "control: ls --show-control-chars writes the sequence to the terminal" grep -qF "$esc" <<<"$raw"
for command in "nsls $CT_PID /n" "nsls -l $CT_PID /n" "nsls -R $CT_PID /n" \
	"nscat $CT_PID '/n/$esc/x'" "nscat $CT_PID '/n/no$esc'" \
	"nscp $CT_PID:'/n/no$esc' $TEST_TMP/none" "nscp -av $CT_PID:/n $TEST_TMP/verbose"; do
	out=$(script -qec "$NSVIEW_BIN/$command" /dev/null </dev/null | tr -d '\r\n' |
		sed 's/\x1b\[[0-9;]*[mK]//g')
	check_not "$command: no control byte on a terminal" grep -qaP '[\x00-\x08\x0b-\x1f\x7f]' <<<"$out"
	check_not "$command: no C1 control" grep -qaF "$(printf '\302\233')" <<<"$out"
done

# In JSON names are exact.
if command -v jq >/dev/null; then
	check_eq "JSON holds the escape sequence as text" "$("$NSVIEW_BIN/nsls" -A -J "$CT_PID" /n |
		jq -r '.. | .name? // empty' | grep -cF "$esc")" 1
fi
test_done
