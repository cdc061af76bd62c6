#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two containers, and two files, whose names differ in a character that shows nothing (CVE-2021-42574
# and its kind): every command shows which is which. Control: without what a terminal shows as
# nothing the two names are one.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"
export LC_ALL=C.UTF-8

nscat=$NSVIEW_BIN/nscat nsls=$NSVIEW_BIN/nsls nsps=$NSVIEW_BIN/nsps nsinfo=$NSVIEW_BIN/nsinfo
shop=shop$$
unseen=$'\u200b'
container_start --hostname "$shop" --setup 'mkdir /n'
real=$CT_PID
container_start --hostname "$shop$unseen" --setup 'mkdir /n'
fake=$CT_PID

# What reaches a terminal. script(1) gives one.
on_terminal() {
	script -qec "$(printf '%q ' "$@")" /dev/null </dev/null | tr -d '\r'
}

# Zero-width characters, fillers, tags, selectors, what turns text, what annotates it.
chars=($'\u00ad' $'\u034f' $'\u061c' $'\u115f' $'\u17b4' $'\u180e' $'\u200b' $'\u200d' $'\u202e' $'\u2060'
	$'\u2065' $'\u206a' $'\u206f' $'\u3164' $'\ufe0f' $'\ufeff' $'\uffa0' $'\ufff0' $'\ufff9' $'\ufffb'
	$'\U0001bca0' $'\U0001d173' $'\U000e0000' $'\U000e0041' $'\U000e007f' $'\U000e0100' $'\U000e0fff')
for char in "${chars[@]}"; do
	: >"/proc/$fake/root/n/shop$char"
done
: >"/proc/$fake/root/n/shop"
: >"/proc/$fake/root/n/école"
pattern=$(IFS='|' && echo "${chars[*]}")
raw=$(on_terminal ls -N --show-control-chars "/proc/$fake/root/n")
check_eq "control: on a terminal the files are called the same" \
	"$(sed -E "s/\x1b\[[0-9;]*[mK]//g; s/$pattern//g" <<<"$raw" | xargs -n 1 | sort -u | xargs)" "shop école"

check_unseen() {
	check_not "$1: nothing that shows nothing" grep -qE "$pattern" <<<"$2"
}
for options in -1 -l -R -i; do
	said=$(on_terminal "$nsls" --color=never "$options" "$fake" /n)
	check_unseen "nsls $options" "$said"
	check_eq "nsls $options: as many names as files" \
		"$(grep -oE '\bshop[^ ]*' <<<"$said" | sort -u | wc -l)" $((${#chars[@]} + 1))
	check "nsls $options: what can be read stays" grep -q école <<<"$said"
done
check_eq "in a pipe a name is exact" "$("$nsls" "$fake" /n | grep -c "$unseen")" 1
check_not "JSON is ASCII there" grep -qE "$pattern" <("$nsls" -J "$fake" /n)
check_eq "and exact" "$("$nsls" -J "$fake" /n | jq -r '.. | .name? // empty' | grep -cE "shop($pattern)")" "${#chars[@]}"

for char in "${chars[@]}"; do
	said=$("$nscat" "$fake" "/none$char" 2>&1)
	check_unseen "nscat's message" "$said"
	check "nscat's message has it as bytes" grep -qE '/none(\\[0-7]{3}){2,4}: No such file' <<<"$said"
done

check_eq "nsps tells them apart" "$("$nsps" -n -o NAME,PID "$real" "$fake" | tr -s ' ' | sort)" \
	"$(printf '%s %s\n' "$shop" "$real" "$shop\\342\\200\\213" "$fake" | sort)"
check_eq "nsps -J too" "$("$nsps" -J -o NAME "$fake" | grep -c '\\u200b')" 1
said=$("$nsinfo" "$fake")
check_unseen "nsinfo" "$said"
check "nsinfo names it" grep -qF "$shop\\342\\200\\213" <<<"$said"
check_eq "the name means the one it was given to" "$("$nsps" -n -o PID "$shop" | xargs)" "$real"

view_start
check_eq "the view's folders" "$(quick ls "$VIEW" | grep -F "$shop" | sort | xargs)" "$shop $shop%E2%80%8B"
test_done
