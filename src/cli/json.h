/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.h - makes and prints JSON for every command, over json-c. Members keep their names and types
 * for ever; text of any bytes goes through cli_json_bytes(). Out of memory ends the command.
 */
#ifndef NSV_CLI_JSON_H
#define NSV_CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <json-c/json.h>

struct json_object *cli_json_object(void);
struct json_object *cli_json_array(void);
/* Takes @value; NULL is null. */
void cli_json_add(struct json_object *o, const char *key, struct json_object *value);
void cli_json_append(struct json_object *array, struct json_object *value);

/*
 * A name is bytes, JSON is Unicode: U+FFFD replaces each byte of @text that is not UTF-8, and a
 * second member KEY_base64 has the exact bytes. NULL becomes null.
 */
void cli_json_bytes(struct json_object *o, const char *key, const char *text, size_t len);
void cli_json_text(struct json_object *o, const char *key, const char *text);
/* In the form of base/time_text.h; null for a time that it can't show. */
void cli_json_time(struct json_object *o, const char *key, struct timespec when);
/* The string alone, for arrays. */
struct json_object *cli_json_utf8(const char *text, size_t len, bool *ret_exact);

/*
 * Prints @o_take on one line of stdout, without a newline, and frees it. For a terminal escapes
 * harmful characters; without @utf8, everything but ASCII.
 */
void cli_json_print(struct json_object *o_take, bool terminal, bool utf8);

#endif
