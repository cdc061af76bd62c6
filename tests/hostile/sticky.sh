#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Links as DEST: the caller's own are followed, another user's in a sticky folder that all may write to
# are not, whatever fs.protected_symlinks says. Control: cp, where the sysctl is off.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

nscp=$NSVIEW_BIN/nscp
user=54321
container_start --setup 'echo new >/file'
from=$CT_PID:/file
cd "$TEST_TMP" || exit 1
mkdir sticky open root
chmod 1777 sticky && chmod 777 open
echo secret >root/file
cp root/file root/copy

# link OWNER TARGET NAME
link() {
	ln -sfn "$2" "$3" && chown -h "$1" "$3"
}
link $user ../root/file sticky/file
link $user ../root sticky/folder
link $user ../root/nothing sticky/nothing
link $user file sticky/chain
link 0 chain sticky/own-chain
link 0 ../root/copy sticky/own
link $user ../root/copy open/file

if [ "$(cat /proc/sys/fs/protected_symlinks)" = 0 ]; then
	check "control: cp follows it" cp /etc/hostname sticky/file
	check_eq "control: to root's file" "$(cat root/file)" "$(cat /etc/hostname)"
	echo secret >root/file
fi
for name in file folder folder/ nothing chain own-chain; do
	check_not "sticky/$name" "$nscp" "$from" sticky/$name
	check "sticky/$name says why" grep -q "another user's link in a sticky folder" \
		<("$nscp" "$from" sticky/$name 2>&1)
	check_not "a tree to sticky/$name" "$nscp" -r "$CT_PID:/etc" sticky/$name
	check_not "an archive to sticky/$name" "$nscp" - sticky/$name < <(tar c root/file)
done
check_eq "root's files are as they were" "$(cat root/*)" "secret"$'\n'"secret"
check_eq "there are no others" "$(ls root)" "copy"$'\n'"file"
check "an own link there is followed" "$nscp" "$from" sticky/own
check_eq "it stays a link" "$(readlink sticky/own) $(cat root/copy)" "../root/copy new"
echo secret >root/copy
check "another user's in another folder too" "$nscp" "$from" open/file
check_eq "it was the caller's choice" "$(cat root/copy)" new
# FIFOs: that user would read what is copied, or let it wait.
setpriv --reuid $user --regid $user --clear-groups mkfifo sticky/fifo open/fifo
mkfifo sticky/own-fifo
readers=()
for name in sticky/fifo sticky/own-fifo open/fifo; do
	cat $name >got-${name//\//-} &
	readers+=($!)
	on_exit eval "kill $! 2>/dev/null || :"
done
check_not "another user's FIFO" timeout 20 "$nscp" "$from" sticky/fifo
check "an own FIFO there" timeout 20 "$nscp" "$from" sticky/own-fifo
check "another user's in another folder" timeout 20 "$nscp" "$from" open/fifo
check "control: cp writes to it" timeout 20 cp /etc/hostname sticky/fifo
wait "${readers[@]}"
check_eq "that user has read what cp copied only" "$(cat got-sticky-fifo)" "$(cat /etc/hostname)"
check_eq "the others what nscp copied" "$(cat got-sticky-own-fifo got-open-fifo)" "new"$'\n'"new"
check "-f replaces it" "$nscp" -f "$from" sticky/fifo
check_eq "by a file" "$(stat -c %F sticky/fifo)" "regular file"

# Below DEST a link is replaced, never followed.
link $user ../root/file sticky/file
check "a link below DEST" "$nscp" "$from" sticky
check_eq "is replaced" "$(stat -c %F sticky/file) $(cat root/file)" "regular file secret"

# Chains, loops, and the ways to write a path.
ln -s loop loop && ln -s "$PWD/root/" abs && ln -s abs rel && ln -s no/such/place broken
check_not "a loop" "$nscp" "$from" loop
check "a link to a link to a folder" "$nscp" "$from" rel/
check "a folder by its dots" "$nscp" "$from" root/.
check "and up" "$nscp" "$from" sticky/../root/../root/again
check_eq "they arrive" "$(cat root/file root/again)" "new"$'\n'"new"
check_not "a link to nothing" "$nscp" "$from" broken
check_not "a file with a slash behind" "$nscp" "$from" root/file/
check_not "a folder that is not there" "$nscp" "$from" root/none/
test_done
