/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules_package.c - the package itself. See rules.h. */
#include "report/rules.h"

bool nsv_rule_altered(struct nsv_case *c)
{
	const struct nsv_verify_result *v = &c->f->s->verified;

	/* A collection that did not get all is whole nevertheless. */
	if (v->whole || (!v->missing && !v->extra && !v->altered && *v->root_hash))
		return false;
	nsv_case_detail(c, "%llu missing, %llu extra, %llu altered", (unsigned long long)v->missing,
			(unsigned long long)v->extra, (unsigned long long)v->altered);
	return true;
}
