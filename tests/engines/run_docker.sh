#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nsrun beside Docker's containers: its embedded DNS, the administrator's tools, and a container that is
# removed with its volume meanwhile.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"
. "$NSVIEW_SOURCE/tests/engines/run_tools.sh"
nsrun=$RUN_PROGRAMS/nsrun

busybox_tar
docker_start
docker_import "$BUSYBOX_TAR" busybox
check "a network" engine network create "net$$"
network_end() {
	engine ps -aq | while read -r id; do engine rm -f "$id"; done
	engine network rm "net$$"
}
on_exit network_end
run_in_network() { # NAME ARG...
	check "docker run $1" engine run -d --name "$1" --network "net$$" "${@:2}" || exit 1
	CT_PID=$(engine inspect -f '{{.State.Pid}}' "$1")
}
run_in_network db --network-alias database busybox /bin/busybox sleep 100000
address=$(engine inspect -f "{{(index .NetworkSettings.Networks \"net$$\").IPAddress}}" db)
run_in_network "web-$$" -v vol:/vol busybox /bin/busybox sleep 100000
web=$CT_PID
engine exec "web-$$" /bin/busybox sh -c "echo tag of $web >/etc/tag; echo text >/vol/file"

# The notes' lines: by the embedded DNS, which answers in that network only.
check_eq "dig db @127.0.0.11" "$("$nsrun" "web-$$" dig +short db @127.0.0.11)" "$address"
check_eq "dig by its resolv.conf" "$("$nsrun" "web-$$" dig +short database)" "$address"
check_eq "getent" "$("$nsrun" "web-$$" getent ahostsv4 db | awk '$2 == "STREAM" { print $1 }')" "$address"
check_eq "its own name, from its hosts" "$("$nsrun" "web-$$" getent hosts "$(engine inspect -f '{{.Config.Hostname}}' "web-$$")" | awk '{ print $1 }')" \
	"$(engine inspect -f "{{(index .NetworkSettings.Networks \"net$$\").IPAddress}}" "web-$$")"
check_not "control: the host does not know it" getent hosts db
check_eq "control: nsenter has the host's DNS" "$(nsenter -t "$web" -n getent hosts db)" ''
check_eq "hostname" "$("$nsrun" -u "$web" hostname)" "$(engine inspect -f '{{.Config.Hostname}}' "web-$$")"
check_eq "ip -4 -o a" "$("$nsrun" "$web" ip -4 -o a)" "$(nsenter -t "$web" -n ip -4 -o a)"
run_listen "$web"
run_tools '' "$web"

layer=$(dirname "$(engine inspect -f '{{.GraphDriver.Data.MergedDir}}' "web-$$")")
check "it has a folder" test -d "$layer"

# Removed while a tool works in its files and its network.
mkfifo "$TEST_TMP/go"
"$nsrun" -w root:vol "web-$$" sh -c "cat file; read -r _ <$TEST_TMP/go; ls -A \$NSVIEW_ROOT | wc -l" >"$TEST_TMP/out" 2>&1 &
tool=$!
wait_for "the tool" grep -q text "$TEST_TMP/out"
check "docker rm -f meanwhile" engine rm -f "web-$$"
check "docker volume rm" engine volume rm vol
check "the tool is told" wait_for "the line" grep -q "nsrun: note: web-$$: has ended" "$TEST_TMP/out"
check_not "nothing of it is left" test -e "$layer"
echo >"$TEST_TMP/go"
wait $tool
check_eq "and its status is 1" $? 1

# Options that share the host's namespaces.
run_in_network shared --pid=host busybox /bin/busybox sleep 100000
"$nsrun" shared true 2>"$TEST_TMP/errors"
check "--pid=host has a note" grep -q "shares the host's PID namespace: it sees" "$TEST_TMP/errors"
test_done
