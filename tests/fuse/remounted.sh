#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A container replaces a mount: everything that the kernel has cached of the old one is invalidated. A new
# tmpfs gets the device number of the old one, and its files get the old inode numbers, so that only the
# mount distinguishes them. Control: while the daemon is stopped, the kernel answers with the old files.
#
# remounted.sh CACHE
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

cache=$1
host=fr$$
container_start --hostname "$host" --setup 'mkdir -p /d/deep /one/in /two/in
	for i in one two; do echo "it is $i" >/$i/f; echo "in $i" >/$i/in/f; mkdir /$i/folder-$i; touch /$i/name-$i; done'
root=/proc/$CT_PID/root
inside() {
	nsenter -t "$CT_PID" -m -r /bin/busybox sh -euc "$1"
}
# Of one size each time.
fill='echo "round $i" >f; echo "deep $i" >in/f; touch name-$i in/name-$i; mkdir folder-$i'
mount_tmpfs() { # PLACE ROUND
	inside "i=$2; /bin/busybox umount /d/$1 2>/dev/null || :; /bin/busybox mount -t tmpfs none /d/$1; cd /d/$1
		mkdir in; $fill"
}
sees() { # FOLDER; its numbers are not the same in the view
	(cd "$1" && quick cat f in/f && quick stat -c '%n %s %y' f in/f name-* && quick ls -A . in) 2>&1
}
as_inside() {
	[ "$(sees "$VIEW/$host/d/deep")" = "$(sees "$root/d/deep")" ]
}

# As long as is allowed: nothing is seen because a time is over.
view_start -o "cache=$cache,entry_timeout=3600,attr_timeout=3600"
mount_tmpfs deep 100
check "what is mounted is seen" wait_for "it" as_inside

# From a folder that is the current one: the way to it is believed for a second only.
kernel_has() { # NAME...: without asking
	local status

	cd "$VIEW/$host/d/deep/.." || return
	quick ls -l deep deep/in >/dev/null
	kill -STOP "$VIEW_PID"
	timeout 1 stat -c %n "$@"
	status=$?
	kill -CONT "$VIEW_PID"
	return $status
}
kept() {
	cd "$VIEW/$host/d" || return
	kill -STOP "$VIEW_PID"
	mount_tmpfs deep 101
	timeout 10 stat -c %n deep/name-100 deep/folder-100
	kill -CONT "$VIEW_PID"
}
wait_for "the kernel has it" eval '(kernel_has deep/name-100 deep/folder-100)'
check_eq "control: what the kernel keeps" "$(kept)" "deep/name-100
deep/folder-100"

# Asked for first: what the daemon is asked for, and finds to be another, is looked up anew.
is_gone() { # NAME...
	local name

	for name; do
		! quick test -e "$VIEW/$host/d/deep/$name" || return
	done
}
same=0
for ((round = 101; round < 150 && same < 5; round++)); do
	check "what was there before is not" wait_for "its end" is_gone "folder-$((round - 1))" "name-$((round - 1))" || break
	check "round $round is seen" wait_for "its files" as_inside || break
	quick ls -l "$VIEW/$host/d/deep" "$VIEW/$host/d/deep/in" >/dev/null
	before=$(stat -c '%d %i' "$root/d/deep" "$root/d/deep/in/f")
	mount_tmpfs deep "$((round + 1))"
	[ "$(stat -c '%d %i' "$root/d/deep" "$root/d/deep/in/f")" != "$before" ] || same=$((same + 1))
done
check_eq "mounts that had the numbers of those before" "$same" 5
check "the last one is seen" wait_for "its files" as_inside

# Folders that are bound there and unbound, over nothing else: what lies below a mount that is as it was is
# looked up anew anyway.
inside '/bin/busybox umount /d/deep; cd /d/deep; mkdir in folder-below; echo below >f; echo below >in/f; touch name-below'
check "what is below is seen" wait_for "it" as_inside
for bound in one two one two; do
	quick ls -l "$VIEW/$host/d/deep" "$VIEW/$host/d/deep/in" >/dev/null
	inside "/bin/busybox mount --bind /$bound /d/deep"
	check "what is below /$bound is not seen" wait_for "its end" is_gone folder-below name-below || break
	check "/$bound is" wait_for "it" as_inside
	check_eq "and is that" "$(quick cat "$VIEW/$host/d/deep/f")" "it is $bound"
	quick ls -l "$VIEW/$host/d/deep" "$VIEW/$host/d/deep/in" >/dev/null
	inside '/bin/busybox umount /d/deep'
	check "/$bound is not seen any more" wait_for "its end" is_gone "folder-$bound" "name-$bound" || break
	check "what is below is" wait_for "it" as_inside
done
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
