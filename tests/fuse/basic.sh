#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The view shows a container's files as they are: names, attributes, contents, and links that stay inside.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

host=fb$$
secret=$TEST_TMP/secret
echo "the host's secret" >"$secret"
work=$TEST_TMP/work
mkdir -p "$work/tree/sub/deeper" "$work/many"
(
	cd "$work" || exit
	echo hello >tree/file
	ln tree/file tree/sub/hard
	head -c 3000000 /dev/urandom >tree/large
	truncate -s 40M tree/sparse
	printf 'in the middle' | dd of=tree/sparse bs=1M seek=20 conv=notrunc status=none
	: >tree/empty
	chmod 4751 tree/empty
	chown 1234:4321 tree/empty
	mkfifo tree/fifo
	mknod tree/null c 1 3
	touch -d '2001-02-03 04:05:06.123456789' tree/file
	mkdir tree/sticky
	chmod 1777 tree/sticky
	echo 'old' >"$(printf 'tree/odd\n\033\377name')"
	setfattr -n user.colour -v blue tree/file
	setfacl -m u:1234:r tree/large
	for i in $(seq 2000); do echo "$i" >"many/file-$i"; done
	ln -s file tree/relative
	ln -s ../file tree/sub/up
	ln -s /w/tree/file tree/sub/absolute
	ln -s /w/tree/../tree/file tree/sub/inner
	ln -s "$secret" tree/sub/host
	ln -s "../../../../../../../../../..$secret" tree/sub/host-up
	ln -s "sub/../../../../../../../../../..$secret" tree/host-inner
	ln -s /nowhere tree/dangling
	ln -s loop tree/loop
)
container_start --hostname "$host" --volume "$work:/w" --setup 'for m in /m1 /m2; do
	mkdir $m; mount -t tmpfs none $m; echo $m >$m/f; done'
view_start
ct=$VIEW/$host
root=/proc/$CT_PID/root

# The top.
check "the container is there" quick test -d "$ct"
check_eq "once" "$(quick ls "$VIEW" | grep -c "^$host\$")" 1
check_eq "by its PID" "$(quick readlink "$VIEW/.by-pid/$CT_PID")" "../$host"
check "listed by its PID" eval 'quick ls "$VIEW/.by-pid" | grep -qx "$CT_PID"'
check_eq "the hidden folders" "$(quick ls -A "$VIEW" | grep '^\.' | tr '\n' ' ')" ".by-id .by-name .by-pid "
check_not "nothing else" quick test -e "$VIEW/nothing-$$"
check_eq "mounted as it should" "$(awk -v v="$VIEW" '$5 == v { print $6 }' /proc/self/mountinfo)" \
	ro,nosuid,nodev,noexec,relatime

# Attributes.
check_eq "attributes" "$(stat_list "$ct/w" ! -type l)" "$(stat_list "$work" ! -type l)"
births() {
	(cd "$1" && quick find . -exec stat -c '%n %W %w' {} + | sort)
}
# The kernel asks for them from Linux 6.6 on.
case $(uname -r) in [1-5].* | 6.[0-5].*) ;; *)
	check_eq "birth times, of links too" "$(births "$ct/w")" "$(births "$work")"
	check_eq "of an open file" "$(quick stat -c %w - <"$ct/w/tree/large")" "$(stat -c %w "$work/tree/large")"
	check_eq "the view's own folders have none" "$(quick stat -c %W "$VIEW")" 0
	;;
esac
check_eq "attributes of a walk with names only" "$(cd "$ct/w" && quick find . | sort | sha256sum)" \
	"$(cd "$work" && find . | sort | sha256sum)"
check_eq "device numbers" "$(quick stat -c %t:%T "$ct/w/tree/null")" 1:3
check_eq "hard links are one file" "$(quick stat -c %i "$ct/w/tree/file")" \
	"$(quick stat -c %i "$ct/w/tree/sub/hard")"
