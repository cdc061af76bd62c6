# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# serve.sh http|nginx|samba ROOT OUT [CONFIGURATION] - serves ROOT/srv on the loopback of a new network namespace,
# reads it as a client, and prints what came. The server's files are in OUT. Its process ends with this one.
set -u
export LC_ALL=C
kind=$1 root=$2 out=$3 configuration=${4-}
server=
end() {
	local status=$?

	[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null
	exit "$status"
}
trap end EXIT
trap 'exit 143' TERM INT HUP
ip link set lo up || exit
mkdir "$out" || exit

# Up to a minute.
until_it_works() { # COMMAND...
	local i

	for ((i = 0; i < 1200; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		kill -0 "$server" || break
		read -r -t 0.05 _ <> <(:)
	done
	echo "the server doesn't answer"
	cat "$out"/*log*
	exit 1
}

read_http() {
	local file

	until_it_works curl -sf "http://127.0.0.1:8000/sums"
	curl -s http://127.0.0.1:8000/many/ | sort
	for file in many/file-{1,77,300} large sparse all.zip db setuid odd/a%20b odd/%C3%BC odd/not-utf8-%FF%FE nothing; do
		echo "$file $(curl -s -o "$out/got" -w '%{http_code} %{size_download} %header{content-length} %header{last-modified}' \
			"http://127.0.0.1:8000/$file") $([ ! -f "$out/got" ] || md5sum <"$out/got")"
		rm -f "$out/got"
	done
	curl -s -r 100000-199999 http://127.0.0.1:8000/large | md5sum
	curl -sI http://127.0.0.1:8000/all.zip | grep -i '^content-\|^HTTP'
}

serve_http() {
	python3 -m http.server --bind 127.0.0.1 -d "$root/srv" 8000 >"$out/log" 2>&1 &
	server=$!
	read_http
}

serve_nginx() {
	cat >"$out/conf" <<-END
		daemon off; master_process off; pid $out/pid; error_log $out/log;
		user root;
		events { }
		http {
			access_log off; autoindex on; types { } default_type text/plain; $configuration
			client_body_temp_path $out/t1; proxy_temp_path $out/t2; fastcgi_temp_path $out/t3;
			uwsgi_temp_path $out/t4; scgi_temp_path $out/t5;
			server { listen 127.0.0.1:8000; root $root/srv; }
		}
	END
	nginx -c "$out/conf" -e "$out/log" 2>"$out/log-of-start" &
	server=$!
	read_http
	grep -v '"[^"]*/nothing" failed' "$out/log" | sed 's/^.*\] [0-9#]*: //'
}

serve_samba() {
	local d

	for d in private lock state cache pid ncalrpc; do mkdir "$out/$d"; done
	cat >"$out/conf" <<-END
		[global]
		interfaces = lo
		bind interfaces only = yes
		smb ports = 445
		disable netbios = yes
		load printers = no
		disable spoolss = yes
		private dir = $out/private
		lock directory = $out/lock
		state directory = $out/state
		cache directory = $out/cache
		pid directory = $out/pid
		ncalrpc dir = $out/ncalrpc
		log file = $out/log
		passdb backend = tdbsam:$out/private/passdb.tdb
		[srv]
		path = $root/srv
		read only = yes
	END
	printf 'secret\nsecret\n' | smbpasswd -c "$out/conf" -s -a root >/dev/null || exit
	smbd -F --no-process-group -s "$out/conf" >"$out/log-of-start" 2>&1 &
	server=$!
	client=(smbclient -s "$out/conf" -U root%secret //127.0.0.1/srv)
	until_it_works "${client[@]}" -c 'ls sums'
	# The last line of ls is about the file system; times are local.
	"${client[@]}" -c 'recurse on; ls' 2>&1 | grep -v 'blocks of size'
	mkdir "$out/got"
	(cd "$out/got" && "${client[@]}" -c 'prompt off; recurse on; mget many large sparse all.zip setuid repo' >/dev/null 2>&1)
	(cd "$out/got" && find . -type f -print0 | sort -z | xargs -0 md5sum)
	"${client[@]}" -c 'allinfo large; posix; put /etc/passwd new' 2>&1 | grep -v 'access_time\|^atime\|change_time:.*$' || :
}

"serve_$kind"
