/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsinfo_trap.c - the administrator's trap: the PID that stands beside a container in ps(1) is the
 * engine's shim or monitor, in the host's namespaces.
 */
#include <stdlib.h>
#include <string.h>

#include "nsinfo.h"
#include "reach/util.h"

#define SHOWN 8 /* PIDs in a note */

const char *nsinfo_role_word(const struct nsv_role *role)
{
	switch (role->kind) {
	case NSV_ROLE_SHIM:
		return "shim";
	case NSV_ROLE_ENGINE:
		return "engine";
	case NSV_ROLE_ANCESTOR:
		return "ancestor";
	default:
		return NULL;
	}
}

static const char *explanation(enum nsv_role_kind kind)
{
	switch (kind) {
	case NSV_ROLE_SHIM:
		return "keeps a container and is not in it";
	case NSV_ROLE_ENGINE:
		return "is the engine, not a container";
	default:
		return "has started containers and is in none";
	}
}

void nsinfo_trap(const struct nsinfo_subject *s)
{
	const struct nsv_role *role = &s->role;
	char pids[16 * (SHOWN + 1)] = "";
	size_t used = 0;

	if (role->kind == NSV_ROLE_NONE)
		return;
	for (size_t n = 0; n < role->n_pids && n < SHOWN; n++)
		used += (size_t)snprintf(pids + used, sizeof(pids) - used, "%s%d", n ? ", " : "",
					 (int)role->pids[n]);
	if (role->n_pids == 0)
		cli_note("%s: %s %s", s->spec, role->comm, explanation(role->kind));
	else
		cli_note("%s: %s %s; PIDs of containers below it: %s%s; try '%s %d'", s->spec,
			 role->comm, explanation(role->kind), pids,
			 role->n_pids > SHOWN ? ", ..." : "", cli_command.name, (int)role->pids[0]);
}
