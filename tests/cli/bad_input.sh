#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything a person can get wrong is one clear line and the right exit code.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

container_start
pid=$CT_PID

# All three commands read their container in the same way.
each() {
	local code=$1 text=$2 spec=$3

	shift 3
	says "$code" "nscat: $spec: $text" "$@" "$NSVIEW_BIN/nscat" "$spec" /etc/passwd
	says "$code" "nsls: $spec: $text" "$@" "$NSVIEW_BIN/nsls" "$spec" /etc
	if [ -x "$NSVIEW_BIN/nscp" ]; then
		says "$code" "nscp: $spec: $text" "$@" "$NSVIEW_BIN/nscp" "$spec:/etc/passwd" "$TEST_TMP/copy"
		check "nothing is made" test ! -e "$TEST_TMP/copy"
	fi
}

# A PID that is surely free: the process has ended and is reaped.
free_pid=$(bash -c 'echo $$')
each 2 "no process has PID $free_pid" "$free_pid"
each 2 'no process has PID 4194304' 4194304
for out_of_range in 0 99999999999999999999 4294967297; do
	each 2 'the number is out of range' $out_of_range
done
# One that is past pid_max and can't be a process, or past what a PID can be.
says 2 'nscat: 2147483647: ' "$NSVIEW_BIN/nscat" 2147483647 /etc/passwd
kthread=2
if [ "$(cat /proc/$kthread/comm 2>/dev/null)" = kthreadd ]; then
	each 2 'PID 2 is a kernel thread' $kthread
else
	echo "no kernel threads are seen here"
fi
inode=$(stat -Lc %i "/proc/$pid/ns/mnt")
each 2 "" "$pid:$((inode + 1))"
says 2 "$((inode + 1))" "$NSVIEW_BIN/nscat" "$pid:$((inode + 1))" /etc/passwd
check "the right inode is fine" "$NSVIEW_BIN/nscat" "$pid:$inode" /etc/passwd
for word in "no-web-$$" -1 12x '1 2' pod:x pod:x/y/z/ "docker:no-web-$$"; do
	says 2 "nscat: $word: no such container" "$NSVIEW_BIN/nscat" -- "$word" /etc/passwd
	says 2 "nsls: $word: no such container" "$NSVIEW_BIN/nsls" -- "$word" /
done
says 2 "nscat: '': the container's name is empty" "$NSVIEW_BIN/nscat" '' /etc/passwd
says 2 "nsps: '': the container's name is empty" "$NSVIEW_BIN/nsps" ''

# Namespace files.
for command in nscat nsls; do
	on=("$NSVIEW_BIN/$command")
	says 2 "/nowhere/mnt: no such namespace file, and a name has no slash: No such file or directory" "${on[@]}" /nowhere/mnt /etc/passwd
	says 2 '/etc/passwd: not a namespace file' "${on[@]}" /etc/passwd /etc/passwd
	says 2 '/dev/zero: not a namespace file' "${on[@]}" /dev/zero /etc/passwd
	mkfifo "$TEST_TMP/fifo"
	says 2 'fifo: not a namespace file' "${on[@]}" "$TEST_TMP/fifo" /etc/passwd
	rm "$TEST_TMP/fifo"
	for kind in net user pid uts ipc; do
		says 2 "/proc/$pid/ns/$kind: is the file of a" "${on[@]}" "/proc/$pid/ns/$kind" /etc/passwd
	done
	says 2 "not a namespace file" "${on[@]}" /proc/ /etc/passwd
done
check "a mount namespace file is fine" "$NSVIEW_BIN/nscat" "/proc/$pid/ns/mnt" /etc/passwd

# No permission. Copies, for the build's folder may be closed for other users.
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
cp "$NSVIEW_BIN/nscat" "$NSVIEW_BIN/nsls" "$TEST_TMP"
says 2 "nscat: $pid: needs root or CAP_SYS_PTRACE over PID $pid" \
	"${nobody[@]}" "$TEST_TMP/nscat" "$pid" /etc/passwd
says 2 "nsls: $pid: needs root or CAP_SYS_PTRACE over PID $pid" "${nobody[@]}" "$TEST_TMP/nsls" "$pid"
says 2 "nsls: /proc/$pid/ns/mnt: the namespace file can't be opened: needs root" \
	"${nobody[@]}" "$TEST_TMP/nsls" "/proc/$pid/ns/mnt"

# The host's own namespace works, with a note.
sleep 1000 &
own=$!
on_exit kill $own
said=$("$NSVIEW_BIN/nscat" $own /etc/hostname 2>&1 >"$TEST_TMP/out")
check_eq "the host's own: exit code" $? 0
check_eq "the host's own: note" "$said" "nscat: note: $own: this is the host's own mount namespace"
check "the host's own: bytes" cmp "$TEST_TMP/out" /etc/hostname

