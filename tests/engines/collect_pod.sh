#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nscollect with a container of containerd that has a pod's annotations and cgroup, as CRI gives it: the
# kubelet's logs of it and of no other. Without a kubelet: the logs lie in a /var/log of this test's own.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/others.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"

others_root
id=$(printf '%s' "nsview-$$" | sha256sum | cut -c1-64)
uid=0f3c8a52-6d1b-4c11-9d2e-6f7b8c9d0e1f
cri=io.kubernetes.cri
cgroups_tidy "kubepods-nsview-$$"
ctr_start "$id" --cgroup "/kubepods-nsview-$$/besteffort/pod$uid/$id" --env TOKEN=hunter2-of-pod \
	--annotation $cri.container-type=container --annotation $cri.container-name=nginx \
	--annotation $cri.sandbox-namespace=shop --annotation $cri.sandbox-name=front \
	--annotation $cri.sandbox-id="$id"

# with_logs COMMAND...: in a mount namespace whose /var/log/pods has this pod's logs, and another's.
with_logs() {
	unshare -m bash -c '
		mount -t tmpfs tmpfs /var/log || exit 1
		mkdir -p "/var/log/pods/shop_front_$0/nginx" "/var/log/pods/shop_front_of-before/nginx"
		echo "said by the pod" >"/var/log/pods/shop_front_$0/nginx/0.log"
		echo "said before" >/var/log/pods/shop_front_of-before/nginx/0.log
		exec "$@"' "$uid" "$@"
}
with_logs "$nscollect" pod:shop/front/nginx -o "$TEST_TMP/x.tar" >"$TEST_TMP/said" 2>&1
check_eq "exits" $? 0 || cat "$TEST_TMP/said"
unpack x.tar
check_schemas
check_eq "the log" "$(cat "$UNPACKED/engine/log/"*)" "said by the pod"
check_eq "where it lay" "$(jsons engine/sources.json '.[] | select(.member == "engine/log/0.log") | .host_path')" \
	"/var/log/pods/shop_front_$uid/nginx/0.log"
check_eq "the pod's annotations" "$(jsons engine/config.json ".annotations[\"$cri.sandbox-name\"]")" front
check_not "no log of another pod" grep -q 'said before' "$TEST_TMP/x.tar"
check "verify" "$nscollect" verify "$TEST_TMP/x.tar"
with_logs "$nscollect" --no-env-values "$CT_PID" -o "$TEST_TMP/masked.tar" >"$TEST_TMP/said" 2>&1
check_not "masked" grep -q hunter2-of-pod "$TEST_TMP/masked.tar"
check "it was there" grep -q hunter2-of-pod "$TEST_TMP/x.tar"
test_done
