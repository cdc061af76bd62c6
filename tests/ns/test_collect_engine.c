/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_collect_engine.c - engine/ of a package, by state as CRI-O, containerd and
 * containers/storage leave it: which of the host's files get in, under which name, and that no file
 * of another user's, no link and no other pod's log does. In a mount namespace with a /var of its
 * own.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/engine.h"
#include "collect/listings.h"
#include "copy/data.h"
#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "reach/util.h"

#define ID	"1111111111111111111111111111111111111111111111111111111111111111"
#define SANDBOX "2222222222222222222222222222222222222222222222222222222222222222"
#define IMAGE	"3333333333333333333333333333333333333333333333333333333333333333"
#define LAYER	"4444444444444444444444444444444444444444444444444444444444444444"
#define BASE	"5555555555555555555555555555555555555555555555555555555555555555"
#define STORE	"/var/lib/containers/storage/"
#define BLOBS	"/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/"
#define POD	"/var/log/pods/shop_front_0f3c/"
/* base64 of "sha256:" and IMAGE */
#define BIG                                                            \
	"=c2hhMjU2OjMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM" \
	"zMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM="

static char top[] = "/tmp/nsview-engine.XXXXXX";
static char package[64];
static char members[8192]; /* of the last package: path and a newline, sorted */

static void make(const char *path, const char *text)
{
	char buf[512];
	int fd;

	(void)snprintf(buf, sizeof(buf), "%s", path);
	for (char *p = strchr(buf + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		(void)mkdir(buf, 0755);
		*p = '/';
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	nsv_close(fd);
}

/* A path below the test's folder; good until the fourth call after it. */
static const char *below(const char *path)
{
	static char bufs[4][512];
	static unsigned n;
	char *buf = bufs[n++ % 4];

	(void)snprintf(buf, sizeof(bufs[0]), "%s%s", top, path);
	return buf;
}

/* What a member holds; "" where there is none. */
static const char *member(const char *name)
{
	static char text[16384];
	char path[256];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", package, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
	nsv_close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void list_members(void)
{
	char command[256];
	size_t n;
	FILE *f;

	(void)snprintf(command, sizeof(command),
		       "cd %s && find engine -type f 2>/dev/null | LC_ALL=C sort", package);
	f = popen(command, "r"); /* NOLINT(cert-env33-c): a command of our own */
	assert_non_null(f);
	n = fread(members, 1, sizeof(members) - 1, f);
	members[n] = '\0';
	(void)pclose(f);
}

static void collect(struct nsv_collect_options *o)
{
	struct nsv_collection c = { .o = o, .buf = malloc(NSV_BUFFER) };
	struct nsv_package_options p = { .path = package };
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_text *texts[] = { &c.log, &c.outcomes, &c.timeline, &c.body, &c.files };
	char root[NSV_SHA_HEX];
	static unsigned n;

	(void)snprintf(package, sizeof(package), "%s/package-%u", top, n++);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(texts); i++)
		*texts[i] = (struct nsv_text)NSV_TEXT_INIT;
	for (size_t i = 0; i < NSV_MTREE_PARTS; i++)
		c.mtree[i] = (struct nsv_text)NSV_TEXT_INIT;
	assert_int_equal(nsv_package_open(&p, &c.package, &e), 0);
	nsv_listings_begin(&c);
	assert_int_equal(nsv_collect_engine(&c), 0);
	assert_int_equal(nsv_package_close(c.package, root, &e), 0);
	c.package = nsv_package_free(c.package);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(texts); i++)
		nsv_text_free(texts[i]);
	for (size_t i = 0; i < NSV_MTREE_PARTS; i++)
		nsv_text_free(&c.mtree[i]);
	free(c.buf);
	list_members();
}

#define CRIO "/run/overlay-containers/"

static struct nsv_collect_options crio(void)
{
	static char dir[256];
	struct nsv_collect_options o = NSV_COLLECT_OPTIONS_INIT;

	(void)snprintf(dir, sizeof(dir), "%s", below(CRIO ID "/userdata"));
	o.engine = "cri-o";
	o.engine_dir = dir;
	o.pod_namespace = "shop";
	o.pod_name = "front";
	o.pod_uid = "0f3c";
	o.pod_container = "nginx";
	return o;
}

/* A pod of CRI-O, with a neighbour of the same names in another namespace. */
static void make_crio(void)
{
	make(below(CRIO ID "/userdata/config.json"),
	     "{\"ociVersion\":\"1.0.2\",\"process\":{\"env\":[\"TOKEN=hunter2\",\"PLAIN\"]},"
	     "\"annotations\":{\"io.kubernetes.cri-o.SandboxID\":\"" SANDBOX "\","
	     "\"io.kubernetes.cri-o.Annotations\":\"{\\\"spec\\\":{\\\"env\\\":[{\\\"name\\\":"
	     "\\\"TOKEN\\\",\\\"value\\\":\\\"hunter2\\\"}]}}\"}}");
	make(below(CRIO SANDBOX "/userdata/config.json"),
	     "{\"annotations\":{\"io.kubernetes.cri-o.Annotations\":\"{\\\"team\\\":\\\"blue\\\"}"
	     "\"}}");
	make(POD "nginx/0.log", "first run\n");
	make(POD "nginx/1.log", "second run\n");
	make(POD "sidecar/0.log", "of another container\n");
	make("/var/log/pods/other_front_0f3c/nginx/0.log", "of another pod\n");
	make(STORE "overlay-containers/containers.json",
	     "[{\"id\":\"" SANDBOX "\",\"image\":\"x\"},"
	     "{\"id\":\"" ID "\",\"names\":[\"nginx\"],\"image\":\"" IMAGE "\",\"layer\":\"x\"}]");
	make(STORE "overlay-images/images.json",
	     "[{\"id\":\"other\"},{\"id\":\"" IMAGE "\",\"digest\":\"sha256:d\",\"layer\":\"" LAYER
	     "\"}]");
	make(STORE "overlay-layers/layers.json",
	     "[{\"id\":\"" BASE "\",\"diff-digest\":\"sha256:b\"},{\"id\":\"other\"},"
	     "{\"id\":\"" LAYER "\",\"parent\":\"" BASE "\",\"diff-digest\":\"sha256:l\"}]");
	make(STORE "overlay-images/" IMAGE "/manifest", "{\"schemaVersion\":2}");
	make(STORE "overlay-images/" IMAGE "/" BIG,
	     "{\"config\":{\"Env\":[\"SECRET=hunter2\"]},\"history\":[{\"created_by\":\"ENV "
	     "SECRET=hunter2\"}]}");
}

static void pod_of_crio(void **state)
{
	struct nsv_collect_options o = crio();

	make_crio();
	collect(&o);
	assert_string_equal(members, "engine/config.json\n"
				     "engine/image-manifest.json\n"
				     "engine/image.json\n"
				     "engine/log/0.log\n"
				     "engine/log/1.log\n"
				     "engine/pod/config.json\n"
				     "engine/sources.json\n"
				     "engine/storage-container.json\n"
				     "engine/storage-image.json\n"
				     "engine/storage-layers.json\n");
	assert_string_equal(member("engine/log/1.log"), "second run\n");
	assert_non_null(strstr(member("engine/pod/config.json"), "blue"));
	assert_string_equal(member("engine/storage-image.json"),
			    "{\"id\":\"" IMAGE "\",\"digest\":\"sha256:d\",\"layer\":\"" LAYER
			    "\"}\n");
	assert_string_equal(member("engine/storage-layers.json"),
			    "[\n{\"id\":\"" LAYER "\",\"parent\":\"" BASE
			    "\",\"diff-digest\":\"sha256:l\"},\n{\"id\":\"" BASE
			    "\",\"diff-digest\":\"sha256:b\"}\n]\n");
	assert_non_null(strstr(member("engine/sources.json"), "\"" POD "nginx/1.log\""));
	assert_non_null(
	    strstr(member("engine/sources.json"), "\"" STORE "overlay-images/images.json\""));
	/* It is there, where masking is not asked for. */
	assert_non_null(strstr(member("engine/image.json"), "hunter2"));
}

static void masked(void **state)
{
	static const char *const files[] = { "engine/config.json", "engine/image.json" };
	struct nsv_collect_options o = crio();

	o.flags = NSV_COLLECT_NO_ENV;
	make_crio();
	collect(&o);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(files); i++) {
		assert_true(*member(files[i]) != '\0');
		assert_null(strstr(member(files[i]), "hunter2"));
	}
	assert_non_null(
	    strstr(member("engine/config.json"), "\"env\":[\"TOKEN=***\",\"PLAIN=***\"]"));
	assert_non_null(strstr(member("engine/image.json"), "\"Env\":[\"SECRET=***\"]"));
}

