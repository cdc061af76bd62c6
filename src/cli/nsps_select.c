/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsps_select.c - selects the containers that the operands name.
 *
 * Every operand is looked up in the scan that is printed, so that names and output agree.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/number.h"
#include "base/util.h"
#include "cli/nsps.h"
#include "discover/names/name_match.h"

/* A PID outside of all containers may be the one that keeps them: say so. */
static enum cli_exit no_container(const struct ps *ps, const char *spec, pid_t pid)
{
	static const char *const kinds[] = {
		[NSV_ROLE_SHIM] = "keeps the container of",
		[NSV_ROLE_ENGINE] = "is an engine, with the containers of",
		[NSV_ROLE_ANCESTOR] = "is an ancestor of the containers of",
	};
	nsv_autofree char *pids = NULL;
	struct nsv_role role = { .size = sizeof(role) };
	size_t size = 0;
	FILE *f;
	int r = nsv_role_of(ps->scan, pid, &role, NULL);

	if (r == -ESRCH) {
		cli_error("%s: no process has PID %d", spec, (int)pid);
		return CLI_EXIT_USAGE;
	}
	if (r < 0 || role.kind == NSV_ROLE_NONE || !role.n_pids ||
	    (size_t)role.kind >= NSV_ARRAY_SIZE(kinds)) {
		cli_error("%s: not a process of a container", spec);
	} else {
		f = open_memstream(&pids, &size);
		if (!f)
			cli_no_memory();
		for (size_t i = 0; i < role.n_pids && i < 10; i++)
			(void)fprintf(f, "%s%d", i ? ", " : "", (int)role.pids[i]);
		if (role.n_pids > 10)
			(void)fputs(", ...", f);
		if (fclose(f))
			cli_no_memory();
		cli_error("%s: not a process of a container: it is %s, which %s PID %s", spec,
			  role.comm, kinds[role.kind], pids);
	}
	if (r >= 0)
		nsv_role_done(&role);
	return CLI_EXIT_USAGE;
}

/* PID or PID:INODE. */
static enum cli_exit find_pid(const struct ps *ps, const char *spec,
			      const struct nsv_container **ret)
{
	nsv_autofree char *number = strndup(spec, strcspn(spec, ":"));
	const struct nsv_container *c;
	uint64_t pid, inode = 0;

	if (!number)
		cli_no_memory();
	if (nsv_parse_u64(number, INT32_MAX, &pid) < 0 || pid == 0 ||
	    (strchr(spec, ':') && nsv_parse_u64(strchr(spec, ':') + 1, UINT64_MAX, &inode) < 0)) {
		cli_error("%s: the number is out of range", spec);
		return CLI_EXIT_USAGE;
	}
	c = nsv_scan_find_pid(ps->scan, (pid_t)pid);
	if (!c)
		return no_container(ps, spec, (pid_t)pid);
	if (inode && c->mntns != inode) {
		cli_error("%s: PID %s is in another mount namespace now", spec, number);
		return CLI_EXIT_USAGE;
	}
	*ret = c;
	return CLI_EXIT_OK;
}

static enum cli_exit find_file(const struct ps *ps, const char *spec,
			       const struct nsv_container **ret)
{
	nsv_autofd int fd = open(spec, O_PATH | O_CLOEXEC);
	struct nsv_error e = NSV_ERROR_INIT;
	struct statfs fs;
	struct stat st;
	int r = 0;

	/* Other file systems have inodes of the same number. */
	if (fd < 0 || fstatfs(fd, &fs) || fstat(fd, &st))
		r = nsv_error_set(&e, errno, NSV_STAGE_SPEC,
				  "no such namespace file, and a name has no slash: %s",
				  strerror(errno));
	else if (fs.f_type != NSFS_MAGIC)
		r = nsv_error_set(&e, EINVAL, NSV_STAGE_SPEC,
				  "not a namespace file, and a name has no slash");
	if (r < 0) {
		cli_error_spec(spec, r, &e);
		return CLI_EXIT_USAGE;
	}
	*ret = nsv_scan_find_mntns(ps->scan, st.st_ino);
	if (*ret)
		return CLI_EXIT_OK;
	cli_error("%s: not the mount namespace of a container", spec);
	return CLI_EXIT_USAGE;
}

bool ps_is_name(const char *spec)
{
	size_t digits = strspn(spec, "0123456789");

	if (!*spec ||
	    (strchr(spec, '/') && strncmp(spec, "pod:", 4) != 0 && strncmp(spec, "host:", 5) != 0))
		return false;
	if (digits && spec[digits] == ':' && spec[digits + 1])
		digits += 1 + strspn(spec + digits + 1, "0123456789");
	return !digits || spec[digits];
}

static enum cli_exit find(const struct ps *ps, const char *spec, const struct nsv_container **ret)
{
	struct nsv_error e = NSV_ERROR_INIT;
	int r;

	if (!*spec) {
		cli_error("'': the container's name is empty");
		return CLI_EXIT_USAGE;
	}
	if (!ps_is_name(spec))
		return isdigit((unsigned char)*spec) && !strchr(spec, '/')
			   ? find_pid(ps, spec, ret)
			   : find_file(ps, spec, ret);
	r = nsv_scan_find_name(ps->scan, spec, ret, &e);
	if (r >= 0)
		return CLI_EXIT_OK;
	if (r == -ENOENT)
		(void)nsv_name_stopped(ps->scan, spec, &e);
	cli_error_spec(spec, r, &e);
	return CLI_EXIT_USAGE;
}

/* Every container that a name means: two of one name are two rows, since a list guesses nothing. */
static bool mark_all(const struct ps *ps, const char *spec, bool *wanted)
{
	struct nsv_name name;
	struct nsv_found found;

	if (!nsv_name_parse(spec, &name))
		return false;
	nsv_name_find(ps->scan, &name, &found);
	for (size_t k = 0; found.total > 1 && k < nsv_scan_count(ps->scan); k++) {
		enum nsv_match is = nsv_name_match(ps->scan, nsv_scan_get(ps->scan, k), &name);

		wanted[k] = wanted[k] || (is != NSV_MATCH_NONE && found.kinds[is]);
	}
	return found.total > 1;
}

enum cli_exit ps_select(struct ps *ps, char **specs, int n)
{
	size_t count = nsv_scan_count(ps->scan);
	enum cli_exit status = CLI_EXIT_OK;
	nsv_autofree bool *wanted = calloc(count + 1, sizeof(*wanted));

	ps->shown = calloc(count + 1, sizeof(const struct nsv_container *));
	if (!ps->shown || !wanted)
		cli_no_memory();
	for (int i = 0; i < n; i++) {
		const struct nsv_container *c = NULL;
		enum cli_exit r;

		if (ps_is_name(specs[i]) && mark_all(ps, specs[i], wanted))
			continue;
		r = find(ps, specs[i], &c);
		if (r != CLI_EXIT_OK)
			status = r;
		for (size_t k = 0; c && k < count; k++)
			wanted[k] = wanted[k] || nsv_scan_get(ps->scan, k) == c;
	}
	for (size_t k = 0; k < count; k++)
		if ((!n || wanted[k]) && ps_filters_match(ps, nsv_scan_get(ps->scan, k)))
			ps->shown[ps->n_shown++] = nsv_scan_get(ps->scan, k);
	ps_sort(ps);
	return status;
}
