/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * endlessfs PID PLACE - mounts, in the mount namespace of PID, a FUSE file system without end:
 *
 *	f	a file that says 10 bytes, and has an answer to every read
 *	grows	the same, but at each look it says a mebibyte more
 *	d	a folder with as many names as one likes to read
 *
 * Prints a line when it is mounted. The names end after ten millions, the bytes after four
 * gigabytes, so that a reader without a bound fails the test and not the machine.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fixtures/fuse_raw.h"

#define LAST_NAME 10000000u
#define LAST_BYTE ((uint64_t)4 << 30)
#define BUFFER	  ((size_t)1 << 20)

enum { ROOT = 1, FILE_10, FILE_GROWS, FOLDER };

static const char *const names[] = { [FILE_10] = "f", [FILE_GROWS] = "grows", [FOLDER] = "d" };
static char buffer[BUFFER];

static void answer(int fuse, const struct fuse_in_header *in, const void *data, size_t len)
{
	if (fuse_raw_answer(fuse, in, 0, data, len) < 0)
		exit(1);
}

static struct fuse_attr attr_of(uint64_t node)
{
	static uint64_t size;
	struct fuse_attr attr = fuse_raw_attr(node, 0644, 10);

	if (node == FOLDER)
		attr.mode = S_IFDIR | 0755;
	if (node == FILE_GROWS)
		attr.size = size += 1 << 20;
	return attr;
}

/* One entry at @at of the buffer; where the next one begins, or @at where it does not fit. */
static size_t put_name(size_t at, size_t size, uint64_t next, unsigned type, const char *name)
{
	struct fuse_dirent entry = {
		.ino = next + 10,
		.off = next,
		.namelen = (uint32_t)strlen(name),
		.type = type,
	};
	size_t len = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen);

	if (at + len > size)
		return at;
	memset(buffer + at, 0, len);
	memcpy(buffer + at, &entry, FUSE_NAME_OFFSET);
	memcpy(buffer + at + FUSE_NAME_OFFSET, name, entry.namelen);
	return at + len;
}

static void list(int fuse, const struct fuse_in_header *in, const struct fuse_read_in *what)
{
	size_t size = what->size < BUFFER ? what->size : BUFFER, at = 0, end;
	char name[32];

	for (uint64_t n = what->offset;; n++, at = end) {
		const char *text = name;
		unsigned type = S_IFREG >> 12;

		if (in->nodeid == FOLDER) {
			(void)snprintf(name, sizeof(name), "name%llu", (unsigned long long)n);
			if (n >= LAST_NAME)
				break;
		} else {
			if (n + FILE_10 > FOLDER)
				break;
			text = names[n + FILE_10];
			type = n + FILE_10 == FOLDER ? S_IFDIR >> 12 : S_IFREG >> 12;
		}
		end = put_name(at, size, n + 1, type, text);
		if (end == at)
			break;
	}
	answer(fuse, in, buffer, at);
}

static void find(int fuse, const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out entry = { 0 };

	for (uint64_t node = FILE_10; node <= FOLDER && in->nodeid == ROOT; node++)
		if (!strcmp(name, names[node])) {
			entry.nodeid = node;
			entry.attr = attr_of(node);
		}
	if (in->nodeid == FOLDER) {
		entry.nodeid = FOLDER + 1;
		entry.attr = attr_of(FOLDER + 1);
	}
	if (entry.nodeid)
		answer(fuse, in, &entry, sizeof(entry));
	else
		(void)fuse_raw_answer(fuse, in, ENOENT, NULL, 0);
}

static void serve(int fuse, const struct fuse_in_header *in, const char *body)
{
	struct fuse_attr_out attr = { .attr =
					  attr_of(in->opcode == FUSE_GETATTR ? in->nodeid : 0) };
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
		answer(fuse, in, &opened, sizeof(opened));
		return;
	case FUSE_READ:
		memcpy(&what, body, sizeof(what));
		memset(buffer, 'x', sizeof(buffer));
		answer(fuse, in, buffer,
		       what.offset >= LAST_BYTE ? 0
		       : what.size < BUFFER	? what.size
						: BUFFER);
		return;
	case FUSE_READDIR:
		memcpy(&what, body, sizeof(what));
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
	return argc == 3 ? fuse_raw_main("endlessfs", argv[1], argv[2], serve) : 2;
}
