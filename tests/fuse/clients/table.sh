# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # for the test
#
# table.sh - the table of client programs: runs each on a view and natively, and compares. Source after base.sh.
#
#   client CHOICE VIEWS RULE PROGRAMS NAME COMMAND       a row of the table
#   differs CHOICE VIEWS PROGRAMS NAME COMMAND NATIVE VIEW WHY   a row for a difference that the manual explains
#   clients_run VIEW ROOT NATIVE INSIDE                  runs the rows of VIEW and compares what they said
#   clients_native NAME ROOT RESULTS                     runs one row natively on another tree
#   clients_same NAME RESULTS WANTED                     compares what one row said by its rule, prints the difference
#   clients_stop, clients_ended                          end the commands that run, wait until they have ended
#   clients_table                                        prints each row with its result
#
# CHOICE    quick, or all for the rows that run only if NSVIEW_CLIENTS=all
# VIEWS     the views that read it, with commas: auto (links confined), raw (links raw), always (cache=always)
# RULE      same: byte for byte; sorted: the order of the lines is no difference
# PROGRAMS  what has to be installed, with commas
# COMMAND   for bash, in {ROOT}: {ROOT} is the folder of the container in the view, or its root natively; {OUT} a
#           path for what the command makes; {SIDE} view or native; {NATIVE} the root natively; {INSIDE} where the
#           container's own writes go; {PARTS} the folder of this file; {PID} a process of the container
# NATIVE    an extended regular expression: a line that is said natively, and not through the view
# VIEW      the same for the view
# WHY       words of the section LIMITS of nsviewd(8) that state the difference, without markup
#
# Output, errors and exit code count, with the paths ROOT and OUT instead of the true ones. Rows of client() print no
# inode and device numbers. Where links are confined, their text is another.

clients_choice=${NSVIEW_CLIENTS:-quick}
clients_name=() clients_views=() clients_rule=() clients_command=()
clients_wanted=() clients_said=() clients_why=() clients_results=()
# Each is the leader of a process group.
clients_jobs=()
declare -A clients_missing=() clients_row=()

client() {
	local choice=$1 program i=${#clients_name[@]}

	[ "$choice" = quick ] || [ "$clients_choice" = all ] || return 0
	for program in ${4//,/ }; do
		command -v "$program" >/dev/null || {
			clients_missing[$program]=1
			return 0
		}
	done
	[ -z "${clients_row[$5]-}" ] || { echo "FAILED: two rows are called $5" && exit 1; }
	clients_row[$5]=$i
	clients_views[i]=,$2, clients_rule[i]=$3 clients_name[i]=$5 clients_command[i]=$6
	clients_results[i]="not run"
}

differs() {
	local i=${#clients_name[@]}

	client "$1" "$2" differs "$3" "$4" "$5"
	[ ${#clients_name[@]} -eq "$i" ] || clients_wanted[i]=$6 clients_said[i]=$7 clients_why[i]=$8
}

# Starts what a row does, for at most four minutes. clients_end waits for it.
clients_start() { # ROW SIDE ROOT NATIVE INSIDE RESULT
	local command=${clients_command[$1]}

	command=${command//\{ROOT\}/$3} command=${command//\{OUT\}/$TEST_TMP/out-$2/out} command=${command//\{SIDE\}/$2}
	command=${command//\{NATIVE\}/$4} command=${command//\{INSIDE\}/$5} command=${command//\{PID\}/$CT_PID}
	command=${command//\{PARTS\}/$NSVIEW_SOURCE/tests/fuse/clients}
	(cd "$3" && GIT_OPTIONAL_LOCKS=0 exec timeout -k 5 240 bash -c "$command") </dev/null >"$6.raw" 2>&1 &
	clients_jobs+=($!)
}

clients_end() { # JOB SIDE ROOT RESULT
	local status=0

	wait "$1" || status=$?
	{
		cat "$4.raw"
		echo "exit code $status"
	} | sed "s,$3,ROOT,g; s,$TEST_TMP/out-$2/out,OUT,g" >"$4"
	rm -rf "$4.raw" "$TEST_TMP/out-$2/out"
}

clients_stop() {
	local job

	for job in ${clients_jobs[@]+"${clients_jobs[@]}"}; do
		# timeout passes it on to its group.
		kill -TERM "$job" 2>/dev/null
	done
	return 0
}

clients_ended() {
	wait ${clients_jobs[@]+"${clients_jobs[@]}"} 2>/dev/null
	return 0
}

clients_differs() { # ROW RESULTS WANTED
	grep -aqE -- "${clients_wanted[$1]}" "$3" || echo "natively no line has ${clients_wanted[$1]}: $(tail -n 5 "$3")"
	grep -aqE -- "${clients_said[$1]}" "$2" || echo "in the view no line has ${clients_said[$1]}: $(tail -n 5 "$2")"
	! cmp -s "$2" "$3" || echo "there is no difference: the row can be one of client()"
}

clients_same() {
	local i=${clients_row[$1]}

	case ${clients_rule[i]} in
	sorted) diff -a <(sort "$3") <(sort "$2") ;;
	differs) [ -z "$(clients_differs "$i" "$2" "$3" | tee /dev/stderr)" ] ;;
	same) diff -a "$3" "$2" ;;
	*) echo "no such rule: ${clients_rule[i]}" && false ;;
	esac
}

clients_native() {
	clients_start "${clients_row[$1]}" native "$2" "$2" "$2" "$3"
	clients_end "${clients_jobs[-1]}" native "$2" "$3"
	clients_jobs=()
}

# Both sides of a row run at the same time. Their results are $TEST_TMP/results/VIEW/NAME and NAME.wanted, with
# a dash for each other character of NAME than letters and digits.
clients_run() {
	local view=$1 root=$2 native=$3 inside=$4 results=$TEST_TMP/results/$1 i name result

	mkdir -p "$results"
	for i in "${!clients_name[@]}"; do
		[[ ${clients_views[i]} = *,$view,* ]] || continue
		name=${clients_name[i]}
		result=$results/${name//[^[:alnum:]]/-}
		clients_start "$i" view "$root" "$native" "$inside" "$result"
		clients_start "$i" native "$native" "$native" "$inside" "$result.wanted"
		clients_end "${clients_jobs[0]}" view "$root" "$result"
		clients_end "${clients_jobs[1]}" native "$native" "$result.wanted"
		clients_jobs=()
		[ "${clients_results[i]}" != "not run" ] || clients_results[i]=${clients_rule[i]}
		check "$view: $name" clients_same "$name" "$result" "$result.wanted" || clients_results[i]=FAILED
		check_not "$view: $name ends" grep -qxE 'exit code (124|137)' "$result" || clients_results[i]=FAILED
	done
}

clients_table() {
	local i

	for i in "${!clients_name[@]}"; do
		printf '%-34s %-11s %s\n' "${clients_name[i]}" "$(tr , ' ' <<<"${clients_views[i]}" | xargs)" \
			"${clients_results[i]}${clients_why[i]:+: ${clients_why[i]}}"
	done
}

# The section LIMITS of the manual in one line, without markup.
clients_limits() {
	sed -n '/^# LIMITS$/,/^# EXAMPLES$/p' "$NSVIEW_SOURCE/man/nsviewd.8.scd" | sed 's/\\\(.\)/\1/g' | tr -d '*' | tr -s '\n\t ' ' '
}
