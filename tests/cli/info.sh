#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsinfo on containers without an engine: compared with ip(8), lsns(8), /proc; text, JSON, sections,
# specs, and what is said when something is not there.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
command -v jq >/dev/null || test_skip "jq is missing"
command -v ip >/dev/null || test_skip "ip is missing"
nsinfo=$NSVIEW_BIN/nsinfo
name=info-$$
unset TZ

json() { # SPEC FILTER: of the one object
	"$nsinfo" -J "$1" | jq -cr ".[0] | $2"
}

container_start --userns --overlay --hostname "$name" /bin/busybox unshare -n /bin/busybox sh -c \
	'(/bin/busybox sleep 100001; :) & exec /bin/busybox sleep 100000'
host_net=$(readlink /proc/self/ns/net)
wait_for "a network namespace" eval "[ \"\$(readlink /proc/$CT_PID/ns/net)\" != '$host_net' ]"
in_net() { nsenter -t "$CT_PID" -n "$@"; }
in_net ip link set lo up
in_net ip link add e0 type veth peer name e1
in_net ip addr add 192.0.2.7/24 dev e0
in_net ip addr add 192.0.2.8/24 dev e0
in_net ip addr add 2001:db8::7/64 dev e0 nodad
in_net ip addr add 198.51.100.1 peer 198.51.100.2/32 dev e1
in_net ip link set e0 up
in_net ip link set e1 up
settled() { ! in_net ip -o a | grep -q tentative; }
wait_for "addresses that are settled" settled

# Addresses, as ip has them. Its host scope of ::1 and its order are ours too.
by_ip=$(in_net ip -o a | awk '{ scope = ""; for (i = 5; i < NF; i++) if ($i == "scope") scope = $(i + 1)
	split($4, a, "/"); p = a[2]; if ($5 == "peer") { split($6, b, "/"); p = b[2] }
	print $2, $3, a[1], p, scope }')
by_nsinfo=$(json "$CT_PID" '.addresses[] | "\(.interface) \(.family) \(.address) \(.prefix) \(.scope)"')
check_eq "addresses as ip -o a" "$by_nsinfo" "$by_ip"
check "it has several" test "$(wc -l <<<"$by_ip")" -ge 6
check_eq "up" "$(json "$CT_PID" '[.addresses[].up] | unique')" '[true]'
check "in the text" grep -qE '^  e0 +192\.0\.2\.7/24  global$' <("$nsinfo" "$CT_PID")
in_net ip link set e0 down
check_eq "down" "$(json "$CT_PID" '[.addresses[] | select(.interface == "e0") | .up] | unique')" '[false]'
check "down in the text" grep -qE '^  e0 +192\.0\.2\.7/24  global  down$' <("$nsinfo" -o addresses "$CT_PID")

# PIDs and the tree.
wait_for "its children" eval "[ \$(wc -w </proc/$CT_PID/task/$CT_PID/children) = 1 ]"
child=$(xargs <"/proc/$CT_PID/task/$CT_PID/children")
wait_for "theirs" eval "[ \$(wc -w </proc/$child/task/$child/children) = 1 ]"
leaf=$(xargs <"/proc/$child/task/$child/children")
check_eq "PIDs of a process that is not the first" "$(json "$leaf" .pids)" \
	"[$(awk '/^NSpid/ { print $2 "," $3 }' "/proc/$leaf/status")]"
check_eq "whose container that is" "$(json "$leaf" '.container | [.name, .pid]')" "[\"$name\",$CT_PID]"
check_eq "processes" "$(json "$CT_PID" '[.processes[] | [.pid, .ppid, .inside]]')" \
	"[[$CT_PID,$(awk '/^PPid/ { print $2 }' "/proc/$CT_PID/status"),1],[$child,$CT_PID,2],[$leaf,$child,3]]"
