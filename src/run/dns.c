/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dns.c - lays the container's resolv.conf and hosts over the host's.
 *
 * glibc asks nscd first if its socket is there, which answers from the host's network.
 * nsswitch.conf names modules, which are libraries: so it stays the host's, with one line replaced
 * by modules that are a part of glibc. No state, no locks.
 */
#include "dns.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "reach/procfs.h"
#include "reach/util.h"

#define NSSWITCH "/etc/nsswitch.conf"

static const struct {
	const char *name, *path;
} files[NSV_DNS_TEXTS] = {
	[NSV_DNS_RESOLV] = { "resolv.conf", "/etc/resolv.conf" },
	[NSV_DNS_HOSTS] = { "hosts", "/etc/hosts" },
};

static void note(const struct nsv_run_options *notes, const char *whose, const char *path,
		 const char *what)
{
	char line[160];

	if (!notes->note)
		return;
	(void)snprintf(line, sizeof(line), "%s %s %s", whose, path, what);
	notes->note(notes->data, line);
}

int nsv_dns_start(const struct nsv_target *t, int root, struct nsv_dns *dns, struct nsv_error *e)
{
	int r;

	for (size_t i = 0; i < NSV_DNS_TEXTS; i++)
		dns->texts[i].path = files[i].path;
	r = nsv_texts_start(t, root, dns->texts, NSV_DNS_TEXTS, &dns->reader);
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_READ, "its resolv.conf can't be read: %s",
				     strerror(-r))
		     : 0;
}

void nsv_dns_finish(struct nsv_dns *dns, const struct nsv_run_options *notes)
{
	nsv_texts_finish(&dns->reader);
	for (size_t i = 0; i < NSV_DNS_TEXTS; i++) {
		int r = dns->texts[i].result;
		char what[128];

		if (r == 0 || r == -ENOENT)
			continue;
		(void)snprintf(what, sizeof(what), "can't be read, and counts as empty: %s",
			       r == -E2BIG ? "it is longer than 64 KiB" : strerror(-r));
		note(notes, "its", files[i].path, what);
	}
}

void nsv_dns_clear(struct nsv_dns *dns)
{
	nsv_texts_finish(&dns->reader);
	for (size_t i = 0; i < NSV_DNS_TEXTS; i++)
		nsv_free_p(&dns->texts[i].text);
}

static bool is_hosts_line(const char *line)
{
	line += strspn(line, " \t");
	return strncasecmp(line, "hosts", 5) == 0 && line[5 + strspn(line + 5, " \t")] == ':';
}

/* The host's file with another "hosts:" line, malloc'd; NULL: there is none, or no memory. */
static char *changed_nsswitch(void)
{
	char text[16384];
	char *rest = text, *line;
	nsv_autofree char *changed = NULL;
	size_t size = 0;
	FILE *out;

	if (nsv_read_text(AT_FDCWD, NSSWITCH, text, sizeof(text)) < 0)
		return NULL;
	out = open_memstream(&changed, &size);
	if (!out)
		return NULL;
	while ((line = strsep(&rest, "\n")))
		if (*line && !is_hosts_line(line))
			(void)fprintf(out, "%s\n", line);
	(void)fputs("hosts: files dns\n", out);
	return fclose(out) == 0 ? nsv_steal_ptr(changed) : NULL;
}

int nsv_dns_write(const struct nsv_dns *dns, const struct nsv_place *place, struct nsv_error *e)
{
	nsv_autofree char *nsswitch = changed_nsswitch();
	int r = 0;

	for (size_t i = 0; i < NSV_DNS_TEXTS && r == 0; i++)
		r = nsv_place_write(place, files[i].name, dns->texts[i].text, dns->texts[i].len);
	if (r == 0 && nsswitch)
		r = nsv_place_write(place, "nsswitch.conf", nsswitch, strlen(nsswitch));
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_WRITE, "%s can't be written: %s", place->path,
				     strerror(-r))
		     : 0;
}

/* Covers a folder of the host, if there is one by that very name. */
static int hide(const struct nsv_place *place, const char *path)
{
	struct stat st;
	int r;

	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	r = nsv_place_cover(place, "empty", path);
	return r == -ENOENT ? 0 : r;
}

int nsv_dns_cover(const struct nsv_place *place, const struct nsv_run_options *notes,
		  struct nsv_error *e)
{
	static const char *const sockets[] = { "/run/nscd", "/var/run/nscd", "/run/systemd/resolve",
					       "/run/avahi-daemon" };
	int r = 0;

	for (size_t i = 0; i < NSV_DNS_TEXTS && r == 0; i++) {
		r = nsv_place_cover(place, files[i].name, files[i].path);
		if (r == -ENOENT) {
			note(notes, "the host has no", files[i].path,
			     "that the container's could cover: names don't resolve as inside");
			r = 0;
		}
	}
	if (r == 0)
		r = nsv_place_cover(place, "nsswitch.conf", NSSWITCH);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(sockets) && (r == 0 || r == -ENOENT); i++)
		r = hide(place, sockets[i]);
	return r < 0 && r != -ENOENT
		   ? nsv_error_set(e, -r, NSV_STAGE_ENTER,
				   "the host's resolvers can't be covered (see --dns=host): %s",
				   strerror(-r))
		   : 0;
}
