#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Once a reader asks for files of a listing one by one, its next listings bring along attributes, and whether a
# file has an ACL: then ls -l and find open few files. Names alone cost no more than names, whatever others
# asked for. An ACL that was changed after a listing is seen, and grants and denies.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "runs commands as another user"
for tool in strace setfacl getfacl setpriv python3; do
	command -v "$tool" >/dev/null || test_skip "$tool is not installed"
done
work=$TEST_TMP/work
mkdir -p "$work"/{names,more,long,first,found,asked,later}
chmod 755 "$TEST_TMP"
for folder in names more long first found asked later; do
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
	"$@" >/dev/null
	kill "$tracer"
	wait "$tracer"
	opens=$(grep -c ' openat2(' "$TEST_TMP/trace")
	looks=$(grep -c ' statx(.*"[0-9]*", ' "$TEST_TMP/trace")
	acls=$(grep -c 'getxattr(.*posix_acl_access' "$TEST_TMP/trace")
}
slow() {
	timeout -k 5 120 "$@"
}
# Fewer than one for each of three files.
is_few() {
	[ "$1" -lt 700 ] || echo "($1)"
}

calls_of slow ls -U "$seen/names"
check_eq "a listing of names looks at few files" "$(is_few "$looks")" ""
check_eq "and asks for no ACL" "$acls" 0
# What happens in the folder makes the daemon forget what was brought along: so that may take another try.
ls_opens_few() {
	echo 2 >/proc/sys/vm/drop_caches
	calls_of slow ls -l "$seen/long"
	[ "$opens" -lt 700 ] && [ "$acls" -ge 1500 ]
}
check "ls -l opens few files" wait_for "few files opened" ls_opens_few
check_eq "ACLs are told by +" "$(quick ls -l "$seen/long" | grep -c '^[-rwx]*+')" 2
calls_of slow ls -U "$seen/more"
check_eq "names cost no more after that" "$(is_few "$looks")" ""
# In the first folder find asks for each behind the first: all names are read before.
calls_of slow find "$seen/first" "$seen/found" -type f -printf %s
check "find opens no file of the second folder" test "$opens" -lt 2700
check "control: it looks at each" test "$looks" -ge 4000

# Has ACLs brought along that the kernel hasn't asked for, and holds some of the files, so that the kernel does not
# forget them.
cat >"$TEST_TMP/ask" <<'END'
import os, sys, time
asked, later, held = sys.argv[1:4]
for name in os.listdir(asked):
    try:
        os.getxattr(f"{asked}/{name}", "system.posix_acl_access")
    except OSError:
        pass
os.listdir(later)
for name in sys.argv[4:]:
    os.open(f"{later}/{name}", os.O_PATH)
open(held, "w")
time.sleep(100000)
END
let_go() { # PID
	kill "$1" 2>/dev/null && wait "$1" 2>/dev/null
	return 0
}
hold() { # NAME...
	python3 "$TEST_TMP/ask" "$seen/asked" "$seen/later" "$TEST_TMP/held.$1" "$@" &
	holder=$!
	on_exit let_go "$holder"
	wait_for "what was brought along" test -e "$TEST_TMP/held.$1"
}
reads() { # FOLDER NAME: whether user 1234 can
	quick setpriv --reuid 1234 --regid 1234 --clear-groups head -c 1 "$1/$2" >/dev/null 2>&1 &&
		echo yes || echo no
}
answers() { # FOLDER
	local name

	for name in 7 8 1500 1501; do
		echo "$name $(reads "$1" $name)" "$(quick getfacl -cp "$1/$name")"
	done
}
alike() {
	[ "$(answers "$seen/later")" = "$(answers "$work/later")" ]
}
chmod 600 "$work/later"/{8,1501}
calls_of hold 7 8 1500 1501
check "control: ACLs are brought along" test "$acls" -ge 3500
check_eq "control: natively" "$(for n in 7 8 1500 1501; do reads "$work/later" $n; done | tr '\n' ' ')" "yes no yes no "
check "ACLs that were brought along are the files'" alike
setfacl -m u:1234:r "$work/later/8" && setfacl -m u:1234:r "$work/later/1501"
setfacl -b "$work/later/7" && setfacl -b "$work/later/1500" && chmod 600 "$work/later"/{7,1500}
check_eq "control: changed natively" "$(for n in 7 8 1500 1501; do reads "$work/later" $n; done | tr '\n' ' ')" "no yes no yes "
check "changed ACLs are seen" wait_for "the new ACLs" alike || test_done

# Once more, where nothing but the change tells: nobody has looked at the files in between.
let_go "$holder"
echo 2 >/proc/sys/vm/drop_caches
hold 9 99 999 1999
setfacl -m u:1234:r "$work/later"/{9,99,999,1999}
tells() { # NAME
	quick getfacl -cp "$seen/later/$1" | grep -q '^user:1234:r'
}
for name in 9 99 999 1999; do
	check "an ACL that came is told: $name" wait_for "the ACL of $name" tells $name || break
done
let_go "$holder"
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