/* An ordinary user's engine says that its container is of that pod. */
static void of_a_user(void **state)
{
	struct nsv_collect_options o = crio();

	make_crio();
	assert_int_equal(chown(o.engine_dir, 1000, 1000), 0);
	collect(&o);
	/* Nothing in the folder is of its owner, and no log is of a user's pod. */
	assert_string_equal(members, "engine/sources.json\n");
	assert_non_null(strstr(member("engine/sources.json"), "it is another user's"));
	assert_int_equal(chown(o.engine_dir, 0, 0), 0);
}

static void links(void **state)
{
	struct nsv_collect_options o = crio();

	make_crio();
	assert_int_equal(unlink(below(CRIO ID "/userdata/config.json")), 0);
	assert_int_equal(symlink("/etc/shadow", below(CRIO ID "/userdata/config.json")), 0);
	assert_int_equal(rename(POD "nginx", POD "moved"), 0);
	assert_int_equal(symlink("moved", POD "nginx"), 0);
	collect(&o);
	assert_null(strstr(members, "config.json"));
	assert_null(strstr(members, "engine/log/"));
	/* Names that are no component lead nowhere. */
	o.pod_container = "../../../../../etc";
	collect(&o);
	assert_null(strstr(members, "engine/log/"));
	assert_int_equal(unlink(below(CRIO ID "/userdata/config.json")), 0);
	assert_int_equal(unlink(POD "nginx"), 0);
	assert_int_equal(rename(POD "moved", POD "nginx"), 0);
}

