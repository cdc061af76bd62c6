/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_discover_hints_others.c - state files of Podman, containerd, CRI-O and those engines whose
 * names are in the cgroup, as documented and as somebody may have twisted them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixtures/skip.h"

#include "fixtures/tmp.h"
#include "hint_machine.h"
#include "reach/util.h"

static void conmon(struct machine *m)
{
	static const char args[] =
	    "/usr/bin/conmon\0--api-version\0001\0-c\0" ID "\0-u\0" ID
	    "\0-r\0/usr/bin/runc\0-b\0/home/u/storage/overlay-containers/" ID "/userdata\0"
	    "-p\0/run/u/pidfile\0-n\0web1\0--exit-dir\0/run/libpod/exits";

	put_process(m, 55, 1, "conmon", "mnt:[4026531999]");
	put(m, "proc/55/cmdline", args, sizeof(args));
	assert_int_equal(unlinkat(m->files, "proc/4242/ns/mnt", 0), 0);
	put_process(m, LEAD, 55, "nginx", "mnt:[4026540000]");
}

#define STORAGE "home/u/storage/overlay-containers/"

static const char podman_list[] =
    "[{\"id\":\"" ID
    "\",\"names\":[\"renamed\"],\"image\":\"0a24\",\"metadata\":\"{\\\"image-name\\\":"
    "\\\"localhost/busybox:latest\\\",\\\"name\\\":\\\"web1\\\"}\"}]";

static void podman_by_conmon(void **state)
{
	struct machine *m = *state;

	conmon(m);
	m->c.engine = "podman";
	look(m);
	assert_string_equal(m->c.engine_name, "web1");
	assert_null(m->c.image);
	put_text(m, STORAGE "containers.json", podman_list);
	look(m);
	assert_string_equal(m->c.engine_name, "renamed");
	assert_string_equal(m->c.image, "localhost/busybox:latest");
}

/* With --rm, from Podman 4.4 on. */
static void podman_keeps_volatile_containers_apart(void **state)
{
	struct machine *m = *state;

	conmon(m);
	m->c.engine = "podman";
	put_text(m, STORAGE "containers.json", "[{\"id\":\"feed\",\"names\":[\"other\"]}]");
	put_text(m, STORAGE "volatile-containers.json", podman_list);
	look(m);
	assert_string_equal(m->c.engine_name, "renamed");
}

/* Rootless without a cgroup of its own: conmon is all that tells. */
static void conmon_names_the_engine(void **state)
{
	struct machine *m = *state;

	conmon(m);
	m->c.engine = m->c.id = NULL;
	look(m);
	assert_string_equal(m->c.engine, "podman");
	assert_string_equal(m->c.id, ID);
	assert_string_equal(m->c.engine_name, "web1");
}

static void conmon_with_another_id_does_not_count(void **state)
{
	struct machine *m = *state;

	conmon(m);
	m->c.engine = "podman";
	m->c.id = "05769a96edd85e2abaebdc69b4a77be3d4e213852508d59b9d316af42864c425";
	look(m);
	assert_null(m->c.engine_name);
}

/* A process of the container may call itself conmon. */
static void conmon_in_the_container_does_not_count(void **state)
{
	struct machine *m = *state;

	conmon(m);
	assert_int_equal(unlinkat(m->files, "proc/55/ns/mnt", 0), 0);
	assert_int_equal(symlinkat("mnt:[4026540000]", m->files, "proc/55/ns/mnt"), 0);
	m->c.engine = "podman";
	look(m);
	assert_null(m->c.engine_name);
}

static void conmon_of_another_user_does_not_count(void **state)
{
	struct machine *m = *state;

	conmon(m);
	put_text(m, "proc/55/status", "Name:\tconmon\nUid:\t54321\t54321\t54321\t54321\n");
	m->c.engine = "podman";
	look(m);
	assert_null(m->c.engine_name);
	/* Nor of one that has changed users. */
	put_text(m, "proc/55/status", "Name:\tconmon\nUid:\t54321\t0\t0\t0\n");
	look(m);
	assert_null(m->c.engine_name);
}

