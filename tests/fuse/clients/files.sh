# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016 # the table's commands
#
# files.sh - rows of the table: programs that look at names, attributes and contents. Source after table.sh.
#
# find's -executable and -writable are left out: the view is mounted noexec and read-only. ctime and blocks count.

# No row maps srv/sparse and srv/hole: a mapped hole gets blocks, on a tmpfs.
export CLIENTS_MMAP='
import hashlib, mmap, os, sys
for top in sys.argv[1:]:
    for folder, folders, files in os.walk(top):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            if os.path.islink(path) or not os.path.isfile(path) or not os.path.getsize(path) or name in ("sparse", "hole"):
                continue
            if not os.stat(path).st_mode & 0o444:
                continue
            with open(path, "rb") as f:
                print(ascii(path), hashlib.md5(mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)).hexdigest())
'
export CLIENTS_HOLES='
import os, sys
for path in sys.argv[1:]:
    fd, at, size = os.open(path, os.O_RDONLY), 0, os.path.getsize(path)
    while at < size:
        try:
            data = os.lseek(fd, at, os.SEEK_DATA)
        except OSError as e:
            print(path, at, os.strerror(e.errno))
            break
        at = os.lseek(fd, data, os.SEEK_HOLE)
        print(path, data, at)
'

client quick auto sorted grep 'grep -r' 'grep -r --devices=skip root .'
client quick auto sorted find 'find -printf' 'find . ! -type l -printf "%p %y %m %U %G %s %b %n %T+ %C+ %A+ %B+\n"'
client quick auto sorted find 'contents' 'find . -type f -print0 | xargs -0 md5sum'
client quick auto sorted find 'modification times' 'find srv ! -type l -printf "%p %T+\n"'
client quick auto sorted find 'find -exec one by one' 'find etc -type f -exec md5sum {} \;'
client quick auto sorted find 'find -newer and -mtime' 'find . -newer etc/passwd; find . -mtime +1000'
client quick auto sorted find 'find -size and -empty' 'find . -size +512k -size -9000k; find . -empty; find srv -size 0'
client quick auto sorted find 'find -perm' 'find {ROOT} -perm /6000; find {ROOT} -perm -0002 ! -type l; find srv usr ! -readable'
client quick auto sorted find 'find -samefile and -links' 'find . -samefile srv/hard-1; find . -type f -links +1'
client quick auto sorted find 'find -user' 'find . -user 1000; find . -nouser; find . -group shadow'
client quick auto sorted find 'find -type' 'for t in b c d p f l s; do find . -type $t; done'
client quick auto sorted find 'find -name' 'find . -iname "*READ*" -o -regex ".*/[a-f]+\.h" -o -name "-*" -o -path "*/share/*" -prune'
client quick auto same find 'find -depth' 'find srv/odd/deep -depth; find {ROOT}/srv -mindepth 2 -maxdepth 3 -name "file-7" -quit'
client quick auto sorted find 'find -print0' 'find srv -print0 | tr "\0" "|" | tr -d "\n" | tr "|" "\n"'
client quick raw sorted find 'find -lname' 'find . -type l -printf "%p %s %m %l\n"; find . -lname "/*"'
# Natively in the container, with its own find, so that links end where they end there.
client quick auto sorted find,chroot 'find -L' '
	inside=; [ {SIDE} = view ] || inside="chroot ."
	$inside find -L . -xtype l; $inside find -L . -type f -printf "%p %s %y\n"'
