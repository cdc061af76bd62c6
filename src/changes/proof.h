/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proof.h - whether folders of the host are the ones that an overlay is made of, by what the
 * overlay itself shows.
 */
#ifndef NSV_CHANGES_PROOF_H
#define NSV_CHANGES_PROOF_H

#include "changes/internal.h"

struct nsv_proof {
	bool upper;		    /* it is the one */
	bool whole;		    /* what "/" shows comes from these layers */
	bool lower[NSV_LAYERS_MAX]; /* something of it shows, or there is nothing in it */
};

/*
 * A helper process looks, since a layer may be a server's that never answers: -ETIMEDOUT. @top:
 * O_PATH of the overlay's "/". @lower: whether the lower layers are of interest.
 */
int nsv_proof(int top, const struct nsv_layers *l, bool lower, struct nsv_proof *ret);

#endif
