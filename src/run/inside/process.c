/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * process.c - takes the settings from the container's main process, by the host's /proc.
 *
 * The process chose its environment, and may have dropped capabilities and users since its start:
 * an engine's exec would give what it started with. The bounding set, which only shrinks, stands
 * for the capabilities of the container's root; another user gets none. No locks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "reach/pinned.h"
#include "reach/proc.h"
#include "reach/util.h"
#include "run/inside/settings.h"

#define ENVIRON_MAX ((size_t)2 << 20)

/* Reads a file of procfs whole, up to @max bytes. The length or -errno; *ret is terminated; what it
 * held is freed. */
static ssize_t slurp(int dir, const char *name, size_t max, char **ret)
{
	nsv_autofd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	nsv_autofree char *text = NULL;
	size_t used = 0, room = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n;

		if (used + 1 >= room) {
			char *more = realloc(text, room = room ? 2 * room : 4096);

			if (!more)
				return -ENOMEM;
			text = more;
		}
		n = read(fd, text + used, room - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
		if (used > max)
			return -E2BIG;
	}
	text[used] = '\0';
	free(*ret);
	*ret = nsv_steal_ptr(text);
	return (ssize_t)used;
}

/* The text behind "NAME:" in status. */
static const char *field(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at && (at == status || at[-1] == '\n') ? at + strlen(name) : NULL;
}

static int take_groups(const struct nsv_target *t, const char *status,
		       struct nsv_inside_settings *s)
{
	const char *at = field(status, "Groups:");
	size_t room = 0;

	if (!at)
		return -EBADMSG;
	while (*at != '\n' && *at) {
		unsigned long gid;
		char *end;

		gid = strtoul(at, &end, 10);
		if (end == at)
			break;
		at = end + strspn(end, " \t");
		if (s->n_groups == room) {
			uint32_t *groups = reallocarray(s->groups, room += 64, sizeof(*groups));

			if (!groups)
				return -ENOMEM;
			s->groups = groups;
		}
		s->groups[s->n_groups++] = nsv_target_id_inside(t, NSV_ID_GROUP, (uint32_t)gid);
	}
	return 0;
}

static int take_environment(int procdir, struct nsv_inside_settings *s)
{
	nsv_autofree char *text = NULL;
	ssize_t n = slurp(procdir, "environ", ENVIRON_MAX, &text);
	int r = n < 0 ? (int)n : 0;

	for (const char *at = text; r == 0 && at < text + n; at += strlen(at) + 1)
		if (strchr(at, '='))
			r = nsv_strings_add(&s->env, at, strlen(at));
	return r;
}

static bool one_limit(const char **at, rlim_t *ret)
{
	char *end;

	*at += strspn(*at, " ");
	if (strncmp(*at, "unlimited", 9) == 0) {
		*ret = RLIM_INFINITY;
		*at += 9;
		return true;
	}
	*ret = strtoull(*at, &end, 10);
	if (end == *at)
		return false;
	*at = end;
	return true;
}

static void take_score(int procdir, struct nsv_inside_settings *s)
{
	nsv_autofree char *text = NULL;

	s->have_oom = slurp(procdir, "oom_score_adj", 64, &text) > 0;
	if (s->have_oom)
		s->oom_score_adj = (int)strtol(text, NULL, 10);
}

int nsv_inside_process_limits(int procdir, struct nsv_inside_settings *s)
{
	static const struct {
		const char *name;
		unsigned limit;
	} names[] = {
		{ "Max cpu time", RLIMIT_CPU },
		{ "Max file size", RLIMIT_FSIZE },
		{ "Max data size", RLIMIT_DATA },
		{ "Max stack size", RLIMIT_STACK },
		{ "Max core file size", RLIMIT_CORE },
		{ "Max resident set", RLIMIT_RSS },
		{ "Max processes", RLIMIT_NPROC },
		{ "Max open files", RLIMIT_NOFILE },
		{ "Max locked memory", RLIMIT_MEMLOCK },
		{ "Max address space", RLIMIT_AS },
		{ "Max file locks", RLIMIT_LOCKS },
		{ "Max pending signals", RLIMIT_SIGPENDING },
		{ "Max msgqueue size", RLIMIT_MSGQUEUE },
		{ "Max nice priority", RLIMIT_NICE },
		{ "Max realtime priority", RLIMIT_RTPRIO },
		{ "Max realtime timeout", RLIMIT_RTTIME },
	};
	nsv_autofree char *text = NULL;
	ssize_t n = slurp(procdir, "limits", 64 << 10, &text);

	if (n < 0 || !text)
		return n < 0 ? (int)n : -EBADMSG;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(names); i++) {
		const char *at = field(text, names[i].name);
		struct rlimit l;

		if (!at || !one_limit(&at, &l.rlim_cur) || !one_limit(&at, &l.rlim_max))
			return -EBADMSG;
		s->limits[names[i].limit] = l;
		s->have_limits |= 1U << names[i].limit;
	}
	take_score(procdir, s);
	return 0;
}

