/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hazard.c - warns of containers that share the host's PID namespace. No state, no locks. */
#include "hazard.h"

#include <linux/capability.h>

#include "reach/pinned.h"
#include "reach/util.h"

void nsv_hazard_note(const struct nsv_target *t, const struct nsv_run_options *options)
{
	struct nsv_status status;
	uint64_t pidns, own;

	if (t->pid == 0 || t->is_host || !options->note)
		return;
	pidns = nsv_ns_inode(t->procdir, "ns/pid");
	own = nsv_ns_inode(t->procfs, "self/ns/pid");
	if (pidns == 0 || pidns != own)
		return;
	if (nsv_status_read(t->procdir, ".", &status) == 0 &&
	    status.caps[0] & (uint64_t)1 << CAP_SYS_PTRACE)
		options->note(
		    options->data,
		    "shares the host's PID namespace and has CAP_SYS_PTRACE: it can trace the "
		    "program, and so reach the host, as it can by any other process");
	else
		options->note(options->data, "shares the host's PID namespace: it sees the program "
					     "and its arguments");
}
