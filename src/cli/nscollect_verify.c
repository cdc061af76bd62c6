/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscollect_verify.c - "verify" and "list": each package in a child that gives up all but reading
 * it first. Names in it are escaped: a package may be anybody's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nscollect.h"

/* @data: a bool, set where the package is none. */
static void on_difference(const struct nsv_package_event *e, void *data)
{
	nsv_autofree char *name = cli_escape(e->name, strlen(e->name), cli_locale_is_utf8(), NULL);

	if (e->text && strcmp(e->text, NSV_PACKAGE_FOREIGN) == 0) {
		*(bool *)data = true;
		return;
	}
	printf("%s: %s%s%s%s\n", nsv_package_event_word(e->kind), name,
	       e->text && *name ? " (" : "", e->text ? e->text : "", e->text && *name ? ")" : "");
}

static void mode_text(unsigned mode, char out[static 11])
{
	static const char letters[] = "rwxrwxrwx";

	out[0] = S_ISDIR(mode)	  ? 'd'
		 : S_ISLNK(mode)  ? 'l'
		 : S_ISCHR(mode)  ? 'c'
		 : S_ISBLK(mode)  ? 'b'
		 : S_ISFIFO(mode) ? 'p'
				  : '-';
	for (unsigned i = 0; i < 9; i++)
		out[1 + i] = letters[i];
	for (unsigned i = 0; i < 9; i++)
		if (!(mode & (0400U >> i)))
			out[1 + i] = '-';
	if (mode & S_ISUID)
		out[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		out[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		out[9] = mode & S_IXOTH ? 't' : 'T';
	out[10] = '\0';
}

static void on_member(const struct nsv_package_event *e, void *data)
{
	nsv_autofree char *name = NULL, *link = NULL;
	char mode[11], when[24] = "?";
	time_t mtime = (time_t)e->mtime;
	struct tm tm;

	if (e->kind != NSV_PACKAGE_MEMBER) {
		on_difference(e, data);
		return;
	}
	name = cli_escape(e->name, strlen(e->name), cli_locale_is_utf8(), NULL);
	if (e->link)
		link = cli_escape(e->link, strlen(e->link), cli_locale_is_utf8(), NULL);
	mode_text(e->mode, mode);
	if (gmtime_r(&mtime, &tm))
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	printf("%s %llu/%llu %10llu %s %s%s%s\n", mode, (unsigned long long)e->uid,
	       (unsigned long long)e->gid, (unsigned long long)e->size, when, name,
	       link ? " -> " : "", link ? link : "");
}

static void tell_signature(const struct nsv_verify_result *r, const struct nsv_public_key *key)
{
	const char *text = key ? nsv_public_key_text(key) : "";

	switch (r->signature) {
	case NSV_SIGNATURE_VALID:
		printf("  signature: valid, of this root hash by key %s%s\n", text,
		       r->whole ? "" : "; the members are NOT as they were signed");
		break;
	case NSV_SIGNATURE_INVALID:
		printf("  signature: INVALID, not of this root hash by key %s\n", text);
		break;
	case NSV_SIGNATURE_OTHER_KEY:
		printf("  signature: NOT BY THIS KEY, %s\n", text);
		break;
	case NSV_SIGNATURE_UNCHECKED:
		printf("  signature: not checked, --key does\n");
		break;
	default:
		if (key)
			printf("  signature: NONE\n");
	}
}

static enum cli_exit look(const char *path, bool list, const struct nsv_public_key *key)
{
	struct nsv_package_reader *reader = NULL;
	struct nsv_verify_result result = { .size = sizeof(result) };
	struct nsv_error e = NSV_ERROR_INIT;
	bool foreign = false;
	int r =
	    nsv_package_reader_new(path, list ? on_member : on_difference, &foreign, &reader, &e);

	if (r < 0) {
		cli_error_at(path, NULL, r, &e);
		return CLI_EXIT_USAGE;
	}
	tzset();
	nsv_package_reader_set_key(reader, key);
	r = nsv_package_reader_confine(reader, &e);
	if (r == 0)
		r = list ? nsv_package_list(reader, &e) : nsv_package_verify(reader, &result, &e);
	if (r < 0) {
		cli_error_at(path, NULL, r, &e);
	} else if (foreign) {
		printf("%s: " NSV_PACKAGE_FOREIGN "\n", path);
	} else if (!list) {
		printf("%s: %llu member%s, %s\n  root hash %s\n", path,
		       (unsigned long long)result.members, result.members == 1 ? "" : "s",
		       !result.whole ? "NOT as it was collected, or incomplete"
				     : "whole and unaltered",
		       *result.root_hash ? result.root_hash : "missing");
		tell_signature(&result, key);
	}
	(void)nsv_package_reader_free(reader);
	r = r < 0 || (!list && !(result.whole && result.complete)) ||
	    (key && result.signature != NSV_SIGNATURE_VALID);
	return cli_close_stdout() != CLI_EXIT_OK || r ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}

enum cli_exit nscollect_look(const char *path, bool list, const struct nsv_public_key *key)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(look(path, list, key));
	if (pid < 0) {
		cli_error("%s: %s", path, strerror(errno));
		return CLI_EXIT_FAILED;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status))
		return (enum cli_exit)WEXITSTATUS(status);
	cli_error("%s: its reader was killed by signal %d", path, WTERMSIG(status));
	return CLI_EXIT_FAILED;
}
