/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inspection.c - shows an inspection's lists element by element, so that a program does not depend
 * on how large an element is, or how many kinds of namespaces there are. No state.
 */
#include "discover/inspect/inspector.h"

static const struct nsv_inspection_lists *lists_of(const struct nsv_inspection *i)
{
	return &((const struct nsv_inspector *)i)->lists;
}

pid_t nsv_inspection_pid(const struct nsv_inspection *i, size_t level)
{
	return level < i->levels && level < NSV_PID_LEVELS ? lists_of(i)->nspids[level] : 0;
}

const struct nsv_namespace *nsv_inspection_namespace(const struct nsv_inspection *i,
						     enum nsv_ns_kind kind)
{
	return (unsigned)kind < NSV_NS_KINDS ? &lists_of(i)->ns[kind] : NULL;
}

const struct nsv_address *nsv_inspection_address(const struct nsv_inspection *i, size_t n)
{
	return n < i->n_addresses ? &lists_of(i)->addresses[n] : NULL;
}

const struct nsv_mount *nsv_inspection_mount(const struct nsv_inspection *i, size_t n)
{
	return n < i->n_mounts ? &lists_of(i)->mounts[n] : NULL;
}

const struct nsv_member *nsv_inspection_member(const struct nsv_inspection *i, size_t n)
{
	return n < i->n_members ? &lists_of(i)->members[n] : NULL;
}

const struct nsv_listener *nsv_inspection_listener(const struct nsv_inspection *i, size_t n)
{
	return n < i->n_listeners ? &lists_of(i)->listeners[n] : NULL;
}

const struct nsv_limit *nsv_inspection_limit(const struct nsv_inspection *i, size_t n)
{
	return n < i->n_limits ? &lists_of(i)->limits[n] : NULL;
}

const struct nsv_variable *nsv_inspection_variable(const struct nsv_inspection *i, size_t n)
{
	return n < i->n_environment ? &lists_of(i)->environment[n] : NULL;
}

const struct nsv_id_range *nsv_inspection_id_range(const struct nsv_inspection *i,
						   enum nsv_id_kind kind, size_t n)
{
	if (kind == NSV_ID_GROUP)
		return n < i->n_gid_map ? &lists_of(i)->gid_map[n] : NULL;
	return n < i->n_uid_map ? &lists_of(i)->uid_map[n] : NULL;
}

const char *nsv_inspection_missing(const struct nsv_inspection *i, size_t n)
{
	return n < i->n_missing ? lists_of(i)->missing[n] : NULL;
}
