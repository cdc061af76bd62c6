/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wire.c - messages of a helper, packed and unpacked. See wire.h. No state. */
#include "collect/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reach/message.h"
#include "reach/util.h"

int nsv_wire_send(int sock, const struct nsv_wire_head *head, const void *data)
{
	int r = nsv_send_all(sock, head, sizeof(*head));

	return r < 0 || head->len == 0 ? r : nsv_send_all(sock, data, head->len);
}

static char *append(char *to, const void *data, size_t len)
{
	if (len)
		memcpy(to, data, len);
	return to + len;
}

int nsv_wire_send_member(int sock, const struct nsv_entity *m, bool body, bool again)
{
	struct nsv_wire_member w = {
		.m = *m,
		.xattrs = m->xattrs.len,
		.path = strlen(m->path) + 1,
		.link = m->link ? strlen(m->link) + 1 : 0,
		.body = body,
		.again = again,
	};
	struct nsv_wire_head head = { .kind = NSV_WIRE_MEMBER,
				      .len = sizeof(w) + w.xattrs + w.path + w.link };
	nsv_autofree char *buf = malloc(head.len);
	char *at = buf;

	if (!buf)
		return -ENOMEM;
	at = append(at, &w, sizeof(w));
	at = append(at, m->xattrs.buf, w.xattrs);
	at = append(at, m->path, w.path);
	(void)append(at, m->link, w.link);
	return nsv_wire_send(sock, &head, buf);
}

int nsv_wire_send_texts(int sock, enum nsv_wire_kind kind, unsigned a, const char *const *texts,
			size_t n)
{
	struct nsv_wire_head head = { .kind = kind, .a = a };
	nsv_autofree char *buf = NULL;
	char *at;

	for (size_t i = 0; i < n; i++)
		head.len += (texts[i] ? strlen(texts[i]) : 0) + 1;
	at = buf = malloc(head.len + 1);
	if (!buf)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		at = append(at, texts[i], texts[i] ? strlen(texts[i]) : 0);
		*at++ = '\0';
	}
	return nsv_wire_send(sock, &head, buf);
}

const struct nsv_wire_member *nsv_wire_member(char *data, size_t len, struct nsv_entity *ret)
{
	const struct nsv_wire_member *w = (const void *)data;
	char *at = data + sizeof(*w);

	if (len < sizeof(*w) || w->path == 0 || w->path > len || w->link > len || w->xattrs > len ||
	    sizeof(*w) + w->xattrs + w->path + w->link != len ||
	    data[sizeof(*w) + w->xattrs + w->path - 1] || data[len - 1])
		return NULL;
	*ret = w->m;
	ret->xattrs = (struct nsv_xattrs){ .buf = w->xattrs ? at : NULL, .len = w->xattrs };
	ret->path = at + w->xattrs;
	ret->link = w->link ? at + w->xattrs + w->path : NULL;
	ret->hard = NULL;
	ret->segments = NULL;
	ret->n_segments = 0;
	return w;
}

bool nsv_wire_texts(const char *data, size_t len, const char **ret, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t size = strnlen(data, len) + 1;

		if (size > len)
			return false;
		ret[i] = data;
		data += size;
		len -= size;
	}
	return true;
}
