#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# man/headers.sh VERSION FOLDER HEADER... - makes the man pages of public headers in FOLDER: nsv_NAME.3 of NAME.h, by
# header.awk, and for each of its functions a page that leads there.
set -eu

version=$1 folder=$2
shift 2
here=$(dirname "$0")
names=
for header; do
	names="$names $(basename "$header" .h)"
done
rm -rf "$folder"
mkdir -p "$folder"
for header; do
	page=nsv_$(basename "$header" .h)
	awk -v version="$version" -v headers="$names" -f "$here/header.awk" "$header" >"$folder/$page.3"
	awk -v names=1 -v headers="$names" -f "$here/header.awk" "$header" | while read -r function; do
		[ "$function" = "$page" ] || echo ".so man3/$page.3" >"$folder/$function.3"
	done
done
