/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscollect_one.c - one container into one package, and what is said of it: a progress line, each
 * problem, a summary, and a line for syslog(3).
 *
 * The order matters: names and addresses are asked for first, by helpers; then an ordinary user
 * joins the container's user namespace.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "cli/nscollect.h"
#include "cli/nsinfo.h"
#include "reach/util.h"

#define LEAST_FREE ((uint64_t)32 << 20)

struct reporter {
	const char *spec;
	struct cli_progress line;
	char phase[16];
	unsigned told, untold;
	bool log; /* every problem */
};

#define TOLD_MAX 20

static void on_event(const struct nsv_collect_event *e, void *data)
{
	struct reporter *r = data;
	char size[CLI_SIZE_BUF];

	if (e->kind == NSV_COLLECT_PROBLEM) {
		if (r->told++ < TOLD_MAX)
			cli_note("%s:%s: %s", r->spec, e->name, e->text ? e->text : "?");
		else
			r->untold++;
		return;
	}
	if (e->kind == NSV_COLLECT_PHASE)
		(void)snprintf(r->phase, sizeof(r->phase), "%s", e->name);
	if (cli_progress_due(&r->line))
		cli_progress_show(&r->line, "%s  %s  %s", r->phase, cli_human_size(e->bytes, size),
				  e->kind == NSV_COLLECT_ITEM ? e->name : "");
}

/* HOSTNAME-TIME.tar.gz, of letters that any file system takes. */
static char *make_name(const char *hostname)
{
	char when[24], name[72];
	time_t now = time(NULL);
	struct tm tm;
	char *text;
	size_t n = 0;

	for (; hostname && *hostname && n < 64; hostname++) {
		bool plain = (*hostname >= 'a' && *hostname <= 'z') ||
			     (*hostname >= 'A' && *hostname <= 'Z') ||
			     (*hostname >= '0' && *hostname <= '9') ||
			     (n > 0 && (*hostname == '-' || *hostname == '.')) || *hostname == '_';

		name[n++] = plain ? *hostname : '_';
	}
	name[n] = '\0';
	if (!gmtime_r(&now, &tm) || !strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm))
		when[0] = '\0';
	if (asprintf(&text, "%s-%s.tar.gz", n ? name : "container", when) < 0)
		cli_no_memory();
	return text;
}

/* Whether there is room where the package is to be; a device or a pipe has its own. */
static bool has_room(const char *package)
{
	nsv_autofree char *folder = strdup(package);
	struct statvfs fs;
	char *slash;
	char size[CLI_SIZE_BUF];

	if (!folder)
		cli_no_memory();
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	if (strcmp(package, "-") == 0 || access(package, F_OK) == 0 ||
	    statvfs(slash ? folder : ".", &fs) < 0)
		return true;
	if ((uint64_t)fs.f_bavail * fs.f_frsize >= LEAST_FREE)
		return true;
	cli_error("%s: only %s are free there", package,
		  cli_human_size((uint64_t)fs.f_bavail * fs.f_frsize, size));
	return false;
}

static void summary(const struct nscollect_options *o, const char *spec, const char *package,
		    const struct nsv_collect_result *r)
{
	FILE *to = strcmp(package, "-") == 0 ? stderr : stdout;
	char size[CLI_SIZE_BUF], key[NSV_KEY_TEXT] = "";

	(void)fprintf(to, "%s: %s\n", package, r->complete ? "complete" : "INCOMPLETE");
	(void)fprintf(to, "  %llu processes, %llu files, %s\n", (unsigned long long)r->processes,
		      (unsigned long long)r->files, cli_human_size(r->bytes, size));
	(void)fprintf(to,
		      "  taken %llu, empty %llu, missing %llu, failed %llu, changed %llu, "
		      "truncated %llu, skipped %llu\n",
		      (unsigned long long)r->taken, (unsigned long long)r->empty,
		      (unsigned long long)r->missing, (unsigned long long)r->failed,
		      (unsigned long long)r->changed, (unsigned long long)r->truncated,
		      (unsigned long long)r->skipped);
	(void)fprintf(to, "  root hash %s\n", r->root_hash);
	if (o->c.sign)
		nsv_sign_key_text(o->c.sign, key);
	if (*key)
		(void)fprintf(to, "  root hash signed by key %s\n", key);
	(void)fflush(to);
	openlog("nscollect", LOG_PID, LOG_AUTH);
	syslog(LOG_NOTICE, "%s: collected into %s, %s, %llu processes, %llu files, root hash %s",
	       spec, package, r->complete ? "complete" : "incomplete",
	       (unsigned long long)r->processes, (unsigned long long)r->files, r->root_hash);
	closelog();
}

static enum cli_exit collect(const struct nscollect_options *o, const char *spec,
			     struct nsv_collect_options *c)
{
	struct reporter reporter = { .spec = spec };
	struct nsv_collect_result result;
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofree char *copy = strdup(spec);
	const struct cli_spec_path arg = {
		.where = CLI_IN_CONTAINER, .text = spec, .spec = copy, .path = "/"
	};
	struct cli_sides sides;
	enum cli_exit status;
	int r;

	if (!copy)
		cli_no_memory();
	status = cli_sides_open(&sides, &arg, 1, o->via);

	if (status != CLI_EXIT_OK)
		return status;
	c->event = on_event;
	c->data = &reporter;
	c->cancel = &nscollect_signal;
	cli_progress_start(&reporter.line, o->progress);
	r = nsv_collect(sides.list[0].target, sides.list[0].root, c, &result, &e);
	cli_progress_end(&reporter.line);
	if (reporter.untold)
		cli_note("%s: %u more of these: collection.json has all", spec, reporter.untold);
	if (r < 0)
		cli_error_at(c->package, NULL, r, &e);
	else
		summary(o, spec, c->package, &result);
	cli_sides_close(&sides);
	status = r == 0 && result.complete ? CLI_EXIT_OK : CLI_EXIT_FAILED;
	if (r == 0 && o->report && nscollect_report_beside(c->package) != CLI_EXIT_OK)
		status = CLI_EXIT_FAILED;
	return status;
}

enum cli_exit nscollect_one(const struct nscollect_options *o, const char *spec,
			    const char *package)
{
	struct nsv_collect_options c = o->c;
	struct nsinfo_subject s;
	nsv_autofree char *made = NULL, *below = NULL;
	struct json_object *json = NULL;
	enum cli_exit status = nsinfo_open(&s, spec, NSINFO_ALL);

	if (status == CLI_EXIT_OK) {
		json = nsinfo_object(&s);
		c.container_json =
		    json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY |
							     JSON_C_TO_STRING_NOSLASHESCAPE);
		if (!c.container_json)
			cli_no_memory();
		c.spec = spec;
		c.engine = s.container ? s.container->engine : NULL;
		c.engine_id = s.container ? s.container->id : NULL;
		c.engine_dir = s.container ? s.container->engine_dir : NULL;
		made = make_name(s.container ? nsinfo_name(&s) : s.i->hostname);
		c.package = package ? package : made;
		/* Of several containers each gets a name below the folder. */
		if (package && package[strlen(package) - 1] == '/') {
			if (asprintf(&below, "%s%s", package, made) < 0)
				cli_no_memory();
			c.package = below;
		}
		status = has_room(c.package) ? collect(o, spec, &c) : CLI_EXIT_FAILED;
	}
	(void)json_object_put(json);
	nsinfo_done(&s);
	return status;
}
