#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nscp out of a container: each option, by what it makes.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

for tool in rsync setfacl getfacl setfattr; do
	command -v "$tool" >/dev/null || test_skip "$tool is not installed"
done

container_start --setup '
	mkdir -p /t/dir/sub /t/skip /t/secret /mnt/inner
	echo text >/t/file
	echo text >/t/dir/sub/deep
	echo text >/t/skip/me
	echo text >/t/dir/x.o
	ln /t/file /t/dir/hard
	ln -s file /t/rel
	ln -s /t/dir /t/abs
	ln -s ../../../../../../etc/hostname /t/up
	ln -s nowhere /t/dangling
	mkfifo /t/fifo
	mknod /t/null c 1 3
	cp /bin/busybox /t/setuid
	chmod 4755 /t/setuid
	chown 1234:4321 /t/dir/sub/deep
	chmod 640 /t/dir/sub/deep
	chmod 2711 /t/secret
	mkdir /t/other
	mount -t tmpfs other /t/other
	echo inner >/t/other/file
	touch /t/mounted
	mount -o bind /etc/hostname /t/mounted
	mkdir /t/proc
	mount -t proc proc /t/proc
	printf x >"/t/bad$(printf "\\377")name"
	printf x >"/t/new
line"
	touch -d "2001-02-03 04:05:06" /t/dir/sub/deep /t/dir/sub /t/file
'
pid=$CT_PID
root=/proc/$pid/root
setfattr -n user.key -v value "$root/t/file" 2>/dev/null
acls=yes
setfacl -m u:77:r "$root/t/dir/x.o" 2>/dev/null || acls=
nscp=$NSVIEW_BIN/nscp
out=$TEST_TMP/out
said=$TEST_TMP/said

# copy OPTION...: into a fresh folder; its messages are in $said, its exit code in $status.
copy() {
	rm -rf "$TEST_TMP/out"*
	"$nscp" "$@" >"$TEST_TMP/stdout" 2>"$said"
	status=$?
}

told() {
	check "$1" grep -qF -- "$2" "$said"
}

# ---- without options ----
copy "$pid:/t/file" "$out"
check_eq "a file" "$status $(cat "$out")" "0 text"
copy "$pid:t/file" "$out"
check_eq "a path without a slash starts at the root" "$status $(cat "$out")" "0 text"
copy "$pid:/t/abs/sub/deep" "$out"
check_eq "through an absolute link of the container's" "$status $(cat "$out")" "0 text"
check_eq "owned by the caller, not by what the container says" "$(stat -c %u:%g "$out")" 0:0
copy "$pid:/t/up" "$out"
check_eq "a link is followed when it is named" "$status $(cat "$out")" "0 $(cat "$root/etc/hostname")"
copy "$pid:/t" "$out"
check_eq "a directory needs -r" "$status" 1
told "and is told so" "$pid:/t: is a directory (-r copies it)"
copy "$pid:/t/fifo" "$out"
check_eq "a FIFO is an error and does not block" "$status" 1
copy "$pid:/t/null" "$out"
check_eq "and so is a device" "$status" 1
copy "$pid:/t/nope" "$pid:/t/file" "$TEST_TMP"
check_eq "the rest is done after a failure" "$status $(cat "$TEST_TMP/file")" "1 text"
rm -f "$TEST_TMP/file"
copy "$pid:/proc/self/status" "$out"
check_eq "a kernel file is read to its end" "$status $(sed -n 's/^NSpid:.*\t//p' "$out")" "0 1"
mkdir "$TEST_TMP/several"
"$nscp" "$pid:/t/file" "$pid:/t/dir/sub/deep" "$TEST_TMP/several"
check_eq "several into a directory" "$(ls "$TEST_TMP/several" | tr '\n' ' ')" "deep file "
check_not "two of one name are not put over one another" \
	"$nscp" "$pid:/t/file" "$pid:/t/dir/../file" "$TEST_TMP/several"
ln -s "$TEST_TMP/several/file" "$TEST_TMP/mylink"
printf old >"$TEST_TMP/several/file"
"$nscp" "$pid:/t/file" "$TEST_TMP/mylink"
check "a link at DEST is the user's own" test -L "$TEST_TMP/mylink"
check_eq "and is written through" "$(cat "$TEST_TMP/several/file")" text
check_eq "a device at DEST is written to" "$("$nscp" "$pid:/t/file" /dev/stdout)" text

# ---- -r ----
copy -r "$pid:/t" "$out"
check_eq "-r: all but a FIFO and a device, which are counted" "$status" 0
told "-r tells so" "2 devices, FIFOs or sockets were left out"
told "-r leaves kernel file systems out with a note" "$pid:/t/proc: a kernel file system"
check_eq "-r: an empty directory stands for it" "$(ls -A "$out/proc" | wc -l)" 0
check_eq "-r: tmpfs and bind mounts are part of the tree" \
	"$(cat "$out/other/file" "$out/mounted")" "inner
