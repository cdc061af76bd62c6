#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Pipes: as a source of the host they are read as cp reads them, in a container they are never
# opened, at DEST -f replaces them; and '-' is an archive, which no terminal gives.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
nscp=$NSVIEW_BIN/nscp
cd "$TEST_TMP" || exit 1

container_start --setup 'mkdir /in; mkfifo /in/fifo /in/other; echo was >/in/file; echo src >/src'
pid=$CT_PID
root=/proc/$pid/root
inside() { cat "$root/$1"; }
yes 'one line of many' | head -c 5000000 >large

# ---- a source ----
check "/dev/stdin" eval 'echo text | "$nscp" /dev/stdin "$pid:/in/stdin"'
check_eq "arrives" "$(inside in/stdin)" text
cat <(echo text) | eval 'cp /dev/stdin by-cp'
check_eq "with the mode that cp gives" "$(stat -c '%F %a' "$root/in/stdin")" "$(stat -c '%F %a' by-cp)"
check "<(command)" "$nscp" <(cat large) "$pid:/in/large"
check "all of it arrives" cmp large "$root/in/large"
check "an empty pipe" eval ': | "$nscp" /dev/stdin "$pid:/in/empty"'
check_eq "is an empty file" "$(stat -c '%F %s' "$root/in/empty")" "regular empty file 0"
check "over a file" eval 'echo over | "$nscp" /dev/stdin "$pid:/in/file"'
check_eq "which is replaced" "$(inside in/file)" over
check "a file as standard input" "$nscp" /dev/stdin "$pid:/in/regular" <large
check "arrives as well" cmp large "$root/in/regular"
rm "$root/in/stdin"
check "into a folder" eval 'echo text | "$nscp" /dev/stdin "$pid:/in"'
check "under its name" test -f "$root/in/stdin"
mkfifo slow
exec {slow}<>slow
"$nscp" /dev/stdin "$pid:/in/slow" <slow {slow}>&- & # which is no writer of its own
job=$!
echo first >&"$slow"
part_is_there() {
	[ -n "$(find "$root/in" -name '.nscp.*' -size +0)" ]
}
wait_for "the first part to be copied" part_is_there
echo second >&"$slow"
exec {slow}>&-
wait $job
check_eq "one that takes its time" $? 0
check_eq "is read to its end" "$(inside in/slow | xargs)" "first second"
mkfifo fifo
"$nscp" ./fifo "$pid:/in/named" &
job=$!
echo named >fifo
wait $job
check_eq "a FIFO waits for its writer" "$? $(inside in/named)" "0 named"
"$nscp" ./fifo "$pid:/in/nothing" &
job=$!
: >fifo
wait $job
check_eq "a writer who writes nothing" "$? $(stat -c %s "$root/in/nothing")" "0 0"
env --default-signal "$nscp" ./fifo "$pid:/in/never" &
job=$!
temporary_is_there() {
	[ -n "$(find "$root/in" -name '.nscp.*')" ]
}
wait_for "the copy to wait for a writer" temporary_is_there
kill -INT $job
wait $job
check_eq "a signal ends the wait" $? 130
check_eq "and nothing is left" "$(find "$root/in" -name '.nscp.*' -o -name never)" ''

# Not with -r and -a, as cp; and the hint is not for what it does not help.
said=$("$nscp" -r ./fifo "$pid:/in/r" 2>&1)
check_eq "-r does not read it" "$? $said" "1 nscp: ./fifo: is a FIFO or socket: only -a or --special copies it"
check "-a makes it anew" "$nscp" -a ./fifo "$pid:/in/a"
check "as a FIFO" test -p "$root/in/a"
said=$(timeout 20 python3 - "$nscp" "$pid:/in/sock" 2>&1 <<'END'
import socket, subprocess, sys
a, b = socket.socketpair()
sys.exit(subprocess.call([sys.argv[1], '/dev/stdin', sys.argv[2]], stdin=a))
END
)
check_eq "a socket as standard input" "$? $said" "1 nscp: /dev/stdin: is a socket: it can't be read as a file"
said=$(timeout 20 "$nscp" "$pid:/in/fifo" . 2>&1)
check_eq "a container's FIFO is not opened" "$? $said" \
	"1 nscp: $pid:/in/fifo: is a FIFO or socket: only -a or --special copies it"
check_not "control: opened, it blocks" timeout 1 cat "$root/in/fifo"

# ---- an archive ----
tar cf a.tar large
for dest in in/file in/no-such; do
	said=$("$nscp" - "$pid:/$dest" <a.tar 2>&1)
	check_eq "'-' onto $dest" "$? $said" "1 nscp: $pid:/$dest: no directory, and '-' as SOURCE is a tar\
 archive (/dev/stdin copies standard input as a file)"
done
check_eq "nothing is made of it" "$(inside in/file) $(ls "$root/in/no-such" 2>/dev/null)" "over "
said=$(timeout 20 script -qec "'$nscp' - $pid:/in" /dev/null 2>&1 | tr -d '\r')
check_eq "an archive from a terminal" "$said" "nscp: an archive is not read from a terminal (try 'nscp --help')"

# ---- DEST ----
for where in "$pid:/in/other" ./fifo; do
	said=$(timeout 20 "$nscp" "$pid:/src" "$where" 2>&1)
	check_eq "a FIFO at $where" $? 1
	check "control: it stays one" test -p "${where/#$pid:/$root}"
	check "-f" timeout 20 "$nscp" -f "$pid:/src" "$where"
	check_eq "replaces it" "$(cat "${where/#$pid:/$root}") $(stat -c %F "${where/#$pid:/$root}")" "src regular file"
done
test_done
