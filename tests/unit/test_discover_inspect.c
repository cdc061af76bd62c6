/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_discover_inspect.c - the parsers of an inspection, on texts as kernels and containers make
 * them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fixtures/skip.h"

#include "discover/inspect/inspector.h"
#include "reach/util.h"

static struct nsv_inspector *fresh(void)
{
	struct nsv_inspector *in = calloc(1, sizeof(*in));

	assert_non_null(in);
	return in;
}

static struct nsv_inspector *parsed(const char *text)
{
	struct nsv_inspector *in = fresh();
	nsv_automountinfo struct nsv_mountinfo table;

	nsv_mountinfo_text(&table, text, strlen(text));
	assert_int_equal(nsv_mounts_take(in, &table), 0);
	return in;
}

static void mounts_as_the_kernel_prints_them(void **state)
{
	struct nsv_inspector *in =
	    parsed("22 28 0:21 / /proc rw,nosuid shared:14 master:2 - proc proc rw\n"
		   "23 28 8:1 /sub/dir /mnt ro - ext4 /dev/sda1 rw,errors=remount-ro\n"
		   "24 28 0:5 / /bare rw - tmpfs  rw\n"
		   "25 28 0:4 mnt:[4026532178] /run/ns rw - nsfs nsfs rw\n");
	const struct nsv_mount *m = in->lists.mounts;

	assert_int_equal(in->i.n_mounts, 4);
	assert_string_equal(m[0].target, "/proc");
	assert_string_equal(m[0].type, "proc");
	assert_string_equal(m[0].options, "rw,nosuid");
	assert_string_equal(m[1].root, "/sub/dir");
	assert_string_equal(m[1].source, "/dev/sda1");
	assert_string_equal(m[1].super_options, "rw,errors=remount-ro");
	assert_null(m[1].lower);
	/* mount -t tmpfs "" /bare */
	assert_string_equal(m[2].source, "");
	assert_string_equal(m[2].super_options, "rw");
	assert_string_equal(m[3].root, "mnt:[4026532178]");
	assert_int_equal(in->i.n_missing, 0);
	nsv_inspection_free(&in->i);
}

/* CVE-2021-3995: a name that looks like the kernel's own mark. */
static void mounts_with_names_that_mislead(void **state)
{
	struct nsv_inspector *in =
	    parsed("1 2 0:1 / /x\\040(deleted) rw - tmpfs a\\040b rw\n"
		   "1 2 0:1 /gone//deleted /y rw - tmpfs none rw\n"
		   "1 2 0:1 / /new\\012line\\011tab rw - tmpfs \\043none rw\n"
		   "1 2 0:1 / /back\\134040slash rw - tmpfs none rw\n"
		   "1 2 0:1 / /esc\033[31m\377 rw - tmpfs none rw\n"
		   "1 2 0:1 / /\\040-\\040tmpfs rw - ext4 none rw\n"
		   "1 2 0:1 / /no\\nul\\000\\9\\04 rw - tmpfs none rw\n"
		   "1 2 0:1 / /- - - tmpfs - -\n");
	static const char *const wanted[] = {
		"/x (deleted)",	    "/y",	 "/new\nline\ttab",	 "/back\\040slash",
		"/esc\033[31m\377", "/ - tmpfs", "/no\\nul\\000\\9\\04", "/-",
	};

	assert_int_equal(in->i.n_mounts, NSV_ARRAY_SIZE(wanted));
	for (size_t n = 0; n < NSV_ARRAY_SIZE(wanted); n++)
		assert_string_equal(in->lists.mounts[n].target, wanted[n]);
	assert_string_equal(in->lists.mounts[0].source, "a b");
	assert_string_equal(in->lists.mounts[1].root, "/gone//deleted");
	assert_string_equal(in->lists.mounts[2].source, "#none");
	assert_string_equal(in->lists.mounts[5].type, "ext4");
	nsv_inspection_free(&in->i);
}

static void overlays(void **state)
{
	struct nsv_inspector *in =
	    parsed("1 2 0:1 / / rw - overlay overlay "
		   "rw,lowerdir=/l/1:/l/2,upperdir=/u\\040p,workdir=/w,x\n"
		   "1 2 0:1 / / rw - overlay overlay ro,lowerdir+=/l/1,lowerdir+=/l/2,index=off\n"
		   "1 2 0:1 / / rw - overlay o "
		   "rw,lowerdir=/evil\\054upperdir=/etc,upperdir=/real,workdir=\n"
		   "1 2 0:1 / / rw - tmpfs o rw,lowerdir=/l,upperdir=/u\n"
		   "1 2 0:1 / / rw - overlay o ,,,=,lowerdir\n");
	const struct nsv_mount *m = in->lists.mounts;

	assert_int_equal(in->i.n_mounts, 5);
	assert_string_equal(m[0].lower, "/l/1:/l/2");
	assert_string_equal(m[0].upper, "/u p");
	assert_string_equal(m[0].work, "/w");
	assert_string_equal(m[1].lower, "/l/1:/l/2");
	assert_null(m[1].upper);
	assert_string_equal(m[2].lower, "/evil,upperdir=/etc");
	assert_string_equal(m[2].upper, "/real");
	assert_null(m[3].lower);
	assert_null(m[4].lower);
	nsv_inspection_free(&in->i);
}

