/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_copy_parts.c - the pieces of the copy room that need no files: spool, links, ACLs, names. */
#include "fixtures/skip.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/posix_acl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy/keep.h"
#include "copy/links.h"
#include "copy/source.h"
#include "copy/spool.h"
#include "copy/xattr.h"
#include "fixtures/tmp.h"

/* ---- spool ---- */

static void spool_keeps_bytes_when_it_moves_to_a_file(void **state)
{
	struct nsv_spool s = NSV_SPOOL_INIT;
	uint32_t got;

	for (uint32_t i = 0; i < 600000; i++)
		assert_int_equal(nsv_spool_write(&s, (uint64_t)i * 4, &i, 4), 0);
	assert_true(s.fd >= 0);
	assert_null(s.mem);
	assert_int_equal(s.size, 2400000);
	for (uint32_t i = 0; i < 600000; i += 997) {
		assert_int_equal(nsv_spool_read(&s, (uint64_t)i * 4, &got, 4), 0);
		assert_int_equal(got, i);
	}
	nsv_spool_free(&s);
}

static void spool_reads_zeroes_where_nothing_is(void **state)
{
	struct nsv_spool s = NSV_SPOOL_INIT;
	char buf[8];

	memset(buf, 1, sizeof(buf));
	assert_int_equal(nsv_spool_read(&s, 100, buf, sizeof(buf)), 0);
	assert_memory_equal(buf, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(nsv_spool_write(&s, 0, "abc", 3), 0);
	assert_int_equal(nsv_spool_read(&s, 1, buf, 4), 0);
	assert_memory_equal(buf, "bc\0\0", 4);
	nsv_spool_cut(&s, 1);
	assert_int_equal(s.size, 1);
	nsv_spool_free(&s);
}

/* ---- links ---- */

/* 2000 files in one deep directory once took its path 2000 times. */
static void long_paths_of_links_take_little_room(void **state)
{
	struct nsv_links *l = NULL;
	char path[NSV_LINKS_PATH + 8], *name = path + 10001;
	struct nsv_link link = { .path = path }, got;

	memset(path, 'd', sizeof(path));
	path[10000] = '/';
	assert_int_equal(nsv_links_new(&l), 0);
	for (unsigned i = 0; i < 2000; i++) {
		(void)snprintf(name, 16, "f%u", i);
		assert_int_equal(nsv_links_claim(l, 1, i, 2, &got), 0);
		nsv_links_done(l, 1, i, &link);
	}
	assert_true(nsv_links_bytes(l) < 1000000);
	for (unsigned i = 0; i < 2000; i++) {
		(void)snprintf(name, 16, "f%u", i);
		assert_int_equal(nsv_links_claim(l, 1, i, 2, &got), 1);
		assert_string_equal(got.path, path);
		free(got.path);
	}
	/* After all went the room is used again; longer paths are not kept at all. */
	assert_int_equal(nsv_links_claim(l, 1, 1, 2, &got), 0);
	nsv_links_done(l, 1, 1, &link);
	assert_int_equal(nsv_links_claim(l, 1, 1, 2, &got), 1);
	assert_string_equal(got.path, path);
	free(got.path);
	memset(path, 'd', sizeof(path));
	path[NSV_LINKS_PATH] = '\0';
	assert_int_equal(nsv_links_claim(l, 1, 1, 2, &got), 0);
	nsv_links_done(l, 1, 1, &link);
	assert_int_equal(nsv_links_claim(l, 1, 1, 2, &got), 0);
	nsv_links_done(l, 1, 1, NULL);
	nsv_links_free(l);
}

static void first_name_is_copied_others_are_linked(void **state)
{
	struct nsv_links *l = NULL;
	struct nsv_link link = { .dst_dev = 7, .dst_ino = 70, .path = (char *)"a/first" };
	struct nsv_link got;

	assert_int_equal(nsv_links_new(&l), 0);
	assert_int_equal(nsv_links_claim(l, 1, 10, 3, &got), 0);
	nsv_links_done(l, 1, 10, &link);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(nsv_links_claim(l, 1, 10, 3, &got), 1);
		assert_string_equal(got.path, "a/first");
		assert_int_equal(got.dst_ino, 70);
		free(got.path);
	}
	/* All three were seen: the entry is gone. */
	assert_int_equal(nsv_links_claim(l, 1, 10, 3, &got), 0);
	nsv_links_done(l, 1, 10, NULL);
	/* A copy that failed leaves the claim to the next name. */
	assert_int_equal(nsv_links_claim(l, 1, 10, 3, &got), 0);
	nsv_links_done(l, 1, 10, NULL);
	nsv_links_free(l);
}

