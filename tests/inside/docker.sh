#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nsrun --inside with Docker: the same confinement as docker exec, field by field, and the same manners.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"
. "$NSVIEW_SOURCE/tests/inside/common.sh"

inside_tar
docker_start
docker_import "$INSIDE_TAR" busybox
# Other engines may have containers of these names at the same time.
plain=plain-$$ bound=bound-$$ own=own-$$ shared=shared-$$ gone=gone-$$ bare=bare-$$
sleep=(busybox /bin/busybox sleep 100000)

docker_run "$plain" "${sleep[@]}"
for options in "" "-u app" "-u 1000:2000" "-u 4242" "-u app:extra" "-w /tmp -e A=b" "-t"; do
	# shellcheck disable=SC2086 # words
	same "$plain" $options
done
same_calls "$plain"

# docker's runc may raise a soft limit to the hard one: here they are equal.
docker_run "$bound" --cap-drop ALL --cap-add NET_RAW --security-opt no-new-privileges --read-only --pids-limit 50 \
	-u 1000:2000 --group-add 3000 -w /tmp -e X=y -e HOME=/q --ulimit nofile=200:200 --oom-score-adj 300 \
	--ulimit core=0:0 "${sleep[@]}"
for options in "" "-u 0" "-u nobody"; do
	# shellcheck disable=SC2086
	same "$bound" $options
done

cat >"$TEST_TMP/profile.json" <<'EOF2'
{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_AARCH64"],"syscalls":[
 {"names":["mkdir","mkdirat","no_such_call"],"action":"SCMP_ACT_ERRNO","errnoRet":38},
 {"names":["personality"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":8,"op":"SCMP_CMP_EQ"},{"index":0,"value":4294967295,"op":"SCMP_CMP_EQ"}]},
 {"names":["kcmp"],"action":"SCMP_ACT_ERRNO","errnoRet":7,"args":[{"index":2,"value":16,"valueTwo":16,"op":"SCMP_CMP_MASKED_EQ"}]}]}
EOF2
docker_run "$own" --security-opt "seccomp=$TEST_TMP/profile.json" --cap-add SYS_PTRACE "${sleep[@]}"
same "$own"
same_calls "$own"

docker_run "$shared" --security-opt seccomp=unconfined --pid host --ipc host --uts host -t -u app "${sleep[@]}"
same "$shared"
same "$shared" -t -u root

# ---- manners ----

check_eq "-i passes standard input on" "$(printf 'a\nb' | inside -i "$plain" cat)" "$(printf 'a\nb')"
check_eq "without -i there is none" "$(echo x | inside "$plain" cat)" ""
check_eq "output and errors are apart" "$(inside "$plain" sh -c 'echo out; echo err >&2' 2>/dev/null)" out
inside "$plain" sh -c 'exit 7'
check_eq "the exit code is the program's" $? 7
says 127 "nonesuch: No such file" "$NSVIEW_BIN/nsrun" --inside "$plain" nonesuch
says 126 "/etc/passwd: Permission denied" "$NSVIEW_BIN/nsrun" --inside "$plain" /etc/passwd
says 125 "no user 'zork'" "$NSVIEW_BIN/nsrun" --inside -u zork "$plain" id
says 125 "working directory can't be entered" "$NSVIEW_BIN/nsrun" --inside -w /nonesuch "$plain" id
says 125 "which command?" "$NSVIEW_BIN/nsrun" --inside "$plain"
says 125 "no such container" "$NSVIEW_BIN/nsrun" --inside "no-such-$$" id
says 125 "no container: its files are the host's" "$NSVIEW_BIN/nsrun" --inside $$ id
check_eq "a PID of the container will do" "$(inside "$CT_PID" echo yes)" yes
check_eq "-e K takes the value here" "$(B=kept inside -e B -e C=d "$plain" sh -c 'echo $B$C')" keptd
check_eq "a thousand kilobytes come whole" "$(inside "$plain" sh -c 'head -c 1000000 /dev/zero' | wc -c)" 1000000

check "-d starts it and returns" inside -d "$plain" sh -c 'sleep 777'
runs() {
	engine top "$plain" -o pid,args | grep -q 'sleep 777'
}
check "and the program runs on" wait_for "the program" runs

check "docker pause" engine pause "$plain"
says 125 "the container is paused" "$NSVIEW_BIN/nsrun" --inside "$plain" id
check "docker unpause" engine unpause "$plain"

# rm -f meanwhile: the program is killed.
docker_run "$gone" "${sleep[@]}"
mkfifo "$TEST_TMP/ready"
inside "$gone" sh -c 'echo ready; sleep 1000' >"$TEST_TMP/ready" &
child=$!
read -r word <"$TEST_TMP/ready"
check_eq "the program has started" "$word" ready
check "docker rm -f" engine rm -f "$gone"
wait $child
check_eq "a removed container's program" $? 137

# Without its config.json: by ptrace only if that was allowed.
docker_run "$bare" "${sleep[@]}"
config=$(find "$DOCKER_DIR/exec" -path "*/moby/$(engine inspect -f '{{.Id}}' "$bare")/config.json")
check "config.json is found" test -f "$config"
mv "$config" "$config.away"
says 125 "--allow-interrupt" "$NSVIEW_BIN/nsrun" --inside "$bare" id
check_eq "filters left out" "$(inside --allow-weaker=seccomp "$bare" grep Seccomp: /proc/self/status 2>/dev/null | tr -d '\t')" Seccomp:0
inside --allow-interrupt "$bare" /bin/nsv-confinement </dev/null 2>&1 | fields >"$TEST_TMP/got"
mv "$config.away" "$config"
engine exec "$bare" /bin/nsv-confinement </dev/null 2>&1 | fields >"$TEST_TMP/wanted"
check "the same from the process" diff "$TEST_TMP/wanted" "$TEST_TMP/got"

# Another user may not write the file: it is not believed then.
chmod 666 "$config"
says 125 "--allow-interrupt" "$NSVIEW_BIN/nsrun" --inside "$bare" id
chmod 644 "$config"
check_eq "and is, if only root may" "$(inside "$bare" echo yes)" yes
test_done
