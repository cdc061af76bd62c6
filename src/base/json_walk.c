/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * json_walk.c - goes through a JSON text and says where its values begin and end. Nesting is kept
 * in the bits of one word, so a deep text costs nothing. Only a string with escapes goes to json-c.
 * No locks: no state.
 */
#include "base/json_walk.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/number.h"

struct cursor {
	const char *at, *end;
};

_Static_assert(NSV_JSON_DEPTH_MAX <= 32, "a bit for each level");

static char peek(struct cursor *c)
{
	while (c->at < c->end &&
	       (*c->at == ' ' || *c->at == '\n' || *c->at == '\t' || *c->at == '\r'))
		c->at++;
	return c->at < c->end ? *c->at : '\0';
}

static bool take(struct cursor *c, char wanted)
{
	if (peek(c) != wanted || c->at == c->end)
		return false;
	c->at++;
	return true;
}

static bool skip_string(struct cursor *c)
{
	if (!take(c, '"'))
		return false;
	for (const char *from = c->at, *quote; from < c->end; from = quote + 1) {
		const char *slash;

		quote = memchr(from, '"', (size_t)(c->end - from));
		if (!quote)
			return false;
		/* An odd number of backslashes before it: the quote is part of the string. */
		for (slash = quote; slash > from && slash[-1] == '\\'; slash--)
			;
		if ((quote - slash) % 2 == 0) {
			c->at = quote + 1;
			return true;
		}
	}
	return false;
}

static bool is_bare(char ch)
{
	return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	       ch == '+' || ch == '-' || ch == '.';
}

static bool skip_scalar(struct cursor *c)
{
	const char *from;

	if (peek(c) == '"')
		return skip_string(c);
	for (from = c->at; c->at < c->end && is_bare(*c->at); c->at++)
		;
	return c->at > from;
}

static bool skip_key(struct cursor *c)
{
	return skip_string(c) && take(c, ':');
}

/* Goes on behind one value, whatever is in it. */
static bool skip_value(struct cursor *c)
{
	uint32_t objects = 0; /* bit 0: whether the innermost open bracket is an object's */
	unsigned depth = 0;

	for (;;) {
		char open = peek(c);

		if (open == '{' || open == '[') {
			c->at++;
			if (depth == NSV_JSON_DEPTH_MAX)
				return false;
			depth++;
			objects = objects << 1 | (open == '{');
			if (peek(c) != (open == '{' ? '}' : ']')) {
				if (open == '{' && !skip_key(c))
					return false;
				continue;
			}
		} else if (!skip_scalar(c)) {
			return false;
		}
		/* A value has ended, and perhaps what is around it. */
		while (depth && !take(c, ',')) {
			if (!take(c, objects & 1 ? '}' : ']'))
				return false;
			objects >>= 1;
			depth--;
		}
		if (!depth)
			return true;
		if (objects & 1 && !skip_key(c))
			return false;
	}
}

bool nsv_json_whole(const char *text, size_t len, struct nsv_json *ret)
{
	struct cursor c = { text, text + len };
	const char *from, *end;

	(void)peek(&c);
	from = c.at;
	if (!skip_value(&c))
		return false;
	end = c.at;
	(void)peek(&c);
	if (c.at != c.end)
		return false;
	*ret = (struct nsv_json){ from, (size_t)(end - from) };
	return true;
}

struct nsv_json_walk nsv_json_walk(struct nsv_json o)
{
	struct nsv_json_walk w = { .at = o.at, .end = o.at };

	if (!o.at || !o.len || (*o.at != '{' && *o.at != '['))
		return w;
	w.object = *o.at == '{';
	w.at++;
	w.end = o.at + o.len;
	return w;
}

bool nsv_json_next(struct nsv_json_walk *w, struct nsv_json *ret_key, struct nsv_json *ret_value)
{
	struct cursor c = { w->at, w->end };
	struct nsv_json key = { 0 };
	const char *from;
	bool found;

	if (c.at == c.end || (w->begun && !take(&c, ',')))
		return false;
	(void)peek(&c);
	from = c.at;
	found = !w->object || skip_string(&c);
	if (w->object && found) {
		key = (struct nsv_json){ from, (size_t)(c.at - from) };
		found = take(&c, ':');
		(void)peek(&c);
		from = c.at;
	}
	found = found && skip_value(&c);
	w->begun = true;
	w->at = found ? c.at : w->end;
	if (!found)
		return false;
	*ret_key = key;
	*ret_value = (struct nsv_json){ from, (size_t)(c.at - from) };
	return true;
}

void nsv_json_members(struct nsv_json o, struct nsv_json_member *members, size_t n)
{
	struct nsv_json_walk w = nsv_json_walk(o);
	struct nsv_json key, value;

	for (size_t i = 0; i < n; i++)
		members[i].value = (struct nsv_json){ 0 };
	while (nsv_json_next(&w, &key, &value))
		for (size_t i = 0; i < n; i++)
			if (nsv_json_is(key, members[i].key))
				members[i].value = value;
}

bool nsv_json_is(struct nsv_json v, const char *text)
{
	size_t len = strlen(text);

	return v.at && v.len == len + 2 && *v.at == '"' && memcmp(v.at + 1, text, len) == 0;
}

/* json-c knows the escapes. */
static ssize_t unescape(struct nsv_json v, char *buf, size_t size)
{
	struct json_tokener *t = json_tokener_new_ex(1);
	struct json_object *o;
	ssize_t r = -EINVAL;

	if (!t)
		return -ENOMEM;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(t, v.at, (int)v.len);
	if (json_tokener_get_error(t) == json_tokener_success &&
	    json_object_is_type(o, json_type_string)) {
		size_t len = (size_t)json_object_get_string_len(o);
		const char *text = json_object_get_string(o);

		r = len < size ? (ssize_t)len : -E2BIG;
		if (strlen(text) != len)
			r = -EINVAL;
		if (r >= 0)
			memcpy(buf, text, len + 1);
	}
	json_object_put(o);
	json_tokener_free(t);
	return r;
}

ssize_t nsv_json_string(struct nsv_json v, char *buf, size_t size)
{
	size_t len;

	if (!v.at || v.len < 2 || *v.at != '"')
		return -EINVAL;
	len = v.len - 2;
	/* The longest escape has six characters for one byte: \u0041. */
	if (len / 6 >= size)
		return -E2BIG;
	if (memchr(v.at + 1, '\\', len))
		return unescape(v, buf, size);
	if (memchr(v.at + 1, '\0', len))
		return -EINVAL;
	if (len >= size)
		return -E2BIG;
	memcpy(buf, v.at + 1, len);
	buf[len] = '\0';
	return (ssize_t)len;
}

int64_t nsv_json_number(struct nsv_json v)
{
	char text[24];
	uint64_t n;

	if (!v.at || v.len >= sizeof(text))
		return -1;
	memcpy(text, v.at, v.len);
	text[v.len] = '\0';
	return nsv_parse_u64(text, INT64_MAX, &n) < 0 ? -1 : (int64_t)n;
}
