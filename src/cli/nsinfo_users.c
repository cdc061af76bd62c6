/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsinfo_users.c - names of users and groups, by the container's own passwd(5) and group(5). Only
 * with --user-names: nsinfo otherwise reads no file of a container.
 *
 * run/inside/users.h reads the files: confined to the container's root, bounded, in a child process
 * with a limit of time.
 */
#include "base/util.h"
#include "nsinfo.h"
#include "run/inside/users.h"

void nsinfo_read_users(struct nsinfo_subject *s)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_users users = { 0 };

	if (nsv_users_read(s->target, &users, &e) < 0)
		cli_note("%s: names of users: %s", s->spec, e.msg);
	nsinfo_names_take(&s->users, nsv_steal_ptr(users.passwd));
	nsinfo_names_take(&s->groups, nsv_steal_ptr(users.group));
	nsv_users_clear(&users);
}
