#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the table of mounts says of an overlay is its mounter's claim: a user's namespace names folders of the
# host as upper and lower ones. Control: a reader that follows these names reads the host's files.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/diff.sh"

[ "$(id -u)" = 0 ] || test_skip "needs root"
USER_ID=54321
chmod 755 "$TEST_TMP"
HOST=$TEST_TMP/host USERS=$TEST_TMP/users ROOTS=$TEST_TMP/roots
mkdir -p "$HOST"/{u,l} "$USERS"/{u,w,l,l2,m}
echo 'host-sentinel' >"$HOST/u/secret"
echo 'host-sentinel' >"$HOST/l/f"
chmod 700 "$HOST/u" "$HOST/l"
/bin/busybox true || test_skip "busybox is missing"
for dir in "$USERS/l" "$ROOTS"; do
	mkdir -p "$dir/bin"
	cp /bin/busybox "$dir/bin/"
	echo 'of the user' >"$dir/f"
done
chown -R "$USER_ID:$USER_ID" "$USERS"

# box NAME SCRIPT: a container of the user's whose "/" is what SCRIPT mounts at $USERS/m. Sets $CT_PID.
box() {
	local fd

	exec {fd}< <(exec env -i PATH="$PATH" HOST="$HOST" USERS="$USERS" ROOTS="$ROOTS" \
		"${AS[@]}" unshare "${NEW[@]}" bash -ec "$2
		cd \$USERS/m
		pivot_root . .
		/bin/busybox umount -l .
		exec /bin/busybox sh -c 'cd /; echo \"one more\" >>/f; /bin/busybox rm -f /roots; echo ready
			exec /bin/busybox sleep 1000000 >&-'" 2>"$TEST_TMP/$1.err")
	CT_PID=$!
	if ! read -r -t 60 _ <&"$fd"; then
		echo "FAILED: no container $1"
		cat "$TEST_TMP/$1.err"
		exit 1
	fi
	on_exit kill "$CT_PID"
	exec {fd}<&-
}

unknown() { # NAME REASON
	"$nsdiff" --content "$CT_PID" >"$TEST_TMP/out" 2>"$TEST_TMP/err"
	check_eq "$1: exits" $? 1
	check "$1: says why: $(cat "$TEST_TMP/err")" grep -q "unknown: .*$2" "$TEST_TMP/err"
	check_not "$1: nothing of the host is shown" grep -q host-sentinel "$TEST_TMP/out"
	check_eq "$1: in JSON" "$("$nsdiff" -J "$CT_PID" 2>/dev/null | jq -r .about.state)" unknown
}

# The control: the folders by the names that the mount has.
named() {
	local point

	point=$(sed -n "s/.* - overlay .*$1=\\([^:,]*\\).*/\\1/p" "/proc/$CT_PID/mountinfo" | head -n 1)
	grep -rq host-sentinel "$point"
}

AS=(setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups)
NEW=(-Urm)
MOUNT='mount -t overlay overlay -o userxattr,'

box upper 'mount -t tmpfs none $HOST; mkdir $HOST/u $HOST/w
	'"$MOUNT"'lowerdir=$USERS/l,upperdir=$HOST/u,workdir=$HOST/w $USERS/m'
check "control: the named upper folder is the host's" named upperdir
unknown "a user's upper folder" "not believed"

box lower 'mount -t tmpfs none $HOST; mkdir -p $HOST/l/bin; cp /bin/busybox $HOST/l/bin; echo mine >$HOST/l/f
	'"$MOUNT"'lowerdir=$HOST/l,upperdir=$USERS/u,workdir=$USERS/w $USERS/m'
check "control: the named lower folder is the host's" named lowerdir
unknown "a user's lower folder" "image is not believed"

# The user's own folder, which is another one in the namespace.
box other 'mount -t tmpfs none $USERS/l2; mkdir $USERS/l2/bin; cp /bin/busybox $USERS/l2/bin
	'"$MOUNT"'lowerdir=$USERS/l2,upperdir=$USERS/u,workdir=$USERS/w $USERS/m'
unknown "an empty folder in a layer's place" 'shows what the folders'

# Root's own namespace, as a privileged container has: the folders are root's, and others.
AS=(env) NEW=(-m)
box root 'mount -t tmpfs none $HOST; mkdir $HOST/u $HOST/w
	mount -t overlay overlay -o lowerdir=$ROOTS,upperdir=$HOST/u,workdir=$HOST/w $USERS/m'
check "control: root follows, too" named upperdir
unknown "root's upper folder is another one" "not the one that is mounted"

# A link on the way.
AS=(setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups) NEW=(-Urm)
mkdir "$USERS/far"
ln -s "$HOST" "$USERS/link"
chown -h "$USER_ID:$USER_ID" "$USERS"/{far,link}
box link 'rm $USERS/link; mkdir -p $USERS/link/u $USERS/link/w
	'"$MOUNT"'lowerdir=$USERS/l,upperdir=$USERS/link/u,workdir=$USERS/link/w $USERS/m'
rm -rf "$USERS/link"
ln -s "$HOST" "$USERS/link"
check "control: the link is followed" named upperdir
unknown "a link on the way" "there is a link"
rm "$USERS/link"

# What is true is believed; but what root left in the user's folders is root's.
rm -rf "$USERS"/{u,w}
install -d -o "$USER_ID" -g "$USER_ID" "$USERS"/{u,w}
echo 'host-sentinel' >"$USERS/l/roots"
chmod 600 "$USERS/l/roots"
box true "$MOUNT"'lowerdir=$USERS/l,upperdir=$USERS/u,workdir=$USERS/w $USERS/m'
"$nsdiff" --content "$CT_PID" >"$TEST_TMP/out" 2>"$TEST_TMP/err"
check_eq "the user's own: exits" $? 1
check "what changed is known" grep -qx '+one more' "$TEST_TMP/out"
check "root's file is not" grep -q "/roots: its owner is none" "$TEST_TMP/err"
check_not "nor read" grep -q host-sentinel "$TEST_TMP/out"
check "control: its name leads to it" grep -q host-sentinel "$USERS/l/roots"
test_done
