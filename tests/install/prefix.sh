#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Below /usr/local and below any other folder, an installed nsview is found: the library by README's own line, the
# daemon by systemd and mount(8). What is uninstalled leaves everything as it was.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/install.sh"
install_alone "$@"

odd=$TEST_TMP/odd-1.0/nsview
echo "of the host" >"$TEST_TMP/file"
state() { # FOLDER...: all that is there; times of folders differ
	find "$@" -printf '%p %y %m %l\n' | sort
}

# The line of docs/library.md; compiles the example that prints a file, and prints one.
line=$(sed -n 's/^    cc print.c \(.*\)/cc examples\/print.c \1/p' "$NSVIEW_SOURCE/docs/library.md")
check_eq "docs/library.md has one line that compiles" "$(grep -c . <<<"$line")" 1
compile() { # FOLDER
	check "the line compiles" bash -ec "mkdir '$1'; cd '$1'; ln -s '$NSVIEW_SOURCE/examples' .; $line"
}
prints() {
	installed "$1" $$ "$TEST_TMP/file" | grep -qx "of the host"
}

# ---- /usr/local ----
before=$(state /usr/local)
cp -a /etc/ld.so.cache "$TEST_TMP/cache"
install_to /usr/local
unset PKG_CONFIG_PATH
compile "$TEST_TMP/local"
check_eq "the loader is told nothing" "$(readelf -d "$TEST_TMP/local/print" | grep -c 'R.*PATH')" 0
check "the program starts" prints "$TEST_TMP/local/print"
cp -a /etc/ld.so.cache "$TEST_TMP/new"
cp -a "$TEST_TMP/cache" /etc/ld.so.cache
check_not "control: without ldconfig it does not" prints "$TEST_TMP/local/print"
cp -a "$TEST_TMP/new" /etc/ld.so.cache
check "what the unit starts is there" test -x "$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' \
	/usr/local/lib/systemd/system/nsviewd.service)"
check "the outsider's program builds" gcc -Wall -Wextra -Werror "$NSVIEW_SOURCE/tests/install/consumer.c" \
	-o "$TEST_TMP/consumer" -lnsview
check "and prints" prints "$TEST_TMP/consumer"
check "uninstall" uninstall
check_eq "nothing is left, nothing else is gone" "$(diff <(echo "$before") <(state /usr/local))" ''
check_not "nothing is left to the loader" prints "$TEST_TMP/local/print"
check_not "a second time there is nothing" uninstall

# ---- another folder ----
mkdir -p "$odd/share/man/man7" "$odd/bin"
echo mine >"$odd/bin/mine"
ln -s nowhere "$odd/share/man/mine"
before=$(state "$TEST_TMP/odd-1.0")
install_to "$odd"
check "all that a package has" test -x "$odd/bin/nscat" -a -f "$odd/include/nsview/root.h" -a \
	-f "$odd/share/man/man8/nsviewd.8" -a -f "$odd/share/man/man3/libnsview.3" -a -f "$odd/share/bash-completion/completions/nscp"
if command -v man >/dev/null; then
	check_eq "a call has a page" "$(MANPATH=$odd/share/man man -P cat nsv_root_open 2>&1 | sed -n 1p | cut -d' ' -f1)" \
		"nsv_root(3)"
fi
compile "$TEST_TMP/odd"
check "the program starts" prints "$TEST_TMP/odd/print"
line=$(pkg-config --libs nsview)
check_eq "pkg-config names the folder once" "$(grep -o -- ' -Wl,-rpath,[^ ]*' <<<"$line" | wc -l)" 1
# shellcheck disable=SC2001,SC2046 # several words
gcc "$NSVIEW_SOURCE/examples/print.c" -o "$TEST_TMP/lost" $(pkg-config --cflags nsview) \
	$(sed 's/ -Wl,-rpath,[^ ]*//' <<<"$line")
check_not "control: a program that has no path to the library does not start" prints "$TEST_TMP/lost"

