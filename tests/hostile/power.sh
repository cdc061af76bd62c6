#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The host's root as a container's deputy: a volume that holds files of users that the container does
# not have, capabilities that a container made up, ID maps without a root, a /proc that blocks.
# Control: cp and rsync as root do what the container could not.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

volume=$TEST_TMP/volume
mkdir "$volume"
container_start --userns --volume "$volume:/vol" --setup 'mkdir /data && echo payload >/data/f'
base=$(stat -c %u "/proc/$CT_PID/root/data")
chown "$base:$base" "$volume"
mkdir -m 0755 "$volume/hostdir"
mkdir -m 0700 "$volume/hostsecret"
echo 'the host secret' >"$volume/hostdir/authorized_keys"
chmod 600 "$volume/hostdir/authorized_keys"
mkdir "$TEST_TMP/app"
echo payload | tee "$TEST_TMP/app/file" >"$TEST_TMP/authorized_keys"

# A folder of the host's root, reached by a link of the container's.
check "a link of the container's" nsenter -t "$CT_PID" -U -m /bin/busybox ln -s /vol/hostdir /app
check_not "nothing is put into the host root's folder" \
	"$NSVIEW_BIN/nscp" "$TEST_TMP/authorized_keys" "$CT_PID:/app/"
check_eq "its file is as it was" "$(stat -c '%u %a' "$volume/hostdir/authorized_keys") $(cat "$volume/hostdir/authorized_keys")" \
	'0 600 the host secret'
nsenter -t "$CT_PID" -U -m /bin/busybox rm /app

# The same folder under the name of a folder that is copied: cp -a hands it over.
mv "$volume/hostsecret" "$volume/app"
cp -a "$volume" "$TEST_TMP/naive"
cp -a "$TEST_TMP/app" "$TEST_TMP/naive/"
check_eq "control: cp -a changes the folder that lies there" "$(stat -c %a "$TEST_TMP/naive/app")" 755
check_not "nscp -a does not" "$NSVIEW_BIN/nscp" -a "$TEST_TMP/app" "$CT_PID:/vol/"
check_eq "it stays the host root's" "$(stat -c '%u %a' "$volume/app")" '0 700'
check_eq "and empty" "$(ls -A "$volume/app")" ''
check "where the container has power it goes on" "$NSVIEW_BIN/nscp" -a "$TEST_TMP/app" "$CT_PID:/vol/mine"
check_eq "with the container's owner" "$(stat -c %u "$volume/mine")" "$base"

# A folder in which all may make files, like /tmp: files may be put there, its attributes are not ours.
mkdir "$volume/open" "$TEST_TMP/naive/open" "$TEST_TMP/tree" "$TEST_TMP/tree/open"
chmod 1777 "$volume/open" "$TEST_TMP/naive/open"
echo payload >"$TEST_TMP/tree/open/file"
cp -a "$TEST_TMP/tree/open" "$TEST_TMP/naive/"
check_not "control: cp -a changes it" test "$(stat -c %a "$TEST_TMP/naive/open")" = 1777
check_not "nscp -a over it fails" "$NSVIEW_BIN/nscp" -a "$TEST_TMP/tree/open" "$CT_PID:/vol/"
check_eq "it is as it was" "$(stat -c '%u %a' "$volume/open")" '0 1777'
check_eq "the file is there, the container's" "$(stat -c %u "$volume/open/file")" "$base"
check_not "nor as DEST itself" "$NSVIEW_BIN/nscp" -a "$TEST_TMP/tree/open/." "$CT_PID:/vol/open"
tar -C "$TEST_TMP/tree" -cf "$TEST_TMP/open.tar" open
check_not "nor out of an archive" "$NSVIEW_BIN/nscp" -a - "$CT_PID:/vol" <"$TEST_TMP/open.tar"
check_eq "it is as it was" "$(stat -c '%u %a' "$volume/open")" '0 1777'
check "without -a nothing is wrong" "$NSVIEW_BIN/nscp" - "$CT_PID:/vol" <"$TEST_TMP/open.tar"

# An archive that names what lies in the host root's folder, not the folder.
tar -C "$TEST_TMP" --transform 's,^app,hostdir/new,;s,^auth.*,hostdir/planted,' -cf "$TEST_TMP/into.tar" \
	authorized_keys app/file
mkdir -p "$TEST_TMP/naive/hostdir" && tar -C "$TEST_TMP/naive" -xf "$TEST_TMP/into.tar"
check "control: tar puts files into it" test -e "$TEST_TMP/naive/hostdir/planted"
check_not "nscp - puts none there" "$NSVIEW_BIN/nscp" - "$CT_PID:/vol" <"$TEST_TMP/into.tar"
check_eq "nothing is new in it" "$(ls "$volume/hostdir")" authorized_keys