/* Every place on the way, and the file: for a group, for all, for who owns it. */
static void a_place_writable_by_others_does_not_count(void **state)
{
	static const struct {
		const char *path;
		mode_t mode;
		bool believed;
	} places[] = {
		{ "home", 0775, false },
		{ "home/u", 0775, false },
		{ "home/u/storage", 0777, false },
		{ "home/u/storage", 0775, false },
		{ "home/u/storage", 0757, false },
		{ "home/u/storage", 0755, true },
		/* Nobody can replace another's entries there. */
		{ "home/u/storage", 01777, true },
		{ "home/u/storage", 01775, true },
		{ "home/u/storage/overlay-containers", 0775, false },
		{ STORAGE "containers.json", 0666, false },
		{ STORAGE "containers.json", 0660, false },
		{ STORAGE "containers.json", 0602, false },
		{ STORAGE "containers.json", 01660, false },
		{ STORAGE "containers.json", 0644, true },
	};
	struct machine *m = *state;

	conmon(m);
	m->c.engine = "podman";
	put_text(m, STORAGE "containers.json", podman_list);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(places); i++) {
		struct stat st;

		assert_int_equal(fstatat(m->files, places[i].path, &st, 0), 0);
		assert_int_equal(fchmodat(m->files, places[i].path, places[i].mode, 0), 0);
		m->c.image = NULL;
		look(m);
		if ((m->c.image != NULL) != places[i].believed)
			fail_msg("%s of mode %o", places[i].path, places[i].mode);
		/* What conmon was told needs no file. */
		assert_string_equal(m->c.engine_name, m->c.image ? "renamed" : "web1");
		assert_int_equal(fchmodat(m->files, places[i].path, st.st_mode & 07777, 0), 0);
	}
}

static void a_place_of_another_user_does_not_count(void **state)
{
	static const char *const places[] = { "home/u", "home/u/storage/overlay-containers",
					      STORAGE "containers.json" };
	struct machine *m = *state;

	if (geteuid() != 0)
		nsv_test_skip("giving a file to another user needs root");
	conmon(m);
	m->c.engine = "podman";
	put_text(m, STORAGE "containers.json", podman_list);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(places); i++) {
		for (uid_t uid = 0; uid <= 4711; uid += 4711) {
			assert_int_equal(fchownat(m->files, places[i], uid, 0, 0), 0);
			m->c.image = NULL;
			look(m);
			if ((m->c.image != NULL) != (uid == 0))
				fail_msg("%s of user %u", places[i], (unsigned)uid);
		}
		assert_int_equal(fchownat(m->files, places[i], 0, 0, 0), 0);
	}
}

#define RUN_ROOT "run/u/overlay-containers/" ID "/userdata/"

/* Without conmon, what the mounts say is any container's own: the pidfile has to be of this one. */
static void a_pidfile_with_another_pid_does_not_count(void **state)
{
	struct machine *m = *state;

	m->c.engine = "podman";
	put_text(m, "proc/self/mountinfo", "20 1 9:9 / / rw - ext4 x rw\n");
	put_text(m, "proc/4242/mountinfo",
		 "90 72 0:99 / / rw - overlay overlay "
		 "rw,lowerdir=/l,upperdir=/home/u/storage/overlay/5eed/diff,workdir=/w\n"
		 "91 90 9:9 /" RUN_ROOT ".containerenv /run/.containerenv rw - ext4 x rw\n");
	put_text(m, STORAGE "containers.json", podman_list);
	put_process(m, 4300, 1, "nginx", "mnt:[4026540001]");
	for (int i = 0; i < 3; i++) {
		static const char *const pids[] = { "4300", "1", "4242" };

		put_text(m, RUN_ROOT "pidfile", pids[i]);
		look(m);
		if (i < 2) {
			assert_null(m->c.engine_name);
			assert_null(m->c.image);
		}
	}
	/* Control: all else is as it should be. */
	assert_string_equal(m->c.engine_name, "renamed");
	assert_string_equal(m->c.image, "localhost/busybox:latest");
}

static void a_link_on_the_way_is_not_followed(void **state)
{
	struct machine *m = *state;

	conmon(m);
	m->c.engine = "podman";
	put_text(m, "home/u/other/overlay-containers/containers.json", podman_list);
	assert_int_equal(symlinkat("other", m->files, "home/u/storage"), 0);
	look(m);
	assert_null(m->c.image);
}

