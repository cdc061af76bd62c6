/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * yaml_in.c - the format's own specification calls a file a stream of documents, each a mapping
 * with name, doc, sources, supported_os, aliases. Keys that are not known are passed over: there
 * are deprecated ones.
 *
 * Defends against: aliases that multiply (refused), nesting (DEPTH_MAX), texts and lists without
 * end (counted over all files), NULs within texts.
 */
#include "collect/artifacts/yaml_in.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "reach/util.h"

#define DEPTH_MAX 16
#define DOC_MAX	  160

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the one at hand; YAML_NO_EVENT: none */
	struct nsv_artifacts *a;
	const char *file;
	struct nsv_error *e;
};

static int bad(struct reader *r, const char *reason)
{
	return nsv_error_set(r->e, EINVAL, NSV_STAGE_NONE, "%s:%zu: %s", r->file,
			     r->event.start_mark.line + 1, reason);
}

static int no_memory(struct reader *r)
{
	return nsv_error_set(r->e, ENOMEM, NSV_STAGE_NONE, "out of memory");
}

/* Moves on to the next event. */
static int next(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (!yaml_parser_parse(&r->parser, &r->event)) {
		memset(&r->event, 0, sizeof(r->event));
		if (r->parser.error == YAML_MEMORY_ERROR)
			return no_memory(r);
		return nsv_error_set(r->e, EINVAL, NSV_STAGE_NONE, "%s:%zu: %s", r->file,
				     r->parser.problem_mark.line + 1,
				     r->parser.problem ? r->parser.problem : "no YAML");
	}
	return r->event.type == YAML_ALIAS_EVENT ? bad(r, "aliases of YAML are not taken") : 0;
}

static bool is_scalar(const struct reader *r, const char *text)
{
	return strlen(text) == r->event.data.scalar.length &&
	       memcmp(r->event.data.scalar.value, text, r->event.data.scalar.length) == 0;
}

/* Passes over the node whose first event is at hand. */
static int pass_over(struct reader *r)
{
	unsigned depth = 0;

	for (;;) {
		int err;

		if (r->event.type == YAML_MAPPING_START_EVENT ||
		    r->event.type == YAML_SEQUENCE_START_EVENT)
			depth++;
		else if (r->event.type == YAML_MAPPING_END_EVENT ||
			 r->event.type == YAML_SEQUENCE_END_EVENT)
			depth--;
		if (depth == 0)
			return 0;
		if (depth > DEPTH_MAX)
			return bad(r, "it is nested too deep");
		err = next(r);
		if (err < 0)
			return err;
	}
}

/* The scalar at hand, in the arena. */
static int take_text(struct reader *r, size_t max, const char **ret)
{
	const char *value = (const char *)r->event.data.scalar.value;
	size_t len = r->event.data.scalar.length;

	if (r->event.type != YAML_SCALAR_EVENT)
		return bad(r, "a text is expected here");
	if (len == 0 || len > max || memchr(value, '\0', len))
		return bad(r, "a text is empty, too long, or has a NUL in it");
	if (r->a->texts++ == NSV_DEFINITION_TEXTS)
		return nsv_error_set(r->e, E2BIG, NSV_STAGE_NONE, "%s: too many names and paths",
				     r->file);
	*ret = nsv_arena_strn(&r->a->arena, value, len);
	return *ret ? 0 : no_memory(r);
}