# Capabilities: what the container's root gave counts in its namespace only, also on the host.
cp /bin/busybox "$volume/tool"
chown "$base:$base" "$volume/tool"
setcap -n "$base" cap_setuid=ep "$volume/tool"
check "a capability of the namespace" grep -q "rootid=$base" <<<"$(getcap -n "$volume/tool")"
check "nscp -a out" "$NSVIEW_BIN/nscp" -a "$CT_PID:/vol/tool" "$TEST_TMP/tool"
check "is not the host's afterwards" grep -q "rootid=$base" <<<"$(getcap -n "$TEST_TMP/tool")"
"$NSVIEW_BIN/nscp" -a "$CT_PID:/vol/tool" - >"$TEST_TMP/tool.tar"
mkdir "$TEST_TMP/untar"
"$NSVIEW_BIN/nscp" -a - "$TEST_TMP/untar" <"$TEST_TMP/tool.tar" 2>/dev/null
check_eq "nor out of an archive" "$(getcap "$TEST_TMP/untar/tool")" ''

# A process that went on into a user namespace of its own, in which nobody is anybody: what counts
# is the one that owns its mounts.
cp /bin/busybox "$TEST_TMP/su" && chmod 4755 "$TEST_TMP/su"
container_start --userns --volume "$volume:/vol" /bin/busybox unshare -U /bin/busybox sleep 100000
wait_for "a map without a line" test ! -s "/proc/$CT_PID/uid_map"
check "nscp -p --special into it" "$NSVIEW_BIN/nscp" -p --special "$TEST_TMP/su" "$CT_PID:/vol/su"
check_eq "makes no setuid file of the host's root" "$(stat -c %u "$volume/su")" "$base"

# A FIFO mounted over a file of /proc that we read on the way to /proc/self.
container_start --setup 'mkfifo /fifo; mount -o bind /fifo /proc/1/stat; ln -s /proc/self/status /link'
for via in proc setns; do
	timeout 20 "$NSVIEW_BIN/nscat" --via $via "$CT_PID" /link >/dev/null 2>&1
	check_eq "nscat is not held up by a mounted FIFO ($via)" $? 1
done

# DEST by /proc/PID/root, where the container has mounted a file of procfs.
container_start --userns --setup 'echo 555 >/evil; mkdir /d; touch /d/evil; mount -o bind /proc/1/oom_score_adj /d/evil'
check "control: cp writes to the kernel" cp "/proc/$CT_PID/root/evil" "/proc/$CT_PID/root/d/"
check_eq "control: by the mount" "$(cat "/proc/$CT_PID/oom_score_adj")" 555
echo 0 >"/proc/$CT_PID/oom_score_adj"
for dest in "/proc/$CT_PID/root/d" "/proc/$CT_PID/root/d/evil" "$CT_PID:/d"; do
	check_not "nscp does not ($dest)" "$NSVIEW_BIN/nscp" "$CT_PID:/evil" "$dest"
	check_eq "nothing was written ($dest)" "$(cat "/proc/$CT_PID/oom_score_adj")" 0
done
# The caller may name one, here to write what is there already.
knob=/sys/kernel/mm/ksm/sleep_millisecs
if [ -w $knob ]; then
	nsenter -t "$CT_PID" -U -m /bin/busybox tee /same <$knob >/dev/null
	check "a kernel file that is named" "$NSVIEW_BIN/nscp" "$CT_PID:/same" $knob
fi

# A lease on a file keeps a plain open waiting for 45 s.
container_start --setup 'echo leased >/leased; touch /mount; mount -o bind /leased /mount'
python3 - "/proc/$CT_PID/root/leased" <<'PY' &
import fcntl, os, signal, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
signal.signal(signal.SIGIO, signal.SIG_IGN)
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
signal.pause()
PY
holder=$!
on_exit eval "kill $holder 2>/dev/null || :"
wait_for "the lease" grep -q "LEASE.* $holder " /proc/locks
check_not "a lease that is not given up ends in an error soon" \
	timeout 20 "$NSVIEW_BIN/nscat" "$CT_PID" /leased
check_not "control: cp waits for it" timeout 5 cp "$TEST_TMP/app/file" "/proc/$CT_PID/root/mount"
timeout 20 "$NSVIEW_BIN/nscp" "$TEST_TMP/app/file" "$CT_PID:/mount" 2>"$TEST_TMP/said"
check_eq "nscp into a mount point fails" $? 1
check "and says why" grep -q 'does not give its lease up' "$TEST_TMP/said"
kill "$holder" && wait "$holder" 2>/dev/null
check_eq "the file has its text" "$(cat "/proc/$CT_PID/root/leased")" leased
test_done
