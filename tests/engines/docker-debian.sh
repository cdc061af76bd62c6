#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nscp -a of a whole Debian system, with everything a file system can hold added to it, compared
# byte for byte and in metadata: with the container itself by rsync, and with docker export.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"

for tool in rsync setfacl setfattr setcap perl; do
	command -v $tool >/dev/null || test_skip "$tool is not installed"
done

# In a subshell, by the host's tools, in the container's file system.
decorate() (
	set -e
	cd "$1"
	mkdir plain empty deep sticky acl-default names
	printf 'some bytes\n' >plain/file
	head -c 20000000 /dev/urandom >plain/large
	: >plain/nothing
	ln plain/file plain/second-name
	ln plain/file deep/third-name
	ln -s file plain/relative
	ln -s /etc/passwd plain/absolute
	ln -s nowhere plain/dangling
	chown -h 12345:54321 plain/dangling
	cp plain/file plain/owned && chown 12345:54321 plain/owned
	cp plain/file plain/secret && chmod 000 plain/secret
	cp plain/file plain/setuid && chmod 4755 plain/setuid
	cp plain/file plain/setgid && chmod 2755 plain/setgid
	chmod 1777 sticky
	chmod 2775 deep
	mkfifo plain/fifo
	mknod plain/char c 1 3
	mknod plain/block b 7 77
	perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "plain/socket", Listen => 1) or die'
	cp plain/file plain/capable && setcap cap_net_raw,cap_net_bind_service+ep plain/capable
	cp plain/file plain/acl && setfacl -m u:1000:rw,g:33:r plain/acl
	setfacl -m u:1000:rwx,d:u:1000:rwx,d:g:33:r acl-default
	cp plain/file plain/xattr
	setfattr -n user.short -v value plain/xattr
	setfattr -n user.long -v "$(head -c 3000 /dev/zero | tr '\0' x)" plain/xattr
	setfattr -n user.dir -v yes empty
	truncate -s 300M plain/sparse
	printf middle | dd of=plain/sparse bs=1M seek=100 conv=notrunc status=none
	truncate -s 50M plain/all-hole
	printf x >names/$'new\nline'
	printf x >names/$'bad\377utf8'
	printf x >names/-rf
	printf x >'names/ blank '
	printf x >names/$'escape\033[31m'
	printf x >names/'*'
	printf x >"names/$(head -c 255 /dev/zero | tr '\0' n)"
	mkdir -p "deep/$(head -c 1400 /dev/zero | sed 's/\x0\{140\}/dir-&\//g' | tr '\0' d)"
	touch -d '2001-02-03 04:05:06.123456789' plain/owned
	touch -d '1965-05-05 05:05:05' plain/secret
	touch -d '2100-01-01 00:00:00.5' plain/nothing
	touch -h -d '1999-12-31 23:59:59.999999999' plain/relative
	touch -d '2010-10-10 10:10:10.101010101' deep empty plain names
)

# What the engine mounts there, and the kernel's: not a part of the image.
NOT_THE_IMAGE=(--exclude=/proc --exclude=/sys --exclude=/dev --exclude=/etc/hosts
	--exclude=/etc/hostname --exclude=/etc/resolv.conf --exclude=/.dockerenv)

# Prints what rsync would change to make TO the same as FROM.
changes() {
	local from=$1 to=$2

	shift 2
	rsync -aHAX --numeric-ids --delete --checksum --modify-window=-1 --dry-run --itemize-changes \
		"${NOT_THE_IMAGE[@]}" "$@" "$from/" "$to/" 2>&1 | head -n 20
}

# docker export keeps whole seconds, capabilities but no other xattr, no ACL and no socket.
changes_from_export() {
	rsync -aH --numeric-ids --delete --checksum --dry-run --itemize-changes \
		"${NOT_THE_IMAGE[@]}" --exclude=/nsview/plain/socket "$@" 2>&1 |
		head -n 20
}

capabilities() {
	(cd "$1" && getcap -r . 2>/dev/null | sort)
}

control() {
	local what=$1 copy=$2

	shift 2
	"$@"
	check_not "the comparison sees $what" test -z "$(changes "$root" "$copy")"
}

debian_tar
docker_start
docker_import "$DEBIAN_TAR" debian
docker_run web1 debian sleep 100000
root=/proc/$CT_PID/root
mkdir "$root/nsview"
check "decorate the container" decorate "$root/nsview" || exit 1
nscp=("$NSVIEW_BIN/nscp" --no-progress)

copy=$TEST_TMP/copy
check "nscp -a of the whole system" "${nscp[@]}" -ax --special "$CT_PID:/" "$copy"
check_eq "rsync finds no difference to the container" "$(changes "$root" "$copy")" ""
check_eq "sparse files stay sparse" "$(($(stat -c %b "$copy/nsview/plain/sparse") < 1000))" 1
check_eq "a file of one hole too" "$(stat -c %b "$copy/nsview/plain/all-hole")" 0
check_eq "no temporary name is left" "$(find "$copy" -name '.nscp.*')" ""

mkdir "$TEST_TMP/export"
engine export web1 | tar -C "$TEST_TMP/export" --numeric-owner --xattrs --xattrs-include='*' -xf -
touch -r "$copy" "$TEST_TMP/export" # docker export has no entry for the root itself
check_eq "nor to docker export" "$(changes_from_export "$TEST_TMP/export/" "$copy/")" ""
check_eq "the same capabilities" "$(capabilities "$copy")" "$(capabilities "$TEST_TMP/export")"
rm -rf "$TEST_TMP/export"

mkdir "$TEST_TMP/untar"
"${nscp[@]}" -ax --special "$CT_PID:/" - | tar -C "$TEST_TMP/untar" --numeric-owner --xattrs \
	--xattrs-include='*' --acls -xf -
check_eq "as a tar, by GNU tar: no difference" \
	"$(changes "$root" "$TEST_TMP/untar" --exclude=/nsview/plain/socket)" ""
rm -rf "$TEST_TMP/untar"

check "nscp by the setns route" "${nscp[@]}" --via setns -ax --special "$CT_PID:/nsview" "$TEST_TMP/setns"
check_eq "no difference either" "$(changes "$root/nsview" "$TEST_TMP/setns")" ""
rm -rf "$TEST_TMP/setns"

# Unless asked for, nothing that gives rights on the host.
check "nscp -a without --special" "${nscp[@]}" -a "$CT_PID:/nsview" "$TEST_TMP/plain"
check_eq "no setuid, setgid file and no device" \
	"$(find "$TEST_TMP/plain" \( -type f -perm /6000 \) -o -type b -o -type c)" ""

# The controls: each of these is seen.
control "a mode" "$copy" chmod 700 "$copy/nsview/plain/file"
chmod 644 "$copy/nsview/plain/file"
check_eq "and it is all that was seen" "$(changes "$root" "$copy")" ""
control "a nanosecond" "$copy" touch -d '2001-02-03 04:05:06.123456788' "$copy/nsview/plain/owned"
control "an xattr" "$copy" setfattr -x user.short "$copy/nsview/plain/xattr"
control "a byte" "$copy" dd if=/dev/zero of="$copy/nsview/plain/large" bs=1 count=1 seek=777777 \
	conv=notrunc status=none

check "nscp -a back into the container" "${nscp[@]}" -a --special "$copy/nsview" "$CT_PID:/back"
check_eq "no difference there" "$(changes "$root/back" "$copy/nsview")" ""
test_done
