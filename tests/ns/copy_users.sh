#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Owners across user namespaces: as root, as the ordinary user that a rootless container belongs
# to, and between two of the user's containers.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

for tool in setpriv setfacl getfacl setcap getcap; do
	command -v "$tool" >/dev/null || test_skip "$tool is not installed"
done

nscp=$NSVIEW_BIN/nscp
user=54321
first=300000 # the host's number of container ID 1 is one above (NSV_TEST_SUBID)
setup='
	mkdir -p /d/sub
	echo root >/d/root
	echo app >/d/app && chown 5:6 /d/app && chmod 600 /d/app
	ln /d/app /d/sub/again
	ln -s app /d/link
	mkfifo /d/fifo
	chmod 750 /d/sub
	mkdir /to && chmod 700 /to && chown 9:9 /to'
cd "$TEST_TMP" || exit 1

owners() {
	local file

	for file in "$@"; do
		stat -c %u:%g "$file"
	done | tr '\n' ' '
}

# ---- root, and a container whose root is 300000 ----
mkdir volume && cp /bin/true volume/tool
container_start --userns --volume "$PWD/volume:/volume" --setup "$setup"
pid=$CT_PID
root=/proc/$pid/root
check "out with -a" "$nscp" -a "$pid:/d" root-a
check_eq "numbers as the container has them" "$(owners root-a root-a/app root-a/sub/again)" \
	"0:0 5:6 5:6 "
check "out with --host-ids" "$nscp" -a --host-ids "$pid:/d" root-host
check_eq "numbers as the host has them" "$(owners root-host root-host/app)" \
	"$first:$first $((first + 5)):$((first + 6)) "
check_eq "in an archive" "$("$nscp" "$pid:/d/app" - | tar tv --numeric-owner | awk '{ print $2 }')" 5/6
check_eq "in an archive, --host-ids" "$("$nscp" --host-ids "$pid:/d/app" - |
	tar tv --numeric-owner | awk '{ print $2 }')" "$((first + 5))/$((first + 6))"

echo in >in && chown 7:8 in && chmod 755 in
setcap cap_net_raw+ep in
setfacl -m u:9:r in
# The container's file systems belong to its user namespace: root of the host has no number there.
check "in" "$nscp" in "$pid:/d/plain"
check_eq "belongs to the container's root" "$(owners "$root/d/plain")" "$first:$first "
check "in with -a" "$nscp" -a in "$pid:/d/all"
check_eq "belongs to the same number inside" "$(owners "$root/d/all")" \
	"$((first + 7)):$((first + 8)) "
check "its ACL names the same user inside" \
	grep -q "user:$((first + 9)):r--" <(getfacl -n "$root/d/all" 2>/dev/null)
check "its capability counts for the container's root" \
	grep -q "cap_net_raw=ep \[rootid=$first\]" <(getcap -n "$root/d/all")
check "and out again" "$nscp" -a "$pid:/d/all" back
check "the ACL is what it was" grep -q 'user:9:r--' <(getfacl -n back 2>/dev/null)
check_eq "the capability counts in that namespace only" "$(getcap -n back)" \
	"back cap_net_raw=ep [rootid=$first]"
check "and out with --special" "$nscp" -a --special "$pid:/d/all" mine
check_eq "the capability is the host's own" "$(getcap -n mine)" "mine cap_net_raw=ep"
"$nscp" -a "$pid:/d/all" - >all.tar
mkdir tar
"$nscp" -a --special - tar <all.tar
check_eq "the same" "$(getcap -n tar/all) $(getfacl -nc tar/all | grep -c user:9:r--)" \
	"tar/all cap_net_raw=ep 1"
touch huge && chown 4000000:0 huge
said=$("$nscp" -a huge "$pid:/d/huge" 2>&1)
check_eq "an owner without a number inside" "$(owners "$root/d/huge")" "$first:$first "
check_eq "is told" "$said" "nscp: note: 1 owner has no number on the other side"

# --special keeps the setuid bit for the owner that the source has, and gives it to nobody else.
cp /bin/true tool
for owner in 4000000:0 0:4000000; do
	chown $owner tool && chmod 6755 tool
	check "--special, owner $owner" "$nscp" -a --special tool "$pid:/d/tool"
	check_eq "the bits are not given to the container's root" \
		"$(stat -c '%a %u:%g' "$root/d/tool")" "755 $first:$first"
	tar c --numeric-owner tool | "$nscp" -a --special - "$pid:/to" 2>said
	check_eq "nor are those of an archive" \
		"$(stat -c '%a %u:%g' "$root/to/tool")" "755 $first:$first"
