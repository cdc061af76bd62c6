/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * creds.h - the credentials by which a run makes files in a container: fsuid and fsgid of the
 * container's root. A file system that was mounted inside a user namespace (tmpfs, say) has no
 * number for the host's root and refuses to make files for it (EOVERFLOW).
 *
 * They belong to a thread (setfsuid(2)). Each call on a run takes them and gives them back.
 */
#ifndef NSV_COPY_CREDS_H
#define NSV_COPY_CREDS_H

#include <stdbool.h>
#include <sys/types.h>

#include "reach/caps.h"

struct nsv_copy;

/* What the thread had. */
struct nsv_creds {
	bool taken;
	bool caps_known;
	uid_t uid;
	gid_t gid;
	struct nsv_caps caps;
};

/*
 * Gives this thread the fsuid and fsgid of the destination's root user, if that is another, and
 * the capabilities that setfsuid(2) takes away. Returns what it had, for nsv_creds_back().
 */
struct nsv_creds nsv_creds_take(const struct nsv_copy *c);
void nsv_creds_back(const struct nsv_creds *before);

/* A local variable that gives them back. */
#define nsv_autocreds __attribute__((cleanup(nsv_creds_back), unused)) const

/* Whether this thread may act as the owner of any file (CAP_FOWNER). */
bool nsv_creds_own_any(void);

#endif
