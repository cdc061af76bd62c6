#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# -g: patterns are expanded inside the container, as bash expands them on the same tree.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

work=$TEST_TMP/work
mkdir -p "$work"/{log,app/{current,a,b/c},.hidden,proj/x1/.git,proj/x2}
rmdir "$work/app/current"
ln -s b "$work/app/current"
ln -s . "$work/app/loop"
ln -s /nowhere "$work/log/broken.log"
echo one >"$work/log/a.log"
echo two >"$work/log/b.log"
echo old >"$work/log/b.log.1"
echo '*' >"$work/log/*.log"
echo hid >"$work/log/.hid.log"
echo utf >"$work/log/ä.log"
printf x >"$work/log/"$'\377.log'
printf nl >"$work/log/"$'new\nline.log'
echo '[' >"$work/log/[.txt"
for f in app/a/1.c app/b/2.c app/b/c/3.c proj/x1/.git/9.c .hidden/8.c proj/x2/7.c; do echo "$f" >"$work/$f"; done
container_start --volume "$work:/w" --setup 'mkdir /tmp/in; ln -s /w/app /absolute'
root=/proc/$CT_PID/root
deep=$root/deep$(printf '/d%.0s' {1..70})
mkdir -p "$deep"
: >"$deep/too-deep.c"
: >"$root/deep/d/d/not-too-deep.c"

# What bash finds: the container's /w is $work.
shell() {
	(cd "$work" && bash -O globstar -O nullglob -c "LC_ALL=C.UTF-8; GLOBIGNORE=; for f in $1; do printf '%s\0' \"/w/\$f\"; done" | LC_ALL=C sort -z)
}
ours() {
	"$NSVIEW_BIN/nsls" "${via[@]}" -g -d -0 "$CT_PID" "/w/$1"
}
n=0
for route in proc setns; do
	via=(--via "$route")
	# shellcheck disable=SC2016 # patterns
	for pattern in '*' 'log/*.log' 'log/?.log' 'log/[ab].log' 'log/[!a]*.log' 'log/b.log[.[:digit:]]*' '*/*[[:digit:]]/' 'log/.*.log' '*/*' \
		'*/*/' 'app/*/*.c' 'app/current/*.c' 'app/c*/*.c' 'app/b/../*/1.c' 'proj/**/*.c' '**/2.c' '**/c/*' \
		'log/\*.log' 'log/*.log*' 'log/[[].txt' 'log/*[l]*e*' '**/' '**/b/**/*.c' 'app/*/loop/a/1.c' 'app/l*/a/1.c' \
		'l*g/*1' './lo?/../log/a*' 'proj/*/.git/*' '.hid*/*' 'app/*/./*.c' 'app//b//*.c'; do
		# bash keeps what was typed between wildcards; two slashes name the same.
		ours "$pattern" >"$TEST_TMP/ours" 2>&1
		shell "${pattern//\/\//\/}" >"$TEST_TMP/shell"
		check "$route $pattern has matches" test -s "$TEST_TMP/shell"
		check "$route $pattern" cmp "$TEST_TMP/ours" "$TEST_TMP/shell"
		n=$((n + 1))
	done
done
check "patterns were compared" test "$n" -gt 50
check_eq "bash finds something" "$(shell 'log/*.log' | tr -dc '\0' | wc -c)" 7
via=()
# bash lists the folder of a "**" at the end, too.
check_eq "** at the end" "$(ours 'app/**' | tr '\0' '\n')" "$(shell 'app/**' | tr '\0' '\n' | grep -v '/$')"
check_eq "** ends after 64 folders" "$("$NSVIEW_BIN/nsls" -g "$CT_PID" '/deep/**/*.c')" /deep/d/d/not-too-deep.c
check_not "no link is followed by **" grep -q 'loop\|current' <(ours '**/*.c' | tr '\0' '\n')
# Links are the container's.
check_eq "an absolute link" "$("$NSVIEW_BIN/nsls" -g -d "$CT_PID" '/abs*/a/*.c')" /absolute/a/1.c
check_eq "a path without a slash" "$("$NSVIEW_BIN/nsls" -g -d "$CT_PID" 'w/log/[a-b].log' | head -n1)" w/log/a.log

