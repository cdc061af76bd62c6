# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# debian.sh - Debian systems in folders, made by debootstrap(8) from the mirror that apt of this host uses. Needs root.
#
#   apt_mirror SUITE                      prints the mirror that apt uses for SUITE, or nothing
#   debian_version RELEASE                prints its number
#   debian_bootstrap RELEASE TAR WORK     makes TAR: a minimal system; WORK is a folder for it that is not there yet
#   debian_base RELEASE NAME ROOT [PACKAGE...]   fills the new folder ROOT with a system that has the packages, up to
#                                         date, and what CONTROL's Build-Depends name if a package is the file CONTROL.
#                                         Made once, and kept as NAME in $NSVIEW_TEST_CACHE (default: build/cache)
#   debian_in ROOT [--net] COMMAND...     runs COMMAND in it: own mounts, processes, hostname; network only with --net

debian_cache=${NSVIEW_TEST_CACHE:-${NSVIEW_SOURCE:-${top-}}/build/cache}

# Whatever the format of apt's sources.
apt_mirror() {
	apt-get indextargets --format "\$(REPO_URI) \$(RELEASE) \$(COMPONENT)" "Created-By: Packages" |
		awk -v release="$1" '$2 == release && $3 == "main" { print $1; exit }'
}

# A mirror has all releases of Debian: that of another release is this host's own.
debian_mirror() { # SUITE
	local here suffix

	here=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	suffix=${1#"${1%%-*}"}
	apt_mirror "$1" | grep . || apt_mirror "$here$suffix"
}

debian_version() { # RELEASE
	case $1 in
	bookworm) echo 12 ;;
	trixie) echo 13 ;;
	*) return 1 ;;
	esac
}

debian_bootstrap() {
	local release=$1 out=$2 work=$3 mirror proxy status=0

	mirror=$(debian_mirror "$release")
	[ -n "$mirror" ] || { echo "apt has no source for $release here"; return 1; }
	proxy=$(apt-config dump --format '%v' Acquire::http::Proxy)
	[ -z "$proxy" ] || export http_proxy=$proxy
	mkdir "$work" || return
	if debootstrap --variant=minbase "$release" "$work/root" "$mirror" >"$work/log" 2>&1; then
		rm -rf "$work/root/var/cache/apt/archives" "$work/root/var/lib/apt/lists"
		debian_pack "$work/root" "$out" || status=$?
	else
		tail -n 5 "$work/log"
		status=1
	fi
	rm -rf --one-file-system "$work"
	return $status
}

debian_pack() { # ROOT TAR
	tar --numeric-owner --xattrs --acls --auto-compress -C "$1" -cf "$2.new${2##*.tar}" . && mv "$2.new${2##*.tar}" "$2"
}

debian_unpack() { # TAR ROOT
	mkdir -p "$2" && tar --numeric-owner --xattrs --acls -C "$2" -xf "$1"
}

debian_in() {
	local root=$1 net=--net

	shift
	if [ "${1-}" = --net ]; then
		net=
		shift
	fi
	# shellcheck disable=SC2016,SC2086 # expanded by the inner shell; nothing, or one word
	setpriv --pdeathsig KILL unshare --mount --pid --ipc --uts $net --fork --kill-child sh -euc '
		root=$1
		shift
		hostname debian
		# Containers in it need a root that is a mount point.
		mount --bind "$root" "$root"
		mount -t proc proc "$root/proc"
		mount -t sysfs -o ro sys "$root/sys"
		[ ! -c /dev/fuse ] || { [ -e "$root/dev/fuse" ] || >"$root/dev/fuse"; mount --bind /dev/fuse "$root/dev/fuse"; }
		exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
			DEBIAN_FRONTEND=noninteractive "$@"
	' sh "$root" "$@" </dev/null
}

# What apt in ROOT needs to reach the mirror, as apt of this host does.
debian_sources() { # RELEASE ROOT
	local release=$1 root=$2 suite mirror

	for suite in "$release" "$release-updates" "$release-security"; do
		mirror=$(debian_mirror "$suite")
		[ -z "$mirror" ] || printf 'deb %s %s main\ndeb-src %s %s main\n' "$mirror" "$suite" "$mirror" "$suite"
	done >"$root/etc/apt/sources.list"
	apt-config dump | grep -E '^Acquire::(http|https|Check|Retries)' >"$root/etc/apt/apt.conf.d/90host" || true
	# No service starts in a system that is only a folder.
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
}

debian_fill() { # RELEASE ROOT [PACKAGE...]
	local release=$1 root=$2 package packages=()

	shift 2
	debian_sources "$release" "$root"
	debian_in "$root" --net apt-get -q update || return
	debian_in "$root" --net apt-get -qy upgrade || return
	for package; do
		if [ -f "$package" ]; then
			mkdir -p "$root/tmp/for/debian"
			cp "$package" "$root/tmp/for/debian/control"
			debian_in "$root" --net apt-get -qy --no-install-recommends build-dep /tmp/for || return
			rm -rf "$root/tmp/for"
		elif [ "${package#src:}" != "$package" ]; then
			debian_in "$root" --net sh -euc 'cd /usr/src && apt-get -qy source "$1"' sh "${package#src:}" || return
		else
			packages+=("$package")
		fi
	done
	[ ${#packages[@]} -eq 0 ] ||
		debian_in "$root" --net apt-get -qy --no-install-recommends install "${packages[@]}" || return
	debian_in "$root" apt-get clean
}

debian_base() {
	local release=$1 name=$2 root=$3 minimal tar lock key log status=0

	shift 3
	minimal=$debian_cache/$release-$(dpkg --print-architecture).tar
	key=$(for package; do [ ! -f "$package" ] || sed -n '/^Build-Depends:/,/^[^ ]/p' "$package"; echo "$package"; done |
		sed 's,.*/,,' | sha256sum | cut -c 1-12)
	tar=${minimal%.tar}-$name-$key.tar.zst
	mkdir -p "$debian_cache"
	exec {lock}>"$minimal.lock"
	flock "$lock"
	[ -s "$minimal" ] || debian_bootstrap "$release" "$minimal" "$root.bootstrap" || status=$?
	exec {lock}>&-
	[ $status -eq 0 ] || return $status
	exec {lock}>"$tar.lock"
	flock "$lock"
	if [ ! -s "$tar" ]; then
		log=$root.log
		debian_unpack "$minimal" "$root" && debian_fill "$release" "$root" "$@" >"$log" 2>&1 &&
			debian_pack "$root" "$tar" || status=$?
		[ $status -eq 0 ] || tail -n 20 "$log" >&2
		rm -f "$log"
	else
		debian_unpack "$tar" "$root" || status=$?
	fi
	exec {lock}>&-
	return $status
}