client quick auto sorted du 'du -al' 'du -al .'
client quick auto same du 'du -s and -d' 'du -s .; du -s --si {ROOT}/usr; du -d0 -h {ROOT}/srv'
client quick auto sorted du 'du --apparent-size' 'du -alb srv; du -sb srv/many usr/include'
client quick auto sorted du 'du --inodes' 'du --inodes -l -S .; du --inodes -s .; du -c --time --time-style=full-iso srv/many etc/apt'
client quick auto,always sorted stat 'stat' 'find . ! -type l -print0 | xargs -0 stat -c "%n %A %h %u %g %s %b %B %t %T %y %z"'
client quick auto same ls 'ls -lR' 'ls -lR --full-time . | grep -v ^l'
client quick raw same ls 'ls -lR with links' 'ls -lR --full-time .; ls -la srv'
client quick raw sorted find 'readlink' 'find . -type l -exec readlink {} \;'
client quick auto sorted getfattr 'getfattr' 'find srv -print0 | sort -z | xargs -0 getfattr -h -d -m - -e hex; getfattr -R -d -m user srv'
client quick auto same getfacl 'getfacl' 'find srv -print0 | sort -z | xargs -0 getfacl -n; getfacl -p -t etc/shadow {ROOT}/srv/many/file-3'
client quick auto sorted getcap 'getcap' 'getcap -r {ROOT}; getcap srv/capable srv/large'
client quick auto same md5sum 'md5sum -c' 'cd srv && md5sum -c sums'
client quick auto same python3 'mmap' 'python3 -c "$CLIENTS_MMAP" usr/lib srv'
client quick auto same python3 'holes' 'python3 -c "$CLIENTS_HOLES" srv/sparse srv/hole srv/large'
client quick auto same cp 'cp and cmp' 'cp srv/sparse {OUT} && cmp {OUT} srv/sparse && stat -c "%s %b" {OUT}'
client quick auto sorted diff 'diff -r' 'diff -r srv/many srv/repo/many; diff -rq srv/many usr/share'
client quick auto same setpriv 'as another user' 'setpriv --reuid 1000 --clear-groups cat etc/shadow etc/passwd srv/none-may; test -r srv/none-may'
client quick auto sorted file 'file' 'find usr/bin usr/lib/x86_64-linux-gnu srv -type f -print0 | xargs -0 file'
client quick auto same wc 'cat, head, tail, wc, od' 'cat etc/*.conf | md5sum; head -c 100 srv/large | od; tail -n 3 etc/passwd; tail -c 9 srv/sparse | od; wc srv/sums'
client quick auto same dd 'dd with O_DIRECT' 'dd if=srv/large iflag=direct bs=64k status=none | md5sum; dd if=srv/large bs=1 skip=70000 count=5000 status=none | md5sum'
client quick auto same vim 'vim' '
	vim -es -R -n -u NONE -c "%print" -c "qa!" etc/passwd
	vim -es -n -u NONE -c "e srv/many/file-7" -c "r srv/sums" -c "w! {OUT}" -c "qa!"; md5sum <{OUT}'
client quick auto same less 'less to a pipe' 'less etc/passwd srv/many/file-5 | md5sum; less -F -X srv/odd/none'
client quick auto sorted mtree 'mtree' 'mtree -c -p . -k type,mode,uid,gid,size,time,nlink,sha256 | grep -v "^#" | grep -v "type=link"'
client all auto sorted rg 'rg' 'rg -uuu -c root {ROOT}/etc {ROOT}/srv; rg --sort path -n -a "line 7" srv/many'
client all auto sorted rg 'rg --files' 'rg --files --hidden . ; rg -L --mmap -c line usr/share'
client all auto sorted fdfind 'fd' 'fdfind -uu . {ROOT}; fdfind -uu -e h -t f -S +10k . usr'
client all auto same tree 'tree' 'tree -a -s -p -u -g -h --noreport srv/many srv/odd etc/apt; tree -d usr/share | tail -n 1'
client all raw same tree 'tree with links' 'tree -a -s -p -D --timefmt "%F %T" .'
client all raw sorted ncdu,jq 'ncdu' '
	ncdu -0 -e -o - {ROOT} | jq -c "def walk(\$at): if type == \"array\" then (\$at + \"/\" + .[0].name) as \$here |
		(.[0] | walk(\$at)), (.[1:][] | walk(\$here)) else del(.ino, .dev) + {at: \$at} end; .[3] | walk(\"\")"'
client all auto sorted yara 'yara' '
	printf "rule elf { strings: \$a = { 7f 45 4c 46 } condition: \$a at 0 }\nrule line { strings: \$a = \"line 29\" condition: \$a }\n" >{OUT}
	yara -r -N {OUT} srv/repo; yara -r -N {OUT} srv/many; yara -r -s {OUT} usr/sbin'
client all auto sorted clamscan 'clamscan' '
	mkdir {OUT}; echo "Nsview.Line:0:*:6c696e65203239" >{OUT}/test.ndb
	clamscan -d {OUT}/test.ndb --no-summary --exclude="sparse|hole" -r {ROOT}/srv {ROOT}/etc'