$(cat "$root/etc/hostname")"
check_eq "-r: links stay links" "$(readlink "$out/abs" "$out/up" "$out/dangling" | tr '\n' ' ')" \
	"/t/dir ../../../../../../etc/hostname nowhere "
check_eq "-r: the umask rules" "$(stat -c %a "$out/dir/sub/deep" "$out/secret" "$out/setuid" |
	tr '\n' ' ')" "640 711 755 "
check "-r: odd names arrive" test -e "$out/"$'bad\377name' -a -e "$out/"$'new\nline'
check_not "-r: no hard links" test "$out/file" -ef "$out/dir/hard"
copy -R "$pid:/t/dir" "$out"
check_eq "-R is -r" "$status $(cat "$out/sub/deep")" "0 text"
copy -r "$pid:/proc/1/net" "$out"
check "a kernel file system that is named is copied" test -s "$out/dev"

# ---- -p, -a ----
copy -p "$pid:/t/dir/sub/deep" "$out"
check_eq "-p: mode, owner, time" "$(stat -c '%a %u:%g %Y' "$out")" \
	"640 1234:4321 $(stat -c %Y "$root/t/dir/sub/deep")"
copy -a "$pid:/t" "$out"
check_eq "-a" "$status" 0
told "-a drops setuid bits with a note" "2 files lost setuid or setgid bits"
told "-a leaves devices out with a note" "1 device, FIFO or socket was left out"
check "-a: hard links" test "$out/file" -ef "$out/dir/hard"
check "-a: FIFOs" test -p "$out/fifo"
check_eq "-a: no setuid" "$(stat -c %a "$out/setuid" "$out/secret" | tr '\n' ' ')" "755 711 "
check_eq "-a: times of directories too" "$(stat -c %y "$out/dir/sub")" \
	"$(stat -c %y "$root/t/dir/sub")"
[ -z "$acls" ] || check "-a: ACLs" grep -q user:77:r-- <(getfacl -n "$out/dir/x.o" 2>/dev/null)
[ -z "$acls" ] || check_not "-r: no ACLs" \
	grep -q user:77 <("$nscp" -r "$pid:/t/dir" "$out.r"; getfacl -n "$out.r/x.o" 2>/dev/null)
# DEST's folder has a default ACL: the copy of a file without an ACL has none either.
if [ -n "$acls" ]; then
	mkdir "$TEST_TMP/shared" "$TEST_TMP/plain"
	setfacl -d -m u:77:rwx "$TEST_TMP/shared"
	touch "$TEST_TMP/shared/control"
	check "control: the folder gives user 77 a right" \
		grep -q '^user:77:' <(getfacl -nc "$TEST_TMP/shared/control" 2>/dev/null)
	"$nscp" "$pid:/t/dir/sub" - >"$TEST_TMP/sub.tar"
	for dest in plain shared; do
		"$nscp" -a "$pid:/t/dir/sub/deep" "$TEST_TMP/$dest"
		"$nscp" -a "$pid:/t/dir/sub/deep" "$TEST_TMP/$dest/renamed"
		"$nscp" -a "$pid:/t/dir/sub" "$TEST_TMP/$dest"
		"$nscp" -a "$pid:/t/fifo" "$TEST_TMP/$dest"
		mkdir "$TEST_TMP/$dest/tar" # which gets the default ACL too
		"$nscp" -a - "$TEST_TMP/$dest/tar" <"$TEST_TMP/sub.tar"
	done
	for file in deep renamed sub sub/deep fifo tar/sub tar/sub/deep; do
		check_eq "-a: $file has no ACL of the folder's" \
			"$(cd "$TEST_TMP/shared" && getfacl -n "$file" 2>/dev/null)" \
			"$(cd "$TEST_TMP/plain" && getfacl -n "$file" 2>/dev/null)"
	done
	rm -r "$TEST_TMP/shared" "$TEST_TMP/plain" "$TEST_TMP/sub.tar"
fi
copy -a --special "$pid:/t" "$out"
check_eq "-a --special says nothing but of /proc" "$(grep -vc 'kernel file system' "$said")" 0
check_eq "--special: setuid, setgid, devices" \
	"$(stat -c '%a %t:%T' "$out/setuid" "$out/secret" "$out/null" | tr '\n' ' ')" \
	"4755 0:0 2711 0:0 $(stat -c '%a %t:%T' "$root/t/null") "
check_eq "nothing for rsync to change" "$(rsync -aHAX --numeric-ids --checksum --delete -ni \
	--modify-window=-1 --exclude=/proc "$root/t/" "$out/")" ''

# ---- -L, -P ----
copy -L "$pid:/t/abs/x.o" "$out"
check_eq "-L on a file" "$status" 0
copy -rL "$pid:/t/" "$out" --exclude dangling
check_eq "-rL follows inside the container" "$(cat "$out/rel" "$out/abs/sub/deep" "$out/up")" \
	"text