static void malformed_lines_are_noted(void **state)
{
	static const char *const bad[] = {
		"x",
		"1 2 3",
		"1 2 0:1 / /x rw",
		"1 2 0:1 / /x rw -",
		"1 2 0:1 / /x rw - tmpfs",
		"1 2 0:1 / /x rw - tmpfs none",
		"1 2 0:1 / /x rw shared:1 tmpfs none rw",
		"     ",
	};
	struct nsv_inspector *in;

	for (size_t n = 0; n < NSV_ARRAY_SIZE(bad); n++) {
		in = parsed(bad[n]);
		assert_int_equal(in->i.n_mounts, 0);
		assert_int_equal(in->i.n_missing, 1);
		nsv_inspection_free(&in->i);
	}
	in = parsed("");
	assert_int_equal(in->i.n_mounts + in->i.n_missing, 0);
	nsv_inspection_free(&in->i);
}

static void very_many_layers_are_linear(void **state)
{
	const size_t layers = 20000;
	const char *head = "1 2 0:1 / / rw - overlay o rw";
	size_t len = strlen(head), room = len + layers * 40 + 1;
	char *text = malloc(room);
	struct nsv_inspector *in;

	assert_non_null(text);
	memcpy(text, head, len + 1);
	for (size_t n = 0; n < layers; n++)
		len += (size_t)snprintf(text + len, room - len, ",lowerdir+=/layer/%zu", n);
	in = parsed(text);
	assert_int_equal(in->i.n_mounts, 1);
	assert_string_equal(strrchr(in->lists.mounts[0].lower, ':'), ":/layer/19999");
	nsv_inspection_free(&in->i);
	free(text);
}

static void status_of_a_process(void **state)
{
	struct nsv_status s;

	nsv_status_parse("Name:\tx\\nPPid:\t7\nUmask:\t0022\nPPid:\t42\nUid:\t1\t2\t3\t4\n"
			 "Gid:\t5\t6\t7\t8\nNSpid:\t100\t20\t3\nCapInh:\t0000000000000001\n"
			 "CapPrm:\t0000000000000002\nCapEff:\t00000000000000ff\n"
			 "CapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000004\nNoNewPrivs:\t1\n"
			 "Seccomp:\t2\nSeccomp_filters:\t3\n",
			 &s);
	assert_int_equal(s.ppid, 42);
	assert_int_equal(s.inside, 3);
	assert_int_equal(s.uid, 2);
	assert_int_equal(s.gid, 6);
	assert_int_equal(s.caps[0], 0xff);
	assert_int_equal(s.caps[1], 2);
	assert_true(s.caps[2] == 0x1ffffffffffULL);
	assert_int_equal(s.caps[3], 1);
	assert_int_equal(s.caps[4], 4);
	assert_int_equal(s.seccomp, 2);
	assert_int_equal(s.seccomp_filters, 3);
	assert_true(s.no_new_privs);
	nsv_status_parse("", &s);
	assert_int_equal(s.seccomp, -1);
	nsv_status_parse("Uid", &s);
	nsv_status_parse("NSpid:\n\n\nUid:", &s);
	assert_int_equal(s.inside, 0);
}

static void addresses_by_interface(void **state)
{
	struct nsv_link_record links[] = {
		{ .index = 9, .flags = 0, .name = "fifteen-letters" },
		{ .index = 1, .flags = 1, .name = "lo" },
		{ .index = 4, .flags = 1 },
	};
	struct nsv_address_record addresses[] = {
		{ .index = 9,
		  .order = 0,
		  .family = AF_INET6,
		  .prefix = 64,
		  .scope = 253,
		  .bytes = { 0xfe, 0x80 } },
		{ .index = 9,
		  .order = 1,
		  .family = AF_INET,
		  .prefix = 24,
		  .bytes = { 10, 0, 0, 2 } },
		{ .index = 1,
		  .order = 2,
		  .family = AF_INET,
		  .prefix = 8,
		  .scope = 254,
		  .bytes = { 127, 0, 0, 1 } },
		{ .index = 9,
		  .order = 3,
		  .family = AF_INET,
		  .prefix = 24,
		  .bytes = { 10, 0, 0, 1 } },
		{ .index = 77, .order = 4, .family = AF_INET, .prefix = 32, .scope = 7 },
	};
	struct nsv_net_records records = {
		.links = links, .addresses = addresses, .n_links = 3, .n_addresses = 5
	};
	struct nsv_inspector *in = fresh();
	const struct nsv_address *a;

	memcpy(links[0].name, "sixteen-letters!", sizeof(links[0].name));
	assert_int_equal(nsv_net_show(in, &records), 0);
	a = in->lists.addresses;
	assert_int_equal(in->i.n_addresses, 5);
	assert_string_equal(a[0].interface, "lo");
	assert_string_equal(a[0].text, "127.0.0.1");
	assert_string_equal(a[0].scope, "host");
	assert_true(a[0].up);
	assert_string_equal(a[1].interface, "sixteen-letters!");
	assert_string_equal(a[1].text, "10.0.0.2");
	assert_string_equal(a[2].text, "10.0.0.1");
	assert_string_equal(a[3].text, "fe80::");
	assert_string_equal(a[3].scope, "link");
	assert_false(a[3].up);
	/* An interface that came between the two lists. */
	assert_string_equal(a[4].interface, "if77");
	assert_string_equal(a[4].scope, "7");
	assert_int_equal(in->i.n_missing, 0);
	records.cut = true;
	assert_int_equal(nsv_net_show(in, &records), 0);
	assert_int_equal(in->i.n_missing, 1);
	nsv_inspection_free(&in->i);
}

