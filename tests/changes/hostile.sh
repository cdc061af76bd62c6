#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An upper folder that is made to mislead: marks that lead out of the layers, links that come and go, and more
# names than fit into memory.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/diff.sh"

[ "$(id -u)" = 0 ] || test_skip "needs root"
command -v setfattr >/dev/null || test_skip "setfattr (attr) is missing"
HOST=$TEST_TMP/host
mkdir -p "$OVERLAY/base" "$HOST/in"
check "a root" "$NSVIEW_BUILD/tests/nsv-container" --fill "$OVERLAY/base"
mkdir -p "$OVERLAY/base/etc" "$OVERLAY/base/swapped"
echo host-sentinel >"$HOST/secret"
echo host-sentinel >"$HOST/in/secret"
echo one >"$OVERLAY/base/etc/one"
ln -s "$HOST" "$OVERLAY/base/link"
OVERLAY_OPTIONS=,redirect_dir=on,metacopy=on
overlay_start base
upper=$OVERLAY/upper

# ---- marks ----

# What a lookup from the top of a layer would make of them, without bounds.
marks=(../../host /../../host /etc/../../../host . .. '' / //etc /etc/ a/b /link /link/in "$HOST")
for i in "${!marks[@]}"; do
	mkdir "$upper/bad$i"
	setfattr -n trusted.overlay.redirect -v "${marks[i]}" "$upper/bad$i"
	: >"$upper/file$i"
	truncate -s 14 "$upper/file$i"
	setfattr -n trusted.overlay.metacopy "$upper/file$i"
	setfattr -n trusted.overlay.redirect -v "${marks[i]%/}/secret" "$upper/file$i"
done
check "control: a name from a layer's top leads to the host" grep -q host-sentinel "$OVERLAY/base/link/secret"
check "control: and so does .." grep -q host-sentinel "$OVERLAY/base/../../host/secret"
quiet() { # WHAT OPTION...
	local what=$1

	shift
	timeout 60 "$nsdiff" "$@" >"$TEST_TMP/out" 2>"$TEST_TMP/err"
	check_eq "$what: exits" $? 1
	check_not "$what: nothing of the host is shown" grep -aq host-sentinel "$TEST_TMP/out"
	rm -f "$TEST_TMP/layer.tar"
}
quiet "bad marks" --content "$CT_PID"
check "they are told of" grep -q '/bad0:' "$TEST_TMP/err"
check_eq "each folder of the worst" "$(grep -cE ':/bad([0-7]|9):' "$TEST_TMP/err")" 9
timeout 60 "$nsdiff" --layer="$TEST_TMP/layer.tar" "$CT_PID" 2>/dev/null
check_eq "bad marks, a layer: exits" $? 1
check_not "a layer: nothing of the host" grep -aq host-sentinel "$TEST_TMP/layer.tar"
"$nsdiff" -J "$CT_PID" >"$TEST_TMP/out" 2>/dev/null
check "in JSON each is a problem" jq -e '[.changes[] | select(.kind == "!")] | length >= 15' "$TEST_TMP/out"
rm -r "$upper"/bad* "$upper"/file*
mkdir "$upper/good"
setfattr -n trusted.overlay.redirect -v /etc "$upper/good"
check_eq "control: a right one is followed" "$(letters "$CT_PID" | grep -Fxc 'A /good/one')" 1
rm -r "$upper/good"

# ---- links that come and go ----

mkdir -p "$upper/swapped/in"
for d in "" in/; do
	echo mine >"$upper/swapped/${d}secret"
done
ln -s "$HOST" "$upper/link-out"
rm "$upper/link-out"
ln -s "$HOST" "$TEST_TMP/overlay/exchange"
mv "$TEST_TMP/overlay/exchange" "$upper/other"
python3 - "$upper/swapped" "$upper/other" <<'END' &
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
a, b = (os.fsencode(p) for p in sys.argv[1:])
while True:
    if libc.syscall(316 if os.uname().machine == "x86_64" else 276, -100, a, -100, b, 2):
        sys.exit("exchange: %d" % ctypes.get_errno())
END
swapper=$!
on_exit eval "kill $swapper 2>/dev/null || :"
as_link() { [ -L "$upper/swapped" ]; }
wait_for "control: a link is in its place, and leads to the host" as_link
reached() { grep -q host-sentinel "$upper/swapped/secret"; }
wait_for "control: a name leads to the host" reached
for i in $(seq "${NSVIEW_TEST_ROUNDS:-8}"); do
	timeout 60 "$nsdiff" --content "$CT_PID" >>"$TEST_TMP/swaps" 2>>"$TEST_TMP/swaps.err"
	timeout 60 "$nsdiff" --layer="$TEST_TMP/layer$i.tar" "$CT_PID" 2>>"$TEST_TMP/swaps.err"
	cat "$TEST_TMP/layer$i.tar" >>"$TEST_TMP/swaps" 2>/dev/null
	rm -f "$TEST_TMP/layer$i.tar"
done
check "the swaps went on" kill -0 "$swapper"
kill "$swapper"
wait "$swapper" 2>/dev/null
check "it looked" grep -aq swapped "$TEST_TMP/swaps"
check_not "nothing of the host is shown" grep -aq host-sentinel "$TEST_TMP/swaps"
rm -rf "$upper/swapped" "$upper/other"

# ---- many names ----

python3 - "$upper" <<'END'
import os, sys
os.mkdir(sys.argv[1] + "/many")
os.chdir(sys.argv[1] + "/many")
for i in range(30000):
    os.mknod("%0200d" % i)
deep = os.open(".", os.O_RDONLY)
for i in range(1500):
    os.mkdir("d", dir_fd=deep)
    below = os.open("d", os.O_RDONLY, dir_fd=deep)
    os.close(deep)
    deep = below
END
most() { # OPTION... : the most memory, in KiB, that it took
	python3 - "$nsdiff" "$@" <<'END'
import os, resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
END
}
check_eq "each is listed" "$("$nsdiff" -x "$CT_PID" 2>"$TEST_TMP/err" | grep -c '^A /many/0')" 30000
check "what is too deep is told of" grep -q ":/many/d/d/d" "$TEST_TMP/err"
# The sanitizers have memory of their own.
if ! grep -q __asan_init "$nsdiff"; then
	check "in 64 MiB" [ "$(most -x "$CT_PID")" -lt 65536 ]
	check "a layer, too" [ "$(most --layer="$TEST_TMP/many.tar" "$CT_PID")" -lt 65536 ]
fi
test_done
