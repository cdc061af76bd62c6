/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules_process.c - what a process is called, runs, and may do. See rules.h. */
#include <stdio.h>
#include <string.h>

#include <nsview/inspect.h>

#include "base/util.h"
#include "report/rules.h"
#include "report/words.h"

static void set_content(struct nsv_case *c)
{
	if (*c->process->content)
		(void)snprintf(c->evidence, sizeof(c->evidence), "%s", c->process->content);
}

static bool is_memfd(const char *path)
{
	return nsv_begins(path, "/memfd:");
}

/* ---- what it runs ---- */

bool nsv_rule_exe_deleted(struct nsv_case *c)
{
	if (!c->process->deleted || is_memfd(c->process->exe))
		return false;
	set_content(c);
	nsv_case_detail(c, "%s", c->process->exe);
	return true;
}

bool nsv_rule_exe_replaced(struct nsv_case *c)
{
	if (!c->process->replaced)
		return false;
	set_content(c);
	nsv_case_detail(c, "%s", c->process->exe);
	return true;
}

bool nsv_rule_exe_memfd(struct nsv_case *c)
{
	/* runc starts itself from such a copy, in the moment before the container's program runs.
	 */
	if (!is_memfd(c->process->exe) || nsv_begins(c->process->exe, "/memfd:runc_cloned:"))
		return false;
	set_content(c);
	nsv_case_detail(c, "%s", c->process->exe);
	return true;
}

/* Engines bind their small init into the container, in places of their own. */
static bool is_engine_init(const struct nsv_case *c, const struct nsv_mount_fact *m)
{
	static const char *const places[] = { "/sbin/docker-init", "/dev/init", "/run/podman-init",
					      "/.cntr-init", "/sbin/tini" };

	return !strcmp(m->target, c->process->exe) &&
	       NSV_WORD_IN(m->target, strlen(m->target), places);
}

bool nsv_rule_exe_temporary(struct nsv_case *c)
{
	const struct nsv_mount_fact *m = nsv_facts_mount(c->f, c->process->exe);
	bool tmpfs = m && (!strcmp(m->type, "tmpfs") || !strcmp(m->type, "ramfs"));

	if (!c->process->has_exe || is_memfd(c->process->exe) || *c->process->exe != '/' ||
	    (m && is_engine_init(c, m)) || (!tmpfs && !nsv_is_temporary(c->process->exe)))
		return false;
	set_content(c);
	nsv_case_detail(c, "%s%s", c->process->exe, tmpfs ? ", in a tmpfs" : "");
	return true;
}

bool nsv_rule_exe_volume(struct nsv_case *c)
{
	const struct nsv_mount_fact *m = nsv_facts_mount(c->f, c->process->exe);

	if (!c->process->has_exe || is_memfd(c->process->exe) || *c->process->exe != '/' || !m ||
	    !strcmp(m->target, "/") || m->kernel || !strcmp(m->type, "tmpfs") ||
	    is_engine_init(c, m) || nsv_is_temporary(c->process->exe))
		return false;
	nsv_case_detail(c, "%s, in the volume %s", c->process->exe, m->target);
	return true;
}

bool nsv_rule_script_from_fd(struct nsv_case *c)
{
	struct nsv_json_walk w = nsv_json_walk(c->process->argv);
	struct nsv_json key, value;
	char word[64];
	size_t len;
	const char *base = nsv_facts_base(c->process->exe, &len);

	if (!nsv_is_interpreter(base, len))
		return false;
	for (unsigned i = 0; i < 8 && nsv_json_next(&w, &key, &value); i++) {
		(void)nsv_fact_item(value, word, sizeof(word));
		if (i > 0 && (nsv_begins(word, "/dev/fd/") || nsv_begins(word, "/proc/self/fd/"))) {
			nsv_case_detail(c, "%s", c->process->command);
			return true;
		}
	}
	return false;
}

/* ---- what it is called ---- */

bool nsv_rule_kernel_name(struct nsv_case *c)
{
	const struct nsv_case_process *p = c->process;

	if (!p->has_exe || (!nsv_is_kernel_name(p->name) && !nsv_is_kernel_name(p->argv0)))
		return false;
	set_content(c);
	nsv_case_detail(c, "it calls itself %s, and runs %s",
			nsv_is_kernel_name(p->name) ? p->name : p->argv0, p->exe);
	return true;
}

