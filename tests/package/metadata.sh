#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The packages have the version and the symbols of the sources, and each file that an install puts in place.
. "$(dirname "$0")/../fixtures/base.sh"

cd "$NSVIEW_SOURCE" || exit 1
version=$(sed -n 's/^#define NSV_VERSION_\(MAJOR\|MINOR\|MICRO\) //p' include/nsview/version.h | paste -sd .)
check_eq "debian/changelog has the version" "$(sed -n '1s/^nsview (\(.*\)) .*/\1/p' debian/changelog)" "$version"
check_eq "nsview.spec has the version" "$(sed -n 's/^Version: *//p' packaging/nsview.spec)" "$version"
check_eq "the last entry of nsview.spec is of this version" \
	"$(sed -n '/^%changelog/,$s/^\*.* - \([0-9.]*\)-[0-9]*$/\1/p' packaging/nsview.spec | head -n 1)" "$version"

# map FILE: "symbol@NODE" for each symbol of a linker's map, and for each node.
map() {
	awk '/^[A-Z0-9_]+ \{/ { node = $1; print node "@" node }
		/^\t[a-z_0-9]+;$/ { sub(/;$/, "", $1); print $1 "@" node }' "$1" | sort
}
symbols() {
	sed -n 's/^ \([A-Za-z0-9_]*@[A-Z0-9_]*\) .*/\1/p' "$1" | sort
}
differences() {
	diff <(symbols "$1") <(map src/libnsview.map)
}
check_eq "debian/libnsview0.symbols has the symbols of src/libnsview.map" "$(differences debian/libnsview0.symbols)" ''
sed '/nsv_collect@/d' debian/libnsview0.symbols >"$TEST_TMP/fewer"
check_not "control: a missing symbol is seen" [ -z "$(differences "$TEST_TMP/fewer")" ]
sed 's/nsv_collect@/nsv_collects@/' debian/libnsview0.symbols >"$TEST_TMP/other"
check_not "control: one that is no longer there is seen" [ -z "$(differences "$TEST_TMP/other")" ]

# Files are packaged by the folder that they are in, so new commands and pages are not forgotten.
mapfile -t globs < <(cut -d ' ' -f 1 debian/*.install)
check "there are lists of files" [ ${#globs[@]} -gt 8 ]
DESTDIR=$TEST_TMP/tree cmake --install "$NSVIEW_BUILD" --prefix /usr >/dev/null 2>&1
mapfile -t files < <(cd "$TEST_TMP/tree" && find . ! -type d | sed 's,^\./,,')
check "there are files" [ ${#files[@]} -gt 20 ]
packaged() { # FILE
	local glob

	for glob in "${globs[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ $1 == $glob || $1 == ${glob%/\*}/* ]] && return 0
	done
	return 1
}
for file in "${files[@]}"; do
	# Debian's folder for libraries is another.
	case $file in
	usr/lib*/libnsview.* | usr/lib*/pkgconfig/*) ;;
	*) check "a package has $file" packaged "$file" ;;
	esac
done
check_not "control: a folder of no package" packaged usr/share/nowhere/x
test_done
