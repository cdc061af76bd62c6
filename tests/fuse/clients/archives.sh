# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016 # the table's commands
#
# archives.sh - rows of the table: programs that copy trees or make archives. Source after table.sh.
#
# They keep the text of links, so most read the view with links=raw.

pax='--sort=name --pax-option=delete=atime,delete=ctime --acls --xattrs'

client quick raw same tar 'tar' "tar --sort=name --pax-option=delete=atime --acls --xattrs -cf - . | md5sum"
client quick raw same tar 'tar -S' "tar --format=gnu --sort=name -S -cf - srv | md5sum; tar --sort=name -cf - etc | tar -tvf -"
client quick raw sorted tar 'tar -d' 'tar -C {NATIVE} --exclude=./srv/follow -cf - ./etc ./srv/many ./srv/odd | tar -df -; tar -C srv -dzf srv/all.tar.gz'
client quick raw same cp 'cp -a' "cp -a . {OUT} && tar $pax -C {OUT} -cf - . | md5sum"
client quick raw same rsync 'rsync -aHAX' "rsync -aHAX ./ {OUT}/ && tar $pax -C {OUT} -cf - . | md5sum"
client quick raw same rsync 'rsync --checksum finds nothing to do' 'rsync -aHAXn --checksum --itemize-changes ./ {NATIVE}/'
client quick auto same rsync 'rsync -S' "rsync -aSHAX --no-links srv/ {OUT}/; tar $pax -C {OUT} -cf - . | md5sum; stat -c %b {OUT}/sparse"
client quick auto same python3 'zipfile' 'python3 -m zipfile -l srv/all.zip; python3 -m zipfile -t srv/all.zip'
client quick raw same bsdtar 'bsdtar' 'find srv etc -print0 | sort -z | bsdtar --no-recursion --null -T - -cf - --format=mtree | sed "s/ inode=[0-9]*//g"'
client all raw same zip,unzip 'zip' 'find srv/many srv/odd etc -print | sort | zip -q -X -y -@ {OUT}.zip; md5sum <{OUT}.zip; unzip -tq {OUT}.zip; rm -f {OUT}.zip'
client all auto same unzip 'unzip' 'unzip -l srv/all.zip; unzip -p srv/all.zip | md5sum'
client all raw same cpio 'cpio' 'find . -print0 | sort -z | cpio -0 -o -H newc --reproducible | md5sum; find etc -print0 | cpio -0 -p -d -m {OUT}; find {OUT} -type f | sort | xargs md5sum'
