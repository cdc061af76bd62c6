/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.h - JSON as every command prints it, over json-c. Members are never renamed and keep
 * their types; what may hold any bytes goes through cli_json_bytes(). Memory that runs out ends
 * the command.
 */
#ifndef NSV_CLI_JSON_H
#define NSV_CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

struct json_object *cli_json_object(void);
struct json_object *cli_json_array(void);
/* Takes @value; NULL is null. */
void cli_json_add(struct json_object *o, const char *key, struct json_object *value);
void cli_json_append(struct json_object *array, struct json_object *value);

/*
 * A name is bytes, JSON is Unicode: @text that is not UTF-8 has each wrong byte replaced by U+FFFD,
 * and its bytes stand in base64 beside it, as the member KEY_base64. NULL is null.
 */
void cli_json_bytes(struct json_object *o, const char *key, const char *text, size_t len);
void cli_json_text(struct json_object *o, const char *key, const char *text);
/* The string alone, for arrays. */
struct json_object *cli_json_utf8(const char *text, size_t len, bool *ret_exact);

/*
 * Prints @o on one line of stdout, without a newline, and frees it. Where a terminal reads,
 * nothing that drives it is printed as it is; without @utf8 it gets ASCII alone.
 */
void cli_json_print(struct json_object *o_take, bool terminal, bool utf8);

#endif
