/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree.h - the processes of the facts as a tree. */
#ifndef NSV_REPORT_TREE_H
#define NSV_REPORT_TREE_H

#include "report/facts.h"

/* Sets f->tree, and the depth of each process. A parent that is not there, or a circle of parents
 * that somebody wrote, makes a top of the tree. 0 or -errno. */
int nsv_tree_make(struct nsv_facts *f);

#endif
