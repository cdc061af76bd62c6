#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each page renders without a warning, and is found by apropos; each exported symbol is on the page of its header, with
# its synopsis, and what it says of errors and ownership.
. "$(dirname "$0")/../fixtures/base.sh"

for tool in man lexgrog groff; do
	command -v "$tool" >/dev/null || test_skip "$tool is missing"
done
built=$NSVIEW_BUILD/man
symbols=$(sed -n 's/^\t\(nsv_[a-z0-9_]*\);$/\1/p' "$NSVIEW_SOURCE/src/libnsview.map")
check "there are symbols" test "$(wc -l <<<"$symbols")" -gt 50
check "there are pages" test "$(find "$built" -maxdepth 1 -name '*.[1-8]' | wc -l)" -ge 10

rendered() { # PAGE: as text, without bold and the like
	MANWIDTH=100 MANROFFOPT='' man -P cat --no-hyphenation --no-justification -l "$1" 2>/dev/null | col -bx
}
warnings() {
	# shellcheck disable=SC2069 # the errors, without the page
	MANWIDTH=100 LC_ALL=C.UTF-8 man --warnings -E UTF-8 -P cat -l "$1" 2>&1 >/dev/null
}

pages=$(find "$built" -maxdepth 1 -name '*.[1-8]'; grep -L '^\.so ' "$built"/man3/*.3)
for page in $pages; do
	check_eq "warnings of $(basename "$page")" "$(warnings "$page")" ''
	check "whatis finds $(basename "$page")" lexgrog "$page"
done
printf '.TH x 3\n.SH NAME\nx \\- y\n.SH A\n.nosuch\n\\fQx\n' >"$TEST_TMP/bad.3"
check_not "control: a bad page has warnings" test -z "$(warnings "$TEST_TMP/bad.3")"

# The same page, by the symbol's name.
page_of() {
	local page=$built/man3/$1.3 leads

	leads=$(sed -n 's,^\.so man3/,,p' "$page")
	echo "${leads:+$built/man3/}${leads:-$page}"
}
declare -A text
for symbol in $symbols; do
	page=$(page_of "$symbol")
	check "$symbol has a page" test -s "$page" || continue
	[ -n "${text[$page]-}" ] || text[$page]=$(rendered "$page")
	check "$symbol is in the synopsis" grep -qE "^ +[a-z].*\b$symbol\(" <<<"$(sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' <<<"${text[$page]}")"
	check "$symbol is described" grep -qE "^   (.* )?$symbol( |$)" <<<"$(sed -n '/^FUNCTIONS/,/^[A-Z]/p;/^FUNCTIONS/,/^RETURN/p' <<<"${text[$page]}")"
done
for page in "${!text[@]}"; do
	for section in NAME SYNOPSIS DESCRIPTION FUNCTIONS 'RETURN VALUE AND ERRORS' PRIVILEGES RACES THREADS KERNEL 'SEE ALSO'; do
		check "$(basename "$page") has $section, and a text" \
			test -n "$(sed -n "/^$section\$/{n;p}" <<<"${text[$page]}" | tr -d ' ')"
	done
done
check_eq "no page for what there is not" "$(cd "$built/man3" && grep -l '^\.so ' ./*.3 | sed 's,./\(.*\)\.3,\1,' |
	grep -vxF "$symbols")" ''

# What a function that can fail or gives something away has to say: which errors, and whose it is.
says_enough() { # FOLDER OF HEADERS
	awk -f "$NSVIEW_SOURCE/tests/man/complete.awk" "$1"/*.h
}
check_eq "each function says its errors and whose its results are" "$(says_enough "$NSVIEW_SOURCE/include/nsview")" ''
mkdir "$TEST_TMP/headers"
sed 's/Errors: .*//; s/-EINVAL: .*//' "$NSVIEW_SOURCE/include/nsview/watch.h" >"$TEST_TMP/headers/watch.h"
check_eq "control: one that does not is seen" "$(says_enough "$TEST_TMP/headers" | head -n 1)" \
	"watch.h: nsv_watch_new: no errors"

listed=$(cd "$built/man3" && grep -L '^\.so ' ./*.3 | sed 's,^\./,,; s,\.3$,,' | sort)
if [ -f "$built/libnsview.3" ]; then
	check_eq "libnsview(3) names each page" \
		"$(rendered "$built/libnsview.3" | grep -oE 'nsv_[a-z]+\(3\)' | tr -d '()3' | sort -u)" "$listed"
fi
test_done
