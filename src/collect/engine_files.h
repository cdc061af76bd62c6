/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine_files.h - files of the host's that an engine wrote about one container, into engine/. Each
 * gets a row in engine/sources.json and an outcome. No locks: one thread.
 */
#ifndef NSV_COLLECT_ENGINE_FILES_H
#define NSV_COLLECT_ENGINE_FILES_H

#include "collect/internal.h"
#include "discover/hints/json_walk.h"

#define NSV_ENGINE_JSON ((size_t)4 << 20) /* bytes of a file that has to be understood */

struct nsv_engine {
	struct nsv_collection *c;
	struct nsv_jout sources;
	const char *dir;   /* the engine's folder of the container */
	struct stat owner; /* of that folder: files of others are not taken */
};

/* A JSON file in memory. */
struct nsv_engine_json {
	char *text;
	struct nsv_json value; /* a part of text; .at NULL: none */
};

/* O_PATH of a folder of the host's, no link on the way. */
int nsv_engine_open(const char *path);
/* Takes the file @name in @dir, which is the host's @where, as @member. 0 or -errno of the package.
 */
int nsv_engine_take(struct nsv_engine *e, int dir, const char *where, const char *name,
		    const char *member);
/* Takes all regular files of @dir, @prefix before their names. */
int nsv_engine_take_all(struct nsv_engine *e, int dir, const char *where, const char *prefix);
/* Takes a part of a JSON file @name in @where, which is in memory, as @member. */
int nsv_engine_take_part(struct nsv_engine *e, const char *where, const char *name,
			 const char *member, struct nsv_text *part);
/* Reads a file of the owner's; what is larger, another's or no JSON has no value. Free ret->text.
 */
void nsv_engine_read(const struct nsv_engine *e, int dir, const char *name, size_t max,
		     struct nsv_engine_json *ret);
/* The text of the member @key of an object, malloc'd; NULL: there is none. */
char *nsv_engine_text(struct nsv_json o, const char *key);

#endif
