#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nscat -F prints what tail -F prints of the same files, while they are written, rotated and removed: on the
# container's root, where nscat keeps a file open, and in a volume, where it does not; by both routes.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

work=$TEST_TMP/work
mkdir "$work"
container_start --setup 'mkdir /d' --volume "$work:/w"

ours=$TEST_TMP/ours theirs=$TEST_TMP/theirs

# begin OPTION... -- NAME...: nscat and tail, side by side.
begin() {
	local options=() names=() name

	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	for name; do names+=("$there/$name"); done
	"$NSVIEW_BIN/nscat" --via "$via" "${options[@]}" "$CT_PID" "${names[@]}" >"$ours" 2>"$ours.told" &
	our_pid=$!
	tail -s 0.1 "${options[@]}" -- "$@" >"$theirs" 2>"$theirs.told" &
	their_pid=$!
	on_exit end_both "$our_pid" "$their_pid"
}

# The process that follows for nscat $1.
worker() {
	local pid

	read -r pid _ 2>/dev/null <"/proc/$1/task/$1/children"
	echo "${pid:-none}"
}
watches() { grep -qs '^inotify wd' "/proc/$1/fdinfo/"*; }

end_both() {
	kill "$@" 2>/dev/null
	wait "$@" 2>/dev/null
	return 0
}

printed() { grep -qF -- "$2" "$1"; }
told() { grep -q -- "$2" "$1.told"; }
# both TEXT: both have printed it.
both() {
	wait_for "nscat prints $1" printed "$ours" "$1"
	wait_for "tail prints $1" printed "$theirs" "$1"
}
# both_told OURS THEIRS: on stderr.
both_told() {
	wait_for "nscat says $1" told "$ours" "$1"
	wait_for "tail says $2" told "$theirs" "$2"
}
same() {
	end_both "$our_pid" "$their_pid"
	check_eq "$via $there: $1" "$(sed "s,^==> $CT_PID:$there/,==> ," "$ours" | od -c | tail -n 40)" \
		"$(od -c <"$theirs" | tail -n 40)"
}

rotations() {
	seq 30 >x
	begin -F -- x
	both 30
	echo appended >>x
	both appended
	printf par >>x
	both par
	echo tial >>x
	both partial
	same "appended"

	begin -F -- x
	both partial
	echo written-last >>x
	mv x x.1
	both written-last
	echo of-the-new >x
	both of-the-new
	echo more-of-it >>x
	both more-of-it
	same "renamed and made anew"

	begin -F -- x
	both more-of-it
	cp x x.copy
	: >x
	both_told 'x: truncated' 'truncated'
	echo after-truncation >>x
	both after-truncation
	same "copied and truncated"

	begin -F -- x
	both after-truncation
	rm x
	both_told 'x: No such file' inaccessible
	echo returned >x
	both returned
	rm x
	printf 'again, no newline' >x
	both 'again, no newline'
	echo over >x.new
	mv x.new x
	both over
	same "deleted and back, and replaced by rename"
}

options() {
	seq 30 >x
	begin -F -n 0 -- x
	wait_for "nscat watches" eval 'watches "$(worker "$our_pid")"'
	wait_for "tail watches" watches "$their_pid"
	echo only-this >>x
	both only-this
	same "-n 0"

	seq 8 >x
	begin -F -n +5 -- x
	both 8
	echo nine >>x
	both nine
	same "-n +5"

	begin -F -c 10 -- x
	both nine
	echo ten >>x
	both ten
	same "-c 10"

	printf 'a\nb' >x
	begin -F -n 1 -- x
	both b
	echo c >>x
	both bc
	same "no newline at the end"

	: >x
	begin -f -v -- x
	both '<=='
	echo first >>x
	both first
	same "an empty file, with -v"
}

several() {
	echo one >x
	echo two >y
	rm -f z
	begin -F -- x y z
	both two
	for i in 1 2 3; do
		echo "x$i" >>x
		both "x$i"
		echo "y$i" >>y
		both "y$i"
	done
	echo "y4" >>y
	both y4
	echo zed >z
	both zed
	mv x x.1
	echo x-new >x
	both x-new
	same "two files, and one that was missing"

	begin -F -q -- x y
	both y4
	echo x5 >>x
	both x5
	same "without headings"
}

links() {
	ln -sfn real.1 current
	echo in-1 >real.1
	echo in-2 >real.2
	begin -F -- current
	both in-1
	ln -s real.2 next
	mv -T next current
	both in-2
	echo more-2 >>real.2
	both more-2
	mkdir -p dir.1 dir.2
	echo in-dir-2 >dir.2/file
	ln -sfn dir.2/file next
	mv -T next current
	both in-dir-2
	same "a link to another file"
	rm -rf dir.1 dir.2

	# The peer does not see these: a folder on the way that is renamed, and one that a link leads through.
	mkdir -p logs.1 logs.2
	echo first-folder >logs.1/x
	echo second-folder >logs.2/x
	ln -sfn "$there/logs.1" logs
	"$NSVIEW_BIN/nscat" --via "$via" -F "$CT_PID" "$there/logs/x" >"$ours" 2>"$ours.told" &
	our_pid=$!
	on_exit end_both "$our_pid"
	wait_for "first folder" printed "$ours" first-folder
	ln -s ../"${there#/}"/logs.2 next
	mv -T next logs
	check "$via $there: an absolute link's turn to a relative one" wait_for "second" printed "$ours" second-folder
	mv logs.2 logs.3
	check "$via $there: the folder has gone" wait_for "gone" told "$ours" 'logs/x: No such file'
	mkdir logs.2
	echo third-folder >logs.2/x
	check "$via $there: a new folder" wait_for "third" printed "$ours" third-folder
	end_both "$our_pid"
	rm -rf logs*
}

directories() {
	rm -rf x
	mkdir x
	begin -F -- x
	both_told 'x: Is a directory' 'x'
	rmdir x
	echo a-file >x
	both a-file
	same "a directory becomes a file"
	said=$(timeout 20 "$NSVIEW_BIN/nscat" --via "$via" -f "$CT_PID" "$there/missing" "$there" 2>&1)
	check_eq "$via -f with nothing to follow" "$? $said" "1 nscat: $CT_PID:$there/missing: No such file or directory
nscat: $CT_PID:$there: Is a directory"
}

for via in proc setns; do
	for there in /d /w; do
		cd "/proc/$CT_PID/root$there" || exit 1
		rotations
		options
		several
		links
		directories
		cd /
	done
done
test_done
