#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --help, the man page, the completion and the option table say the same.
. "$(dirname "$0")/../fixtures/base.sh"

longs() { # the long options that a text describes, one a line
	grep -oE -- '--[a-z][a-z0-9-]*' | sort -u
}

# What --complete offers for the last of the words, for a program.
completes() {
	NSVIEW_COMPLETION_MS=60000 "$NSVIEW_BIN/$1" --complete "${@:2}" | tr '\0' '\n' | sed -n 's/^[wp]//p'
}

for command in nsview nscat nsls nscp nsps nsinfo nscollect nsdiff nsrun nsviewd; do
	program=$NSVIEW_BIN/$command usage=2
	[ $command != nsrun ] || usage=125 # as env(1)
	[ -x "$program" ] || { echo "$command is not built"; continue; }
	check "$command --help" "$program" --help
	"$program" --help >"$TEST_TMP/help" 2>"$TEST_TMP/errors"
	check "$command --help says nothing on stderr" test ! -s "$TEST_TMP/errors"
	check_eq "$command --help has lines over 80 columns" \
		"$(awk 'length($0) > 80' "$TEST_TMP/help")" ''
	check_eq "$command --help has trailing blanks" "$(grep -n ' $' "$TEST_TMP/help")" ''
	check "$command --help names it" grep -q "^Usage: $command " "$TEST_TMP/help"
	check "$command --version" grep -qxE "$command \(nsview\) [0-9]+\.[0-9]+\.[0-9]+" \
		<("$program" --version)

	# Rows of options start with two blanks, the description further right.
	grep -E '^ {2,6}-' "$TEST_TMP/help" | cut -c1-40 >"$TEST_TMP/rows"
	in_help=$(longs <"$TEST_TMP/rows")
	man=$(echo "$NSVIEW_SOURCE/man/$command".[18].scd)
	# What nsrun --inside and nsview doctor take have parts of their own.
	[ $command != nsview ] || { sed '/^# DOCTOR/,/^# [^D]/d' "$man" >"$TEST_TMP/man"; man=$TEST_TMP/man; }
	[ $command != nsrun ] || { sed '/^# INSIDE/,/^# [^I]/d' "$man" >"$TEST_TMP/man"; man=$TEST_TMP/man; }
	in_man=$(grep -E '^\*-' "$man" | longs)
	check_eq "$command: long options of --help and the man page" "$in_help" "$in_man"
	check_eq "$command: completion" "$(completes "$command" -- | longs)" "$in_help"
	letters_help=$(grep -oE '^  -[A-Za-z0-9]' "$TEST_TMP/rows" | tr -d ' -' | sort | tr -d '\n')
	letters_man=$(grep -E '^\*-' "$man" | grep -oE '\*-[A-Za-z0-9]' | tr -d '*-' | sort | tr -d '\n')
	check_eq "$command: letters of --help and the man page" "$letters_help" "$letters_man"
	check "there are options" test -n "$in_help"

	# The program takes each of them: the complaint is about something else, or none.
	for option in $in_help $(sed 's/./-& /g' <<<"$letters_help"); do
		case $option in --help | --version) continue ;; esac
		# That is no container, and no mount point: what works without one ends here too.
		said=$("$program" "$option" /nowhere/there 2>&1 </dev/null)
		check_not "$command $option is known: $said" grep -q "unknown option '$option'" <<<"$said"
	done
	# The words that --help gives for a value are offered, and the program takes them.
	for option in $in_help; do
		completes "$command" "$option=" | grep -v '=$' | head -n 20 >"$TEST_TMP/values"
		while IFS= read -r word; do
			said=$("$program" "$word" /nowhere/there 2>&1 </dev/null)
			check_not "$command $word is taken: $said" grep -qE "is not a value|unknown" <<<"$said"
		done <"$TEST_TMP/values"
	done
	for letter in {a..z} {A..Z} {0..9}; do
		case $letters_help in *$letter*) continue ;; esac
		said=$("$program" -"$letter" 2>&1 </dev/null)
		check_eq "$command -$letter is wrong usage" $? $usage
		# A hint may stand between: what another program calls so.
		check "$command -$letter: $said" grep -qxE "$command: unknown option '-$letter'(: [^()]+)? \(try '$command --help'\)" <<<"$said"
	done
	for wrong in --no-such-option --help=x --via --via=nothing ''; do
		case $command$wrong in nsps | nsviewd | nsview) continue ;; esac # lists all, mounts, shows the commands
		said=$("$program" ${wrong:+"$wrong"} 2>&1 >"$TEST_TMP/out" </dev/null)
		check_eq "$command $wrong is wrong usage" $? $usage
		check_eq "$command $wrong: one line" "$(wc -l <<<"$said")" 1
		check "$command $wrong: names --help" grep -q "^$command: .*(try '$command --help')$" <<<"$said"
		check "$command $wrong: nothing on stdout" test ! -s "$TEST_TMP/out"
	done
	case $letters_help in
	*h*)
		# nsls has ls's -h, which needs a container.
		[ $command = nsls ] || check "$command -h is --help" cmp <("$program" -h 2>&1) <("$program" --help)
		;;
	*) check "$command has -h" false ;;
	esac
	"$program" --help >/dev/full 2>"$TEST_TMP/errors"
	check_eq "$command --help into a full disk" "$? $(cat "$TEST_TMP/errors")" \
		"1 $command: write error: No space left on device"
done

