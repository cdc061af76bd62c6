#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Owner, mode, ACLs and attributes of what nscp writes over, and of what it makes in a folder with a
# default ACL or a setgid bit: compared with what cp makes of the same. Into a container, out of one and
# between two, by both routes, as files, trees and archives.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

for tool in setfacl getfacl setfattr getfattr setcap getcap setpriv; do
	command -v "$tool" >/dev/null || test_skip "$tool is not installed"
done
nscp=$NSVIEW_BIN/nscp
container_start --setup 'mkdir /to /from'
pid=$CT_PID
root=/proc/$pid/root
container_start --setup 'mkdir /to /from'
other=$CT_PID
cd "$TEST_TMP" || exit 1

# What there is to know of a file, or of a tree: type, mode, owner, ACL, attributes, bytes.
look() {
	(cd "$1" && find . -print0 | sort -z | xargs -0 sh -c '
		stat -c "%n %F %a %u:%g" "$@"
		getfacl -np "$@" 2>/dev/null
		getfattr -hd -m "^(user|trusted)[.]" "$@" 2>/dev/null
		find . -type f | sort | xargs cat' -) 2>&1
}

# same WHAT GOT WANTED: two trees, by all there is to know of them.
same() {
	look "$2" >got
	look "$3" >wanted
	check "$1" diff wanted got
}

# The sources: file, tree and archive.
mkdir -p src/tree/sub
echo new | tee src/file src/tree/file src/tree/sub/deep >src/over
chmod 664 src/file src/tree/file && chmod 750 src/tree/sub && chmod 604 src/over
chown 7:8 src/over src/tree/file
setfattr -n user.of -v source src/over
setfacl -m u:77:rw src/over
tar --acls --xattrs --xattrs-include='*' -cf tree.tar -C src tree
tar --acls --xattrs --xattrs-include='*' -cf over.tar -C src over
cp -a src/. "$root/from"

# ---- what a file that is there gives to the new one ----
# make_old DIR: a file of each kind, all called over.
kinds='plain closed acl attributes setuid capable root'
make_old() {
	local kind

	for kind in $kinds; do
		mkdir -p "$1/$kind"
		echo old >"$1/$kind/over"
		chown 5:6 "$1/$kind/over"
	done
	chmod 600 "$1/closed/over"
	chmod 640 "$1/acl/over" && setfacl -m u:88:rw,g:99:r "$1/acl/over"
	setfattr -n user.of -v old "$1/attributes/over" && setfattr -n user.more -v x "$1/attributes/over" &&
		setfattr -n trusted.of -v old "$1/attributes/over"
	chmod 6755 "$1/setuid/over"
	setcap cap_net_raw+ep "$1/capable/over"
	chown 0:0 "$1/root/over"
	# Nothing of the folder's for a file that was there before.
	setfacl -d -m u:66:rwx "$1/plain"
}

# as_cp WHAT OPTIONS PLACE COMMAND...: for each kind, {} in COMMAND is the folder it is in, as SPEC:PATH
# or plain, and PLACE the same folder as the host sees it. The same as after cp OPTIONS.
as_cp() {
	local what=$1 options=$2 place=$3 kind

	shift 3
	rm -rf cp && mkdir cp && make_old cp
	rm -rf "${place:?}"/* && make_old "$place"
	for kind in $kinds; do
		# shellcheck disable=SC2086 # options are words
		cp $options src/over "cp/$kind/over"
		# cp leaves one or both to what root writes into; nscp never does.
		chmod ug-s "cp/$kind/over"
		check "$what: $kind" "${@//\{\}/$kind}"
	done
	same "$what: as cp $options" "$place" cp
	check_eq "$what: no capability is kept" "$(getcap -r "$place")" ''
	check_eq "$what: nothing else is there" "$(find "$place" -name '.nscp.*')" ''
}

for via in proc setns; do
	for options in '' -p -a; do
		run=("$nscp" --via "$via")
		[ -z "$options" ] || run+=("$options")
		as_cp "$via, in" "$options" "$root/to" "${run[@]}" src/over "$pid:/to/{}/over"
		as_cp "$via, into the folder" "$options" "$root/to" "${run[@]}" src/over "$pid:/to/{}"
		as_cp "$via, out" "$options" out "${run[@]}" "$pid:/from/over" "out/{}/over"
		as_cp "$via, between" "$options" "/proc/$other/root/to" \
			"${run[@]}" "$pid:/from/over" "$other:/to/{}/over"
		as_cp "$via, an archive" "$options" "$root/to" \
			bash -c 'exec "$@" <over.tar' - "${run[@]}" - "$pid:/to/{}"
	done
done
# What nobody may write to is replaced by -f, and gives nothing.
user=54321
install -d -o $user mine
install -m 444 /dev/null mine/locked && setfacl -m u:88:r mine/locked
mkdir bin && cp "$nscp" bin/nscp
container_start --userns --owner $user --setup 'echo new >/file'
check "-f" setpriv --reuid $user --regid $user --clear-groups "$PWD/bin/nscp" -f "$CT_PID:/file" mine/locked
check_eq "is a file of one's own" "$(stat -c '%u %a' mine/locked) $(getfacl -nc mine/locked | grep -c user:88)" \
	"$user 644 0"

# ---- what a folder gives to what is new in it ----
# make_folder DIR KIND
make_folder() {
	rm -rf "$1" && mkdir "$1"
	case $2 in
	acl) setfacl -m d:u::rwx,d:g::r-x,d:o::---,d:u:77:rw-,d:m::rw- "$1" ;;
	narrow) setfacl -m d:u::rw-,d:g::---,d:o::--- "$1" ;;
	wide) setfacl -m d:u::rwx,d:g::rwx,d:o::rwx "$1" ;;
	setgid) chgrp 55 "$1" && chmod 2775 "$1" ;;
	both) setfacl -m d:u::rwx,d:g::r-x,d:o::r-x,d:g:88:rwx "$1" && chgrp 55 "$1" && chmod g+s "$1" ;;
	esac
}

# With -p and -a nscp sets the mode that the source has; cp sets an ACL and no mode where it can, so that
# the setgid bit of the folder stays on new folders.
as_source() {
	[ -z "$1" ] || find cp -mindepth 1 -type d -exec chmod g-s {} +
}

# new_as_cp WHAT KIND OPTIONS PLACE COMMAND...
new_as_cp() {
	local what="$1, new in $2" kind=$2 options=$3 place=$4

	shift 4
	make_folder cp "$kind"
	make_folder "$place" "$kind"
	# shellcheck disable=SC2086 # options are words
	cp $options src/file cp && cp -r $options src/tree cp
	as_source "$options"
	check "$what: file" "${@//\{\}/src\/file}"
	check "$what: tree" "${@//\{\}/src\/tree}"
	same "$what: as cp $options" "$place" cp
}

for via in proc setns; do
	for kind in acl narrow wide setgid both; do
		for options in '' -p -a; do
			run=("$nscp" --via "$via" -r)
			[ -z "$options" ] || run+=("$options")
			new_as_cp "$via $options, in" $kind "$options" "$root/to" "${run[@]}" {} "$pid:/to"
			make_folder out $kind
			make_folder cp $kind
			# shellcheck disable=SC2086
			cp -r $options src/tree src/file cp
			as_source "$options"
			check "$via $options, out of it" "${run[@]}" "$pid:/from/tree" "$pid:/from/file" out
			same "$via $options, out, new in $kind" out cp
			make_folder "$root/to" $kind
			check "$via $options, an archive" "${run[@]}" - "$pid:/to" <tree.tar
			rm -f cp/file
			same "$via $options, an archive, new in $kind" "$root/to" cp
		done
	done
done
# Folders that an archive does not name, and nodes.
make_folder "$root/to" setgid
tar cf deep.tar -C src tree/sub/deep
check "an archive without its folders" "$nscp" - "$pid:/to" <deep.tar
check_eq "which follow theirs" "$(stat -c '%a %g' "$root/to/tree" "$root/to/tree/sub" | xargs)" "2755 55 2755 55"
(umask 077 && "$nscp" -r src/tree "$pid:/to/umask")
check_eq "the umask of the caller" "$(stat -c %a "$root/to/umask" "$root/to/umask/file" | xargs)" "2700 600"

# A container with a user namespace: the folder's group, the container's root as owner.
container_start --userns --setup 'mkdir /to && chgrp 5 /to && chmod 2775 /to'
check "into a user namespace" "$nscp" -r src/tree "$CT_PID:/to"
check_eq "new files belong to its root and the folder's group" \
	"$(stat -c '%u:%g' "/proc/$CT_PID/root/to/tree" "/proc/$CT_PID/root/to/tree/file" | sort -u)" 300000:300005
test_done
