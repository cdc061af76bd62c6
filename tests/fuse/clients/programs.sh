# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016 # the table's commands
#
# programs.sh - rows of the table: repositories, databases, packages, compilers and debuggers. Source after table.sh.

client quick auto,always same git 'git status' 'git -C srv/repo status --porcelain=v2 --branch'
client quick auto same git 'git log and diff' 'git -C srv/repo log --stat --format=%H; git -C srv/repo diff; git -C srv/repo blame one -- many/file-9'
client quick auto same git 'git fsck' 'git -C srv/repo fsck --strict --no-progress --full'
client quick auto same git 'git grep and archive' 'git -C srv/repo grep -n "line 29" one; git -C srv/repo archive one | md5sum'
client quick auto same git 'git clone' 'git clone -q --no-hardlinks srv/repo {OUT} && git -C {OUT} log --format=%H -p | md5sum'
client quick auto sorted debsums 'debsums' 'debsums --root={ROOT} -a | tr -s " "'
client quick auto same dpkg 'dpkg -l' 'dpkg --root={ROOT} -l; dpkg --root={ROOT} -S /bin/sh; dpkg --root={ROOT} -s libc6'
client quick auto same dpkg 'dpkg --verify' 'dpkg --root={ROOT} --verify; dpkg --root={ROOT} -V libc6 bash; dpkg --root={ROOT} --audit'
client quick auto same sqlite3 'sqlite3' 'sqlite3 srv/db "pragma integrity_check; select count(*), sum(a), max(b) from t"'
client quick auto same sqlite3 'sqlite3 -readonly' 'sqlite3 -readonly srv/db "select * from t where a % 1000 = 7"'
client quick auto same sqlite3 'sqlite3 .dump and .backup' 'sqlite3 srv/db .dump | md5sum; sqlite3 -readonly srv/db ".backup {OUT}"; sqlite3 {OUT} "pragma integrity_check; select sum(a) from t"'
client quick auto same sqlite3 'sqlite3 immutable=1' 'sqlite3 "file:srv/wal/view/db?immutable=1" "pragma integrity_check; select sum(a) from t"'
client quick auto same gcc 'gcc --sysroot' '
	printf "%s\n" "#include <stdio.h>" "#include <pthread.h>" "int main(void) { return printf(\"%d\", EOF) < 0; }" >{OUT}.c
	cd /; gcc --sysroot={ROOT} -H -O2 -o {OUT} -x c - <{OUT}.c 2>&1 | grep {ROOT}
	gcc --sysroot={ROOT} -B{ROOT}/usr/lib/$(gcc -print-multiarch)/ -pthread -Wl,--trace -Wl,--build-id=none -o {OUT} -x c - <{OUT}.c | grep -v "/cc[^/]*\.o$"; md5sum <{OUT} && {OUT}
	rm -f {OUT}.c'
# Two debuggers of one process have to take turns.
client quick always same gdb,flock 'gdb sysroot' '
	flock {NATIVE}/etc gdb -nx -batch -iex "set debuginfod enabled off" -iex "set sysroot {ROOT}" \
		-ex "file {ROOT}/usr/bin/sleep" -ex "attach {PID}" -ex "info sharedlibrary" -ex bt -ex "x/4i \$pc" -ex detach |
		grep -v "^Attaching\|^Detaching\|process"'
client quick auto same gdb 'gdb of a file' 'gdb -nx -batch -ex "info functions main" -ex "x/3i main" -ex "info files" srv/large | tail -n 40'
client quick auto same readelf 'readelf, nm, strings, objdump' '
	readelf -aW srv/large | md5sum; nm -D usr/lib/x86_64-linux-gnu/libc.so.6 | md5sum; strings usr/bin/dpkg | md5sum; objdump -d usr/bin/true | md5sum'
client quick auto,always same flock 'flock' 'flock -s -n srv/db flock -s -n srv/db echo both; flock -n srv/sums flock -n srv/sums echo both'
client quick auto same lsof 'lsof' '
	exec 3<srv/db 4<srv/many/file-7; lsof -n -P -w -a -p $$ -d 3,4,cwd -F ftsn | grep -v "^p"
	lsof -w -t {ROOT}/srv/db | grep -c "^$$\$"; lsof -w -a -p $$ +D {ROOT}/srv/many -Fn | grep -v "^p"'
client quick auto same tail,python3 'tail -F' 'python3 {PARTS}/follow.py tail {ROOT}/srv/follow/{SIDE}/log {INSIDE}/srv/follow/{SIDE}/log | sed "s,/{SIDE}/,/SIDE/,g"'
client quick auto same less,python3 'less +F' 'python3 {PARTS}/follow.py less {ROOT}/srv/follow/{SIDE}/log {INSIDE}/srv/follow/{SIDE}/log'
client all auto same journalctl 'journalctl -D' 'journalctl -D srv/journal --no-pager -o export | md5sum; journalctl --utc -D {ROOT}/srv/journal -r -n 20 -p 3 --no-pager'
client all auto same journalctl 'journalctl --verify' 'journalctl --verify --quiet -D {ROOT}/srv/journal 2>&1; journalctl -D srv/journal --list-boots --utc'
client all auto same journalctl 'journalctl --file' 'journalctl --file srv/journal/system.journal -F PRIORITY --no-pager | sort; journalctl --header -D srv/journal | grep -i "entries\|size"'
