/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * surroundings.c - what a process was started with: its resource limits and its environment.
 *
 * Defends against a process that holds its memory locked, where the environment is (cmdline.h). No
 * locks: one thread.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discover/inspect/inspector.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

/* Columns of /proc/PID/limits. */
#define NAME_WIDTH 25

static const char *short_name(const char *name)
{
	static const char *const names[][2] = {
		{ "Max cpu time", "cpu" },
		{ "Max file size", "fsize" },
		{ "Max data size", "data" },
		{ "Max stack size", "stack" },
		{ "Max core file size", "core" },
		{ "Max resident set", "rss" },
		{ "Max processes", "nproc" },
		{ "Max open files", "nofile" },
		{ "Max locked memory", "memlock" },
		{ "Max address space", "as" },
		{ "Max file locks", "locks" },
		{ "Max pending signals", "sigpending" },
		{ "Max msgqueue size", "msgqueue" },
		{ "Max nice priority", "nice" },
		{ "Max realtime priority", "rtprio" },
		{ "Max realtime timeout", "rttime" },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i][0]) == 0)
			return names[i][1];
	return name;
}

static uint64_t value_of(const char *text)
{
	uint64_t value;

	return nsv_parse_u64(text, UINT64_MAX, &value) < 0 ? UINT64_MAX : value;
}

/* "Max open files            1024                 1048576              files". */
static int take_limit(struct nsv_inspector *in, const char *line, size_t *room)
{
	char name[NAME_WIDTH + 1], soft[24], hard[24], unit[24] = "";
	struct nsv_limit *list;
	size_t len = NAME_WIDTH;

	if (strlen(line) < NAME_WIDTH || strncmp(line, "Limit ", 6) == 0)
		return 0;
	memcpy(name, line, NAME_WIDTH);
	while (len > 0 && name[len - 1] == ' ')
		len--;
	name[len] = '\0';
	if (sscanf(line + NAME_WIDTH, "%23s %23s %23s", soft, hard, unit) < 2)
		return 0;
	list = nsv_inspect_grow(in, in->lists.limits, in->i.n_limits, room, sizeof(*list));
	if (!list)
		return -ENOMEM;
	in->lists.limits = list;
	list += in->i.n_limits++;
	*list = (struct nsv_limit){ .soft = value_of(soft), .hard = value_of(hard) };
	list->resource = nsv_arena_str(&in->arena, short_name(name));
	list->unit = *unit ? nsv_arena_str(&in->arena, unit) : NULL;
	return list->resource && (list->unit || !*unit) ? 0 : -ENOMEM;
}

int nsv_inspect_limits(struct nsv_inspector *in)
{
	char text[8192], *rest = text, *line;
	size_t room = 0;
	ssize_t n = nsv_read_text(in->target->procdir, "limits", text, sizeof(text));
	int r = 0;

	if (n < 0)
		return nsv_inspect_missing(in, "limits", (int)n, NULL);
	while (r == 0 && (line = strsep(&rest, "\n")))
		r = take_limit(in, line, &room);
	return r;
}

static int take_variable(struct nsv_inspector *in, const char *text, size_t *room)
{
	const char *equals = strchr(text, '=');
	struct nsv_variable *list;

	if (!*text)
		return 0;
	list =
	    nsv_inspect_grow(in, in->lists.environment, in->i.n_environment, room, sizeof(*list));
	if (!list)
		return -ENOMEM;
	in->lists.environment = list;
	list += in->i.n_environment++;
	list->name = equals ? nsv_arena_strn(&in->arena, text, (size_t)(equals - text))
			    : nsv_arena_str(&in->arena, text);
	list->value = equals ? nsv_arena_str(&in->arena, equals + 1) : NULL;
	return list->name && (list->value || !equals) ? 0 : -ENOMEM;
}

int nsv_inspect_environment(struct nsv_inspector *in)
{
	nsv_autofree char *text = malloc(NSV_CMDLINE_MAX + 1);
	size_t room = 0;
	char dir[16];
	ssize_t n;
	int r = 0;

	if (!text)
		return -ENOMEM;
	(void)snprintf(dir, sizeof(dir), "%d", (int)in->target->pid);
	n = nsv_environ_read(&in->cmdlines, dir, text, NSV_CMDLINE_MAX);
	if (n < 0)
		return nsv_inspect_missing(in, "environment", (int)n, NULL);
	text[n] = '\0';
	for (const char *at = text; r == 0 && at < text + n; at += strlen(at) + 1)
		r = take_variable(in, at, &room);
	if (r == 0 && n == (ssize_t)NSV_CMDLINE_MAX)
		r = nsv_inspect_missing(in, "environment", 0, "too long: the rest is left out");
	return r;
}
