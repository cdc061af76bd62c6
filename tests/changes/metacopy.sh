#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsdiff on an overlay that copies attributes alone (metacopy) and renames folders by a mark (redirect_dir).
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/diff.sh"

[ "$(id -u)" = 0 ] || test_skip "needs root"
mkdir -p "$OVERLAY/base" "$OVERLAY/top/deep/a" "$OVERLAY/top/kept"
check "a root" "$NSVIEW_BUILD/tests/nsv-container" --fill "$OVERLAY/base"
image_fill "$OVERLAY/base"
mkdir -p "$OVERLAY/base/far/in/it" "$OVERLAY/base/meta"
echo far >"$OVERLAY/base/far/in/it/file"
for i in mode owner renamed written; do
	head -c 5000 /dev/urandom >"$OVERLAY/base/meta/$i"
done
echo top >"$OVERLAY/top/deep/a/of-top"
echo kept >"$OVERLAY/top/kept/file"
OVERLAY_OPTIONS=,metacopy=on,redirect_dir=on
overlay_start top:base
image_mount "$OVERLAY/top:$OVERLAY/base"

change nsenter -t "$CT_PID" -m -r
check "more changes" nsenter -t "$CT_PID" -m -r /bin/busybox sh -euc '
	b=/bin/busybox
	$b chmod 0711 /meta/mode; $b chown 7:8 /meta/owner; $b chmod 0600 /meta/renamed; $b mv /meta/renamed /meta/new
	$b chmod 0600 /meta/written; echo more >>/meta/written
	$b mv /deep /elsewhere; echo in >/elsewhere/a/new; $b rm /elsewhere/a/of-top
	$b mkdir /place; $b mv /far/in /place/inside; $b mv /place/inside/it /place/it'
upper=$OVERLAY/upper
check "attributes were copied alone" getfattr -n trusted.overlay.metacopy "$upper/meta/mode"
check "a file was renamed by a mark" getfattr -n trusted.overlay.redirect "$upper/meta/new"
check "a folder was renamed by a mark" getfattr -n trusted.overlay.redirect "$upper/elsewhere"
check "to another folder" getfattr -n trusted.overlay.redirect "$upper/place/it"
check_eq "control: the upper file is nothing but a hole" "$(tr -d '\0' <"$upper/meta/mode" | wc -c)" 0
changed "$CT_PID"
check_changes "every kind of change" "$IMAGE"
for line in 'C /meta/mode' 'A /meta/new' 'D /meta/renamed' 'D /deep/a/b/c' 'A /elsewhere/a/b/c' 'A /place/it/file' \
	'D /far/in/it/file'; do
	check_eq "$line" "$(letters "$CT_PID" | grep -Fxc "$line")" 1
done
check_eq "attributes alone differ" "$(jq -c '.changes[] | select(.path == "/meta/mode") | .what' "$CHANGES")" '["metadata"]'

check "the layer" "$nsdiff" --layer="$TEST_TMP/layer.tar" "$CT_PID"
mkdir "$TEST_TMP/applied"
cp -a "$IMAGE/." "$TEST_TMP/applied/"
check "the layer over the image is the container" python3 "$NSVIEW_SOURCE/tests/changes/apply_layer.py" \
	"$TEST_TMP/layer.tar" "$TEST_TMP/applied" "/proc/$CT_PID/root" "/proc/$CT_PID/mountinfo"
check_not "no mark of overlayfs is in it" grep -aq 'overlay\.' "$TEST_TMP/layer.tar"
test_done
