#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rootless Podman: its owner, an ordinary user, reads and copies files of every mapped ID; so does root;
# another user gets nothing.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
. "$NSVIEW_SOURCE/tests/engines/checks.sh"

busybox_tar
podman_user_start
podman_import "$BUSYBOX_TAR" busybox
podman_run web1 --hostname "rootless-$$" -v vol:/vol --tmpfs /tt busybox /bin/busybox sleep 100000
seed_container web1

# Container's 1 is the first of the subordinate range.
HOST_APP_ID=$(($(awk -F: -v user="$TEST_USER" '$1 == user { print $2; exit }' /etc/subuid) + 999))
check_container "" web1

# The control: without entering the user namespace the owner can't read it.
check_not "the owner, by cat" as_user cat "/proc/$CT_PID/root/srv/of-app"
check_container as_user web1

# Root and the owner by name; of a file that the owner alone could not read.
for how in as_user ''; do
	for spec in "rootless-$$" "$(engine inspect -f '{{.Id}}' web1 | cut -c1-12)"; do
		check_eq "${how:-root} by $spec" "$($how "$PROGRAMS/nscat" "$spec" /srv/of-app)" "of app"
	done
done
conmon=$(engine inspect -f '{{.State.ConmonPid}}' web1)
for how in as_user ''; do
	check "${how:-root} is told of conmon" grep -q "^nscat: note: $conmon is conmon, outside of any container: the container below it is $CT_PID" \
		<($how "$PROGRAMS/nscat" "$conmon" /etc/hostname 2>&1 >/dev/null)
done

# With --host-ids root keeps the host's numbers.
check "nscp -a --host-ids" "$PROGRAMS/nscp" -a --host-ids "$CT_PID:/srv/of-app" "$TEST_TMP/host-ids"
check_eq "the host's number" "$(stat -c %u "$TEST_TMP/host-ids")" "$HOST_APP_ID"

# Somebody else is told so in one line.
said=$(cd / && setpriv --reuid 65534 --regid 65534 --clear-groups "$PROGRAMS/nscat" "$CT_PID" /etc/alpine-release 2>&1)
check_eq "another user gets exit code 2" $? 2
check "and a reason: $said" grep -q "needs root or CAP_SYS_PTRACE" <<<"$said"
check_eq "in one line" "$(wc -l <<<"$said")" 1

# A container that has exited, and is in the engine's list; root sees the list beside one that runs.
podman_run web2 busybox /bin/busybox sleep 100000
engine stop -t 0 web1 >/dev/null
for how in as_user ''; do
	check_eq "${how:-root}: an exited container" "$($how "$PROGRAMS/nscat" podman:web1 /etc/passwd 2>&1)" \
		"nscat: podman:web1: not running: podman has it, without a process"
done
test_done
