#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# moved.sh auto|always - the container renames a folder in which somebody is: natively a shell there goes on, and
# so it does in the view, where links lead to what they lead to inside of the container, and never out of it,
# however deep the folder lies by now.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

cache=${1:?}
host=mv$$
other=mv$$-other
echo "the host's secret" >"$TEST_TMP/secret"
container_start --hostname "$other" --setup 'echo "a secret of another" >/secret'
container_start --hostname "$host" --setup 'mkdir -p /a/b/c/d /deep/er/still /top; echo one >/a/b/c/file; echo two >/a/b/c/d/file
	echo of-root >/file; echo of-a >/a/file; echo of-deep >/deep/file; echo of-still >/deep/er/still/file'
view_start -o "cache=$cache"
ct=$VIEW/$host
root=/proc/$CT_PID/root

sits_in() {
	(cd "$1" && exec sleep 1000) &
	sitter=$!
	on_exit eval "kill $sitter 2>/dev/null || :"
	wait_for "it sits" test "/proc/$sitter/cwd" -ef "$1"
	in=/proc/$sitter/cwd
}

inside() {
	nsenter -t "$CT_PID" -m -- /bin/busybox sh -euc "$1"
}

# What a path from the folder says, in the view and natively: seen from the folder that the container sees.
same() { # PATH
	check_eq "$now: $1" "$(quick cat "$in/$1" 2>/dev/null)" "$(inside "cd $native && cat $1" 2>/dev/null)"
}

# In the same folder, deeper, higher, at the top, back again.
sits_in "$ct/a/b/c"
quick ls -lR "$ct" >/dev/null
native=/a/b/c
i=0
for to in /a/b/x /deep/er/still/y /z /top/c /a/b/c; do
	now="$native moved to $to"
	inside "mv $native $to"
	native=$to
	check_eq "$now: listed" "$(quick ls "$in/")" "$(ls "$root$to")"
	same file
	same d/file
	check_eq "$now: written" "$(inside "echo $to >$to/file" && wait_for "it" eval '[ "$(quick cat "$in/file")" = "$to" ]' && echo yes)" yes
	# New links, of all kinds, made where it lies now.
	i=$((i + 1))
	inside "cd $to; ln -s /file abs$i; ln -s ../file up$i; ln -s ../../file up2$i; ln -s d/file down$i; ln -s d/../file back$i
		ln -s ../../../../../../../..$TEST_TMP/secret host$i; ln -s /$other/secret other$i"
	for link in {abs,up,up2,down,back,host,other}"$i"; do
		same "$link"
	done
	check_eq "$now: no link leads out" "$(quick find -L "$in/" -type f -exec cat {} + 2>/dev/null | grep -c secret)" 0
done
# A walk whose top is renamed while it is under way: fts goes on by what it has open.
inside 'mkdir -p /walk/1 /walk/2 /walk/3; for i in 1 2 3; do echo $i >/walk/$i/f; done'
check_eq "a walk goes on" "$(quick python3 - "$ct/walk" "$root" <<'END'
import os, sys
view, root = sys.argv[1:]
top = os.open(view, os.O_RDONLY | os.O_DIRECTORY)
names = sorted(os.listdir(top))
os.rename(root + "/walk", root + "/walked")
found = []
for name in names:
    folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=top)
    for f in os.listdir(folder):
        found.append(open(os.open(f, os.O_RDONLY, dir_fd=folder)).read().strip())
print(found)
END
)" "['1', '2', '3']"

# What takes the place of the folder is not taken for it.
sits_in "$ct/deep"
quick ls -l "$in/" >/dev/null
inside 'mv /deep /old; mkdir -p /deep/er; echo another >/deep/file'
check_eq "the folder itself" "$(quick cat "$in/file")" of-deep
check_eq "what has its name" "$(quick cat "$ct/deep/file")" another
inside 'rm -r /old'
check "removed, it is gone" wait_for "the end" eval '! quick ls "$in/" 2>/dev/null'
view_stop
check_eq "SIGTERM ends it well" $? 0

# The control: the texts as they are, and one ".." too many, as of a folder that was moved up.
view_start -o "cache=$cache,links=raw"
check "control: a text leads to the host" quick grep -q secret "$VIEW/$host/a/b/c/host$i"
check "control: above the root is another container" quick grep -q secret "$VIEW/$host/a/../../$other/secret"
view_stop
test_done
