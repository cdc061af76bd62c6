/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_discover_hints_bounds.c - what a local user's state files may cost: memory, work, and other
 * users' hints. The control is json-c, which makes a tree of the same text.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixtures/skip.h"

#include "fixtures/tmp.h"
#include "hint_machine.h"
#include "reach/util.h"

#define STORAGE "home/u/storage/overlay-containers/"
#define USER	1000
#define OTHER	2000

static struct nsv_hints hints(struct machine *m, uint32_t payer)
{
	return (struct nsv_hints){
		.scan = &m->scan, .files = m->files, .procfs = m->real_procfs, .payer = payer
	};
}

static void done(struct nsv_hints *h)
{
	nsv_hint_lists_done(h);
	free(h->file);
	free(h->mounts);
}

/* A list of @n containers as containers/storage writes it; @id is the one in the middle. */
static char *genuine_list(size_t n, const char *id)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	(void)fputc('[', f);
	for (size_t i = 0; i < n; i++) {
		char other[NSV_HINT_ID_LEN + 1];

		(void)snprintf(other, sizeof(other), "%064zx", i + 1);
		(void)fprintf(
		    f,
		    "%s{\"id\":\"%s\",\"names\":[\"%s%zu\"],\"image\":\"%064x\",\"layer\":\"%"
		    "064x\","
		    "\"metadata\":\"{\\\"image-name\\\":\\\"localhost/busybox:%zu\\\",\\\"name\\\":"
		    "\\\"web\\\",\\\"created-at\\\":1700000000,\\\"mountlabel\\\":\\\"\\\"}\","
		    "\"big-data-names\":[\"artifacts\"],\"big-data-sizes\":{\"artifacts\":%u},"
		    "\"created\":\"2026-01-01T00:00:00Z\",\"flags\":{\"MountLabel\":\"\\\"]}\"},"
		    "\"idmappings\":{\"UIDMap\":[{\"ContainerID\":0,\"HostID\":1000,\"Size\":1}]}}",
		    i ? "," : "", i == n / 2 ? id : other, i == n / 2 ? "wanted" : "c", i,
		    (unsigned)i, (unsigned)i, i, 4096U);
	}
	(void)fputc(']', f);
	assert_int_equal(fclose(f), 0);
	return text;
}

static char *repeated(const char *what, size_t size)
{
	char *text = malloc(size + 1);
	size_t len = strlen(what), at = 1;

	assert_non_null(text);
	text[0] = '[';
	for (; at + len < size; at += len)
		memcpy(text + at, what, len);
	text[at - 1] = ']';
	text[at] = '\0';
	return text;
}

static void conmon(struct machine *m)
{
	static const char args[] = "conmon\0-c\0" ID "\0-n\0web1\0-b\0/" STORAGE ID "/userdata";

	put_process(m, 55, 1, "conmon", "mnt:[4026531999]");
	put(m, "proc/55/cmdline", args, sizeof(args));
	assert_int_equal(unlinkat(m->files, "proc/4242/ns/mnt", 0), 0);
	put_process(m, LEAD, 55, "nginx", "mnt:[4026540000]");
	m->c.engine = "podman";
}

static void two_thousand_containers_are_a_genuine_list(void **state)
{
	struct machine *m = *state;
	nsv_autofree char *text = genuine_list(2000, ID);

	conmon(m);
	put_text(m, STORAGE "containers.json", text);
	look(m);
	assert_string_equal(m->c.engine_name, "wanted1000");
	assert_string_equal(m->c.image, "localhost/busybox:1000");
}

/* Bytes that malloc gave out since the call before. */
static size_t taken(void)
{
	static size_t before;
	struct mallinfo2 i = mallinfo2();
	size_t now = i.uordblks + i.hblkhd, grown = now > before ? now - before : 0;

	before = now;
	return grown;
}

