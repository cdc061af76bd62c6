/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* manifest.c - what the package says of itself: who took what, when, on which machine. */
#include "collect/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <sys/utsname.h>

#include "collect/frozen.h"
#include "copy/data.h"
#include "reach/clock.h"
#include "reach/procfs.h"

#define FORMAT_VERSION 1

static bool hash_self(struct nsv_collection *c, char hex[NSV_SHA_HEX])
{
	nsv_autofd int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sum[EVP_MAX_MD_SIZE];
	ssize_t n = -1;

	if (fd >= 0 && ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL)) {
		while ((n = read(fd, c->buf, NSV_BUFFER)) > 0)
			(void)EVP_DigestUpdate(ctx, c->buf, (size_t)n);
		(void)EVP_DigestFinal_ex(ctx, sum, NULL);
		nsv_hex(sum, NSV_SHA_LEN, hex);
	}
	EVP_MD_CTX_free(ctx);
	return n == 0;
}

static void put_tool(struct nsv_collection *c, struct nsv_jout *j)
{
	char hex[NSV_SHA_HEX];

	nsv_jout_begin(j, "tool", '{');
	nsv_jout_text(j, "name", "nscollect");
	nsv_jout_text(j, "version", NSVIEW_VERSION);
	nsv_jout_text(j, "sha256", hash_self(c, hex) ? hex : NULL);
	nsv_jout_text(j, "command_line", c->o->command_line);
	nsv_jout_end(j, '{');
}

static void put_clock(struct nsv_jout *j)
{
	struct timex t = { 0 };
	int state = adjtimex(&t);

	nsv_jout_begin(j, "clock", '{');
	nsv_jout_bool(j, "synchronised",
		      state >= 0 && state != TIME_ERROR && !(t.status & STA_UNSYNC));
	nsv_jout_i64(j, "estimated_error_us", t.esterror);
	nsv_jout_i64(j, "maximum_error_us", t.maxerror);
	nsv_jout_end(j, '{');
}

static void put_host(struct nsv_collection *c, struct nsv_jout *j)
{
	struct utsname u;
	char text[64];

	nsv_jout_begin(j, "host", '{');
	if (uname(&u) == 0) {
		nsv_jout_text(j, "name", u.nodename);
		nsv_jout_text(j, "kernel", u.release);
		nsv_jout_text(j, "kernel_version", u.version);
		nsv_jout_text(j, "machine", u.machine);
	}
	if (nsv_read_text(c->target->procfs, "sys/kernel/random/boot_id", text, sizeof(text)) > 0) {
		text[strcspn(text, "\n")] = '\0';
		nsv_jout_text(j, "boot_id", text);
	}
	put_clock(j);
	nsv_jout_end(j, '{');
}

static void put_operator(struct nsv_collection *c, struct nsv_jout *j)
{
	char text[32];

	nsv_jout_begin(j, "operator", '{');
	nsv_jout_u64(j, "uid", getuid());
	nsv_jout_u64(j, "euid", geteuid());
	if (nsv_read_text(c->target->procfs, "self/loginuid", text, sizeof(text)) > 0)
		nsv_jout_text(j, "login_uid", text);
	else
		nsv_jout_null(j, "login_uid");
	nsv_jout_end(j, '{');
	nsv_jout_begin(j, "case", '{');
	nsv_jout_text(j, "id", c->o->case_id);
	nsv_jout_text(j, "examiner", c->o->examiner);
	nsv_jout_text(j, "note", c->o->note);
	nsv_jout_end(j, '{');
}

static void put_strings(struct nsv_jout *j, const char *key, const char *const *list, size_t n)
{
	nsv_jout_begin(j, key, '[');
	for (size_t i = 0; i < n; i++)
		nsv_jout_text(j, NULL, list[i]);
	nsv_jout_end(j, '[');
}

static void put_request(struct nsv_collection *c, struct nsv_jout *j)
{
	nsv_jout_begin(j, "target", '{');
	nsv_jout_text(j, "spec", c->o->spec);
	nsv_jout_i64(j, "pid", c->target->pid);
	nsv_jout_u64(j, "start_ticks", c->target->self.start);
	nsv_jout_u64(j, "mount_namespace", c->target->mntns_ino);
	nsv_jout_text(j, "engine", c->o->engine);
	nsv_jout_end(j, '{');
	nsv_jout_begin(j, "options", '{');
	nsv_jout_bool(j, "open", nsv_wants(c, NSV_COLLECT_OPEN));
	nsv_jout_bool(j, "full", nsv_wants(c, NSV_COLLECT_FULL));
	nsv_jout_bool(j, "one_mount", nsv_wants(c, NSV_COLLECT_ONE_MOUNT));
	nsv_jout_bool(j, "no_env_values", nsv_wants(c, NSV_COLLECT_NO_ENV));
	nsv_jout_bool(j, "no_secrets", nsv_wants(c, NSV_COLLECT_NO_SECRETS));
	nsv_jout_bool(j, "freeze", nsv_wants(c, NSV_COLLECT_FREEZE));
	nsv_jout_bool(j, "memory", nsv_wants(c, NSV_COLLECT_MEMORY));
	put_strings(j, "paths", c->o->paths, c->o->n_paths);
	put_strings(j, "exclude", c->o->exclude, c->o->n_exclude);
	nsv_jout_u64(j, "max_file_size", c->o->max_file_size);
	nsv_jout_end(j, '{');
}

