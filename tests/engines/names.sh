#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Containers by the names and IDs that Docker and Podman gave them, beside each other: two of one name,
# a hostname that is the beginning of another's ID, an engine's shim.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"

nscat=$NSVIEW_BIN/nscat nscp=$NSVIEW_BIN/nscp nsps=$NSVIEW_BIN/nsps
web=web-$$ db=db-$$

busybox_tar
docker_start
docker_import "$BUSYBOX_TAR" busybox
tagged() { # ENGINE NAME [OPTION...]: a container that has its tag in /tag
	local tag=$1 name=$2

	shift 2
	"${tag}_run" "$name" "$@" busybox /bin/busybox sh -c "echo $tag $name >/tag; exec /bin/busybox sleep 100000"
	wait_for "/tag in $name" test -s "/proc/$CT_PID/root/tag"
}
tagged docker "$web"
docker_web=$CT_PID id=$(engine inspect -f '{{.Id}}' "$web")
tagged docker "$db" --hostname "host-$$"
docker_db=$CT_PID

for spec in "$db" "host-$$" "docker:$db" "host:host-$$"; do
	check_eq "$spec" "$("$nscat" "$spec" /tag)" "docker $db"
done
for spec in "$web" "docker:$web" "$id" "${id:0:12}" "docker:$id" "docker:${id:0:12}"; do
	check_eq "$spec" "$("$nscat" "$spec" /tag)" "docker $web"
done
check_eq "an ID's beginning without a name" "$("$nscat" "docker:${id:0:8}" /tag)" "docker $web"
check_eq "nscp by name" "$("$nscp" "docker:$web:/tag" - | tar -xO)" "docker $web"
check "from one to another by name" "$nscp" "$web:/tag" "docker:$db:/tmp-tag"
check_eq "it arrived" "$("$nscat" "$docker_db" /tmp-tag)" "docker $web"
check_eq "a hostname is not the engine's word" "$("$nscat" "docker:host-$$" /tag 2>&1)" \
	"nscat: docker:host-$$: no such container (nsps lists them)"

# A hostname that is the beginning of another's ID. Control: as a hostname it is found.
tagged docker "thief-$$" --hostname "${id:0:12}"
thief=$CT_PID
said=$("$nscat" "${id:0:12}" /tag 2>&1)
check_eq "the beginning of an ID that a hostname took" "$? $said" \
	"2 nscat: ${id:0:12}: means several containers: docker:$web (PID $docker_web), docker:thief-$$ (PID $thief)"
check_eq "with the engine it is the ID's" "$("$nscat" "docker:${id:0:12}" /tag)" "docker $web"
check_eq "the whole ID is, too" "$("$nscat" "$id" /tag)" "docker $web"
check "control: the hostname is in force" grep -qx "${id:0:12}" <(nsenter -t "$thief" -u hostname)
engine rm -f "thief-$$" >/dev/null

# The administrator's trap.
shim=$(awk '/^PPid:/ { print $2 }' "/proc/$docker_web/status")
said=$("$nscat" "$shim" /etc/hostname 2>&1 >/dev/null)
check_eq "a shim" "$said" "nscat: note: $shim is $(cat "/proc/$shim/comm"), outside of any container:\
 the container below it is $docker_web ($web); try 'nscat $docker_web ...'"
said=$("$nscat" "$DOCKERD" /etc/hostname 2>&1 >/dev/null)
check "the engine: it is named" grep -q "^nscat: note: $DOCKERD is dockerd, outside of any container" <<<"$said"

# The fixtures of both engines say engine.
docker_engine=$(declare -f engine)
eval "docker_$docker_engine"
remove_dockers() {
	docker_engine rm -f "$web" "$db" "thief-$$" >/dev/null 2>&1
}
on_exit remove_dockers

# Podman has one of the same name.
podman_root_start
podman_import "$BUSYBOX_TAR" busybox
tagged podman "$web"
podman_web=$CT_PID
said=$("$nscat" "$web" /tag 2>&1)
check_eq "two of one name" "$? $said" "2 nscat: $web: means several containers: docker:$web (PID $docker_web),\
 podman:$web (PID $podman_web)"
check_eq "Docker's" "$("$nscat" "docker:$web" /tag)" "docker $web"
check_eq "Podman's" "$("$nscat" "podman:$web" /tag)" "podman $web"
check_eq "nsps -q gives words that mean each" "$("$nsps" -q "$docker_web" "$podman_web" | sort | xargs)" \
	"docker:$web podman:$web"
check "between engines" "$nscp" "docker:$web:/tag" "podman:$web:/from-docker"
check_eq "it arrived in Podman's" "$("$nscat" "$podman_web" /from-docker)" "docker $web"
conmon=$(awk '/^PPid:/ { print $2 }' "/proc/$podman_web/status")
check_eq "conmon" "$("$nscat" "$conmon" /etc/hostname 2>&1 >/dev/null)" "nscat: note: $conmon is conmon, outside of\
 any container: the container below it is $podman_web (podman:$web); try 'nscat $podman_web ...'"
docker_engine rm -f "$web" >/dev/null
check_eq "Docker's is gone: the name is Podman's" "$("$nscat" "$web" /tag)" "podman $web"
test_done