#define TASK "run/containerd/io.containerd.runtime.v2.task/"

static void kubernetes_by_containerd(void **state)
{
	struct machine *m = *state;

	m->c.engine = "containerd";
	put_text(m, TASK "k8s.io/" ID "/init.pid", "4242");
	put_text(m, TASK "k8s.io/" ID "/config.json",
		 "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"container\","
		 "\"io.kubernetes.cri.container-name\":\"app\","
		 "\"io.kubernetes.cri.image-name\":\"docker.io/library/nginx:1.25\","
		 "\"io.kubernetes.cri.sandbox-name\":\"web-0\","
		 "\"io.kubernetes.cri.sandbox-namespace\":\"prod\"}}");
	look(m);
	assert_string_equal(m->c.engine_name, "app");
	assert_string_equal(m->c.image, "docker.io/library/nginx:1.25");
	assert_string_equal(m->c.pod_namespace, "prod");
	assert_string_equal(m->c.pod_name, "web-0");
	assert_string_equal(m->c.pod_container, "app");
}

static void a_sandbox_is_the_container_pod(void **state)
{
	struct machine *m = *state;

	m->c.engine = "kubernetes";
	put_text(m, TASK "k8s.io/" ID "/init.pid", "4242\n");
	put_text(m, TASK "k8s.io/" ID "/config.json",
		 "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"sandbox\","
		 "\"io.kubernetes.cri.sandbox-name\":\"web-0\","
		 "\"io.kubernetes.cri.sandbox-namespace\":\"prod\"}}");
	look(m);
	assert_string_equal(m->c.engine_name, "web-0");
	assert_string_equal(m->c.pod_container, "POD");
}

static void nerdctl_and_ctr(void **state)
{
	struct machine *m = *state;

	m->c.engine = "containerd";
	put_text(m, TASK "default/" ID "/init.pid", "4242");
	put_text(m, TASK "default/" ID "/config.json",
		 "{\"annotations\":{\"nerdctl/name\":\"web1\",\"nerdctl/namespace\":\"default\"}}");
	look(m);
	assert_string_equal(m->c.engine_name, "web1");
	assert_int_equal(m->c.n_labels, 2);

	m->c.engine_name = NULL;
	m->c.id = "redis";
	put_text(m, TASK "default/redis/init.pid", "4243");
	put_text(m, TASK "default/redis/config.json", "{}");
	look(m);
	assert_null(m->c.engine_name);
	put_text(m, TASK "default/redis/init.pid", "4242");
	look(m);
	assert_string_equal(m->c.engine_name, "redis");
}

static void containerd_by_the_directory_of_its_shim(void **state)
{
	static const char args[] =
	    "/usr/bin/containerd-shim-runc-v2\0-namespace\0default\0-id\0web\0-address\0/x";
	struct machine *m = *state;

	m->c.engine = m->c.id = NULL;
	put_process(m, 56, 1, "containerd-shim", "mnt:[4026531840]");
	put(m, "proc/56/cmdline", args, sizeof(args));
	assert_int_equal(symlinkat("/srv/state/default/web", m->files, "proc/56/cwd"), 0);
	assert_int_equal(unlinkat(m->files, "proc/4242/ns/mnt", 0), 0);
	put_process(m, LEAD, 56, "nginx", "mnt:[4026540000]");
	put_text(m, "srv/state/default/web/init.pid", "4242");
	put_text(m, "srv/state/default/web/config.json", "{}");
	look(m);
	assert_string_equal(m->c.engine, "containerd");
	assert_string_equal(m->c.id, "web");
	assert_string_equal(m->c.engine_name, "web");
}

