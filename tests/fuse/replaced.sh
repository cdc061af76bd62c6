#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A reader is in a folder of the view, and the container puts something else in the folder's place:
# another folder, a mount, a link. The reader is not led there: it stays in the old folder, if
# that was renamed and inotify reports it, or the old folder is stale. Control: a new
# walk along the same path finds the new one.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

container_start --hostname "fx$$" --setup 'mkdir /a'
inside() {
	nsenter -t "$CT_PID" -m -r /bin/busybox sh -euc "$1"
}
asked() { # a name that was not asked for before
	quick cat "$1/$2" 2>&1 | sed 's/^cat: .*: //'
}
for cache in auto never; do
	view_start -o "cache=$cache"
	top=$VIEW/fx$$/a
	for what in 'mv d gone; mv other d' '/bin/busybox mount --bind other d' 'mv d gone; ln -s other d' 'mv d gone; mkdir d; /bin/busybox mount -t tmpfs none d; /bin/busybox cp other/* d/'; do
		inside 'cd /a; mkdir d other; echo old >d/f; for i in f g h; do echo "other $i" >other/$i; done'
		check "a reader gets there" wait_for "it" eval '[ "$(asked "$top/d" f)" = old ]'
		exec {folder}<"$top/d"
		inside "cd /a; $what"
		wanted="Stale file handle"
		if [ "$cache" = auto ] && [[ $what == mv* ]]; then
			wanted="No such file or directory"
			check_eq "$cache: $what: the reader's is the old one" "$(quick cat "/proc/self/fd/$folder/f")" old
		fi
		check_eq "$cache: $what: the reader isn't led there" "$(asked "/proc/self/fd/$folder" g)" "$wanted"
		check "$cache: control: the path is what is there now" wait_for "it" eval '[ "$(asked "$top/d" h)" = "other h" ]'
		check_eq "$cache: $what: it stays so" "$(asked "/proc/self/fd/$folder" h)" "$wanted"
		exec {folder}<&-
		inside 'cd /a; /bin/busybox umount d 2>/dev/null || :; /bin/busybox rm -rf d gone other'
	done
	view_stop
	check_eq "SIGTERM ends it well" $? 0
done
test_done
