#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With mounts=root the view ends at a container's own file system, as find -xdev, tar --one-file-system, rsync -x
# and du -x do natively. Without it they cross, for the view is one file system: the control.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

host=om$$
mkdir "$TEST_TMP/volume"
echo data >"$TEST_TMP/volume/row"
container_start --hostname "$host" --volume "$TEST_TMP/volume:/var/lib/db" --setup '
	mkdir -p /m /run; mount -t tmpfs none /m; mkdir /m/inner; echo m >/m/inner/f
	echo "nameserver 192.0.2.1" >/m/resolv.conf; : >/etc/resolv.conf; mount --bind /m/resolv.conf /etc/resolv.conf
	ln -s /var/lib/db/row /through
	mkdir /links; echo data >/file; ln -s /file /links/link'
root=/proc/$CT_PID/root

natively() { # COMMAND...: in the container's root, without what belongs to kernel file systems
	(cd "$root" && "$@" | grep -vE '^\./(proc|sys|dev)(/|$)' | sort)
}
seen() {
	(cd "$VIEW/$host" && quick "$@" | grep -vE '^\./(proc|sys|dev)(/|$)' | sort)
}
natively_tar() {
	tar -C "$root" --one-file-system -cf - . 2>/dev/null | tar -tf - | grep -vE '^\./(proc|sys|dev)(/|$)'
}
names='%p %y %s\n'
all_folders_end() {
	[ -z "$(quick ls -A "$VIEW/$host/var/lib/db")$(quick ls -A "$VIEW/$host/m")" ]
}

view_start
# As LINKS of the manual says: the whole folder at another place is fine, a part of it is not.
mkdir "$TEST_TMP/whole" "$TEST_TMP/part"
on_exit eval 'umount -l "$TEST_TMP/whole" "$TEST_TMP/part" 2>/dev/null || :'
mount --bind "$VIEW/$host" "$TEST_TMP/whole"
mount --bind "$VIEW/$host/links" "$TEST_TMP/part"
echo "of the host" >"$TEST_TMP/file"
check_eq "an absolute link in the whole" "$(quick cat "$TEST_TMP/whole/links/link")" data
check_eq "control: in a part it leaves the container" "$(quick cat "$TEST_TMP/part/link")" "of the host"
check_not "no program is executed" chroot "$TEST_TMP/whole" /bin/busybox true
umount -l "$TEST_TMP/whole" "$TEST_TMP/part"

check "control: find -xdev crosses" eval 'seen find . -xdev | grep -qx ./var/lib/db/row'
check "control: tar crosses" eval 'quick tar -C "$VIEW/$host" --one-file-system -cf - . | tar -tf - | grep -q var/lib/db/row'
# The manual's example of a backup.
example=$(sed -n 's/^tar -C \/mnt\/raw\/web1 \(.*\)++$/\1/p' "$NSVIEW_SOURCE/man/nsviewd.8.scd")
options=$(sed -n 's/^	nsviewd -o \(.*\) \/mnt\/raw++$/\1/p' "$NSVIEW_SOURCE/man/nsviewd.8.scd")
view_stop

view_start -o "$options"
cd "$TEST_TMP" || exit
eval "quick tar -C '$VIEW/$host' $example"
check_eq "the manual's backup has what tar has natively" \
	"$(tar -tf web1.tar | grep -vE '^\./(proc|sys|dev)(/|$)' | sort)" \
	"$(natively_tar | sort)"
view_stop

view_start -o mounts=root
check "folders end at mounts" all_folders_end
check_eq "a mounted file stays a file" "$(quick cat "$VIEW/$host/etc/resolv.conf")" "$(cat "$root/etc/resolv.conf")"
check_not "a link into a mount leads nowhere" quick cat "$VIEW/$host/through"
check_eq "find -xdev" "$(seen find . -xdev ! -type d ! -type l -printf "$names")" "$(natively find . -xdev ! -type d ! -type l -printf "$names")"
check_eq "folders too" "$(seen find . -xdev -type d)" "$(natively find . -xdev -type d)"
check_eq "du -x counts the same" "$(quick du -xs --apparent-size --exclude=./proc --exclude=./sys --exclude=./dev -B1 "$VIEW/$host/usr" | cut -f1)" \
	"$(du -xs --apparent-size -B1 "$root/usr" | cut -f1)"
mkdir "$TEST_TMP/synced" "$TEST_TMP/synced-natively"
quick rsync -ax --exclude=/proc --exclude=/sys --exclude=/dev "$VIEW/$host/" "$TEST_TMP/synced"
rsync -ax --exclude=/proc --exclude=/sys --exclude=/dev "$root/" "$TEST_TMP/synced-natively"
check_eq "rsync -x copies the same files" "$(cd "$TEST_TMP/synced" && find . -type f | sort)" \
	"$(cd "$TEST_TMP/synced-natively" && find . -type f | sort)"
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
