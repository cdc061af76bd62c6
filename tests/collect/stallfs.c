/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stallfs PID PLACE - mounts, in the mount namespace of PID, a FUSE file system of which a part
 *never answers:
 *
 *	a, z, f/y	files with an answer to everything
 *	half, half2	a mebibyte, of which the first HALF bytes come, and no more
 *	k/look		the lookup of the name never ends, and keeps the folder locked
 *	open, read	neither does that
 *	g-open		a folder that can't be opened
 *	h-list		one that can't be listed
 *	many/00...	files that can't be read
 *
 * Prints a line when it is mounted. Killing stallfs releases all that wait.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fixtures/fuse_raw.h"

#define SIZE   ((uint64_t)1 << 20)
#define HALF   ((uint64_t)256 << 10)
#define MANY   40
#define BUFFER ((size_t)256 << 10)

enum { ROOT = 1, A, Z, HALF_1, HALF_2, OPEN, READ, F, G_OPEN, H_LIST, K, MANY_DIR, Y, LOOK, FIRST };

static const struct {
	const char *name;
	unsigned parent;
	bool folder;
} nodes[FIRST] = {
	[ROOT] = { "", 0, true },
	[A] = { "a", ROOT, false },
	[Z] = { "z", ROOT, false },
	[HALF_1] = { "half", ROOT, false },
	[HALF_2] = { "half2", ROOT, false },
	[K] = { "k", ROOT, true },
	[OPEN] = { "open", ROOT, false },
	[READ] = { "read", ROOT, false },
	[F] = { "f", ROOT, true },
	[G_OPEN] = { "g-open", ROOT, true },
	[H_LIST] = { "h-list", ROOT, true },
	[MANY_DIR] = { "many", ROOT, true },
	[Y] = { "y", F, false },
	[LOOK] = { "look", K, false },
};

static char buffer[BUFFER];

static void answer(int fuse, const struct fuse_in_header *in, const void *data, size_t len)
{
	if (fuse_raw_answer(fuse, in, 0, data, len) < 0)
		exit(1);
}

static struct fuse_attr attr_of(uint64_t node)
{
	uint64_t size = node == HALF_1 || node == HALF_2 ? SIZE : 5;
	struct fuse_attr attr = fuse_raw_attr(node, 0644, size);

	if (node < FIRST && nodes[node].folder)
		attr.mode = S_IFDIR | 0755;
	/* Reads fill no holes. */
	attr.blocks = (size + 511) / 512;
	return attr;
}

static bool is_child(uint64_t folder, uint64_t node)
{
	return node < FIRST ? nodes[node].parent == folder : folder == MANY_DIR;
}

static const char *name_of(uint64_t node, char text[static 8])
{
	if (node < FIRST)
		return nodes[node].name;
	(void)snprintf(text, 8, "%02u", (unsigned)(node - FIRST));
	return text;
}

static void list(int fuse, const struct fuse_in_header *in, const struct fuse_read_in *what)
{
	size_t at = 0;
	char text[8];

	for (uint64_t node = what->offset + 1; node < FIRST + MANY; node++) {
		const char *name = name_of(node, text);
		struct fuse_dirent entry = { .ino = node,
					     .off = node,
					     .namelen = (uint32_t)strlen(name) };
		size_t len = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen);

		if (!is_child(in->nodeid, node))
			continue;
		if (at + len > what->size || at + len > BUFFER)
			break;
		entry.type = attr_of(node).mode >> 12;
		memset(buffer + at, 0, len);
		memcpy(buffer + at, &entry, FUSE_NAME_OFFSET);
		memcpy(buffer + at + FUSE_NAME_OFFSET, name, entry.namelen);
		at += len;
	}
	answer(fuse, in, buffer, at);
}

static void find(int fuse, const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out entry = { 0 };
	char text[8];

	for (uint64_t node = ROOT + 1; node < FIRST + MANY; node++)
		if (is_child(in->nodeid, node) && !strcmp(name, name_of(node, text)))
			entry.nodeid = node;
	entry.attr = attr_of(entry.nodeid);
	if (entry.nodeid == LOOK)
		return; /* never */
	if (entry.nodeid)
		answer(fuse, in, &entry, sizeof(entry));
	else
		(void)fuse_raw_answer(fuse, in, ENOENT, NULL, 0);
}

static void read_file(int fuse, const struct fuse_in_header *in, const struct fuse_read_in *what)
{
	bool half = in->nodeid == HALF_1 || in->nodeid == HALF_2;
	uint64_t end = half ? HALF : 5, n = 0;

	if (in->nodeid == READ || in->nodeid >= FIRST || (half && what->offset >= end))
		return; /* never */
	if (what->offset < end)
		n = what->size < end - what->offset ? what->size : end - what->offset;
	memset(buffer, 'x', sizeof(buffer));
	answer(fuse, in, buffer, n);
}

static void serve(int fuse, const struct fuse_in_header *in, const char *body)
{
	struct fuse_attr_out attr = { .attr = attr_of(in->nodeid) };
	struct fuse_open_out opened = { .open_flags = FOPEN_DIRECT_IO };
	struct fuse_statfs_out statfs = { 0 };
	struct fuse_read_in what;

	switch (in->opcode) {
	case FUSE_GETATTR:
		answer(fuse, in, &attr, sizeof(attr));
		return;
	case FUSE_LOOKUP:
		find(fuse, in, body);
		return;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		if (in->nodeid != OPEN && in->nodeid != G_OPEN)
			answer(fuse, in, &opened, sizeof(opened));
		return;
	case FUSE_READ:
	case FUSE_READDIR:
		memcpy(&what, body, sizeof(what));
		if (in->opcode == FUSE_READ)
			read_file(fuse, in, &what);
		else if (in->nodeid != H_LIST)
			list(fuse, in, &what);
		return;
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
	return argc == 3 ? fuse_raw_main("stallfs", argv[1], argv[2], serve) : 2;
}
