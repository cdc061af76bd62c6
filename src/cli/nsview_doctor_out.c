/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsview_doctor_out.c - prints the results: a line each, or one JSON object. Texts may hold paths
 * that others chose: they are escaped. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/nsview_doctor.h"

static const char *const words[] = { "ok", "warning", "fail" };

static void print_line(const struct doctor_out *out, const struct doctor_row *row,
		       const struct doctor_result *r)
{
	static const char *const shown[] = { "ok", "WARNING", "FAIL" };
	static const char *const colors[] = { "\033[32m", "\033[33m", "\033[1;31m" };
	nsv_autofree char *found =
	    cli_escape(r->found, strlen(r->found), out->utf8 && out->terminal, NULL);

	printf("%s%-7s%s  %-12s  %s", out->color ? colors[r->state] : "", shown[r->state],
	       out->color ? "\033[0m" : "", row->name, found);
	if (*r->lost)
		printf("; lost: %s", r->lost);
	if (*r->remedy)
		printf("; remedy: %s", r->remedy);
	printf("\n");
	(void)fflush(stdout);
}

static struct json_object *text_or_null(const char *text)
{
	bool exact;

	return *text ? cli_json_utf8(text, strlen(text), &exact) : NULL;
}

void doctor_out_row(struct doctor_out *out, const struct doctor_row *row,
		    const struct doctor_result *r)
{
	struct json_object *o;

	out->n[r->state]++;
	out->own_only = out->own_only || r->own_only;
	out->none_runs = out->none_runs || r->none_runs;
	out->main_failed = out->main_failed || (row->main_job && r->state == DOCTOR_FAIL);
	if (!out->json) {
		print_line(out, row, r);
		return;
	}
	if (!out->array)
		out->array = cli_json_array();
	o = cli_json_object();
	cli_json_add(o, "name", text_or_null(row->name));
	cli_json_add(o, "state", text_or_null(words[r->state]));
	cli_json_text(o, "found", r->found);
	cli_json_add(o, "lost", text_or_null(r->lost));
	cli_json_add(o, "remedy", text_or_null(r->remedy));
	cli_json_append(out->array, o);
}

static const char *verdict(const struct doctor_out *out)
{
	if (out->main_failed)
		return "containers' files can not be read here";
	if (!out->own_only)
		return "containers' files can be read here";
	return out->none_runs ? "only this user's own rootless containers can be read, and none "
				"runs"
			      : "only this user's own rootless containers can be read";
}

void doctor_out_end(struct doctor_out *out)
{
	struct json_object *o;

	if (!out->json) {
		printf("%u ok, %u warnings, %u failed: %s\n", out->n[DOCTOR_OK],
		       out->n[DOCTOR_WARNING], out->n[DOCTOR_FAIL], verdict(out));
		return;
	}
	o = cli_json_object();
	cli_json_add(o, "version", text_or_null(NSVIEW_VERSION));
	cli_json_add(o, "user", json_object_new_int64((int64_t)geteuid()));
	cli_json_add(o, "works", json_object_new_boolean(!out->main_failed));
	cli_json_add(o, "checks", out->array);
	cli_json_print(o, out->terminal, out->utf8);
	printf("\n");
}
