#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reports of containers that did nothing bad: a whole Debian in Docker, in which an application writes, and a booted systemd
# in systemd-nspawn. No rule finds anything.
#
# Control: in the same containers rules find what is put there.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"
. "$NSVIEW_SOURCE/tests/fixtures/others.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
[ -x /lib/systemd/systemd ] || test_skip "systemd is not installed"
others_need systemd-nspawn

found() {
	"$nscollect" report --json "$TEST_TMP/$1" | jq -c "[.findings[] | [.rule, .subject, .detail]$2]"
}

# ---- Debian ----
debian_tar
docker_start
docker_import "$DEBIAN_TAR" debian
docker_run "innocent-$$" -v vol:/data debian /bin/bash -c \
	'echo x >>/var/log/app.log; mktemp >/run/made; ldconfig; touch /data/f; cat </dev/null | sort | uniq; exec 9>/tmp/spool; rm /tmp/spool
	sleep 100000 & exec bash -c "sleep 100000 & wait"'
asleep() { [ "$("$NSVIEW_BIN/nsinfo" -o tree "$CT_PID" | grep -c 'sleep 100000')" -ge 3 ]; }
wait_for "its processes" asleep
take debian.tar.zst --full "docker:innocent-$$"
check_eq "nothing is found in Debian" "$(found debian.tar.zst '')" '[]'
engine exec "innocent-$$" bash -c 'cp /bin/true /tmp/x; chmod 4755 /tmp/x; echo "toor::0:0::/:/bin/sh" >>/etc/passwd'
take control.tar.zst --full "docker:innocent-$$"
check_eq "control: what was put there is found" "$(found control.tar.zst '[0]' | jq -c unique)" \
	'["account-open","account-root","changed-accounts","executable-temporary","setuid-new"]'
check_eq "by the list of changes" "$(tar -xOf "$TEST_TMP/control.tar.zst" changes.json | jq -r .about.state)" known
check_eq "which knows a changed file" "$("$nscollect" report --json "$TEST_TMP/control.tar.zst" |
	jq -r '.findings[] | select(.rule == "changed-accounts") | .detail')" 'changed against the image'
check "the page shows it" grep -q '"/etc/passwd","C","file"' <("$nscollect" report "$TEST_TMP/control.tar.zst")

# ---- systemd ----
cgroups_tidy payload supervisor
box=$TEST_TMP/box
mkdir "$box"
mount -t tmpfs -o size=256m tmpfs "$box"
on_exit umount -l "$box"
# The unit is the image's: what lies in the upper folder was changed.
units=$box/lower/etc/systemd/system
mkdir -p "$box/upper" "$box/work" "$box/root" "$units"
cat >"$units/nsview-ready.service" <<-END
	[Unit]
	After=basic.target systemd-logind.service dbus.service
	Requires=basic.target
	Wants=systemd-logind.service dbus.service
	[Service]
	ExecStart=/bin/sleep 100000
END
mount -t overlay -o "lowerdir=$box/lower:/,upperdir=$box/upper,workdir=$box/work" overlay "$box/root" ||
	test_skip "no overlay over / here"
on_exit umount -l "$box/root"
systemd-nspawn -q -D "$box/root" -M "innocent-$$" --register=no --keep-unit --private-network --console=pipe -b -- \
	--unit=nsview-ready.service </dev/null >"$TEST_TMP/boot.log" 2>&1 &
OTHERS_PARENT=$!
on_exit others_stop "$OTHERS_PARENT"
lead() { CT_PID=$(pgrep -P "$OTHERS_PARENT" -x systemd); }
wait_for "systemd" lead || { tail -n 5 "$TEST_TMP/boot.log"; exit 1; }
booted() { "$NSVIEW_BIN/nsinfo" -o tree "$CT_PID" | grep -q 'sleep 100000'; }
wait_for "its service" booted || { tail -n 5 "$TEST_TMP/boot.log"; exit 1; }
take systemd.tar --paths '/run' --paths '/tmp' --paths '/etc/passwd' --paths '/etc/crontab' --paths '/etc/pam.d' "$CT_PID"
check "its processes are there" test "$("$nscollect" list "$TEST_TMP/systemd.tar" | grep -c ' processes.json$')" = 1
check_eq "nothing is found in systemd" "$(found systemd.tar '')" '[]'
nsenter -t "$CT_PID" -m -p -r sh -c 'cp /bin/sleep /run/x; exec /run/x 1000' &
on_exit kill $!
strange() { "$NSVIEW_BIN/nsinfo" -o tree "$CT_PID" | grep -q '/run/x'; }
wait_for "a program in /run" strange
take control.tar --paths '/run' "$CT_PID"
# Beside what nsenter itself is, with all capabilities.
check_eq "control: a program in a tmpfs" \
	"$(found control.tar '[0]' | jq -c '. - (. - ["exe-temporary", "executable-temporary"]) | unique')" '["exe-temporary","executable-temporary"]'
test_done
