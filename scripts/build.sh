# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2120,SC2154 # for the scripts
#
# build.sh - builds the committed state in clean systems of Debian. Source after common.sh and debian.sh.
#
#   build_begin                      makes $build_work, removed at the end; sets SOURCE_DATE_EPOCH, the commit's date
#   build_version                    prints the version of the sources
#   build_root RELEASE NAME [WHAT...]   makes $build_root, a system as of debian_base
#   build_unpack                     makes $build_source in it, in a folder of a name not used before
#   build_in COMMAND...              runs COMMAND there, as the calling user of sudo or nobody, without network; shows
#                                    the end of its output if it fails
#   build_root_end                   removes $build_root

build_begin() {
	command -v debootstrap >/dev/null || die "needs the package debootstrap"
	build_commit=$(git -C "$top" rev-parse HEAD) || die "packages are made of a commit"
	SOURCE_DATE_EPOCH=$(git -C "$top" show -s --format=%ct "$build_commit")
	export SOURCE_DATE_EPOCH
	build_work=$(mktemp -d)
	trap 'rm -rf --one-file-system "$build_work"; [ ! -e "$top/build" ] || give_back "$top/build"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

build_version() {
	git -C "$top" show "$build_commit:include/nsview/version.h" |
		sed -n 's/^#define NSV_VERSION_\(MAJOR\|MINOR\|MICRO\) //p' | paste -sd .
}

build_root() {
	local release=$1 name=$2

	shift 2
	build_root=$build_work/root
	debian_base "$release" "$name" "$build_root" "$@" || die "there is no system of $release"
}

build_root_end() {
	rm -rf --one-file-system "$build_root"
}

# The umask of the files is that of git archive, not the caller's.
build_archive() { # OPTION...
	git -C "$top" -c tar.umask=0022 archive --format=tar "$@" "$build_commit"
}

build_unpack() {
	build_folder=$(mktemp -d "$build_root/var/tmp/build.XXXXXX")
	build_source=$build_folder/nsview
	mkdir "$build_source"
	build_archive | tar -C "$build_source" -xf -
	chown -R "${SUDO_UID:-65534}:${SUDO_GID:-65534}" "$build_folder"
}

build_in() {
	local inside=${build_source#"$build_root"} status=0

	# shellcheck disable=SC2016 # expanded by the inner shell
	debian_in "$build_root" setpriv --reuid "${SUDO_UID:-65534}" --regid "${SUDO_GID:-65534}" --clear-groups \
		env "HOME=$inside/.." "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" "DEB_BUILD_OPTIONS=parallel=$(nproc)" \
		sh -euc 'cd "$1"; shift; exec "$@"' sh "$inside" "$@" \
		>"$build_work/log" 2>&1 || status=$?
	# Not the thousand lines of a compiler's options.
	[ $status -eq 0 ] || cut -c 1-300 "$build_work/log" | tail -n 30 >&2
	return $status
}
