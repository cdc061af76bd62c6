#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An ACL grants and denies in the view what it does natively, also after ls -l had the kernel keep the answers.
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
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
