/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status.c - /proc/PID/status (proc_pid_status(5)). A process chooses its Name, which
 * the kernel escapes, and the number of its Groups: up to 65,536 of them, before the lines that
 * matter.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discover/inspect/inspector.h"
#include "reach/util.h"

/* 65,536 groups of eleven bytes, and the rest. */
#define STATUS_MAX ((size_t)1024 * 1024)

static const char *const cap_keys[] = { "CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb" };

static bool is_key(const char *line, const char *key)
{
	size_t len = strlen(key);

	return strncmp(line, key, len) == 0 && line[len] == ':';
}

static const char *value_of(const char *line)
{
	const char *colon = strchr(line, ':');

	return colon ? colon + 1 : line;
}

static pid_t last_number(const char *value)
{
	long last = 0;
	char *end;

	while (*value && *value != '\n') {
		long number = strtol(value, &end, 10);

		if (end == value)
			break;
		last = number;
		value = end;
		value += strspn(value, " \t");
	}
	return (pid_t)last;
}

static void take_line(const char *line, struct nsv_status *s)
{
	const char *value = value_of(line);

	for (size_t n = 0; n < NSV_ARRAY_SIZE(cap_keys); n++)
		if (is_key(line, cap_keys[n]))
			s->caps[n] = strtoull(value, NULL, 16);
	if (is_key(line, "PPid"))
		s->ppid = (pid_t)strtol(value, NULL, 10);
	else if (is_key(line, "Uid"))
		(void)sscanf(value, "%*u %" SCNu32, &s->uid);
	else if (is_key(line, "Gid"))
		(void)sscanf(value, "%*u %" SCNu32, &s->gid);
	else if (is_key(line, "NSpid"))
		s->inside = last_number(value);
	else if (is_key(line, "Seccomp"))
		s->seccomp = (int)strtol(value, NULL, 10);
	else if (is_key(line, "Seccomp_filters"))
		s->seccomp_filters = (unsigned)strtoul(value, NULL, 10);
	else if (is_key(line, "NoNewPrivs"))
		s->no_new_privs = strtol(value, NULL, 10) != 0;
}

void nsv_status_parse(const char *text, struct nsv_status *ret)
{
	struct nsv_status s = { .seccomp = -1 };

	while (text && *text) {
		take_line(text, &s);
		text = strchr(text, '\n');
		text += text != NULL;
	}
	*ret = s;
}

int nsv_status_read(int dirfd, const char *dir, struct nsv_status *ret)
{
	nsv_autofree char *text = NULL;
	char path[48];
	int r;

	(void)snprintf(path, sizeof(path), "%s/status", dir);
	r = nsv_slurp(dirfd, path, STATUS_MAX, &text, NULL, NULL);
	if (r == 0)
		nsv_status_parse(text, ret);
	return r;
}

int nsv_inspect_status(struct nsv_inspector *in)
{
	struct nsv_status s = { .seccomp = -1 };
	struct nsv_inspection *i = &in->i;
	int r = nsv_status_read(in->target->procdir, ".", &s);

	i->seccomp = s.seccomp;
	if (r < 0)
		return nsv_inspect_missing(in, "status", r, NULL);
	i->uid = s.uid;
	i->gid = s.gid;
	i->cap_effective = s.caps[0];
	i->cap_permitted = s.caps[1];
	i->cap_bounding = s.caps[2];
	i->cap_inheritable = s.caps[3];
	i->cap_ambient = s.caps[4];
	i->seccomp_filters = s.seccomp_filters;
	i->no_new_privs = s.no_new_privs;
	return 0;
}
