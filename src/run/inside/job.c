/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* job.c - packs, unpacks and passes a job. Both ends are this program. No locks. */
#include "run/inside/job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reach/message.h"
#include "reach/util.h"

#define JOB_MAX ((size_t)64 << 20)

/* The part of fixed size. The counts say how much follows, in the order of put_all(). */
struct fixed {
	uint32_t uid, gid, umask, have_limits, early;
	uint64_t caps[NSV_CAPS_SETS];
	struct rlimit limits[NSV_INSIDE_LIMITS];
	uint64_t personality;
	int32_t oom_score_adj;
	uint8_t have_oom, no_new_privs, cwd_guessed, tty, in, detach;
	uint32_t n_groups, n_env, n_argv, n_filters;
};

struct out {
	char *bytes;
	size_t len, room;
	int err;
};

static void put(struct out *o, const void *data, size_t len)
{
	if (o->err)
		return;
	if (o->len + len > o->room) {
		size_t room = 2 * (o->len + len) + 4096;
		char *more = realloc(o->bytes, room);

		if (!more) {
			o->err = -ENOMEM;
			return;
		}
		o->bytes = more;
		o->room = room;
	}
	if (len)
		memcpy(o->bytes + o->len, data, len);
	o->len += len;
}

/* With its NUL; a NULL is an empty text behind a 0. */
static void put_text(struct out *o, const char *text)
{
	uint8_t there = text != NULL;

	put(o, &there, 1);
	if (text)
		put(o, text, strlen(text) + 1);
}

static void put_texts(struct out *o, const struct nsv_strings *s)
{
	for (size_t i = 0; i < s->n; i++)
		put_text(o, s->list[i]);
}

int nsv_job_pack(const struct nsv_job *job, char **ret, size_t *ret_len)
{
	const struct nsv_inside_settings *s = &job->settings;
	struct out o = { 0 };
	struct fixed f;

	memset(&f, 0, sizeof(f));
	f.uid = s->uid;
	f.gid = s->gid;
	f.umask = s->umask;
	f.have_limits = s->have_limits;
	f.early = job->early;
	memcpy(f.caps, s->caps, sizeof(f.caps));
	memcpy(f.limits, s->limits, sizeof(f.limits));
	f.personality = s->personality;
	f.oom_score_adj = s->oom_score_adj;
	f.have_oom = s->have_oom;
	f.no_new_privs = s->no_new_privs;
	f.cwd_guessed = s->cwd_guessed;
	f.tty = job->tty;
	f.in = job->in;
	f.detach = job->detach;
	f.n_groups = (uint32_t)s->n_groups;
	f.n_env = (uint32_t)s->env.n;
	f.n_argv = (uint32_t)job->argv.n;
	f.n_filters = (uint32_t)s->n_filters;
	put(&o, &f, sizeof(f));
	put(&o, s->groups, s->n_groups * sizeof(*s->groups));
	put_texts(&o, &s->env);
	put_texts(&o, &job->argv);
	put_text(&o, s->cwd);
	put_text(&o, s->apparmor);
	put_text(&o, s->selinux);
	put_text(&o, s->keyring);
	for (size_t i = 0; i < s->n_filters; i++) {
		put(&o, &s->filters[i].len, sizeof(s->filters[i].len));
		put(&o, &s->filters[i].flags, sizeof(s->filters[i].flags));
		put(&o, s->filters[i].code, s->filters[i].len * sizeof(struct sock_filter));
	}
	if (o.err) {
		free(o.bytes);
		return o.err;
	}
	*ret = o.bytes;
	*ret_len = o.len;
	return 0;
}

struct in {
	const char *at, *end;
	int err;
};

static const void *get(struct in *in, size_t len)
{
	const char *at = in->at;

	if (in->err || (size_t)(in->end - in->at) < len) {
		in->err = in->err ? in->err : -EBADMSG;
		return NULL;
	}
	in->at += len;
	return at;
}

static void get_text(struct in *in, char **ret)
{
	const uint8_t *there = get(in, 1);
	const char *end;

	if (!there || !*there)
		return;
	end = memchr(in->at, '\0', (size_t)(in->end - in->at));
	if (!end) {
		in->err = -EBADMSG;
		return;
	}
	*ret = strdup(in->at);
	if (!*ret)
		in->err = -ENOMEM;
	in->at = end + 1;
}

static void get_texts(struct in *in, struct nsv_strings *s, uint32_t n)
{
	for (uint32_t i = 0; i < n && !in->err; i++) {
		nsv_autofree char *text = NULL;
		int r;

		get_text(in, &text);
		r = text ? nsv_strings_add(s, text, strlen(text)) : -EBADMSG;
		if (r < 0 && !in->err)
			in->err = r;
	}
}

static void *get_copy(struct in *in, size_t n, size_t size)
{
	const void *from = get(in, n * size);
	void *copy = from && n ? malloc(n * size) : NULL;

	if (from && n && !copy)
		in->err = -ENOMEM;
	if (copy)
		memcpy(copy, from, n * size);
	return copy;
}

