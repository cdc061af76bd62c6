/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsinfo_more.c - ports, limits and environment for people; texts that others chose are escaped. */
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"
#include "nsinfo.h"

void nsinfo_show_ports(const struct nsinfo_output *out, const struct nsv_inspection *i)
{
	for (size_t n = 0; n < i->n_listeners; n++) {
		const struct nsv_listener *l = nsv_inspection_listener(i, n);
		nsv_autofree char *program = l->program ? nsinfo_shown(out, l->program) : NULL;
		char address[96];

		(void)snprintf(address, sizeof(address), l->family == AF_INET ? "%s:%u" : "[%s]:%u",
			       l->text, l->port);
		printf("  %-4s %-24s", l->protocol, address);
		if (l->pid)
			printf("  %d%s%s%s\n", (int)l->pid, program ? " (" : "",
			       program ? program : "", program ? ")" : "");
		else
			printf("  -\n");
	}
	if (i->n_listeners == 0)
		printf("  none\n");
}

static const char *limit(uint64_t value, char buf[static 24])
{
	if (value == UINT64_MAX)
		return "unlimited";
	(void)snprintf(buf, 24, "%" PRIu64, value);
	return buf;
}

void nsinfo_show_limits(const struct nsv_inspection *i)
{
	printf("  %-12s %20s %20s\n", "", "SOFT", "HARD");
	for (size_t n = 0; n < i->n_limits; n++) {
		const struct nsv_limit *l = nsv_inspection_limit(i, n);
		char soft[24], hard[24];

		printf("  %-12s %20s %20s%s%s\n", l->resource, limit(l->soft, soft),
		       limit(l->hard, hard), l->unit ? "  " : "", l->unit ? l->unit : "");
	}
}

void nsinfo_show_environment(const struct nsinfo_output *out, const struct nsv_inspection *i)
{
	for (size_t n = 0; n < i->n_environment; n++) {
		const struct nsv_variable *v = nsv_inspection_variable(i, n);
		nsv_autofree char *name = nsinfo_shown(out, v->name);
		nsv_autofree char *value =
		    out->env && v->value ? nsinfo_shown(out, v->value) : NULL;

		printf("  %s%s%s\n", name, value ? "=" : "", value ? value : "");
	}
	if (i->n_environment == 0)
		printf("  none\n");
}
