#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsview WORD is the command of that word: its output, exit code and signals, and no other's program.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
nsview=$NSVIEW_BIN/nsview

container_start --hostname "door$$"
pid=$CT_PID

# Each word is its command.
for pair in ps:nsps cat:nscat ls:nsls cp:nscp info:nsinfo diff:nsdiff collect:nscollect run:nsrun view:nsviewd; do
	word=${pair%%:*} program=${pair#*:}
	for arguments in --help --version --no-such-option; do
		wanted=$("$NSVIEW_BIN/$program" $arguments 2>&1; echo $?)
		check_eq "nsview $word $arguments" "$("$nsview" "$word" $arguments 2>&1; echo $?)" "$wanted"
		check_eq "nsview $program $arguments" "$("$nsview" "$program" $arguments 2>&1; echo $?)" "$wanted"
	done
	check_eq "nsview help $word" "$("$nsview" help "$word")" "$("$NSVIEW_BIN/$program" --help)"
	check "nsview alone shows $word" grep -qE "^  $word +[a-z]" <("$nsview")
done
check_eq "its output" "$("$nsview" ps -p "$pid")" "$pid"
check_eq "empty arguments and blanks are passed on" "$("$nsview" cat "$pid" '' 'a b' 2>&1)" \
	"$("$NSVIEW_BIN/nscat" "$pid" '' 'a b' 2>&1)"
check_eq "exit code 1" "$("$nsview" cat "$pid" /no/such 2>/dev/null; echo $?)" 1
check_eq "exit code 2" "$("$nsview" cat "no-such-$$" / 2>/dev/null; echo $?)" 2
check_eq "exit code of a command's command" "$("$nsview" run --files=none "$pid" sh -c 'exit 42' 2>/dev/null; echo $?)" 42
check_eq "options after the word are the command's" "$("$nsview" run --files=none "$pid" sh -c 'echo "$1"' - --version)" --version
check_eq "standard input" "$(printf x | "$nsview" run --files=none "$pid" cat)" x

# Signals: one process, so they reach the command.
"$nsview" ps -w >"$TEST_TMP/watch" 2>/dev/null &
watcher=$!
on_exit eval "kill $watcher 2>/dev/null || :"
check "nsview ps -w runs" wait_for "its line" grep -q "door$$" "$TEST_TMP/watch"
check_eq "it is nsps itself" "$(cat "/proc/$watcher/comm")" nsps
kill -TERM $watcher
wait $watcher
check_eq "SIGTERM ends it as it ends nsps" $? 0
"$nsview" ps -w >/dev/null 2>&1 &
watcher=$!
check "nsps again" wait_for "exec" grep -qx nsps "/proc/$watcher/comm"
kill -KILL $watcher
wait $watcher 2>/dev/null
check_eq "SIGKILL is seen by the caller" $? 137

# Help, the version, wrong words.
check_eq "help is --help" "$("$nsview" help)" "$("$nsview" --help)"
check_eq "help help" "$("$nsview" help help)" "$("$nsview" --help)"
check_eq "help doctor" "$("$nsview" help doctor)" "$("$nsview" doctor --help)"
check "version" grep -qxE 'nsview \(nsview\) [0-9.]+' <("$nsview" --version)
says 2 "nsview: there is no command 'cta': did you mean 'cat'? (try 'nsview --help')" "$nsview" cta
says 2 "did you mean 'collect'?" "$nsview" colect web1
says 2 "did you mean 'doctor'?" "$nsview" doc
says 2 "did you mean 'cat'?" "$nsview" nsact
says 2 "did you mean 'info'?" "$nsview" inof
says 2 "there is no command 'frobnicate' (try" "$nsview" frobnicate
says 2 "there is no command ''" "$nsview" ''
says 2 "there is no command '/bin/sh'" "$nsview" /bin/sh
says 2 "there is no command '../bin/sh'" "$nsview" ../bin/sh
says 2 '\033[31m' "$nsview" $'\033[31m\n'
says 2 "did you mean 'ls'?" "$nsview" help sl
says 2 "one command at a time" "$nsview" help cat ls
says 2 "takes no argument" "$nsview" doctor now
says 1 "write error" bash -c "'$nsview' >/dev/full"

# Alone: three commands that work on this host as they stand.
"$nsview" >"$TEST_TMP/alone"
sed -n '/try first/,$p' "$TEST_TMP/alone" | grep -E '^  nsview' >"$TEST_TMP/try"
check_eq "three to try" "$(wc -l <"$TEST_TMP/try")" 3
check "a container's name" grep -qE '^  nsview ls -l [A-Za-z0-9_.:/-]+ /$' "$TEST_TMP/try"
# The container may be another test's, and end meanwhile: then it is the next one's turn.
listed() {
	local words

	read -ra words < <("$nsview" | sed -n 's/^  nsview \(ls .*\)/\1/p')
	"$nsview" "${words[@]}"
}
check "it can be listed" wait_for "a listing" listed
check "lines fit" test -z "$(awk 'length($0) > 80' "$TEST_TMP/alone")"
# In a PID namespace of its own nothing else runs.
unshare --pid --fork --kill-child --mount-proc "$nsview" >"$TEST_TMP/alone"
check "no container: said so" grep -q 'No container runs here' "$TEST_TMP/alone"
check_eq "and three others" "$(grep -c '^  nsview' "$TEST_TMP/alone")" 3

# PATH, argv[0] and the working directory lead nowhere. Control: a naive front door follows PATH.
evil=$TEST_TMP/evil
mkdir "$evil"
printf '#!/bin/sh\necho EVIL\n' | tee "$evil/nsps" >"$evil/nscat"
chmod 755 "$evil"/*
printf '#!/bin/sh\nword=$1; shift; exec "ns$word" "$@"\n' >"$TEST_TMP/naive"
chmod 755 "$TEST_TMP/naive"
check_eq "control: by PATH another's program runs" "$(PATH=$evil:$PATH "$TEST_TMP/naive" ps -p "$pid")" EVIL
check_eq "not with nsview" "$(cd "$evil" && PATH=$evil:$PATH "$nsview" ps -p "$pid")" "$pid"
check_eq "nor by argv[0]" "$(cd "$evil" && exec -a "$evil/nsview" "$nsview" ps -p "$pid")" "$pid"
ln -s "$nsview" "$evil/nsview"
check_eq "nor by a link to it" "$("$evil/nsview" ps -p "$pid")" "$pid"
check_eq "nor with an empty PATH" "$(PATH= "$nsview" ps -p "$pid")" "$pid"

# Completion: the words, and then what the command of the word completes.
offers() {
	local wanted=$1

	shift
	check_eq "offered for '$*'" "$(NSVIEW_COMPLETION_MS=60000 "$nsview" --complete "$@" | tr '\0' '\n' |
		sed -n 's/^[wp]//p' | sort | xargs)" "$wanted"
}
offers 'cat collect cp' c
offers 'diff doctor' help d
offers '' help cat d
offers "door$$" ls "door$$"
offers "door$$" nscat "door$$"
offers '--tree' ps --tr
offers 'ids,mounts' info -o ids,mo
offers '--json' doctor --j

# A folder of its own: what is missing, what belongs to another, sbin beside bin.
mkdir -p "$TEST_TMP/usr/bin" "$TEST_TMP/usr/sbin"
chmod 755 "$TEST_TMP/usr" "$TEST_TMP/usr/bin"
cp "$nsview" "$TEST_TMP/usr/bin"
says 127 "there is no nscat in $TEST_TMP/usr/bin" "$TEST_TMP/usr/bin/nsview" cat x y
check_eq "not from PATH either" "$(PATH=$NSVIEW_BIN:$PATH "$TEST_TMP/usr/bin/nsview" ps 2>/dev/null; echo $?)" 127
cp "$NSVIEW_BIN/nsviewd" "$TEST_TMP/usr/sbin"
check "nsviewd in sbin" "$TEST_TMP/usr/bin/nsview" view --version
chown 65534 "$TEST_TMP/usr/sbin"
ln -s /bin/echo "$TEST_TMP/usr/sbin/nsps"
says 126 "not executed: others than root can change it" "$TEST_TMP/usr/bin/nsview" ps
chown 0 "$TEST_TMP/usr/sbin"
check_eq "control: the link is executed where the folder is root's" "$("$TEST_TMP/usr/bin/nsview" ps x)" x
rm "$TEST_TMP/usr/sbin/nsps"
cp "$NSVIEW_BIN/nsps" "$TEST_TMP/usr/bin"
chmod 644 "$TEST_TMP/usr/bin/nsps"
says 126 "can't execute it: Permission denied" "$TEST_TMP/usr/bin/nsview" ps
chmod 755 "$TEST_TMP/usr/bin/nsps"
chown 65534 "$TEST_TMP/usr/bin/nsps"
says 126 "not executed: others than root can change it" "$TEST_TMP/usr/bin/nsview" ps
chown 65534 "$TEST_TMP/usr/bin/nsview"
check "unless nsview is theirs, too" "$TEST_TMP/usr/bin/nsview" ps --version
chown 0 "$TEST_TMP/usr/bin/nsps"
check "an ordinary user" setpriv --reuid 65534 --regid 65534 --clear-groups "$TEST_TMP/usr/bin/nsview" ps --version
test_done
