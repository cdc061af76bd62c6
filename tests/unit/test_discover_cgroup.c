/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_discover_cgroup.c - /proc/PID/cgroup as engines leave it, a row of the table at a
 * time, as nested containers and hybrids have it, and as nobody should.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures/skip.h"

#include "discover/scan/cgroup.h"
#include "reach/util.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0123"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb4567"
#define U "1a2b3c4d_5e6f_7081_92a3_b4c5d6e7f809"
#define D "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"

struct expected {
	const char *path, *engine, *id, *pod;
};

static const struct expected paths[] = {
	/* Docker */
	{ "/docker/" A, "docker", A, NULL },
	{ "/system.slice/docker-" A ".scope", "docker", A, NULL },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" A ".scope", "docker",
	  A, NULL },
	{ "/docker/" A "/init.scope", "docker", A, NULL },
	{ "/docker/buildkit/x9y8z7", "buildkit", "x9y8z7", NULL },
	/* Podman */
	{ "/machine.slice/libpod-" A ".scope", "podman", A, NULL },
	{ "/machine.slice/libpod-" A ".scope/container", "podman", A, NULL },
	{ "/libpod_parent/libpod-" A, "podman", A, NULL },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" A ".scope", "podman",
	  A, NULL },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/podman-4711.scope/" A, "podman",
	  A, NULL },
	{ "/system.slice/web.service/libpod-payload-" A, "podman", A, NULL },
	/* Kubernetes, systemd's driver */
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" U
	  ".slice/cri-containerd-" A ".scope",
	  "containerd", A, U },
	{ "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" U ".slice/crio-" A
	  ".scope",
	  "cri-o", A, U },
	{ "/kubepods.slice/kubepods-pod" U ".slice/docker-" A ".scope", "docker", A, U },
	{ "/kubepods.slice/kubepods-pod" U ".slice/crio-" A ".scope/container", "cri-o", A, U },
	{ "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" U ".slice/cri-containerd-" A
	  ".scope",
	  "containerd", A, U },
	{ "/system.slice/containerd.service/kubepods-burstable-pod" U ".slice:cri-containerd:" A,
	  "containerd", A, U },
	{ "/kubepods-burstable-pod" U ".slice:crio:" A, "cri-o", A, U },
	/* Kubernetes, cgroupfs's */
	{ "/kubepods/burstable/pod" D "/" A, "kubernetes", A, D },
	{ "/kubepods/besteffort/pod" D "/crio-" A, "cri-o", A, D },
	{ "/kubepods/pod" D "/" A, "kubernetes", A, D },
	/* Kubernetes in Docker */
	{ "/docker/" B "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
	  "kubelet-kubepods-besteffort-pod" U ".slice/cri-containerd-" A ".scope",
	  "containerd", A, U },
	/* containerd without Kubernetes */
	{ "/system.slice/nerdctl-" A ".scope", "containerd", A, NULL },
	{ "/default/web1", "containerd", "web1", NULL },
	{ "/k8s.io/" A, "containerd", A, NULL },
	/* runtimes alone */
	{ "/user.slice/crun-web1.scope", "crun", "web1", NULL },
	{ "/user.slice/crun-web1.scope/crun-exec", "crun", "web1", NULL },
	{ "/system.slice/runc-web1.scope", "runc", "web1", NULL },
	{ "/" A, NULL, A, NULL },
	{ "/parent/" A, NULL, A, NULL },
	/* LXC, LXD, Incus */
	{ "/lxc/web1", "lxc", "web1", NULL },
	{ "/lxc.payload/web1", "lxc", "web1", NULL },
	{ "/lxc.payload.web1", "lxc", "web1", NULL },
	{ "/lxc.payload.web1/system.slice/ssh.service", "lxc", "web1", NULL },
	{ "/user.slice/user-0.slice/session-1.scope/lxc.payload.web1/init.scope", "lxc", "web1",
	  NULL },
	/* systemd-nspawn */
	{ "/machine.slice/systemd-nspawn@deb.service/payload", "systemd-nspawn", "deb", NULL },
	{ "/machine.slice/systemd-nspawn@my\\x2ddeb.service/payload/init.scope", "systemd-nspawn",
	  "my-deb", NULL },
	{ "/machine.slice/machine-my\\x2ddeb.scope", "systemd-nspawn", "my-deb", NULL },
	{ "/machine.slice/machine-deb.scope/payload", "systemd-nspawn", "deb", NULL },
	/* nested: the inner one */
	{ "/docker/" A "/docker/" B, "docker", B, NULL },
	{ "/lxc.payload.web1/lxc.payload.inner", "lxc", "inner", NULL },
	{ "/lxc.payload.web1/system.slice/docker-" B ".scope", "docker", B, NULL },
	{ "/machine.slice/libpod-" A ".scope/container/libpod_parent/libpod-" B, "podman", B,
	  NULL },
	/* seen from within a cgroup namespace: what names itself is known, else the ID alone */
	{ "/../../system.slice/docker-" A ".scope", "docker", A, NULL },
	{ "/../" A, NULL, A, NULL },
	{ "/..", NULL, NULL, NULL },
	/* nothing of the kind */
	{ "/", NULL, NULL, NULL },
	{ "/system.slice/docker.service", NULL, NULL, NULL },
	{ "/system.slice/docker-abc.scope", NULL, NULL, NULL },
	{ "/docker", NULL, NULL, NULL },
	{ "/docker/", NULL, NULL, NULL },
	{ "/docker//" A, "docker", A, NULL },
	{ "/docker/web1", NULL, NULL, NULL },
	{ "/system.slice/docker-" A "0.scope", NULL, NULL, NULL },
	{ "/user.slice/default/web1", NULL, NULL, NULL },
	{ "/kubepods/burstable/podzzz/x", NULL, NULL, NULL },
	{ "/a:b:c", NULL, NULL, NULL },
	{ "/a:cri-containerd", NULL, NULL, NULL },
	{ "/lxc.payload.", NULL, NULL, NULL },
	/* what names an engine stands elsewhere than at its end of a component */
	{ "/xlxc.payload.web", NULL, NULL, NULL },
	{ "/my.lxc.monitor.web", NULL, NULL, NULL },
	{ "/user.slice/my-crun-web1.scope", NULL, NULL, NULL },
	{ "/user.slice/runc-web1.scope.d", NULL, NULL, NULL },
	{ "/machine.slice/xsystemd-nspawn@deb.service", NULL, NULL, NULL },
	{ "/machine.slice/systemd-nspawn@deb.service.d", NULL, NULL, NULL },
	{ "/machine.slice/x-machine-deb.scope", NULL, NULL, NULL },
	{ "/xmachine.slice/machine-deb.scope", NULL, NULL, NULL },
	{ "/machine.slice2/machine-deb.scope", NULL, NULL, NULL },
	{ "/xdocker/web/buildkit2/x", NULL, NULL, NULL },
	{ "/xkubepods/burstable/pod" D "/" A, NULL, A, NULL },
	{ "/kubepods/burstable/xpod" D "/" A, NULL, A, NULL },
	{ "/-pod.slice", NULL, NULL, NULL },
	{ "/kubepods-pod.slice", NULL, NULL, NULL },
};

