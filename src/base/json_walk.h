/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * json_walk.h - finds values in a JSON text without building a tree of them (RFC 8259).
 *
 * A tree costs up to 265 bytes of memory for a byte of text such as "[{},{},", so a local user's
 * megabyte would cost a quarter of a gigabyte. Here a value is a part of the text. Every call takes
 * time in proportion to the text that it is given and memory for one string at most.
 *
 * Brackets, commas, colons and strings are checked exactly; a number or a bare word is any run of
 * letters, digits and "+-.". A member that has the wrong type counts as missing. No locks: any
 * thread, each with its own text.
 */
#ifndef NSV_BASE_JSON_WALK_H
#define NSV_BASE_JSON_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NSV_JSON_DEPTH_MAX 32

/* One value: a part of a text that the caller owns, without blanks around. .at NULL: none. */
struct nsv_json {
	const char *at;
	size_t len;
};

/* Takes a whole text, which must be exactly one value, nested no deeper than NSV_JSON_DEPTH_MAX.
 * False: it is not. */
bool nsv_json_whole(const char *text, size_t len, struct nsv_json *ret);

/* A position between the members of an object or the elements of an array. Private. */
struct nsv_json_walk {
	const char *at, *end;
	bool object, begun;
};

/* Starts before the first child of @o; a value without children has none. */
struct nsv_json_walk nsv_json_walk(struct nsv_json o);
/* The next child; false at the end. @ret_key is the name with its quotes, and none in an array. */
bool nsv_json_next(struct nsv_json_walk *w, struct nsv_json *ret_key, struct nsv_json *ret_value);

struct nsv_json_member {
	const char *key; /* as it is written, without escapes */
	struct nsv_json value;
};

/* Finds several members of @o in one pass. Those that are missing get no value; of two with the
 * same name the later one counts. */
void nsv_json_members(struct nsv_json o, struct nsv_json_member *members, size_t n);

/*
 * Copies the string @v without quotes and escapes into @buf, terminated. Its length; -EINVAL: not a
 * string, or with a NUL or a bad escape in it; -E2BIG: @size is too small; -ENOMEM.
 */
ssize_t nsv_json_string(struct nsv_json v, char *buf, size_t size);
/* Whether @v is the string @text, which holds nothing that needs an escape. */
bool nsv_json_is(struct nsv_json v, const char *text);
/* A whole number from 0 up; -1: @v is something else. */
int64_t nsv_json_number(struct nsv_json v);

#endif
