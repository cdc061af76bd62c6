/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine_mask.c - where engines keep environments: lists "Env" of "NAME=value", lists "env" of
 * {"name", "value"} (Kubernetes), the history of an image ("ENV NAME=value"), and JSON of these
 * kinds within a string (annotations).
 *
 * The text may be an ordinary user's, who is no friend. It was found to be JSON no deeper than 32
 * before, so that recursion is bounded; no tree is built.
 */
#include "collect/engine_mask.h"

#include <string.h>
#include <strings.h>

#include "reach/util.h"

#define KEY_MAX 64

static void put(struct nsv_text *out, struct nsv_json v)
{
	nsv_text_put(out, v.at, v.len);
}

static bool key_is(struct nsv_json key, const char *text)
{
	char buf[KEY_MAX];

	return key.at && nsv_json_string(key, buf, sizeof(buf)) >= 0 && !strcasecmp(buf, text);
}

/* What a value stands in. */
enum place {
	ANYWHERE,
	ENVIRONMENT, /* it is the value of "env" */
	LIST,	     /* in a list of that */
	ITEM,	     /* in an object of that list: {"name": ..., "value": ...} */
	VALUE,	     /* nothing of it stays */
};

/*
 * A string that may have an environment in it is replaced whole: a member env of JSON within it, an
 * instruction of an image's history, letters that are written as numbers.
 */
static bool is_suspect(struct nsv_json v)
{
	static const char *const words[] = { "env\\",  "ENV\\",	 "Env\\",  "ENV ",
					     "\\u004", "\\u005", "\\u006", "\\u007" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(words) && *v.at == '"'; i++)
		if (memmem(v.at, v.len - 1, words[i], strlen(words[i])))
			return true;
	return false;
}

/* "NAME=value", of which the name stays as far as it is plain. */
static void mask_pair(struct nsv_json v, struct nsv_text *out)
{
	size_t n = 1;

	while (n < v.len && !strchr("=\\\"", v.at[n]))
		n++;
	nsv_text_put(out, v.at, n);
	nsv_text_puts(out, "=***\"");
}

static void mask_scalar(struct nsv_json v, struct nsv_text *out, enum place place)
{
	if ((place == LIST || place == ENVIRONMENT) && *v.at == '"')
		mask_pair(v, out);
	else if (place == VALUE || is_suspect(v))
		nsv_text_puts(out, "\"***\"");
	else
		put(out, v);
}

/* Where a member, or an element, of what stands in @place stands. */
static enum place place_in(enum place place, bool object, struct nsv_json key)
{
	switch (place) {
	case ANYWHERE:
		return object && key_is(key, "env") ? ENVIRONMENT : ANYWHERE;
	case ENVIRONMENT:
		return object ? VALUE : LIST;
	case LIST:
		return object && key_is(key, "name") ? ITEM : VALUE;
	default:
		return VALUE;
	}
}

static void mask(struct nsv_json v, struct nsv_text *out, enum place place)
{
	struct nsv_json_walk w = nsv_json_walk(v);
	bool object = *v.at == '{', more = false;
	struct nsv_json key, value;

	if (!object && *v.at != '[') {
		mask_scalar(v, out, place);
		return;
	}
	nsv_text_put(out, v.at, 1);
	while (nsv_json_next(&w, &key, &value)) {
		if (more)
			nsv_text_puts(out, ",");
		more = true;
		if (object) {
			put(out, key);
			nsv_text_puts(out, ":");
		}
		mask(value, out, place_in(place, object, key));
	}
	nsv_text_puts(out, object ? "}" : "]");
}

void nsv_engine_mask(struct nsv_json v, struct nsv_text *out)
{
	mask(v, out, ANYWHERE);
}
