// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * manyfs PID PLACE [FOLDERS NAMES] - mounts, in the mount namespace of PID, a FUSE file system with
 * forty folders "d1" to "d40", each with 55,000 long names that its server makes up: just what a
 * server may have. Prints a line when it is mounted.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fixtures/fuse_raw.h"

#define NAME_LEN 250
#define A_FILE	 100

static unsigned folders = 40, names = 55000; /* in each */

static struct fuse_attr attr_of(uint64_t node)
{
	struct fuse_attr attr = fuse_raw_attr(node, 0644, 0);

	if (node != A_FILE) {
		attr.mode = S_IFDIR | 0755;
		attr.nlink = 2;
	}
	return attr;
}

/* The name behind @off; 0 at the end. */
static unsigned name_at(uint64_t node, uint64_t off, char name[NAME_LEN + 1])
{
	const uint64_t most = node == 1 ? folders : names;

	if (off >= most)
		return 0;
	if (node == 1)
		return (unsigned)snprintf(name, NAME_LEN + 1, "d%u", (unsigned)off + 1);
	return (unsigned)snprintf(name, NAME_LEN + 1, "%0*u", NAME_LEN, (unsigned)off);
}

static void list(int fuse, const struct fuse_in_header *in, const struct fuse_read_in *what)
{
	static char buf[1 << 20];
	char name[NAME_LEN + 1];
	size_t len = 0;
	unsigned n;

	for (uint64_t off = what->offset; (n = name_at(in->nodeid, off, name)); off++) {
		struct fuse_dirent *d = (struct fuse_dirent *)(buf + len);
		size_t size = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + n);

		if (len + size > what->size || len + size > sizeof(buf))
			break;
		memset(d, 0, size);
		d->ino = off + 100;
		d->off = off + 1;
		d->namelen = n;
		d->type = in->nodeid == 1 ? DT_DIR : DT_REG;
		memcpy(d->name, name, n);
		len += size;
	}
	(void)fuse_raw_answer(fuse, in, 0, buf, len);
}

static void serve(int fuse, const struct fuse_in_header *in, const char *body)
{
	struct fuse_attr_out attr = { .attr_valid = 1000, .attr = attr_of(in->nodeid) };
	struct fuse_entry_out entry = { .entry_valid = 1000, .attr_valid = 1000 };
	struct fuse_open_out opened = { 0 };
	struct fuse_statfs_out statfs = { .st = { .bsize = 4096, .namelen = NAME_LEN } };

	switch (in->opcode) {
	case FUSE_GETATTR:
		(void)fuse_raw_answer(fuse, in, 0, &attr, sizeof(attr));
		return;
	case FUSE_LOOKUP:
		entry.nodeid = in->nodeid == 1 ? strtoul(body + 1, NULL, 10) + 1 : A_FILE;
		entry.attr = attr_of(entry.nodeid);
		(void)fuse_raw_answer(fuse, in, 0, &entry, sizeof(entry));
		return;
	case FUSE_OPENDIR:
		(void)fuse_raw_answer(fuse, in, 0, &opened, sizeof(opened));
		return;
	case FUSE_READDIR:
		list(fuse, in, (const struct fuse_read_in *)body);
		return;
	case FUSE_STATFS:
		(void)fuse_raw_answer(fuse, in, 0, &statfs, sizeof(statfs));
		return;
	case FUSE_RELEASEDIR:
		(void)fuse_raw_answer(fuse, in, 0, NULL, 0);
		return;
	default:
		(void)fuse_raw_answer_plain(fuse, in);
	}
}

int main(int argc, char **argv)
{
	if (argc == 5) {
		folders = (unsigned)strtoul(argv[3], NULL, 10);
		names = (unsigned)strtoul(argv[4], NULL, 10);
	} else if (argc != 3) {
		return 2;
	}
	return fuse_raw_main("manyfs", argv[1], argv[2], serve);
}
