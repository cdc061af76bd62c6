/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules_memory.c - mappings that hold code from nowhere, and files that live in memory only. */
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "report/rules.h"
#include "report/words.h"

static bool is_executable(const struct nsv_case_map *m)
{
	return m->permissions[0] && m->permissions[1] && m->permissions[2] == 'x';
}

static bool is_anonymous(const struct nsv_case_map *m)
{
	return !m->inode && (!*m->path || nsv_begins(m->path, "[anon"));
}

static bool finish(struct nsv_case *c)
{
	if (nsv_is_jit(c->process->fact->exe))
		c->severity = NSV_SEVERITY_LOW;
	nsv_case_detail(c, "%s %s%s%s", c->map->range, c->map->permissions,
			*c->map->path ? " " : "", c->map->path);
	if (*c->map->content)
		(void)snprintf(c->evidence, sizeof(c->evidence), "%s", c->map->content);
	return true;
}

bool nsv_rule_map_writable(struct nsv_case *c)
{
	return is_executable(c->map) && c->map->permissions[1] == 'w' && is_anonymous(c->map) &&
	       finish(c);
}

bool nsv_rule_map_anonymous(struct nsv_case *c)
{
	return is_executable(c->map) && c->map->permissions[1] != 'w' && is_anonymous(c->map) &&
	       finish(c);
}

bool nsv_rule_map_stack(struct nsv_case *c)
{
	return is_executable(c->map) &&
	       (!strcmp(c->map->path, "[stack]") || !strcmp(c->map->path, "[heap]")) && finish(c);
}

bool nsv_rule_map_memfd(struct nsv_case *c)
{
	/* The executable itself has a rule of its own. */
	return is_executable(c->map) && nsv_begins(c->map->path, "/memfd:") &&
	       strcmp(c->map->path, c->process->exe) != 0 && finish(c);
}

bool nsv_rule_map_deleted(struct nsv_case *c)
{
	return is_executable(c->map) && c->map->inode && nsv_ends(c->map->path, " (deleted)") &&
	       !nsv_begins(c->map->path, "/memfd:") && !nsv_begins(c->map->path, "/SYSV") &&
	       !nsv_begins(c->map->path, "/dev/zero") &&
	       strcmp(c->map->path, c->process->exe) != 0 && finish(c);
}

bool nsv_rule_fd_memfd(struct nsv_case *c)
{
	static const char *const users[] = { "systemd*",    "dbus-*",	"pulseaudio", "pipewire*",
					     "wireplumber", "Xwayland", "Xorg",	      "runc*",
					     "(sd-*",	    "crun",	"chrom*",     "firefox*" };

	if (strcmp(c->fd->kind, "memfd") != 0 ||
	    NSV_WORD_IN(c->process->fact->exe, strlen(c->process->fact->exe), users) ||
	    /* What it runs from has a rule of its own. */
	    !strcmp(c->fd->target, c->process->exe))
		return false;
	nsv_case_detail(c, "fd %lld, %s", (long long)c->fd->fd, c->fd->target);
	if (*c->fd->content)
		(void)snprintf(c->evidence, sizeof(c->evidence), "%s", c->fd->content);
	return true;
}
