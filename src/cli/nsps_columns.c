/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsps_columns.c - one row a column, one function a value.
 *
 * A column names what a scan has to read for it, and a scan reads only what the chosen columns
 * need. Values are the scan's bytes, unescaped: the printing code escapes them.
 */
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/time_text.h"
#include "base/util.h"
#include "cli/nsps.h"
#include "reach/proc.h"
#include "reach/procfs.h"

#define COMMAND_MAX 4096

static void set_number(struct ps_cell *cell, uint64_t number)
{
	cell->kind = PS_NUMBER;
	cell->number = number;
}

static void set_inode(struct ps_cell *cell, uint64_t inode)
{
	if (inode)
		set_number(cell, inode);
}

static bool for_people(const struct ps *ps)
{
	return ps->o.format == PS_TABLE && !ps->plain;
}

static void get_name(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	ps_set_text(ret, nsv_container_name(ps->scan, c));
}

static void get_engine(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	ps_set_text(ret, c->engine);
}

static void get_id(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	ps_set_text(ret, for_people(ps) && !ps->o.no_trunc ? c->short_id : c->id);
}

static void get_pid(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	set_number(ret, (uint64_t)c->pid);
}

static void get_procs(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	set_number(ret, c->n_pids);
}

static void get_uid(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	set_number(ret, c->uid);
}

/* The host's name of the user; its number where there is none. */
static void get_user(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	const struct passwd *pw;
	struct ps_user *users, *u;

	for (size_t i = 0; i < ps->n_users; i++)
		if (ps->users[i].uid == c->uid) {
			ps_set_text(ret, ps->users[i].name);
			return;
		}
	users = reallocarray(ps->users, ps->n_users + 1, sizeof(*users));
	if (!users)
		cli_no_memory();
	ps->users = users;
	u = &users[ps->n_users++];
	u->uid = c->uid;
	pw = getpwuid(c->uid);
	if (pw && pw->pw_name && *pw->pw_name)
		u->name = strdup(pw->pw_name);
	else if (asprintf(&u->name, "%u", c->uid) < 0)
		u->name = NULL;
	if (!u->name)
		cli_no_memory();
	ps_set_text(ret, u->name);
}

static void get_image(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	ps_set_text(ret, c->image);
}

/* Milliseconds since boot at which the lead started. */
static uint64_t started(const struct nsv_container *c)
{
	long ticks = sysconf(_SC_CLK_TCK);

	return ticks > 0 ? c->start * 1000 / (uint64_t)ticks : 0;
}

static void get_uptime(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	uint64_t start = started(c), s = ps->now > start ? (ps->now - start) / 1000 : 0;
	uint64_t m = s / 60, h = m / 60, d = h / 24;
	char *text = NULL;
	int r;

	if (!for_people(ps)) {
		set_number(ret, s);
		return;
	}
	if (d)
		r = asprintf(&text, "%ud%uh", (unsigned)d, (unsigned)(h % 24));
	else if (h)
		r = asprintf(&text, "%uh%um", (unsigned)h, (unsigned)(m % 60));
	else if (m)
		r = asprintf(&text, "%um", (unsigned)m);
	else
		r = asprintf(&text, "%us", (unsigned)s);
	ps_set_owned(ret, r < 0 ? NULL : text);
}

void ps_time_text(int64_t ms, bool utc, char buf[static PS_TIME_BUF])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	*buf = '\0';
	if (utc)
		(void)nsv_time_text((struct timespec){ seconds, (long)(ms % 1000) * 1000000 }, buf);
	else if (localtime_r(&seconds, &tm))
		(void)strftime(buf, PS_TIME_BUF, "%Y-%m-%dT%H:%M:%S%z", &tm);
}

static void get_start(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	char text[PS_TIME_BUF];

	ps_time_text(ps->boot + (int64_t)started(c), ps->plain || ps->o.format == PS_JSON, text);
	ps_set_owned(ret, strdup(text));
}

static void get_rootfs(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	ps_set_text(ret, c->rootfs);
}

static void get_hostname(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	ps_set_text(ret, c->hostname);
}