# nsrun --inside.
"$NSVIEW_BIN/nsrun" --inside --help >"$TEST_TMP/help"
sed -n '/^# INSIDE/,/^# [^I]/p' "$NSVIEW_SOURCE/man/nsrun.1.scd" >"$TEST_TMP/man"
grep -E '^ {2,6}-' "$TEST_TMP/help" | cut -c1-40 >"$TEST_TMP/rows"
in_help=$(longs <"$TEST_TMP/rows")
check_eq "nsrun --inside --help has lines over 80 columns" "$(awk 'length($0) > 80' "$TEST_TMP/help")" ''
check_eq "nsrun --inside: --help and the man page" "$in_help" "$( (grep -E '^\*-' "$TEST_TMP/man"; echo --inside) | longs)"
check_eq "nsrun --inside: completion" "$(completes nsrun --inside -- | longs)" "$in_help"
check "nsrun --inside -h" cmp <("$NSVIEW_BIN/nsrun" --inside -h 2>&1) "$TEST_TMP/help"
says 125 "(try 'nsrun --inside --help')" "$NSVIEW_BIN/nsrun" --inside -Z
check_eq "nsrun --inside: letters" "$(grep -oE '^  -[a-z]' "$TEST_TMP/rows" | tr -d ' -' | sort)" \
	"$(grep -E '^\*-' "$TEST_TMP/man" | grep -oE '^\*-[a-z]' | tr -d '*-' | sort)"
says 125 "unknown option '-Z'" "$NSVIEW_BIN/nsrun" --inside -Z
says 125 "which container?" "$NSVIEW_BIN/nsrun" --inside
says 125 "is not a value of --allow-weaker" "$NSVIEW_BIN/nsrun" --inside --allow-weaker=all x y
says 125 "does not begin with a slash" "$NSVIEW_BIN/nsrun" --inside -w tmp x y

# nsview doctor.
"$NSVIEW_BIN/nsview" doctor --help >"$TEST_TMP/help"
sed -n '/^# DOCTOR/,/^# [^D]/p' "$NSVIEW_SOURCE/man/nsview.1.scd" >"$TEST_TMP/man"
in_help=$(grep -E '^ {2,6}-' "$TEST_TMP/help" | cut -c1-40 | longs)
check_eq "nsview doctor --help has lines over 80 columns" "$(awk 'length($0) > 80' "$TEST_TMP/help")" ''
check_eq "nsview doctor: --help and the man page" "$in_help" "$(grep -E '^\*-' "$TEST_TMP/man" | longs)"
check_eq "nsview doctor: completion" "$(completes nsview doctor -- | longs)" "$in_help"
check_eq "nsview doctor: the man page has each check" \
	"$("$NSVIEW_BIN/nsview" doctor | awk '{ print $2 }' | sed '$d' | sort)" \
	"$(grep -E '^\|  ' "$TEST_TMP/man" | tr -d '|,' | xargs -n1 | sort)"
words=$("$NSVIEW_BIN/nsview" | grep -oE '^  [a-z]+ +[a-z]' | awk '$1 != "nsview" { print $1 }' | sort)
check_eq "nsview: the words of --help" "$("$NSVIEW_BIN/nsview" --help |
	sed -n '/^Commands,/,/^Exit/p' | grep -oE '^  [a-z]+' | tr -d ' ' | sort)" "$words"
check_eq "nsview: completion of the words" "$(completes nsview '' | sort)" "$words"

# Mount options: the words after -o, in the help, the man page and the completion.
words_of() {
	grep -oE '^ *\*?[a-z_]+' | tr -d ' *' | sort -u
}
in_help=$("$NSVIEW_BIN/nsviewd" --help | sed -n '/^Options for -o/,$p' |
	grep -oE '^  [a-z_]+|, [a-z_]+=' | tr -d ' ,=' | sort -u)
in_man=$(sed -n '/^# MOUNT OPTIONS/,/^# WHAT/p' "$NSVIEW_SOURCE/man/nsviewd.8.scd" |
	grep -E '^\*[a-z]' | tr ',' '\n' | words_of)
check_eq "nsviewd: mount options of --help and the man page" "$in_help" "$in_man"
check_eq "nsviewd: completion of mount options" \
	"$(completes nsviewd -o '' | words_of)" "$in_help"
check_eq "the last of several is completed" "$(completes nsviewd -o 'remote,pseudo,links=r')" \
	remote,pseudo,links=raw
for word in $in_help; do
	said=$("$NSVIEW_BIN/nsviewd" -o "$word" /nowhere/there 2>&1)
	check_not "nsviewd -o $word is known: $said" grep -q 'unknown option' <<<"$said"
done

# Columns and sections.
check_eq "nsps: completion of columns" "$(completes nsps -o '' | sort)" \
	"$("$NSVIEW_BIN/nsps" --help | sed -n '/^Columns:/,/^$/p' | grep -oE '\<[A-Z]{2,}\>' | sort -u)"
check_eq "nsinfo: completion of sections" "$(completes nsinfo -o '' | sort)" \
	"$("$NSVIEW_BIN/nsinfo" --help | sed -n '/^  -o/,/^ *--help/p' | tr -d '\n' |
		sed 's/.*commas: //; s/ -h, --help.*//; s/,/ /g' | xargs -n1 | sort)"

# A page that troff has nothing to say of.
if command -v man >/dev/null && command -v troff >/dev/null; then
	for page in "$NSVIEW_BUILD"/man/*.[1-8]; do
		check_eq "troff's warnings of $page" \
			"$(MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 "$page" 2>&1 >/dev/null)" ''
	done
fi

# The pages can be made, and have what man pages have.
if command -v scdoc >/dev/null; then
	for page in "$NSVIEW_SOURCE"/man/*.scd; do
		check "scdoc takes $page" eval "scdoc <'$page' >'$TEST_TMP/page'"
		check "$page has a NAME" grep -q '^.SH NAME' "$TEST_TMP/page"
	done
fi
test_done
