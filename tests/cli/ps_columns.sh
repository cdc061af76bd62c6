#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsps: --filter and --sort, two containers of one name, STATE by both freezers, PORTS as ss(8) has them, a
# watch for some containers, and tables that fit into a terminal.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/freezer.sh"
for program in jq ss script python3; do
	command -v $program >/dev/null || test_skip "$program is missing"
done
python3 -c 'import jsonschema' 2>/dev/null || test_skip "python3 with jsonschema is missing"
nsps=$NSVIEW_BIN/nsps
ps() { "$nsps" "$@"; }

container_start --hostname "prod-$$"
one=$CT_PID
container_start --hostname "prod-$$" --overlay --userns
two=$CT_PID
container_start --hostname "net-$$" --net
net=$CT_PID
container_start --setup 'hostname "$(printf "wide\346\274\242\345\255\227-'$$'")"'
wide=$CT_PID

# Two of one name: a list guesses nothing. Control: a command that needs one refuses.
check_eq "two of one name are two rows" "$("$nsps" -p "prod-$$" 2>&1; echo $?)" "$one"$'\n'"$two"$'\n0'
check_eq "beside another" "$(ps -p "net-$$" "host:prod-$$" | xargs)" "$one $two $net"
check_not "control: nscat wants one" "$NSVIEW_BIN/nscat" "prod-$$" /etc/hostname

# --filter.
all=("$one" "$two" "$net" "$wide")
filtered() { ps -p "$@" "${all[@]}" | xargs; }
check_eq "by name" "$(filtered --filter "name=prod-$$")" "$one $two"
check_eq "a pattern" "$(filtered --filter "NAME=*-$$")" "$one $two $net $wide"
check_eq "as a whole" "$(filtered --filter "name=prod")" ''
check_eq "a class" "$(filtered --filter "name=[m-o]et-*")" "$net"
check_eq "an escaped one" "$(filtered --filter "name=prod\\*")" ''
check_eq "all must hold" "$(filtered --filter "name=prod*" --filter rootfs=overlay)" "$two"
check_eq "the others" "$(filtered --filter 'name!=prod*' --filter "hostname!=wide*")" "$net"
check_eq "a number" "$(filtered --filter "pid=$net")" "$net"
check_eq "a user" "$(filtered --filter uid=300000)" "$two"
check_eq "a column that costs" "$(filtered --filter "command=* inside*" --filter "pidns=$(stat -Lc %i "/proc/$one/ns/pid")")" \
	"$(grep -qz inside "/proc/$one/cmdline" && echo "$one")"
check_eq "what is not known matches nothing" "$(filtered --filter 'engine=*')" ''
check_eq "and is no value" "$(filtered --filter 'engine!=docker')" "$one $two $net $wide"
check_eq "no label" "$(filtered --filter label=x; filtered --filter label!=x=1)" $'\n'"$one $two $net $wide"
check_eq "none is left: headings" "$(ps --filter name=no-such-$$ -o NAME,PID; echo $?)" $'NAME PID\n0'
for wrong in name '' = '!=x' 'nope=1' 'label=' 'label==x'; do
	check_eq "--filter '$wrong'" "$("$nsps" --filter "$wrong" 2>/dev/null; echo $?)" 2
done

# --sort.
sorted() { ps -p --sort "$1" "${all[@]}" | xargs; }
check_eq "by age" "$(ps -p "${all[@]}" | xargs)" "$one $two $net $wide"
check_eq "a number from the end" "$(sorted -uid)" "$two $one $net $wide"
check_eq "a name, and the oldest first" "$(sorted hostname)" "$net $one $two $wide"
check_eq "two columns" "$(sorted rootfs,-pid)" "$two $(printf '%s\n' "$one" "$net" "$wide" | sort -rn | xargs)"
check_eq "what is not known comes last" "$(sorted engine)" "$one $two $net $wide"
check_eq "numbers are no words" "$(ps -n -o PID --sort pid "${all[@]}" | xargs)" "$(printf '%s\n' "${all[@]}" | sort -n | xargs)"
for wrong in '' ',' - 'pid,' nope; do
	check_eq "--sort '$wrong'" "$("$nsps" --sort "$wrong" 2>/dev/null; echo $?)" 2
