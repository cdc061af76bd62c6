#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Ordinary tools read a Debian in a container: they end, and print the same through the view as on the
# host for the same tree. No access time changes.
#
# Tools that follow links run on confined links, tools that copy links run on raw ones.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
for tool in git sqlite3 rsync debsums python3; do
	command -v $tool >/dev/null || test_skip "$tool is not installed"
done
debian_tar
# A file system that writes down every access: the views are seen to cause none.
tree=$TEST_TMP/tree
mkdir "$tree"
mount -t tmpfs -o strictatime,mode=755 tmpfs "$tree" || exit 1
on_exit umount -l "$tree"
# Where a look at it leaves none.
mkdir "$TEST_TMP/quiet" && mount --bind "$tree" "$TEST_TMP/quiet" &&
	mount -o remount,bind,noatime "$TEST_TMP/quiet" || exit 1
on_exit umount -l "$TEST_TMP/quiet"
mkdir "$TEST_TMP/copies"
mount -t tmpfs tmpfs "$TEST_TMP/copies" || exit 1
on_exit umount -l "$TEST_TMP/copies"
tar --numeric-owner --xattrs --acls -C "$tree" -xf "$DEBIAN_TAR" || exit 1
(
	cd "$tree/srv" || exit
	mkdir repo many
	git -C repo init -q -b main
	for i in $(seq 300); do echo "line $i" >"many/file-$i"; done
	cp -a many repo/many
	git -C repo add . && git -C repo -c user.name=T -c user.email=t@example.org commit -q -m all
	echo changed >>repo/many/file-7
	rm repo/many/file-8
	echo new >repo/new
	sqlite3 db 'create table t(a integer primary key, b text); with recursive n(i) as (select 1
		union all select i + 1 from n where i < 20000) insert into t select i, hex(i) from n;'
	find many -type f -exec md5sum {} + >sums
	python3 -m zipfile -c all.zip many
	truncate -s 20M sparse && echo middle | dd of=sparse bs=1M seek=9 conv=notrunc status=none
	ln many/file-1 hard-1 && ln many/file-1 many/hard-2
	mkfifo fifo
	setfattr -n user.colour -v blue many/file-2
	setfacl -m u:1234:r many/file-3
	cp --sparse=never /bin/bash large
) || exit 1

# Runs SCRIPT in the folder DIR, for at most two minutes; what it says goes to OUT, with its exit code.
# Names of DIR in it are replaced.
run_in() { # DIR OUT SCRIPT
	(
		cd "$1" || exit
		HERE=$PWD GIT_OPTIONAL_LOCKS=0 timeout -k 5 120 bash -c "$3" </dev/null 2>&1
		echo "exit code $?"
	) | sed "s,$1,HERE,g" >"$2"
}

# Where links are confined, their text is another. The view lists names in an order of its own, so the order in
# which tools meet files, and the first name of a hard link, are no difference.
confined=(
	"grep -r: grep -r --devices=skip root . 2>&1 | sort"
	"find, cat: find . -type f -print0 | sort -z | xargs -0 cat | md5sum"
	"find -exec one by one: find etc -type f -exec md5sum {} \; | sort -k 2"
	"du: du -al . | sort -k 2; du -s ."
	"du --apparent-size, without links: du --apparent-size --exclude-from=<(find . -type l -printf '%p\n') -a -l -b srv | sort; du -s -b srv"
	"stat: find . ! -type l -print0 | sort -z | xargs -0 stat -c '%n %A %h %u %g %s %b %t %T %y %z'"
	"ls -lR: ls -lR --full-time . | grep -v '^l'"
	"git status: git -C srv/repo status --porcelain=v2 --branch"
	"git log and diff: git -C srv/repo log --stat --format=%H; git -C srv/repo diff"
	"git fsck: git -C srv/repo fsck --strict --no-progress"
	"debsums: debsums --root=\$HERE -a | tr -s ' ' | sort"
	"dpkg -l: dpkg --root=\$HERE -l"
	"dpkg --verify: dpkg --root=\$HERE --verify"
	"sqlite3: sqlite3 srv/db 'pragma integrity_check; select count(*), sum(a), max(b) from t'"
	"sqlite3 -readonly: sqlite3 -readonly srv/db 'select * from t where a % 1000 = 7'"
	"md5sum -c: cd srv && md5sum -c sums"
	"zipfile: python3 -m zipfile -l srv/all.zip; python3 -m zipfile -t srv/all.zip"
	"mmap: python3 -c \"\$MMAP\" usr/lib srv"
	"cp: cp srv/sparse \$OUT && cmp \$OUT srv/sparse"
	"hard links: find . -samefile srv/hard-1 | sort"
	"diff -r: diff -r srv/many srv/repo/many"
	"as another user: setpriv --reuid 1000 --clear-groups cat etc/shadow etc/passwd"
)
raw=(
	"tar: tar --sort=name --pax-option=delete=atime --acls --xattrs -cf - . | md5sum"
	"ls -lR: ls -lR --full-time ."
	"cp -a: cp -a . \$OUT && tar --sort=name --pax-option=delete=atime,delete=ctime --acls --xattrs -C \$OUT -cf - . | md5sum"
	"rsync -aHAX: rsync -aHAX ./ \$OUT/ && tar --sort=name --pax-option=delete=atime,delete=ctime --acls --xattrs -C \$OUT -cf - . | md5sum"
	"rsync --checksum finds nothing to do: rsync -aHAXn --checksum --itemize-changes ./ \$NATIVE/"
	"readlink: find . -type l -printf '%p %s %l\n' | sort"
)
# A mapped hole would get blocks, on a tmpfs.
export MMAP='
import hashlib, mmap, os, sys
for top in sys.argv[1:]:
    for folder, folders, files in os.walk(top):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            if os.path.islink(path) or not os.path.isfile(path) or not os.path.getsize(path) or name == "sparse":
                continue
            with open(path, "rb") as f:
                print(path, hashlib.md5(mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)).hexdigest())
