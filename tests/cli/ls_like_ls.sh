#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsls prints what GNU ls prints of the same tree in the C locale, byte for byte: ls runs in the
# same root, entered by chroot, with the container's users for its own. Control: ls on another tree
# differs.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

export TZ=Etc/GMT-3
tree=$TEST_TMP/root
mkdir -p "$tree"
check "a root file system" "$NSVIEW_BUILD/tests/nsv-container" --fill "$tree"
t=$tree/t
mkdir -p "$t"/{dir,dir/sub,dir/sub/deeper,empty,.hiddendir,modes,many,times,sizes}
echo text >"$t/file"
: >"$t/.hidden"
ln -s file "$t/link"
ln -s dir "$t/dirlink"
ln -s /nowhere "$t/dangling"
ln -s loop "$t/loop"
mkfifo "$t/fifo"
python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$t/sock"
mknod "$t/null" c 1 3
mknod "$t/disk" b 259 1048000
echo x >"$t/dir/sub/deeper/leaf"
echo y >"$t/dir/b"
for mode in 0000 0777 4755 4644 2755 2644 1777 1776 6711 7000; do
	: >"$t/modes/$mode"
	chmod "$mode" "$t/modes/$mode"
	mkdir "$t/modes/d$mode"
	chmod "$mode" "$t/modes/d$mode"
done
for i in $(seq 1 120); do : >"$t/many/name$(printf '%*s' $((i * 7 % 23)) '' | tr ' ' x)$i"; done
for when in '-1 second' '-1 hour' '-181 days' '-184 days' '-10 years' '+1 hour' '+2 years' '-60 years'; do
	touch -d "$when" "$t/times/t$when"
	touch -h -d "$when" "$t/times"
done
for size in 0 1 999 1000 1023 1024 1025 10188 10240 10241 1048575 1048576 99999999 123456789012; do
	truncate -s "$size" "$t/sizes/s$size"
done
head -c 70000 /dev/zero >"$t/sizes/real"
ln "$t/file" "$t/hardlink"
printf 'app:x:1234:1235::/:/bin/sh\nverylongname_of_a_user:x:1300:1::/:\n' >>"$tree/etc/passwd"
printf 'appgroup:x:1235:\n' >>"$tree/etc/group"
chown 1234:1235 "$t/file"
chown 1300:99999 "$t/fifo"
chown -h 77777:1235 "$t/link"
acls=no
if command -v setfacl >/dev/null && setfacl -m u:1234:r "$t/dir/b" 2>/dev/null; then
	acls=yes
	setfacl -d -m u:1234:r "$t/empty"
fi
# A copy of the host's ls and its libraries, so that it sees that passwd and nothing else.
for file in $(ldd "$(command -v ls)" | grep -o '/[^ ]*') /lib/x86_64-linux-gnu/libnss_files.so.2; do
	[ -e "$file" ] || continue
	mkdir -p "$tree/$(dirname "$file")"
	cp -L "$file" "$tree/$file"
done
cp "$(command -v ls)" "$tree/gnu-ls"
mkdir -p "$tree/usr/share"
[ -d /usr/share/zoneinfo ] && cp -r --parents /usr/share/zoneinfo/Etc "$tree"
printf 'passwd: files\ngroup: files\n' >"$tree/etc/nsswitch.conf"

# Without /proc: its number of links is the number of processes, which changes meanwhile.
# No overlay: its directories may get other inode numbers when memory is short.
container_start --rootdir "$tree" --no-proc
theirs() {
	nsenter -t "$CT_PID" -m -r -w/ /gnu-ls "$@"
}
check "ls runs in the container" theirs /

same() {
	local wanted got

	wanted=$( (theirs "$@" 2>/dev/null; echo "exit $?") | tr '\0' '@')
	got=$( ("$NSVIEW_BIN/nsls" "${extra[@]}" "$CT_PID" "$@" 2>/dev/null; echo "exit $?") | tr '\0' '@')
	# ls tells a failed operand (2) from a failed entry (1); nsls keeps 2 for wrong usage.
	wanted=${wanted/%exit 2/exit 1}
	checks_run=$((checks_run + 1))
	[ "$wanted" = "$got" ] && return 0
	checks_failed=$((checks_failed + 1))
	echo "FAILED: nsls $* differs from ls (<):"
	diff <(echo "$wanted") <(echo "$got") | head -20
}

for via in proc setns; do
	extra=(--via "$via")
	for options in '' -a -A -l -la -lA -d -ld -R -lR -aR -h -lh -1 -i -li -n -ln -t -lt -S -lS -r -ltr -lSr \
		-iR -lihR -lnai; do
		same $options /t
		same $options /t/modes /t/times
		same $options /t/file /t/link /t/dirlink /t/dangling /t/null /t/dir /t/empty
	done
done
extra=()
for options in -l -lh -a -i -ld -lR --zero '-l --zero' '-R --zero' '-A --zero'; do
	for paths in /t/sizes /t/times /t/empty /t/many /t/.. /t/dirlink /t/dirlink/ '/t/loop /t' \
		'/nowhere /t/file' '/t/dir /t/file' '/t/file /t/dir /t/empty' /t/./dir// / '/t /'; do
		same $options $paths
	done
done
same -l /t/sock /t/fifo /t/disk
same -l /dev
same -lai /t/..
[ $acls = yes ] && check "there was an ACL to show" grep -q '^-rw-r-----*+ \|^-rw-r--r--+ ' <(theirs -l /t/dir)
check "control: another tree differs" test "$(theirs -l /t/dir)" != "$("$NSVIEW_BIN/nsls" -l "$CT_PID" /t/sizes)"

# A terminal of 80, 33, 12 and 200 columns.
for width in 80 33 12 200; do
	for options in '' -i -a -R -1 -l; do
		for path in /t /t/many /t/modes; do
			wanted=$(theirs -C -T 0 -w "$width" $options $path)
			got=$(COLUMNS=$width script -qec "$NSVIEW_BIN/nsls --color=never $options $CT_PID $path" \
				/dev/null </dev/null | tr -d '\r')
			check_eq "$width columns, $options $path" "$got" "$wanted"
		done
	done
done
test_done
