# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154,SC2004 # shared with table.sh
#
# tree.sh - what the client programs read. Source after base.sh and debian.sh.
#
#   clients_tree DIR   fills DIR with Debian, what a sysroot needs, and in srv/ odd names, holes, hard links,
#                      attributes, ACLs, capabilities, a git repository, databases, archives and a journal

odd_names() {
	mkdir odd && cd odd || return
	echo 1 >'a b'
	echo 2 >$'new\nline'
	echo 3 >$'tab\tand\\backslash'
	echo 4 >./-rf
	echo 5 >"quote'\"\$(x)\`"
	echo 6 >$'not-utf8-\xff\xfe'
	echo 7 >$'\xc3\xbc'
	echo 8 >'*'
	echo 9 >"$(printf '%255s' '' | tr ' ' n)"
	# shellcheck disable=SC2046 # one folder each
	mkdir -p "$(printf '%.0sdeep/' $(seq 60))" && echo 10 >"$(printf '%.0sdeep/' $(seq 60))/end"
	mkdir empty && : >none
}

repository() {
	git -C repo init -q -b main
	cp -a many repo/many
	git -C repo add . && git -C repo -c user.name=T -c user.email=t@example.org commit -q -m all
	echo two >>repo/many/file-9
	git -C repo -c user.name=T -c user.email=t@example.org commit -q -a -m two
	git -C repo tag one HEAD~1
	git -C repo gc -q
	echo changed >>repo/many/file-7
	rm repo/many/file-8
	echo new >repo/new
}

attributes() {
	truncate -s 20M sparse && echo middle | dd of=sparse bs=1M seek=9 conv=notrunc status=none
	truncate -s 3M hole
	ln many/file-1 hard-1 && ln many/file-1 many/hard-2
	mkfifo fifo
	ln -s many/file-1 link && ln -s nowhere dangling && ln -s ../srv/many up && ln -s /srv/many/file-2 ../etc/absolute
	setfattr -n user.colour -v blue many/file-2 && setfattr -n user.bytes -v 0x00ff0a many/file-2
	setfacl -m u:1234:r many/file-3 && setfacl -d -m g:4321:rx many && setfacl -m u:1234:rx many
	cp /bin/true capable && setcap cap_net_raw,cap_chown+ep capable
	cp --sparse=never /bin/bash large
	: >held
	touch -d '1971-02-03 04:05:06.789012345' old && touch -d '2040-01-01 00:00:00.000000001' future
	cp /bin/true setuid && chown 1000:1000 setuid && chmod 6755 setuid
	echo secret >none-may && chmod 0 none-may && chown 12345678:87654321 none-may
}

databases() {
	sqlite3 db 'create table t(a integer primary key, b text); with recursive n(i) as (select 1
		union all select i + 1 from n where i < 20000) insert into t select i, hex(i) from n;'
	find many -type f -exec md5sum {} + >sums
	python3 -m zipfile -c all.zip many
	tar -cf - many | gzip -n >all.tar.gz
	mkdir follow follow/view follow/native wal wal/view wal/native
	sqlite3 wal/native/db 'pragma journal_mode=wal; create table t(a); insert into t values (1), (2), (3)' >/dev/null
	cp wal/native/db wal/view/db
}

# In the export format, so that nobody's own journal is read.
journal() {
	local i writer=/lib/systemd/systemd-journal-remote

	[ "$clients_choice" = all ] || return 0
	[ -x $writer ] || { clients_missing[$writer]=1 && return 0; }
	mkdir journal
	for i in $(seq 2000); do
		printf '__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%032d\nPRIORITY=%d\n_COMM=app\nMESSAGE=line %d\n\n' \
			$((1700000000000000 + i * 1000000)) $((i * 1000000)) 7 $((i % 8)) "$i"
	done | $writer --output=journal/system.journal --split-mode=none - 2>/dev/null || echo "FAILED: no journal"
}

clients_tree() {
	tar --numeric-owner --xattrs --acls -C "$1" -xf "$DEBIAN_TAR" || return
	# Headers and start files for gcc --sysroot.
	dpkg -L libc6-dev linux-libc-dev libcrypt-dev 2>/dev/null | grep -E '^/(usr/include|(usr/)?lib)/' |
		tar -C / --no-recursion -T - -cf - 2>/dev/null | tar -C "$1" --keep-directory-symlink -xf - || return
	(
		cd "$1/srv" || exit
		mkdir repo many
		for i in $(seq 300); do echo "line $i" >"many/file-$i"; done
		(odd_names) && repository && databases && attributes && journal
	)
}
