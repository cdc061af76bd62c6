/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* quota.c - counts the work and the memory that a scan spends on each user's containers. */
#include "discover/hints/quota.h"

static struct nsv_hint_quota *find(struct nsv_hint_quotas *q, uint32_t uid)
{
	if (uid == 0)
		return &q->root;
	for (size_t i = 0; i < q->n; i++)
		if (q->users[i].uid == uid)
			return &q->users[i];
	if (q->n == NSV_HINT_QUOTAS)
		return &q->users[NSV_HINT_QUOTAS - 1];
	q->users[q->n] = (struct nsv_hint_quota){ .uid = uid };
	return &q->users[q->n++];
}

static bool fits(uint64_t used, uint64_t more, uint64_t max)
{
	return more <= max && used <= max - more;
}

bool nsv_hint_charge(struct nsv_hint_quotas *q, uint32_t uid, uint64_t bytes)
{
	const uint64_t max = uid == 0 ? NSV_HINT_WORK_ROOT : NSV_HINT_WORK;
	struct nsv_hint_quota *s = find(q, uid);

	if (!fits(s->work, bytes, max) ||
	    (uid != 0 && !fits(q->others.work, bytes, NSV_HINT_WORK_ALL))) {
		s->work = max;
		return false;
	}
	s->work += bytes;
	q->others.work += uid == 0 ? 0 : bytes;
	return true;
}

bool nsv_hint_charge_kept(struct nsv_hint_quotas *q, uint32_t uid, uint64_t bytes)
{
	struct nsv_hint_quota *s = find(q, uid);

	/* An arena rounds up. */
	bytes = (bytes + 15) / 16 * 16;
	if (!fits(s->kept, bytes, uid == 0 ? NSV_HINT_KEPT_ROOT : NSV_HINT_KEPT) ||
	    (uid != 0 && !fits(q->others.kept, bytes, NSV_HINT_KEPT_ALL)))
		return false;
	s->kept += bytes;
	q->others.kept += uid == 0 ? 0 : bytes;
	return true;
}
