#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The programs of examples/ are built against an installed library, by pkg-config alone, with gcc, clang and as C++,
# and do with a container what their heads say.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/install.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/diff.sh"
install_alone "$@"

examples=$NSVIEW_SOURCE/examples
install_to "$TEST_TMP/prefix"
build() { # NAME COMPILER...
	local name=$1 packages=nsview

	shift
	[ "$name" != hash ] || packages="nsview libcrypto"
	# shellcheck disable=SC2046,SC2086 # several words
	check "$1 builds $name" "$@" -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Werror \
		"$examples/$name.c" -o "$bin/$name" $(pkg-config --cflags --libs $packages)
}

# Without what compiling for another language could leave from before.
build_all() { # FOLDER COMPILER...
	bin=$TEST_TMP/$1
	shift
	mkdir "$bin"
	for name in print watch copy changes hash; do
		build "$name" "$@"
		check_eq "of $name.c its head says how" \
			"$(grep -c "^ \*     cc $name.c -o $name \$(pkg-config --cflags --libs nsview.*)\$" "$examples/$name.c")" 1
		check "$name.c has no more than 80 lines" test "$(wc -l <"$examples/$name.c")" -le 80
	done
}

image_fill "$OVERLAY/image"
"${NSVIEW_CONTAINER:-$NSVIEW_BUILD/tests/nsv-container}" --fill "$OVERLAY/image" || exit 1
printf '#!/bin/sh\n' >"$OVERLAY/image/etc/script"
chmod 755 "$OVERLAY/image/etc/script"
overlay_start image --hostname "ex$$" /bin/busybox sleep 1000000
root=/proc/$CT_PID/root
first=$CT_PID
rm "$root/etc/two"
printf 'a\nB\nc\n' >"$root/etc/text"
printf 'new' >"$root/etc/$(printf 'new\033')"
ln -s /etc/text "$root/etc/inside"
mkfifo "$root/etc/pipe"

print_is_cat() {
	check_eq "print" "$(installed "$bin/print" "ex$$" /etc/text /etc/one)" "$(cat "$root/etc/text" "$root/etc/one")"
	check_eq "print, through a link of the container's" "$(installed "$bin/print" "$CT_PID" /etc/inside)" \
		"$(cat "$root/etc/text")"
	says 1 "FIFO" env -u LD_LIBRARY_PATH "$bin/print" "ex$$" /etc/pipe
	says 1 "no such container" env -u LD_LIBRARY_PATH "$bin/print" "none$$" /etc/text
}

changes_are_told() {
	check_eq "changes" "$(installed "$bin/changes" "ex$$" | grep -v '^[AC] /proc\|^V')" "C /etc
A /etc/inside
A /etc/new\\x1b
A /etc/pipe
C /etc/text
D /etc/two"
}

copy_is_the_tree() {
	local said

	rm -rf "$TEST_TMP/copied"
	said=$(installed "$bin/copy" "ex$$" /etc "$TEST_TMP/copied" | tr '\r' '\n' | tail -n 1)
	check "copy" diff -r --no-dereference --exclude=pipe "$root/etc" "$TEST_TMP/copied"
	check "the FIFO too" test -p "$TEST_TMP/copied/pipe"
	check_eq "copy counts" "$said" "$(find "$root/etc" ! -type d -printf x | wc -c) files, $(find "$root/etc" -type f -exec \
		cat {} + | wc -c) bytes, 0 failed"
}

hashes_are_true() {
	check_eq "hash" "$(installed "$bin/hash" | sort)" "$(cd "$root" && find . -xdev -type f -perm /111 -printf '%P\n' |
		while read -r file; do
			printf '%s  %d:/%s\n' "$(sha256sum <"$file" | cut -c 1-64)" "$CT_PID" "$file"
		done | sort)"
}

end() {
	kill "$1" 2>/dev/null || :
}

comes_and_goes() {
	local watch out=$TEST_TMP/watch.out second

	env -u LD_LIBRARY_PATH "$bin/watch" >"$out" &
	watch=$!
	on_exit end "$watch"
	wait_for "the one that runs" grep -qx "came ex$$ - $CT_PID" "$out" || checks_failed=$((checks_failed + 1))
	container_start --hostname "second$$"
	second=$CT_PID
	wait_for "the second comes" grep -qx "came second$$ - $second" "$out" || checks_failed=$((checks_failed + 1))
	container_stop
	wait_for "the second goes" grep -qx "went second$$ - $second" "$out" || checks_failed=$((checks_failed + 1))
	check "it goes on" kill "$watch"
	wait "$watch"
	CT_PID=$first
}

for compiler in gcc clang g++; do
	language=()
	[ "$compiler" != g++ ] || language=(-x c++)
	build_all "$compiler" "$compiler" "${language[@]}"
	print_is_cat
	changes_are_told
	copy_is_the_tree
	hashes_are_true
	comes_and_goes
done
check "uninstall" uninstall
test_done