static void get_kind(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	static const char *const kinds[] = {
		[NSV_KIND_CONTAINER] = "container",
		[NSV_KIND_SERVICE] = "service",
		[NSV_KIND_HOST] = "host",
	};

	(void)ps;
	ps_set_text(ret, (size_t)c->kind < NSV_ARRAY_SIZE(kinds) ? kinds[c->kind] : NULL);
}

static void get_mntns(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	set_inode(ret, c->mntns);
}

static void get_pidns(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	set_inode(ret, c->pidns);
}

static void get_userns(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	set_inode(ret, c->userns);
}

static void get_utsns(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	set_inode(ret, c->utsns);
}

/* NAMESPACE/NAME[/CONTAINER], as a SPEC has it after "pod:". */
static void get_pod(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	char *text = NULL;

	(void)ps;
	if (!c->pod_namespace || !c->pod_name)
		return;
	if (asprintf(&text, "%s/%s%s%s", c->pod_namespace, c->pod_name, c->pod_container ? "/" : "",
		     c->pod_container ? c->pod_container : "") < 0)
		text = NULL;
	ps_set_owned(ret, text);
}

static void get_pod_uid(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	ps_set_text(ret, c->pod_uid);
}

static void get_parent(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	const struct nsv_container *parent =
	    c->parent < 0 ? NULL : nsv_scan_get(ps->scan, (size_t)c->parent);

	if (parent)
		set_number(ret, (uint64_t)parent->pid);
}

static void get_labels(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	const char *key, *value;
	size_t size = 0;
	FILE *f;

	if (!c->n_labels)
		return;
	if (ps->o.format == PS_JSON && !ps->plain) {
		ret->kind = PS_LABELS;
		return;
	}
	f = open_memstream(&ret->owned, &size);
	if (!f)
		cli_no_memory();
	for (size_t i = 0; (key = nsv_container_label(c, i, &value)); i++)
		(void)fprintf(f, "%s%s=%s", i ? "," : "", key, value);
	if (fclose(f))
		cli_no_memory();
	ps_set_text(ret, ret->owned);
}

static void get_cgroup(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	(void)ps;
	ps_set_text(ret, c->cgroup);
}

/* The lead's arguments, joined by blanks; read now, and only if it is still that process. */
static void get_command(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	char name[16], text[COMMAND_MAX];
	struct nsv_process_stat stat;
	ssize_t len;

	if (ps_procfs(ps) < 0)
		return;
	(void)snprintf(name, sizeof(name), "%d", (int)c->pid);
	len = nsv_cmdline_read(&ps->cmdlines, name, text, sizeof(text));
	/* Of that process, if it was there before and after. */
	if (nsv_process_stat(ps->procfs, name, &stat) < 0 || stat.start != c->start)
		return;
	while (len > 0 && !text[len - 1])
		len--;
	if (len <= 0)
		return;
	for (ssize_t i = 0; i < len; i++)
		text[i] = text[i] ? text[i] : ' ';
	ps_set_owned(ret, strndup(text, (size_t)len));
}

/* Where no cgroup names engine and ID, as with rootless Podman, the monitor does: also a hint. */
#define NAMED (NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES)

static const struct ps_column all_columns[] = {
	{ "NAME", NAMED, PS_LEFT, get_name },
	{ "ENGINE", NSV_SCAN_HINTS, PS_LEFT, get_engine },
	{ "ID", NSV_SCAN_HINTS, PS_LEFT, get_id },
	{ "PID", 0, PS_RIGHT, get_pid },
	{ "PROCS", 0, PS_RIGHT, get_procs },
	{ "USER", 0, PS_LEFT, get_user },
	{ "IMAGE", NSV_SCAN_HINTS, PS_TRUNC, get_image },
	{ "UPTIME", 0, PS_RIGHT, get_uptime },
	{ "ROOTFS", 0, PS_LEFT, get_rootfs },
	/* Up to here by default. */
	{ "STATE", 0, PS_LEFT, ps_get_state },
	{ "PORTS", 0, PS_TRUNC, ps_get_ports },
	{ "HOSTNAME", NSV_SCAN_HOSTNAMES, PS_LEFT, get_hostname },
	{ "KIND", 0, PS_LEFT, get_kind },
	{ "UID", 0, PS_RIGHT, get_uid },
	{ "START", 0, PS_LEFT, get_start },
	{ "PARENT", NSV_SCAN_PARENTS, PS_RIGHT, get_parent },
	{ "POD", NSV_SCAN_HINTS, PS_LEFT, get_pod },
	{ "PODUID", 0, PS_LEFT, get_pod_uid },
	{ "MNTNS", 0, PS_RIGHT, get_mntns },
	{ "PIDNS", NSV_SCAN_NAMESPACES, PS_RIGHT, get_pidns },
	{ "USERNS", NSV_SCAN_NAMESPACES, PS_RIGHT, get_userns },
	{ "UTSNS", 0, PS_RIGHT, get_utsns },
	{ "LABELS", NSV_SCAN_HINTS, PS_TRUNC, get_labels },
	{ "CGROUP", 0, PS_TRUNC, get_cgroup },
	{ "COMMAND", 0, PS_TRUNC, get_command },
};
#define N_DEFAULT 9

