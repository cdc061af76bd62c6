/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * json.h - reads values of config.json by their type, on top of discover's json_walk.h. A value of
 * the wrong type is -EBADMSG, a missing one leaves the output untouched and is 0.
 */
#ifndef NSV_RUN_INSIDE_JSON_H
#define NSV_RUN_INSIDE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "discover/hints/json_walk.h"

/* The member @key of @o; without a value if it is missing or null. */
struct nsv_json nsv_oci_member(struct nsv_json o, const char *key);
/* The walk over an array, empty if @v is missing. */
int nsv_oci_array(struct nsv_json v, struct nsv_json_walk *ret);
int nsv_oci_u64(struct nsv_json v, uint64_t max, uint64_t *ret);
int nsv_oci_int(struct nsv_json v, int *ret);
int nsv_oci_bool(struct nsv_json v, bool *ret);
/* malloc'd; replaces *ret. */
int nsv_oci_text(struct nsv_json v, char **ret);

#endif
