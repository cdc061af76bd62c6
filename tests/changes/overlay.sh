#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsdiff on overlays that are made here: each kind of change, against a walk of image and container.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/diff.sh"

mkdir -p "$OVERLAY/base"
check "a root" "$NSVIEW_BUILD/tests/nsv-container" --fill "$OVERLAY/base"
image_fill "$OVERLAY/base"
mkdir -p "$OVERLAY/top/etc" "$OVERLAY/top/gone"
echo 'of the top' >"$OVERLAY/top/etc/three"
echo 'of the top' >"$OVERLAY/top/gone/file"
mknod "$OVERLAY/top/etc/resolv.conf" c 0 0
overlay_start top:base
image_mount "$OVERLAY/top:$OVERLAY/base"

check_eq "nothing changed" "$(letters "$CT_PID")" ''
change nsenter -t "$CT_PID" -m -r
changed "$CT_PID"
check_changes "every kind of change" "$IMAGE"
said() { letters "$CT_PID" | grep -Fxc -- "$1"; }
for line in 'A /fresh' 'C /etc/one' 'D /etc/two' 'D /gone/sub' 'D /gone/sub/sub/a' 'D /moved/x/a' 'A /moved/y/a' \
	'C /replaced/d' 'D /replaced/d/b' 'C /file/was' 'A /file/was/in' 'C /opaque/in' 'C /opaque/in/b' \
	'D /opaque/in/a' 'A /opaque/in/d' 'C /deep/a' 'C /deep/a/b/c' 'A /links/three' 'C /links/sym' 'D /many/22' \
	'C /many/7' 'D /many/8' 'A /pipe'; do
	check_eq "$line" "$(said "$line")" 1
done
check_not "a file of the lower layers that did not change" grep -q /etc/three <<<"$(letters "$CT_PID")"
check_eq "odd names are exact with -0" \
	"$("$nsdiff" -x0 "$CT_PID" | tr '\0\n' '\n\2' | grep -aFxc "$(printf 'A /odd\001\377\002.')")" 1
check_eq "-0 and lines have as many" "$("$nsdiff" -0 "$CT_PID" | tr -cd '\0' | wc -c)" "$(jq '.changes | length' "$CHANGES")"
check "on a terminal they are escaped" grep -qF 'A /odd\001\377\n.' \
	<(LC_ALL=C.UTF-8 script -qec "$nsdiff -x $CT_PID" /dev/null)
check_eq "totals" "$("$nsdiff" --stat -x "$CT_PID" | tail -n 1 | cut -d';' -f1)" \
	" $(jq -r '[(.changes | map(select(.kind == "A")) | length), (.changes | map(select(.kind == "C")) | length),
		(.changes | map(select(.kind == "D")) | length)] | "\(.[0]) added, \(.[1]) changed, \(.[2]) deleted, 0 on volumes"' "$CHANGES")"

# --content is a patch: applied to the image it gives the container's texts.
"$nsdiff" -x --content "$CT_PID" >"$TEST_TMP/patch"
check "a changed line" grep -qx -- '-b' "$TEST_TMP/patch"
check "its new text" grep -qx -- '+B' "$TEST_TMP/patch"
check "metadata alone" grep -qE '^C .* metadata +/deep/a/b/c$' "$TEST_TMP/patch"
if command -v patch >/dev/null; then
	mkdir "$TEST_TMP/patched"
	cp "$IMAGE/etc/one" "$IMAGE/etc/text" "$TEST_TMP/patched"
	for f in one text; do
		sed -n "\\,^--- a/etc/$f\$,,/^---\|^[ACD(] /{/^--- a.etc.$f\$/p;/^---\|^[ACD(] /!p}" "$TEST_TMP/patch" |
			patch -s "$TEST_TMP/patched/$f"
		check "patch makes $f" cmp "$TEST_TMP/patched/$f" "/proc/$CT_PID/root/etc/$f"
	done
fi
says 2 'only one of' "$nsdiff" -J --stat "$CT_PID"
says 2 'which container' "$nsdiff"
test_done