/* A security module's label; the file of AppArmor among several, or the only module's. */
int nsv_inside_process_labels(int procdir, struct nsv_inside_settings *s)
{
	nsv_autofree char *armor = NULL;
	nsv_autofree char *text = NULL;
	char *end;

	free(s->apparmor);
	free(s->selinux);
	s->apparmor = s->selinux = NULL;
	if (slurp(procdir, "attr/apparmor/current", 4096, &armor) > 0) {
		/* "docker-default (enforce)" */
		armor[strcspn(armor, "\n")] = '\0';
		end = strstr(armor, " (");
		if (end)
			*end = '\0';
		if (*armor && strcmp(armor, "unconfined") != 0)
			s->apparmor = nsv_steal_ptr(armor);
		return 0;
	}
	if (slurp(procdir, "attr/current", 4096, &text) <= 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	end = strstr(text, " (");
	if (end) {
		*end = '\0';
		s->apparmor = nsv_steal_ptr(text);
	} else if (strchr(text, ':')) {
		s->selinux = nsv_steal_ptr(text);
	}
	return 0;
}

static int take_status(const struct nsv_target *t, int procdir, struct nsv_inside_settings *s,
		       bool *ret_filtered)
{
	nsv_autofree char *text = NULL;
	struct nsv_status status;
	const char *mask;
	ssize_t n = slurp(procdir, "status", 1 << 20, &text);
	uint64_t bounding;

	if (n < 0 || !text)
		return n < 0 ? (int)n : -EBADMSG;
	nsv_status_parse(text, &status);
	if (status.n_uids != 4)
		return -EBADMSG;
	s->uid = nsv_target_id_inside(t, NSV_ID_USER, status.uid);
	s->gid = nsv_target_id_inside(t, NSV_ID_GROUP, status.gid);
	bounding = status.caps[2];
	s->caps[NSV_CAPS_BOUNDING] = bounding;
	s->caps[NSV_CAPS_EFFECTIVE] = s->caps[NSV_CAPS_PERMITTED] = s->uid == 0 ? bounding : 0;
	s->no_new_privs = status.no_new_privs;
	mask = field(text, "Umask:");
	s->umask = mask ? (mode_t)strtoul(mask, NULL, 8) & 0777 : 022;
	*ret_filtered = status.seccomp > 0;
	return take_groups(t, text, s);
}

static void take_cwd(int procdir, struct nsv_inside_settings *s)
{
	char path[4096];
	ssize_t n = readlinkat(procdir, "cwd", path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	/* Looked up again inside; what is outside of the container's root is not to be had. */
	if (*path == '/')
		s->cwd = strdup(path);
	s->cwd_guessed = true;
}

int nsv_inside_from_process(const struct nsv_target *target, int procdir,
			    struct nsv_inside_settings *ret, bool *ret_filtered,
			    struct nsv_error *e)
{
	nsv_autofree char *text = NULL;
	int r = take_status(target, procdir, ret, ret_filtered);

	if (r == 0)
		r = take_environment(procdir, ret);
	if (r == 0)
		r = nsv_inside_process_limits(procdir, ret);
	if (r == 0)
		r = nsv_inside_process_labels(procdir, ret);
	if (r == 0 && slurp(procdir, "personality", 64, &text) > 0)
		ret->personality = strtoul(text, NULL, 16);
	take_cwd(procdir, ret);
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_ENTER, "its main process can't be read: %s",
				     strerror(-r))
		     : 0;
}
