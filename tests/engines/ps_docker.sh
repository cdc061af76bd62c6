#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nsps and Docker: what nsps reads from Docker's files is what Docker itself says; also when
# it says nothing any more, as the daemon was killed.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"
. "$NSVIEW_SOURCE/tests/fixtures/ps.sh"

compare() {
	local pid

	ps_compare docker "$1"
	ps_is "$pid" image "$(inspect "$1" Config.Image)"
	ps_is "$pid" labels "$(inspect "$1" "Config.Labels | if . == {} then null else . end")"
}

busybox_tar
docker_start
docker_import "$BUSYBOX_TAR" busybox
web=nsview-web-$$

docker_run "$web" --hostname "same-$$" --label tier=front --label "text=a \"b\" é" \
	busybox /bin/busybox sleep 100000
web_pid=$CT_PID
compare "$web"

# One with the same hostname, and one with the host's: names are their own all the same.
docker_run "$web-2" --hostname "same-$$" busybox /bin/busybox sleep 100000
same_pid=$CT_PID
compare "$web-2"
docker_run "$web-3" --uts=host busybox /bin/busybox sleep 100000
host_pid=$CT_PID
compare "$web-3"
ps_is "$host_pid" hostname "$(hostname)"
docker_run "$web-4" --pid=host --user 1234 busybox /bin/busybox sleep 100000
compare "$web-4"
ps_is "$CT_PID" user 1234

ps_pause "$web" "$web_pid"
engine exec -d "$web" /bin/busybox nc -l -p 8080
check "it listens" wait_for "8080" grep -q ":1F90 " "/proc/$web_pid/net/tcp" "/proc/$web_pid/net/tcp6"
ps_ports "$web_pid"

# By any of its processes.
engine exec -d "$web" /bin/busybox sleep "9$$"
wait_for "docker exec" grep -qsz "^9$$\$" /proc/[0-9]*/cmdline
for cmdline in /proc/[0-9]*/cmdline; do
	[ "$(tr '\0' ' ' 2>/dev/null <"$cmdline")" = "/bin/busybox sleep 9$$ " ] || continue
	pid=${cmdline#/proc/}
	pid=${pid%/cmdline}
	[ "$(readlink "/proc/$pid/ns/mnt")" = "$(readlink "/proc/$web_pid/ns/mnt")" ] || continue
	ps_is "$pid" pid "$web_pid"
done

# By name, by what Docker calls it and by its ID.
id=$(inspect "$web" Id)
for spec in "$web" "docker:$web" "$id" "${id:0:12}"; do
	check_eq "nsps -p $spec" "$("$NSVIEW_BIN/nsps" -p "$spec" 2>/dev/null)" "$web_pid"
	check_eq "nscat $spec" "$("$NSVIEW_BIN/nscat" "$spec" /etc/alpine-release)" 3.13.0
done
check_not "a hostname that two have" "$NSVIEW_BIN/nscat" "same-$$" /etc/alpine-release

# A name may change, and a container stop and start.
engine rename "$web-2" "$web-renamed"
ps_is "$same_pid" name "$web-renamed"
engine restart -t 0 "$web-renamed" >/dev/null
compare "$web-renamed"
check_not "the process that was" "$NSVIEW_BIN/nsps" "$same_pid"

# What is no regular file costs the hint only, and no time.
file=$DOCKER_DIR/data/containers/$id/config.v2.json
mv "$file" "$file.kept"
mkfifo "$file"
check_eq "with a FIFO in its place" \
	"$(timeout 20 "$NSVIEW_BIN/nsps" -J -o ID,NAME "$web_pid" 2>/dev/null | jq -rc '.[0].id')" "$id"
ps_is "$web_pid" image null
mv "$file.kept" "$file"
compare "$web"

# The daemon is killed; its containers run on, and nobody can be asked.
labels=$(inspect "$web" Config.Labels)
docker_kill
check_not "the control: Docker itself" engine inspect "$web"
ps_is "$web_pid" engine docker
ps_is "$web_pid" id "$id"
ps_is "$web_pid" name "$web"
ps_is "$web_pid" image busybox
ps_is "$web_pid" labels "$labels"
check_eq "nscat by name" "$("$NSVIEW_BIN/nscat" "docker:$web" /etc/alpine-release)" 3.13.0
test_done
