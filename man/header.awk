# SPDX-License-Identifier: GPL-2.0-or-later
# header.awk - makes a man page of a public header: awk -v version=V -v headers="error root ..." -f header.awk root.h
#
# The head comment becomes NAME and DESCRIPTION; its paragraphs "Kernel:", "Privilege:", "Races:" and "Threads:" become
# sections, and a header without one of them is an error. A comment describes the declarations right below it: those
# with functions make the section FUNCTIONS, others TYPES AND CONSTANTS. In comments, lines that begin with "- " are
# items, other indented lines stay as they are. -v names=1 prints the names of the functions only.

BEGIN {
	split(headers, list, " ")
	for (i in list)
		known[list[i]] = 1
	split("Kernel Privilege Races Threads", wanted, " ")
	blank = 1
}

# ---- reading ----

function flush_entry(    i) {
	if (n_decls > 0) {
		n_entries++
		docs[n_entries] = doc
		n_in[n_entries] = n_decls
		has_function[n_entries] = ""
		for (i = 1; i <= n_decls; i++) {
			decls[n_entries, i] = decl[i]
			if (function_name(decl[i]) != "")
				has_function[n_entries] = has_function[n_entries] " " function_name(decl[i])
		}
	}
	n_decls = 0
	doc = ""
}

function function_name(text,    name) {
	if (text ~ /^typedef|^#define|^(struct|enum)[^(]*\{/ || !match(text, /nsv_[a-z0-9_]+\(/))
		return ""
	name = substr(text, RSTART, RLENGTH - 1)
	return name
}

function add_decl(text) {
	decl[++n_decls] = text
	open_decl = ""
}

function comment_line(line) {
	sub(/^[ \t]*\/\*/, "", line)
	sub(/[ \t]*\*\/[ \t]*$/, "", line)
	sub(/^ \* ?/, "", line)
	sub(/^ /, "", line)
	return line
}

function end_comment() {
	in_comment = 0
	if (!have_head) {
		head = doc
		have_head = 1
		doc = ""
	}
}

NR == 1 && /SPDX/ { next }

in_comment {
	line = $0
	ends = line ~ /\*\//
	sub(/^ \*\/?/, "", line)
	sub(/[ \t]*\*\/[ \t]*$/, "", line)
	sub(/^ /, "", line)
	doc = doc line "\n"
	if (ends)
		end_comment()
	next
}

open_decl != "" {
	open_decl = open_decl "\n" $0
	if (kind == "macro" ? $0 !~ /\\$/ : kind == "body" ? /^}/ : /;([ \t]*\/\*.*\*\/)?$/)
		add_decl(open_decl)
	next
}

/^$/ {
	flush_entry()
	next
}

/^\/\*/ {
	flush_entry()
	if (/\*\/[ \t]*$/) {
		doc = comment_line($0) "\n"
		end_comment()
	} else {
		in_comment = 1
		line = $0
		sub(/^\/\*[ \t]*/, "", line)
		doc = line == "" ? "" : line "\n"
	}
	next
}

/^#define NSV_/ && !/^#define NSV(IEW)?_[A-Z]+_H$/ {
	if (/_H$/)
		next
	kind = "macro"
	if (/\\$/)
		open_decl = $0
	else
		add_decl($0)
	next
}

/^#|^extern "C"|^}$/ { next }

{
	kind = /^(struct|enum)[^(]*\{/ ? "body" : "statement"
	if (kind == "body" ? /};?$/ : /;([ \t]*\/\*.*\*\/)?$/)
		add_decl($0)
	else
		open_decl = $0
}

# ---- writing ----

# Characters that troff or a terminal would show as others.
function escape(s, code,    i, c, out, before, after) {
	out = ""
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "\\")
			c = "\\e"
		else if (c == "-") {
			before = substr(s, i - 1, 1)
			after = substr(s, i + 1, 1)
			if (code || i == 1 || before !~ /[a-zA-Z]/ || after !~ /[a-zA-Z]/)
				c = "\\-"
		} else if (c == "'" && code)
			c = "\\(aq"
		else if (c == "`")
			c = "\\(ga"
		else if (c == "^")
			c = "\\(ha"
		else if (c == "~")
			c = "\\(ti"
		out = out c
	}
	return out ~ /^[.']/ ? "\\&" out : out
}

