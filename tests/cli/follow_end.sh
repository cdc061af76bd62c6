#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nscat -f ends with the container, and with -F goes on in the next one of its name; it keeps no mount busy,
# and nothing of a container that has ended. Several containers, and the end of the reader.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

nscat=$NSVIEW_BIN/nscat
work=$TEST_TMP/work
mkdir "$work" "$TEST_TMP/pipes"
name=follow-$$
ours=$TEST_TMP/ours

# follow OPTION... ARGUMENT...: in the background.
follow() {
	"$nscat" "$@" >"$ours" 2>"$ours.told" &
	our_pid=$!
	on_exit end_it "$our_pid"
}
end_it() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}
printed() { grep -qF -- "$1" "$ours"; }
told() { grep -qF -- "$1" "$ours.told"; }
seen() { wait_for "nscat prints $1" printed "$1"; }
says_so() { wait_for "nscat says $1" told "$1"; }
# The process that follows for nscat $1.
worker() {
	local pid

	read -r pid _ 2>/dev/null <"/proc/$1/task/$1/children"
	echo "${pid:-none}"
}
watches() { grep -qs '^inotify wd' "/proc/$(worker "$1")/fdinfo/"*; }
ended() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.*zombie' "/proc/$1/status"; }

# ---- the container's end ----
mkfifo "$TEST_TMP/pipes/end"
echo begin >"$work/log"
container_start --hostname "$name" --volume "$TEST_TMP/pipes:/p" --volume "$work:/w" --setup 'echo root-begin >/log' \
	/bin/busybox sh -c 'read x </p/end; echo the last words >>/w/log; echo and of the root >>/log'
helper=$CT_HELPER
follow -f "$name" /w/log /log
seen root-begin
wait_for "it watches" watches "$our_pid"
# It sees both at once: the words and the end.
worker=$(worker "$our_pid")
kill -STOP "$worker"
echo >"$TEST_TMP/pipes/end"
wait_for "the container ends" ended "$CT_PID"
kill -CONT "$worker"
wait_for "nscat ends" ended "$our_pid"
wait "$our_pid"
check_eq "it ends with 0 after the container" $? 0
check_eq "and says why" "$(cat "$ours.told")" "nscat: note: $name has ended"
check_eq "what was written right before the end is there" "$(cat "$ours")" "==> $name:/w/log <==
begin

==> $name:/log <==
root-begin

==> $name:/w/log <==
the last words

==> $name:/log <==
and of the root"
container_stop "$helper"

# A PID is no name: it is not waited for.
container_start
follow -F "$CT_PID" /etc/passwd
wait_for "it watches" watches "$our_pid"
container_stop
wait_for "nscat ends" ended "$our_pid"
wait "$our_pid"
check_eq "with a PID" "$? $(cat "$ours.told")" "0 nscat: note: $CT_PID has ended"

# ---- the next container of the name ----
for via in proc setns; do
	echo before >"$work/log"
	container_start --hostname "$name" --volume "$work:/w" --setup 'echo root-1 >/log'
	first=$CT_HELPER
	follow --via "$via" -F "$name" /w/log /log
	seen root-1
	wait_for "it watches" watches "$our_pid"
	container_stop "$first"
	says_so "$name has ended: waiting for the next container of that name"
	check "$via: there is a process to look at" test -d "/proc/$(worker "$our_pid")/fd"
	# Nothing of the old one is held: neither its root nor its namespaces.
	holds_nothing() { ! readlink "/proc/$our_pid/fd/"* "/proc/$(worker "$our_pid")/fd/"* | grep -qE '^mnt:|^user:|mountinfo|^/$|/log$'; }
	check "$via: it lets go of all while it waits" wait_for "nothing is held" holds_nothing
	echo meanwhile >>"$work/log"
	container_start --hostname "$name" --volume "$work:/w" --setup 'echo root-2 >/log'
	says_so "$name runs again, as PID $CT_PID"
	seen root-2
	seen meanwhile
	echo after >>"$work/log"
	seen after
	check_eq "$via: the volume's file goes on, the root's begins anew" "$(grep -v '^$' "$ours")" "==> $name:/w/log <==
