/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * expand.h - names of artifacts to patterns of paths: groups to their members, variables to the
 * container's users. Each artifact is expanded once, so groups may lead in circles. No locks.
 */
#ifndef NSV_COLLECT_EXPAND_H
#define NSV_COLLECT_EXPAND_H

#include "collect/artifacts/definitions.h"
#include "collect/artifacts/users.h"

struct nsv_wish {
	const char *name;			 /* as it was asked for, or as the group has it */
	const struct nsv_definition *definition; /* NULL: there is none */
	const char *why;  /* why a part of it for Linux is left out, the first reason; static */
	uint32_t n_paths; /* that can be looked for, before variables are replaced */
};

/* A group, and one of its members, both as numbers of wishes. */
struct nsv_wish_edge {
	uint32_t group, member;
};

struct nsv_wishes {
	struct nsv_wish *list;
	size_t n, room;
	struct nsv_wish_edge *edges;
	size_t n_edges, edges_room;
	uint32_t *of_definition; /* wish + 1 of each definition */
	uint32_t *asked;	 /* the wish of each name that was asked for */
	size_t n_asked;
};

struct nsv_expansion {
	const struct nsv_artifacts *artifacts;
	const struct nsv_artifact_users *users;
	/* A pattern. 0; -E2BIG: no more are taken; -ENOMEM. */
	int (*add)(void *data, size_t wish, const char *pattern, bool tree);
	/* A source for Linux, or one path of it, is left out. */
	void (*left_out)(void *data, const struct nsv_wish *wish,
			 const struct nsv_artifact_source *source, const char *path,
			 const char *reason);
	void *data;
};

/* 0 or -ENOMEM; *ret is to be freed in any case. */
int nsv_wishes_expand(const struct nsv_expansion *x, const char *const *names, size_t n,
		      struct nsv_wishes *ret);
void nsv_wishes_free(struct nsv_wishes *w);

#endif
