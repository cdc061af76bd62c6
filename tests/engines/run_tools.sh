# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# run_tools.sh - programs of the host beside a container (nsrun), the same for every engine. After base.sh.
#
#   run_tools HOW PID    HOW is as_user, or empty for root; inside the container runs:
#                        $RUN_INSIDE COMMAND..., and something listens on TCP port $RUN_PORT of 127.0.0.1
RUN_PROGRAMS=$TEST_TMP/bin
mkdir "$RUN_PROGRAMS"
cp "$NSVIEW_BIN/nsrun" "$RUN_PROGRAMS"
RUN_PORT=8080
# Leaks can't be looked for in a process that has made itself undumpable.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

run_needs() {
	local program

	for program; do
		command -v "$program" >/dev/null || test_skip "$program is not installed"
	done
}

# run_listen PID: a web server in the container's network, as a program of the host.
run_listen() {
	mkdir -p "$TEST_TMP/www"
	echo "page of $1" >"$TEST_TMP/www/index.html"
	nsenter -t "$1" -n sh -c 'ip link set lo up; exec "$@"' sh \
		python3 -m http.server -d "$TEST_TMP/www" -b 127.0.0.1 $RUN_PORT >/dev/null 2>&1 &
	on_exit kill $!
	wait_for "the server" nsenter -t "$1" -n curl -s "localhost:$RUN_PORT"
}

run_tools() {
	local how=$1 pid=$2 who=${1:-root} nsrun=$RUN_PROGRAMS/nsrun said dump

	run_needs dig ip ss ping tcpdump curl lsof nft strace gdb vim
	check_eq "$who: curl" "$($how "$nsrun" "$pid" curl -s "localhost:$RUN_PORT")" "page of $pid"
	check_not "control: the host has no such server" curl -s "localhost:$RUN_PORT"
	check "$who: ss" grep -q "127.0.0.1:$RUN_PORT" <($how "$nsrun" "$pid" ss -Htln)
	check_eq "$who: ip" "$($how "$nsrun" "$pid" ip -br link | awk '{ print $1 }' | sort)" \
		"$(nsenter -t "$pid" -n ip -br link | awk '{ print $1 }' | sort)"
	check "$who: ping" $how "$nsrun" "$pid" ping -c 1 -W 30 127.0.0.1
	check_eq "$who: lsof of its files" \
		"$($how "$nsrun" -w root:etc "$pid" sh -c 'lsof -a -p $$ -d cwd -Fn 2>/dev/null | grep ^n')" "n$($how "$nsrun" "$pid" sh -c 'echo $NSVIEW_ROOT')/etc"
	check "$who: strace" $how "$nsrun" "$pid" strace -qq -o /dev/null true
	check_eq "$who: gdb" "$($how "$nsrun" "$pid" gdb -q -batch -ex 'print 6*7' 2>/dev/null)" "\$1 = 42"
	check_eq "$who: vim" "$($how "$nsrun" -w root: "$pid" vim -u NONE -es '+%print' '+q!' etc/tag 2>/dev/null </dev/null)" "tag of $pid"
	check_eq "$who: tar" "$($how "$nsrun" -I % "$pid" tar -C %/etc -cf - tag | tar -xO)" "tag of $pid"
	# Rules of a table that only its network has.
	check "$who: nft adds" $how "$nsrun" "$pid" nft add table inet "nsview$$"
	check "$who: nft lists" $how "$nsrun" "$pid" nft list table inet "nsview$$"
	check_not "control: the host has no such table" nft list table inet "nsview$$"
	$how "$nsrun" "$pid" nft delete table inet "nsview$$"
	said=$TEST_TMP/tcpdump-$who
	rm -f "$said"
	$how "$nsrun" "$pid" tcpdump -lnni lo -c 1 "ip and port $RUN_PORT" >"$said" 2>&1 &
	dump=$!
	wait_for "tcpdump" grep -q 'listening on lo' "$said"
	$how "$nsrun" "$pid" curl -s "localhost:$RUN_PORT" >/dev/null
	wait $dump
	check "$who: tcpdump" grep "127.0.0.1.$RUN_PORT" "$said" || cat "$said"
}