/* A list whose layers are their own parents; a list that is as large as may be, of nothing. */
static void hostile_lists(void **state)
{
	struct nsv_collect_options o = crio();
	size_t n = 0;

	make_crio();
	make(STORE "overlay-layers/layers.json",
	     "[{\"id\":\"" LAYER "\",\"parent\":\"" BASE "\"},{\"id\":\"" BASE
	     "\",\"parent\":\"" LAYER "\"}]");
	collect(&o);
	for (const char *p = member("engine/storage-layers.json"); (p = strstr(p, "\"id\"")); p++)
		n++;
	assert_true(n > 2 && n <= 512);
	make(STORE "overlay-layers/layers.json", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[");
	collect(&o);
	assert_null(strstr(members, "storage-layers"));
	assert_non_null(strstr(members, "storage-image"));
}

static void podman(void **state)
{
	struct nsv_collect_options o = NSV_COLLECT_OPTIONS_INIT;

	make_crio();
	make(STORE "overlay-containers/" ID "/userdata/ctr.log", "2023 stdout F said\n");
	o.engine = "podman";
	o.engine_dir = STORE "overlay-containers/" ID "/userdata";
	collect(&o);
	assert_string_equal(members, "engine/ctr.log\n"
				     "engine/image-manifest.json\n"
				     "engine/image.json\n"
				     "engine/sources.json\n"
				     "engine/storage-container.json\n"
				     "engine/storage-image.json\n"
				     "engine/storage-layers.json\n");
}

static void pod_of_containerd(void **state)
{
	static char dir[256];
	struct nsv_collect_options o = crio();

	make_crio();
	make(below("/task/k8s.io/" ID "/config.json"),
	     "{\"annotations\":{\"io.kubernetes.cri.sandbox-id\":\"" SANDBOX "\"}}");
	make(below("/task/k8s.io/" SANDBOX "/config.json"),
	     "{\"annotations\":{\"io.kubernetes.cri.sandbox-log-directory\":\"x\"}}");
	make(BLOBS IMAGE, "{\"config\":{\"digest\":\"sha256:" BASE "\"}}");
	make(BLOBS BASE, "{\"rootfs\":{\"diff_ids\":[\"sha256:l\"]}}");
	(void)snprintf(dir, sizeof(dir), "%s", below("/task/k8s.io/" ID));
	o.engine = "containerd";
	o.engine_dir = dir;
	o.image = "docker.io/library/nginx@sha256:" IMAGE;
	collect(&o);
	assert_string_equal(members, "engine/config.json\n"
				     "engine/image-manifest.json\n"
				     "engine/image.json\n"
				     "engine/log/0.log\n"
				     "engine/log/1.log\n"
				     "engine/pod/config.json\n"
				     "engine/sources.json\n");
	assert_non_null(strstr(member("engine/image.json"), "diff_ids"));
	o.image = "docker.io/library/nginx@sha256:../../../../../../../../../etc/passwd";
	collect(&o);
	assert_null(strstr(members, "image"));
}

static int setup(void **state)
{
	static const char *const places[] = { "/var/lib", "/var/log" };

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		nsv_test_skip("it makes a mount namespace");
		return 0;
	}
	for (size_t i = 0; i < NSV_ARRAY_SIZE(places); i++)
		assert_int_equal(mount("tmpfs", places[i], "tmpfs", 0, "mode=755"), 0);
	nsv_test_mkdtemp(top);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pod_of_crio),	     cmocka_unit_test(masked),
		cmocka_unit_test(of_a_user),	     cmocka_unit_test(links),
		cmocka_unit_test(hostile_lists),     cmocka_unit_test(podman),
		cmocka_unit_test(pod_of_containerd),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