# nscat: in order, each byte.
check_eq "nscat -g" "$("$NSVIEW_BIN/nscat" -g "$CT_PID" '/w/log/[ab].log')" $'one\ntwo'
check_eq "nscat -g SPEC:PATH" "$("$NSVIEW_BIN/nscat" --glob "$CT_PID:/w/log/b*" "$CT_PID:/w/log/a*")" $'two\nold\none'
check_eq "a name that looks like a pattern" "$("$NSVIEW_BIN/nscat" -g "$CT_PID" '/w/log/\**')" '*'
check_eq "a path without a wildcard" "$("$NSVIEW_BIN/nscat" -g "$CT_PID" /w/log/a.log)" one
check_eq "a quoted one" "$("$NSVIEW_BIN/nscat" -g "$CT_PID" '/w/log/\*.log')" '*'
check_eq "without -g a name is a name" "$("$NSVIEW_BIN/nscat" "$CT_PID" '/w/log/*.log')" '*'
says 1 "nscat: $CT_PID:/w/log/broken.log: No such file or directory" "$NSVIEW_BIN/nscat" -g "$CT_PID" '/w/log/br*'

# nscp.
mkdir "$TEST_TMP/copies"
check "nscp -g" "$NSVIEW_BIN/nscp" -g "$CT_PID:/w/log/[a-b].*" "$TEST_TMP/copies"
check_eq "nscp -g: what came" "$(ls "$TEST_TMP/copies")" $'a.log\nb.log\nb.log.1'
check "one match is one SOURCE" "$NSVIEW_BIN/nscp" -g "$CT_PID:/w/log/a*" "$TEST_TMP/single"
check_eq "and gets the name DEST" "$(cat "$TEST_TMP/single")" one
says 1 "is no directory" "$NSVIEW_BIN/nscp" -g "$CT_PID:/w/log/[ab].log" "$TEST_TMP/single"
check "DEST is no pattern" "$NSVIEW_BIN/nscp" -g "$CT_PID:/w/log/a*" "$TEST_TMP/sing*"
check "but a name" test -f "$TEST_TMP/sing*"
check "nscp -g into the container" "$NSVIEW_BIN/nscp" -g "$CT_PID:/w/log/[ab].log" "$CT_PID:/tmp/in"
check_eq "there" "$(ls "$root/tmp/in")" $'a.log\nb.log'
check "DEST in a container is no pattern" "$NSVIEW_BIN/nscp" -g "$CT_PID:/w/log/a*" "$CT_PID:/tmp/i*"
check "but a name in a container" test -f "$root/tmp/i*"
check_eq "nscp -g to an archive" "$("$NSVIEW_BIN/nscp" -g "$CT_PID:/w/app/*/*.c" - | tar t | sort)" $'1.c\n2.c\n2.c'
touch "$TEST_TMP/copies/h*"
says 1 "/copies/b*: No such file" "$NSVIEW_BIN/nscp" -g "$TEST_TMP/copies/b*" "$CT_PID:/tmp/in"

# No match, as bash with failglob: one line, and nothing is done.
for command in nscat nsls; do
	says 1 "$command: $CT_PID:/w/*.nope: no file matches" "$NSVIEW_BIN/$command" -g "$CT_PID" '/w/*.nope' /w/log/a.log
done
says 1 "nscp: $CT_PID:/w/*.nope: no file matches" "$NSVIEW_BIN/nscp" -g "$CT_PID:/w/log/a.log" "$CT_PID:/w/*.nope" "$TEST_TMP/nothing"
check "nothing was copied" test ! -e "$TEST_TMP/nothing"
says 1 "no file matches" "$NSVIEW_BIN/nscat" -g "$CT_PID" '/w/{log,app}/*'
says 1 "File name too long" "$NSVIEW_BIN/nsls" -g "$CT_PID" "$(printf '/*%.0s' {1..65})"

# Without -g the message says what is missing, for what was typed only.
for pattern in '/w/log/*.nope' '/w/?' '/w/[xyz]'; do
	says 1 "nscat: $CT_PID:$pattern: No such file or directory (patterns: use -g)" "$NSVIEW_BIN/nscat" "$CT_PID" "$pattern"
	says 1 "nsls: $CT_PID:$pattern: No such file or directory (patterns: use -g)" "$NSVIEW_BIN/nsls" "$CT_PID" "$pattern"
	says 1 "nscp: $CT_PID:$pattern: No such file or directory (patterns: use -g)" "$NSVIEW_BIN/nscp" "$CT_PID:$pattern" "$TEST_TMP/nothing"
done
for path in /w/nope '/w/[' '/w/no\*'; do
	check_not "no hint for $path" grep -q 'use -g' <("$NSVIEW_BIN/nscat" "$CT_PID" "$path" 2>&1)
done
check_not "no hint with -g" grep -q 'use -g' <("$NSVIEW_BIN/nscat" -g "$CT_PID" '/w/*.nope' 2>&1)
check_not "nor for the host's paths" grep -q 'use -g' <("$NSVIEW_BIN/nscp" "$TEST_TMP/*.x" "$CT_PID:/tmp" 2>&1)
test_done
