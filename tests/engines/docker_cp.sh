#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nscp against cp and docker cp, over the table of SOURCE and DEST in docker cp's documentation: a file, a
# folder, nothing, a slash at the end, /., a link to each. In both directions, by outcome: whether it
# succeeds, and what is there afterwards.
#
# Where the two differ: cp writes no file through a link to nothing, and nscp nothing at all; docker cp makes
# what it points to. A link that is copied to a link: cp replaces that, docker cp and nscp what it leads to.
# docker cp can't copy the content of a folder out to a link with a slash behind; cp and nscp can.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

busybox_tar
docker_start
docker_import "$BUSYBOX_TAR" busybox
docker_run web1 busybox /bin/busybox sleep 100000
mounts_note "$CT_PID"
root=/proc/$CT_PID/root
nscp=$NSVIEW_BIN/nscp
cd "$TEST_TMP" || exit 1

make_sources() {
	rm -rf "$1" && mkdir -p "$1/folder/sub"
	echo new >"$1/file"
	echo new >"$1/folder/sub/deep"
	ln -s file "$1/to-file"
	ln -s folder "$1/to-folder"
	ln -s nothing "$1/to-nothing"
}

make_dest() {
	rm -rf "$1" && mkdir -p "$1/folder"
	echo old >"$1/file"
	ln -s file "$1/to-file"
	ln -s folder "$1/to-folder"
	ln -s nothing "$1/to-nothing"
}

tree() {
	(cd "$1" && find . -mindepth 1 -printf '%P %y %l ' \( -type f -exec cat {} \; -o -printf '\n' \) | sort)
}

# outcome PLACE COMMAND...: sets result.
outcome() {
	local place=$1

	shift
	make_dest "$place"
	if "$@" >said 2>&1; then
		result=$(tree "$place")
	else
		result=error
		untouched=$(tree "$place")
	fi
}

sources='file folder missing file/ folder/ folder/. file/. missing/ missing/. to-file to-folder to-nothing
	to-file/ to-folder/ to-folder/. to-nothing/'
dests='file folder missing file/ folder/ folder/. missing/ to-file to-folder to-nothing to-folder/ to-nothing/'
make_sources s
make_sources "$root/s"
make_dest plain
plain=$(tree plain)
differ=0
for s in $sources; do
	for d in $dests; do
		outcome d cp -r "s/$s" "d/$d"
		by_cp=$result
		outcome d engine cp "web1:/s/$s" "d/$d"
		by_docker=$result
		outcome d "$nscp" -r "$CT_PID:/s/$s" "d/$d"
		out=$result
		[ "$out" != error ] || check_eq "out, $s to $d: an error changes nothing" "$untouched" "$plain"
		outcome "$root/d" engine cp "s/$s" "web1:/d/$d"
		in_docker=$result
		outcome "$root/d" "$nscp" -r "s/$s" "$CT_PID:/d/$d"
		[ "$result" != error ] || check_eq "in, $s to $d: an error changes nothing" "$untouched" "$plain"
		check_eq "in and out, $s to $d" "$result" "$out"
		case $s:$d in
		to-file:to-nothing | to-folder:to-nothing | to-nothing:to-nothing) ;;
		to-file:to-file | to-folder:to-file | to-nothing:to-file) differ=$((differ + 1)) ;;
		*) check_eq "out, $s to $d: as cp" "$out" "$by_cp" ;;
		esac
		case $s:$d in
		*:to-nothing)
			check_eq "$s to $d: not through a link to nothing" "$out $result" "error error"
			continue
			;;
		*/.:to-folder/) check_eq "docker cp out, $s to $d, fails" "$by_docker" error ;;
		*) check_eq "out, $s to $d: as docker cp" "$out" "$by_docker" ;;
		esac
		check_eq "in, $s to $d: as docker cp" "$result" "$in_docker"
	done
done
check_eq "links copied to a link" "$differ" 3
test_done