before
==> $name:/log <==
root-1
==> $name:/w/log <==
meanwhile
==> $name:/log <==
root-2
==> $name:/w/log <==
after"
	end_it "$our_pid"
	container_stop
done

# ---- no mount is kept busy ----
inside() { nsenter -t "$CT_PID" -m "$@"; }
for via in proc setns; do
	echo in-the-volume >"$work/log"
	container_start --volume "$work:/w" \
		--setup 'mkdir /v /w2; mount -t tmpfs v /v; echo on-tmpfs >/v/log; mount -o bind /w /w2'
	exec {open}<"/proc/$CT_PID/root/v/log"
	check_not "control: an open file keeps the container from unmounting" inside umount /v
	exec {open}<&-
	follow --via "$via" -F "$CT_PID" /w/log /v/log
	seen in-the-volume
	seen on-tmpfs
	echo more-of-it >>"/proc/$CT_PID/root/v/log"
	seen more-of-it
	wait_for "it watches" watches "$our_pid"
	check "$via: the container unmounts tmpfs" wait_for "umount" inside umount /v
	check "$via: and the volume" wait_for "umount" inside umount /w
	says_so '/w/log: No such file'
	says_so '/v/log: No such file'
	# The same volume again: the file goes on where it was.
	echo while-unmounted >>"$work/log"
	inside mount -o bind /w2 /w
	seen while-unmounted
	check_eq "$via: once each" "$(sort "$ours" | uniq -d | grep .)" "==> $CT_PID:/w/log <=="
	end_it "$our_pid"
	container_stop
done

# ---- what was written right before a rotation, in a volume ----
echo begin >"$work/log"
container_start --volume "$work:/w"
follow -F "$CT_PID" /w/log
seen begin
for i in $(seq 50); do
	wait_for "it watches" watches "$our_pid"
	kill -STOP "$(worker "$our_pid")"
	echo "last-$i" >>"/proc/$CT_PID/root/w/log"
	mv "$work/log" "$work/log.1"
	echo "new-$i" >"$work/log"
	kill -CONT "$(worker "$our_pid")"
	seen "new-$i"
done
check_eq "each line once" "$(sort "$ours")" "$( (echo begin; for i in $(seq 50); do echo "last-$i"; echo "new-$i"; done) | sort)"
end_it "$our_pid"
container_stop

# ---- several containers ----
mkdir "$TEST_TMP/work2"
echo one >"$work/log"
echo two >"$TEST_TMP/work2/log"
container_start --hostname "$name" --volume "$work:/w"
first=$CT_HELPER
container_start --hostname "$name-2" --volume "$TEST_TMP/work2:/w"
follow -f "$name:/w/log" "$name-2:/w/log"
seen two
echo more-one >>"$work/log"
seen more-one
echo more-two >>"$TEST_TMP/work2/log"
seen more-two
container_stop "$first"
says_so "$name has ended"
echo still-two >>"$TEST_TMP/work2/log"
seen still-two
container_stop
wait_for "nscat ends" ended "$our_pid"
wait "$our_pid"
check_eq "it ends with the last of them" $? 0
check_eq "headings of both" "$(cat "$ours")" "==> $name:/w/log <==
one

==> $name-2:/w/log <==
two

==> $name:/w/log <==
more-one

==> $name-2:/w/log <==
more-two
still-two"

# ---- the reader's end ----
container_start --volume "$work:/w"
(
	"$nscat" -f "$CT_PID" /w/log 2>"$ours.told"
	echo $? >"$TEST_TMP/status"
) | head -n 1 >/dev/null
check_eq "no reader: it ends without another line" "$(cat "$TEST_TMP/status")" 141
check_eq "and silently" "$(cat "$ours.told")" ''
said=$(timeout 20 "$nscat" -f "$CT_PID" /proc/self/limits 2>&1 >/dev/null)
check_eq "a file of /proc is printed, not followed" "$? $said" \
	"1 nscat: $CT_PID:/proc/self/limits: a file of /proc does not grow: not followed"
test_done
