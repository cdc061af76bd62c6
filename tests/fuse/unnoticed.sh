#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A container does not notice that its files are read: no access time changes, no volume is busy, no event
# but those of plain reads, no descriptor or lock on its files.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
command -v python3 >/dev/null || test_skip "python3 is not installed"
host=fu$$
# Writes every access down.
volume=$TEST_TMP/volume
mkdir "$volume"
mount -t tmpfs -o strictatime tmpfs "$volume" || test_skip "a tmpfs can't be mounted"
on_exit umount -l "$volume"
mkdir -p "$volume/sub/deep"
for i in 1 2 3; do echo "$i" >"$volume/sub/file-$i"; done
head -c 3000000 /dev/urandom >"$volume/sub/deep/large"
ln "$volume/sub/file-1" "$volume/sub/deep/hard"
find "$volume" -exec touch -h -d 2001-02-03 {} +

container_start --hostname "$host" --volume "$volume:/vol" --setup 'mkdir /own && mount -t tmpfs tmpfs /own && echo own >/own/file'
root=/proc/$CT_PID/root

# Every event of the folders of the volume, as a process in the container would get them.
cat >"$TEST_TMP/events.py" <<'END'
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
names = {1: "ACCESS", 2: "MODIFY", 4: "ATTRIB", 8: "CLOSE_WRITE", 16: "CLOSE_NOWRITE", 32: "OPEN",
         64: "MOVED_FROM", 128: "MOVED_TO", 256: "CREATE", 512: "DELETE", 1024: "DELETE_SELF", 2048: "MOVE_SELF"}
fd = libc.inotify_init1(os.O_CLOEXEC)
for folder, _, files in os.walk(sys.argv[1]):
    for path in [folder] + [os.path.join(folder, f) for f in files]:
        if libc.inotify_add_watch(fd, path.encode(), 0xfff) < 0:
            sys.exit("no watch")
print("ready", flush=True)
sys.stdin.read()
os.set_blocking(fd, False)
seen = set()
while True:
    try:
        data = os.read(fd, 65536)
    except BlockingIOError:
        break
    while data:
        _, mask, _, length = struct.unpack("iIII", data[:16])
        seen.update(name for bit, name in names.items() if mask & bit)
        if mask & 0x4000:
            seen.add("OVERFLOW")
        data = data[16 + length:]
print(" ".join(sorted(seen)))
END

# The events while COMMAND runs.
events() {
	coproc EVENTS { exec python3 "$TEST_TMP/events.py" "$TEST_TMP/quiet"; }
	local pid=$EVENTS_PID out=${EVENTS[0]} in=${EVENTS[1]} said

	read -r -t 20 said <&"$out"
	[ "$said" = ready ] || return
	"$@"
	exec {in}>&-
	read -r -t 20 said <&"$out"
	wait "$pid"
	echo "$said"
}

browse() {
	local ct=$1

	(
		cd "$ct/vol/sub" || exit
		quick ls -lR . && quick find . -type f -exec cat {} + && quick tar -cf - . && quick du . &&
			quick stat ./* && quick getfacl -R . && quick getfattr -R -d . && quick cmp file-1 deep/hard
		quick python3 -c 'import mmap, sys; f = open("deep/large", "rb")
print(len(mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)[:]))'
	) >/dev/null 2>&1
}

# Looking at a folder's entries is an access too.
mkdir "$TEST_TMP/quiet"
mount --bind "$volume" "$TEST_TMP/quiet" && mount -o remount,bind,noatime "$TEST_TMP/quiet" || exit 1
on_exit umount -l "$TEST_TMP/quiet"
times() {
	find "$TEST_TMP/quiet" -printf '%p %A@ %T@ %C@ %n %b\n' | sort
}

for options in cache=auto cache=always cache=never passthrough=never passthrough=0; do
	view_start -o "$options"
	ct=$VIEW/$host
	before=$(times)
	seen=$(events browse "$ct")
	check_eq "$options: no time changed" "$(times)" "$before"
	check_not "$options: no event but of reads: $seen" \
		grep -qvxE 'OPEN|ACCESS|CLOSE_NOWRITE' <(tr ' ' '\n' <<<"$seen")
	check "$options: some of those" grep -q OPEN <<<"$seen"

	# Nothing of it is held, with a shell in it and a folder open.
	(cd "$ct/own" && exec sleep 1000) &
	sitter=$!
	on_exit eval "kill $sitter 2>/dev/null || :"
	exec {folder}<"$ct/own"
	check_eq "$options: it is browsed" "$(quick cat "$ct/own/file")" own
	check "$options: the container unmounts what is browsed" wait_for "the umount" \
		nsenter -t "$CT_PID" -m -r /bin/busybox umount /own
	check "$options: and sees no more of it" wait_for "its end" eval '! quick test -e "$ct/own/file"'
	check "$options: mounts it again" nsenter -t "$CT_PID" -m -r /bin/busybox sh -euc \
		'/bin/busybox mount -t tmpfs tmpfs /own; echo own >/own/file'
	check "$options: which is seen" wait_for "the mount" eval '[ "$(quick cat "$ct/own/file")" = own ]'
	exec {folder}<&-
	kill "$sitter"
	wait "$sitter" 2>/dev/null
	view_stop
	check_eq "$options: SIGTERM ends it well" $? 0
done

# The controls.
before=$(times)
seen=$(events browse "$root")
check "a plain look changes access times" test "$(times)" != "$before"
check_eq "and is seen as what ours was" "$seen" "ACCESS CLOSE_NOWRITE OPEN"
(cd "$root/own" && exec sleep 1000) &
sitter=$!
wait_for "it sits there" eval '[ "$(readlink "/proc/$sitter/exe")" = "$(readlink -f "$(type -P sleep)")" ]'
check_not "who sits there natively makes it busy" nsenter -t "$CT_PID" -m -r /bin/busybox umount /own
kill "$sitter"
test_done
