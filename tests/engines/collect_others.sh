#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nscollect with rootful Podman and with systemd-nspawn.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
# shellcheck disable=SC1090 # one of two
. "$NSVIEW_SOURCE/tests/fixtures/$1.sh"

case $1 in
podman)
	busybox_tar
	podman_root_start
	podman_import "$BUSYBOX_TAR" busybox
	name=evi-$$ sleepers=1
	podman_run "$name" -v vol:/vol -e TOKEN=hunter2-of-podman --hostname evidence busybox /bin/busybox sh -c \
		'echo on the volume >/vol/f; echo of the layer >/layer; exec 5>/d; echo deleted >&5; rm /d; /bin/busybox sleep 100000 & wait'
	;;
others)
	others_root
	name=nsv-c-$$ sleepers=2
	mkdir "$OTHERS_ROOT/vol"
	echo 'on the volume' >"$OTHERS_ROOT/vol/f"
	echo 'of the layer' >"$OTHERS_ROOT/layer"
	nspawn_start "$name"
	# A deleted file, by a shell that joins the container.
	exec {said}< <(exec nsenter -t "$CT_PID" -m -p -r -w /bin/busybox sh -c \
		'exec 5>/d; echo deleted >&5; rm /d; echo; exec /bin/busybox sleep 100000')
	on_exit kill $!
	read -r -t 60 _ <&"$said"
	;;
esac
root=/proc/$CT_PID/root
ready() { find /proc/*/fd -lname '*/d (deleted)' 2>/dev/null | grep -q .; }
wait_for "a deleted file that is open" ready
# What starts programs moves their access times: only then is the container still.
still() { [ "$(pgrep --ns "$CT_PID" --nslist pid -cf '^/bin/busybox sleep')" = "$sleepers" ]; }
wait_for "all programs run" still
mapfile -d '' -t files < <(find "$root/bin" "$root/vol" "$root/layer" "$root/etc" -xdev -print0)
# nspawn keeps some of them from writing.
touch -h -a -d '2001-01-01' "${files[@]}" 2>/dev/null
state() { stat -c '%x %y %z %n' "${files[@]}"; cat "/proc/$CT_PID/mountinfo"; pgrep --ns "$CT_PID" --nslist pid; }
before=$(state)

take x.tar --full "$name"
check_eq "times, mounts, processes" "$(state)" "$before"
unpack x.tar
check_schemas
check "verify" "$nscollect" verify "$TEST_TMP/x.tar"
check_eq "files" "$(cat "$UNPACKED/[root]/vol/f" "$UNPACKED/[root]/layer")" "on the volume
of the layer"
check_eq "a deleted file" "$(cat "$UNPACKED"/open/*/fd-5)" deleted
pid=$(basename "$(dirname "$UNPACKED"/open/*/fd-5)")
check_eq "its process, by both PIDs" \
	"$(jsons processes.json ".[] | select(.pid == $pid) | \"\\(.pid_inside) \\([.fds[].content] | map(select(. and endswith(\"/fd-5\")))[0])\"")" \
	"$(awk '/^NSpid/ { print $NF }' "/proc/$pid/status") open/$pid/fd-5"
check_eq "the program" "$(jsons processes.json ".[] | select(.pid == $CT_PID) | .exe.sha256")" "$(sha256sum <"/proc/$CT_PID/exe" | cut -c1-64)"
if [ "$1" = podman ]; then
	check_eq "the engine's files" "$(jsons engine/config.json .hostname)" evidence
	check "the environment" grep -q hunter2-of-podman "$TEST_TMP/x.tar"
	take masked.tar --full --no-env-values "$name"
	check_not "masked, in the engine's files too" grep -q hunter2-of-podman "$TEST_TMP/masked.tar"
fi
test_done