done

# STATE, by each freezer, its own cgroup or one above.
state() { ps -n -o STATE "$1"; }
check_eq "it runs" "$(state "$one")" running
for version in 1 2; do
	freezer_make $version "nsview-ps-$$"
	mkdir "$FREEZER/inner"
	freezer_put "$FREEZER/inner" "$one"
	check_eq "v$version: it runs" "$(state "$one")" running
	freezer_set "$FREEZER/inner" 1
	check "v$version: it stops" wait_for "v$version" freezer_stopped "$FREEZER/inner"
	check_eq "v$version: paused" "$(state "$one")" paused
	check_eq "v$version: in JSON, and nobody else" "$(ps -J -o STATE "$one" "$two" | jq -c '[.[].state]')" '["paused","running"]'
	check_eq "v$version: a filter" "$(filtered --filter state=paused)" "$one"
	freezer_set "$FREEZER/inner" 0
	check_eq "v$version: it runs again" "$(state "$one")" running
	freezer_set "$FREEZER" 1
	check "v$version: it stops with the one above" wait_for "v$version" freezer_stopped "$FREEZER/inner"
	check_eq "v$version: paused from above" "$(state "$one")" paused
	freezer_set "$FREEZER" 0
done

# PORTS.
ports() { ps -n -o PORTS "$1"; }
check_eq "the host's network" "$(ports "$one") $(ps -J -o PORTS "$one" | jq -c '.[0].ports')" "host null"
check_eq "none" "$(ports "$net") $(ps -J -o PORTS "$net" | jq -c '.[0].ports')" "none []"
nsenter -t "$net" -n ip link set lo up
cat >"$TEST_TMP/listen.py" <<'EOF'
import signal, socket, sys
inet, inet6, tcp, udp = socket.AF_INET, socket.AF_INET6, socket.SOCK_STREAM, socket.SOCK_DGRAM
sockets = []
for family, kind, address, port in ((inet, tcp, "127.0.0.1", 80), (inet, tcp, "127.0.0.2", 80), (inet6, tcp, "::1", 8443),
                                    (inet, udp, "0.0.0.0", 53), (inet6, udp, "::1", 53), (inet, tcp, "0.0.0.0", 9)):
    s = socket.socket(family, kind)
    s.bind((address, port))
    if kind == tcp:
        s.listen()
    sockets.append(s)
sockets.append(socket.create_connection(("127.0.0.1", 80)))  # has a peer: no port that listens
u = socket.socket(inet, udp)
u.connect(("127.0.0.1", 53))
sockets += [u, socket.socket(inet, tcp)]
sockets[-1].bind(("127.0.0.1", 7777))  # bound, does not listen
print("ready", flush=True)
signal.pause()
EOF
exec {listening}< <(exec nsenter -t "$net" -n python3 "$TEST_TMP/listen.py")
on_exit kill $!
read -r -t 60 said <&"$listening"
check_eq "it listens" "${said:-}" ready
by_ss() { nsenter -t "$net" -n ss -Hlntu | awk '{ n = split($5, a, ":"); print a[n] "/" $1 }' | sort -u; }
check_eq "as ss has them" "$(ports "$net" | tr , '\n' | sort)" "$(by_ss)"
check_eq "TCP first, by number" "$(ports "$net")" "9/tcp,80/tcp,8443/tcp,53/udp"
check_eq "in JSON" "$(ps -J -o PORTS "$net" | jq -c '.[0].ports[0,3]' | xargs)" "{protocol:tcp,port:9} {protocol:udp,port:53}"
check_eq "a filter" "$(filtered --filter 'ports=*53/udp*')" "$net"

# JSON.
for options in '' '--output-all' '--output-all -A --tree'; do
	# shellcheck disable=SC2086 # words
	check "as its schema says: $options" check_schema nsps <(ps -J $options 2>/dev/null)
done