# Fonts for what a text refers to.
function text(s,    out, word, name) {
	out = ""
	while (match(s, /@[a-z_]+|\*ret(_[a-z]+)?|[a-zA-Z0-9_.-]+\([1-8]p?\)|nsv_[a-z0-9_]+\(\)|[a-z]+\.h/)) {
		word = substr(s, RSTART, RLENGTH)
		out = out escape(substr(s, 1, RSTART - 1), 0)
		s = substr(s, RSTART + RLENGTH)
		if (word ~ /^@/)
			out = out "\\fI" substr(word, 2) "\\fP"
		else if (word ~ /^\*/)
			out = out "\\fI" word "\\fP"
		else if (word ~ /\.h$/) {
			name = substr(word, 1, length(word) - 2)
			out = out (name in known ? "\\fBnsv_" name "\\fP(3)" : word)
		} else {
			name = word
			sub(/\(.*/, "", name)
			out = out "\\fB" escape(name, 1) "\\fP" substr(word, length(name) + 1)
		}
	}
	s = out escape(s, 0)
	return s ~ /^[.']/ ? "\\&" s : s
}

# Tabs become blanks; the first ones of a line @indent each.
function expand(s, indent,    out, i, c, first) {
	out = ""
	first = match(s, /^\t+/) ? RLENGTH : 0
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "\t") {
			do
				out = out " "
			while (length(out) % 8)
		} else
			out = out c
	}
	return substr(out, first * (8 - indent) + 1)
}

