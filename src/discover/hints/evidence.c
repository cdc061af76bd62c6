/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * evidence.c - checks what state files and command lines claim: does the PID belong to the
 * container, which user owns it, is a text short enough to keep. No locks: one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "discover/hints/hints.h"
#include "reach/proc.h"
#include "reach/util.h"

bool nsv_hint_has_pid(const struct nsv_hints *h, const struct nsv_container *c, int64_t pid)
{
	if (pid <= 0 || pid > INT32_MAX)
		return false;
	return pid == c->pid || nsv_scan_find_pid(h->scan, (pid_t)pid) == c;
}

void nsv_hint_find_owner(struct nsv_hints *h, const struct nsv_container *c)
{
	nsv_autofd int ns = NSV_FD_NONE;
	char path[32];
	uint64_t userns;
	uid_t owner;

	h->owner = h->payer = 0;
	if (h->scan->recorded)
		return;
	(void)snprintf(path, sizeof(path), "%d", c->pid);
	if (nsv_process_ns(h->scan->procfs, path, "user", &userns) == 0 &&
	    userns == h->scan->userns)
		return;
	h->payer = NSV_HINT_NOBODY;
	(void)snprintf(path, sizeof(path), "%d/ns/user", c->pid);
	ns = openat(h->scan->procfs, path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || ioctl(ns, NS_GET_OWNER_UID, &owner) < 0)
		return;
	h->owner = h->payer = owner;
}

bool nsv_hint_uid(const struct nsv_hints *h, pid_t pid, uint32_t *ret_uid)
{
	struct nsv_status s;
	char dir[16];

	(void)snprintf(dir, sizeof(dir), "%d", pid);
	if (nsv_status_read(h->scan->procfs, dir, &s) < 0 || s.n_uids != 4)
		return false;
	for (unsigned i = 1; i < 4; i++)
		if (s.uids[i] != s.uids[0])
			return false;
	*ret_uid = s.uids[0];
	return true;
}

const char *nsv_hint_option(const struct nsv_hints *h, size_t args_len, const char *short_name,
			    const char *long_name)
{
	const char *end = h->args + args_len;

	for (const char *a = h->args; a < end; a += strlen(a) + 1) {
		size_t len = strlen(long_name);
		const char *next = a + strlen(a) + 1;

		if (strncmp(a, long_name, len) == 0 && a[len] == '=')
			return a + len + 1;
		if ((strcmp(a, long_name) == 0 || (short_name && strcmp(a, short_name) == 0)) &&
		    next < end)
			return next;
	}
	return NULL;
}

const char *nsv_hint_keep(struct nsv_hints *h, const char *text)
{
	if (!text || !*text || strlen(text) > NSV_HINT_TEXT_MAX ||
	    !nsv_hint_charge_kept(&h->quotas, h->payer, strlen(text) + 1))
		return NULL;
	return nsv_arena_str(&h->scan->arena, text);
}

void nsv_hint_keep_dir(struct nsv_hints *h, struct nsv_container *c, int dirfd)
{
	char link[32], path[NSV_HINT_TEXT_MAX + 1];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "self/fd/%d", dirfd);
	n = readlinkat(h->procfs, link, path, sizeof(path) - 1);
	if (n <= 0 || n == (ssize_t)sizeof(path) - 1)
		return;
	path[n] = '\0';
	c->engine_dir = nsv_hint_keep(h, path);
}

bool nsv_hint_is_hex_id(const char *id)
{
	return strlen(id) == NSV_HINT_ID_LEN && strspn(id, "0123456789abcdef") == NSV_HINT_ID_LEN;
}

bool nsv_hint_is_component(const char *name)
{
	return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !strchr(name, '/') &&
	       strlen(name) <= 255;
}
