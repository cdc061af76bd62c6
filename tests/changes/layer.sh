#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsdiff --layer: the layer, extracted over the image as layer.md of OCI's image-spec says, gives the
# container's files; --image: an archive whose hashes are right.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/diff.sh"

[ "$(id -u)" = 0 ] || test_skip "needs root"
mkdir -p "$OVERLAY/base"
check "a root" "$NSVIEW_BUILD/tests/nsv-container" --fill "$OVERLAY/base"
image_fill "$OVERLAY/base"
overlay_start base
image_mount "$OVERLAY/base"
change nsenter -t "$CT_PID" -m -r
# Of kinds that no other test has. In the container's own view, from the host.
now=/proc/$CT_PID/root
long=$(printf '%0200d' 7)
mkdir -p "$now/more/$long/$long"
echo deep >"$now/more/$long/$long/file"
mknod "$now/more/null" c 1 3
mknod "$now/more/loop" b 7 200
echo a >"$now/more/a"
ln "$now/more/a" "$now/more/b"
ln -s "/$long/$long" "$now/more/link"
truncate -s 96M "$now/more/holes"
echo middle | dd of="$now/more/holes" bs=1M seek=50 conv=notrunc status=none
chown 1234:4321 "$now/more/a"
chmod 4755 "$now/more/a"
touch -d '1969-12-31 23:00:00.25 UTC' "$now/more/null"
printf x >"$now/more/$(printf 'odd\001\351\n"d')"
python3 - "$now" <<'END'
import os, socket, struct, sys
now = sys.argv[1]
os.setxattr(now + "/more/a", "security.capability", struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0))
try:
    os.setxattr(now + "/more/a", "user.mine", b"\0value\xff")
except OSError:
    pass
os.chdir(now)
socket.socket(socket.AF_UNIX).bind("more/socket")
END

check "the layer" "$nsdiff" --layer="$TEST_TMP/layer.tar" "$CT_PID"
mkdir "$TEST_TMP/applied"
cp -a "$OVERLAY/base/." "$TEST_TMP/applied/"
check "the layer over the image is the container" python3 "$NSVIEW_SOURCE/tests/changes/apply_layer.py" \
	"$TEST_TMP/layer.tar" "$TEST_TMP/applied" "$now" "/proc/$CT_PID/mountinfo"
check "GNU tar reads it" tar -tf "$TEST_TMP/layer.tar"
check "a file that is a hole takes no room" [ "$(stat -c %s "$TEST_TMP/layer.tar")" -lt 10000000 ]
check_not "control: without its marks it is not" bash -c \
	'rm -rf "$1"; cp -a "$2/." "$1/" && tar -C "$1" --exclude=".wh.*" -xpf "$3" && exec python3 "$4" - "$1" "$5" "$6"' - \
	"$TEST_TMP/applied" "$OVERLAY/base" "$TEST_TMP/layer.tar" "$NSVIEW_SOURCE/tests/changes/apply_layer.py" "$now" \
	"/proc/$CT_PID/mountinfo" >/dev/null

check "the image" "$nsdiff" --image="$TEST_TMP/image.tar" "$CT_PID"
check "the archive is right" python3 "$NSVIEW_SOURCE/tests/changes/check_archive.py" "$TEST_TMP/image.tar" "$TEST_TMP/layers"
rm -rf "$TEST_TMP/applied"
mkdir "$TEST_TMP/applied"
check "its layers from nothing are the container" python3 "$NSVIEW_SOURCE/tests/changes/apply_layer.py" \
	"$TEST_TMP/layers/0,$TEST_TMP/layers/1" "$TEST_TMP/applied" "$now" "/proc/$CT_PID/mountinfo"

# A name that a layer has no form for is told of, and the rest is there.
echo hidden >"$now/.wh.hidden"
"$nsdiff" --layer="$TEST_TMP/marked.tar" "$CT_PID" 2>"$TEST_TMP/err"
check_eq "a name like a mark: exits" $? 1
check "it is told of" grep -q '/.wh.hidden: .*begins with .wh.' "$TEST_TMP/err"
check "the rest is there" tar -tf "$TEST_TMP/marked.tar" fresh
check_eq "it is not" "$(tar -tf "$TEST_TMP/marked.tar" | grep -c '^\.wh\.hidden')" 0

# Half of one is never left, and nothing is overwritten.
echo mine >"$TEST_TMP/there"
says 1 'File exists' "$nsdiff" --layer="$TEST_TMP/there" "$CT_PID"
check_eq "it is as it was" "$(cat "$TEST_TMP/there")" mine
says 1 'No such file' "$nsdiff" --layer="$TEST_TMP/none/layer" "$CT_PID"
mkdir "$TEST_TMP/small"
check "a small disk" mount -t tmpfs -o size=64k none "$TEST_TMP/small"
on_exit umount -l "$TEST_TMP/small"
for kind in layer image; do
	"$nsdiff" --$kind="$TEST_TMP/small/out" "$CT_PID" 2>"$TEST_TMP/err"
	check_eq "$kind on a full disk: exits" $? 1
	check "$kind: why" grep -q 'No space left' "$TEST_TMP/err"
	check_eq "$kind: nothing is left" "$(ls -A "$TEST_TMP/small")" ''
done
says 2 'one container' "$nsdiff" --layer="$TEST_TMP/x" "$CT_PID" "$CT_PID"
says 2 'not standard output' "$nsdiff" --image=- "$CT_PID"
says 2 'one at a time' "$nsdiff" --layer="$TEST_TMP/x" --image="$TEST_TMP/y" "$CT_PID"
"$nsdiff" --layer="$TEST_TMP/x" $$ 2>"$TEST_TMP/err"
check_eq "unknown changes: exits" $? 1
check_not "and no file" [ -e "$TEST_TMP/x" ]
test_done
