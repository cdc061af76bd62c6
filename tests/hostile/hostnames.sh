#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A hostname is the container's own choice (CVE-2026-48711 of sshfs: a host name turned into an option;
# CVE-2021-25743: into terminal escapes). Whatever it is, it is shown escaped, and never makes a
# name mean another container than the one it meant before. Controls: the hostname as nsenter(1)
# prints it, and a lookup that compares hostnames and nothing else.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

nscat=$NSVIEW_BIN/nscat nsps=$NSVIEW_BIN/nsps
victim=victim-$$
container_start --hostname "$victim" --setup 'echo victim >/tag'
victim_pid=$CT_PID

long=$(printf 'x%.0s' {1..64})
names=(-oX --help .. . a/b ../../etc/passwd '' $'new\nline' $'e\033]0;owned\007' $'c1\302\233csi'
	$'bad\377utf8' $'\342\200\256turned' "$long" "$victim" "$victim_pid" "$victim_pid:1" pod:x
	pod:a/b "docker:$victim" "host:$victim" "-:$victim" '$(id)' '*' 'a b' "it's" '\' /proc/self/ns/uts)
pids=()
for i in "${!names[@]}"; do
	container_start --hostname "${names[i]}" --setup "echo of $i >/tag"
	pids+=("$CT_PID")
done
escapes=$(nsenter -t "${pids[8]}" -u hostname)
check "control: the name is a terminal's sequence" grep -q $'\033]0;owned' <<<"$escapes"

# A name means its own container, or none: nothing that could be typed reaches another one.
for i in "${!names[@]}"; do
	name=${names[i]}
	for spec in "$name" "host:$name" "-:$name"; do
		said=$("$nscat" -- "$spec" /tag 2>&1)
		case "$? $said" in
		"0 of $i") got=own ;;
		"0 victim") got=victim ;;
		0\ *) got="another: $said" ;;
		2\ *) got=none ;;
		*) got="? $said" ;;
		esac
		check_eq "$(printf '%q: one line of words' "$spec")" \
			"$(wc -l <<<"$said") $(grep -caP '[\x00-\x08\x0b-\x1f\x7f]' <<<"$said")" "1 0"
		# These said "victim" before anybody took them for a name, or do so in any case.
		case $spec in
		"$victim_pid" | "docker:$victim" | "host:$victim" | "-:$victim" | "$victim" | "$victim_pid:1")
			check_not "$(printf '%q is not the one that took the name' "$spec")" test "$got" = own
			;;
		*)
			case $got in own | none) checks_run=$((checks_run + 1)) ;; *) check_eq "$(printf '%q' "$spec")" "$got" own ;; esac
			;;
		esac
	done
	[ -z "$name" ] || [ "$name" = "$victim" ] ||
		check_eq "$(printf 'host:%q' "$name")" "$("$nscat" "host:$name" /tag)" "of $i"
done

# Two claim it: it says so and reads neither. Control: a naive lookup finds the thief.
said=$("$nscat" "$victim" /tag 2>&1)
check_eq "a stolen name" "$? $said" "2 nscat: $victim: means several containers: $victim_pid, ${pids[13]}"
naive() {
	for pid in "${pids[@]}"; do
		[ "$(nsenter -t "$pid" -u hostname)" = "$1" ] && cat "/proc/$pid/root/tag"
	done
}
check_eq "control: by the hostname alone" "$(naive "$victim")" "of 13"
check_eq "control: a number too" "$(naive "$victim_pid")" "of 14"
check_eq "a number is a PID" "$("$nscat" "$victim_pid" /tag)" victim

# What nsps shows: on a terminal, in a pipe, as JSON, and as words to type.
for how in '' -r -q; do
	"$nsps" $how >"$TEST_TMP/pipe" 2>/dev/null
	script -qec "$nsps $how" /dev/null </dev/null | sed 's/\x1b\[[0-9;]*[mK]//g' | tr -d '\r' >"$TEST_TMP/terminal"
	for out in pipe terminal; do
		check_not "nsps $how: no control byte in a $out" grep -qaP '[\x00-\x08\x0b-\x1f\x7f]' "$TEST_TMP/$out"
		check_not "nsps $how: no C1 control, nothing that turns text in a $out" \
			grep -qaP '\xc2\x9b|\xe2\x80\xae|\xff' "$TEST_TMP/$out"
	done
done
"$nsps" -q >"$TEST_TMP/words"
check_not "only harmless words" grep -vqE '^[A-Za-z0-9_][A-Za-z0-9_.:/-]*$' "$TEST_TMP/words"
for i in "${!names[@]}"; do
	check "a line is container $i" grep -qx -e "${pids[i]}" -e '[^0-9].*' "$TEST_TMP/words"
done
# Each word of ours leads to its own container.
while read -r word; do
	# Another test's container may never answer.
	case " $victim_pid ${pids[*]} " in *" $("$nsps" -p "$word" 2>/dev/null) "*) ;; *) continue ;; esac
	tag=$("$nscat" "$word" /tag 2>/dev/null) || continue
	case $tag in "of "* | victim) echo "$tag" ;; esac
done <"$TEST_TMP/words" | sort >"$TEST_TMP/tags"
check_eq "all of them are reached by their words, once" \
	"$(grep -cE '^(of [0-9]+|victim)$' "$TEST_TMP/tags") $(uniq -d "$TEST_TMP/tags")" "$((${#names[@]} + 1)) "
if command -v jq >/dev/null; then
	check_eq "JSON has the exact name" "$("$nsps" -J -o PID,HOSTNAME 2>/dev/null |
		jq -r --argjson pid "${pids[8]}" '.. | objects | select(.pid? == $pid) | .hostname')" "${names[8]}"
fi
test_done
