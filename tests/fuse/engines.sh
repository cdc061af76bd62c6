#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The view shows containers of Docker and Podman by their names, and does not hinder their removal.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

engine=$1
busybox_tar
case $engine in
docker)
	. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"
	docker_start
	docker_import "$BUSYBOX_TAR" busybox
	run=docker_run
	;;
podman)
	. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
	podman_root_start
	podman_import "$BUSYBOX_TAR" busybox
	run=podman_run
	;;
esac

host=fe-$engine-$$
$run "name-$host" --hostname "$host" -v vol:/vol busybox /bin/busybox sleep 100000
id=$(engine inspect -f '{{.Id}}' "name-$host")
view_start
ct=$VIEW/$host
check_eq "by its hostname" "$(quick cat "$ct/etc/alpine-release")" 3.13.0
check_eq "by its name" "$(quick readlink "$VIEW/.by-name/name-$host")" "../$host"
check_eq "by its ID" "$(quick readlink "$VIEW/.by-id/$id")" "../$host"
check_eq "by its PID" "$(quick readlink "$VIEW/.by-pid/$CT_PID")" "../$host"
check "listed by name" eval 'quick ls "$VIEW/.by-name" | grep -qx "name-$host"'
check_eq "by its beginning, as docker ps shows it" "$(quick readlink "$VIEW/.by-id/${id:0:12}")" "../$host"
check_not "not by less" quick readlink "$VIEW/.by-id/${id:0:11}"
check "listed by ID" eval 'quick ls "$VIEW/.by-id" | grep -qx "$id"'

# What a person types opens too, and is not listed.
check_eq "by its name at the top" "$(quick cat "$VIEW/name-$host/etc/alpine-release")" 3.13.0
check_eq "which is a link" "$(quick readlink "$VIEW/name-$host")" "$host"
check_eq "with the size of its text" "$(quick stat -c %s "$VIEW/name-$host")" ${#host}
check_eq "so is a beginning of its ID" "$(quick readlink "$VIEW/${id:0:4}")" "$host"
check_not "three digits are none" quick test -L "$VIEW/${id:0:3}"
check_eq "both are unlisted" "$(quick ls "$VIEW" | grep -cxE "name-$host|${id:0:4}")" 0

# A container takes the engine's name of another as its hostname. The one that the engine named keeps it.
engine_pid=$CT_PID
container_start --hostname "name-$host"
check "the imitator gets another folder" wait_for "its folder" eval 'quick ls "$VIEW" | grep -qx "name-$host~[0-9]*"'
check_eq "the name still leads to the engine's" "$(quick readlink "$VIEW/name-$host")" "$host"
# One that took the name before anybody else had it keeps its folder: .by-name tells the two apart.
container_start --hostname "late-$host"
check "it has the name" wait_for "its folder" quick test -d "$VIEW/late-$host/"
imitator=$(quick stat -c %i "$VIEW/late-$host/bin/busybox")
$run "late-$host" --hostname "other-$host" busybox /bin/busybox sleep 100000
check "the engine's is there" wait_for "its folder" quick test -d "$VIEW/other-$host"
check_eq "the folder stays the imitator's" "$(quick stat -c %i "$VIEW/late-$host/bin/busybox")" "$imitator"
check_not "and is no link" quick test -L "$VIEW/late-$host"
check_eq ".by-name is exact" "$(quick readlink "$VIEW/.by-name/late-$host")" "../other-$host"
at_once=(-t 0)
[ "$engine" = podman ] || at_once=()
engine rm -f "${at_once[@]}" "late-$host" >/dev/null 2>&1
CT_PID=$engine_pid

first=$VIEW first_pid=$VIEW_PID
view_start -o names=name
check "names=name lists what the engine says" eval 'quick ls "$VIEW" | grep -qx "name-$host"'
check_eq "and opens it" "$(quick cat "$VIEW/name-$host/etc/alpine-release")" 3.13.0
check_eq ".by-id leads there" "$(quick readlink "$VIEW/.by-id/$id")" "../name-$host"
view_stop
VIEW=$first VIEW_PID=$first_pid

root=/proc/$CT_PID/root
check_eq "attributes" "$(stat_list "$ct" ! -type l ! -path './proc*' ! -path './sys*' ! -path './dev*')" \
	"$(stat_list "$root/" ! -type l ! -path './proc*' ! -path './sys*' ! -path './dev*')"
check "busybox is busybox" quick cmp "$ct/bin/busybox" "$root/bin/busybox"
check_eq "a link" "$(quick readlink "$ct/bin/ls")" ../bin/busybox

# What it does is seen: overlayfs, copied up.
engine exec "name-$host" /bin/busybox sh -c 'echo changed >>/etc/alpine-release; echo new >/etc/new; echo in >/vol/f'
check "a change" wait_for "the change" eval '[ "$(quick tail -n 1 "$ct/etc/alpine-release")" = changed ]'
check "a new file" wait_for "the file" eval '[ "$(quick cat "$ct/etc/new")" = new ]'
check "in a volume" wait_for "the file" eval '[ "$(quick cat "$ct/vol/f")" = in ]'

# Removed while it is read, from within and with a file open; several times, as it is a race.
for round in 1 2 3 4 5; do
	exec {file}<"$ct/bin/busybox"
	(while quick find "$ct" -type f -exec cat {} + >/dev/null 2>&1; do :; done) &
	reader=$!
	(cd "$ct/etc" && exec sleep 1000) &
	sitter=$!
	quick cat "$ct/etc/passwd" >/dev/null
	check "removed at once, round $round" timeout 60 "$(type -P bash)" -c "$(declare -f engine); $(declare -p DOCKER_DIR PODMAN_DIR PODMAN_OPTIONS 2>/dev/null); engine rm -f $([ "$engine" = docker ] || echo -t 0) name-$host"
	check_eq "its open file is read on" "$(quick sha256sum <&"$file")" "$(sha256sum </bin/busybox)"
	exec {file}<&-
	wait "$reader"
	kill "$sitter"
	wait "$sitter" 2>/dev/null
	check_eq "it is not listed" "$(quick ls "$VIEW" | grep -cx "$host")" 0
	check "it is gone" wait_for "its end" eval '! quick test -e "$ct"'
	check "by its ID too" wait_for "its end" eval '! quick test -e "$VIEW/.by-id/$id"'
	check_eq "no mount of it is left" "$(grep -c "$id" /proc/self/mountinfo)" 0
	$run "name-$host" --hostname "$host" -v vol:/vol busybox /bin/busybox sleep 100000
	id=$(engine inspect -f '{{.Id}}' "name-$host")
	check_eq "the next is there" "$(quick cat "$ct/etc/alpine-release")" 3.13.0
done
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
