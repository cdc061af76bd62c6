/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * room.c - free space against used space. What is known at once is what whole file systems hold: a
 * tmpfs, a volume of its own, a root on a device of its own. A folder of a larger file system (a
 * layer of an overlay, a bind mount) counts nothing.
 *
 * The container's paths lead to its mounts: a helper goes there, for something on the way may hang.
 */
#include "collect/room.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/apart.h"
#include "collect/mounts.h"
#include "collect/target_file.h"
#include "reach/mountinfo.h"

#define LEAST_FREE ((uint64_t)32 << 20)
#define MOUNTS_MAX 256

/* One mount of each file system will do. */
static bool is_new(uint32_t *seen, size_t *n, uint32_t dev)
{
	for (size_t i = 0; i < *n; i++)
		if (seen[i] == dev)
			return false;
	if (*n == MOUNTS_MAX)
		return false;
	seen[(*n)++] = dev;
	return true;
}

static uint64_t used_at(const struct nsv_collection *c, const char *point)
{
	const struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				      .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	nsv_autofd int fd = (int)syscall(SYS_openat2, c->target->root, point, &how, sizeof(how));
	struct statvfs fs;

	if (fd < 0 || fstatvfs(fd, &fs) < 0 || fs.f_bfree > fs.f_blocks)
		return 0;
	return (uint64_t)(fs.f_blocks - fs.f_bfree) * fs.f_frsize;
}

static void add_up(struct nsv_far *far, void *data)
{
	const struct nsv_collection *c = data;
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_line m;
	uint32_t seen[MOUNTS_MAX];
	size_t n = 0;
	uint64_t sum = 0;
	int r = nsv_mountinfo_open(&table, c->target->procdir, ".", NSV_MOUNTINFO_MAX);

	while (r >= 0 && (r = nsv_mountinfo_next(&table, &m)) > 0) {
		uint32_t dev = nsv_mount_dev(m.major, m.minor);

		if (strcmp(m.root, "/") != 0 || nsv_fs_flags(m.type) || nsv_mount_reason(c, &m) ||
		    nsv_may_hang(&c->risks, dev))
			continue;
		if (is_new(seen, &n, dev))
			sum += used_at(c, m.point);
	}
	nsv_far_count(far, 0, sum);
	nsv_far_done(far, 0);
}

static uint64_t expect(struct nsv_collection *c)
{
	struct nsv_apart a = NSV_APART_INIT(c);
	const struct nsv_apart_plan plan = { .run = add_up, .data = c, .fd = NSV_FD_NONE };
	uint64_t sum = 0;

	if (nsv_apart_start(&a, &plan) == 0 && nsv_apart_next(&a) == NSV_WIRE_COUNT)
		sum = a.head.b;
	nsv_apart_end(&a);
	return sum;
}

static unsigned long long mebibytes(uint64_t bytes)
{
	return bytes >> 20;
}

int nsv_room_look(struct nsv_collection *c, struct nsv_error *e)
{
	const char *package = c->o->package;
	bool packed = nsv_package_kind(package) > 0;
	uint64_t free_bytes, needed;
	int r = nsv_target_file_space(package, &free_bytes);

	if (nsv_wants(c, NSV_COLLECT_FULL))
		c->expected = expect(c);
	if (r < 0 || nsv_wants(c, NSV_COLLECT_NO_ROOM))
		return 0;
	if (free_bytes < LEAST_FREE)
		return nsv_error_set(e, ENOSPC, NSV_STAGE_WRITE,
				     "only %llu MiB are free there, less than the 32 MiB that any "
				     "package may take",
				     mebibytes(free_bytes));
	/* What compression or these options leave of that nobody knows. */
	needed = packed || c->o->n_exclude || c->o->max_file_size ? 0 : c->expected;
	if (needed > free_bytes)
		return nsv_error_set(e, ENOSPC, NSV_STAGE_WRITE,
				     "only %llu MiB are free there, and the files take %llu MiB",
				     mebibytes(free_bytes), mebibytes(needed));
	return 0;
}
