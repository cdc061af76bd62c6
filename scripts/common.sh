# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# common.sh - shared functions of the scripts, which source it first. Works from any folder.
set -eu
umask 022

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
me=$(basename "$0")
# The PATH of an ordinary user lacks these.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

die() {
	printf '%s: %s\n' "$me" "$*" >&2
	exit 1
}

need_root() {
	[ "$(id -u)" = 0 ] || die "needs root to look into containers: sudo $0"
}

# quietly COMMAND...: shows the command's output only if the command fails.
quietly() {
	local log status=0

	log=$(mktemp)
	"$@" >"$log" 2>&1 || status=$?
	[ "$status" -eq 0 ] || cat "$log" >&2
	rm -f "$log"
	return "$status"
}

# give_back [FILE...]: under sudo, gives what root made there, or in the build folder, to the calling user, who
# may want to build there too. Runs at the end of each script: a trap of its own for EXIT has to call it.
give_back() {
	[ -n "${SUDO_UID-}" ] && [ "$(id -u)" = 0 ] || return 0
	[ $# -gt 0 ] || set -- "$top/build"
	# -execdir: the user may exchange a folder for a link meanwhile.
	[ ! -e "$1" ] || find "$@" -xdev -uid 0 -execdir chown -h "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" {} +
}
trap give_back EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# build_preset NAME: configures and builds in build/NAME.
build_preset() {
	(cd "$top" && quietly cmake --preset "$1" && quietly cmake --build --preset "$1" --parallel)
}
