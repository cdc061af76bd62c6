#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each file is compiled with the hardening that the compiler has, and each program and library shows it.
. "$(dirname "$0")/../fixtures/base.sh"

commands=$NSVIEW_BUILD/compile_commands.json
compiler=$(jq -r '.[0].command | split(" ") | map(select(test("(cc|gcc|clang)[-0-9]*$")))[0]' "$commands")

takes() { # FLAG...: whether the compiler has them
	echo 'int main(void) { return 0; }' | "$compiler" -Werror "$@" -x c -c -o /dev/null - 2>/dev/null
}

# Prints the files that are compiled without the flag.
without() {
	jq -r --arg flag "$1" '.[] | select((.command | split(" ") | index($flag)) == null) | .file' "$commands"
}

wanted=(-fstack-protector-strong)
takes -fcf-protection && wanted+=(-fcf-protection)
takes -fstack-clash-protection && wanted+=(-fstack-clash-protection)
clang_form=-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
if takes -ftrivial-auto-var-init=zero; then
	wanted+=(-ftrivial-auto-var-init=zero)
elif takes -ftrivial-auto-var-init=zero "$clang_form"; then
	wanted+=(-ftrivial-auto-var-init=zero "$clang_form")
fi
optimized=no
if jq -e '.[0].command | test(" -O[123s]")' "$commands" >/dev/null; then
	optimized=yes
	wanted+=(-D_FORTIFY_SOURCE=3)
fi
check "there are commands to look at" [ "$(jq length "$commands")" -gt 100 ]
for flag in "${wanted[@]}"; do
	check_eq "each file is compiled with $flag" "$(without "$flag")" ''
done

elf() { # FILE: what readelf tells of it
	LC_ALL=C readelf --wide --program-headers --dynamic --notes "$1"
}

for file in "$NSVIEW_BIN"/ns* "$NSVIEW_LIB"/libnsview.so; do
	name=$(basename "$file")
	told=$(elf "$file")
	check "$name has relocations that become read-only" grep -q GNU_RELRO <<<"$told"
	check "$name binds all names at its start" grep -qE 'BIND_NOW|FLAGS_1.*NOW' <<<"$told"
	check_not "$name has no stack that can be executed" grep -qE 'GNU_STACK.* RWE' <<<"$told"
	check_not "$name has no segment that can be written and executed" grep -qE 'LOAD.* RWE' <<<"$told"
	[ "${file%.so}" != "$file" ] ||
		check "$name can be loaded anywhere" grep -qE 'FLAGS_1.*PIE' <<<"$told"
done
check_not "nscat is static: no interpreter" grep -q INTERP <<<"$(elf "$NSVIEW_BIN/nscat")"

# Control: a program without any of it is told from one that has it.
echo 'int main(void) { return 0; }' | "$compiler" -no-pie -Wl,-z,norelro -Wl,-z,lazy -Wl,-z,execstack \
	-x c -o "$TEST_TMP/soft" - 2>/dev/null
soft=$(elf "$TEST_TMP/soft")
check "a program with a stack that can be executed is seen" grep -qE 'GNU_STACK.* RWE' <<<"$soft"
check_not "one without read-only relocations is seen" grep -q GNU_RELRO <<<"$soft"
check_not "one that is loaded at a fixed place is seen" grep -qE 'FLAGS_1.*PIE' <<<"$soft"

if [ $optimized = yes ]; then
	for file in "$NSVIEW_BIN"/ns* "$NSVIEW_LIB"/libnsview.so; do
		# A static program's libc has both forms of each call inside.
		[ "$(basename "$file")" != nscat ] || continue
		check "$(basename "$file") calls the checking forms of libc" \
			grep -q '_chk' <<<"$(nm -D --undefined-only "$file")"
	done
fi
test_done
