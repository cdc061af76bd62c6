# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# info_checks.sh - nsinfo of an engine's container, compared with what the engine itself says. After base.sh
# and an engine's file.
#
#   info_addresses [HOW]       gives the container $CT_PID addresses, as root or its owner
#   check_info HOW NAME        $CT_PID is the engine's container called NAME
#
# HOW is a command in front: as_user for the unprivileged owner, or nothing ("").

PROGRAMS=$TEST_TMP/bin
mkdir "$PROGRAMS"
cp "$NSVIEW_BIN"/ns* "$PROGRAMS" || { echo "FAILED: no programs in $NSVIEW_BIN"; exit 1; }
# Leaks can't be looked for in a process that has made itself undumpable.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

info_addresses() {
	nsenter -t "$CT_PID" -n ip link set lo up
	nsenter -t "$CT_PID" -n ip addr add 192.0.2.7/24 dev lo
	nsenter -t "$CT_PID" -n ip addr add 2001:db8::7/64 dev lo 2>/dev/null || : # Docker disables IPv6
}

# shellcheck disable=SC2086 # HOW is a word or nothing
info_json() { # HOW SPEC FILTER
	$1 "$PROGRAMS/nsinfo" -J "$2" | jq -cr ".[0] | $3"
}

check_info() {
	local how=$1 name=$2 label=${1:-root} id child

	id=$(engine inspect -f '{{.Id}}' "$name")
	check_eq "$label: engine, ID, name" "$(info_json "$how" "$CT_PID" '.container | [.engine, .id, .engine_name, .name, .pid]')" \
		"[\"$ENGINE\",\"$id\",\"$name\",\"$name\",$CT_PID]"
	check_eq "$label: image" "$(info_json "$how" "$CT_PID" .container.image)" "$(engine inspect -f "$ENGINE_IMAGE" "$name")"
	check_eq "$label: hostname" "$(info_json "$how" "$CT_PID" .hostname)" "$(engine exec "$name" /bin/busybox hostname)"
	check_eq "$label: PID inside" "$(info_json "$how" "$CT_PID" '.pids[-1]')" 1
	check_eq "$label: nothing is missing" "$(info_json "$how" "$CT_PID" '.missing')" '[]'
	check_eq "$label: addresses as ip inside" \
		"$(info_json "$how" "$CT_PID" '.addresses[] | "\(.interface) \(.family) \(.address)/\(.prefix) \(.scope)"')" \
		"$(nsenter -t "$CT_PID" -n ip -o a | awk '{ print $2, $3, $4, $6 }')"
	check_eq "$label: mounts as inside" "$(info_json "$how" "$CT_PID" '.mounts[].target')" \
		"$(engine exec "$name" /bin/busybox awk '{ print $5 }' /proc/1/mountinfo)"
	check_eq "$label: overlay" "$(info_json "$how" "$CT_PID" '.mounts[0] | [.type, (.overlay != null)]')" '["overlay",true]'
	check_eq "$label: capabilities" "$(info_json "$how" "$CT_PID" '.capabilities.effective | index("chown") != null and index("sys_module") == null')" true
	check_eq "$label: processes" "$(info_json "$how" "$CT_PID" '[.processes[].pid] | sort | map(tostring) | join(" ")')" \
		"$(engine top "$name" ${ENGINE_TOP:-} | awk -v column="$ENGINE_PID_COLUMN" 'NR > 1 { print $column }' | sort -n | xargs)"
	# A process that is not the first.
	child=$(info_json "$how" "$CT_PID" '.processes[1].pid')
	check_eq "$label: any process" "$(info_json "$how" "$child" '[.container.id, .pids[0]]')" "[\"$id\",$child]"
	for spec in "$name" "$id" "${id:0:12}" "$ENGINE:$name"; do
		check_eq "$label: by $spec" "$(info_json "$how" "$spec" .pid)" "$CT_PID"
	done
}

# The engine's own process beside it is told apart.
check_monitor() { # NAME-OF-PROGRAM
	local monitor note

	monitor=$(awk '/^PPid/ { print $2 }' "/proc/$CT_PID/status")
	note=$("$PROGRAMS/nsinfo" -J "$monitor" 2>&1 >"$TEST_TMP/monitor")
	check_eq "exit code for $1" $? 0
	check_eq "$1 is a shim" "$(jq -c '.[0] | [.container, .role.kind, .role.pids]' "$TEST_TMP/monitor")" "[null,\"shim\",[$CT_PID]]"
	check "it is named: $(jq -r '.[0].role.program' "$TEST_TMP/monitor")" grep -q "$1" <(jq -r '.[0].role.program' "$TEST_TMP/monitor")
	check "the note has the command: $note" grep -qF "try 'nsinfo $CT_PID'" <<<"$note"
}
