#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A container plays with a file that nscat follows: makes a FIFO, a device, or a link to the host's files of it,
# renames without end, or has a FUSE server that never answers. Nothing of the host is printed, nothing is kept
# open, the memory and the watches stay few, and a signal ends nscat. Control: tail -F prints the host's file.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

nscat=$NSVIEW_BIN/nscat
ours=$TEST_TMP/ours theirs=$TEST_TMP/theirs
secret=$TEST_TMP/secret
echo secret-of-the-host >"$secret"
container_start --setup 'mkdir /d; mkfifo /d/fifo; mknod /d/zero c 1 5; echo begin >/d/log'
root=/proc/$CT_PID/root

end_both() {
	kill "$@" 2>/dev/null
	wait "$@" 2>/dev/null
	return 0
}
printed() { grep -qF -- "$2" "$1"; }
told() { grep -qF -- "$1" "$ours.told"; }
# The process that follows for nscat $1.
worker() {
	local pid

	read -r pid _ 2>/dev/null <"/proc/$1/task/$1/children"
	echo "${pid:-none}"
}
watches() { cat "/proc/$(worker "$our_pid")/fdinfo/"* 2>/dev/null | grep -c '^inotify wd'; }
ended() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.*zombie' "/proc/$1/status"; }

# As the container would: mv looks where links lead, and refuses some.
rename() {
	python3 -c 'import os, sys; os.rename(*sys.argv[1:])' "$@"
}
command -v python3 >/dev/null || test_skip "no python3"

echo begin >"$root/d/peer.1"
ln -s peer.1 "$root/d/peer"
tail -s 0.1 -F "$root/d/peer" >"$theirs" 2>/dev/null &
their_pid=$!
on_exit end_both "$their_pid"
wait_for "tail has begun" printed "$theirs" begin
ln -s "$secret" "$root/d/new"
rename "$root/d/new" "$root/d/peer"
check "control: tail -F follows a link onto the host's file" wait_for "the secret" printed "$theirs" secret-of-the-host
end_both "$their_pid"

for via in proc setns; do
	rm -f "$root/d/log"
	echo begin >"$root/d/log"
	"$nscat" --via "$via" -F "$CT_PID" /d/log >"$ours" 2>"$ours.told" &
	our_pid=$!
	on_exit end_both "$our_pid"
	wait_for "it has begun" printed "$ours" begin

	for kind in fifo:'is a FIFO' zero:'is a character device'; do
		ln "$root/d/${kind%%:*}" "$root/d/new"
		rename "$root/d/new" "$root/d/log"
		wait_for "it is told" told "log: ${kind#*:}"
		echo "after-$kind" >"$root/d/new"
		rename "$root/d/new" "$root/d/log"
		wait_for "it goes on" printed "$ours" "after-$kind"
	done
	for link in "$secret" "../../../../../../..$secret" "/proc/self/root$secret" "/proc/self/fd/3/../..$secret"; do
		: >"$ours.told"
		ln -s "$link" "$root/d/new"
		rename "$root/d/new" "$root/d/log"
		check "$via: a link to $link" wait_for "it is told" grep -q 'log:' "$ours.told"
		echo "after-$link" >"$root/d/new"
		rename "$root/d/new" "$root/d/log"
		wait_for "it goes on" printed "$ours" "after-$link"
	done
	check_not "$via: nscat does not" printed "$ours" secret-of-the-host

	# A circle, and a chain of links with more folders than are watched.
	ln -s log "$root/d/new"
	rename "$root/d/new" "$root/d/log"
	deep=/d
	for i in $(seq 100); do deep=$deep/f; done
	mkdir -p "$root$deep"
	echo deep-down >"$root$deep/file"
	ln -s "${deep#/d/}/file" "$root/d/new"
	rename "$root/d/new" "$root/d/log"
	wait_for "the end of a long way" printed "$ours" deep-down
	echo deeper >>"$root$deep/file"
	wait_for "it goes on without a watch of it" printed "$ours" deeper
	check "$via: few watches" test "$(watches)" -le 64
	rm -rf "$root/d/f"

	# A flood of renames, of links and of files.
	nsenter -t "$CT_PID" -m -p /bin/busybox sh -c 'cd /d; echo 1 >a; echo 2 >b; i=0
		while [ $i -lt 3000 ]; do mv -f a log; ln -sf a b; mv -f b log; echo $i >a; i=$((i + 1)); done
		mkdir -p many; i=0; while [ $i -lt 3000 ]; do echo >many/$i; i=$((i + 1)); done
		rm -f log; echo the-last-one >log'
	wait_for "after the flood" printed "$ours" the-last-one
	check "$via: few watches after it" test "$(watches)" -le 64
	check "$via: few files" test "$(find "/proc/$(worker "$our_pid")/fd" | wc -l)" -le 32
	check "$via: little memory" test "$(awk '/^VmRSS/ { print $2 }' "/proc/$(worker "$our_pid")/status")" \
		-lt "$([ -n "${NSVIEW_SANITIZE-}" ] && echo 400000 || echo 30000)"
	check "$via: few notes: $(wc -l <"$ours.told")" test "$(wc -l <"$ours.told")" -lt 1500
	end_both "$our_pid"
	rm -rf "$root/d/many"
done

# A name with escapes in a heading on a terminal.
name=$(printf '\033[31mred')
cp "$root/d/log" "$root/d/$name"
said=$(script -qec "$nscat -v -n 1 $CT_PID '/d/$name'" /dev/null </dev/null | tr -d '\r')
check_eq "escapes on a terminal" "$said" "==> $CT_PID:/d/\\033[31mred <==
the-last-one"

# A size that lies, and a server that never answers.
if [ -w /dev/fuse ]; then
	mkdir "$root/stall"
	exec {fd}< <(exec "$NSVIEW_BUILD/tests/stallfs" "$CT_PID" /stall)
	server=$!
	on_exit eval "kill -9 $server 2>/dev/null || :"
	read -r -t 30 _ <&"$fd" || test_skip "no such file system can be mounted here"
	# It, or the helper that opens its files.
	stuck() {
		local worker

		worker=$(worker "$our_pid")
		grep -qs fuse "/proc/$worker/task/"*/stack || grep -qs fuse "/proc/$(worker "$worker")/stack"
	}
	for via in proc setns; do
		for file in read open; do
			"$nscat" --via "$via" -F "$CT_PID" "/stall/$file" >"$ours" 2>&1 &
			our_pid=$!
			on_exit eval "kill -9 $our_pid 2>/dev/null || :"
			wait_for "it hangs in $file" stuck
			kill -TERM "$our_pid"
			check "$via: a signal ends it in $file" wait_for "the end" ended "$our_pid"
			wait "$our_pid" 2>/dev/null
		done
	done
	# The file of one container hangs, that of another is followed.
	hung=$CT_PID
	container_start --setup 'echo well >/log'
	echo begin >"$root/d/log"
	"$nscat" -F "$hung:/d/log" "$CT_PID:/log" >"$ours" 2>"$ours.told" &
	our_pid=$!
	on_exit end_both "$our_pid"
	wait_for "it has begun" printed "$ours" well
	wait_for "it watches" eval '[ "$(watches)" -ge 5 ]'
	ln -s ../stall/read "$root/d/new"
	rename "$root/d/new" "$root/d/log"
	wait_for "it hangs" stuck
	echo alive >>"/proc/$CT_PID/root/log"
	check "the other one is followed" wait_for "alive" printed "$ours" alive
	end_both "$our_pid"
	kill -9 "$server"
fi
test_done