check_eq "their command" "$(json "$CT_PID" '.processes[2].command')" "/bin/busybox sleep 100001"
check_eq "their user" "$(json "$CT_PID" '.processes[2].uid')" "$(stat -c %u "/proc/$leaf")"
check "the tree in the text" grep -qE "^ +$leaf +3 +0     \\\\_ /bin/busybox sleep 100001$" <("$nsinfo" "$CT_PID")
check "PIDs in the text" grep -qx "PID             $leaf outside, 3 inside" <("$nsinfo" "$leaf")

# Namespaces, as /proc and lsns have them.
for kind in mnt uts ipc net pid user cgroup time; do
	inode=$(stat -Lc %i "/proc/$CT_PID/ns/$kind")
	host=false
	[ "$inode" = "$(stat -Lc %i "/proc/self/ns/$kind")" ] && host=true
	check_eq "$kind namespace" "$(json "$CT_PID" ".namespaces.$kind | [.inode, .host]")" "[$inode,$host]"
done
check "host's are marked" grep -qE '^  time +[0-9]+  host$' <("$nsinfo" "$CT_PID")
check_not "others are not" grep -qE '^  mnt +[0-9]+  host$' <("$nsinfo" "$CT_PID")

# Maps, mounts, capabilities and the rest.
for map in uid gid; do
	check_eq "${map}_map" "$(json "$CT_PID" ".${map}_map[] | \"\(.inside) \(.outside) \(.count)\"")" \
		"$(awk '{ print $1, $2, $3 }' "/proc/$CT_PID/${map}_map")"
done
check_eq "mounts" "$(json "$CT_PID" '.mounts[] | "\(.root) \(.target) \(.options) \(.type) \(.source) \(.super_options)"')" \
	"$(awk '{ for (i = 7; $i != "-"; i++); print $4, $5, $6, $(i+1), $(i+2), $(i+3) }' "/proc/$CT_PID/mountinfo")"
check_eq "overlay" "$(json "$CT_PID" '.mounts[0].overlay | .lower + .upper + .work')" /mnt/lower/mnt/upper/mnt/work
mounts=$("$NSVIEW_BIN/nsinfo" -o mounts "$CT_PID" | grep -E '^  /')
check_eq "mounts stand in columns" "$(cut -c3- <<<"$mounts" | sed -E 's/ .*//' | LC_ALL=C sort)" \
	"$(json "$CT_PID" '.mounts[].target' | LC_ALL=C sort)"
type_at=$(awk '{ print index($0, "  " $2 " ") }' <<<"$mounts" | sort -u)
check_eq "types begin in one column: $type_at" "$(wc -l <<<"$type_at")" 1
check_eq "no overlay" "$(json "$CT_PID" '.mounts[] | select(.target == "/proc") | .overlay')" null
check_eq "capabilities are counted" "$(json "$CT_PID" '.capabilities.effective | length')" \
	"$(python3 -c 'import sys; print(bin(int(sys.argv[1], 16)).count("1"))' \
		"$(awk '/^CapEff/ { print $2 }' "/proc/$CT_PID/status")")"
check_eq "seccomp" "$(json "$CT_PID" '.seccomp')" none
check_eq "hostname" "$(json "$CT_PID" '[.hostname, .container.name, .container.rootfs]')" "[\"$name\",\"$name\",\"overlay\"]"
check_eq "uid and gid are the host's" "$(json "$CT_PID" '[.uid, .gid]')" "[$(stat -c %u,%g "/proc/$CT_PID")]"
check "the text has both" grep -qx "User            $(stat -c %u "/proc/$CT_PID") outside, 0 inside" <("$nsinfo" "$CT_PID")
check_eq "command" "$(json "$CT_PID" .command)" "/bin/busybox sleep 100000"
check "when it started" test $(($(date +%s) - $(date -d "$(json "$CT_PID" .started)" +%s))) -lt 600
check_eq "nothing was missing" "$(json "$CT_PID" '.missing | length')" 0

