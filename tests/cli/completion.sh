#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion offers the names of running containers, and no name of a container does more than be
# offered. nsps is played by a script here, so that its answer is known.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/completions/nsview.bash"

bin=$TEST_TMP/bin
mkdir "$bin" "$TEST_TMP/here"
cd "$TEST_TMP/here" || exit 1
cat >"$bin/nsps" <<'END'
#!/bin/sh
[ "$*" = -q ] && cat "${0%/*}/names"
END
chmod 755 "$bin/nsps"
compopt() { :; } # only bash itself may call it

# offers WANTED LINE: what is offered at the end of LINE, as bash splits it, sorted, in one line.
offers() {
	local wanted=$1 line=$2 rest word got

	COMP_LINE=$line COMP_POINT=${#line} COMP_WORDS=() COMPREPLY=()
	rest=$line
	while [ -n "$rest" ]; do
		case $rest in
		' '*) rest=${rest# } ;;
		:* | =*) COMP_WORDS+=("${rest:0:1}") rest=${rest:1} ;;
		*) word=${rest%%[ :=]*} COMP_WORDS+=("$word") rest=${rest:${#word}} ;;
		esac
	done
	case $line in *[\ :=]) COMP_WORDS+=('') ;; esac
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_nsview "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	got=$(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | tr '\n' ' ')
	check_eq "offered for '$line'" "${got% }" "$wanted"
}

printf '%s\n' web1 web2 docker:db podman:db host:1010 2020 pod:shop/front/nginx >"$bin/names"
offers '2020 docker:db host:1010 pod:shop/front/nginx podman:db web1 web2' "$bin/nscat "
offers 'web1 web2' "$bin/nscat we"
offers 'web1 web2' "$bin/nsls -l we"
offers 'web1' "$bin/nsps web2 web1"
offers '' "$bin/nscat nope"
offers '' "$bin/nscat web1 we"
offers 'docker:db' "$bin/nscat do"
offers 'db' "$bin/nscat docker:"
offers 'db' "$bin/nscat docker:d"
offers '' "$bin/nscat docker:x"
offers 'shop/front/nginx' "$bin/nscat pod:sh"
offers '' "$bin/nscat docker: d"
offers 'web1: web2:' "$bin/nscp we"
offers 'web1: web2:' "$bin/nscp file we"
offers 'db:' "$bin/nscp docker:d"
offers '' "$bin/nscp web1:/et"
offers 'auto' "$bin/nscat --via=a"
offers 'addresses' "$bin/nsinfo -o a"
offers 'ids,mounts' "$bin/nsinfo --only=ids,m"
offers 'NAME' "$bin/nsps -o NA"
offers '+HOSTNAME' "$bin/nsps -o +HO"
offers 'name,pid name,pidns' "$bin/nsps --output=name,pi"
offers 'web1 web2' "$bin/nsps -o NAME we"
offers '' "$bin/nscat -o NA"
offers 'web1 web2' "$bin/nsrun we"
offers 'web1 web2' "$bin/nsrun -u we"
printf '#!/bin/sh\n' >"$bin/tool-of-host"
chmod 755 "$bin/tool-of-host"
PATH=$bin:$PATH offers 'tool-of-host' "$bin/nsrun -u web1 tool-o"
offers 'none' "$bin/nsrun --files=n"
offers '--dns=' "$bin/nsrun --dn"
offers '--detach' "$bin/nsrun --inside --de"
offers '' "$bin/nsrun --inside --dn"
offers 'web1 web2' "$bin/nsrun --inside we"
offers '' "$bin/nsrun web1 ls --dn"

# Artifacts, by the command itself.
printf '#!/bin/sh\n[ "$*" = artifacts ] && printf "%%s  of a doc\\n" BashHistory BashSession Cron\n' >"$bin/nscollect"
chmod 755 "$bin/nscollect"
offers 'BashHistory BashSession' "$bin/nscollect --artifacts=Ba"
offers 'Cron,BashHistory Cron,BashSession' "$bin/nscollect --artifacts Cron,Ba"

# Files of the host beside them, quoted.
touch 'web file' websrv
mkdir webdir 'web$(touch INJECTED)'
offers 'web1: web2: web\ file  web\$\(touch\ INJECTED\)/ webdir/ websrv ' "$bin/nscp we"
check_not "nothing was run" test -e INJECTED
rm -r web*

# Hostile names, should nsps ever print one: none is offered, none runs. Control: eval runs it.
marker=$TEST_TMP/ran
printf '%s\n' "\$(touch $marker)" "\`touch $marker\`" "; touch $marker" "a b" '-oX' '*' "we'b" \
	'a[$(touch '"$marker"')]' $'e\033[2J' '..' 'a\b' ok >"$bin/names"
offers 'ok' "$bin/nscat "
offers 'ok:' "$bin/nscp "
offers '' "$bin/nscat a"
check "no name was evaluated" test ! -e "$marker"
read -r name <"$bin/names"
eval ": $name"
check "control: eval would have" test -e "$marker"

# Without nsps, or when it fails or says nothing: nothing, quietly.
for nsps in 'exit 1' 'echo oops >&2; exit 2' ':'; do
	printf '#!/bin/sh\n%s\n' "$nsps" >"$bin/nsps"
	said=$(offers '' "$bin/nscat w" 2>&1)
	check_eq "it says nothing" "$said" ''
done
rm "$bin/nsps"
said=$(offers '' "$bin/nscat w" 2>&1)
check_eq "it says nothing without nsps" "$said" ''
test_done
