# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for the commands: their options. Containers and paths are typed.

_nsview_options() {
	local common='--via= --help --version'

	case $1 in
	nsls)
		echo "$common --all --almost-all --directory --human-readable --inode --long
			--numeric-uid-gid --reverse --recursive --by-size --by-time --one-per-line
			--zero --json --host-ids --color="
		;;
	nsinfo)
		echo "--json --only= --help --version"
		;;
	nscp)
		echo "$common --archive --recursive --preserve --dereference --no-dereference
			--no-clobber --force --verbose --jobs= --one-file-system --exclude= --special
			--host-ids --no-progress"
		;;
	nsps)
		echo "--all --json --noheadings --output= --output-all --pids --quiet --raw --tree
			--no-trunc --watch --help --version"
		;;
	*)
		echo "$common"
		;;
	esac
}

_nsview() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	# "=" splits words: --via = au
	[ "$cur" = = ] && cur=
	[ "$prev" = = ] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	case $prev in
	--via)
		mapfile -t COMPREPLY < <(compgen -W 'auto proc setns' -- "$cur")
		return
		;;
	--only)
		mapfile -t COMPREPLY < <(compgen -W 'container process tree namespaces addresses ids
			mounts security' -- "$cur")
		return
		;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
		return
		;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_nsview_options "${1##*/}")" -- "$cur")
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
	fi
}
complete -o default -F _nsview nscat nsls nscp nsps nsinfo
