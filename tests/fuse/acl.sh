#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An ACL grants and denies in the view what it does natively, also after ls -l had the kernel keep the answers;
# modes, ACLs and labels that the container changes meanwhile are seen, on a volume and on its own root.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "runs commands as other users"
work=$TEST_TMP/work
mkdir "$work"
chmod 755 "$TEST_TMP"
for name in granted denied plain; do echo "$name" >"$work/$name"; done
chmod 600 "$work/granted" "$work/plain"
setfacl -m u:1234:r "$work/granted"
setfacl -m u:1234:--- "$work/denied"
container_start --hostname "acl$$" --volume "$work:/w"
view_start -o allow_other
chmod 755 "$VIEW" 2>/dev/null
seen=$VIEW/acl$$/w

reads() { # FOLDER: what user 1234 can read there
	local name

	for name in granted denied plain; do
		quick setpriv --reuid 1234 --regid 1234 --clear-groups cat "$1/$name" 2>/dev/null
	done
}
reads_alike() {
	[ "$(reads "$seen")" = "$(reads "$work")" ]
}

check_eq "control: natively" "$(reads "$work")" granted
check_eq "in the view" "$(reads "$seen")" granted
quick ls -l "$seen" >/dev/null
check_eq "after ls -l too" "$(reads "$seen")" granted
setfacl -x u:1234 "$work/granted" && setfacl -m u:1234:r "$work/plain" && setfacl -b "$work/denied"
check_eq "control: changed natively" "$(reads "$work" | tr '\n' ' ')" "denied plain "
check "the change is seen" wait_for "the new ACLs" reads_alike

# The same by the container's own mounts.
for place in w etc; do
	inside=/proc/$CT_PID/root/$place/told
	file=$VIEW/acl$$/$place/told
	echo told >"$inside"
	chmod 640 "$inside"
	mode() {
		[ "$(quick stat -c %a "$file")" = "$(stat -c %a "$inside")" ]
	}
	# By its folder: user 1234 may not enter /proc/PID/root.
	may() {
		(cd "$(dirname "$1")" &&
			quick setpriv --reuid 1234 --regid 1234 --clear-groups cat "$(basename "$1")" 2>/dev/null)
	}
	acl() {
		[ "$(quick getfacl -cp "$file")" = "$(getfacl -cp "$inside")" ] &&
			[ "$(may "$file")" = "$(may "$inside")" ]
	}
	# getfattr says nothing where there is no label.
	label_is() {
		[ "$(quick getfattr --only-values -n security.selinux "$file" 2>/dev/null)" = "$1" ]
	}
	asked() {
		quick ls -l "$(dirname "$file")" >/dev/null && quick getfacl -cp "$file" >/dev/null
	}
	check "/$place: the file is there" wait_for "$file" test -e "$file"
	check "/$place: answers are kept" asked
	check "/$place: control: the ACL" acl
	setfacl -m u:1234:r "$inside"
	check_eq "/$place: control: it grants inside" "$(may "$inside")" told
	check "/$place: setfacl is seen" wait_for "the ACL" acl
	check "/$place: answers are kept" asked
	setfacl -m u:1234:--- "$inside"
	check "/$place: setfacl that denies is seen" wait_for "the ACL" acl
	check "/$place: answers are kept" asked
	setfacl -b "$inside"
	check "/$place: setfacl -b is seen" wait_for "no ACL" acl
	check "/$place: answers are kept" asked
	chmod 604 "$inside"
	check_eq "/$place: control: chmod grants inside" "$(may "$inside")" told
	check "/$place: chmod is seen" wait_for "the mode" mode
	check "/$place: and grants" acl
	check "/$place: control: no label" label_is ""
	setfattr -n security.selinux -v u:r:one "$inside" || break
	check "/$place: a label that came is seen" wait_for "the label" label_is u:r:one
	check "/$place: answers are kept" asked
	setfattr -n security.selinux -v u:r:two "$inside"
	check "/$place: a changed label is seen" wait_for "the label" label_is u:r:two
	setfattr -x security.selinux "$inside"
	check "/$place: a removed label is seen" wait_for "no label" label_is ""
done

# An ACL that a second name of the file gives it, in a folder that the view has not looked at, denies, too: also
# to a reader who asks for fresh attributes meanwhile, so that nothing seems to have changed since.
by_group() { # COMMAND...
	quick setpriv --reuid 65534 --regid 65534 --clear-groups "$@" 2>/dev/null
}
is_denied() {
	! by_group cat "$1" >/dev/null
}
for last in stays goes; do
	inside=/proc/$CT_PID/root/etc/$last
	file=$VIEW/acl$$/etc/$last/seen/file
	mkdir -p "$inside"/{seen,unseen}
	touch "$inside"/seen/{file,1,2,3}
	chown 0:65534 "$inside"/seen/*
	chmod 660 "$inside"/seen/*
	check "the mode grants" wait_for "the file" by_group cat "$file"
	check "answers are kept" by_group ls -lR "$(dirname "$file")" >/dev/null
	ln "$inside/seen/file" "$inside/unseen/file"
	[ $last = stays ] && by_group stat --cached=never "$file" >/dev/null
	setfacl -m u:1:rw,g::---,m::rw "$inside/unseen/file"
	if [ $last = goes ]; then
		rm "$inside/unseen/file"
		by_group stat --cached=never "$file" >/dev/null
	fi
	check "the ACL denies, where the second name $last" wait_for "no access" is_denied "$file"
done
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
