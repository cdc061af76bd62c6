/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_discover_hints.c - Docker's state files, as recorded and as somebody may have
 * twisted them. What an engine that runs says itself is compared in tests/engines.
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

#include "fixtures/tmp.h"
#include "hint_machine.h"
#include "reach/util.h"

static const char docker_file[] =
    "{\"StreamConfig\":{},\"State\":{\"Running\":true,\"Pid\":4242,\"Health\":null},\"ID\":\"" ID
    "\",\"Managed\":false,\"Config\":{\"Hostname\":\"95769a96edd8\",\"Env\":null,"
    "\"Image\":\"nginx:1.25\",\"Labels\":{\"a\":\"b\",\"n\":1,\"empty\":\"\"}},"
    "\"Image\":\"sha256:6a84\",\"Name\":\"/web1\"}";

static void docker_has_name_image_labels(void **state)
{
	const char *value;
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
	assert_string_equal(nsv_container_label(&m->c, 1, &value), "empty");
	assert_string_equal(value, "");
	assert_null(nsv_container_label(&m->c, 2, &value));
	m->c.n_labels = 1; /* an element follows, which is not shown */
	assert_string_equal(nsv_container_label(&m->c, 0, NULL), "a");
	assert_null(nsv_container_label(&m->c, 1, &value));
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
static void docker_by_the_options_of_its_daemon(void **state)
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
static void a_daemon_in_a_container_does_not_count(void **state)
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
static void docker_by_the_mounts_of_the_container(void **state)
{
	struct machine *m = *state;

	put_text(m, "srv x/d d/containers/" ID "/config.v2.json", docker_file);
	put_text(m, "proc/4242/mountinfo",
		 "90 72 0:99 / / rw - overlay overlay rw\n"
		 "91 90 9:9 /docker\\040x/d\\040d/containers/" ID
		 "/hostname /etc/hostname rw - ext4 x rw\n");
	look(m);
	assert_null(m->c.engine_name);

	/* Another device, one that shows another part of it, and the one. */
	put_text(m, "proc/self/mountinfo",
		 "20 1 9:8 / / rw,relatime shared:1 master:2 - ext4 x rw\n"
		 "21 20 9:9 /docker /mnt rw - ext4 x rw\n"
		 "22 20 9:9 /docker\\040x /srv\\040x rw - ext4 x rw\n");
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
	assert_int_equal(fchmodat(m->files, "srv/d/containers/" ID "/config.v2.json", 0660, 0), 0);
	look(m);
	assert_null(m->c.engine_name);
	assert_int_equal(fchmodat(m->files, "srv/d/containers/" ID "/config.v2.json", 0640, 0), 0);
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

static void a_file_with_another_pid_does_not_count(void **state)
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

static void a_file_with_another_id_does_not_count(void **state)
{
	struct machine *m = *state;

	put_text(m, PLACE "/config.v2.json",
		 "{\"State\":{\"Pid\":4242},\"ID\":\"feed\",\"Name\":\"/web1\"}");
	look(m);
	assert_null(m->c.engine_name);
}

static void malformed_files_cost_only_the_hint(void **state)
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

static void only_regular_files_are_opened(void **state)
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

#define T(f) cmocka_unit_test_setup_teardown(f, machine_setup, machine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(docker_has_name_image_labels),
		T(docker_in_another_data_root),
		T(docker_by_the_options_of_its_daemon),
		T(a_daemon_in_a_container_does_not_count),
		T(docker_by_the_mounts_of_the_container),
		T(mounts_lead_to_trusted_places_only),
		T(a_file_with_another_pid_does_not_count),
		T(a_file_with_another_id_does_not_count),
		T(malformed_files_cost_only_the_hint),
		T(deep_and_huge_files_are_refused),
		T(only_regular_files_are_opened),
		T(ids_never_lead_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
