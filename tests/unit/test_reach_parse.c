/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_reach_parse.c - what the kernel prints and what people type, parsed. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <nsview/error.h>
#include <nsview/target.h>

#include "fixtures/tmp.h"
#include "reach/enter.h"
#include "reach/idmap.h"
#include "reach/pinned.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

static void id_maps_translate_both_ways(void **state)
{
	struct nsv_idmap map;

	assert_int_equal(nsv_idmap_parse("         0       1000          1\n"
					 "         1     100000      65536\n",
					 &map),
			 0);
	assert_int_equal(nsv_idmap_to_host(&map, 0), 1000);
	assert_int_equal(nsv_idmap_to_host(&map, 1), 100000);
	assert_int_equal(nsv_idmap_to_host(&map, 65536), 165535);
	assert_int_equal(nsv_idmap_to_host(&map, 65537), NSV_ID_UNMAPPED);
	assert_int_equal(nsv_idmap_to_inside(&map, 1000), 0);
	assert_int_equal(nsv_idmap_to_inside(&map, 165535), 65536);
	assert_int_equal(nsv_idmap_to_inside(&map, 0), NSV_ID_UNMAPPED);
	assert_int_equal(nsv_idmap_to_inside(&map, 165536), NSV_ID_UNMAPPED);
	nsv_idmap_clear(&map);
}

static void whole_range_maps_to_itself(void **state)
{
	struct nsv_idmap map;

	assert_int_equal(nsv_idmap_parse("0 0 4294967295\n", &map), 0);
	assert_int_equal(nsv_idmap_to_host(&map, 4294967294U), 4294967294U);
	assert_int_equal(nsv_idmap_to_host(&map, 4294967295U), NSV_ID_UNMAPPED);
	nsv_idmap_clear(&map);
}

static void broken_id_maps_are_refused(void **state)
{
	static const char *const broken[] = { "0\n", "0 1\n", "0 1 2", "a b c\n", "0 1 2 3\n" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(broken); i++) {
		struct nsv_idmap map;

		assert_int_equal(nsv_idmap_parse(broken[i], &map), -EBADMSG);
	}
}