# Paths.
check_eq "no leading slash" "$("$NSVIEW_BIN/nscat" "$pid" etc/passwd)" \
	"$("$NSVIEW_BIN/nscat" "$pid" /etc/passwd)"
check_eq "no leading slash for nsls" "$("$NSVIEW_BIN/nsls" "$pid" etc)" "$("$NSVIEW_BIN/nsls" "$pid" /etc)"
says 1 "nscat: $pid:: No such file or directory" "$NSVIEW_BIN/nscat" "$pid" ''
says 1 "nsls: $pid:: No such file or directory" "$NSVIEW_BIN/nsls" "$pid" ''
says 1 "nscat: $pid:/nope: No such file or directory" "$NSVIEW_BIN/nscat" "$pid" /nope
says 1 "nscat: $pid:/etc/passwd/: Not a directory" "$NSVIEW_BIN/nscat" "$pid" /etc/passwd/
says 1 "nsls: $pid:/etc/passwd/x: Not a directory" "$NSVIEW_BIN/nsls" "$pid" /etc/passwd/x
long=$(printf 'a%.0s' {1..300})
says 1 "File name too long" "$NSVIEW_BIN/nscat" "$pid" "/$long"
says 1 "a magic link of procfs" "$NSVIEW_BIN/nscat" "$pid" /proc/1/root/etc/passwd
says 2 'which container?' "$NSVIEW_BIN/nscat"
says 2 'which file?' "$NSVIEW_BIN/nscat" "$pid"
says 2 'which container?' "$NSVIEW_BIN/nsls" -l

# Where nscp can't put things.
nscp=$NSVIEW_BIN/nscp
says 2 '' "$nscp"
says 2 '' "$nscp" "$pid:/etc/passwd"
says 2 "neither SOURCE nor DEST" "$nscp" /etc/passwd "$TEST_TMP/x"
says 1 'No such file or directory' "$nscp" "$pid:/etc/passwd" "$TEST_TMP/no/such/dir"
says 1 'No such file or directory' "$nscp" "$pid:/etc/passwd" "$pid:/no/such/dir"
says 1 "$pid:/nope: No such file or directory" "$nscp" "$pid:/nope" "$TEST_TMP/x"
says 1 "/nope: No such file or directory" "$nscp" "$TEST_TMP/nope" "$pid:/tmp/x"
says 1 "directory" "$nscp" "$pid:/etc" "$TEST_TMP/x"
says 1 "/etc/hostname: is no directory" "$nscp" "$pid:/etc/passwd" "$pid:/etc/group" /etc/hostname
check "nothing was made" test ! -e "$TEST_TMP/x"
mkdir "$TEST_TMP/little"
if mount -t tmpfs -o size=64k tmpfs "$TEST_TMP/little"; then
	on_exit umount "$TEST_TMP/little"
	says 1 'No space left on device' "$nscp" "$pid:/bin/busybox" "$TEST_TMP/little/out"
	check_eq "no half file stays" "$(ls -A "$TEST_TMP/little")" ''
	# libarchive keeps the buffer of an archive that is given up (64 KiB, once).
	said=$(ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 "$nscp" "$pid:/bin/busybox" - 2>&1 >/dev/full)
	check_eq "an archive into a full disk" "$? ${said##*: }" "1 No space left on device"
fi

# The rest is done all the same.
out=$("$NSVIEW_BIN/nscat" "$pid" /nope /etc/passwd /etc 2>"$TEST_TMP/errors")
check_eq "after two errors: exit code" $? 1
check_eq "after two errors: the good file" "$out" "$("$NSVIEW_BIN/nscat" "$pid" /etc/passwd)"
check_eq "two errors" "$(wc -l <"$TEST_TMP/errors")" 2
out=$("$NSVIEW_BIN/nsls" -d "$pid" /nope /etc 2>/dev/null)
check_eq "nsls goes on too" "$? $out" "1 /etc"

# A message is one line whatever the name.
says 1 "nscat: $pid:/a\\nb\\033[2J\\377: No such" "$NSVIEW_BIN/nscat" "$pid" $'/a\nb\033[2J\377'

# A process that ends while its files are opened: it was found, or it was not, nothing else.
for i in {1..40}; do
	sleep 0.0$((i % 10)) &
	victim=$!
	code=0
	while [ $code = 0 ]; do
		said=$("$NSVIEW_BIN/nscat" $victim /etc/hostname 2>&1 >/dev/null)
		code=$?
	done
	wait $victim
	case "$code $said" in
	"2 nscat: $victim: no process has PID $victim" | "2 nscat: $victim: PID $victim has ended"*) checks_run=$((checks_run + 1)) ;;
	*) check_eq "PID that ends meanwhile" "$code $said" "2 nscat: $victim: PID $victim has ended" ;;
	esac
done
test_done