/*
 * The same number on another device is another file. So many that their places in the table meet;
 * none is left claimed, so that a table which takes one for another answers, and waits for nothing.
 */
static void devices_are_told_apart(void **state)
{
	struct nsv_links *l = NULL;
	struct nsv_link got;
	char text[40];

	assert_int_equal(nsv_links_new(&l), 0);
	for (unsigned dev = 1; dev <= 500; dev++) {
		struct nsv_link link = { .dst_dev = 1, .dst_ino = dev, .path = text };

		(void)snprintf(text, sizeof(text), "of/%u", dev);
		assert_int_equal(nsv_links_claim(l, dev, 10, 2, &got), 0);
		nsv_links_done(l, dev, 10, &link);
	}
	for (unsigned dev = 1; dev <= 500; dev++) {
		(void)snprintf(text, sizeof(text), "of/%u", dev);
		assert_int_equal(nsv_links_claim(l, dev, 10, 2, &got), 1);
		assert_string_equal(got.path, text);
		free(got.path);
	}
	nsv_links_free(l);
}

static void a_hundred_thousand_links(void **state)
{
	struct nsv_links *l = NULL;
	struct nsv_link got;
	char text[40];

	assert_int_equal(nsv_links_new(&l), 0);
	for (unsigned i = 0; i < 100000; i++) {
		struct nsv_link link = { .dst_dev = 1, .dst_ino = i, .path = text };

		(void)snprintf(text, sizeof(text), "some/place/%u", i);
		assert_int_equal(nsv_links_claim(l, 5, i, 2, &got), 0);
		nsv_links_done(l, 5, i, &link);
	}
	for (unsigned i = 100000; i-- > 0;) {
		(void)snprintf(text, sizeof(text), "some/place/%u", i);
		assert_int_equal(nsv_links_claim(l, 5, i, 2, &got), 1);
		assert_string_equal(got.path, text);
		free(got.path);
	}
	nsv_links_free(l);
}

static void *second_name(void *arg)
{
	struct nsv_link got;

	if (nsv_links_claim(arg, 1, 2, 2, &got) != 1)
		return NULL;
	return got.path;
}

static void a_second_name_waits_for_the_first(void **state)
{
	struct nsv_links *l = NULL;
	struct nsv_link link = { .path = (char *)"made" };
	struct nsv_link got;
	pthread_t thread;
	void *path = NULL;

	assert_int_equal(nsv_links_new(&l), 0);
	assert_int_equal(nsv_links_claim(l, 1, 2, 2, &got), 0);
	assert_int_equal(pthread_create(&thread, NULL, second_name, l), 0);
	nsv_links_done(l, 1, 2, &link);
	assert_int_equal(pthread_join(thread, &path), 0);
	assert_non_null(path);
	assert_string_equal(path, "made");
	free(path);
	nsv_links_free(l);
}

/* ---- IDs in attributes ---- */

static uint32_t plus_hundred(const void *ctx, enum nsv_id_kind kind, uint32_t id)
{
	if (id == 13)
		return NSV_ID_UNMAPPED;
	return id + (kind == NSV_ID_USER ? 100 : 200);
}

static uint32_t from_hundred(const void *ctx, enum nsv_id_kind kind, uint32_t id)
{
	return id >= 100 ? id - 100 : NSV_ID_UNMAPPED;
}