static void put_counts(struct nsv_collection *c, struct nsv_jout *j)
{
	nsv_jout_begin(j, "counts", '{');
	nsv_jout_u64(j, "processes", c->n_processes);
	nsv_jout_u64(j, "files", c->n_files);
	nsv_jout_u64(j, "bytes", c->n_bytes);
	for (unsigned i = 0; i < NSV_OUTCOMES; i++) {
		char key[32];

		(void)snprintf(key, sizeof(key), "%s", nsv_outcome_word((enum nsv_outcome)i));
		for (char *p = key; *p; p++)
			*p = *p == '-' ? '_' : *p;
		nsv_jout_u64(j, key, atomic_load(&c->counts[i]));
	}
	nsv_jout_end(j, '{');
}

/* Copied over from its own text, which may be long. */
static void put_outcomes(struct nsv_collection *c, struct nsv_jout *j)
{
	int64_t n = nsv_text_flush(&c->outcomes);

	nsv_jout_begin(j, "outcomes", '[');
	for (uint64_t off = 0; n >= 0 && off < c->outcomes.size; off += (uint64_t)n) {
		n = nsv_text_read(&c->outcomes, off, c->buf, NSV_BUFFER);
		if (n > 0)
			nsv_text_put(j->t, c->buf, (size_t)n);
	}
	j->more[j->depth] = c->outcomes.size > 0;
	nsv_jout_end(j, '[');
}

static int write_collection(struct nsv_collection *c, bool complete)
{
	struct nsv_text text = NSV_TEXT_INIT;
	struct nsv_jout j = { .t = &text, .lines = 1 };
	struct timespec now;
	int r;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	nsv_jout_begin(&j, NULL, '{');
	nsv_jout_text(&j, "format", "nsview-evidence");
	nsv_jout_u64(&j, "format_version", FORMAT_VERSION);
	nsv_jout_text(&j, "id", c->id);
	nsv_jout_bool(&j, "complete", complete);
	nsv_jout_time(&j, "started", c->started);
	nsv_jout_time(&j, "ended", now);
	put_tool(c, &j);
	put_host(c, &j);
	put_operator(c, &j);
	put_request(c, &j);
	nsv_frozen_put(c, &j);
	put_counts(c, &j);
	put_outcomes(c, &j);
	nsv_jout_end(&j, '{');
	nsv_jout_line(&j);
	r = nsv_package_text(c->package, "collection.json", &text);
	nsv_text_free(&text);
	return r;
}

/* UAC's own says more; a reader of its packages wants the name. */
static int write_uac_log(struct nsv_collection *c)
{
	char text[512], when[NSV_TIME_TEXT];
	int n = snprintf(text, sizeof(text),
			 "Created by [nsview] nscollect %s, in the layout of UAC\n"
			 "[Run Information]\n"
			 "Mount Point: /\n"
			 "Operating System: linux\n"
			 "Acquisition Started At: %s\n",
			 NSVIEW_VERSION, nsv_time_text(c->started, when));

	return nsv_package_buffer(c->package, "uac.log", text, (size_t)n);
}

/* Parts after the first have no head of their own. */
static int write_mtree(struct nsv_collection *c)
{
	struct nsv_text *all = &c->mtree[0];

	for (unsigned i = 1; i < NSV_MTREE_PARTS; i++) {
		struct nsv_text *part = &c->mtree[i];
		int64_t n = nsv_text_flush(part);

		for (uint64_t off = 0; n >= 0 && off < part->size; off += (uint64_t)n) {
			n = nsv_text_read(part, off, c->buf, NSV_BUFFER);
			if (n > 0)
				nsv_text_put(all, c->buf, (size_t)n);
		}
	}
	return nsv_package_text(c->package, "manifest.mtree", all);
}

int nsv_manifest_write(struct nsv_collection *c, bool complete)
{
	bool files = nsv_wants(c, NSV_COLLECT_FULL) || c->o->n_paths;
	int r = 0;

	nsv_progress(c, "manifest", NULL);
	nsv_log(c, "manifest", "the collection is %s", complete ? "complete" : "incomplete");
	if (files)
		r = write_mtree(c);
	if (r == 0 && files)
		r = nsv_package_text(c->package, "bodyfile.txt", &c->body);
	if (r == 0)
		r = nsv_package_text(c->package, "timeline.jsonl", &c->timeline);
	if (r == 0 && c->files.size)
		r = nsv_package_text(c->package, "files.jsonl", &c->files);
	if (r == 0)
		r = nsv_package_text(c->package, "log.jsonl", &c->log);
	if (r == 0 && files)
		r = write_uac_log(c);
	return r < 0 ? r : write_collection(c, complete);
}
