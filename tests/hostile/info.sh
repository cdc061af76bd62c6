#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsinfo on a container that means harm: command lines, host and interface names that drive a
# terminal, mounts that mislead (CVE-2021-3995), very many of everything, a /proc of the container's own,
# processes that end while they are looked at; and what its helper shows to the container.
# Controls: ps(1) and findmnt(8) with raw output print the sequences as they are.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
command -v jq >/dev/null || test_skip "jq is missing"
command -v ip >/dev/null || test_skip "ip is missing"
command -v python3 >/dev/null || test_skip "python3 is missing"
nsinfo=$NSVIEW_BIN/nsinfo
esc=$(printf '\033')
host_net=$(readlink /proc/self/ns/net)

own_net() { # the container started last gets a network namespace
	wait_for "a network namespace" eval "[ \"\$(readlink /proc/$CT_PID/ns/net)\" != '$host_net' ]"
}

# Text that drives a terminal, and forges lines.
argument=$(printf 'x\033]0;owned\007\nContainer       forged\n\302\233\377')
container_start --hostname "$(printf 'h\033[31m')" --setup '
	mkdir -p "/x (deleted)" "/a\\040b" "$(printf "/n\nl")" "$(printf "/e\033]0;owned\007")"
	for d in "/x (deleted)" "/a\\040b" "$(printf "/n\nl")" "$(printf "/e\033]0;owned\007")"; do
		mount -t tmpfs "$(printf "s\033[31m ")" "$d"
	done' /bin/busybox unshare -n /bin/busybox sh -c '/bin/busybox sleep 100000; :' "$argument"
own_net
check_eq "control: the command line is as it was given" \
	"$(tr '\0' '\n' <"/proc/$CT_PID/cmdline" | grep -cxa 'Container       forged')" 1
check "control: mountinfo has the sequence as it is" grep -qaF "$esc]0;owned" "/proc/$CT_PID/mountinfo"
nsenter -t "$CT_PID" -n ip link set lo name "${esc}[31mlo" || test_skip "no interface can be renamed"
nsenter -t "$CT_PID" -n ip link set "${esc}[31mlo" up
check "control: ip prints the interface's name as it is" grep -qF "${esc}[31mlo" \
	<(nsenter -t "$CT_PID" -n ip -o a)

"$nsinfo" "$CT_PID" >"$TEST_TMP/text"
check_eq "exit code" $? 0
check_eq "nothing drives a terminal, in a pipe neither" "$(LC_ALL=C grep -cPa '[\x00-\x08\x0b-\x1f\x7f-\xff]' "$TEST_TMP/text")" 0
check_eq "no line is forged" "$(grep -c '^Container  *forged' "$TEST_TMP/text")" 0
check "the command, escaped" grep -qF 'x\033]0;owned\a\nContainer       forged\n\302\233\377' "$TEST_TMP/text"
check "the interface, escaped" grep -qF '  \033[31mlo' "$TEST_TMP/text"
for target in '/x (deleted)' '/a\\040b' '/n\nl' '/e\033]0;owned\a'; do
	# The columns are as wide as they have to be.
	check "the mount $target" grep -qF "  $target tmpfs s\\033[31m rw" \
		<(sed 's/\([^ ]\)  */\1 /g' "$TEST_TMP/text")
done
out=$(script -qec "$nsinfo -J $CT_PID" /dev/null </dev/null | tr -d '\r\n')
check_not "JSON on a terminal holds no control byte" grep -qaP '[\x00-\x1f\x7f-\xff]' <<<"$out"
"$nsinfo" -J "$CT_PID" >"$TEST_TMP/json"
check "JSON is exact" python3 - "$TEST_TMP/json" "$CT_PID" <<'END'
import base64, json, sys
o = json.loads(open(sys.argv[1], 'rb').read().decode('utf-8'))[0]
line = open('/proc/%s/cmdline' % sys.argv[2], 'rb').read()
assert base64.b64decode(o['command_base64']) == line.rstrip(b'\0').replace(b'\0', b' ')
targets = [m['target'] for m in o['mounts']]
for t in ('/x (deleted)', '/a\\040b', '/n\nl', '/e\033]0;owned\a'):
    assert t in targets, t
assert all(m['source'] == 's\033[31m ' for m in o['mounts'] if m['target'] == '/n\nl')
assert o['addresses'][0]['interface'] == '\033[31mlo'
assert o['hostname'] == 'h\033[31m'
END
container_stop

# Long, and very many.
container_start --setup 'i=0; while [ $i -lt 500 ]; do mkdir /m$i; mount -t tmpfs t /m$i; i=$((i + 1)); done' \
	/bin/busybox unshare -n /bin/busybox sh -c '/bin/busybox sleep 100000; :' "$(head -c 120000 /dev/zero | tr '\0' x)"
own_net
python3 -c 'for i in range(10000): print("addr add 10.%d.%d.%d/8 dev lo" % (1 + i // 62500, i // 250 % 250, 1 + i % 250))' |
	nsenter -t "$CT_PID" -n ip -batch - || test_skip "no 10,000 addresses"
check_eq "10,000 addresses" "$("$nsinfo" -J -o addresses "$CT_PID" |
	jq -c '.[0] | [(.addresses | map(select(.family == "inet")) | map(.address) | unique | length), .missing]')" '[10000,[]]'