unit=$odd/lib/systemd/system/nsviewd.service
check_eq "the unit starts this one" "$(grep ^ExecStart= "$unit")" "ExecStart=$odd/sbin/nsviewd -f"
if command -v systemd-analyze >/dev/null; then
	check_eq "systemd takes the unit" "$(systemd-analyze verify "$unit" 2>&1 | grep -v 'man nsviewd(8)\|/run/')" ''
	sed "s,$odd/sbin,," "$unit" >"$TEST_TMP/nsviewd.service"
	check "control: without the folder there is no such program" grep -q 'not executable\|No such file\|not found' \
		<<<"$(systemd-analyze verify "$TEST_TMP/nsviewd.service" 2>&1)"
fi

# mount(8) looks for the program in folders of its own, whatever PATH says.
point=$TEST_TMP/point
mkdir "$point"
mounted() {
	findmnt -n -o FSTYPE "$point" | grep -qx fuse.nsviewd
}
unmounts() {
	check "umount" umount "$point"
	wait_for "the daemon ends" eval '! pgrep -f "nsviewd nsviewd $point" && ! mountpoint -q "$point"'
}
mounts() {
	timeout -k 5 30 mount "$@" "$point" && mounted
}
if [ -c /dev/fuse ] && command -v mount.fuse3 >/dev/null; then
	on_exit eval "umount -lq $point || :"
	PATH=$odd/sbin:$PATH check_not "control: mount does not find it by PATH" mounts -t fuse.nsviewd nsviewd
	check "mount by its path" mounts -t fuse "$odd/sbin/nsviewd#nsviewd"
	unmounts
	echo "$odd/sbin/nsviewd#nsviewd $point fuse allow_other,nofail 0 0" >"$TEST_TMP/fstab"
	check "fstab" mounts -T "$TEST_TMP/fstab"
	check "is mounted" mounted
	unmounts
	mkdir -p /usr/local/sbin
	ln -s "$odd/sbin/nsviewd" /usr/local/sbin/
	check "mount -t, with a link" mounts -t fuse.nsviewd nsviewd
	unmounts
	rm /usr/local/sbin/nsviewd
else
	[ "${NSVIEW_TESTS_MUST_RUN-}" != 1 ] || check "mount.fuse3 is installed" false
fi

check "uninstall" uninstall
check_eq "what is another's stays, empty folders too" "$(diff <(echo "$before") <(state "$TEST_TMP/odd-1.0"))" ''

# A folder that an install made goes, but not with something in it.
install_to "$TEST_TMP/third/nsview"
echo mine >"$TEST_TMP/third/nsview/sbin/mine"
check "uninstall" uninstall
check_eq "the rest is gone" "$(cd "$TEST_TMP/third" && find . | sort | tr '\n' ' ')" \
	". ./nsview ./nsview/sbin ./nsview/sbin/mine "

# A package is made by DESTDIR, and for /usr it names nothing of the build machine's.
export DESTDIR=$TEST_TMP/package
install_to /usr
unset DESTDIR
pc=$(find "$TEST_TMP/package" -name nsview.pc)
check_not "no path in a package" grep -q "rpath\|$TEST_TMP" "$pc"
check_eq "the unit of a package" "$(grep -h ^ExecStart= "$TEST_TMP/package/usr/lib/systemd/system/nsviewd.service")" \
	"ExecStart=/usr/sbin/nsviewd -f"
check "uninstall" env DESTDIR="$TEST_TMP/package" cmake --build "$NSVIEW_BUILD" --target uninstall
check "leaves nothing" test ! -e "$TEST_TMP/package/usr"

# Root's install leaves no file to root in a user's build folder.
SUDO_UID=54321 SUDO_GID=54321 install_to "$TEST_TMP/fourth"
check_eq "notes of an install are the user's" \
	"$(stat -c %u "$NSVIEW_BUILD/install_manifest.txt" "$NSVIEW_BUILD/installed"/* | sort -u)" 54321
chown -R 0:0 "$NSVIEW_BUILD/install_manifest.txt" "$NSVIEW_BUILD/installed"
check "uninstall" uninstall
test_done