# Specs.
mnt=$(stat -Lc %i "/proc/$CT_PID/ns/mnt")
for spec in "$CT_PID:$mnt" "/proc/$CT_PID/ns/mnt" "$name" "host:$name"; do
	check_eq "by $spec" "$(json "$spec" .pid)" "$CT_PID"
done
check_eq "several" "$("$nsinfo" -J "$CT_PID" "$leaf" "$name" | jq -c 'map(.pid)')" "[$CT_PID,$leaf,$CT_PID]"
for spec in no-such-container-$$ "$CT_PID:1" 2147483646 /nowhere/file '' "/proc/$CT_PID/ns/net"; do
	said=$("$nsinfo" "$spec" 2>&1 >"$TEST_TMP/out")
	check_eq "$spec: exit code" $? 2
	check_eq "$spec: one line" "$(wc -l <<<"$said")" 1
	check "$spec: it names it: $said" grep -qF "nsinfo: ${spec:-''}: " <<<"$said"
	check "$spec: nothing on stdout" test ! -s "$TEST_TMP/out"
done
check_eq "the others are shown all the same" \
	"$("$nsinfo" -J no-such-container-$$ "$CT_PID" 2>/dev/null | jq -c 'map(.pid)'; echo "${PIPESTATUS[0]}")" \
	"[$CT_PID]"$'\n'2
check_eq "none is an empty array" "$("$nsinfo" -J no-such-container-$$ 2>/dev/null | jq -c .)" '[]'

# Sections.
always=missing,pid,spec
while read -r section keys; do
	check_eq "members of $section" "$("$nsinfo" -J --only "$section" "$CT_PID" |
		jq -r '.[0] | keys - ["spec", "pid", "missing"] | join(",")')" "$keys"
	check_eq "those that always are ($section)" "$("$nsinfo" -J -o "$section" "$CT_PID" |
		jq -r '.[0] | keys | map(select(. == "spec" or . == "pid" or . == "missing")) | join(",")')" "$always"
	check "$section in the text" "$nsinfo" -o "$section" "$CT_PID"
done <<'END'
container container,domainname,hostname,role
process cgroup,command,gid,group,pids,root,started,uid,user
tree processes
namespaces namespaces
addresses addresses
ports ports
limits limits
environment environment
ids gid_map,uid_map
mounts mounts
security capabilities,lsm,no_new_privs,seccomp,seccomp_filters
container,tree container,domainname,hostname,processes,role
END
python3 -c 'import jsonschema' 2>/dev/null && for options in '' '--env --user-names'; do
	# shellcheck disable=SC2086 # words
	check "as its schema says: $options" check_schema nsinfo <("$nsinfo" -J $options "$CT_PID" "$leaf" $$ 2>/dev/null)
done
check_eq "every section's members are documented" "$("$nsinfo" -J "$CT_PID" | jq -r '.[0] | keys[]' |
	while read -r key; do grep -qE "\*$key\*" "$NSVIEW_SOURCE/man/nsinfo.1.scd" || echo "$key"; done)" ''
check_not "an unknown section" "$nsinfo" --only nothing "$CT_PID"
check_not "an empty one" "$nsinfo" --only '' "$CT_PID"

# The trap: what keeps the container is not in it.
said=$("$nsinfo" -J "$CT_HELPER" 2>"$TEST_TMP/note" | jq -c '.[0] | [.container, .role.kind, (.role.pids | index('"$CT_PID"') != null)]')
check_eq "an ancestor has a role" "$said" '[null,"ancestor",true]'
check "and a note: $(cat "$TEST_TMP/note")" grep -qF "try 'nsinfo $CT_PID'" "$TEST_TMP/note"
check_eq "which is no failure" "$("$nsinfo" "$CT_HELPER" >/dev/null 2>&1; echo $?)" 0
check_eq "the host's processes only when asked" "$(json "$CT_HELPER" 'has("processes")' 2>/dev/null)" false
check_eq "asked" "$("$nsinfo" -J -o tree "$CT_HELPER" 2>/dev/null | jq "any(.[0].processes[]; .pid == $$)")" true

