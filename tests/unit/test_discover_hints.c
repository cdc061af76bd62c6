/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_discover_hints.c - engines' state files, as recorded and as somebody may have
 * twisted them, below a temporary folder in place of "/". What an engine that runs
 * says itself is compared in tests/engines.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "discover/hints.h"
#include "discover/process.h"
#include "fixtures/tmp.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define ID    "95769a96edd85e2abaebdc69b4a77be3d4e213852508d59b9d316af42864c425"
#define LEAD  4242
#define PLACE "var/lib/docker/containers/" ID

/* A machine: files of the engines, a recorded /proc, one container. */
struct machine {
	char dir[64];
	int files, procfs, real_procfs;
	struct nsv_container c;
	struct nsv_scan scan;
};

/* Makes what is missing above a file, and the file. */
static void put(const struct machine *m, const char *path, const void *text, size_t len)
{
	char copy[512];
	int fd;

	assert_true(strlen(path) < sizeof(copy));
	memcpy(copy, path, strlen(path) + 1);
	for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdirat(m->files, copy, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	fd = openat(m->files, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

static void put_text(const struct machine *m, const char *path, const char *text)
{
	put(m, path, text, strlen(text));
}

static void put_process(const struct machine *m, int pid, int parent, const char *comm,
			const char *mntns)
{
	char path[64], text[256];

	(void)snprintf(path, sizeof(path), "proc/%d/stat", pid);
	(void)snprintf(text, sizeof(text),
		       "%d (%s) S %d 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0\n", pid, comm,
		       parent);
	put_text(m, path, text);
	(void)snprintf(path, sizeof(path), "proc/%d/comm", pid);
	(void)snprintf(text, sizeof(text), "%s\n", comm);
	put_text(m, path, text);
	(void)snprintf(path, sizeof(path), "proc/%d/status", pid);
	(void)snprintf(text, sizeof(text), "Name:\t%s\nUid:\t%d\t%d\t%d\t%d\n", comm,
		       (int)geteuid(), (int)geteuid(), (int)geteuid(), (int)geteuid());
	put_text(m, path, text);
	(void)snprintf(path, sizeof(path), "proc/%d/ns", pid);
	assert_true(mkdirat(m->files, path, 0755) == 0 || errno == EEXIST);
	(void)snprintf(path, sizeof(path), "proc/%d/ns/mnt", pid);
	assert_int_equal(symlinkat(mntns, m->files, path), 0);
}

static int setup(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	(void)snprintf(m->dir, sizeof(m->dir), "/tmp/nsview-hints.XXXXXX");
	nsv_test_mkdtemp(m->dir);
	m->files = open(m->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	put_process(m, LEAD, 1, "nginx", "mnt:[4026540000]");
	m->procfs = openat(m->files, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	m->real_procfs = nsv_procfs_open(NULL);
	assert_true(m->procfs >= 0 && m->real_procfs >= 0);
	m->c = (struct nsv_container){
		.pid = LEAD, .mntns = 4026540000, .parent = -1, .engine = "docker", .id = ID
	};
	m->scan = (struct nsv_scan){
		.procfs = m->procfs,
		.recorded = true,
		.containers = &m->c,
		.n = 1,
		.mntns = 4026531840,
	};
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct machine *m = *state;

	nsv_arena_done(&m->scan.arena);
	(void)close(m->files);
	(void)close(m->procfs);
	(void)close(m->real_procfs);
	free(m);
	return 0;
}

static void look(struct machine *m)
{
	struct nsv_scan_mntns index = { .mntns = m->c.mntns };
	struct nsv_process_stat lead;
	char dir[NSV_PROCESS_DIR];

	(void)snprintf(dir, sizeof(dir), "%d", LEAD);
	assert_int_equal(nsv_process_stat(m->procfs, dir, &lead), 0);
	m->c.ppid = lead.ppid;
	m->scan.by_mntns = &index;
	m->scan.n_mntns = 1;
	nsv_hints_fill_below(&m->scan, m->files, m->real_procfs);
	m->scan.by_mntns = NULL;
	m->scan.n_mntns = 0;
}

static const char docker_file[] =
    "{\"StreamConfig\":{},\"State\":{\"Running\":true,\"Pid\":4242,\"Health\":null},\"ID\":\"" ID
    "\",\"Managed\":false,\"Config\":{\"Hostname\":\"95769a96edd8\",\"Env\":null,"
    "\"Image\":\"nginx:1.25\",\"Labels\":{\"a\":\"b\",\"n\":1,\"empty\":\"\"}},"
    "\"Image\":\"sha256:6a84\",\"Name\":\"/web1\"}";

static void docker_tells_name_image_labels(void **state)
{
	struct machine *m = *state;

	put_text(m, PLACE "/config.v2.json", docker_file);
	look(m);
	assert_string_equal(m->c.engine_name, "web1");
	assert_string_equal(m->c.image, "nginx:1.25");
	assert_int_equal(m->c.n_labels, 2);
	assert_string_equal(m->c.labels[0].key, "a");
	assert_string_equal(m->c.labels[0].value, "b");
	assert_string_equal(m->c.labels[1].key, "empty");
	assert_string_equal(m->c.labels[1].value, "");
}

static void docker_in_another_data_root(void **state)
{
	struct machine *m = *state;

	put_text(m, "etc/docker/daemon.json", "{\"data-root\":\"/srv/docker\"}");
	put_text(m, "srv/docker/containers/" ID "/config.v2.json", docker_file);
	look(m);
	assert_string_equal(m->c.engine_name, "web1");
}

/* The data root of a daemon that runs is on its command line; its --config-file too. */
static void docker_where_the_daemon_says(void **state)
{
	static const char args[] = "/usr/sbin/dockerd\0--data-root\0/srv/d";
	static const char config[] = "dockerd\0--config-file=/opt/d.json";
	struct machine *m = *state;

	put_process(m, 77, 1, "dockerd", "mnt:[4026531840]");
	put(m, "proc/77/cmdline", args, sizeof(args));
	put_text(m, "srv/d/containers/" ID "/config.v2.json", docker_file);
	look(m);
	assert_string_equal(m->c.engine_name, "web1");

	m->c.engine_name = NULL;
	put(m, "proc/77/cmdline", config, sizeof(config));
	look(m);
	assert_null(m->c.engine_name);
	put_text(m, "opt/d.json", "{\"data-root\":\"/srv/d\"}");
	look(m);
	assert_string_equal(m->c.engine_name, "web1");
}

/* A container's own dockerd, or what calls itself so there, is not asked. */
static void a_daemon_in_a_container_is_not_asked(void **state)
{
	static const char args[] = "dockerd\0--data-root=/srv/d";
	struct machine *m = *state;

	put_process(m, 77, 1, "dockerd", "mnt:[4026540000]");
	put(m, "proc/77/cmdline", args, sizeof(args));
	put_text(m, "srv/d/containers/" ID "/config.v2.json", docker_file);
	look(m);
	assert_null(m->c.engine_name);
}

/* Without any daemon: <data-root>/containers/<id>/hostname is mounted on /etc/hostname. */
static void docker_by_the_mounts(void **state)
{
	struct machine *m = *state;

	put_text(m, "srv/d/containers/" ID "/config.v2.json", docker_file);
	put_text(m, "proc/4242/mountinfo",
		 "90 72 0:99 / / rw - overlay overlay rw\n"
		 "91 90 9:9 /docker\\040x/d/containers/" ID
		 "/hostname /etc/hostname rw - ext4 x rw\n");
	look(m);
	assert_null(m->c.engine_name);

	/* Another device, one that shows another part of it, and the one. */
	put_text(m, "proc/self/mountinfo",
		 "20 1 9:8 / / rw,relatime shared:1 master:2 - ext4 x rw\n"
		 "21 20 9:9 /docker /mnt rw - ext4 x rw\n"
		 "22 20 9:9 /docker\\040x /srv rw - ext4 x rw\n");
	look(m);
	assert_string_equal(m->c.engine_name, "web1");
}

/* A container can mount what it likes there. */
static void mounts_lead_to_trusted_places_only(void **state)
{
	struct machine *m = *state;

	put_text(m, "srv/d/containers/" ID "/config.v2.json", docker_file);
	put_text(m, "proc/self/mountinfo", "20 1 9:9 / / rw - ext4 x rw\n");
	put_text(m, "proc/4242/mountinfo",
		 "91 90 9:9 /srv/d/containers/" ID "/hostname /etc/hosts rw - ext4 x rw\n");
	assert_int_equal(fchmodat(m->files, "srv/d", 0777, 0), 0);
	look(m);
	assert_null(m->c.engine_name);
	assert_int_equal(fchmodat(m->files, "srv/d", 0755, 0), 0);
	look(m);
	assert_string_equal(m->c.engine_name, "web1");

	m->c.engine_name = NULL;
	put_text(m, "proc/4242/mountinfo",
		 "91 90 9:9 /srv/d/containers/../containers/" ID
		 "/hostname /etc/hosts rw - e x rw\n"
		 "91 90 9:9 hostname /etc/hostname rw - ext4 x rw\n"
		 "91 90 9:9 /srv/d/containers/" ID "/hostname /etc/resolv.conf\n");
	look(m);
	assert_null(m->c.engine_name);
}

static void another_process_is_not_believed(void **state)
{
	struct machine *m = *state;

	m->c.pid = LEAD + 1;
	m->c.mntns = 4026540001;
	put_text(m, PLACE "/config.v2.json", docker_file);
	look(m);
	assert_null(m->c.engine_name);
	assert_null(m->c.image);
	assert_null(m->c.labels);
	/* The control: the PID that is recorded is in the group, though not its lead. */
	m->c.mntns = 4026540000;
	look(m);
	assert_string_equal(m->c.engine_name, "web1");
}

static void another_id_is_not_believed(void **state)
{
	struct machine *m = *state;

	put_text(m, PLACE "/config.v2.json",
		 "{\"State\":{\"Pid\":4242},\"ID\":\"feed\",\"Name\":\"/web1\"}");
	look(m);
	assert_null(m->c.engine_name);
}

static void twisted_files_cost_the_hint_only(void **state)
{
	static const char *const twisted[] = {
		"",
		"{",
		"null",
		"[]",
		"\"text\"",
		"{}",
		"\xff\xfe",
		"{\"State\":null}",
		"{\"State\":{\"Pid\":\"4242\"},\"ID\":\"" ID "\",\"Name\":\"/web1\"}",
		"{\"State\":{\"Pid\":4242.0},\"ID\":\"" ID "\",\"Name\":\"/web1\"}",
		"{\"State\":{\"Pid\":-1},\"ID\":\"" ID "\",\"Name\":\"/web1\"}",
		"{\"State\":{\"Pid\":1e99},\"ID\":\"" ID "\",\"Name\":\"/web1\"}",
		"{\"State\":{\"Pid\":4294971538},\"ID\":\"" ID "\",\"Name\":\"/web1\"}",
		"{\"State\":{\"Pid\":4242},\"ID\":\"" ID "\",\"Name\":\"/web1\"} x",
		"{\"State\":{\"Pid\":4242},\"ID\":\"" ID "\",\"Name\":7}",
		"{\"State\":{\"Pid\":4242},\"ID\":\"" ID "\",\"Name\":\"\"}",
		"{\"State\":{\"Pid\":4242},\"ID\":\"" ID "\",\"Name\":\"we\\u0000b1\"}",
		"{\"State\":{\"Pid\":4242},\"ID\":\"" ID "\"}",
	};
	struct machine *m = *state;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(twisted); i++) {
		put_text(m, PLACE "/config.v2.json", twisted[i]);
		look(m);
		assert_null(m->c.engine_name);
	}
	put_text(m, PLACE "/config.v2.json",
		 "{\"State\":{\"Pid\":4242},\"ID\":\"" ID "\",\"Name\":\"/web1\",\"Config\":["
		 "{\"Image\":\"x\"}]}");
	look(m);
	assert_string_equal(m->c.engine_name, "web1");
	assert_null(m->c.image);
}

static void deep_and_huge_files_are_refused(void **state)
{
	struct machine *m = *state;
	size_t size = NSV_HINT_FILE_MAX + 1;
	char *text = malloc(size);
	size_t head = sizeof(docker_file) - 1;

	assert_non_null(text);
	memset(text, '[', size);
	put(m, PLACE "/config.v2.json", text, size - 1);
	look(m);
	assert_null(m->c.engine_name);

	/* Blanks may follow: right up to the limit, and one more. */
	memset(text, ' ', size);
	memcpy(text, docker_file, head);
	put(m, PLACE "/config.v2.json", text, size);
	look(m);
	assert_null(m->c.engine_name);
	put(m, PLACE "/config.v2.json", text, size - 1);
	look(m);
	assert_string_equal(m->c.engine_name, "web1");
	free(text);
}

static void what_is_no_file_is_not_opened(void **state)
{
	struct machine *m = *state;

	put_text(m, "elsewhere", docker_file);
	put_text(m, PLACE "/config.v2.json", docker_file);
	assert_int_equal(unlinkat(m->files, PLACE "/config.v2.json", 0), 0);
	/* It would block for ever. */
	assert_int_equal(mkfifoat(m->files, PLACE "/config.v2.json", 0600), 0);
	look(m);
	assert_null(m->c.engine_name);
	assert_int_equal(unlinkat(m->files, PLACE "/config.v2.json", 0), 0);
	assert_int_equal(symlinkat("../../../../../elsewhere", m->files, PLACE "/config.v2.json"),
			 0);
	look(m);
	assert_null(m->c.engine_name);
	assert_int_equal(unlinkat(m->files, PLACE "/config.v2.json", 0), 0);
	assert_int_equal(mkdirat(m->files, PLACE "/config.v2.json", 0700), 0);
	look(m);
	assert_null(m->c.engine_name);
}

static void ids_never_lead_elsewhere(void **state)
{
	static const char *const ids[] = { "..", ".", "a/b", "../../../etc", "" };
	static const char *const names[] = { "docker", "podman", "cri-o", "containerd" };
	struct machine *m = *state;

	put_text(m, "var/lib/docker/config.v2.json", docker_file);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(ids); i++) {
		for (size_t j = 0; j < NSV_ARRAY_SIZE(names); j++) {
			m->c.engine = names[j];
			m->c.id = ids[i];
			look(m);
			assert_null(m->c.engine_name);
		}
	}
}

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

/* Else a user with thousands of containers, and a large file for each, would hold everybody up. */
static void no_user_makes_a_scan_read_without_end(void **state)
{
	struct machine *m = *state;
	struct nsv_hints h = { .scan = &m->scan, .files = m->files, .procfs = m->real_procfs };
	nsv_autofree char *text = malloc(NSV_HINT_FILE_MAX);
	uint64_t share = geteuid() == 0 ? NSV_HINT_SHARE_ROOT : NSV_HINT_SHARE;

	assert_non_null(text);
	memset(text, ' ', NSV_HINT_FILE_MAX);
	put(m, "large", text, NSV_HINT_FILE_MAX);
	put_text(m, "small", "1");
	for (uint64_t n = 0; n < share / NSV_HINT_FILE_MAX; n++)
		assert_int_equal(nsv_hint_read(&h, m->files, "large", true, 0), NSV_HINT_FILE_MAX);
	assert_int_equal(nsv_hint_read(&h, m->files, "large", true, 0), -EDQUOT);
	assert_int_equal(nsv_hint_read(&h, m->files, "small", true, 0), -EDQUOT);
	if (geteuid() == 0) { /* another user's is another share */
		assert_int_equal(fchownat(m->files, "large", 4711, 0, 0), 0);
		assert_int_equal(nsv_hint_read(&h, m->files, "large", true, 4711),
				 NSV_HINT_FILE_MAX);
	}
	free(h.file);
	free(h.mounts);
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
static void conmon_tells_the_engine(void **state)
{
	struct machine *m = *state;

	conmon(m);
	m->c.engine = m->c.id = NULL;
	look(m);
	assert_string_equal(m->c.engine, "podman");
	assert_string_equal(m->c.id, ID);
	assert_string_equal(m->c.engine_name, "web1");
}

static void conmon_of_another_id_is_not_believed(void **state)
{
	struct machine *m = *state;

	conmon(m);
	m->c.engine = "podman";
	m->c.id = "05769a96edd85e2abaebdc69b4a77be3d4e213852508d59b9d316af42864c425";
	look(m);
	assert_null(m->c.engine_name);
}

/* A process of the container may call itself conmon. */
static void conmon_in_the_container_is_not_believed(void **state)
{
	struct machine *m = *state;

	conmon(m);
	assert_int_equal(unlinkat(m->files, "proc/55/ns/mnt", 0), 0);
	assert_int_equal(symlinkat("mnt:[4026540000]", m->files, "proc/55/ns/mnt"), 0);
	m->c.engine = "podman";
	look(m);
	assert_null(m->c.engine_name);
}

static void conmon_of_a_stranger_is_not_believed(void **state)
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

static void a_place_open_to_others_is_not_believed(void **state)
{
	struct machine *m = *state;

	conmon(m);
	m->c.engine = "podman";
	put_text(m, STORAGE "containers.json", podman_list);
	assert_int_equal(fchmodat(m->files, "home/u/storage", 0777, 0), 0);
	look(m);
	assert_string_equal(m->c.engine_name, "web1");
	assert_null(m->c.image);
	/* The control, and a folder where nobody can replace another's entries. */
	assert_int_equal(fchmodat(m->files, "home/u/storage", 01777, 0), 0);
	look(m);
	assert_string_equal(m->c.image, "localhost/busybox:latest");
	m->c.image = NULL;
	assert_int_equal(fchmodat(m->files, STORAGE "containers.json", 0666, 0), 0);
	look(m);
	assert_null(m->c.image);
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

static void containerd_where_the_shim_stands(void **state)
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

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(docker_tells_name_image_labels),
		T(docker_in_another_data_root),
		T(docker_where_the_daemon_says),
		T(a_daemon_in_a_container_is_not_asked),
		T(docker_by_the_mounts),
		T(mounts_lead_to_trusted_places_only),
		T(another_process_is_not_believed),
		T(another_id_is_not_believed),
		T(twisted_files_cost_the_hint_only),
		T(deep_and_huge_files_are_refused),
		T(what_is_no_file_is_not_opened),
		T(ids_never_lead_elsewhere),
		T(podman_by_conmon),
		T(no_user_makes_a_scan_read_without_end),
		T(podman_keeps_volatile_containers_apart),
		T(conmon_tells_the_engine),
		T(conmon_of_another_id_is_not_believed),
		T(conmon_in_the_container_is_not_believed),
		T(conmon_of_a_stranger_is_not_believed),
		T(a_place_open_to_others_is_not_believed),
		T(a_link_on_the_way_is_not_followed),
		T(kubernetes_by_containerd),
		T(a_sandbox_is_the_container_pod),
		T(nerdctl_and_ctr),
		T(containerd_where_the_shim_stands),
		T(kubernetes_by_crio),
		T(kubernetes_by_docker),
		T(some_engines_have_names_for_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
