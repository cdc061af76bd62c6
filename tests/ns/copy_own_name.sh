#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where nscp can't write under a temporary name and rename: append-only and sticky folders, folders
# that one may not write to, owners that one can't give, links of /dev and /proc/self/fd.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

for tool in chattr lsattr setpriv setfacl; do
	command -v "$tool" >/dev/null || test_skip "$tool is not installed"
done
nscp=$NSVIEW_BIN/nscp
user=54321
container_start --setup 'mkdir /log /from /from/tree; echo new | tee /from/file >/from/tree/file; ln -s x /from/link'
pid=$CT_PID
root=/proc/$pid/root
cd "$TEST_TMP" || exit 1
said=$TEST_TMP/said

temporaries() {
	find "$root/log" "$TEST_TMP" -name '.nscp.*'
}

# noted WHY COMMAND...: succeeds, with one note that names WHY.
noted() {
	local why=$1

	shift
	check "$why: $*" "$@"
	"$@" >/dev/null 2>"$said"
	check_eq "$why: one note" "$(grep -c "note: .*written under its own name.*: $why" "$said")" 1
	check_eq "$why: and nothing else" "$(wc -l <"$said")" 1
}

# ---- append-only ----
append_only() {
	chattr +a "$1" && on_exit changeable "$1"
}

changeable() {
	[ ! -e "$1" ] || chattr -a "$1"
}

mkdir log
for place in "$PWD/log" "$root/log"; do
	append_only "$place" || test_skip "the file system of $place has no append-only folders"
done
echo x >"$root/log/control"
check_not "control: no rename there" mv "$root/log/control" "$root/log/other"
check_not "control: nor can a temporary file be removed" rm "$root/log/control"
for via in proc setns; do
	noted "the folder is append-only" "$nscp" --via $via /etc/hostname "$pid:/log/new-$via"
	check_eq "$via: it is there" "$(cat "$root/log/new-$via")" "$(cat /etc/hostname)"
	noted "the folder is append-only" "$nscp" --via $via -a "$pid:/from/file" "$pid:/log/new-$via"
	check_eq "$via: written over" "$(cat "$root/log/new-$via")" new
	noted "the folder is append-only" "$nscp" --via $via "$pid:/from/file" log/new-$via
	noted "the folder is append-only" "$nscp" --via $via -r "$pid:/from/tree/." "$pid:/log"
	check_eq "$via: a tree" "$(cat "$root/log/file")" new
	tar cf new.tar -C log new-$via
	noted "the folder is append-only" bash -c '"$@" <new.tar' - "$nscp" --via $via - "$pid:/log"
	check "$via: a link" "$nscp" --via $via -P "$pid:/from/link" "$pid:/log/link-$via"
	check_not "$via: a link over a file" "$nscp" --via $via -P "$pid:/from/link" "$pid:/log/new-$via"
	check_not "$via: a file over a link" "$nscp" --via $via "$pid:/from/file" "$pid:/log/link-$via"
	check_eq "$via: no temporary file" "$(temporaries)" ''
done
check_eq "new files follow the umask" "$(stat -c %a log/new-proc)" 644

# A copy that ends too early.
mkfifo stream
head -c 300000 /dev/urandom >big
"$nscp" - log <stream 2>"$said" &
job=$!
exec 9>stream
tar c big | head -c 150000 >&9
wait_for "the file under its own name" test -s log/big
kill -TERM $job
wait $job
exec 9>&-
check_eq "a part that stays is named" "$(cat "$said")" \
	"nscp: note: log/big: written under its own name, not renamed when complete: the folder is append-only (noted once)
nscp: note: log/big: only a part of it was written"

# A folder that becomes append-only when the temporary file is there.
mkdir becomes
temporary_is_there() {
	[ -n "$(find becomes -name '.nscp.*' -size +10k)" ]
}
"$nscp" - becomes <stream 2>"$said" &
job=$!
exec 9>stream
tar c big | head -c 150000 >&9
wait_for "the temporary file" temporary_is_there
append_only becomes
kill -TERM $job
wait $job
exec 9>&-
check_eq "a temporary file that stays is named" "$(cat "$said")" \
	"nscp: note: becomes/$(ls -A becomes): this temporary file can't be removed: Operation not permitted"
