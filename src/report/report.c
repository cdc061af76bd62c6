/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report.c - from a package to a page. See report.h. */
#include "report/report.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "report/judge.h"
#include "report/lists.h"
#include "report/model.h"
#include "report/page.h"

struct nsv_report {
	struct nsv_package_reader *reader;
	struct nsv_model model;
	bool foreign; /* the package is none */
};

static void on_difference(const struct nsv_package_event *e, void *data)
{
	struct nsv_report *r = data;
	struct nsv_model *m = &r->model;
	struct nsv_difference *d = &m->differences[m->n_differences];

	if (e->text && strcmp(e->text, NSV_PACKAGE_FOREIGN) == 0)
		r->foreign = true;
	if (m->n_differences == NSV_MODEL_DIFFERENCES) {
		m->more_differences++;
		return;
	}
	*d = (struct nsv_difference){ .word = nsv_package_event_word(e->kind),
				      .name = strndup(e->name, NSV_FACT_PATH),
				      .text = strdup(e->text ? e->text : "") };
	if (d->name && d->text) {
		m->n_differences++;
		return;
	}
	free(d->name);
	free(d->text);
}

int nsv_report_new(const char *package, struct nsv_report **ret, struct nsv_error *e)
{
	struct nsv_report *r = calloc(1, sizeof(*r));
	struct stat st;
	int err;

	if (!r)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_NONE, "out of memory");
	r->model.package = package;
	r->model.is_folder = stat(package, &st) == 0 && S_ISDIR(st.st_mode);
	err = nsv_package_reader_new(package, on_difference, r, &r->reader, e);
	if (err < 0) {
		free(r);
		return err;
	}
	nsv_source_init(&r->model.source, r->reader);
	*ret = r;
	return 0;
}

void nsv_report_set_key(struct nsv_report *r, const struct nsv_public_key *key)
{
	r->model.key = key;
	nsv_package_reader_set_key(r->reader, key);
}

int nsv_report_confine(struct nsv_report *r, struct nsv_error *e)
{
	return nsv_package_reader_confine(r->reader, e);
}

int nsv_report_write(struct nsv_report *r, enum nsv_report_format format, FILE *out,
		     struct nsv_verify_result *ret, struct nsv_error *e)
{
	struct nsv_model *m = &r->model;
	struct nsv_out o = { .f = out };
	int err = nsv_source_read(&m->source, r->reader, e);

	if (err == 0 && r->foreign)
		err = nsv_error_set(e, EBADMSG, NSV_STAGE_READ, NSV_PACKAGE_FOREIGN);
	if (err < 0)
		return err;
	err = nsv_facts_read(&m->facts, &m->source);
	if (err == 0)
		err = nsv_changed_read(&m->changes, &m->facts);
	if (err == 0)
		err = nsv_findings_init(&m->findings);
	if (err == 0)
		err = nsv_judge(&m->facts, &m->changes, &m->findings);
	if (err < 0)
		return nsv_error_set(e, -err, NSV_STAGE_READ, "%s", strerror(-err));
	if (format == NSV_REPORT_HTML)
		nsv_page_write(&o, m);
	else if (format == NSV_REPORT_JSON)
		nsv_list_json(&o, m);
	else
		nsv_list_markdown(&o, m);
	if (fflush(out) != 0 || ferror(out))
		return nsv_error_set(e, errno ? errno : EIO, NSV_STAGE_WRITE, "%s",
				     strerror(errno ? errno : EIO));
	*ret = m->source.verified;
	return 0;
}

struct nsv_report *nsv_report_free(struct nsv_report *r)
{
	if (!r)
		return NULL;
	for (size_t i = 0; i < r->model.n_differences; i++) {
		free(r->model.differences[i].name);
		free(r->model.differences[i].text);
	}
	nsv_findings_free(&r->model.findings);
	nsv_changed_free(&r->model.changes);
	nsv_facts_free(&r->model.facts);
	nsv_source_free(&r->model.source);
	(void)nsv_package_reader_free(r->reader);
	free(r);
	return NULL;
}