done
chown 7:8 tool && chmod 6755 tool
check "control: --special, an owner that there is" "$nscp" -a --special tool "$pid:/d/tool"
check_eq "keeps the bits" "$(stat -c '%a %u:%g' "$root/d/tool")" "6755 $((first + 7)):$((first + 8))"
# The other way: a file on a volume whose owner the container does not have.
for owner in 0:0 $((first + 5)):0 0:$((first + 5)); do
	chown $owner volume/tool && chmod 6755 volume/tool
	check "--special out, owner $owner" "$nscp" -a --special "$pid:/volume/tool" stranger
	check_eq "no setuid file of nobody's" "$(stat -c %a stranger)" 755
	check_eq "nor in an archive" "$("$nscp" --special "$pid:/volume/tool" - 2>/dev/null | tar tv |
		cut -c1-10)" -rwxr-xr-x
done
chown $((first + 5)):$((first + 5)) volume/tool && chmod 6755 volume/tool
check "control: --special out, an owner that there is" \
	"$nscp" -a --special "$pid:/volume/tool" stranger
check_eq "keeps the bits" "$(stat -c '%a %u:%g' stranger)" 6755\ 5:5

# ---- an ordinary user's container ----
as_user() {
	setpriv --reuid $user --regid $user --clear-groups "$@"
}

mkdir bin home && chown $user home && chmod 755 bin
cp "$nscp" bin/nscp
cp "$NSVIEW_BIN/nscat" bin/nscat
nscp=$TEST_TMP/bin/nscp
cd home || exit 1
container_start --userns --owner $user --setup "$setup"
pid=$CT_PID
container_start --userns --owner $user --setup "$setup"
other=$CT_PID

check "the user, out with -a" as_user "$nscp" -a "$pid:/d" out
check_eq "all of it belongs to the user" "$(owners out out/app out/sub)" \
	"$user:$user $user:$user $user:$user "
check_eq "closed as it was" "$(stat -c %a out/app out/sub | tr '\n' ' ')" "600 750 "
check "hard links are kept" test out/app -ef out/sub/again
check "the user, out with --host-ids" as_user "$nscp" -a --host-ids "$pid:/d" out-host
check_eq "as the host has them" "$(owners out-host/app)" "$((first + 5)):$((first + 6)) "
as_user sh -c 'echo mine >mine; chmod 600 mine'
check "the user, in" as_user "$nscp" mine "$pid:/d/mine"
check_eq "the container's root's, which is the user" "$(owners "/proc/$pid/root/d/mine")" "$user:$user "
check_eq "an archive has the container's numbers" "$(as_user "$nscp" "$pid:/d/app" - |
	tar tv --numeric-owner | awk '{ print $2 }')" 5/6
check "an archive in with -a" as_user "$nscp" -a - "$pid:/to" < <(as_user "$nscp" "$pid:/d" -)
check_eq "gives files to whom it says" "$(owners "/proc/$pid/root/to/d/app")" \
	"$((first + 5)):$((first + 6)) "

# ---- two user namespaces: no process can be in both ----
there=/proc/$other/root/to
check "from one to the other, -a" as_user "$nscp" -a "$pid:/d" "$other:/to"
check_eq "owners are kept" "$(owners "$there/d/app")" "$((first + 5)):$((first + 6)) "
check "hard links too" test "$there/d/app" -ef "$there/d/sub/again"
check_eq "and the rest" "$(readlink "$there/d/link") $(stat -c '%a %F' "$there/d/sub" "$there/d/fifo" |
	tr '\n' ' ')" "app 750 directory 644 fifo "
check "to a new name" as_user "$nscp" -r "$pid:/d" "$other:/to/new"
check_eq "under it" "$(cat "$there/new/root")" root
check "a file to a new name" as_user "$nscp" "$pid:/d/root" "$other:/to/file"
check_eq "under it" "$(cat "$there/file")" root
check_not "a directory without -r" as_user "$nscp" "$pid:/d" "$other:/to/no"
check "makes nothing" test ! -e "$there/no"
check_not "what is not there" as_user "$nscp" -r "$pid:/nope" "$other:/to"
check_not "to where nothing is" as_user "$nscp" -r "$pid:/d" "$other:/no/such/place"
check_eq "no temporary file is left" "$(find "$there" "$TEST_TMP" -name '.nscp.*' | wc -l)" 0
test_done