static void acl_numbers_are_translated(void **state)
{
	struct nsv_acl_entry list[] = {
		{ ACL_OTHER, 4, (uint32_t)-1 },
		{ ACL_USER, 6, 1000 },
		{ ACL_USER_OBJ, 7, (uint32_t)-1 },
		{ ACL_MASK, 6, (uint32_t)-1 },
		{ ACL_GROUP, 5, 50 },
		{ ACL_GROUP_OBJ, 5, (uint32_t)-1 },
		{ ACL_USER, 7, 13 },
	};
	static const struct nsv_acl_entry wanted[] = {
		{ ACL_USER_OBJ, 7, (uint32_t)-1 },  { ACL_USER, 6, 1100 },
		{ ACL_GROUP_OBJ, 5, (uint32_t)-1 }, { ACL_GROUP, 5, 250 },
		{ ACL_MASK, 6, (uint32_t)-1 },	    { ACL_OTHER, 4, (uint32_t)-1 },
	};
	size_t len = 0;
	void *value = nsv_acl_make(list, NSV_ARRAY_SIZE(list), &len);
	ssize_t n;

	assert_non_null(value);
	assert_int_equal(len, 4 + 7 * 8);
	n = nsv_acl_translate(value, len, plus_hundred, NULL);
	/* User 13 has no number there: nothing is granted to anybody else in its stead. */
	assert_int_equal(n, 4 + 6 * 8);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(wanted); i++) {
		struct nsv_acl_entry got;

		nsv_acl_get(value, (int)i, &got);
		assert_int_equal(got.tag, wanted[i].tag);
		assert_int_equal(got.perm, wanted[i].perm);
		assert_int_equal(got.id, wanted[i].id);
	}
	assert_int_equal(nsv_acl_translate(value, 7, plus_hundred, NULL), -EINVAL);
	assert_int_equal(nsv_acl_translate(value, 3, plus_hundred, NULL), -EINVAL);
	memset(value, 0xff, 4);
	assert_int_equal(nsv_acl_translate(value, len, plus_hundred, NULL), -EINVAL);
	free(value);
}

static void capabilities_change_their_revision(void **state)
{
	struct vfs_ns_cap_data v2 = { .magic_etc =
					  htole32(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE) };
	char buf[NSV_CAPS_MAX];
	struct vfs_ns_cap_data got;

	v2.data[0].permitted = htole32(1 << CAP_NET_RAW);
	memcpy(buf, &v2, XATTR_CAPS_SZ_2);
	/* Root of this namespace is 100 there. */
	assert_int_equal(nsv_caps_translate(buf, XATTR_CAPS_SZ_2, plus_hundred, NULL),
			 XATTR_CAPS_SZ_3);
	memcpy(&got, buf, sizeof(got));
	assert_int_equal(le32toh(got.magic_etc), VFS_CAP_REVISION_3 | VFS_CAP_FLAGS_EFFECTIVE);
	assert_int_equal(le32toh(got.rootid), 100);
	assert_int_equal(le32toh(got.data[0].permitted), 1 << CAP_NET_RAW);
	/* And back: it is the namespace's own root again. */
	assert_int_equal(nsv_caps_translate(buf, XATTR_CAPS_SZ_3, from_hundred, NULL),
			 XATTR_CAPS_SZ_2);
	assert_memory_equal(buf, &v2, XATTR_CAPS_SZ_2);
	/* Capabilities of a root that is nobody there are left out. */
	assert_int_equal(nsv_caps_translate(buf, XATTR_CAPS_SZ_2, from_hundred, NULL), 0);
	assert_int_equal(nsv_caps_translate(buf, 12, plus_hundred, NULL), -EINVAL);
	assert_int_equal(nsv_caps_translate(buf, XATTR_CAPS_SZ_3, plus_hundred, NULL), -EINVAL);
}

static int new_folder(char *template_path)
{
	nsv_test_mkdtemp(template_path);
	return open(template_path, O_PATH | O_CLOEXEC);
}

/*
 * With an ACL the mode's group bits are its mask: here the group has nothing, user 13 all. Control:
 * where the ACL can be had, the mode and it are as they were.
 */
