/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner_wire.h - what is said between the daemon and its helper processes (owner.h): one message a
 * request, one an answer, each a struct nsv_packet over SOCK_SEQPACKET.
 */
#ifndef NSV_FUSE_OWNER_WIRE_H
#define NSV_FUSE_OWNER_WIRE_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define OWNER_FDS      2	       /* at most, of one message */
#define OWNER_TEXT_MAX PATH_MAX	       /* with its end */
#define OWNER_DATA_MAX ((size_t)65536) /* a value of an attribute */

enum owner_op {
	OWNER_OPEN = 1, /* a text below fd 0, with flags: an fd */
	OWNER_REOPEN,	/* fd 0, for reading: an fd */
	OWNER_WATCH,	/* fd 1 by the inotify fd 0, flags: the mask: a number */
	OWNER_XATTR, /* the attribute of this name of fd 0, flags: room for it: its value; "": names
		      */
	OWNER_STATX, /* of fd 0, flags: of statx(2): a struct statx, with the namespace's IDs */
};

struct owner_request {
	uint32_t op;
	uint32_t flags;
};

struct owner_answer {
	int32_t result; /* or -errno; the first: the worker's PID */
};

#endif