'

# All of them, one after the other; each entry is "WHAT: SCRIPT".
run_all() { # DIR RESULTS ENTRY...
	local dir=$1 results=$2 entry i=0

	shift 2
	mkdir "$results"
	for entry; do
		export OUT=$TEST_TMP/copies/out
		run_in "$dir" "$results/$i" "${entry#*: }"
		rm -rf "$OUT"
		i=$((i + 1))
	done
}

compare_all() { # WHERE RESULTS WANTED ENTRY...
	local where=$1 results=$2 wanted=$3 entry i=0

	shift 3
	for entry; do
		check "$where: ${entry%%: *}" diff -a "$wanted/$i" "$results/$i"
		check_not "$where: ${entry%%: *} ends" grep -qxE 'exit code (124|137)' "$results/$i"
		i=$((i + 1))
	done
}

access_times() {
	find "$TEST_TMP/quiet" ! -type l -printf '%p %A@\n' | sort | md5sum
}

# Both through a view with OPTIONS, and natively. Sets $results.
compare() { # WHERE OPTIONS HOSTNAME NATIVE ENTRY...
	local where=$1 options=$2 name=$3 native=$4 before

	shift 4
	export NATIVE=$native
	results=$TEST_TMP/results-${where// /-}
	before=$(access_times)
	view_start -o "allow_other,$options"
	run_all "$VIEW/$name" "$results" "$@"
	view_stop
	check_eq "$where: SIGTERM ends it well" $? 0
	[ "$where" != plain ] || check_eq "$where: no access time changed" "$(access_times)" "$before"
	run_all "$native" "$results-wanted" "$@"
	compare_all "$where" "$results" "$results-wanted" "$@"
}

container_start --hostname "plain$$" --rootdir "$tree" --bare --no-proc
compare plain cache=auto "plain$$" "$tree" "${confined[@]}"
# That they had something to say.
for what in '.*OK$:10' 'ii  dpkg :11' '^ok$:13' 'file-77: OK:15' 'Done testing:16' 'libc\.so\.6:17' 'hard-2:19'; do
	check "results have ${what%:*}" grep -aq -- "${what%:*}" "$results/${what##*:}"
done
check "another user may not read all" grep -q 'shadow: Permission denied' "$results/21"
before=$(access_times)
cat "$tree/srv/sums" >/dev/null
check "an access would have been seen" test "$(access_times)" != "$before"

mkdir "$TEST_TMP/upper" "$TEST_TMP/merged"
mount -t tmpfs tmpfs "$TEST_TMP/upper" || exit 1
on_exit umount -l "$TEST_TMP/upper"
mkdir "$TEST_TMP/upper/work" "$TEST_TMP/upper/dir"
mount -t overlay -o "lowerdir=$tree,upperdir=$TEST_TMP/upper/dir,workdir=$TEST_TMP/upper/work" overlay \
	"$TEST_TMP/merged" || exit 1
on_exit umount -l "$TEST_TMP/merged"
echo more >>"$TEST_TMP/merged/srv/sums"
rm "$TEST_TMP/merged/srv/many/file-1"
container_start --hostname "over$$" --rootdir "$TEST_TMP/merged" --bare --no-proc
compare "overlay raw" links=raw "over$$" "$TEST_TMP/merged" "${raw[@]}"
compare "overlay" cache=always "over$$" "$TEST_TMP/merged" "${confined[0]}" "${confined[5]}" "${confined[7]}"
test_done