static void a_list_of_nothing_costs_no_memory(void **state)
{
	struct machine *m = *state;
	struct nsv_hints h = hints(m, USER);
	nsv_autofree char *text = repeated("{},", NSV_HINT_FILE_MAX);
	nsv_autofd int dir = openat(m->files, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct json_object *tree;

	put_text(m, "list", text);
	(void)taken();
	assert_null(nsv_hint_find_in_list(&h, dir, "list", ID, geteuid()).at);
	assert_non_null(h.lists[NSV_HINT_LISTS_ROOT].text);
	assert_true(taken() < 2 * NSV_HINT_FILE_MAX);
	tree = json_tokener_parse(text);
	assert_non_null(tree);
	/* The sanitizers' malloc does not count, so the control means nothing there. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_true(taken() > 100 * NSV_HINT_FILE_MAX);
#endif
	json_object_put(tree);
	done(&h);
}

/* Thousands of containers that name one list of thousands: each costs its own entry. */
static void looking_again_costs_one_entry(void **state)
{
	struct machine *m = *state;
	struct nsv_hints h = hints(m, USER);
	nsv_autofree char *text = genuine_list(2000, ID);
	uint64_t first;

	put_text(m, "list", text);
	assert_non_null(nsv_hint_find_in_list(&h, m->files, "list", ID, geteuid()).at);
	first = h.quotas.others.work;
	assert_true(first >= strlen(text));
	for (unsigned i = 0; i < 10000; i++)
		assert_non_null(nsv_hint_find_in_list(&h, m->files, "list", ID, geteuid()).at);
	assert_true(h.quotas.others.work == first);
	done(&h);
}

/* A user whose quota is used up names the list of root: it is there for root's containers. */
static void a_user_past_the_quota_spoils_no_list(void **state)
{
	struct machine *m = *state;
	struct nsv_hints h = hints(m, USER);
	nsv_autofree char *text = genuine_list(10, ID);

	put_text(m, "list", text);
	assert_false(nsv_hint_charge(&h.quotas, USER, NSV_HINT_WORK + 1));
	assert_null(nsv_hint_find_in_list(&h, m->files, "list", ID, geteuid()).at);
	h.payer = 0;
	assert_non_null(nsv_hint_find_in_list(&h, m->files, "list", ID, geteuid()).at);
	done(&h);
}

static void lists_of_users_push_out_none_of_root(void **state)
{
	struct machine *m = *state;
	struct nsv_hints h = hints(m, 0);
	nsv_autofree char *text = genuine_list(10, ID);
	uint64_t once;
	char name[16];

	put_text(m, "list", text);
	assert_non_null(nsv_hint_find_in_list(&h, m->files, "list", ID, geteuid()).at);
	once = h.quotas.root.work;
	h.payer = USER;
	for (unsigned i = 0; i < 3 * NSV_HINT_LISTS; i++) {
		(void)snprintf(name, sizeof(name), "list%u", i);
		put_text(m, name, text);
		assert_non_null(nsv_hint_find_in_list(&h, m->files, name, ID, geteuid()).at);
	}
	h.payer = 0;
	assert_non_null(nsv_hint_find_in_list(&h, m->files, "list", ID, geteuid()).at);
	assert_true(h.quotas.root.work == once);
	done(&h);
}

/* The user whose container it is pays, whoever owns the files: a user's may name root's. */
static void each_user_has_a_quota(void **state)
{
	struct machine *m = *state;
	struct nsv_hints h = hints(m, USER);
	const size_t max = NSV_HINT_FILE_MAX;
	nsv_autofree char *text = malloc(max);

	assert_non_null(text);
	memset(text, ' ', max);
	put(m, "large", text, max);
	put_text(m, "small", "1");
	for (uint64_t n = 0; n < NSV_HINT_WORK / max; n++)
		assert_int_equal(nsv_hint_read(&h, m->files, "large", max, true, 0), (ssize_t)max);
	assert_int_equal(nsv_hint_read(&h, m->files, "small", max, true, 0), -EDQUOT);
	h.payer = OTHER;
	assert_int_equal(nsv_hint_read(&h, m->files, "large", max, true, 0), (ssize_t)max);
	/* All users together have one too, and root another. */
	for (h.payer = OTHER; h.payer < OTHER + 100; h.payer++)
		while (nsv_hint_read(&h, m->files, "large", max, true, 0) > 0)
			;
	assert_int_equal(h.quotas.others.work, NSV_HINT_WORK_ALL);
	h.payer = 0;
	assert_int_equal(nsv_hint_read(&h, m->files, "large", max, true, 0), (ssize_t)max);
	done(&h);
}

static void what_is_kept_has_a_quota(void **state)
{
	struct machine *m = *state;
	struct nsv_hints h = hints(m, USER);
	nsv_autofree char *text = malloc(NSV_HINT_TEXT_MAX + 1);
	size_t kept = 0;

	assert_non_null(text);
	memset(text, 'x', NSV_HINT_TEXT_MAX);
	text[NSV_HINT_TEXT_MAX] = '\0';
	while (nsv_hint_keep(&h, text))
		kept += NSV_HINT_TEXT_MAX;
	assert_true(kept <= NSV_HINT_KEPT && kept > NSV_HINT_KEPT / 2);
	h.payer = OTHER;
	assert_non_null(nsv_hint_keep(&h, text));
	h.payer = 0;
	assert_non_null(nsv_hint_keep(&h, text));
}

/* A container may have a hundred thousand mounts, and the kernel writes the table anew each time.
 */
static void tables_of_mounts_are_paid_for(void **state)
{
	struct machine *m = *state;
	struct nsv_hints h = hints(m, USER);
	nsv_autofree char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	uint64_t before = 0;

	assert_non_null(f);
	for (unsigned i = 0; i < 2000; i++)
		(void)fprintf(f, "%u 1 9:9 / /mnt/%u rw - ext4 x rw\n", 100 + i, i);
	assert_int_equal(fclose(f), 0);
	put_text(m, "proc/4242/mountinfo", text);
	put_text(m, "proc/self/mountinfo", text);
	for (unsigned i = 0; i < 2; i++) {
		nsv_autofree char *path = nsv_hint_mounted_from(&h, &m->c, "/mnt/7");

		assert_non_null(path);
		/* The container's table, and ours. */
		assert_int_equal(h.quotas.others.work - before, len * (NSV_HINT_TABLE_FEE + 1));
		before = h.quotas.others.work;
	}
	(void)nsv_hint_charge(&h.quotas, USER, NSV_HINT_WORK);
	assert_null(nsv_hint_mounted_from(&h, &m->c, "/mnt/7"));
	/* A mount that can't be looked up now is avoided, but another user may look it up. */
	m->scan.recorded = false;
	assert_true(nsv_hint_is_served(&h, 100));
	h.payer = OTHER;
	assert_false(nsv_hint_is_served(&h, 100));
	done(&h);
}

/* Each container has a price, so that thousands without a file are bounded too. */
static void thousands_of_containers_are_paid_for(void **state)
{
	const size_t n = 2 * NSV_HINT_WORK_ROOT / NSV_HINT_FEE;
	struct machine *m = *state;
	struct nsv_container *c = calloc(n, sizeof(*c));
	size_t named = 0;

	assert_non_null(c);
	for (size_t i = 0; i < n; i++)
		c[i] = (struct nsv_container){ .pid = LEAD, .engine = "lxc", .id = "name" };
	m->scan.containers = c;
	m->scan.n = n;
	nsv_hints_fill_below(&m->scan, m->files, m->real_procfs);
	for (size_t i = 0; i < n; i++)
		named += c[i].engine_name != NULL;
	assert_int_equal(named, n / 2);
	free(c);
}

#define T(f) cmocka_unit_test_setup_teardown(f, machine_setup, machine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_thousand_containers_are_a_genuine_list),
		T(a_list_of_nothing_costs_no_memory),
		T(looking_again_costs_one_entry),
		T(a_user_past_the_quota_spoils_no_list),
		T(lists_of_users_push_out_none_of_root),
		T(each_user_has_a_quota),
		T(what_is_kept_has_a_quota),
		T(tables_of_mounts_are_paid_for),
		T(thousands_of_containers_are_paid_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
