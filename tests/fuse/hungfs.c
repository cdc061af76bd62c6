/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hungfs PID PLACE - mounts a FUSE file system with a hung server in the mount namespace of PID. A
 * read of the file "f" and an open of the file "o" hang, and so does the lookup of any other name.
 * Prints a line when it is mounted. Killing hungfs releases all waiting readers.
 */
#include <stdlib.h>
#include <string.h>

#include "fixtures/fuse_raw.h"

static void answer(int fuse, const struct fuse_in_header *in, const void *data, size_t len)
{
	if (fuse_raw_answer(fuse, in, 0, data, len) < 0)
		exit(1);
}

static void serve(int fuse, const struct fuse_in_header *in, const char *body)
{
	struct fuse_attr_out attr = { .attr = fuse_raw_attr(in->nodeid, 0644, 100) };
	struct fuse_entry_out entry = { .nodeid = 2, .attr = fuse_raw_attr(2, 0644, 100) };
	struct fuse_open_out opened = { .open_flags = FOPEN_DIRECT_IO };
	struct fuse_statfs_out statfs = { 0 };

	switch (in->opcode) {
	case FUSE_GETATTR:
		answer(fuse, in, &attr, sizeof(attr));
		return;
	case FUSE_LOOKUP:
		if (!strcmp(body, "f"))
			answer(fuse, in, &entry, sizeof(entry));
		entry.nodeid = 3;
		entry.attr = fuse_raw_attr(3, 0644, 100);
		if (!strcmp(body, "o"))
			answer(fuse, in, &entry, sizeof(entry));
		return; /* else never */
	case FUSE_OPEN:
		if (in->nodeid == 3)
			return; /* never */
		answer(fuse, in, &opened, sizeof(opened));
		return;
	case FUSE_OPENDIR:
		answer(fuse, in, &opened, sizeof(opened));
		return;
	case FUSE_READ:
	case FUSE_READDIR:
		return; /* never */
	case FUSE_STATFS:
		answer(fuse, in, &statfs, sizeof(statfs));
		return;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FLUSH:
		answer(fuse, in, NULL, 0);
		return;
	default:
		(void)fuse_raw_answer_plain(fuse, in);
	}
}

int main(int argc, char **argv)
{
	return argc == 3 ? fuse_raw_main("hungfs", argv[1], argv[2], serve) : 2;
}
