#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# -T, -t, -u, -i, -b, --parents, --preserve and --no-preserve of nscp, compared with cp: both run with
# the same options on equal trees, and must leave equal trees and exit alike. Into a container and out
# of one, by both routes.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

for tool in setfattr getfattr; do
	command -v "$tool" >/dev/null || test_skip "$tool is not installed"
done
container_start
pid=$CT_PID
root=/proc/$pid/root
cd "$TEST_TMP" || exit 1

make_src() {
	mkdir -p "$1/tree/sub" "$1/deep/er" "$1/names"
	echo of the source >"$1/file"
	echo new | tee "$1/newer" "$1/older" "$1/equal" "$1/x" "$1/tree/f" "$1/tree/sub/g" >"$1/deep/er/file"
	echo name >"$1/names/one"
	ln "$1/names/one" "$1/names/two"
	ln -s file "$1/link"
	chmod 751 "$1/file" "$1/tree/f" && chmod 700 "$1/deep" && chmod 750 "$1/tree/sub"
	chown 7:8 "$1/file" "$1/tree/f" "$1/deep" "$1/deep/er/file"
	setfattr -n user.of -v source "$1/file" && setfattr -n user.of -v source "$1/tree/f"
	find "$1" -exec touch -hd 2004-04-04T04:04:04.444 {} +
	touch -d 2003-03-03 "$1/older" && touch -d 2005-05-05 "$1/newer" "$1/names/one"
}

make_dst() {
	mkdir -p "$1/dir" "$1/tree/sub" "$1/names" "$1/holds/file"
	for name in file newer older equal x tree/f names/one names/two; do
		echo "old $name" >"$1/dir/${name##*/}"
		echo "old $name" >"$1/$name"
	done
	ln "$1/dir/x" "$1/dir/y"
	echo target >"$1/target"
	ln -s target "$1/link" && ln -s dir "$1/linkdir" && ln -s nothing "$1/dangling"
	mkfifo "$1/fifo"
	echo kept >"$1/tree/sub/kept"
	chmod 640 "$1/dir/file" && chown 5:6 "$1/dir/file"
	find "$1" -exec touch -hd 2004-04-04T04:04:04.444 {} +
	find "$1" -type d -exec touch -d 2002-02-02 {} +
}

# Files of the source are of 2003 to 2005, new ones of now. Of directories only the source's time is
# compared: a temporary file changes that of a directory, too.
look() {
	(cd "$1" && find . ! -type d -printf '%p %y %m %U:%G %n %s %l %TY %TH:%TM:%TS\n' |
		sed -E 's/ 20([1-9][0-9]) [0-9:.]+$/ now/' | sort
		find . -type d -printf '%p %y %m %U:%G %TY\n' | sed 's/ 20\(02\|[1-9].\)$//' | sort
		find . -type f | sort | xargs -d '\n' md5sum
		find . | sort | xargs -d '\n' getfattr -hd -m '^user[.]') 2>&1
}

make_src src.tpl
make_dst dst.tpl