static void get_filters(struct in *in, struct nsv_inside_settings *s, uint32_t n)
{
	for (uint32_t i = 0; i < n && i < NSV_INSIDE_FILTERS && !in->err; i++) {
		struct nsv_filter *f = &s->filters[i];
		const void *len = get(in, sizeof(f->len)), *flags = get(in, sizeof(f->flags));

		if (!len || !flags)
			return;
		memcpy(&f->len, len, sizeof(f->len));
		memcpy(&f->flags, flags, sizeof(f->flags));
		f->code = get_copy(in, f->len, sizeof(*f->code));
		s->n_filters = i + 1;
	}
}

static void take_fixed(const struct fixed *f, struct nsv_job *job)
{
	struct nsv_inside_settings *s = &job->settings;

	s->uid = f->uid;
	s->gid = f->gid;
	s->umask = f->umask;
	s->have_limits = f->have_limits;
	job->early = f->early;
	memcpy(s->caps, f->caps, sizeof(f->caps));
	memcpy(s->limits, f->limits, sizeof(f->limits));
	s->personality = f->personality;
	s->oom_score_adj = f->oom_score_adj;
	s->have_oom = f->have_oom;
	s->no_new_privs = f->no_new_privs;
	s->cwd_guessed = f->cwd_guessed;
	job->tty = f->tty;
	job->in = f->in;
	job->detach = f->detach;
	s->n_groups = f->n_groups;
}

int nsv_job_unpack(const char *bytes, size_t len, struct nsv_job *ret)
{
	struct in in = { .at = bytes, .end = bytes + len };
	struct nsv_inside_settings *s = &ret->settings;
	const void *at = get(&in, sizeof(struct fixed));
	struct fixed f;

	if (!at)
		return -EBADMSG;
	memcpy(&f, at, sizeof(f));
	take_fixed(&f, ret);
	s->groups = get_copy(&in, f.n_groups, sizeof(*s->groups));
	get_texts(&in, &s->env, f.n_env);
	get_texts(&in, &ret->argv, f.n_argv);
	get_text(&in, &s->cwd);
	get_text(&in, &s->apparmor);
	get_text(&in, &s->selinux);
	get_text(&in, &s->keyring);
	get_filters(&in, s, f.n_filters);
	/* A filter less than asked for would be weaker. */
	if (!in.err && (in.at != in.end || s->n_filters != f.n_filters || !ret->argv.n))
		in.err = -EBADMSG;
	return in.err;
}

void nsv_job_clear(struct nsv_job *job)
{
	for (size_t i = 0; i < NSV_JOB_FDS; i++)
		nsv_close_p(&job->fds[i]);
	for (size_t i = 0; i < job->argv.n; i++)
		free(job->argv.list[i]);
	free(job->argv.list);
	job->argv = (struct nsv_strings){ 0 };
	nsv_inside_settings_clear(&job->settings);
}

/* Which of the fds come along: SCM_RIGHTS can't pass a missing one. */
struct head {
	uint64_t len;
	uint32_t fds; /* bits */
};

int nsv_job_send(int sock, const struct nsv_job *job)
{
	nsv_autofree char *bytes = NULL;
	struct head head = { 0 };
	int fds[NSV_JOB_FDS];
	struct nsv_packet p = { .head = &head, .head_len = sizeof(head), .fds = fds };
	size_t len = 0;
	int r = nsv_job_pack(job, &bytes, &len);

	for (unsigned i = 0; i < NSV_JOB_FDS; i++)
		if (job->fds[i] >= 0) {
			fds[p.n_fds++] = job->fds[i];
			head.fds |= 1U << i;
		}
	head.len = len;
	if (r == 0)
		r = nsv_packet_send(sock, &p);
	return r < 0 ? r : nsv_send_all(sock, bytes, len);
}

int nsv_job_recv(int sock, struct nsv_job *ret)
{
	nsv_autofree char *bytes = NULL;
	struct head head = { 0 };
	int fds[NSV_JOB_FDS];
	struct nsv_packet p = {
		.head = &head, .head_len = sizeof(head), .fds = fds, .n_fds = NSV_JOB_FDS
	};
	unsigned n = 0;
	int r = nsv_packet_recv(sock, &p, NSV_NO_DEADLINE);

	for (unsigned i = 0; i < NSV_JOB_FDS; i++)
		ret->fds[i] = r == 0 && head.fds >> i & 1 ? fds[n++] : NSV_FD_NONE;
	if (r < 0 || head.len > JOB_MAX)
		return r < 0 ? r : -E2BIG;
	bytes = malloc(head.len + 1);
	if (!bytes)
		return -ENOMEM;
	r = nsv_recv_all(sock, bytes, head.len, NSV_NO_DEADLINE);
	return r < 0 ? r : nsv_job_unpack(bytes, head.len, ret);
}
