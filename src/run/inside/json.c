/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json.c - typed values of config.json. No locks: no state. */
#include "run/inside/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reach/util.h"

struct nsv_json nsv_oci_member(struct nsv_json o, const char *key)
{
	struct nsv_json_member m = { key, { 0 } };

	nsv_json_members(o, &m, 1);
	if (m.value.at && m.value.len == 4 && memcmp(m.value.at, "null", 4) == 0)
		m.value = (struct nsv_json){ 0 };
	return m.value;
}

int nsv_oci_array(struct nsv_json v, struct nsv_json_walk *ret)
{
	*ret = nsv_json_walk(v);
	return !v.at || *v.at == '[' ? 0 : -EBADMSG;
}

int nsv_oci_u64(struct nsv_json v, uint64_t max, uint64_t *ret)
{
	uint64_t n = 0;

	if (!v.at)
		return 0;
	if (v.len == 0 || v.len > 20)
		return -EBADMSG;
	for (size_t i = 0; i < v.len; i++) {
		if (v.at[i] < '0' || v.at[i] > '9' || __builtin_mul_overflow(n, (uint64_t)10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(v.at[i] - '0'), &n))
			return -EBADMSG;
	}
	if (n > max)
		return -EBADMSG;
	*ret = n;
	return 0;
}

int nsv_oci_int(struct nsv_json v, int *ret)
{
	uint64_t n = 0;
	bool negative = v.at && v.len > 1 && *v.at == '-';
	int r;

	if (!v.at)
		return 0;
	if (negative) {
		v.at++;
		v.len--;
	}
	r = nsv_oci_u64(v, INT32_MAX, &n);
	if (r == 0)
		*ret = negative ? -(int)n : (int)n;
	return r;
}

int nsv_oci_bool(struct nsv_json v, bool *ret)
{
	if (!v.at)
		return 0;
	if (v.len == 4 && memcmp(v.at, "true", 4) == 0)
		*ret = true;
	else if (v.len == 5 && memcmp(v.at, "false", 5) == 0)
		*ret = false;
	else
		return -EBADMSG;
	return 0;
}

int nsv_oci_text(struct nsv_json v, char **ret)
{
	nsv_autofree char *text = NULL;
	ssize_t n;

	if (!v.at)
		return 0;
	text = malloc(v.len + 1);
	if (!text)
		return -ENOMEM;
	n = nsv_json_string(v, text, v.len + 1);
	if (n < 0)
		return n == -ENOMEM ? -ENOMEM : -EBADMSG;
	free(*ret);
	*ret = nsv_steal_ptr(text);
	return 0;
}
