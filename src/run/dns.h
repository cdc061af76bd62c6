/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dns.h - has a program of the host resolve names as the container does: by the container's
 * resolv.conf and hosts, and by no cache or resolver of the host.
 */
#ifndef NSV_RUN_DNS_H
#define NSV_RUN_DNS_H

#include <nsview/run.h>

#include "place.h"
#include "texts.h"

enum { NSV_DNS_RESOLV, NSV_DNS_HOSTS, NSV_DNS_TEXTS };

struct nsv_dns {
	struct nsv_text texts[NSV_DNS_TEXTS]; /* what can't be read is empty */
	struct nsv_texts reader;
};

#define NSV_DNS_NONE                     \
	{                                \
		.reader = NSV_TEXTS_NONE \
	}

/*
 * Starts to read the container's files into @dns, which keeps its address until nsv_dns_clear(). 0
 * or -errno with @e.
 */
int nsv_dns_start(const struct nsv_target *t, int root, struct nsv_dns *dns, struct nsv_error *e);
/*
 * Waits for them (texts.h). A file that is missing counts as empty, and so does one that can't be
 * read, of which a note tells.
 */
void nsv_dns_finish(struct nsv_dns *dns, const struct nsv_run_options *notes);
void nsv_dns_clear(struct nsv_dns *dns);

/* Writes them and a changed nsswitch.conf of the host's into the place, before it is sealed. */
int nsv_dns_write(const struct nsv_dns *dns, const struct nsv_place *place, struct nsv_error *e);

/*
 * Covers the host's /etc/resolv.conf, hosts, nsswitch.conf, and the folders with the sockets of
 * nscd, systemd-resolved and avahi. A note tells if the host has no resolv.conf or hosts to cover.
 * 0 or -errno with @e.
 */
int nsv_dns_cover(const struct nsv_place *place, const struct nsv_run_options *notes,
		  struct nsv_error *e);

#endif
