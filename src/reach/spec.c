/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spec.c - tells a PID, a namespace file and a container's name apart, and opens the target that a
 * text names. No state, no locks.
 */
#include "pinned.h"

#include <errno.h>
#include <string.h>

/* PID or PID:INODE. -EINVAL: neither, so it may be a name. */
static int parse_pid_spec(const char *spec, uint64_t *ret_pid, uint64_t *ret_ino)
{
	char pid[24];
	const char *colon = strchr(spec, ':');
	size_t len = colon ? (size_t)(colon - spec) : strlen(spec);
	uint64_t ino = 0;
	int r;

	/* Digits only: a hostname may begin with one. */
	if (len == 0 || strspn(spec, "0123456789") != len)
		return -EINVAL;
	if (len >= sizeof(pid))
		return -ERANGE;
	memcpy(pid, spec, len);
	pid[len] = '\0';
	if (colon) {
		r = nsv_parse_u64(colon + 1, UINT64_MAX, &ino);
		if (r < 0 || ino == 0)
			return r == -ERANGE ? r : -EINVAL;
	}
	r = nsv_parse_u64(pid, NSV_PID_MAX, ret_pid);
	if (r == 0 && *ret_pid == 0)
		r = -ERANGE;
	*ret_ino = ino;
	return r;
}

/* Names that may hold a slash. A file of such a name can be given as ./pod:... */
static bool is_qualified_name(const char *spec)
{
	return strncmp(spec, "pod:", 4) == 0 || strncmp(spec, "host:", 5) == 0;
}

int nsv_target_open(const char *spec, nsv_name_resolver names, void *data, struct nsv_target **ret,
		    struct nsv_error *e)
{
	uint64_t pid, ino, start = 0;
	pid_t found;
	int r;

	if (!*spec)
		return nsv_error_set(e, EINVAL, NSV_STAGE_SPEC, "the container's name is empty");
	if (strchr(spec, '/') && !is_qualified_name(spec))
		return nsv_target_open_nsfile(spec, ret, e);
	r = parse_pid_spec(spec, &pid, &ino);
	if (r == 0)
		return nsv_target_open_pid((pid_t)pid, ino, 0, ret, e);
	if (r == -ERANGE)
		return nsv_error_set(e, EINVAL, NSV_STAGE_SPEC, "the number is out of range");
	if (!names)
		return nsv_error_set(e, ENOENT, NSV_STAGE_SPEC,
				     "no such container: neither a PID nor a namespace file "
				     "(which has a slash)");
	ino = 0;
	r = names(spec, data, &found, &ino, &start, e);
	return r < 0 ? r : nsv_target_open_pid(found, ino, start, ret, e);
}