bool nsv_rule_daemon_name(struct nsv_case *c)
{
	const struct nsv_case_process *p = c->process;
	size_t len, base_len;
	const char *name = nsv_daemon_of(p->argv0, &len);
	const char *base = nsv_facts_base(p->exe, &base_len);
	bool same = len == base_len && !memcmp(name, base, len);

	if (!p->has_exe || *p->exe != '/')
		return false;
	/* A program of no package that is called as one; or an interpreter under a daemon's name.
	 */
	if (!nsv_is_system_path(p->exe) || is_memfd(p->exe)) {
		if (!nsv_is_daemon(p->name, strlen(p->name)) && !nsv_is_daemon(name, len))
			return false;
		/* The first process of a small image may well be /init. */
		if (!strcmp(p->exe, "/init") || (same && p->fact->inside == 1))
			return false;
	} else if (same || !nsv_is_daemon(name, len) || !nsv_is_interpreter(base, base_len) ||
		   nsv_begins(base, "busybox") || nsv_begins(base, "toybox") ||
		   nsv_begins(p->name, "init")) {
		return false;
	}
	set_content(c);
	nsv_case_detail(c, "it calls itself %.*s, and runs %s", (int)len, name, p->exe);
	return true;
}

bool nsv_rule_odd_process(struct nsv_case *c)
{
	const struct nsv_case_process *p = c->process;
	const char *texts[] = { p->name, p->argv0, p->exe };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(texts); i++) {
		enum nsv_odd_name odd = nsv_odd_name(texts[i]);

		/* Blanks are usual in titles. */
		if (odd == NSV_NAME_PLAIN || (odd == NSV_NAME_BLANK && i < 2))
			continue;
		nsv_case_detail(c, "%s", texts[i]);
		return true;
	}
	return false;
}

bool nsv_rule_hidden_process(struct nsv_case *c)
{
	size_t len;
	const char *base = nsv_facts_base(c->process->exe, &len);

	if (!c->process->has_exe || is_memfd(c->process->exe) ||
	    (*base != '.' && !strstr(c->process->exe, "/.")))
		return false;
	/* Tools that are installed into a home. */
	if (*base != '.' && !nsv_is_temporary(c->process->exe) && !strstr(c->process->exe, "/..."))
		return false;
	nsv_case_detail(c, "%s", c->process->exe);
	return true;
}

/* ---- what it was told, what it may do ---- */

bool nsv_rule_preload_environment(struct nsv_case *c)
{
	struct nsv_json_walk w = nsv_json_walk(c->process->environ);
	struct nsv_json key, value;
	char word[512];

	while (nsv_json_next(&w, &key, &value)) {
		const char *path;

		(void)nsv_fact_item(value, word, sizeof(word));
		if (!nsv_begins(word, "LD_PRELOAD=") && !nsv_begins(word, "LD_AUDIT="))
			continue;
		path = strchr(word, '=') + 1;
		if (!*path)
			continue;
		/* Allocators and the like are preloaded from where packages put them. */
		if (nsv_is_system_path(path) || *path != '/')
			c->severity = NSV_SEVERITY_LOW;
		nsv_case_detail(c, "%s", word);
		return true;
	}
	return false;
}

bool nsv_rule_tracer(struct nsv_case *c)
{
	const struct nsv_process_fact *tracer = nsv_facts_process(c->f, c->process->tracer);

	if (!c->process->tracer)
		return false;
	if (!tracer)
		c->severity = NSV_SEVERITY_LOW;
	nsv_case_detail(c, "by process %lld, %s", (long long)c->process->tracer,
			tracer ? tracer->name : "which is outside of the container");
	return true;
}

bool nsv_rule_capabilities(struct nsv_case *c)
{
	const struct nsv_case_process *p = c->process;
	uint64_t more = (p->effective | p->permitted) & ~c->f->caps;
	char list[512] = "";
	size_t at = 0;

	if (!more || !c->f->caps_known || c->f->userns)
		return false;
	for (unsigned n = 0; n < 64; n++) {
		const char *name = nsv_capability_name(n);

		if (more >> n & 1 && name && at + strlen(name) + 2 < sizeof(list))
			at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", at ? " " : "",
					       name);
	}
	nsv_case_detail(c, "%s", list);
	return true;
}

bool nsv_rule_cwd_deleted(struct nsv_case *c)
{
	if (!nsv_ends(c->process->cwd, " (deleted)"))
		return false;
	nsv_case_detail(c, "%s", c->process->cwd);
	return true;
}