static void kubernetes_by_crio(void **state)
{
#define USERDATA "run/containers/storage/overlay-containers/" ID "/userdata/"
	struct machine *m = *state;

	m->c.engine = "cri-o";
	put_text(m, USERDATA "config.json",
		 "{\"annotations\":{\"io.kubernetes.cri-o.ContainerType\":\"container\","
		 "\"io.kubernetes.cri-o.Name\":\"k8s_app_web-0_prod_1_0\","
		 "\"io.kubernetes.cri-o.ImageName\":\"quay.io/app:1\","
		 "\"io.kubernetes.container.name\":\"app\","
		 "\"io.kubernetes.pod.name\":\"web-0\",\"io.kubernetes.pod.namespace\":\"prod\","
		 "\"io.kubernetes.cri-o.Labels\":\"{\\\"tier\\\":\\\"front\\\"}\"}}");
	look(m);
	assert_null(m->c.engine_name);
	put_text(m, USERDATA "pidfile", "4243");
	look(m);
	assert_null(m->c.engine_name);
	put_text(m, USERDATA "pidfile", "4242");
	look(m);
	assert_string_equal(m->c.engine_name, "k8s_app_web-0_prod_1_0");
	assert_string_equal(m->c.image, "quay.io/app:1");
	assert_string_equal(m->c.pod_namespace, "prod");
	assert_string_equal(m->c.pod_name, "web-0");
	assert_string_equal(m->c.pod_container, "app");
	assert_int_equal(m->c.n_labels, 1);
	assert_string_equal(m->c.labels[0].key, "tier");
}

static void kubernetes_by_docker(void **state)
{
	struct machine *m = *state;

	put_text(
	    m, PLACE "/config.v2.json",
	    "{\"State\":{\"Pid\":4242},\"ID\":\"" ID "\",\"Name\":\"/k8s_POD_web-0\","
	    "\"Config\":{\"Labels\":{\"io.kubernetes.container.name\":\"POD\","
	    "\"io.kubernetes.pod.name\":\"web-0\",\"io.kubernetes.pod.namespace\":\"prod\"}}}");
	look(m);
	assert_string_equal(m->c.pod_name, "web-0");
	assert_string_equal(m->c.pod_namespace, "prod");
	assert_string_equal(m->c.pod_container, "POD");
}

static void some_engines_have_names_for_ids(void **state)
{
	static const char monitor[] = "[lxc monitor] /var/lib/lxc c1";
	static const char nspawn[] = "systemd-nspawn\0-D\0/srv/machines/m1\0--register=no";
	struct machine *m = *state;

	m->c.engine = "lxc";
	m->c.id = "c0";
	look(m);
	assert_string_equal(m->c.engine_name, "c0");

	m->c.engine = m->c.id = m->c.engine_name = NULL;
	put_process(m, 57, 1, "lxc-start", "mnt:[4026531840]");
	put(m, "proc/57/cmdline", monitor, sizeof(monitor));
	assert_int_equal(unlinkat(m->files, "proc/4242/ns/mnt", 0), 0);
	put_process(m, LEAD, 57, "init", "mnt:[4026540000]");
	look(m);
	assert_string_equal(m->c.engine, "lxc");
	assert_string_equal(m->c.engine_name, "c1");

	m->c.engine = m->c.id = m->c.engine_name = NULL;
	put_process(m, 58, 1, "systemd-nspawn", "mnt:[4026531840]");
	put(m, "proc/58/cmdline", nspawn, sizeof(nspawn));
	assert_int_equal(unlinkat(m->files, "proc/4242/ns/mnt", 0), 0);
	put_process(m, LEAD, 58, "init", "mnt:[4026540000]");
	look(m);
	assert_string_equal(m->c.engine, "systemd-nspawn");
	assert_string_equal(m->c.engine_name, "m1");
}
#define T(f) cmocka_unit_test_setup_teardown(f, machine_setup, machine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(podman_by_conmon),
		T(podman_keeps_volatile_containers_apart),
		T(conmon_names_the_engine),
		T(conmon_with_another_id_does_not_count),
		T(conmon_in_the_container_does_not_count),
		T(conmon_of_another_user_does_not_count),
		T(a_place_writable_by_others_does_not_count),
		T(a_place_of_another_user_does_not_count),
		T(a_pidfile_with_another_pid_does_not_count),
		T(a_link_on_the_way_is_not_followed),
		T(kubernetes_by_containerd),
		T(a_sandbox_is_the_container_pod),
		T(nerdctl_and_ctr),
		T(containerd_by_the_directory_of_its_shim),
		T(kubernetes_by_crio),
		T(kubernetes_by_docker),
		T(some_engines_have_names_for_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
