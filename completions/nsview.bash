# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for the commands: their options, and the names of running containers. A container
# chooses its hostname, so this file compares and offers names, never evaluates them, and leaves out
# a name with bytes other than letters, digits and "._:/-". It doesn't complete paths inside a
# container.

_nsview_options() {
	local common='--via= --help --version'

	case $1 in
	nsls)
		echo "$common --all --almost-all --directory --glob --human-readable --inode --long
			--numeric-uid-gid --reverse --recursive --by-size --by-time --one-per-line
			--zero --json --host-ids --color= --classify= --dereference --size --context --sort= --time=
			--time-style= --full-time --group-directories-first"
		;;
	nscollect)
		echo "$common --output= --volatile --changes --full --paths= --artifacts= --definitions= --one-file-system --exclude=
			--max-file-size= --no-env-values --no-secrets --freeze --freeze-timeout=
			--memory= --memory-filter= --memory-limit=
			--bwlimit= --timeout= --force --case= --examiner=
			--note= --all --label= --image= --report --json --markdown --sign= --passphrase-file=
			--passphrase --key= --no-progress"
		;;
	nsdiff)
		echo "$common --stat --content --layer= --image= --one-file-system --zero --json"
		;;
	nsinfo)
		echo "--env --json --only= --user-names --help --version"
		;;
	nsviewd)
		echo "--foreground --options= --unmount --help --version"
		;;
	nsrun)
		echo "--net --uts --ipc --user --cgroup --time --mount --pid --dns= --files= --replace=
			--wd= --setuid= --setgid= --env= --env-of-container --inside --help --version"
		;;
	nsrun-inside)
		echo "--inside --interactive --tty --detach --user= --workdir= --env= --allow-interrupt
			--allow-weaker= --help --version"
		;;
	nscp)
		echo "$common --archive --glob --recursive --preserve --preserve= --no-preserve= --chown= --dereference
			--no-dereference --no-target-directory --target-directory= --parents --mkdir
			--no-clobber --update --interactive --backup --backup= --suffix= --force
			--verbose --dry-run --jobs= --one-file-system --exclude= --special --xattr=
			--host-ids --dest-attributes --no-progress"
		;;
	nsps)
		echo "--all --filter= --json --noheadings --output= --output-all --pids --quiet --raw --sort=
			--tree --no-trunc --watch --help --version"
		;;
	nscat)
		echo "$common --glob"
		;;
	nscat)
		echo "$common --glob"
		;;
	*)
		echo "$common"
		;;
	esac
}

# The words that an option of nsls takes.
_nsview_nsls_words() {
	case $1 in
	--sort) echo "name none size time version extension width" ;;
	--time) echo "mtime modification ctime status atime access use birth creation" ;;
	--time-style) echo "full-iso long-iso iso locale" ;;
	esac
}

# _nsview_list WORDS TYPED: completes the last word of a comma-separated list.
_nsview_list() {
	local before=

	[[ $2 == *,* ]] && before=${2%,*},
	compgen -P "$before" -W "$1" -- "${2##*,}"
}

_nsview_mount_options() {
	_nsview_list 'allow_other links=confined links=raw mounts=all mounts=root
		names=hostname names=name locks=view locks=container ids=host ids=container pseudo
		remote exclude= cache=never cache=auto cache=always entry_timeout= attr_timeout=
		passthrough= max_inflight= nonempty' "$1"
}

_nsview_sections() {
	_nsview_list 'container process tree namespaces addresses ports ids mounts security limits environment' "$1"
}

# nsps also takes columns in lower case, and +LIST, which adds columns to the default ones.
_nsview_columns() {
	local columns='NAME ENGINE ID PID PROCS USER IMAGE UPTIME ROOTFS STATE PORTS HOSTNAME KIND UID START
		PARENT POD PODUID MNTNS PIDNS USERNS UTSNS LABELS CGROUP COMMAND'
	local plus= typed=$1

	[[ $typed == +* ]] && plus=+ typed=${typed#+}
	[[ ${typed##*,} == [a-z]* ]] && columns=${columns,,}
	_nsview_list "$columns" "$typed" | while IFS= read -r typed; do
		printf '%s\n' "$plus$typed"
	done
}

# KEY= of nsps --filter: a column in lower case, or a label.
_nsview_filters() {
	local columns

	columns=$(_nsview_columns '' | tr '[:upper:]' '[:lower:]')
	compgen -W "$columns label" -S = -- "$1"
}

# The names of artifacts, by the command itself: it gives out no other bytes than letters, digits and "_-.".
_nsview_artifacts() {
	local names

	names=$(timeout 2 "$1" artifacts 2>/dev/null | cut -d' ' -f1)
	_nsview_list "$names" "$2"
}

# Completes the value of -o or its long name, by command. Returns 1 for any other option.
_nsview_listed() {
	case ${1##*/}:$2 in
	nscollect:--artifacts) mapfile -t COMPREPLY < <(_nsview_artifacts "$1" "$3") ;;
	nsviewd:-o | nsviewd:--options) mapfile -t COMPREPLY < <(_nsview_mount_options "$3") ;;
	nsinfo:-o | nsinfo:--only) mapfile -t COMPREPLY < <(_nsview_sections "$3") ;;
	nsps:--filter) mapfile -t COMPREPLY < <(_nsview_filters "$3") ;;
	nsps:-o | nsps:--output | nsps:--sort) mapfile -t COMPREPLY < <(_nsview_columns "$3") ;;
	*) return 1 ;;
	esac
	compopt -o nospace 2>/dev/null
	return 0
}

