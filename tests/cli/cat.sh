#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nscat prints what cat prints: every kind of file, into every kind of output, by both routes.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

work=$TEST_TMP/work
mkdir "$work"
chmod 777 "$work"
head -c 3000000 /dev/urandom >"$work/large"
head -c 262144 /dev/urandom >"$work/threshold"
head -c 131073 /dev/urandom >"$work/buffer"
printf 'no newline at the end' >"$work/small"
: >"$work/empty"
truncate -s 40M "$work/sparse"
printf 'in the middle' | dd of="$work/sparse" bs=1M seek=20 conv=notrunc status=none
printf 'a\0b\377\n' >"$work/bytes"
mkfifo "$work/fifo"
mkdir "$work/dir"
ln -s /w/small "$work/absolute"
ln -s ../../../../../w/small "$work/up"
ln -s fifo "$work/to-fifo"
echo dash >"$work/-"
container_start --volume "$work:/w" --setup '
	mknod /null c 1 3; mknod /disk b 7 200
	cp /w/- /-; cp /w/- /--help'
root=/proc/$CT_PID/root
python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$work/sock"

for via in proc setns; do
	nscat=("$NSVIEW_BIN/nscat" --via "$via")
	for file in large threshold buffer small empty sparse bytes; do
		check "$via $file into a pipe" cmp <("${nscat[@]}" "$CT_PID" /w/$file) "$work/$file"
		"${nscat[@]}" "$CT_PID" /w/$file >"$TEST_TMP/out"
		check_eq "$via $file into a file: exit code" $? 0
		check "$via $file into a file" cmp "$TEST_TMP/out" "$work/$file"
		echo before >"$TEST_TMP/out"
		"${nscat[@]}" "$CT_PID" /w/$file >>"$TEST_TMP/out"
		check "$via $file behind a file" cmp "$TEST_TMP/out" <(echo before; cat "$work/$file")
	done
	check "$via into a socket" cmp "$work/large" <(python3 -c '
import socket, subprocess, sys
a, b = socket.socketpair()
p = subprocess.Popen(sys.argv[1:], stdout=b)
b.close()
while True:
    data = a.recv(65536)
    if not data: break
    sys.stdout.buffer.write(data)
sys.exit(p.wait())' "${nscat[@]}" "$CT_PID" /w/large)
	# Larger than the pipe, which takes what fits and does not wait.
	check "$via into a pipe that does not wait" cmp "$work/buffer" <(python3 -c '
import os, subprocess, sys
r, w = os.pipe()
os.set_blocking(w, False)
p = subprocess.Popen(sys.argv[1:], stdout=w)
os.close(w)
while True:
    data = os.read(r, 65536)
    if not data: break
    sys.stdout.buffer.write(data)
sys.exit(p.wait())' "${nscat[@]}" "$CT_PID" /w/buffer)
	check "$via into /dev/null" eval '"${nscat[@]}" "$CT_PID" /w/large >/dev/null'
	check "$via onto another file system" eval '"${nscat[@]}" "$CT_PID" /w/large >/dev/shm/nsv.$$ &&
		cmp /dev/shm/nsv.$$ "$work/large"'
	rm -f "/dev/shm/nsv.$$"
	check "$via several in order" cmp <("${nscat[@]}" "$CT_PID" /w/small /w/large /w/empty /w/small) \
		<(cd "$work" && cat small large empty small)
	for link in absolute up; do
		check_eq "$via link $link" "$("${nscat[@]}" "$CT_PID" /w/$link)" 'no newline at the end'
	done

	# procfs: st_size is 0; /proc/self is the container's process.
	for file in /proc/self/limits /proc/1/cmdline /proc/self/mountinfo /proc/version; do
		theirs=${file/self/1}
		check "$via $file" cmp <("${nscat[@]}" "$CT_PID" $file) "$root$theirs"
		check "$file is not empty" test -n "$("${nscat[@]}" "$CT_PID" $file | tr -d '\0')"
	done
	check_eq "$via a file named -" "$(cd "$TEST_TMP" && "${nscat[@]}" "$CT_PID" - </etc/passwd)" dash
	check_eq "$via a file named --help" "$("${nscat[@]}" -- "$CT_PID" --help)" dash

	# Never blocks, never touches.
	for what in 'dir:Is a directory' 'fifo:is a FIFO, not a regular file' \
		'to-fifo:is a FIFO, not a regular file' 'sock:is a socket, not a regular file'; do
		said=$(timeout 20 "${nscat[@]}" "$CT_PID" "/w/${what%%:*}" 2>&1)
		check_eq "$via ${what%%:*}" "$? $said" "1 nscat: $CT_PID:/w/${what/:/: }"
	done
	for device in 'null:is a character device' 'disk:is a block device'; do
		said=$(timeout 20 "${nscat[@]}" "$CT_PID" "/${device%%:*}" 2>&1)
		check_eq "$via ${device%%:*}" "$? $said" "1 nscat: $CT_PID:/${device/:/: }, not a regular file"
	done
done

# Paths longer than PATH_MAX.
python3 - "$work" <<'END'
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
for i in range(40):
    name = 'd%03d' % i + 'x' * 200
    os.mkdir(name, dir_fd=fd)
    fd = os.open(name, os.O_RDONLY, dir_fd=fd)
with os.fdopen(os.open('leaf', os.O_WRONLY | os.O_CREAT, dir_fd=fd), 'w') as f:
    f.write('deep down')
END
deep=/w$(for i in $(seq -f %03.0f 0 39); do printf '/d%s%s' "$i" "$(printf 'x%.0s' {1..200})"; done)/leaf
check "the path is long" test ${#deep} -gt 8000
check_eq "a path longer than PATH_MAX" "$("$NSVIEW_BIN/nscat" "$CT_PID" "$deep")" 'deep down'

# Output that fails.
for file in small large; do
	said=$("$NSVIEW_BIN/nscat" "$CT_PID" /w/$file /w/small 2>&1 >/dev/full)
	check_eq "$file into a full device" "$? $said" "1 nscat: write error: No space left on device"
	said=$("$NSVIEW_BIN/nscat" "$CT_PID" /w/$file 2>&1 >&-)
	check_eq "$file with stdout closed" "$? $said" "1 nscat: write error: Bad file descriptor"
	(
		"$NSVIEW_BIN/nscat" "$CT_PID" /w/$file /w/large /w/large 2>"$TEST_TMP/errors"
		echo $? >"$TEST_TMP/status"
	) | head -c 10 >/dev/null
	check_eq "$file into a closed pipe dies as cat does" "$(cat "$TEST_TMP/status")" 141
	check "and silently" test ! -s "$TEST_TMP/errors"
done
mkdir "$TEST_TMP/little"
if mount -t tmpfs -o size=1M tmpfs "$TEST_TMP/little"; then
	on_exit umount "$TEST_TMP/little"
	said=$("$NSVIEW_BIN/nscat" "$CT_PID" /w/large 2>&1 >"$TEST_TMP/little/out")
	check_eq "a full file system" "$? $said" "1 nscat: write error: No space left on device"
	check "what fitted is there" cmp -n 900000 "$TEST_TMP/little/out" "$work/large"
fi
said=$("$NSVIEW_BIN/nscat" "$CT_PID" /w/large 2>&1 >>"$work/large")
check_eq "input is output" "$? $said" "1 nscat: $CT_PID:/w/large: input file is output file"
check "an empty output may be the input" eval '"$NSVIEW_BIN/nscat" "$CT_PID" /w/empty >>"$work/empty"'

# A file that grows while it is read is read to its end: what is there at the last look.
mkfifo "$TEST_TMP/out-fifo"
head -c 2000000 /dev/zero >"$work/grows"
"$NSVIEW_BIN/nscat" "$CT_PID" /w/grows >"$TEST_TMP/out-fifo" &
reader=$!
exec {in}<"$TEST_TMP/out-fifo"
head -c 1 <&"$in" >/dev/null # it has begun, and the pipe is full
echo appended >>"$work/grows"
check_eq "a file that grows" "$(tail -c 9 <&"$in")" appended
exec {in}<&-
wait $reader
check_eq "and no complaint" $? 0

# The same as root leaves no trace: access times stay.
touch -a -d '2001-02-03' "$work/small"
"$NSVIEW_BIN/nscat" "$CT_PID" /w/small >/dev/null
check_eq "the access time stays" "$(stat -c %X "$work/small")" "$(date -d 2001-02-03 +%s)"

# Messages and terminals.
name=$(printf '\033[31mred')
said=$(script -qec "$NSVIEW_BIN/nscat $CT_PID '/$name'" /dev/null </dev/null | tr -d '\r')
check_eq "escapes on a terminal" "$said" "nscat: $CT_PID:/\\033[31mred: No such file or directory"
test_done
