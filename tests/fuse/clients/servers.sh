# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016 # the table's commands
#
# servers.sh - rows of the table: servers of files, read by their clients. Source after table.sh.
#
# serve.sh starts each in a network namespace of its own, so every port of its loopback is free.

serve='unshare --net bash {PARTS}/serve.sh'

client quick auto same python3,curl 'http.server' "$serve http {ROOT} {OUT}"
client all auto same nginx,curl 'nginx with sendfile' "$serve nginx {ROOT} {OUT} 'sendfile on; tcp_nopush on;'"
client all auto same nginx,curl 'nginx with aio threads' "$serve nginx {ROOT} {OUT} 'sendfile on; aio threads;'"
client all auto same nginx,curl 'nginx with directio' "$serve nginx {ROOT} {OUT} 'sendfile on; aio threads; directio 4k; output_buffers 2 128k;'"
client all auto sorted smbd,smbclient,smbpasswd 'samba' "$serve samba {ROOT} {OUT}"
