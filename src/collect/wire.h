/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire.h - what a helper says that reads files for a collection (far.h, apart.h): messages on a
 * stream socket, each a head and @len bytes. Both ends are this program, the helper a fork of it,
 * so structs travel as they are. No locks: one thread at each end.
 */
#ifndef NSV_COLLECT_WIRE_H
#define NSV_COLLECT_WIRE_H

#include "collect/member.h"

enum nsv_wire_kind {
	NSV_WIRE_AT = 1,  /* the path that is looked at next; a: a folder, b: its device or 0 */
	NSV_WIRE_MEMBER,  /* struct nsv_wire_member */
	NSV_WIRE_DATA,	  /* b: the offset; the bytes there */
	NSV_WIRE_END,	  /* of the bytes; a: the outcome, then the reason */
	NSV_WIRE_OUTCOME, /* a: the outcome, then kind, name, reason with a NUL after each */
	NSV_WIRE_LOG,	  /* a step, a text, likewise */
	NSV_WIRE_COUNT,	  /* b: how many, of what a says */
	NSV_WIRE_DONE,	  /* a: an errno or 0 */
};

/* No message is longer: a path, extended attributes, a link's text. */
#define NSV_WIRE_MAX ((size_t)4 << 20)

struct nsv_wire_head {
	uint32_t kind, a;
	uint64_t b, len;
};

/* Followed by the attributes, the path and the link's text, the latter two with a NUL. */
struct nsv_wire_member {
	struct nsv_entity m; /* its pointers mean nothing */
	uint64_t xattrs, path, link;
	bool body;  /* NSV_WIRE_DATA and _END follow */
	bool again; /* a further name of a file that this helper has sent */
};

/* 0 or -errno. */
int nsv_wire_send(int sock, const struct nsv_wire_head *head, const void *data);
int nsv_wire_send_member(int sock, const struct nsv_entity *m, bool body, bool again);
/* Of @texts, of which NULL ones are empty. */
int nsv_wire_send_texts(int sock, enum nsv_wire_kind kind, unsigned a, const char *const *texts,
			size_t n);

/* The entity in @data, which has to last as long as it; NULL: it is none. */
const struct nsv_wire_member *nsv_wire_member(char *data, size_t len, struct nsv_entity *ret);
/* The texts in @data. false: there are fewer. */
bool nsv_wire_texts(const char *data, size_t len, const char **ret, size_t n);

#endif
