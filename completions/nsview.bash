# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# nsview.bash - bash completion for the commands. `COMMAND --complete WORD...` answers with records
# (src/command/candidate.h), within half a second; this file takes the typed line apart and quotes
# what comes back. A container chooses the names of its files: none is ever evaluated, and each is
# inserted and listed as printf %q writes it, with bare commas. bash-completion is not needed.

# _nsview_split TEXT: splits TEXT into words as bash does, without expanding anything. Sets:
#   words     the words without quotes; the last one is the one that TEXT ends in, maybe empty
#   open      the quote that is open at the end: ' or " or $' or nothing
#   redirect  1: the last word is the file of a redirection
_nsview_split() {
	local text=$1 i c word='' escaped='' begun=

	words=() open='' redirect=
	for ((i = 0; i < ${#text}; i++)); do
		c=${text:i:1}
		case $open$c in
		"''" | '""') open='' ;;
		"\$''")
			printf -v escaped %b "$escaped"
			word+=$escaped escaped='' open=''
			;;
		"\$'\\")
			((++i))
			c=${text:i:1}
			[[ $c == [\'\"] ]] || c=\\$c
			escaped+=$c
			;;
		"\$'"?) escaped+=$c ;;
		'"\')
			((++i))
			c=${text:i:1}
			[[ $c == [\$\`\"\\] ]] || c=\\$c
			word+=$c
			;;
		"'"? | '"'?) word+=$c ;;
		\\)
			((++i))
			word+=${text:i:1} begun=1
			;;
		\' | \")
			open=$c begun=1
			[[ $c == \' && $i -gt 0 && ${text:i-1:1} == \$ && $word == *\$ ]] &&
				open="\$'" word=${word%\$}
			;;
		[[:blank:]] | [\<\>])
			[[ $c != [\<\>] || $word == *[!0-9]* ]] || begun=
			[ -z "$begun" ] || [ -n "$redirect" ] || words+=("$word")
			[ -z "$begun" ] || redirect=
			word='' begun=
			if [[ $c == [\<\>] ]]; then
				redirect=1
				while [[ ${text:i+1:1} == [\<\>\&\|] ]]; do ((++i)); done
			fi
			;;
		*) word+=$c begun=1 ;;
		esac
	done
	printf -v escaped %b "$escaped"
	words+=("$word$escaped")
}

# _nsview_quote TEXT OPEN: sets $quoted to TEXT as it is written where the quote OPEN is open.
# Returns 1 if that can't be.
_nsview_quote() {
	local text=$1

	case $2 in
	'')
		printf -v quoted %q "$text"
		# %q has a backslash before every comma, which needs none: of $'...' it has none.
		[[ $quoted == "\$'"* ]] || quoted=${quoted//\\,/,}
		;;
	"\$'")
		printf -v quoted %q "$text"
		if [[ $quoted == "\$'"* ]]; then
			quoted=${quoted:2:${#quoted}-3}
		else
			text=${text//\\/\\\\}
			quoted=${text//\'/\\\'}
		fi
		;;
	*)
		[[ $text != *[[:cntrl:]\!]* ]] || return 1
		# What %q writes with $'...' has bytes that no terminal should get.
		printf -v quoted %q "$text"
		[[ $quoted != "\$'"* ]] || return 1
		if [ "$2" = \' ]; then
			quoted=${text//\'/\'\\\'\'}
		else
			text=${text//\\/\\\\}
			text=${text//\"/\\\"}
			text=${text//\$/\\\$}
			quoted=${text//\`/\\\`}
		fi
		;;
	esac
}

# Offers a word, as the part of it that readline replaces: what is behind $head.
_nsview_offer() {
	local quoted

	[[ $1 == "$head"* && $1 != "$head" ]] || return 0
	_nsview_quote "${1:${#head}}" "$head_open" || return 0
	[ -z "$tilde" ] || [ -n "$head" ] || quoted=\~${quoted#\\\~}
	COMPREPLY+=("$quoted")
	[ "$2" = w ] || nospace=1
}

# Offers the host's files that begin with what is typed behind PREFIX.
_nsview_files() {
	local prefix=$1 typed=${word:${#1}} file

	[ -z "$tilde" ] || typed=$HOME${typed:1}
	while IFS= read -r -d '' file; do
		[ -n "$file" ] || continue
		[ ! -d "$file" ] || file+=/
		[ -z "$tilde" ] || file=\~${file:${#HOME}}
		case $file in
		*/) _nsview_offer "$prefix$file" p ;;
		*) _nsview_offer "$prefix$file" w ;;
		esac
	done < <(shopt -s nullglob; shopt -u failglob; set +f; GLOBIGNORE=; printf '%s\0' "$typed"*)
}

# Offers the host's commands.
_nsview_commands() {
	local prefix=$1 typed=${word:${#1}} name

	if [[ $typed == */* ]]; then
		_nsview_files "$prefix"
		return
	fi
	while IFS= read -r name; do
		_nsview_offer "$prefix$name" w
	done < <(compgen -c -- "$typed" | LC_ALL=C sort -u)
}

_nsview() {
	local line=${COMP_LINE:0:COMP_POINT} words open redirect word head head_open tilde='' nospace='' record

	COMPREPLY=()
	# readline replaces $2, the end of the line from the last quote or word break on, like ":".
	[[ $line == *"$2" ]] || return
	_nsview_split "${line:0:${#line}-${#2}}"
	head=${words[${#words[@]}-1]} head_open=$open
	_nsview_split "$line"
	word=${words[${#words[@]}-1]}
	[[ $word != \~/* || $line == *[\\\'\"]~/* ]] || tilde=1
	if [ -n "$redirect" ]; then
		_nsview_files ''
	else
		while IFS= read -r -d '' record; do
			case $record in
			[wp]*) _nsview_offer "${record:1}" "${record:0:1}" ;;
			f*) _nsview_files "${record:1}" ;;
			c*) _nsview_commands "${record:1}" ;;
			esac
		done < <("${words[0]/#~\//$HOME/}" --complete "${words[@]:1}" 2>/dev/null </dev/null)
	fi
	if [ -n "$nospace" ] && [ "${#COMPREPLY[@]}" -eq 1 ]; then
		compopt -o nospace 2>/dev/null
	fi
	return 0
}
complete -F _nsview nsview nscat nsls nscp nsps nsinfo nscollect nsdiff nsrun nsviewd