changeable becomes
rm -r becomes

# ---- as an ordinary user ----
mkdir bin home mine theirs sticky && cp "$nscp" bin/nscp
chown $user home
chmod 1777 sticky
container_start --userns --owner $user --setup 'echo new >/file'
own=$CT_PID
as_user() {
	setpriv --reuid $user --regid $user --clear-groups "$@"
}
# both WHY FILE: cp and nscp do the same; nscp notes why there is no rename.
both() {
	local before

	before=$(stat -c '%i %u:%g %a' "$2")
	echo old >"$2"
	check "cp, where $1" as_user cp /etc/hostname "$2"
	echo old >"$2"
	noted "$1" as_user bin/nscp "$own:/file" "$2"
	check_eq "$1: it is written" "$(cat "$2")" new
	check_eq "$1: it is the file that was there" "$(stat -c '%i %u:%g %a' "$2")" "$before"
}

install -m 600 -o $user -g $user /dev/null theirs/mine
both "no file can be made in the folder" theirs/mine
install -m 666 -o 4242 /dev/null sticky/theirs
both "the folder is sticky and the file another user's" sticky/theirs
install -m 666 -o 4242 /dev/null home/theirs
both "its owner can't be given to a new file" home/theirs
check_not "a new file where one may not write" as_user bin/nscp "$own:/file" theirs/new
install -m 600 -o $user -g $user /dev/null sticky/mine
check "an own file in a sticky folder is renamed" as_user bin/nscp "$own:/file" sticky/mine
install -m 444 -o 4242 /dev/null theirs/locked
check_not "what can't be written is not" as_user bin/nscp -f "$own:/file" theirs/locked
check_eq "no temporary file" "$(temporaries)" ''

# ---- what a link of /dev or /proc/self/fd leads to ----
from=$pid:/from/file
for name in /dev/stdout /dev/fd/1 /proc/self/fd/1 /proc/thread-self/fd/1 link-to-stdout; do
	ln -sf /dev/stdout link-to-stdout
	echo first >log.txt
	inode=$(stat -c %i log.txt)
	check "$name" bash -c '"$@" >>log.txt' - "$nscp" "$from" $name
	check_eq "$name: it is appended" "$(cat log.txt)" "first"$'\n'"new"
	check_eq "$name: to the same file" "$(stat -c %i log.txt)" "$inode"
	check "$name: >" bash -c '{ echo head; "$@"; echo tail; } >log.txt' - "$nscp" "$from" $name
	check_eq "$name: at its offset" "$(cat log.txt)" "head"$'\n'"new"$'\n'"tail"
	check_eq "$name: a pipe" "$("$nscp" "$from" $name | cat)" new
done
check "another fd" bash -c '"$@" 5>>log.txt' - "$nscp" "$from" /dev/fd/5
check_eq "is appended to" "$(tail -n 1 log.txt)" new
check "one that was opened for reading" bash -c '"$@" 5<log.txt' - "$nscp" "$from" /dev/fd/5
check_eq "is written as by cp" "$(cat log.txt)" new
check_not "one that is not open" "$nscp" "$from" /dev/fd/77
check_not "two files to one" "$nscp" "$from" "$pid:/from/tree/file" /dev/stdout
# ---- what is no regular file ----
mkfifo fifo "$root/log/../fifo"
check_not "a FIFO that nobody reads" "$nscp" "$from" fifo
check "-f replaces it" timeout 20 "$nscp" -f "$from" fifo
check "by the file" test -f fifo && check_eq "whole" "$(cat fifo)" new
check_not "a FIFO of the container" "$nscp" "$from" "$pid:/fifo"
check "-f replaces it too" "$nscp" -f "$from" "$pid:/fifo"
check "by the file" test -f "$root/fifo" && check_eq "whole" "$(cat "$root/fifo")" new
mknod null c 1 3
check "-f does not replace a device" "$nscp" -f "$from" null
check_eq "it is written to" "$(stat -c %F null)" "character special file"
mkdir folder
check "a folder" bash -c '"$@" 5<folder' - "$nscp" "$from" /dev/fd/5
check_eq "takes the file" "$(cat folder/file)" new
check_eq "nothing is left" "$(temporaries)" ''
test_done