static void an_empty_map_maps_nothing(void **state)
{
	struct nsv_idmap map;

	assert_int_equal(nsv_idmap_parse("", &map), 0);
	assert_int_equal(nsv_idmap_to_host(&map, 0), NSV_ID_UNMAPPED);
	nsv_idmap_clear(&map);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[300];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int read_recorded(const char *stat_text, const char *status_text, struct nsv_proc *ret)
{
	char dir[] = "/tmp/nsview-proc-XXXXXX";
	char path[64];
	int fd, r;

	nsv_test_mkdtemp(dir);
	write_file(dir, "stat", stat_text);
	write_file(dir, "status", status_text);
	fd = open(dir, O_PATH | O_CLOEXEC);
	assert_true(fd >= 0);
	r = nsv_proc_read(fd, ".", ret);
	nsv_close(fd);
	(void)snprintf(path, sizeof(path), "%s/stat", dir);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/status", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	return r;
}

#define STAT_TAIL \
	" 1 1 1 0 -1 4194560 100 0 0 0 3 4 0 0 20 0 1 0 987654 1000 10 18446744073709551615 1 1\n"

static void a_name_cannot_forge_its_fields(void **state)
{
	struct nsv_proc p;

	assert_int_equal(read_recorded("1010 (x) Z 0 (y) S" STAT_TAIL,
				       "Name:\tx\nTgid:\t1010\nNStgid:\t1010\t7\nNSpid:\t1010\t7\n",
				       &p),
			 0);
	assert_int_equal(p.state, 'S');
	assert_int_equal(p.start, 987654);
	assert_false(p.kthread);
	assert_int_equal(p.levels, 2);
	assert_int_equal(p.tgids[1], 7);
}

static void a_kernel_thread_is_known_by_its_flag(void **state)
{
	struct nsv_proc p;

	assert_int_equal(
	    read_recorded("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n",
			  "NStgid:\t2\nNSpid:\t2\n", &p),
	    0);
	assert_true(p.kthread);
}

static void truncated_process_files_are_refused(void **state)
{
	struct nsv_proc p;

	assert_int_equal(read_recorded("", "NStgid:\t1\nNSpid:\t1\n", &p), -EBADMSG);
	assert_int_equal(read_recorded("1 (x) S 1 2\n", "NStgid:\t1\nNSpid:\t1\n", &p), -EBADMSG);
	assert_int_equal(read_recorded("1 (x) S" STAT_TAIL, "Name:\tx\n", &p), -EBADMSG);
	assert_int_equal(read_recorded("1 (x) S" STAT_TAIL, "NStgid:\t1\t2\nNSpid:\t1\n", &p),
			 -EBADMSG);
}

static void a_text_longer_than_its_bound_is_refused(void **state)
{
	char buf[8];
	int fd = open("/proc/self", O_PATH | O_CLOEXEC);

	assert_int_equal(nsv_read_text(fd, "status", buf, sizeof(buf)), -E2BIG);
	assert_int_equal(nsv_read_text(fd, "no-such", buf, sizeof(buf)), -ENOENT);
	nsv_close(fd);
}

static void numbers_are_decimal_and_whole(void **state)
{
	uint64_t v = 5;

	assert_int_equal(nsv_parse_u64("1010", 9999, &v), 0);
	assert_int_equal(v, 1010);
	assert_int_equal(nsv_parse_u64("18446744073709551615", UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(nsv_parse_u64("18446744073709551616", UINT64_MAX, &v), -ERANGE);
	assert_int_equal(nsv_parse_u64("10000", 9999, &v), -ERANGE);
	assert_int_equal(nsv_parse_u64("", 9999, &v), -EINVAL);
	assert_int_equal(nsv_parse_u64("+1", 9999, &v), -EINVAL);
	assert_int_equal(nsv_parse_u64(" 1", 9999, &v), -EINVAL);
	assert_int_equal(nsv_parse_u64("0x1", 9999, &v), -EINVAL);
}

static void old_kernels_are_told_apart(void **state)
{
	assert_false(nsv_kernel_is_supported("5.7.19-generic"));
	assert_false(nsv_kernel_is_supported("4.19.0"));
	assert_true(nsv_kernel_is_supported("5.8.0"));
	assert_true(nsv_kernel_is_supported("5.10.0-28-amd64"));
	assert_true(nsv_kernel_is_supported("6.18.44"));
	assert_true(nsv_kernel_is_supported("something else"));
}

static void errors_are_cut_to_their_room(void **state)
{
	struct nsv_error e = NSV_ERROR_INIT;
	char text[600];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(nsv_error_set(&e, ENOENT, NSV_STAGE_PATH, "%s", text), -ENOENT);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	assert_int_equal(e.err, ENOENT);
	assert_string_equal(nsv_stage_name(e.stage), "path");
	assert_string_equal(nsv_stage_name((enum nsv_stage)99), "?");
	assert_int_equal(nsv_error_set(NULL, EIO, NSV_STAGE_READ, "x"), -EIO);
}

/* A helper gone mad: its answer claims to be followed by more than any path is. */
static void a_reply_has_its_bound(void **state)
{
	struct {
		int32_t result;
		uint32_t stage;
		uint64_t len;
	} answer = { .result = -ENOENT, .len = (64U << 20) + 1 };
	struct nsv_entered in = { .helper = NSV_HELPER_NONE };
	int socks[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks), 0);
	in.sock = socks[0];
	assert_int_equal(send(socks[1], &answer, sizeof(answer), 0), sizeof(answer));
	/* What does come is awaited: this ends that. */
	assert_int_equal(shutdown(socks[1], SHUT_WR), 0);
	assert_int_equal(nsv_enter_call(&in, NSV_OP_PATH, "/", 0, NULL, NULL), -ENAMETOOLONG);
	nsv_close(socks[0]);
	nsv_close(socks[1]);
}

static void procfs_is_recognized(void **state)
{
	int proc = nsv_procfs_open(NULL);
	int self = open("/proc/self", O_PATH | O_CLOEXEC);
	int tmp = open("/tmp", O_PATH | O_CLOEXEC);

	assert_true(proc >= 0);
	assert_true(nsv_is_procfs_root(proc));
	assert_true(nsv_is_procfs(self));
	assert_false(nsv_is_procfs_root(self));
	assert_false(nsv_is_procfs(tmp));
	nsv_close(proc);
	nsv_close(self);
	nsv_close(tmp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(id_maps_translate_both_ways),
		cmocka_unit_test(whole_range_maps_to_itself),
		cmocka_unit_test(broken_id_maps_are_refused),
		cmocka_unit_test(an_empty_map_maps_nothing),
		cmocka_unit_test(a_name_cannot_forge_its_fields),
		cmocka_unit_test(a_kernel_thread_is_known_by_its_flag),
		cmocka_unit_test(truncated_process_files_are_refused),
		cmocka_unit_test(a_text_longer_than_its_bound_is_refused),
		cmocka_unit_test(numbers_are_decimal_and_whole),
		cmocka_unit_test(old_kernels_are_told_apart),
		cmocka_unit_test(errors_are_cut_to_their_room),
		cmocka_unit_test(a_reply_has_its_bound),
		cmocka_unit_test(procfs_is_recognized),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