static const char *const monitors[] = {
	"/machine.slice/libpod-conmon-" A ".scope",
	"/libpod_parent/conmon",
	"/kubepods.slice/crio-conmon-" A ".scope",
	"/lxc.monitor.web1",
	"/lxc.monitor/web1",
	"/machine.slice/systemd-nspawn@deb.service/supervisor",
	"/machine.slice/machine-deb.scope/supervisor",
};

static bool span_is(struct nsv_span s, const char *text)
{
	return text ? s.len == strlen(text) && memcmp(s.text, text, s.len) == 0 : s.len == 0;
}

static struct nsv_cgroup match(const char *path)
{
	struct nsv_cgroup m;

	nsv_cgroup_match((struct nsv_span){ path, strlen(path) }, &m);
	return m;
}

static void each_row_is_found(void **state)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(paths); i++) {
		const struct expected *x = &paths[i];
		struct nsv_cgroup m = match(x->path);
		char id[256] = "";

		if (m.escaped)
			(void)nsv_cgroup_unescape(m.id, id);
		else
			(void)snprintf(id, sizeof(id), "%.*s", (int)m.id.len, m.id.text);
		if ((m.engine == NULL) != (x->engine == NULL) ||
		    (m.engine && strcmp(m.engine, x->engine) != 0) ||
		    strcmp(id, x->id ? x->id : "") != 0 || !span_is(m.pod_uid, x->pod) ||
		    m.pod != (x->pod != NULL) || m.monitor)
			fail_msg("%s: engine %s, id \"%s\", pod \"%.*s\"%s", x->path, m.engine, id,
				 (int)m.pod_uid.len, m.pod_uid.text, m.monitor ? ", monitor" : "");
	}
}

