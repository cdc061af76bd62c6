#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nscollect with Docker: what the engine wrote, volumes, and that docker diff sees nothing.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"

busybox_tar
docker_start
docker_import "$BUSYBOX_TAR" busybox
docker_run "evi-$$" -v vol:/vol --label case=7 -e TOKEN=hunter2-of-docker busybox /bin/busybox sh -c \
	'echo on the volume >/vol/f; echo said; exec /bin/busybox sleep 100000'
said() { engine logs "evi-$$" | grep -q said; }
wait_for "its output" said
before=$(engine diff "evi-$$"; engine top "evi-$$" -o pid,ppid,args; cat "/proc/$CT_PID/mountinfo")

take x.tar --full "docker:evi-$$"
unpack x.tar
check_schemas
check "verify" "$nscollect" verify "$TEST_TMP/x.tar"
check_eq "a volume's file" "$(cat "$UNPACKED/[root]/vol/f")" 'on the volume'
check_eq "the name" "$(jsons container.json .container.engine_name)" "evi-$$"
id=$(engine inspect -f '{{.Id}}' "evi-$$")
check_eq "the engine's configuration" "$(jsons engine/config.v2.json .ID)" "$id"
check_eq "its log" "$(jsons "engine/$id-json.log" .log)" said
check_eq "the image's layers" "$(jsons engine/image.json '.rootfs.diff_ids | length')" 1
check_eq "where it lay" "$(jsons engine/sources.json '.[] | select(.member == "engine/hostconfig.json") | .host_path')" \
	"$DOCKER_DIR/data/containers/$id/hostconfig.json"
check "the environment" grep -q 'TOKEN=hunter2-of-docker' "$UNPACKED/engine/config.v2.json"
check_eq "Docker notices nothing" "$(engine diff "evi-$$"; engine top "evi-$$" -o pid,ppid,args; cat "/proc/$CT_PID/mountinfo")" "$before"

check_eq "a report finds an innocent container" "$("$nscollect" report --json "$TEST_TMP/x.tar" | jq -c '[.findings[] | [.rule, .subject]]')" '[]'

take masked.tar --no-env-values "evi-$$"
check_not "masked, in the engine's files too" grep -q hunter2-of-docker "$TEST_TMP/masked.tar"
unpack masked.tar
check_eq "the name of the variable stays" "$(jsons engine/config.v2.json '.Config.Env | contains(["TOKEN=***"])')" true

mkdir "$TEST_TMP/all"
"$nscollect" --volatile --label case=7 -o "$TEST_TMP/all" >/dev/null 2>&1
check_eq "by label: exits" $? 0
check_eq "by label: one package" "$(find "$TEST_TMP/all" -name '*.tar.gz' | wc -l)" 1
# By image, and all: others may run on this machine, and end while they are looked at.
docker_import "$BUSYBOX_TAR" "other-$$"
docker_run "second-$$" "other-$$" /bin/busybox sleep 100000
mkdir "$TEST_TMP/image"
"$nscollect" --volatile --image "other-$$*" -o "$TEST_TMP/image" >/dev/null 2>&1
check_eq "by image: exits" $? 0
check_eq "by image: one package" "$(cd "$TEST_TMP/image" && find . -type f | sed 's/-[0-9]*T[0-9]*Z.*//')" "./second-$$"
"$nscollect" --volatile --image 'oth*' --label case=7 -o "$TEST_TMP/both" >/dev/null 2>"$TEST_TMP/said"
check_eq "image and label together" "$(cat "$TEST_TMP/said")" 'nscollect: no such container runs here'
mkdir "$TEST_TMP/every"
"$nscollect" --volatile --all -o "$TEST_TMP/every" >/dev/null 2>&1
for name in "evi-$$" "second-$$"; do
	check "all: $name" "$nscollect" verify "$TEST_TMP/every/$name-"2*.tar.gz
done
check_not "a folder for none" test -e "$TEST_TMP/none"
says 2 'no such container' "$nscollect" --label case=8 -o "$TEST_TMP/none"
test_done