check_eq "control: two files of different devices have one inode number" "$(stat -c %i "$root/m1/f")" "$(stat -c %i "$root/m2/f")"
check_not "here, where there is one device, they have not" quick test "$ct/m1/f" -ef "$ct/m2/f"
check_eq "inode numbers in a listing" "$(quick ls -iU "$ct/w/many" | awk '{ print $1, $2 }' | sort)" \
	"$(cd "$ct/w/many" && quick stat -c '%i %n' ./* | sed 's,\./,,' | sort)"
check_eq "an extended attribute" "$(quick getfattr -n user.colour --only-values "$ct/w/tree/file")" blue
check_eq "an ACL" "$(quick getfacl -c "$ct/w/tree/large")" "$(getfacl -c "$work/tree/large")"
# What the kernel keeps of a listing is believed again, with the attributes of each file asked for in between.
mkdir "$work/fresh" && touch "$work/fresh/"{1..300}
quick ls -l "$ct/w/fresh" >/dev/null
traced() {
	grep -q 'TracerPid:	[1-9]' "/proc/$VIEW_PID/status"
}
not_read_again() {
	local tracer n

	strace -qq -f -e trace=getdents64 -o "$TEST_TMP/trace" -p "$VIEW_PID" &
	tracer=$!
	wait_for "strace is there" traced
	quick ls -l "$ct/w/fresh" >/dev/null
	kill "$tracer"
	wait "$tracer"
	n=$(grep -c getdents64 "$TEST_TMP/trace")
	[ "$n" = 0 ]
}
check "ls -l again reads no folder anew" wait_for "no listing" not_read_again
rm -r "$work/fresh"
if [ ! -e /sys/fs/selinux/enforce ]; then
	label() {
		quick getfattr --absolute-names -n security.selinux --only-values "$ct/w/tree/$1" 2>&1 | sed 's/.*: //'
	}
	check_eq "no file has a label" "$(label file)" "Operation not supported"
	check_eq "ls -l asks once, not for each file" \
		"$(strace -f -e trace=lgetxattr ls -l "$ct/w/many" 2>&1 >/dev/null | grep -c security.selinux)" 1
	setfattr -n security.selinux -v a_label "$work/tree/large"
	check_eq "a label is shown" "$(label large)" a_label
	check_eq "from then on each file is answered for itself" "$(label file)" "No such attribute"
	setfattr -x security.selinux "$work/tree/large"
fi
check_eq "the file system's size" "$(quick stat -f -c '%b %S' "$ct/w")" "$(stat -f -c '%b %S' "$work")"

# Bytes.
check "contents" quick diff -r --no-dereference --exclude=fifo --exclude=null "$work/many" "$ct/w/many"
for f in file large sparse empty sub/hard; do
	check "contents of $f" quick cmp "$ct/w/tree/$f" "$work/tree/$f"
done
check_eq "grep -r" "$(quick grep -rl '^77$' "$ct/w/many")" "$ct/w/many/file-77"
check "holes stay holes" quick python3 - "$ct/w/tree/sparse" <<'END'
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
assert os.lseek(fd, 0, os.SEEK_DATA) == 20 << 20
assert os.lseek(fd, 20 << 20, os.SEEK_HOLE) < 21 << 20
os.lseek(fd, 0, os.SEEK_SET)
END
check "mapped" quick python3 - "$ct/w/tree/large" "$work/tree/large" <<'END'
import mmap, sys
a, b = (open(p, 'rb') for p in sys.argv[1:])
assert mmap.mmap(a.fileno(), 0, prot=mmap.PROT_READ)[:] == b.read()
END
check "cp out, sparse as it was" eval 'quick cp --sparse=auto "$ct/w/tree/sparse" "$TEST_TMP/sparse" &&
	[ "$(stat -c %b "$TEST_TMP/sparse")" -lt 1000 ]'
touch -a -d 2001-02-03 "$work/tree/file"
quick cat "$ct/w/tree/sub/hard" >/dev/null
check_eq "the access time stays" "$(stat -c %X "$work/tree/file")" "$(date -d 2001-02-03 +%s)"