# Puts the word under the cursor, which bash has split at each ":", together again. Sets $word and
# $word_at.
_nsview_word() {
	local i=$COMP_CWORD

	word=${COMP_WORDS[i]}
	# Only the line tells whether two parts are adjacent or have blanks between them.
	while [ "$i" -gt 1 ] && [[ $word == :* || ${COMP_WORDS[i - 1]} == *: ]]; do
		[[ ${COMP_LINE:0:COMP_POINT} == *"${COMP_WORDS[i - 1]}$word" ]] || break
		i=$((i - 1))
		word=${COMP_WORDS[i]}$word
	done
	word_at=$i
}

# Prints the names and PIDs that nsps -q lists, one per line. nsps is beside the command.
_nsview_containers() {
	local nsps=nsps name

	[[ $1 == */* ]] && nsps=${1%/*}/nsps
	timeout 2 "$nsps" -q 2>/dev/null | while IFS= read -r name; do
		[[ $name =~ ^[A-Za-z0-9_][A-Za-z0-9._:/-]*$ ]] && printf '%s\n' "$name"
	done
}

# Whether the word at $word_at is the first operand. The separate value of an option counts as an
# operand; then bash offers files, which does no harm.
_nsview_first_operand() {
	local i

	for ((i = 1; i < word_at; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] || return 1
	done
}

# Whether only the first operand, and options, stand before the word at $word_at.
_nsview_second_operand() {
	local i operands=0

	for ((i = 1; i < word_at; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] || operands=$((operands + 1))
	done
	[ "$operands" = 1 ]
}

# Offers containers that begin with $word, each with $2 appended, as the part after the last ":",
# which is the part that bash replaces.
_nsview_offer_containers() {
	local command=$1 end=$2 name cut=

	[[ $word == *:* && $COMP_WORDBREAKS == *:* ]] && cut=${word%"${word##*:}"}
	while IFS= read -r name; do
		name=$name$end
		[[ $name == "$word"* ]] && COMPREPLY+=("${name#"$cut"}")
	done < <(_nsview_containers "$command")
}

# Offers the host's files that begin with $word, quoted for the shell.
_nsview_offer_files() {
	local file

	while IFS= read -r file; do
		if [ -d "$file" ]; then
			printf -v file '%q/' "$file"
		else
			printf -v file '%q ' "$file"
		fi
		COMPREPLY+=("$file")
	done < <(compgen -f -- "$word")
}

_nsview_operand() {
	local word word_at

	_nsview_word
	case ${1##*/} in
	nscp)
		_nsview_offer_containers "$1" :
		if [ "${#COMPREPLY[@]}" -gt 0 ]; then
			compopt -o nospace 2>/dev/null
			[[ $word == *:* ]] || _nsview_offer_files
		fi
		;;
	nsps | nsinfo | nscollect | nsdiff)
		_nsview_offer_containers "$1" ''
		;;
	nsrun) # then a command of the host, with its own words
		if _nsview_first_operand; then
			_nsview_offer_containers "$1" ''
		elif [ "${COMP_WORDS[1]}" != --inside ] && _nsview_second_operand; then
			mapfile -t COMPREPLY < <(compgen -c -- "$word" | sort -u)
		fi
		;;
	nsviewd) # a folder of the host: bash's own completion
		;;
	*)
		if _nsview_first_operand; then
			_nsview_offer_containers "$1" ''
		fi
		;;
	esac
}

_nsview() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${1##*/}

	# "=" splits words: --via = au
	[ "$cur" = = ] && cur=
	[ "$prev" = = ] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	_nsview_listed "$1" "$prev" "$cur" && return
	case $prev in
	--via)
		mapfile -t COMPREPLY < <(compgen -W 'auto proc setns' -- "$cur")
		return
		;;
	--color | --classify)
		mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
		return
		;;
	--sort | --time | --time-style)
		[ "$command" != nsls ] || mapfile -t COMPREPLY < <(compgen -W "$(_nsview_nsls_words "$prev")" -- "$cur")
		return
		;;
	--dns)
		mapfile -t COMPREPLY < <(compgen -W 'container host' -- "$cur")
		return
		;;
	--files)
		mapfile -t COMPREPLY < <(compgen -W 'clone view none' -- "$cur")
		return
		;;
	esac
	[ "$command" != nsrun ] || [ "$COMP_CWORD" -lt 2 ] || [ "${COMP_WORDS[1]}" != --inside ] ||
		command=nsrun-inside
	if [[ $cur == -* && (${1##*/} != nsrun || $COMP_CWORD == 1 || $prev == -*) ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_nsview_options "$command")" -- "$cur")
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
		return
	fi
	COMPREPLY=()
	_nsview_operand "$1"
}
complete -o default -F _nsview nscat nsls nscp nsps nsinfo nscollect nsdiff nsrun nsviewd
