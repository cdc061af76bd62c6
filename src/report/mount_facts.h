/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mount_facts.h - the mounts of the facts. */
#ifndef NSV_REPORT_MOUNT_FACTS_H
#define NSV_REPORT_MOUNT_FACTS_H

#include "report/facts.h"

/* 0 or -errno. */
int nsv_mount_facts_read(struct nsv_facts *f);
void nsv_mount_facts_free(struct nsv_facts *f);

#endif