# Nothing is written, not by root either.
for command in "touch $ct/w/new" "rm $ct/w/tree/file" "mkdir $ct/w/d" "chmod 777 $ct/w/tree/file" \
	"ln -s x $ct/w/l" "mv $ct/w/tree/file $ct/w/f" "truncate -s 0 $ct/w/tree/file" \
	"setfattr -n user.a -v b $ct/w/tree/file" "mkdir $VIEW/d" "rmdir $ct"; do
	check "$command: read-only" eval "quick $command 2>&1 | grep -q 'Read-only file system'"
done

# Links.
for link in relative sub/up sub/absolute sub/inner; do
	check_eq "$link leads to the file" "$(quick cat "$ct/w/tree/$link")" hello
done
check_eq "a relative text is as it was" "$(quick readlink "$ct/w/tree/sub/up")" ../file
check_eq "an absolute one stays inside" "$(quick readlink "$ct/w/tree/sub/absolute")" ../../../w/tree/file
check "a link to the host's file leads there by the naive way" grep -q secret "$root/w/tree/sub/host"
check_eq "the size of a link is its text's" \
	"$(quick find "$ct/w" -type l -printf '%s %l\n' | awk '$1 != length($2)')" ''
for link in sub/host sub/host-up host-inner; do
	check_not "$link does not lead to the host" quick grep -q secret "$ct/w/tree/$link"
	check_eq "$link says nothing of the host" "$(quick realpath -m "$ct/w/tree/$link" | grep -cvF "$ct/")" 0
done
check_not "a loop ends" quick cat "$ct/w/tree/loop"
check_eq "nothing is followed out by find -L" \
	"$(quick find -L "$ct/w" -type f -exec cat {} + 2>/dev/null | grep -c secret)" 0

# What is not shown.
check_eq "proc is an empty folder" "$(quick ls -A "$ct/proc")" ''
check "though it is not" test -n "$(ls -A "$root/proc")"
check "grep -r ends" eval 'quick grep -rs no-such-text-$$ "$ct" --devices=skip; [ $? = 1 ]'

# Faithful copies.
view_stop
check_eq "SIGTERM ends it well" $? 0
check_not "and unmounts" view_is_there
view_start -o links=raw
ct=$VIEW/$host
tar_of() {
	(cd "$1" && quick tar --sort=name --pax-option=delete=atime --acls --xattrs -cf - tree/sub \
		tree/file tree/large many >"$2")
}
tar_of "$ct/w" "$TEST_TMP/theirs.tar"
tar_of "$work" "$TEST_TMP/ours.tar"
check "tar of it" cmp "$TEST_TMP/theirs.tar" "$TEST_TMP/ours.tar"

# The same with other options.
view_stop
check_eq "SIGTERM ends it well" $? 0
check_not "and unmounts" view_is_there
view_start -o links=raw,pseudo,cache=never,exclude=many,exclude=/w/tree/l\*
ct=$VIEW/$host
# The control of the above: the host's kernel follows them all out.
for link in sub/host sub/host-up host-inner; do
	check "links=raw: $link leads to the host" quick grep -q secret "$ct/w/tree/$link"
done
check_eq "links=raw gives the text" "$(quick readlink "$ct/w/tree/sub/host")" "$secret"
check "pseudo shows proc" quick grep -q '^Name:' "$ct/proc/1/status"
check_eq "proc's own link is the container's" "$(quick readlink "$ct/proc/self")" 1
check_eq "exclude by name" "$(quick ls "$ct/w")" tree
check_not "and by lookup" quick test -e "$ct/w/many"
check_eq "an open folder that is read from its start again is as it is now" "$(quick python3 -c 'import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
before = set(os.listdir(fd))
open(sys.argv[2], "w").close()
print(sorted(set(os.listdir(fd)) - before))' "$ct/w/tree" "$work/tree/new-file")" "['new-file']"
check_eq "exclude by path" "$(quick ls "$ct/w/tree" | grep -c '^l')" 0
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
