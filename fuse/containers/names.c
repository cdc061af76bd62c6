/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names.c - escapes hostnames, and chooses a unique name for each container's folder. No state. */
#include "fuse/containers/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define SHORT_ID      12
#define YOUNG_SECONDS 10

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

void name_escape(const char *text, char *buf, size_t size)
{
	char *to = buf;

	if (!*text)
		*to++ = '%';
	for (const char *at = text; *at; at++) {
		bool plain = is_plain(*at) && (*at != '.' || at > text);

		if (to + (plain ? 1 : 3) >= buf + size)
			break;
		if (plain)
			*to++ = *at;
		else
			to += snprintf(to, 4, "%%%02X", (unsigned char)*at);
	}
	*to = '\0';
}

void name_choose(const struct nsv_container *c, bool engine_first, name_taken_fn taken, void *data,
		 char ret_name[static NAME_SIZE])
{
	char base[3 * 65], id[3 * SHORT_ID + 1], short_id[SHORT_ID + 1], pid[32];
	const char *first = engine_first ? c->engine_name : c->hostname;
	const char *second = engine_first ? c->hostname : c->engine_name;

	(void)snprintf(short_id, sizeof(short_id), "%s", c->id ? c->id : "");
	(void)snprintf(pid, sizeof(pid), "pid-%d", (int)c->pid);
	name_escape(first ? first : second ? second : c->id ? short_id : pid, base, sizeof(base));
	(void)snprintf(ret_name, NAME_SIZE, "%s", base);
	if (!taken(ret_name, data))
		return;
	name_escape(short_id, id, sizeof(id));
	(void)snprintf(ret_name, NAME_SIZE, "%s~%s", base, id);
	if (c->id && !taken(ret_name, data))
		return;
	(void)snprintf(ret_name, NAME_SIZE, "%s~%" PRIu64, base, c->mntns);
}

bool name_is_unset(const struct nsv_container *c, uint64_t host_utsns)
{
	struct utsname own;

	return c->utsns && c->utsns != host_utsns && c->hostname && uname(&own) == 0 &&
	       !strcmp(own.nodename, c->hostname);
}

bool name_is_young(const struct nsv_container *c)
{
	long ticks = sysconf(_SC_CLK_TCK);
	struct timespec now;

	if (ticks <= 0 || clock_gettime(CLOCK_BOOTTIME, &now) < 0)
		return false;
	return (uint64_t)now.tv_sec < c->start / (uint64_t)ticks + YOUNG_SECONDS;
}
