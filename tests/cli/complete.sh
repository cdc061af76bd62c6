#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# COMMAND --complete: what each word of a line may be, whatever the shell. The files in completions/
# have a test of their own, in real shells.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

export NSVIEW_COMPLETION_MS=60000
container_start --hostname "c$$-web" --setup 'mkdir -p /etc /d/folder /d/.hidden; : >/d/file; : >/d/.dot
	ln -s /d/folder /d/flink; ln -s /nowhere /d/broken; ln -s /d/file /d/tofile; ln -s /../../d/folder /d/fup'
web=c$$-web
container_start --hostname "c$$-db"
db=c$$-db
cd "$TEST_TMP" || exit 1
: >of-host

# offers WANTED COMMAND WORD...: what is offered for the last word, with its kind, sorted, in one line.
offers() {
	local wanted=$1 got

	shift
	got=$("$NSVIEW_BIN/$1" --complete "${@:2}" 2>&1 | tr '\0' '\n' | grep -v '^d' | sort | xargs)
	check_eq "offered for '$*'" "$got" "$wanted"
}

# Containers.
for command in nscat nsls nsps nsinfo nsdiff nsrun nscollect; do
	offers "w$web" $command "c$$-w"
done
offers "w$web" nsps "$db" "c$$-w"
offers "w$web" nsdiff "$db" "c$$-w"
offers "w$web" nscat --via proc "c$$-w"
offers "w$web" nscat --via=proc -- "c$$-w"
offers "w$web" nsls -la "c$$-w"
offers "w$web" nsrun -u "c$$-w"
offers "w$web" nsrun --inside -it "c$$-w"
offers '' nscat nope
offers 'f' nscp no/such
offers "f p$web:" nscp "c$$-w"
offers "f p$web:" nscp of-host "c$$-w"
offers "f p$web:" nscp -a -j 2 of-host "c$$-w"

# Paths inside: a folder, and a link to one in the container, ends in a slash.
offers 'p/d/ p/dev/' nscat "$web" /d
offers 'pd/ pdev/' nscat "$web" d
offers 'p/d/flink/ p/d/folder/ p/d/fup/ w/d/file' nscat "$web" /d/f
offers 'w/d/broken' nsls -l "$web" /d/x /d/b
offers 'p/d/.hidden/ w/d/.dot' nscat "$web" /d/.
offers "p$web:/d/folder/" nscat "$web:/d/fo"
offers "p$web:/d/folder/" nscat "$web:/d/x" "$web:/d/fo"
offers "p$web:d/folder/" nscp of-host "$web:d/fo"
offers "p$web:/d/folder/" nscp "$web:/d/fo"
offers 'p/d/folder/' nsdiff "$web" "$db" /d/fo
offers 'p/d/folder/' nsrun --inside "$web" ls /d/fo
offers 'p/d/folder/../folder/' nscat "$web" /d/folder/../fo
offers '' nscat "$web" /../of-h
offers '' nscat "$web" of-h
offers '' nscat "no-such-$$:/d/"

# A command of the host, its arguments, packages.
offers c nsrun "$web" l
offers c nsrun "$web" -- l
offers f nsrun "$web" ls --all
offers f nscollect verify x
offers f nscollect report x
offers '' nscollect artifacts x
offers 'wverify' nscollect ver
offers f nscollect -o x
offers f nsviewd x

# Values.
offers 'w--via=auto' nscat --via=a
offers 'w--color=always w--color=auto w--color=never' nsls --color=
offers 'wauto' nscat --via a
offers 'wauto' nscat --vi a
offers 'w--color=auto' nsls --color=au
offers '' nscat -o NA
offers 'pids,mounts' nsinfo --only ids,m
offers 'p--only=ids,mounts' nsinfo --only=ids,m
offers 'p+HOSTNAME' nsps -o +HO
offers 'p--output=name,pid p--output=name,pidns' nsps --output=name,pi
offers 'w--sort=name w--sort=none' nsls --sort=n
offers 'w--time=atime' nsls --time=a
offers 'w--time-style=full-iso' nsls --time-style=f
offers 'p--sort=name,-uid p--sort=name,-uptime p--sort=name,-user p--sort=name,-userns p--sort=name,-utsns' nsps --sort=name,-u
offers 'p--sort=-HOSTNAME' nsps --sort=-H
offers 'p--filter=START= p--filter=STATE=' nsps --filter=ST
offers 'p--preserve=mode,links' nscp --preserve=mode,l
offers 'p--no-preserve=xattr' nscp --no-preserve=x
offers 'w--backup=none w--backup=numbered' nscp --backup=n
offers 'wcontainer whost' nsrun --dns ''
offers 'w-R' nscp -R
offers 'p--layer=' nsdiff --la
offers 'p--net= w--net' nsrun --ne
offers '' nsls "$web" -- --l

# Whatever fails prints nothing.
check_eq "no message" "$("$NSVIEW_BIN/nscat" --complete "no-such-$$" /x 2>&1)" ''
check_eq "no message without words" "$("$NSVIEW_BIN/nscat" --complete 2>&1 | tr '\0' '\n' | grep -c "c$$-w")" 1
check "a closed output" eval '"$NSVIEW_BIN/nscat" --complete "c$$-w" >&-'
test_done
