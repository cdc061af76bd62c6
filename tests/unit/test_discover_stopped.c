/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_discover_stopped.c - a name that no process bears is looked for in engines' lists. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "discover/hints/stopped.h"
#include "hint_machine.h"

#define EXITED                                                                 \
	"{\"State\":{\"Running\":false,\"Pid\":0,\"ExitCode\":3},\"ID\":\"" ID \
	"\",\"Name\":\"/web1\"}"
#define STORAGE "var/lib/containers/storage/overlay-containers/containers.json"
#define LIST	"[{\"id\":\"" ID "\",\"names\":[\"web1\",\"alias\"]},{\"id\":\"x\"}]"

static const char *said(const struct machine *m, const char *name, struct nsv_error *e)
{
	*e = (struct nsv_error)NSV_ERROR_INIT;
	if (nsv_name_stopped_below(&m->scan, m->files, m->real_procfs, name, e) == 0)
		return "";
	assert_int_equal(e->err, ENOENT);
	return e->msg;
}

static void dockers(void **state)
{
	static const char text[] = "not running: docker has it, without a process";
	struct machine *m = *state;
	struct nsv_error e;

	assert_string_equal(said(m, "web1", &e), "");
	put_text(m, PLACE "/config.v2.json", EXITED);
	assert_string_equal(said(m, "web1", &e), text);
	assert_string_equal(said(m, "docker:web1", &e), text);
	assert_string_equal(said(m, ID, &e), text);
	assert_string_equal(said(m, "95769a96edd8", &e), text);
	/* Too short for an ID. */
	assert_string_equal(said(m, "95769a96edd", &e), "");
	assert_string_equal(said(m, "podman:web1", &e), "");
	assert_string_equal(said(m, "pod:default/web1", &e), "");
	assert_string_equal(said(m, "web", &e), "");
	assert_string_equal(said(m, "/web1", &e), "");
	assert_string_equal(said(m, "", &e), "");
}

/* It runs, and its process is somewhere else than this name. */
static void one_that_runs(void **state)
{
	struct machine *m = *state;
	struct nsv_error e;

	put_text(m, PLACE "/config.v2.json",
		 "{\"State\":{\"Running\":true,\"Pid\":4242},\"ID\":\"" ID
		 "\",\"Name\":\"/web1\"}");
	assert_string_equal(said(m, "web1", &e), "");
}

static void podmans(void **state)
{
	static const char text[] = "not running: podman has it, without a process";
	struct machine *m = *state;
	struct nsv_error e;

	put_text(m, STORAGE, LIST);
	assert_string_equal(said(m, "web1", &e), text);
	assert_string_equal(said(m, "alias", &e), text);
	assert_string_equal(said(m, "podman:" ID, &e), text);
	assert_string_equal(said(m, "docker:web1", &e), "");
	assert_string_equal(said(m, "web2", &e), "");
}

/* Podman's lists that are elsewhere, one place a time. */
static void podmans_other_storage(void **state)
{
	static const struct {
		const char *list, *file, *text;
	} places[] = {
		{ "srv/a/overlay-containers/containers.json", "etc/containers/storage.conf",
		  "[storage]\n# graphroot = \"/srv/x\"\n graphroot=\"/srv/a\"\n" },
		{ "srv/b/overlay-containers/containers.json", "proc/self/mountinfo",
		  "33 24 8:1 /srv/b/overlay /srv/b/overlay rw - ext4 /dev/sda rw\n" },
		{ "home/u/.local/share/containers/storage/overlay-containers/containers.json",
		  "etc/passwd", "root:x:0:0::/root:/bin/sh\nu:x:1000:1000::/home/u:/bin/sh\n" },
		{ "srv/c/overlay-containers/containers.json",
		  "home/u/.config/containers/storage.conf", "graphroot = \"/srv/c\"\n" },
	};
	struct machine *m = *state;
	struct nsv_error e;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		put_text(m, places[i].list, LIST);
		assert_string_equal(said(m, "web1", &e), "");
		put_text(m, places[i].file, places[i].text);
		assert_string_not_equal(said(m, "web1", &e), "");
		assert_string_equal(said(m, "web2", &e), "");
		put_text(m, places[i].list, "[]");
	}
}

/* The storage of another container, which runs. */
static void beside_one_that_runs(void **state)
{
	struct machine *m = *state;
	struct nsv_error e;

	put_text(m, "srv/d/overlay-containers/containers.json", LIST);
	m->c.engine_dir = "/srv/d/overlay-containers/abc/userdata";
	m->scan.containers = &m->c;
	m->scan.n = 1;
	assert_string_not_equal(said(m, "web1", &e), "");
	m->c.engine_dir = "/srv/d/overlay-containers-x/abc/userdata";
	assert_string_equal(said(m, "web1", &e), "");
}

/* What another user may write is no list of an engine's. */
static void of_another_user(void **state)
{
	struct machine *m = *state;
	struct nsv_error e;

	put_text(m, STORAGE, LIST);
	assert_int_equal(fchmodat(m->files, STORAGE, 0666, 0), 0);
	assert_string_equal(said(m, "web1", &e), "");
	put_text(m, PLACE "/config.v2.json", EXITED);
	assert_int_equal(fchmodat(m->files, PLACE "/config.v2.json", 0666, 0), 0);
	assert_string_equal(said(m, "web1", &e), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(dockers, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(one_that_runs, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(podmans, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(podmans_other_storage, machine_setup,
						machine_teardown),
		cmocka_unit_test_setup_teardown(beside_one_that_runs, machine_setup,
						machine_teardown),
		cmocka_unit_test_setup_teardown(of_another_user, machine_setup, machine_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