static void add_column(struct ps_options *o, const struct ps_column *column)
{
	if (o->n_columns == PS_MAX_COLUMNS)
		cli_usage_error("too many columns");
	o->columns[o->n_columns++] = column;
}

const struct ps_column *ps_column_find(const char *name, size_t len)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(all_columns); i++)
		if (!strncasecmp(name, all_columns[i].name, len) && !all_columns[i].name[len])
			return &all_columns[i];
	cli_usage_error("there is no column '%.*s'", (int)len, name);
}

void ps_columns_default(struct ps_options *o)
{
	o->n_columns = 0;
	for (size_t i = 0; i < N_DEFAULT; i++)
		add_column(o, &all_columns[i]);
}

void ps_columns_all(struct ps_options *o)
{
	o->n_columns = 0;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(all_columns); i++)
		add_column(o, &all_columns[i]);
}

void ps_columns_want(struct ps_options *o, const char *name)
{
	const struct ps_column *column = ps_column_find(name, strlen(name));

	for (size_t i = 0; i < o->n_columns; i++)
		if (o->columns[i] == column)
			return;
	add_column(o, column);
}

void ps_columns_parse(struct ps_options *o, const char *list)
{
	if (*list == '+') {
		if (!o->n_columns)
			ps_columns_default(o);
		list++;
	} else {
		o->n_columns = 0;
	}
	for (;;) {
		size_t len = strcspn(list, ",");

		if (!len)
			cli_usage_error("a column's name is missing");
		add_column(o, ps_column_find(list, len));
		if (!list[len])
			break;
		list += len + 1;
	}
}

bool ps_needs_column(const struct ps_options *o, const char *name)
{
	const struct ps_column *column = ps_column_find(name, strlen(name));
	bool needed = false;

	for (size_t i = 0; i < o->n_columns; i++)
		needed = needed || o->columns[i] == column;
	for (size_t i = 0; i < o->n_filters; i++)
		needed = needed || o->filters[i].column == column;
	for (size_t i = 0; i < o->n_sort; i++)
		needed = needed || o->sort[i].column == column;
	return needed;
}

unsigned ps_columns_needs(const struct ps_options *o)
{
	unsigned needs = 0;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(all_columns); i++)
		if (ps_needs_column(o, all_columns[i].name))
			needs |= all_columns[i].needs;
	for (size_t i = 0; i < o->n_filters; i++)
		if (o->filters[i].label)
			needs |= NSV_SCAN_HINTS;
	return needs;
}

void ps_columns_start(struct ps *ps)
{
	ps->now = (uint64_t)nsv_clock_ns(CLOCK_BOOTTIME) / 1000000;
	ps->boot = nsv_clock_ns(CLOCK_REALTIME) / 1000000 - (int64_t)ps->now;
}

void ps_columns_done(struct ps *ps)
{
	nsv_cmdlines_done(&ps->cmdlines);
	nsv_pauses_done(&ps->pauses);
	nsv_close_p(&ps->procfs);
	for (size_t i = 0; i < ps->n_users; i++)
		free(ps->users[i].name);
	free(ps->users);
	ps->users = NULL;
	ps->n_users = 0;
}