# A service in a container, with mounts of its own over the same root, is that container's; one of the host's
# is in none; a sandbox in a container is a container of its own.
first=$CT_PID first_helper=$CT_HELPER
container_start --hostname "out-$$" --setup 'mkdir /new; cp -a /bin /new' /bin/busybox sh -c '
	/bin/busybox unshare -m /bin/busybox sh -c "echo >/service; exec /bin/busybox sleep 100002" &
	/bin/busybox unshare -m -u /bin/busybox sh -c "/bin/busybox hostname in; /bin/busybox chroot /new /bin/busybox sleep 100003" &
	wait'
pid_of() { pgrep -fx "/bin/busybox sleep $1" --ns "$CT_PID" --nslist pid; }
wait_for "a service inside" pid_of 100002
wait_for "a sandbox inside" pid_of 100003
check_eq "a service inside" "$(json "$(pid_of 100002)" '.container | [.name, .pid]')" "[\"out-$$\",$CT_PID]"
check_eq "a sandbox inside" "$(json "$(pid_of 100003)" '.container.name')" in
unshare -m sleep 100004 &
service=$!
on_exit kill $service
wait_for "a service of the host's" eval "[ \"\$(readlink /proc/$service/ns/mnt)\" != '$(readlink /proc/self/ns/mnt)' ]"
check_eq "a service of the host's" "$(json $service .container)" null
check "the text says so" grep -q '^Container       none: a service' <("$nsinfo" $service)
container_stop
CT_PID=$first CT_HELPER=$first_helper

# An ordinary user sees what is his, and is told what is not.
cp "$nsinfo" "$TEST_TMP/nsinfo"
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
said=$("${nobody[@]}" "$TEST_TMP/nsinfo" "$CT_PID" 2>&1)
check_eq "another's container: exit code" $? 2
check "and why" grep -q 'needs root or CAP_SYS_PTRACE' <<<"$said"
"${nobody[@]}" sleep 1000 &
mine=$!
on_exit kill $mine
wait_for "a process of nobody's" "${nobody[@]}" test -r "/proc/$mine/root/"
check_eq "his own process" "$("${nobody[@]}" "$TEST_TMP/nsinfo" -J $mine | jq -c '.[0] | [.uid, .hostname, .missing]')" \
	"[65534,\"$(uname -n)\",[]]"
# In a UTS and network namespace of root's the user may not ask.
unshare -u -n "${nobody[@]}" sleep 1000 &
foreign=$!
on_exit kill $foreign
wait_for "a process in foreign namespaces" "${nobody[@]}" test -r "/proc/$foreign/root/"
"${nobody[@]}" "$TEST_TMP/nsinfo" -J $foreign >"$TEST_TMP/out" 2>&1
check_eq "what may not be asked: exit code" $? 0
check_eq "it is told" "$(jq -c '.[0] | [.hostname, .addresses, .missing]' "$TEST_TMP/out")" \
	'[null,[],["hostname: Operation not permitted","addresses: Operation not permitted"]]'
check "and in the text" grep -qx '  addresses: Operation not permitted' \
	<("${nobody[@]}" "$TEST_TMP/nsinfo" $foreign)

# A user namespace of the user's own: the helper joins it.
"${nobody[@]}" unshare -U -r -u -n sh -c "hostname own-$$ && exec sleep 1000" &
own=$!
on_exit kill $own
wait_for "a name of its own" eval "[ \"\$(nsenter -t $own -u hostname)\" = own-$$ ]"
check_eq "the owner may ask" "$("${nobody[@]}" "$TEST_TMP/nsinfo" -J $own | jq -c '.[0] | [.hostname, .missing]')" \
	"[\"own-$$\",[]]"

check_eq "into a full disk" "$("$nsinfo" "$CT_PID" 2>&1 >/dev/full; echo $?)" \
	"nsinfo: write error: No space left on device"$'\n1'
test_done