static void a_monitor_is_no_container(void **state)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(monitors); i++) {
		struct nsv_cgroup m = match(monitors[i]);

		if (!m.monitor || !m.engine || m.id.len)
			fail_msg("%s: monitor %d, engine %s", monitors[i], m.monitor, m.engine);
	}
}

static void path_is(const char *text, const char *path)
{
	struct nsv_span s = nsv_cgroup_path(text);

	if (!span_is(s, path))
		fail_msg("%s: \"%.*s\"", text, (int)s.len, s.text);
}

static void the_line_with_an_engine_wins(void **state)
{
	path_is("0::/system.slice/x.service\n", "/system.slice/x.service");
	path_is("0::/system.slice/x.service", "/system.slice/x.service");
	/* v1 */
	path_is("3:cpu,cpuacct:/docker/" A "\n2:memory:/docker/" A "\n1:name=systemd:/docker/" A
		"\n",
		"/docker/" A);
	path_is("2:memory:/docker/" A "\n1:name=systemd:/\n", "/docker/" A);
	/* hybrid: v2 has nothing, or the engine's own service */
	path_is("9:name=systemd:/docker/" A "\n8:pids:/docker/" A "\n0::/\n", "/docker/" A);
	path_is("9:name=systemd:/docker/" A "\n0::/system.slice/docker.service\n", "/docker/" A);
	path_is("4:memory:/by/hand\n1:name=systemd:/user.slice\n0::/\n", "/user.slice");
	path_is("4:memory:/by/hand\n1:name=systemd:/\n0::/\n", "/");
	path_is("4:memory:/by/hand\n", "/by/hand");
	/* v2 first where both tell */
	path_is("1:name=systemd:/docker/" A "\n0::/docker/" B "\n", "/docker/" B);
	path_is("0::/docker/" A " (deleted)\n", "/docker/" A);
	path_is("1:name=a:b:/x:y\n", NULL);
	path_is("0::/a:b\n", "/a:b");
}

static void junk_names_no_engine(void **state)
{
	static const char *const junk[] = { "",	     "\n",   ":",	"::",	    "0:",   "0::",
					    "0::\n", "::::", "\n\n:\n", "\xff\xfe", "0::x", "a" };
	char *huge = malloc((1U << 20) + 16);
	struct nsv_cgroup m;
	struct nsv_span s;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(junk); i++)
		assert_int_equal(nsv_cgroup_path(junk[i]).len, 0);
	assert_non_null(huge);
	(void)snprintf(huge, 8, "0::/");
	memset(huge + 4, 'a', 1U << 20);
	huge[(1U << 20) + 4] = '\0';
	s = nsv_cgroup_path(huge);
	assert_int_equal(s.len, (1U << 20) + 1);
	nsv_cgroup_match(s, &m);
	assert_null(m.engine);
	memset(huge + 4, '/', 1U << 20);
	nsv_cgroup_match(nsv_cgroup_path(huge), &m);
	assert_null(m.engine);
	free(huge);
}

static void escapes_are_decoded(void **state)
{
	static const char *const pairs[][2] = {
		{ "a\\x2db", "a-b" }, { "\\x2d", "-" }, { "\\x2", "\\x2" },   { "\\x", "\\x" },
		{ "\\xzz", "\\xzz" }, { "a\\", "a\\" }, { "\\\\x41", "\\A" }, { "", "" },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(pairs); i++) {
		char out[32];

		(void)nsv_cgroup_unescape((struct nsv_span){ pairs[i][0], strlen(pairs[i][0]) },
					  out);
		assert_string_equal(out, pairs[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_is_found),
		cmocka_unit_test(a_monitor_is_no_container),
		cmocka_unit_test(the_line_with_an_engine_wins),
		cmocka_unit_test(junk_names_no_engine),
		cmocka_unit_test(escapes_are_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
