#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With cache=auto the kernel keeps the pages of a file from one open to the next. After a change an open
# reads the new contents, even if size and mtime are as before.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

host=fp$$
work=$TEST_TMP/work
mkdir "$work"
head -c 20000 /dev/urandom >"$work/file"
head -c 20000 /dev/urandom >"$work/linked"
ln "$work/linked" "$work/other"
cp "$work/file" "$TEST_TMP/copy"
disk=$TEST_TMP/disk
mkdir "$disk"
mount -t tmpfs tmpfs "$disk" || test_skip "a tmpfs can't be mounted"
on_exit umount -l "$disk"
mkdir "$disk/seen" "$disk/hidden"
echo "as it was" | tee "$disk/seen/one" >"$disk/seen/two"
ln "$disk/seen/two" "$disk/hidden/other"
container_start --hostname "$host" --volume "$work:/w" --volume "$disk:/disk"
root=/proc/$CT_PID/root/w
view_start -o cache=auto
ct=$VIEW/$host/w
wait_for "the container is there" test -d "$ct"
old() { # its last change is no tick ago any more
	(($(date +%s%N) - $(date -d "$(stat -c %z "$1")" +%s%N) > 30000000)) &&
		(($(date +%s) - $(stat -c %Z "$1") > 0))
}

# How the daemon has the one file of that name open: O_PATH as long as nothing is read of it.
is_only_held() {
	local fd

	for fd in "/proc/$VIEW_PID"/fd/*; do
		[[ $(readlink "$fd") == */file* ]] || continue
		grep -qE '^flags:.*[[:space:]]01[0-7]{7}$' "/proc/$VIEW_PID/fdinfo/${fd##*/}"
		return
	done
	return 1
}

wait_for "its last change is a while ago" old "$work/file"
exec {fd}<"$ct/file"
check_not "the first time it is opened to be read" is_only_held
cat <&"$fd" >/dev/null
exec {fd}<&-
exec {fd}<"$ct/file"
check "nothing is opened to be read that was read before" is_only_held
check "its bytes are there" cmp - "$TEST_TMP/copy" <&"$fd"
check "without being read" is_only_held
exec {fd}<&-

# What is held like that can be read when it must be, gone or not.
exec {fd}<"$ct/file"
check "held only" is_only_held
rm "$root/file"
dd if="/proc/self/fd/$fd" of=/dev/null bs=1 count=0 iflag=nocache status=none 2>/dev/null
check "a file that is gone is read on" cmp - "$TEST_TMP/copy" <&"$fd"
exec {fd}<&-

# Each change is there at the next open, however fast they follow one another.
changes() {
	local name=$1 i text

	for ((i = 1000; i < 1200; i++)); do
		printf '%s' "$i" 1<>"$root/$name"
		touch -d '2001-02-03 04:05:06.7' "$root/$name"
		text=$(quick head -c 4 "$ct/$name")
		[ "$text" = "$i" ] || { echo "  read $text, and $i was written"; return 1; }
	done
}
cp "$TEST_TMP/copy" "$root/file"
check "each change is read at once" changes file
check "also of a file with two names" changes linked
check_eq "by its other name" "$(quick head -c 4 "$ct/other")" 1199

# A file with two names that is written through a mapping, by the name in a folder that nobody looks at: there is
# no event, and no new time. Control: a file with one name, written by the same process outside of the container,
# which is not looked at, is not read anew.
cat >"$TEST_TMP/map.py" <<'END'
import mmap, os, sys
maps = [mmap.mmap(os.open(path, os.O_RDWR), 9) for path in sys.argv[1:]]
# The first write leaves a time.
line = 'as it was'
while line:
    for m in maps:
        m[:] = line.encode()
    print('written', flush=True)
    line = sys.stdin.readline().strip()
END
seen() {
	quick cat "$ct/../disk/seen/$1"
}
times() {
	stat -c '%y %z %s' "$disk/seen/one" "$disk/seen/two"
}
coproc MAP { exec python3 "$TEST_TMP/map.py" "$disk/seen/one" "$disk/hidden/other"; }
map_out=${MAP[0]} map_in=${MAP[1]}
read -r -t 20 said <&"$map_out"
wait_for "their last change is a while ago" eval 'old "$disk/seen/one" && old "$disk/seen/two"'
before=$(times)
for name in one two one two; do
	check_eq "before" "$(seen $name)" "as it was"
done
echo "new bytes" >&"$map_in"
read -r -t 20 said <&"$map_out"
check_eq "they are written" "$said $(cat "$disk/seen/one" "$disk/seen/two" | tr '\n' ' ')" "written new bytes new bytes "
check_eq "which leaves the times" "$(times)" "$before"
check_eq "control: what the kernel keeps" "$(seen one)" "as it was"
check_eq "of a file with two names it keeps nothing" "$(seen two)" "new bytes"
exec {map_in}>&-

# The same by a container that writes all the time: no read is older than its open.
(
	for ((i = 2000; ; i++)); do
		printf '%s' "$i" >"$TEST_TMP/begun"
		dd bs=4 count=1 conv=notrunc status=none <"$TEST_TMP/begun" of="$root/file"
		cp "$TEST_TMP/begun" "$TEST_TMP/done.new" && mv "$TEST_TMP/done.new" "$TEST_TMP/done"
	done
) &
writer=$!
on_exit kill "$writer"
wait_for "it writes" test -s "$TEST_TMP/done"
never_old() {
	local i least text

	for ((i = 0; i < 300; i++)); do
		least=$(<"$TEST_TMP/done")
		text=$(quick head -c 4 "$ct/file")
		[ "$text" -ge "$least" ] || { echo "  read $text, and $least was written before"; return 1; }
	done
}
check "what was written before the open is read" never_old

# Texts of links are kept too, and right when the link is another, though it may have the inode number of
# the one before; and when it is the same but what it leads through is not.
mkdir "$work/links" "$work/far" "$work/far/first" "$work/far/second" "$work/far/first/in" "$work/far/second/in"
touch "$work/far/first/end" "$work/far/second/end"
ln -s 0 "$work/links/link"
ln -s far/first/in "$work/through"
ln -s ../through/../end "$work/links/winding"
leads() { [ "$(quick readlink "$ct/links/$1")" = "$2" ]; }
check "a link that winds" leads winding ../../w/far/first/end
# From a folder that is the current one: the way to it is believed for a second only.
kept() {
	cd "$ct/links" || return
	readlink link winding >/dev/null
	stat link >/dev/null 2>&1
	kill -STOP "$VIEW_PID"
	timeout 10 readlink link
	kill -CONT "$VIEW_PID"
}
check_eq "the kernel has a text" "$(kept)" 0
seen=0
for ((i = 1; i <= 100; i++)); do
	rm "$work/links/link"
	ln -s "$i" "$work/links/link"
	wait_for "the new link" leads link "$i" && seen=$i
done
check_eq "each new link was seen" "$seen" 100
rm "$work/through"
ln -s far/second/in "$work/through"
check "one that leads through another is looked up anew" wait_for "its text" leads winding ../../w/far/second/end
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
