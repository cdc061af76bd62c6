#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The unit file under a real systemd: the host's, started by systemd-nspawn over a copy of the host's
# root. The service starts, shows a container, restarts when it is killed, and leaves no mount when it is
# stopped; the unit's own restrictions deny nothing that it needs.
#
# Control: with RestrictSUIDSGID= in a drop-in, which makes systemd's filter refuse openat2(2), the service does
# not start, and says why.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/others.sh"

[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
[ -c /dev/fuse ] || test_skip "there is no /dev/fuse"
[ -x /lib/systemd/systemd ] || test_skip "systemd is not installed"
others_need systemd-nspawn
cgroups_tidy payload supervisor

# An overlay can't have its upper folder on an overlay, as / may be.
box=$TEST_TMP/box
mkdir "$box"
mount -t tmpfs -o size=256m tmpfs "$box"
on_exit umount -l "$box"
mkdir "$box/upper" "$box/work" "$box/root"
mount -t overlay -o "lowerdir=/,upperdir=$box/upper,workdir=$box/work" overlay "$box/root" ||
	test_skip "no overlay over / here"
on_exit umount -l "$box/root"
root=$box/root

mkdir -p "$root/srv/nsview-unit" "$root/etc/systemd/system/nsviewd.service.d" "$root/usr/local/sbin" "$root/run"
"$NSVIEW_BUILD/tests/nsv-container" --fill "$root/srv/nsview-unit" || exit 1
echo "of the container" >"$root/srv/nsview-unit/file"
cp "$NSVIEW_BIN/nsviewd" "$root/usr/local/sbin/"
# Builds with sanitizers allow the calls of their run time, so they have no test_fuse_ways.
ways=$NSVIEW_BUILD/tests/test_fuse_ways
[ -n "${NSVIEW_SANITIZE-}" ] || cp "$ways" "$root/usr/local/sbin/"
cp "$NSVIEW_SOURCE/packaging/nsviewd.service" "$root/etc/systemd/system/"
# A sanitizer can't look for leaks under the unit's filter, and maps more than it may.
cat >"$root/etc/systemd/system/nsviewd.service.d/test.conf" <<-END
	[Service]
	Environment=ASAN_OPTIONS=detect_leaks=0
END
cat >"$root/etc/systemd/system/nsview-test.service" <<-END
	[Unit]
	After=basic.target
	Requires=basic.target
	SuccessAction=exit-force
	FailureAction=exit-force
	[Service]
	Type=oneshot
	TimeoutStartSec=120
	KillSignal=SIGKILL
	ExecStart=/bin/bash /usr/local/sbin/nsview-test
END
# The same restrictions for what tries to get out of the sandbox.
sed 's/^Type=.*/Type=oneshot/; s/^ExecStart=.*/ExecStart=test_fuse_ways/; /^Restart/d' \
	"$NSVIEW_SOURCE/packaging/nsviewd.service" >"$root/etc/systemd/system/nsview-ways.service"
mkdir "$root/etc/systemd/system/nsview-ways.service.d"
cat >"$root/etc/systemd/system/nsview-ways.service.d/test.conf" <<-END
	[Service]
	Environment=ASAN_OPTIONS=detect_leaks=0 NSVIEW_WAYS=confined
END
# Each answer is a file of its own.
cat >"$root/usr/local/sbin/nsview-test" <<'END'
out=/nsview-out
mkdir $out
unshare --mount --uts --pid --fork sh -c 'hostname unit-test; exec chroot /srv/nsview-unit /bin/busybox sleep 1000' &
value() { systemctl show nsviewd --value -p "$1"; }
until_is() { for i in $(seq 600); do [ "$($1 $2)" = "$3" ] && return; sleep 0.05; done; }
seen() { cat /mnt/nsview/unit-test/file 2>&1; }

systemctl start nsviewd; echo $? >$out/started
until_is seen "" "of the container"
seen >$out/seen
value ActiveState >$out/state
kill -9 "$(value MainPID)"
until_is value NRestarts 1
until_is value ActiveState active
seen >$out/seen-again
systemctl stop nsviewd; echo $? >$out/stopped
value Result >$out/result
grep -c " /mnt/nsview " /proc/self/mountinfo >$out/mounts
journalctl -u nsviewd _COMM=nsviewd -o cat -q --no-pager >$out/said
systemd-analyze verify nsviewd.service 2>&1 | grep -v "man nsviewd(8)" >$out/verified

systemctl start nsview-ways; echo $? >$out/ways
journalctl -u nsview-ways _COMM=test_fuse_ways -o cat -q --no-pager >$out/ways-said

printf '[Service]\nRestrictSUIDSGID=yes\nRestart=no\n' >/etc/systemd/system/nsviewd.service.d/refuse.conf
systemctl daemon-reload
systemctl start nsviewd; echo $? >$out/refused
journalctl -u nsviewd _COMM=nsviewd -o cat -q --no-pager >$out/why
END

boot() {
	timeout -k 5 150 systemd-nspawn -q -D "$root" -M "unit-$$" --register=no --keep-unit --capability=all \
		--private-users=no --bind=/dev/fuse --console=pipe \
		--system-call-filter="landlock_create_ruleset landlock_restrict_self" -b -- --unit=nsview-test.service \
		</dev/null >"$TEST_TMP/boot.log" 2>&1
}
boot
answer() { cat "$box/upper/nsview-out/$1" 2>&1; }

[ -e "$box/upper/nsview-out/started" ] || tail -n 20 "$TEST_TMP/boot.log"
check_eq "systemctl start" "$(answer started)" 0
check_eq "a file of a container" "$(answer seen)" "of the container"
check_eq "its state" "$(answer state)" active
check_eq "the file after kill -9" "$(answer seen-again)" "of the container"
check_eq "systemctl stop" "$(answer stopped)" 0
check_eq "its result" "$(answer result)" success
check_eq "mounts that are left" "$(answer mounts)" 0
check_eq "what it said" "$(answer said)" ""
check_eq "systemd-analyze verify" "$(answer verified)" ""
if [ -z "${NSVIEW_SANITIZE-}" ]; then
	check_eq "no way out of the sandbox" "$(answer ways)" 0
	check "of more than a hundred" grep -q "^1[0-9][0-9] ways, " "$box/upper/nsview-out/ways-said"
fi
check_not "control: without openat2 it does not start" test "$(answer refused)" = 0
check "and says why" grep -q "openat2" "$box/upper/nsview-out/why"
test_done