# alike WHAT ANSWERS OPERAND...: S/ and D/ begin a path of the source's side, and of the destination's.
turn=0
alike() {
	local what=$1 answers=$2 via way got wanted from to place word words

	shift 2
	turn=$((turn + 1))
	for way in in out; do
		# Each way by each route in turn.
		via=proc
		[ $((turn % 2)) = 0 ] || { [ $way = in ] && via=setns; }
		[ $((turn % 2)) = 1 ] || { [ $way = out ] && via=setns; }
		rm -rf cp ours "$root/src" "$root/dst"
		mkdir cp ours
		cp -a src.tpl cp/src && cp -a dst.tpl cp/dst
		if [ $way = in ]; then
			from=src/ to=$pid:dst/ place=$root/dst
			cp -a src.tpl ours/src
		else
			from=$pid:src/ to=dst/ place=ours/dst
			cp -a src.tpl "$root/src"
		fi
		cp -a dst.tpl "$place"
		words=()
		for word; do
			word=${word/#S\//src/}
			words+=("${word/#D\//dst/}")
		done
		# shellcheck disable=SC2217 # cp -i reads its answers
		(cd cp && cp "${words[@]}" < <(printf "$answers") >../cp.out 2>&1)
		wanted=$?
		words=()
		for word; do
			word=${word/#S\//$from}
			words+=("${word/#D\//$to}")
		done
		(cd ours && printf "$answers" | "$NSVIEW_BIN/nscp" --via $via "${words[@]}" >../nscp.out 2>&1)
		got=$?
		# Wrong usage is another code than with cp.
		! grep -q "try 'nscp --help'" nscp.out || got=1
		# Since coreutils 9.2 a no is a failure, as POSIX has it.
		[ "$what" != "declined" ] || wanted=1
		look cp/dst >wanted
		look "$place" >got
		check "$what, $way, $via: $*: the trees are equal" diff wanted got
		check_eq "$what, $way, $via: $*: exit ($(head -1 nscp.out)) of cp ($(head -1 cp.out))" "$got" "$wanted"
	done
}

alike "onto a directory" '' -rT S/tree D/tree
alike "to a new name" '' -rT S/tree D/none
alike "with attributes" '' -aT S/tree D/tree
alike "a file onto a directory" '' -T S/file D/dir
alike "a directory onto a link" '' -rT S/tree D/linkdir
alike "a directory onto a file" '' -rT S/tree D/file
alike "a file onto a file" '' -T S/file D/file

alike "into" '' -t D/dir S/file S/newer S/older
alike "into nothing" '' -t D/none S/file
alike "into a file" '' -t D/file S/x
alike "a tree into" '' -r --target-directory D/dir S/tree S/file

alike "update" '' -u S/newer S/older S/equal S/file D/dir
alike "update, with times" '' -pu S/newer S/older S/equal D/dir
alike "update a tree" '' -ru S/tree D/
alike "update links" '' -au S/names D/

alike "yes" 'y\n' -i S/file D/dir
alike "yes" 'yes please\n' -i S/file D/file
alike "declined" 'n\n' -i S/file D/dir
alike "declined" '' -i S/file D/dir
alike "declined" 'y\nn\ny\n' -i S/file S/newer S/older D/dir
alike "nothing to ask" '' -i S/file D/none
alike "-n takes -i back" '' -i -n S/file D/dir
alike "-i takes -n back" 'y\n' -n -i S/file D/dir
alike "update, then ask" 'y\n' -i -u S/older S/newer D/dir

alike "backup" '' -b S/file D/dir
alike "of several" '' -b S/file S/x S/newer D/dir
alike "simple" '' --backup=simple S/file D/file
alike "never is simple" '' --backup=never S/file D/file
alike "none" '' --backup=none S/file D/file
alike "off" '' --backup=off S/file D/file
alike "existing" '' --backup=existing S/file D/file
alike "nil" '' --backup=nil S/file D/file
alike "numbered" '' --backup=numbered S/file D/file
alike "t" '' --backup=t S/file D/dir
alike "another suffix" '' -S .bak S/file D/file
alike "and a number" '' -S .bak --backup=numbered S/file D/file
alike "of a link" '' -b S/file D/link
alike "of a link to nothing" '' -b S/file D/dangling
alike "of a FIFO" '' -b S/file D/fifo
alike "through a link to a directory" '' -b S/file D/linkdir
alike "of a tree" '' -rb S/tree D/
alike "with attributes" '' -ab S/tree S/names D/
alike "of a link by a link" '' -b -P S/link D/
alike "never of a directory" '' -b S/file D/holds
alike "no such kind" '' --backup=wrong S/file D/file
alike "-b and -n" '' -b -n S/file D/file
alike "ask, then back up" 'y\n' -ib S/file D/dir
(
	export VERSION_CONTROL=numbered SIMPLE_BACKUP_SUFFIX=.orig
	alike "by the environment" '' -b S/file D/file
	alike "suffix of the environment" '' --backup=simple S/file D/file
	[ $checks_failed = 0 ]
) || checks_failed=$((checks_failed + 1))

# Twice and more, with numbers left out.
more_than_once() {
	local what=$1 i

	shift
	rm -rf cp "$root/dst"
	mkdir cp
	make_src cp/src
	make_dst cp/dst
	make_dst "$root/dst"
	echo 7 | tee cp/dst/x.~7~ "$root/dst/x.~7~" cp/dst/x.~08~ >"$root/dst/x.~08~"
	echo 3 | tee cp/dst/x.~3~ "$root/dst/x.~3~" "cp/dst/x.~y~" >"$root/dst/x.~y~"
	for i in file x newer; do
		(cd cp && command cp "$@" "src/$i" dst/x && command cp "$@" "src/$i" dst/file)
		check "$what: $i" "$NSVIEW_BIN/nscp" "$@" "cp/src/$i" "$pid:dst/x"
		check "$what: $i" "$NSVIEW_BIN/nscp" "$@" "cp/src/$i" "$pid:dst/file"
	done
	look cp/dst >wanted
	look "$root/dst" >got
	check "$what, three times: the trees are equal" diff wanted got
}
more_than_once numbered --backup=numbered
more_than_once existing -b
more_than_once simple --backup=simple

alike "parents" '' --parents S/deep/er/file D/dir
alike "parents of a tree" '' -r --parents S/deep/er S/tree/sub/ D/dir
alike "parents with attributes" '' -p --parents S/deep/er/file S/tree/f D/
alike "parents, all" '' -a --parents S/deep D/dir
alike "parents into nothing" '' --parents S/deep/er/file D/none
alike "parents and -T" '' --parents -T S/deep/er/file D/dir

for list in mode ownership timestamps links xattr mode,timestamps ownership,mode all; do
	alike "keep" '' -r "--preserve=$list" S/file S/tree S/names D/dir
	alike "don't keep" '' -a "--no-preserve=$list" S/file S/tree S/names D/dir
done
alike "keep" '' --preserve S/file D/none
alike "no mode" '' --no-preserve=mode S/file D/none
alike "no mode" '' -r --no-preserve=mode S/tree D/none
alike "no mode of what was there" '' --no-preserve=mode S/file D/dir
alike "no mode, but all the same" '' --no-preserve=mode -p S/file D/dir
test_done