check_eq "all mounts" "$("$nsinfo" -J -o mounts "$CT_PID" | jq '.[0].mounts | length')" \
	"$(wc -l <"/proc/$CT_PID/mountinfo")"
check_eq "a long command line is whole" "$("$nsinfo" -J -o process "$CT_PID" | jq '.[0].command | length')" \
	"$(tr -d '\n' <"/proc/$CT_PID/cmdline" | head -c -1 | wc -c)"
check_eq "and cut in the tree" "$("$nsinfo" -J -o tree "$CT_PID" |
	jq --argjson pid "$CT_PID" '.[0].processes[] | select(.pid == $pid) | .command | length')" 4096
if [ -z "${NSVIEW_SANITIZE-}" ]; then
	check "in little memory" bash -c "ulimit -v 200000; exec '$nsinfo' '$CT_PID' >/dev/null"
fi
container_stop

# A chain of processes: the tree does not grow with the square of it, nor does a stack.
container_start /bin/busybox sh -c 'f() { [ $1 = 0 ] && { echo >/ready; exec /bin/busybox sleep 100000; }
	( f $(($1 - 1)); : ); }; f 300; :'
wait_for "300 processes" test -e "/proc/$CT_PID/root/ready"
"$nsinfo" -o tree "$CT_PID" >"$TEST_TMP/text"
check_eq "all of the chain" "$(grep -c busybox "$TEST_TMP/text")" "$("$nsinfo" -J -o tree "$CT_PID" | jq '.[0].processes | length')"
check "they are many" test "$(grep -c busybox "$TEST_TMP/text")" -gt 300
check_eq "of bounded width" "$(awk 'length($0) > 400' "$TEST_TMP/text" | wc -l)" 0
container_stop

# Its own /proc lies: the host's is asked.
container_start --setup 'mkdir /fake; printf "0 0 4294967295\n" >/fake/uid_map; mkfifo /fake/mountinfo /fake/status
	mount -t tmpfs t /proc; ln -s /fake /proc/1; ln -s /fake /proc/self'
check_eq "a /proc of the container's own" "$(timeout 20 "$nsinfo" -J "$CT_PID" | jq -c '.[0] | [.pids[0], .missing]')" \
	"[$CT_PID,[]]"
container_stop

# Processes that come and go all the while: no failure but that it has ended.
container_start /bin/busybox sh -c 'while :; do /bin/busybox true & /bin/busybox true & wait; done'
bad=0
for ((i = 0; i < 100; i++)); do
	"$nsinfo" "$CT_PID" >"$TEST_TMP/text" 2>"$TEST_TMP/errors" && [ ! -s "$TEST_TMP/errors" ] || bad=$((bad + 1))
done
check_eq "looks at a busy container that failed" "$bad" 0
helper=$CT_HELPER
victim=$CT_PID
{ while "$nsinfo" "$victim"; do :; done >/dev/null 2>"$TEST_TMP/errors"; echo "${PIPESTATUS[0]}" >"$TEST_TMP/ended"; } &
loop=$!
container_stop "$helper"
wait "$loop"
check_eq "one that ends: one line" "$(wc -l <"$TEST_TMP/errors")" 1
check "it says so: $(cat "$TEST_TMP/errors")" grep -qE "has ended|no process has PID|ended and is a zombie" "$TEST_TMP/errors"

# The helper executes nothing, opens no file, and is in no PID namespace of the container's.
if command -v strace >/dev/null; then
	container_start /bin/busybox unshare -n /bin/busybox sleep 100000
	own_net
	strace -f -o "$TEST_TMP/strace" "$nsinfo" "$CT_PID" >/dev/null 2>&1
	helper=$(awk '/setns\(/ { print $1; exit }' "$TEST_TMP/strace")
	check "a helper joins namespaces" test -n "$helper"
	check_eq "only the helper does" "$(awk '/setns\(/ { print $1 }' "$TEST_TMP/strace" | sort -u)" "$helper"
	awk -v pid="$helper" '$1 == pid { if (joined) print; if (/setns\(/) joined = 1 }' "$TEST_TMP/strace" >"$TEST_TMP/after"
	check "it does something after" grep -q uname "$TEST_TMP/after"
	check_eq "no file is opened and nothing executed after joining" \
		"$(grep -cE ' (open|openat|openat2|execve|stat|readlink|mmap.*PROT_EXEC)' "$TEST_TMP/after")" 0
	check_not "no PID namespace" grep -q 'CLONE_NEWPID' "$TEST_TMP/strace"
	check "undumpable before it joins" awk -v pid="$helper" '$1 == pid && /PR_SET_DUMPABLE/ { d = 1 }
		$1 == pid && /setns\(/ { exit !d }' "$TEST_TMP/strace"
	check "its socket takes nothing but from the kernel" awk -v pid="$helper" \
		'$1 == pid && /connect\(.*AF_NETLINK.*nl_pid=0/ { c = 1 } $1 == pid && /sendto\(/ && /RTM_GETLINK/ { exit !c }' "$TEST_TMP/strace"
else
	test_skip "strace is missing"
fi
test_done