function code(s, font,    lines, n, i) {
	n = split(s, lines, "\n")
	print ".nf"
	for (i = 1; i <= n; i++)
		print (font == "" ? "" : "\\f" font) escape(expand(lines[i], font == "" && s !~ /^#/ ? 4 : 8), 1) (font == "" ? "" : "\\fP")
	print ".fi"
}

# A comment's text.
function prose(s,    lines, n, i, state, line) {
	n = split(s, lines, "\n")
	state = ""
	for (i = 1; i <= n; i++) {
		line = lines[i]
		if (line ~ /^[ \t]*$/) {
			if (state == "code")
				print ".fi\n.RE"
			state = "gap"
		} else if (line ~ /^ *- /) {
			if (state == "code")
				print ".fi\n.RE"
			sub(/^ *- /, "", line)
			print ".IP \\(bu 2\n" text(line)
			state = "item"
		} else if (line ~ /^( |\t)/ && state != "item") {
			if (state != "code")
				print ".PP\n.RS 2\n.nf"
			print escape(expand(line, 8), 1)
			state = "code"
		} else {
			if (state == "code")
				print ".fi\n.RE"
			if (state == "gap" || state == "code" || (state == "item" && line !~ /^( |\t)/))
				print ".PP"
			sub(/^[ \t]+/, "", line)
			if (line ~ /^Errors: / && state == "text")
				print ".PP"
			print text(line)
			if (state != "item" || lines[i] !~ /^( |\t)/)
				state = "text"
		}
	}
	if (state == "code")
		print ".fi\n.RE"
}

function die(why) {
	print FILENAME ": " why >"/dev/stderr"
	failed = 1
	exit 1
}

# Takes the head comment apart: summary, description, and the sections.
function take_head(    paragraphs, n, i, p, name) {
	if (!match(head, /^nsview\/[a-z]+\.h - /))
		die("the head comment does not begin with \"nsview/NAME.h - \"")
	page = "nsv_" substr(head, 8, RLENGTH - 12)
	head = substr(head, RLENGTH + 1)
	n = split(head, paragraphs, /\n\n+/)
	summary = paragraphs[1]
	description = ""
	if (match(summary, /\.( |\n)/)) {
		description = substr(summary, RSTART + 2) "\n\n"
		summary = substr(summary, 1, RSTART - 1)
	}
	gsub(/\n/, " ", summary)
	sub(/[. ]+$/, "", summary)
	for (i = 2; i <= n; i++) {
		p = paragraphs[i]
		name = match(p, /^[A-Z][a-z]+: /) ? substr(p, 1, RLENGTH - 2) : ""
		if (name ~ /^(Kernel|Privilege|Races|Threads)$/) {
			p = substr(p, RLENGTH + 1)
			section[name] = p ~ /^[a-z]+_/ ? p : toupper(substr(p, 1, 1)) substr(p, 2)
		} else {
			description = description p "\n\n"
		}
	}
	for (i = 1; i in wanted; i++)
		if (!(wanted[i] in section))
			die("the head comment has no paragraph \"" wanted[i] ":\"")
}

function write_functions(    i, j) {
	print ".SH FUNCTIONS"
	for (i = 1; i <= n_entries; i++) {
		if (has_function[i] == "")
			continue
		print ".SS \"" substr(has_function[i], 2) "\""
		for (j = 1; j <= n_in[i]; j++)
			code(decls[i, j], "B")
		print ".PP"
		if (docs[i] == "")
			die("no comment above" has_function[i])
		prose(docs[i])
	}
}

function write_types(    i, j, any) {
	for (i = 1; i <= n_entries; i++) {
		if (has_function[i] != "" || (docs[i] == "" && decls[i, 1] ~ /^struct [a-z_]+;$/))
			continue
		if (!any++)
			print ".SH TYPES AND CONSTANTS"
		else
			print ".PP"
		prose(docs[i])
		print ".PP"
		for (j = 1; j <= n_in[i]; j++)
			code(decls[i, j], "")
	}
}

END {
	if (failed)
		exit 1
	flush_entry()
	take_head()
	all = ""
	for (i = 1; i <= n_entries; i++)
		all = all has_function[i]
	n = split(all, functions, " ")
	if (names) {
		for (i = 1; i <= n; i++)
			print functions[i]
		exit
	}
	print ".\\\" Made from include/nsview/" substr(page, 5) ".h by man/header.awk."
	print ".TH " page " 3 \"\" \"nsview " version "\" libnsview"
	print ".nh\n.ad l"
	print ".SH NAME"
	line = page
	for (i = 1; i <= n; i++)
		if (functions[i] != page)
			line = line ",\n" functions[i]
	print line " \\- " text(summary)
	print ".SH SYNOPSIS\n.nf\n\\fB#include <nsview/" substr(page, 5) ".h>\\fP\n.fi"
	for (i = 1; i <= n_entries; i++)
		for (j = 1; j <= n_in[i]; j++)
			if (function_name(decls[i, j]) != "") {
				print ".PP"
				code(decls[i, j], "B")
			}
	print ".PP\nCompile and link with what \\fBpkg\\-config \\-\\-cflags \\-\\-libs nsview\\fP prints."
	print ".SH DESCRIPTION"
	prose(description)
	write_functions()
	write_types()
	print ".SH RETURN VALUE AND ERRORS"
	print "Unless the text above says something else, a call returns 0 or a positive value, and after a failure"
	print "a negative errno number; outputs are unchanged then. \\fBnsv_error\\fP(3) has more."
	print ".SH PRIVILEGES"
	prose(section["Privilege"])
	print ".SH RACES"
	prose(section["Races"])
	print ".SH THREADS"
	prose(section["Threads"])
	print ".SH KERNEL"
	prose(section["Kernel"])
	print ".SH SEE ALSO"
	line = "\\fBlibnsview\\fP(3)"
	for (i = 1; i in list; i++)
		if ("nsv_" list[i] != page)
			line = line ",\n\\fBnsv_" list[i] "\\fP(3)"
	print line ",\n\\fBnsview\\fP(7)"
}
