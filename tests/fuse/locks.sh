#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With locks=container a reader's lock and a lock in the container exclude each other, so a database that is
# written all the time is read whole. Without it each side has its own locks: the control.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

command -v python3 >/dev/null || test_skip "python3 is not installed"
host=fl$$
work=$TEST_TMP/work
mkdir "$work"
echo text >"$work/file"
container_start --hostname "$host" --volume "$work:/w"
# What programs of the container lock is this very file: the volume.
file=$work/file

locks() {
	timeout 60 python3 "$NSVIEW_SOURCE/tests/fuse/locks.py" "$@"
}
# hold FILE KIND MODE: holds a lock until let_go
hold() {
	coproc HOLDER { locks hold "$@"; }
	holder=$HOLDER_PID
	read -r held <&"${HOLDER[0]}"
	check_eq "a lock of $*" "$held" held
}
let_go() {
	local to=${HOLDER[1]}

	exec {to}>&-
	wait "$holder"
}
is_free() { # KIND
	[ "$(locks try "$file" "$1" write)" = held ]
}

view_start
seen=$VIEW/$host/w/file
for kind in fcntl flock; do
	hold "$file" $kind write
	check_eq "control: the view's own $kind locks know nothing of it" "$(locks try "$seen" $kind read)" held
	let_go
done
view_stop

view_start -o locks=container
seen=$VIEW/$host/w/file
for kind in fcntl flock; do
	hold "$file" $kind write
	check_eq "a reader's $kind lock is refused" "$(locks try "$seen" $kind read)" EAGAIN
	locks wait "$seen" $kind read >"$TEST_TMP/waited" &
	waiter=$!
	[ $kind = flock ] || check_eq "asked, it says so" "$(locks ask "$seen")" locked
	let_go
	wait "$waiter"
	check_eq "who waits gets it" "$(cat "$TEST_TMP/waited")" held
	check "and gives it back at its end" wait_for "the lock" is_free $kind

	hold "$seen" $kind read
	check_not "a reader's lock keeps a writer out" is_free $kind
	check_eq "but not a reader" "$(locks try "$file" $kind read)" held
	let_go
	check "it goes with its reader" wait_for "the lock" is_free $kind

	hold "$seen" $kind read
	kill -9 "$(pgrep -P "$holder" -f locks.py || echo "$holder")" 2>/dev/null
	wait "$holder" 2>/dev/null
	check "and when the reader is killed" wait_for "the lock" is_free $kind
	check_not "no write lock is had" eval '[ "$(locks try "$seen" $kind write)" = held ]'
done
check "nothing is held" is_free fcntl

# So many may wait for one container. The others are told at once.
hold "$file" fcntl write
waiters=()
for i in $(seq 12); do
	locks wait "$seen" fcntl read >"$TEST_TMP/waiter.$i" &
	waiters+=($!)
done
refused() {
	[ "$(cat "$TEST_TMP"/waiter.* | grep -c ENOLCK)" = 4 ]
}
check "four of twelve are refused" wait_for "the refusals" refused
check_eq "the container's other files are read meanwhile" "$(quick cat "$VIEW/$host/etc/alpine-release")" 3.13.0
kill -INT "$(pgrep -P "${waiters[0]}" -f locks.py)" 2>/dev/null
let_go
wait "${waiters[@]}"
check "the others got it" eval '[ "$(cat "$TEST_TMP"/waiter.* | grep -c held)" -ge 7 ]'

hold "$seen" fcntl read
kill -TERM "$VIEW_PID"
wait "$VIEW_PID"
check "what the daemon holds goes with it" wait_for "the lock" is_free fcntl
let_go
check_not "it does not go with cache=always" "$NSVIEW_BIN/nsviewd" -f -o locks=container,cache=always "$VIEW"

view_start -o locks=container
coproc WRITER { exec python3 "$NSVIEW_SOURCE/tests/fuse/locks.py" write "$work/db"; }
writer=$WRITER_PID
on_exit eval "kill $writer 2>/dev/null || :"
read -r ready <&"${WRITER[0]}"
check_eq "a database is written all the time" "$ready" ready
check_eq "and read whole" "$(locks read "$VIEW/$host/w/db" "${NSVIEW_LOCKS_SECONDS:-3}")" "good clean"
kill "$writer"
wait "$writer" 2>/dev/null
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
