/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsview_doctor_view.c - checks of the place where the view is mounted: propagation, what walks it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nsview_doctor.h"

#define VIEW_POINT "/mnt/nsview" /* nsviewd's default */
#define VIEW_TYPE  "fuse.nsviewd"

/* ---- where it is seen ---- */

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strcmp(dir, "/") == 0 ||
	       (strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0'));
}

/* The mount that a new mount on VIEW_POINT would lie on: its point in @point, and whether it is
 * shared. mount_namespaces(7): the optional fields come before " - ". */
static bool find_mount(char *point, size_t size, bool *shared)
{
	nsv_autofree char *line = NULL;
	FILE *table = fopen("/proc/self/mountinfo", "re");
	size_t room = 0, best = 0;

	while (table && getline(&line, &room, table) > 0) {
		char at[256];
		char *options = strstr(line, " - ");

		if (!options || sscanf(line, "%*u %*u %*s %*s %255s", at) != 1)
			continue;
		*options = '\0';
		if (!is_below(VIEW_POINT, at) || strcmp(at, VIEW_POINT) == 0 || strlen(at) < best)
			continue;
		best = strlen(at);
		(void)snprintf(point, size, "%s", at);
		*shared = strstr(line, " shared:");
	}
	if (table)
		(void)fclose(table);
	return best > 0;
}

void doctor_propagation(struct doctor_result *r)
{
	struct stat own, first;
	char point[256];
	bool shared = false;

	if (stat("/proc/self/ns/mnt", &own) == 0 && stat("/proc/1/ns/mnt", &first) == 0 &&
	    own.st_ino != first.st_ino) {
		doctor_warn(r, "a view that is mounted from here is seen by no other session",
			    "nsenter -t 1 -m nsview view, or nsviewd's unit",
			    "this process is in a mount namespace of its own");
		return;
	}
	if (!find_mount(point, sizeof(point), &shared))
		doctor_warn(r, "whether others see a view is unknown", "see proc",
			    "the table of mounts can't be read");
	else if (!shared)
		doctor_warn(
		    r,
		    "services and containers with mount namespaces of their own don't see a "
		    "view mounted later",
		    "mount --make-rshared /", "%s, where " VIEW_POINT " is, is not shared", point);
	else
		doctor_ok(r, "%s, where " VIEW_POINT " is, is shared", point);
}

/* ---- programs that walk it ---- */

/* Whether @word is among the words of the line `NAME = "..."` in @text. */
static bool has_word(const char *text, const char *name, const char *word, bool path)
{
	size_t n = strlen(name);

	for (const char *at = text; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
		char list[4096];
		char *rest = list, *one;

		at += strspn(at, " \t");
		if (strncmp(at, name, n) != 0 || !strchr(" \t=", at[n]))
			continue;
		(void)snprintf(list, sizeof(list), "%.*s", (int)strcspn(at, "\n"), at + n);
		while ((one = strsep(&rest, " \t=\"\n")))
			if (*one && (path ? is_below(word, one) : strcasecmp(one, word) == 0))
				return true;
	}
	return false;
}

static bool is_installed(void)
{
	static const char *const programs[] = { "/usr/bin/updatedb", "/usr/sbin/updatedb",
						"/usr/bin/updatedb.plocate",
						"/usr/bin/updatedb.mlocate",
						"/usr/sbin/updatedb.plocate" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(programs); i++)
		if (access(programs[i], F_OK) == 0)
			return true;
	return false;
}

void doctor_updatedb(struct doctor_result *r)
{
	char text[65536];
	ssize_t n = doctor_read("/etc/updatedb.conf", text, sizeof(text));

	if (n == -ENOENT && !is_installed())
		doctor_ok(r, "not installed");
	else if (n < 0 && n != -ENOENT)
		doctor_warn(r, "whether it walks views is unknown", "sudo nsview ...",
			    "/etc/updatedb.conf can't be read: %s", strerror((int)-n));
	else if (n > 0 && has_word(text, "PRUNEFS", VIEW_TYPE, false))
		doctor_ok(r, "PRUNEFS leaves views out");
	else if (n > 0 && has_word(text, "PRUNEPATHS", VIEW_POINT, true))
		doctor_ok(r, "PRUNEPATHS leaves " VIEW_POINT " out");
	else
		doctor_warn(r, "it walks all containers' files each day while a view is mounted",
			    "add " VIEW_TYPE " to PRUNEFS in /etc/updatedb.conf",
			    "updatedb does not leave views out");
}