static void a_file_whose_acl_is_lost_is_closed(void **state)
{
	struct nsv_acl_entry list[] = {
		{ ACL_USER_OBJ, 6, (uint32_t)-1 },  { ACL_USER, 7, 13 },
		{ ACL_GROUP_OBJ, 0, (uint32_t)-1 }, { ACL_MASK, 7, (uint32_t)-1 },
		{ ACL_OTHER, 0, (uint32_t)-1 },
	};
	char dir[] = "/tmp/nsview-parts-XXXXXX";
	struct nsv_copy c = { 0 };
	size_t len = 0;
	nsv_autofree void *acl = nsv_acl_make(list, NSV_ARRAY_SIZE(list), &len);
	nsv_autofd int dirfd = new_folder(dir);
	nsv_autofd int old = openat(dirfd, "old", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	nsv_autofd int same = openat(dirfd, "new", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	/* A file system without ACLs. */
	nsv_autofd int other = memfd_create("other", MFD_CLOEXEC | MFD_HUGETLB);
	nsv_autofd int held = openat(dirfd, "old", O_PATH | O_CLOEXEC);
	struct stat st;

	assert_non_null(acl);
	assert_true(old >= 0 && same >= 0 && held >= 0);
	if (other < 0 || nsv_xattr_set(old, false, NSV_ACL_ACCESS, acl, len) < 0)
		nsv_test_skip("needs hugetlbfs, and ACLs in /tmp");
	assert_int_equal(nsv_keep(&c, held, same, 0670, true, NULL), 0);
	assert_int_equal(fstat(same, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0670);
	assert_int_equal(nsv_keep(&c, held, other, 0670, true, NULL), -EOPNOTSUPP);
	assert_int_equal(fstat(other, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* ---- names ---- */

static void sources_go_by_their_last_name(void **state)
{
	static const char *const cases[][2] = {
		{ "/etc/passwd", "passwd" },
		{ "/etc/", "etc" },
		{ "etc//", "etc" },
		{ "/", "" },
		{ "//", "" },
		{ ".", "" },
		{ "..", "" },
		{ "/usr/.", "" },
		{ "/usr/..", "" },
		{ "...", "..." },
		{ "a\nb", "a\nb" },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(cases); i++) {
		char *name = nsv_source_name(cases[i][0]);

		assert_non_null(name);
		assert_string_equal(name, cases[i][1]);
		free(name);
	}
}

static void patterns_match_names_and_paths(void **state)
{
	static const char *const globs[] = { "*.o", "lib/x", "/top", "a/*/c" };
	struct nsv_copy c = { .o = { .exclude = globs, .n_exclude = NSV_ARRAY_SIZE(globs) } };

	assert_true(nsv_excluded_path(&c, "deep/down/file.o"));
	assert_true(nsv_excluded_path(&c, "dir.o/inside"));
	assert_true(nsv_excluded_path(&c, "lib/x"));
	assert_true(nsv_excluded_path(&c, "lib/x/below"));
	assert_true(nsv_excluded_path(&c, "top"));
	assert_true(nsv_excluded_path(&c, "a/b/c"));
	assert_false(nsv_excluded_path(&c, "usr/lib/x"));
	assert_false(nsv_excluded_path(&c, "under/top"));
	assert_false(nsv_excluded_path(&c, "a/b/d/c"));
	assert_false(nsv_excluded_path(&c, "file.oo"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spool_keeps_bytes_when_it_moves_to_a_file),
		cmocka_unit_test(spool_reads_zeroes_where_nothing_is),
		cmocka_unit_test(first_name_is_copied_others_are_linked),
		cmocka_unit_test(devices_are_told_apart),
		cmocka_unit_test(long_paths_of_links_take_little_room),
		cmocka_unit_test(a_hundred_thousand_links),
		cmocka_unit_test(a_second_name_waits_for_the_first),
		cmocka_unit_test(acl_numbers_are_translated),
		cmocka_unit_test(a_file_whose_acl_is_lost_is_closed),
		cmocka_unit_test(capabilities_change_their_revision),
		cmocka_unit_test(sources_go_by_their_last_name),
		cmocka_unit_test(patterns_match_names_and_paths),
	};

	/* A name that waits for one that never comes. */
	(void)alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
