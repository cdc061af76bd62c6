#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With many files, and many containers that come and go, the daemon's resources are bounded and released.
#
# NSVIEW_SCALE=full walks 1,000,000 files and starts 10,000 containers; otherwise a tenth of the files and
# 300 containers. Prints its measurements.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
command -v python3 >/dev/null || test_skip "python3 is not installed"
folders=100 comings=300
if [ "${NSVIEW_SCALE-}" = full ]; then
	folders=1000 comings=10000
fi
files=$((folders * 1000))
sanitized=${NSVIEW_SANITIZE:+yes}

# In KiB.
resident() {
	awk '/^VmRSS/ { print $2 }' "/proc/$VIEW_PID/status"
}

fds() {
	ls "/proc/$VIEW_PID/fd" | wc -l
}

watches() {
	cat "/proc/$VIEW_PID/fdinfo"/* 2>/dev/null | grep -c '^inotify '
}

# Forgets go out in batches, when the kernel comes to it.
given_back() { # KIB
	echo 2 >/proc/sys/vm/drop_caches
	[ "$(resident)" -le "$1" ]
}

long() {
	timeout -k 5 600 "$@"
}

tree=$TEST_TMP/tree
mkdir "$tree"
mount -t tmpfs -o nr_inodes=0,size=4g tmpfs "$tree" || test_skip "a tmpfs can't be mounted"
on_exit eval "umount -l $tree 2>/dev/null || :"
python3 - "$tree" "$folders" <<'END'
import os, sys
for d in range(int(sys.argv[2])):
    folder = f"{sys.argv[1]}/folder-{d}"
    os.mkdir(folder)
    for f in range(1000):
        os.close(os.open(f"{folder}/file-number-{f}", os.O_CREAT | os.O_WRONLY, 0o644))
END
container_start --hostname "many$$" --volume "$tree:/many"
view_start
ct=$VIEW/many$$
quick ls "$ct/etc" >/dev/null
before_kib=$(resident) before_fds=$(fds)

SECONDS=0
check_eq "all files are walked" "$(long find "$ct/many" -type f -size 0 | wc -l)" "$files"
check_eq "and their sizes asked for" "$(long find "$ct/many" -type f -printf '%s\n' | sort -u)" 0
walked_kib=$(resident) walked_fds=$(fds)
echo "$files files: $before_kib KiB before, $walked_kib KiB after two walks in $SECONDS s, $walked_fds fds, $(watches) watches"
[ -n "$sanitized" ] || check "resident memory" test "$walked_kib" -lt 250000
# Other tests' containers have some each.
check "fds do not grow with files: $before_fds to $walked_fds" test "$walked_fds" -lt $((before_fds + 50))

# One more for each open file.
check "an fd for each open file" python3 - "$ct/many/folder-1" "$VIEW_PID" <<'END'
import os, sys
def count():
    names = [os.readlink(f"/proc/{sys.argv[2]}/fd/{n}") if os.path.lexists(f"/proc/{sys.argv[2]}/fd/{n}") else ""
             for n in os.listdir(f"/proc/{sys.argv[2]}/fd")]
    return sum("/file-number-" in n for n in names)
open_files = [open(f"{sys.argv[1]}/file-number-{i}") for i in range(200)]
assert count() == 200, count()
for f in open_files:
    f.close()
END
closed() {
	! readlink "/proc/$VIEW_PID/fd"/* | grep -q file-number-
}
check "and none for those that are closed" wait_for "their release" closed
# ASan keeps what is freed for a while.
[ -z "$sanitized" ] || before_kib=1000000
check "memory is given back" wait_for "the forgets" given_back $((before_kib + 20000))
echo "given back: $(resident) KiB, $(watches) watches"
[ "$(watches)" -lt $((folders / 10)) ] || check_eq "watches are given back" "$(watches)" "few"
container_stop
umount "$tree" || checks_failed=$((checks_failed + 1))

# What is held of containers by PID: their roots, pidfds, and tables of mounts.
held() { # PID...
	python3 - "$VIEW_PID" "$@" <<'END'
import os, re, sys
view = f"/proc/{sys.argv[1]}"
pids = sys.argv[2:]
roots = {next(line.split()[0] for line in open(f"/proc/{p}/mountinfo") if line.split()[4] == "/") for p in pids}
n = {"roots": 0, "pidfds": 0, "mounts": 0}
for fd in os.listdir(view + "/fd"):
    try:
        link = os.readlink(f"{view}/fd/{fd}")
        info = open(f"{view}/fdinfo/{fd}").read()
    except OSError:
        continue
    table = re.fullmatch(r"(?:/proc)?/(\d+)/mountinfo", link)
    pid = re.search(r"^Pid:\s+(\d+)$", info, re.M)
    if table:
        n["mounts"] += table[1] in pids
    elif pid:
        n["pidfds"] += pid[1] in pids
    else:
        n["roots"] += re.search(r"^mnt_id:\s+(\d+)$", info, re.M)[1] in roots and link == "/"
print(*(f"{v} {k}," for k, v in n.items()))
END
}
crowd=12
pids=() helpers=()
for ((i = 0; i < crowd; i++)); do
	container_start --hostname "idle$$-$i"
	pids+=("$CT_PID") helpers+=("$CT_HELPER")
done
quick ls -l "$VIEW" >/dev/null
check_eq "$crowd containers that nobody looks into" "$(held "${pids[@]}")" "$crowd roots, $crowd pidfds, 0 mounts,"
quick cat "$VIEW/idle$$-0/etc/alpine-release" "$VIEW/idle$$-1/etc/alpine-release" >/dev/null
check_eq "two that somebody does" "$(held "${pids[@]}")" "$crowd roots, $crowd pidfds, 2 mounts,"
for i in "${helpers[@]}"; do container_stop "$i"; done
exit_commands=("${exit_commands[@]:0:${#exit_commands[@]}-crowd}")

# Containers come and go, each looked into. Three at a time.
one() {
	container_start --hostname "come$$-$1" --share-pid
	quick ls "$VIEW/come$$-$1/etc" >/dev/null && quick cat "$VIEW/come$$-$1/etc/alpine-release" ||
		echo "container $1 was not seen"
	container_stop
}
for i in 1 2 3 4 5; do one "warm$i"; done >/dev/null
before_kib=$(resident) before_fds=$(fds)
SECONDS=0
some() {
	local i

	exit_commands=()
	for ((i = $1; i < comings; i += 3)); do
		one "$i"
		exit_commands=()
	done | sort | uniq -c
}
parts=()
for part in 0 1 2; do
	some $part >"$TEST_TMP/some-$part" &
	parts+=($!)
done
wait "${parts[@]}"
check_eq "each was looked into" "$(awk '{ n[$2 == "3.13.0"] += $1 } END { print n[1] + 0, n[0] + 0 }' "$TEST_TMP"/some-?)" \
	"$comings 0"
none_left() {
	quick ls "$VIEW" >/dev/null
	! grep -qsE '^Pid:\s+-1$' "/proc/$VIEW_PID/fdinfo"/* && [ "$(watches)" -lt 10 ]
}
check "nothing of them is held" wait_for "their end" none_left
echo 2 >/proc/sys/vm/drop_caches
echo "$comings containers in $SECONDS s: $before_kib KiB and $before_fds fds before, $(resident) KiB and $(fds) fds after"
check "fds are as before" test "$(fds)" -lt $((before_fds + 50))
[ -n "$sanitized" ] || check "memory is as before" test "$(resident)" -lt $((before_kib + 10000))
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
