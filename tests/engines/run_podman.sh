#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nsrun beside Podman's containers: run_podman.sh root|rootless. The owner of a rootless container needs no root.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
. "$NSVIEW_SOURCE/tests/engines/run_tools.sh"

busybox_tar
if [ "$1" = root ]; then podman_root_start; else podman_user_start; fi
podman_import "$BUSYBOX_TAR" busybox
web=web-$$
podman_run "$web" --hostname "pod-$$" --add-host "inner:192.0.2.7" -v vol:/vol busybox /bin/busybox sleep 100000
engine exec "$web" /bin/busybox sh -c "echo tag of $CT_PID >/etc/tag; echo text >/vol/file; chmod 600 /vol/file; chown 12:34 /vol/file"
before=$(cat "/proc/$CT_PID/mountinfo")
run_listen "$CT_PID"

ways=('')
[ "$1" = root ] || ways+=(as_user)
for how in "${ways[@]}"; do
	nsrun=$RUN_PROGRAMS/nsrun
	run_tools "$how" "$CT_PID"
	check_eq "${how:-root}: by name" "$($how "$nsrun" "$web" hostname)" "$(hostname)"
	check_eq "${how:-root}: its UTS namespace" "$($how "$nsrun" -u "$web" hostname)" "pod-$$"
	check_eq "${how:-root}: its hosts" "$($how "$nsrun" "$web" getent hosts inner | awk '{ print $1 }')" 192.0.2.7
	check_eq "${how:-root}: a file of another user" "$($how "$nsrun" -w root:vol "$web" cat file)" text
	check_not "${how:-root}: read-only" $how "$nsrun" -w root:vol "$web" touch file
done
[ "$1" = root ] || check_not "control: the owner, by cat" as_user cat "/proc/$CT_PID/root/vol/file"
check_eq "the container's mounts are what they were" "$(cat "/proc/$CT_PID/mountinfo")" "$before"

mkfifo -m 666 "$TEST_TMP/go"
chmod 755 "$TEST_TMP"
for how in "${ways[@]}"; do
	podman_run "short-$$${how:+-user}" busybox /bin/busybox sleep 100000
	: >"$TEST_TMP/out"
	$how "$nsrun" "short-$$${how:+-user}" sh -c "echo ready; read -r _ <$TEST_TMP/go" >"$TEST_TMP/out" 2>&1 &
	tool=$!
	wait_for "the tool" grep -q ready "$TEST_TMP/out"
	check "podman rm -f meanwhile" engine rm -f -t 0 "short-$$${how:+-user}"
	check "the tool is told" wait_for "the line" grep -q 'has ended' "$TEST_TMP/out"
	echo >"$TEST_TMP/go"
	wait $tool
	check_eq "${how:-root}: and its status is 1" $? 1
done
test_done