# A terminal. The width is counted in columns: a wide character takes two.
export LC_ALL=C.UTF-8
at() { # WIDTH OPTION...: what a terminal of that width gets
	local width=$1

	shift
	COLUMNS=$width script -qec "$(printf '%q ' "$nsps" "$@")" /dev/null </dev/null | tr -d '\r'
}
widest() {
	python3 -c '
import sys, unicodedata
print(max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line.rstrip("\n")) for line in sys.stdin))'
}
for width in 20 40 57 132; do
	for options in '' '--output-all' '-o COMMAND,NAME,CGROUP,START' '--tree --output-all' '-A --output-all' '-n -o HOSTNAME,LABELS'; do
		# shellcheck disable=SC2086 # words
		found=$(at $width $options "${all[@]}" | widest)
		check "$width columns, '$options': $found" test "$found" -le $width
	done
done
check_eq "all columns have room" "$(at 500 -o +STATE,PORTS "$net" | head -n 1 | xargs)" \
	"NAME ENGINE ID PID PROCS USER IMAGE UPTIME ROOTFS STATE PORTS"
check_eq "left out from the right" "$(at 22 "$one" | head -n 1 | xargs)" "NAME ENGINE ID"
check "what is cut says so" grep -qE '^/\S+…$' <(at 16 -n -o COMMAND "$one" | cut -d' ' -f1)
check "as ASCII has it" grep -qE '^/\S+\.\.\.$' <(LC_ALL=C at 16 -n -o COMMAND "$one" | cut -d' ' -f1)
check_eq "a number is whole" "$(at 20 -n -o PID,COMMAND "$one" | awk '{ print $1 }')" "$one"
check_eq "unless --no-trunc" "$(at 20 -n --no-trunc -o COMMAND "$one")" "$(ps -n -o COMMAND "$one")"
check_eq "no terminal cuts nothing" "$(COLUMNS=20 ps -n -o COMMAND "$one")" "$(tr '\0' ' ' <"/proc/$one/cmdline" | sed 's/ $//')"
check_eq "the terminal's own size" "$(env -u COLUMNS script -qec "stty cols 22; $(printf '%q ' "$nsps" "$one")" /dev/null </dev/null |
	head -n 1 | tr -d '\r' | xargs)" "NAME ENGINE ID"
export LC_ALL=C

# A watch for some.
watch() {
	"$nsps" -w "$@" >"$TEST_TMP/watch" 2>"$TEST_TMP/errors" &
	watcher=$!
	on_exit eval "kill $watcher 2>/dev/null || :"
}
seen() { sed 1d "$TEST_TMP/watch" | awk '{ print $2, $NF }' | xargs; }
saw() { [ "$(seen)" = "$1" ]; }
watch "prod-$$" "later-$$" "$net"
check "those that run" wait_for "them" saw "+ $one + $two + $net"
check_eq "headings" "$(head -n 1 "$TEST_TMP/watch" | xargs)" "TIME NAME ENGINE ID PID"
container_start --hostname "not-this-$$"
container_start --hostname "later-$$"
later=$CT_PID
check "one that starts later" wait_for "it" saw "+ $one + $two + $net + $later"
container_stop
check "its end" wait_for "it" saw "+ $one + $two + $net + $later - $later"
kill -TERM $watcher
wait $watcher
check_eq "ends well" "$? $(cat "$TEST_TMP/errors")" "0 "
watch -n "$wide:$(stat -Lc %i "/proc/$wide/ns/mnt")"
check "by PID and inode, without headings" wait_for "it" grep -qE "^[0-9T:+-]+  \+  .* $wide$" "$TEST_TMP/watch"
kill -TERM $watcher
wait $watcher
check_eq "one line" "$(wc -l <"$TEST_TMP/watch")" 1
says 2 "" "$nsps" -w "$(bash -c 'echo $$')"
says 2 "" "$nsps" -w "$one" /etc/passwd
check_eq "a line of a terminal" "$(COLUMNS=40 script -qec "timeout 2 $(printf '%q ' "$nsps" -w "$one")" /dev/null </dev/null | tr -d '\r' | widest)" 40
test_done
