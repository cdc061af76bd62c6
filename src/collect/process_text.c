/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* process_text.c - what a process was told, and what it may do. No state. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nsview/inspect.h>

#include "collect/processes.h"
#include "reach/proc.h"

#define ARGUMENTS_MAX	((size_t)1 << 20)
#define ENVIRONMENT_MAX ((size_t)1 << 20)
#define THREADS_MAX	4096

/* A list of texts that end with a NUL each; NULL: it can't be read. */
static char *slurp(struct nsv_looked *l, const char *name, size_t max, size_t *ret_len, int *ret_r)
{
	char path[48];
	char *text = NULL;

	(void)snprintf(path, sizeof(path), "%s/%s", l->dir, name);
	*ret_r = nsv_proc_slurp(l->reader, path, max, &text, ret_len);
	return text;
}

static void put_why(struct nsv_looked *l, const char *key, int r)
{
	char name[48];

	(void)snprintf(name, sizeof(name), "%s_missing", key);
	if (r < 0)
		nsv_jout_text(l->j, name,
			      r == -ETIMEDOUT ? "no answer: the process keeps its memory locked"
					      : strerror(-r));
	else if (r > 0)
		nsv_jout_text(l->j, name, "cut: it is longer than 1 MiB");
}

void nsv_process_arguments(struct nsv_looked *l)
{
	size_t len = 0;
	int r;
	nsv_autofree char *text = slurp(l, "cmdline", ARGUMENTS_MAX, &len, &r);

	nsv_jout_begin(l->j, "argv", '[');
	for (size_t at = 0; text && at < len; at += strlen(text + at) + 1)
		nsv_jout_text(l->j, NULL, text + at);
	nsv_jout_end(l->j, '[');
	put_why(l, "argv", r);
}

void nsv_process_environment(struct nsv_looked *l)
{
	bool mask = nsv_wants(l->c, NSV_COLLECT_NO_ENV);
	size_t len = 0;
	int r;
	nsv_autofree char *text = slurp(l, "environ", ENVIRONMENT_MAX, &len, &r);

	nsv_jout_begin(l->j, "environ", '[');
	for (size_t at = 0; text && at < len;) {
		size_t n = strlen(text + at), key = strcspn(text + at, "=");

		if (n && mask) {
			nsv_autofree char *shown = NULL;

			if (asprintf(&shown, "%.*s=***", (int)key, text + at) < 0)
				shown = NULL;
			/* Without a name the whole may be a value. */
			nsv_jout_text(l->j, NULL, text[at + key] ? shown : "***");
		} else if (n) {
			nsv_jout_bytes(l->j, NULL, text + at, n);
		}
		at += n + 1;
	}
	nsv_jout_end(l->j, '[');
	put_why(l, "environ", r);
}

/* "Max open files            1024                 4096                 files     " */
void nsv_process_limits(struct nsv_looked *l)
{
	char path[48], text[4096];
	char *rest = text, *line;

	(void)snprintf(path, sizeof(path), "%s/limits", l->dir);
	nsv_jout_begin(l->j, "limits", '[');
	if (nsv_read_text(l->procfs, path, text, sizeof(text)) > 0) {
		(void)strsep(&rest, "\n");
		while ((line = strsep(&rest, "\n"))) {
			char name[27], soft[24], hard[24];

			if (strlen(line) < 30 || sscanf(line + 26, "%23s %23s", soft, hard) != 2)
				continue;
			(void)snprintf(name, sizeof(name), "%.25s", line);
			for (size_t n = strlen(name); n > 0 && name[n - 1] == ' '; n--)
				name[n - 1] = '\0';
			nsv_jout_begin(l->j, NULL, '{');
			nsv_jout_text(l->j, "name", name);
			nsv_jout_text(l->j, "soft", soft);
			nsv_jout_text(l->j, "hard", hard);
			nsv_jout_end(l->j, '{');
		}
	}
	nsv_jout_end(l->j, '[');
}

static const char *value_of(const char *status, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = status; p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
		if (strncmp(p, key, len) == 0)
			return p + len;
	return NULL;
}

static void put_ids(struct nsv_jout *j, const char *key, const char *text)
{
	char *end;

	nsv_jout_begin(j, key, '[');
	while (text && *text && *text != '\n') {
		unsigned long id = strtoul(text, &end, 10);

		if (end == text)
			break;
		nsv_jout_u64(j, NULL, id);
		for (text = end; *text == ' ' || *text == '\t'; text++)
			;
	}
	nsv_jout_end(j, '[');
}

static void put_capabilities(struct nsv_jout *j, const struct nsv_status *s)
{
	static const char *const sets[] = { "effective", "permitted", "bounding", "inheritable",
					    "ambient" };

	nsv_jout_begin(j, "capabilities", '{');
	for (unsigned k = 0; k < NSV_ARRAY_SIZE(sets); k++) {
		nsv_jout_begin(j, sets[k], '[');
		for (unsigned n = 0; n < 64; n++) {
			char number[16];
			const char *name = nsv_capability_name(n);

			(void)snprintf(number, sizeof(number), "%u", n);
			if (s->caps[k] >> n & 1)
				nsv_jout_text(j, NULL, name ? name : number);
		}
		nsv_jout_end(j, '[');
	}
	nsv_jout_end(j, '{');
}

void nsv_process_credentials(struct nsv_looked *l, const char *status)
{
	static const char *const modes[] = { "none", "strict", "filter" };
	const char *tracer = value_of(status, "TracerPid:");
	struct nsv_status s = { 0 };

	nsv_status_parse(status, &s);
	/* Real, effective, saved, of the file system, as the host numbers them. */
	put_ids(l->j, "uids", value_of(status, "Uid:"));
	put_ids(l->j, "gids", value_of(status, "Gid:"));
	put_ids(l->j, "groups", value_of(status, "Groups:"));
	put_capabilities(l->j, &s);
	nsv_jout_text(l->j, "seccomp", s.seccomp >= 0 && s.seccomp < 3 ? modes[s.seccomp] : NULL);
	nsv_jout_u64(l->j, "seccomp_filters", s.seccomp_filters);
	nsv_jout_bool(l->j, "no_new_privs", s.no_new_privs);
	nsv_jout_u64(l->j, "tracer", tracer ? strtoul(tracer, NULL, 10) : 0);
}

void nsv_process_threads(struct nsv_looked *l)
{
	char path[48];
	struct dirent *entry;
	DIR *dir;
	int fd;
	unsigned n = 0;

	(void)snprintf(path, sizeof(path), "%s/task", l->dir);
	fd = openat(l->procfs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	nsv_jout_begin(l->j, "threads", '[');
	if (!dir)
		nsv_close(fd);
	while (dir && (entry = readdir(dir)) && n < THREADS_MAX) {
		struct nsv_process_stat st;

		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    nsv_process_stat(dirfd(dir), entry->d_name, &st) < 0)
			continue;
		nsv_jout_begin(l->j, NULL, '{');
		nsv_jout_i64(l->j, "tid", strtol(entry->d_name, NULL, 10));
		nsv_jout_text(l->j, "name", st.comm);
		nsv_jout_text(l->j, "state", (char[]){ st.state, '\0' });
		nsv_jout_end(l->j, '{');
		n++;
	}
	nsv_jout_end(l->j, '[');
	if (dir)
		(void)closedir(dir);
}
