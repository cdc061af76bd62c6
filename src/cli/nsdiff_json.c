/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsdiff_json.c - one object whose member "changes" has an object for each change; printed as they
 * come. The members are those of docs/schema/changes.schema.json; none is ever renamed or changes
 * its type.
 */
#include <string.h>
#include <sys/stat.h>

#include "base/filetype.h"
#include "base/util.h"
#include "cli/json.h"
#include "cli/nsdiff.h"

static struct json_object *hash_value(const unsigned char sha256[32])
{
	char text[65];

	for (size_t i = 0; i < 32; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", sha256[i]);
	return json_object_new_string(text);
}

static struct json_object *side(const struct nsv_change_side *s)
{
	struct json_object *o;
	char text[32];

	if (!s->exists)
		return NULL;
	o = cli_json_object();
	cli_json_text(o, "type", nsv_filetype(s->mode));
	(void)snprintf(text, sizeof(text), "%04o", s->mode & 07777);
	cli_json_text(o, "mode", text);
	cli_json_add(o, "uid", json_object_new_int64(s->uid));
	cli_json_add(o, "gid", json_object_new_int64(s->gid));
	cli_json_add(o, "size", json_object_new_uint64(s->size));
	cli_json_add(o, "nlink", json_object_new_uint64(s->nlink));
	cli_json_add(o, "inode", json_object_new_uint64(s->inode));
	(void)snprintf(text, sizeof(text), "%u:%u", s->rdev_major, s->rdev_minor);
	cli_json_text(o, "rdev", S_ISCHR(s->mode) || S_ISBLK(s->mode) ? text : NULL);
	cli_json_time(o, "mtime", s->mtime);
	cli_json_time(o, "ctime", s->ctime);
	cli_json_text(o, "link", s->link);
	cli_json_add(o, "sha256", s->hashed ? hash_value(s->sha256) : NULL);
	return o;
}

static struct json_object *differences(unsigned what)
{
	static const char *const words[] = { "content", "metadata", "type", "time", "entries" };
	struct json_object *array = cli_json_array();

	for (unsigned i = 0; i < NSV_ARRAY_SIZE(words); i++)
		if (what & 1U << i)
			cli_json_append(array, json_object_new_string(words[i]));
	return array;
}

static const char *state_word(enum nsv_changes_state state)
{
	switch (state) {
	case NSV_CHANGES_STATE_KNOWN:
		return "known";
	case NSV_CHANGES_STATE_NO_UPPER:
		return "no-upper";
	default:
		return "unknown";
	}
}

void nsdiff_json_begin(struct nsdiff *d, const char *spec, const char *other,
		       const struct nsv_changes *c)
{
	struct json_object *o = cli_json_object();
	const char *why;
	enum nsv_changes_state state = nsv_changes_state(c, &why);

	/* An object without its end: the list follows. */
	cli_json_text(o, "spec", spec);
	printf("{ \"about\": ");
	cli_json_text(o, "compared_with", other);
	cli_json_text(o, "state", state_word(state));
	cli_json_text(o, "reason", why);
	cli_json_print(o, d->terminal, d->utf8);
	printf(",\n\"changes\": [");
	d->begun = false;
}

void nsdiff_json_change(struct nsdiff *d, const struct nsv_change *c)
{
	const char kind[] = { (char)c->kind, '\0' };
	struct json_object *o = cli_json_object();

	cli_json_text(o, "kind", kind);
	cli_json_text(o, "path", c->path);
	cli_json_add(o, "what", differences(c->what));
	cli_json_add(o, "old", side(c->old));
	cli_json_add(o, "new", side(c->now));
	cli_json_text(o, "mount", c->mount);
	cli_json_text(o, "reason", c->text);
	printf("%s", d->begun ? ",\n" : "\n");
	cli_json_print(o, d->terminal, d->utf8);
	d->begun = true;
}

void nsdiff_json_end(struct nsdiff *d)
{
	printf("%s] }\n", d->begun ? "\n" : "");
}