text
$(cat "$root/etc/hostname")"
check_eq "-rL: no link is left" "$(find "$out" -type l | wc -l)" 0
copy -rL "$pid:/t" "$out"
check_eq "-rL: a dangling link is a failure" "$status" 1
told "-rL tells which" "$pid:/t/dangling: No such file or directory"
copy -P "$pid:/t/rel" "$out"
check_eq "-P: the link itself" "$(readlink "$out")" file
copy -P -L "$pid:/t/rel" "$out"
check_eq "the last of -P and -L counts" "$(cat "$out")" text

# ---- -n, -f, -v, -j, -x, --exclude ----
echo old >"$TEST_TMP/outfile"
"$nscp" -n "$pid:/t/file" "$TEST_TMP/outfile"
check_eq "-n leaves what is there" "$? $(cat "$TEST_TMP/outfile")" "0 old"
"$nscp" -n -f "$pid:/t/file" "$TEST_TMP/outfile"
check_eq "-f after -n replaces it" "$? $(cat "$TEST_TMP/outfile")" "0 text"
mkfifo "$TEST_TMP/several/rel"
check_not "a FIFO at the destination is not replaced" "$nscp" "$pid:/t/rel" "$TEST_TMP/several"
check "but with -f" "$nscp" -f "$pid:/t/rel" "$TEST_TMP/several"
check_eq "by the file" "$(cat "$TEST_TMP/several/rel")" text
copy -v "$pid:/t/file" "$out"
check_eq "-v" "$(cat "$TEST_TMP/stdout")" "'$pid:/t/file' -> '$out'"
copy -rv "$pid:/t/dir" "$out"
check_eq "-rv names each" "$(wc -l <"$TEST_TMP/stdout")" 5
for jobs in 1 2 7; do
	copy -a -j $jobs "$pid:/t" "$out"
	check_eq "-j $jobs" "$status $(find "$out" | wc -l)" \
		"0 $(($(find "$root/t" -path "$root/t/proc/*" -prune -o -print | wc -l) - 1))"
done
copy -j 0 "$pid:/t" "$out"
check_eq "-j 0 is wrong usage" "$status" 2
copy -rx "$pid:/t" "$out"
check "-x: the mount point is there" test -d "$out/other"
check "-x: what is mounted there is not" test ! -e "$out/other/file"
check "-x: nor a file that is mounted" test ! -e "$out/mounted"
copy -r --exclude '*.o' --exclude /skip --exclude 'dir/su?' "$pid:/t" "$out"
check_eq "--exclude by name and by path" "$(find "$out" -name '*.o' -o -name sub -o -path "$out/skip*")" ''
check "--exclude: the rest is there" test -e "$out/dir/hard"
check_eq "--exclude: a path does not match below" "$("$nscp" -r --exclude sub/x "$pid:/t/dir" \
	"$out.e" && cat "$out.e/sub/deep")" text
for via in proc setns; do
	copy --via $via -a "$pid:/t/dir" "$out"
	check_eq "--via $via" "$status $(cat "$out/sub/deep")" "0 text"
done
copy -a "/proc/$pid/ns/mnt:/t/dir" "$out"
check_eq "a namespace file as SPEC" "$status $(cat "$out/sub/deep")" "0 text"

# ---- '-' ----
copy "$pid:/t" -
check_eq "an archive" "$status" 0
check_eq "its names are relative" "$(tar tf "$TEST_TMP/stdout" 2>/dev/null | grep -vc '^t/')" 0
mkdir "$TEST_TMP/outtar" "$TEST_TMP/outown"
"$nscp" --special "$pid:/t" - 2>/dev/null | "$nscp" -a --special - "$TEST_TMP/outown"
check_eq "an archive loses nothing" "$(rsync -aHAX --numeric-ids --checksum --delete -ni \
	--modify-window=-1 --exclude=/proc "$root/t/" "$TEST_TMP/outown/t/")" ''
tar -C "$TEST_TMP/outtar" -xpf "$TEST_TMP/stdout" 2>/dev/null
check_eq "for GNU tar too" "$(rsync -aH --numeric-ids --checksum --delete -ni --no-perms \
	--exclude=/proc --exclude=/null "$root/t/" "$TEST_TMP/outtar/t/")" ''
copy "$pid:/t/file" "$pid:/t/dir" -
check_eq "several sources in one" "$(tar tf "$TEST_TMP/stdout" | grep -c '^file$\|^dir/$')" 2
copy "$pid:/proc/self/status" -
check "a kernel file in an archive" grep -q '^NSpid:' "$TEST_TMP/stdout"
check_eq "not to a terminal" "$(script -qec "'$nscp' $pid:/t -; echo =\$?" /dev/null </dev/null |
	grep -c '=2')" 1

check_eq "no temporary file is left" "$(find "$TEST_TMP" -name '.nscp.*' | wc -l)" 0
test_done
