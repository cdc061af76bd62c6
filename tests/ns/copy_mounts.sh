#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A mount point as the destination of nscp: a file is written in place, whatever the options, and nothing
# that is mounted is ever renamed over, removed or replaced. Docker binds /etc/hosts, Kubernetes a
# subPath. Control: rename(2) from the host detaches the mount without an error.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

nscp=$NSVIEW_BIN/nscp
setup='
	mkdir -p /v/dir /in/tree/sub /in/tree/mounted /in/tree/both
	for i in file suid victim; do
		echo "of the volume" >/v/$i
		echo below >/in/$i
		mount -o bind /v/$i /in/$i
	done
	chown 5:6 /v/file && chmod 640 /v/file
	chmod 4755 /v/suid
	echo "of the volume" >/v/dir/f
	mount -o bind /v/dir /in/tree/mounted
	echo below >/in/tree/sub/f
	mount -o bind /v/file /in/tree/sub/f
	ln -s /in/file /in/link
	mkfifo /v/fifo && touch /in/fifo && mount -o bind /v/fifo /in/fifo
	touch /v/ro /in/ro && mount -o bind /v/ro /in/ro && mount -o remount,bind,ro /in/ro'
container_start --setup "$setup"
pid=$CT_PID
root=/proc/$pid/root
container_start --setup "$setup"
other=$CT_PID
cd "$TEST_TMP" || exit 1

# ---- control ----
container_start --setup "$setup"
victim=$CT_PID
mounted() {
	grep -c " $2 " "/proc/$1/mountinfo"
}
check_eq "control: the mount is there" "$(mounted "$victim" /in/victim)" 1
echo evil >"/proc/$victim/root/in/new"
check "control: a rename over it" mv -f "/proc/$victim/root/in/new" "/proc/$victim/root/in/victim"
check_eq "control: detaches it, and says nothing" "$(mounted "$victim" /in/victim)" 0
check_eq "control: the volume's file has not changed" "$(cat "/proc/$victim/root/v/victim")" "of the volume"
mounts_ignore "$victim"

# ---- a file ----
mkdir -p src/sub src/mounted tree/tree/sub tree/tree/mounted
echo new >file
cp file src/sub/f
cp file src/mounted/f
cp file tree/tree/sub/f
cp file tree/tree/mounted/f
chmod 604 file
cp file mounted
tar cf file.tar file
tar cf tree.tar -C tree tree
ln -s somewhere link

# lands HOW COMMAND...: the volume's file has the new text, and the mounts are what they were.
lands() {
	local what=$1

	shift
	echo "of the volume" >"$root/v/file"
	check "$what" "$@"
	check_eq "$what: the volume has it" "$(cat "$root/v/file")" new
	mounts_kept
}

for via in proc setns; do
	for options in '' -f -r -p -a '-a --special' -fa -rL '-n -f'; do
		# shellcheck disable=SC2086 # options are words
		lands "$via: nscp $options" "$nscp" --via $via $options file "$pid:/in/file"
	done
	lands "$via: into the folder" "$nscp" --via $via file "$pid:/in"
	lands "$via: through a link" "$nscp" --via $via file "$pid:/in/link"
	lands "$via: an archive" "$nscp" --via $via - "$pid:/in" <file.tar
	lands "$via: an archive, -a" "$nscp" --via $via -af - "$pid:/in" <file.tar
	lands "$via: a tree" "$nscp" --via $via -r src/. "$pid:/in/tree"
	check_eq "$via: the folder that is mounted has it too" "$(cat "$root/v/dir/f")" new
	lands "$via: a tree, -a" "$nscp" --via $via -af src/. "$pid:/in/tree"
	lands "$via: a tree in an archive" "$nscp" --via $via -af - "$pid:/in" <tree.tar
	echo new >"/proc/$other/root/in/file"
	lands "$via: from container to container" "$nscp" --via $via -a "$other:/in/file" "$pid:/in/file"
	lands "$via: a tree from container to container" \
		"$nscp" --via $via -a "$other:/in/file" "$pid:/in/"
	check "$via: -n" "$nscp" --via $via -n /etc/hostname "$pid:/in/file"
	check_eq "$via: leaves it alone" "$(cat "$root/v/file")" new
	# What can't be written in place is an error, and the mount stays.
	check_not "$via: a link" "$nscp" --via $via -Pf link "$pid:/in/file"
	check_not "$via: a FIFO over a file" "$nscp" --via $via -af "$pid:/v/fifo" "$other:/in/file"
	check "$via: which is still one" test -f "/proc/$other/root/in/file" || test_done
	check_not "$via: a file over a FIFO" "$nscp" --via $via -f file "$pid:/in/fifo"
	check_not "$via: a folder over a file" "$nscp" --via $via -rf src "$pid:/in/file"
	check_not "$via: a file over a folder" "$nscp" --via $via -f mounted "$pid:/in/tree"
	check_not "$via: a read-only mount" "$nscp" --via $via -f file "$pid:/in/ro"
	mounts_kept
done
# Names of one file: the one in the mount's place is a file of its own.
ln src/sub/f src/again
check "hard links" "$nscp" -a src/. "$pid:/in/tree"
check_eq "both names have it" "$(cat "$root/v/file" "$root/in/tree/again")" "new"$'\n'"new"

# ---- attributes: of the file that was there, or of the source ----
chown 5:6 "$root/v/file" && chmod 640 "$root/v/file"
check "nscp" "$nscp" file "$pid:/in/file"
check_eq "keeps owner and mode" "$(stat -c '%u:%g %a' "$root/v/file")" "5:6 640"
check "nscp -p" "$nscp" -p file "$pid:/in/file"
check_eq "sets those of the source" "$(stat -c '%u:%g %a' "$root/v/file")" "0:0 604"
check "over a setuid program" "$nscp" file "$pid:/in/suid"
check_eq "whose bit goes" "$(stat -c %a "$root/v/suid")" 755

# ---- the host's own mounts ----
unshare -m --propagation private bash -c '
	echo old >onhost && echo below >point && mount --bind onhost point &&
	"$0" -a "$1:/in/file" point && cat onhost && grep -c "$PWD/point" /proc/self/mountinfo' \
	"$nscp" "$pid" >said 2>&1
check_eq "a mount point of the host" "$(cat said)" "new"$'\n'1
check_eq "no temporary file is left" "$(find "$root/in" "$root/v" "$TEST_TMP" -name '.nscp.*' | wc -l)" 0
test_done
