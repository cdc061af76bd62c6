#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Once files of a container are asked for one by one, its listings bring along attributes, and whether a file
# has an ACL: then ls -l and find open no file. Names alone cost no more than names. An ACL that was changed
# after a listing is seen, and grants and denies.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "runs commands as another user"
for tool in strace setfacl getfacl setpriv; do
	command -v "$tool" >/dev/null || test_skip "$tool is not installed"
done
work=$TEST_TMP/work
mkdir -p "$work"/{names,long,found,later}
chmod 755 "$TEST_TMP"
for folder in names long found later; do
	(cd "$work/$folder" && touch {1..2000})
done
for folder in long later; do
	setfacl -m u:1234:r "$work/$folder"/{7,1500}
done
container_start --hostname "ahead$$" --volume "$work:/w"
view_start -o allow_other
chmod 755 "$VIEW" 2>/dev/null
seen=$VIEW/ahead$$/w
# A young container's root is looked at again and again.
check "the container is there" wait_for "the container" test -d "$seen"

traced() {
	grep -q 'TracerPid:	[1-9]' "/proc/$VIEW_PID/status"
}

# calls_of COMMAND...: how many files nsviewd opens, looks at, and asks for an ACL, for that.
calls_of() {
	local tracer

	strace -f -qq -e trace=openat2,statx,getxattr,lgetxattr -o "$TEST_TMP/trace" -p "$VIEW_PID" &
	tracer=$!
	wait_for "strace is there" traced
	timeout -k 5 120 "$@" >/dev/null
	kill "$tracer"
	wait "$tracer"
	opens=$(grep -c ' openat2(' "$TEST_TMP/trace")
	looks=$(grep -c ' statx(.*"[0-9]*", ' "$TEST_TMP/trace")
	acls=$(grep -c 'getxattr(.*posix_acl_access' "$TEST_TMP/trace")
}
# Fewer than one for each of three files.
is_few() {
	[ "$1" -lt 700 ] || echo "($1)"
}

calls_of ls -U "$seen/names"
check_eq "a listing of names looks at few files" "$(is_few "$looks")" ""
check_eq "and asks for no ACL" "$acls" 0
# News of a new container make the daemon forget what was brought along: so that may take another try.
ls_opens_few() {
	echo 2 >/proc/sys/vm/drop_caches
	calls_of ls -l "$seen/long"
	[ "$opens" -lt 700 ] && [ "$acls" -ge 1500 ]
}
check "ls -l opens few files" wait_for "few files opened" ls_opens_few
check_eq "ACLs are told by +" "$(quick ls -l "$seen/long" | grep -c '^[-rwx]*+')" 2
calls_of find "$seen/found" -type f -printf %s
check_eq "find opens few files" "$(is_few "$opens")" ""
check "control: it looks at each" test "$looks" -ge 2000

# What was brought along, and the kernel has not asked for.
reads() { # FOLDER NAME: whether user 1234 can
	quick setpriv --reuid 1234 --regid 1234 --clear-groups head -c 1 "$1/$2" >/dev/null 2>&1 &&
		echo yes || echo no
}
chmod 600 "$work/later"/{8,1501}
calls_of find "$seen/later" -type f -printf %s
check "control: ACLs are brought along" test "$acls" -ge 1800
setfacl -m u:1234:r "$work/later/8" && setfacl -m u:1234:r "$work/later/1501"
setfacl -b "$work/later/7" && setfacl -b "$work/later/1500" && chmod 600 "$work/later"/{7,1500}
alike() {
	local name

	for name in 7 8 1500 1501; do
		[ "$(quick getfacl -cp "$seen/later/$name")" = "$(getfacl -cp "$work/later/$name")" ] &&
			[ "$(reads "$seen/later" "$name")" = "$(reads "$work/later" "$name")" ] || return
	done
}
check_eq "control: natively" "$(for n in 7 8 1500 1501; do reads "$work/later" $n; done | tr '\n' ' ')" "no yes no yes "
check "changed ACLs are seen" wait_for "the new ACLs" alike
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