static bool is_name(const char *s)
{
	for (; *s; s++)
		if (!(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') &&
		    !(*s >= '0' && *s <= '9') && !strchr("_-.", *s))
			return false;
	return true;
}

static int take_name(struct reader *r, const char **ret)
{
	int err = take_text(r, NSV_ARTIFACT_NAME, ret);

	return err == 0 && !is_name(*ret) ? bad(r, "a name has letters, digits, \"_-.\" only")
					  : err;
}

static int take_name_or_path(struct reader *r, bool names, const char **ret)
{
	return names ? take_name(r, ret) : take_text(r, NSV_ARTIFACT_PATH, ret);
}

/* A list of texts, or one text. */
static int take_list(struct reader *r, bool names, struct nsv_texts **ret)
{
	bool list = r->event.type == YAML_SEQUENCE_START_EVENT;
	int err = list ? next(r) : 0;

	while (*ret)
		ret = &(*ret)->next;
	while (err == 0 && !(list && r->event.type == YAML_SEQUENCE_END_EVENT)) {
		struct nsv_texts *t = nsv_arena_alloc(&r->a->arena, sizeof(*t));

		if (!t)
			return no_memory(r);
		err = take_name_or_path(r, names, &t->text);
		if (err < 0)
			return err;
		*ret = t;
		ret = &t->next;
		if (!list)
			return 0;
		err = next(r);
	}
	return err;
}

/* Whether a list of operating systems has Linux. */
static int take_os(struct reader *r, bool *ret_linux)
{
	bool list = r->event.type == YAML_SEQUENCE_START_EVENT;
	int err = list ? next(r) : 0;

	*ret_linux = false;
	while (err == 0 && !(list && r->event.type == YAML_SEQUENCE_END_EVENT)) {
		if (r->event.type != YAML_SCALAR_EVENT)
			return bad(r, "supported_os has names");
		*ret_linux = *ret_linux || is_scalar(r, "Linux");
		if (!list)
			return 0;
		err = next(r);
	}
	return err;
}

/*
 * Each member of the mapping at hand: @take gets the key, with the value's first event at hand, and
 * leaves the value's last event there.
 */
static int each_member(struct reader *r, void *to,
		       int (*take)(struct reader *r, const char *key, void *to))
{
	char key[32];
	int err;

	if (r->event.type != YAML_MAPPING_START_EVENT)
		return bad(r, "a mapping is expected here");
	while ((err = next(r)) == 0 && r->event.type != YAML_MAPPING_END_EVENT) {
		size_t len = r->event.data.scalar.length;

		if (r->event.type != YAML_SCALAR_EVENT)
			return bad(r, "a key is no text");
		len = nsv_min(len, sizeof(key) - 1);
		memcpy(key, r->event.data.scalar.value, len);
		key[len] = '\0';
		err = next(r);
		if (err == 0)
			err = take(r, key, to);
		if (err < 0)
			return err;
	}
	return err;
}

static int take_attribute(struct reader *r, const char *key, void *to)
{
	struct nsv_artifact_source *s = to;

	if (strcmp(key, "paths") == 0)
		return take_list(r, false, &s->list);
	if (strcmp(key, "names") == 0)
		return take_list(r, true, &s->list);
	if (strcmp(key, "cmd") == 0)
		return take_text(r, NSV_ARTIFACT_PATH, &s->what);
	if (strcmp(key, "separator") == 0)
		s->has_separator = r->event.type == YAML_SCALAR_EVENT && !is_scalar(r, "/");
	return pass_over(r);
}

static int take_member_of_source(struct reader *r, const char *key, void *to)
{
	struct nsv_artifact_source *s = to;

	if (strcmp(key, "type") == 0)
		return take_text(r, NSV_ARTIFACT_NAME, &s->type);
	if (strcmp(key, "supported_os") == 0)
		return take_os(r, &s->is_linux);
	return strcmp(key, "attributes") == 0 ? each_member(r, s, take_attribute) : pass_over(r);
}

static enum nsv_source_kind kind_of(const char *type)
{
	if (strcmp(type, "FILE") == 0)
		return NSV_ARTIFACT_FILES;
	if (strcmp(type, "PATH") == 0 || strcmp(type, "DIRECTORY") == 0)
		return NSV_ARTIFACT_TREES;
	return strcmp(type, "ARTIFACT_GROUP") == 0 ? NSV_ARTIFACT_GROUP : NSV_ARTIFACT_NONE;
}

static int take_sources(struct reader *r, struct nsv_definition *d)
{
	struct nsv_artifact_source **end = &d->sources;
	int err;

	while (*end)
		end = &(*end)->next;
	if (r->event.type != YAML_SEQUENCE_START_EVENT)
		return bad(r, "sources is no list");
	while ((err = next(r)) == 0 && r->event.type != YAML_SEQUENCE_END_EVENT) {
		struct nsv_artifact_source *s = nsv_arena_alloc(&r->a->arena, sizeof(*s));

		if (!s)
			return no_memory(r);
		s->is_linux = true;
		err = each_member(r, s, take_member_of_source);
		if (err < 0)
			return err;
		if (!s->type)
			return bad(r, "a source has no type");
		s->kind = kind_of(s->type);
		if (s->kind != NSV_ARTIFACT_NONE && !s->list)
			return bad(r, "a source has neither paths nor names");
		*end = s;
		end = &s->next;
	}
	return err;
}

/* The first line. */
static int take_doc(struct reader *r, struct nsv_definition *d)
{
	const char *value = (const char *)r->event.data.scalar.value;
	size_t len = 0;

	if (r->event.type != YAML_SCALAR_EVENT)
		return pass_over(r);
	while (len < r->event.data.scalar.length && len < DOC_MAX && value[len] != '\n' &&
	       value[len])
		len++;
	/* No character is cut in half. */
	while (len == DOC_MAX && len > 0 && ((unsigned char)value[len] & 0xc0) == 0x80)
		len--;
	d->doc = nsv_arena_strn(&r->a->arena, value, len);
	return d->doc ? 0 : no_memory(r);
}

static int take_member(struct reader *r, const char *key, void *to)
{
	struct nsv_definition *d = to;

	if (strcmp(key, "name") == 0)
		return take_name(r, &d->name);
	if (strcmp(key, "aliases") == 0)
		return take_list(r, true, &d->aliases);
	if (strcmp(key, "doc") == 0)
		return take_doc(r, d);
	if (strcmp(key, "supported_os") == 0)
		return take_os(r, &d->is_linux);
	return strcmp(key, "sources") == 0 ? take_sources(r, d) : pass_over(r);
}

/* One document; an empty one is none. */
static int take_document(struct reader *r)
{
	struct nsv_definition *d = nsv_arena_alloc(&r->a->arena, sizeof(*d));
	int err = next(r);

	if (!d)
		return no_memory(r);
	if (err < 0 || (r->event.type == YAML_SCALAR_EVENT && r->event.data.scalar.length == 0))
		return err;
	d->is_linux = true;
	err = each_member(r, d, take_member);
	if (err < 0)
		return err;
	if (!d->name || !d->sources)
		return bad(r, "a definition needs a name and sources");
	for (struct nsv_artifact_source *s = d->sources; s; s = s->next)
		s->is_linux = s->is_linux && d->is_linux;
	err = nsv_definitions_add(r->a, d);
	return err == -E2BIG
		   ? nsv_error_set(r->e, E2BIG, NSV_STAGE_NONE, "%s: too many definitions", r->file)
	       : err < 0 ? no_memory(r)
			 : 0;
}

int nsv_yaml_definitions(struct nsv_artifacts *a, const char *file, const void *text, size_t len,
			 struct nsv_error *e)
{
	struct reader r = { .a = a, .file = file, .e = e };
	int err;

	if (!yaml_parser_initialize(&r.parser))
		return no_memory(&r);
	yaml_parser_set_input_string(&r.parser, text, len);
	while ((err = next(&r)) == 0 && r.event.type != YAML_STREAM_END_EVENT &&
	       r.event.type != YAML_NO_EVENT)
		if (r.event.type == YAML_DOCUMENT_START_EVENT) {
			err = take_document(&r);
			if (err < 0)
				break;
		}
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	return err;
}
