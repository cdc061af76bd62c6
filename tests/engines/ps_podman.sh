#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ps_podman.sh root|rootless - nsps and Podman: what nsps reads from Podman's files is what Podman
# itself says; the owner of rootless containers sees the same as root, a stranger nothing.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
. "$NSVIEW_SOURCE/tests/fixtures/ps.sh"

compare() {
	local pid

	ps_compare podman "$1"
	check_eq "nsps $pid: the ID in a table" "$("$NSVIEW_BIN/nsps" -n -o ID "$pid")" \
		"$(inspect "$1" 'Id[:12]')"
	ps_is "$pid" image "$(inspect "$1" ImageName)"
}

busybox_tar
case ${1-} in
root) podman_root_start ;;
rootless) podman_user_start ;;
*) echo "root or rootless?" && exit 1 ;;
esac
podman_import "$BUSYBOX_TAR" busybox
web=nsview-pod-$$

podman_run "$web" --hostname "same-$$" busybox /bin/busybox sleep 100000
web_pid=$CT_PID
compare "$web"
podman_run "$web-2" --hostname "same-$$" --rm busybox /bin/busybox sleep 100000
compare "$web-2"
podman_run "$web-3" --uts=host busybox /bin/busybox sleep 100000
compare "$web-3"
check_eq "by name" "$("$NSVIEW_BIN/nsps" -p "podman:$web" 2>/dev/null)" "$web_pid"
check_eq "nscat by name" "$("$NSVIEW_BIN/nscat" "$web" /etc/alpine-release)" 3.13.0

engine rename "$web" "$web-renamed"
compare "$web-renamed"
check_eq "the engine's own list" \
	"$(engine ps --no-trunc --format '{{.ID}} {{.Names}} {{.Image}}' | sort)" \
	"$(for name in "$web-renamed" "$web-2" "$web-3"; do
		pid=$(inspect "$name" State.Pid)
		echo "$(ps_of "$pid" id) $(ps_of "$pid" name) $(ps_of "$pid" image)"
	done | sort)"

if [ "$1" = rootless ]; then
	ps_is "$web_pid" user "$TEST_USER"
	install -m 755 "$NSVIEW_BIN/nsps" "$TEST_TMP/nsps"
	check_eq "its owner sees it" \
		"$(as_user "$TEST_TMP/nsps" -J -o NAME,IMAGE,ENGINE "$web_pid" | jq -c '.[0]')" \
		"{\"name\":\"$web-renamed\",\"image\":\"localhost/busybox:latest\",\"engine\":\"podman\"}"
	check_eq "a stranger does not" "$(cd / && setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$TEST_TMP/nsps" -rn -o NAME 2>/dev/null | grep -c "$web")" 0
fi

[ "$1" = rootless ] || ps_pause "$web-renamed" "$web_pid" # which takes a cgroup of its own

# Its monitor is killed: as root the cgroup path still tells the engine and the mounts the rest.
kill -KILL "$(awk '/^PPid:/ { print $2 }' "/proc/$web_pid/status")"
if [ "$1" = root ]; then
	compare "$web-renamed"
fi
test_done