static void names_of_kinds_and_capabilities(void **state)
{
	assert_string_equal(nsv_ns_name(NSV_NS_MNT), "mnt");
	assert_string_equal(nsv_ns_name(NSV_NS_TIME), "time");
	assert_string_equal(nsv_ns_name(NSV_NS_TIME + 1), "?");
	assert_string_equal(nsv_capability_name(0), "chown");
	assert_string_equal(nsv_capability_name(21), "sys_admin");
	assert_string_equal(nsv_capability_name(40), "checkpoint_restore");
	assert_null(nsv_capability_name(41));
	for (unsigned n = 0; n < 41; n++)
		assert_non_null(nsv_capability_name(n));
	assert_null(nsv_inspection_free(NULL));
}

/* An element follows each list, which is not shown. */
static void lists_end(void **state)
{
	static const struct nsv_address addresses[2];
	static const struct nsv_id_range users[2], groups[3];
	static const struct nsv_mount mounts[2];
	static const struct nsv_member members[2];
	static const struct nsv_listener listeners[2];
	static const struct nsv_limit limits[2];
	static const struct nsv_variable environment[2];
	static const char *const missing[2] = { "a", "b" };
	struct nsv_inspector in = {
		.i = { .levels = 1,
		       .n_addresses = 1,
		       .n_uid_map = 1,
		       .n_gid_map = 2,
		       .n_mounts = 1,
		       .n_members = 1,
		       .n_listeners = 1,
		       .n_limits = 1,
		       .n_environment = 1,
		       .n_missing = 1 },
		.lists = { .nspids = { 7, 8 },
			   .addresses = addresses,
			   .uid_map = users,
			   .gid_map = groups,
			   .mounts = mounts,
			   .members = members,
			   .listeners = listeners,
			   .limits = limits,
			   .environment = environment,
			   .missing = missing },
	};
	const struct nsv_inspection *i = &in.i;

	(void)state;
	assert_int_equal(nsv_inspection_pid(i, 0), 7);
	assert_int_equal(nsv_inspection_pid(i, 1), 0);
	in.i.levels = SIZE_MAX;
	assert_int_equal(nsv_inspection_pid(i, NSV_PID_LEVELS), 0);
	assert_ptr_equal(nsv_inspection_id_range(i, NSV_ID_USER, 0), users);
	assert_null(nsv_inspection_id_range(i, NSV_ID_USER, 1));
	assert_ptr_equal(nsv_inspection_id_range(i, NSV_ID_GROUP, 1), groups + 1);
	assert_null(nsv_inspection_id_range(i, NSV_ID_GROUP, 2));
	assert_ptr_equal(nsv_inspection_namespace(i, NSV_NS_TIME), &in.lists.ns[NSV_NS_TIME]);
	assert_null(nsv_inspection_namespace(i, NSV_NS_TIME + 1));
	assert_null(nsv_inspection_namespace(i, (enum nsv_ns_kind) - 1));
	assert_string_equal(nsv_inspection_missing(i, 0), "a");
	assert_null(nsv_inspection_missing(i, 1));
#define CHECK_END(call, list)                       \
	do {                                        \
		assert_ptr_equal(call(i, 0), list); \
		assert_null(call(i, 1));            \
		assert_null(call(i, SIZE_MAX));     \
	} while (0)
	CHECK_END(nsv_inspection_address, addresses);
	CHECK_END(nsv_inspection_mount, mounts);
	CHECK_END(nsv_inspection_member, members);
	CHECK_END(nsv_inspection_listener, listeners);
	CHECK_END(nsv_inspection_limit, limits);
	CHECK_END(nsv_inspection_variable, environment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts_as_the_kernel_prints_them),
		cmocka_unit_test(mounts_with_names_that_mislead),
		cmocka_unit_test(overlays),
		cmocka_unit_test(malformed_lines_are_noted),
		cmocka_unit_test(very_many_layers_are_linear),
		cmocka_unit_test(status_of_a_process),
		cmocka_unit_test(addresses_by_interface),
		cmocka_unit_test(names_of_kinds_and_capabilities),
		cmocka_unit_test(lists_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
