# SPDX-License-Identifier: GPL-2.0-or-later
# complete.awk - prints "HEADER: FUNCTION: no errors" where the comment above a function with a struct nsv_error names no
# errno and no other function's errors, and "no owner" where it gives something away and does not say whose that is.
function judge(    text, name) {
	text = comment
	gsub(/ +\* +/, " ", text)
	if (!match(decl, /nsv_[a-z0-9_]+\(/) || decl ~ /^typedef/)
		return
	name = substr(decl, RSTART, RLENGTH - 1)
	if (decl ~ /struct nsv_error \*e\)/ && decl !~ /nsv_error_set/ && text !~ /-E[A-Z]+|Errors/)
		print file ": " name ": no errors"
	if (decl ~ /\*\*ret/ && text !~ /owns?[ ;.]|[Oo]wner|frees|free\(3\)|borrowed|caller'?s|points to it/)
		print file ": " name ": no owner"
	if (name ~ /_free$/ && text !~ /NULL is fine/)
		print file ": " name ": what of NULL"
}

FNR == 1 {
	file = FILENAME
	sub(/.*\//, "", file)
	comment = decl = ""
}
/^\/\*/ {
	comment = ""
	inside = 1
}
inside {
	comment = comment " " $0
	if (/\*\//)
		inside = 0
	next
}
/^$/ {
	comment = ""
	next
}
decl == "" && /^[a-z].*[^{]$/ && !/^(struct|enum)[^(]*\{|^extern/ {
	decl = $0
}
decl != "" && decl != $0 {
	decl = decl " " $0
}
decl ~ /;/ {
	judge()
	decl = ""
}
