/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscollect_one.c - one container into one package.
 *
 * The order matters: names and addresses are asked for first, by helpers; then an ordinary user
 * joins the container's user namespace.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nscollect.h"
#include "cli/nsinfo.h"

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

static enum cli_exit collect(const struct nscollect_options *o, const char *spec,
			     struct nsv_collect_options *c)
{
	struct nscollect_teller report;
	struct nsv_collect_result result = { .size = sizeof(result) };
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
	nscollect_teller_start(&report, spec, o->progress);
	c->event = nscollect_on_event;
	c->data = &report;
	c->cancel = &nscollect_signal;
	r = nsv_collect(sides.list[0].target, sides.list[0].root, c, &result, &e);
	nscollect_teller_end(&report);
	if (r < 0)
		cli_error_at(c->package, NULL, r, &e);
	else
		nscollect_summary(&report, c->package, &result, o->c.sign);
	nscollect_teller_free(&report);
	cli_sides_close(&sides);
	status = r == 0 && result.complete ? CLI_EXIT_OK : CLI_EXIT_FAILED;
	if (r == 0 && o->report && nscollect_report_beside(o, c->package) != CLI_EXIT_OK)
		status = CLI_EXIT_FAILED;
	return status;
}

static void add_engine(struct nsv_collect_options *c, const struct nsv_container *container)
{
	c->engine_id = container->id;
	c->engine = container->engine;
	c->engine_dir = container->engine_dir;
	c->image = container->image;
	c->pod_namespace = container->pod_namespace;
	c->pod_name = container->pod_name;
	c->pod_uid = container->pod_uid;
	c->pod_container = container->pod_container;
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
		if (s.container)
			add_engine(&c, s.container);
		made = make_name(s.container ? nsinfo_name(&s) : s.i->hostname);
		c.package = package ? package : made;
		/* Of several containers each gets a name below the folder. */
		if (package && package[strlen(package) - 1] == '/') {
			if (asprintf(&below, "%s%s", package, made) < 0)
				cli_no_memory();
			c.package = below;
		}
		status = collect(o, spec, &c);
	}
	(void)json_object_put(json);
	nsinfo_done(&s);
	return status;
}
