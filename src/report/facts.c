/* SPDX-License-Identifier: GPL-2.0-or-later */
/* facts.c - the container as a whole: engine, times. See facts.h. */
#include "report/facts.h"

#include <string.h>

#include <nsview/inspect.h>

#include "base/util.h"
#include "report/mount_facts.h"
#include "report/process_facts.h"
#include "report/tree.h"

uint64_t nsv_facts_caps(struct nsv_json names)
{
	struct nsv_json_walk w = nsv_json_walk(names);
	struct nsv_json key, value;
	uint64_t bits = 0;

	while (nsv_json_next(&w, &key, &value))
		for (unsigned n = 0; n < 64; n++) {
			const char *name = nsv_capability_name(n);

			if (name && nsv_json_is(value, name))
				bits |= (uint64_t)1 << n;
		}
	return bits;
}

/* ---- engines ---- */

static uint64_t bits_of(const char *const *names, size_t n)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < 64; k++) {
			const char *name = nsv_capability_name(k);

			/* With or without CAP_ in front. */
			if (name &&
			    !strcasecmp(name + (strncasecmp(name, "cap_", 4) ? 0 : 4), names[i]))
				bits |= (uint64_t)1 << k;
		}
	return bits;
}

/* What Docker, containerd, CRI-O and Podman give at most when nothing is said. */
static const char *const usual[] = {
	"chown",  "dac_override", "fowner",  "fsetid",	   "kill",
	"setgid", "setuid",	  "setpcap", "net_raw",	   "net_bind_service",
	"mknod",  "audit_write",  "setfcap", "sys_chroot",
};
/* What systemd-nspawn gives besides. */
static const char *const nspawn[] = {
	"audit_control", "dac_read_search", "ipc_owner", "lease",    "linux_immutable",
	"net_broadcast", "sys_admin",	    "sys_boot",	 "sys_nice", "sys_ptrace",
	"sys_resource",	 "sys_tty_config",  "net_admin",
};

static void read_engine(struct nsv_facts *f)
{
	struct nsv_json container = nsv_fact_member(f->s->json[NSV_SOURCE_CONTAINER], "container");
	struct nsv_json target = nsv_fact_member(f->s->json[NSV_SOURCE_COLLECTION], "target");
	struct nsv_json user;

	if (!nsv_fact_get(container, "engine", f->engine, sizeof(f->engine)))
		(void)nsv_fact_get(target, "engine", f->engine, sizeof(f->engine));
	user = nsv_fact_member(nsv_fact_member(f->s->json[NSV_SOURCE_CONTAINER], "namespaces"),
			       "user");
	f->userns = user.at && *user.at == '{' && !nsv_fact_true(nsv_fact_member(user, "host"));
	f->caps = bits_of(usual, NSV_ARRAY_SIZE(usual));
	if (strstr(f->engine, "nspawn"))
		f->caps |= bits_of(nspawn, NSV_ARRAY_SIZE(nspawn));
	/* LXC and the like drop a few and keep the rest. */
	f->caps_known = !strstr(f->engine, "lxc") && !strstr(f->engine, "incus") &&
			!strstr(f->engine, "libvirt");
}

/* ---- all ---- */

/* When the first process of the container started. */
static void read_times(struct nsv_facts *f)
{
	struct nsv_json c = f->s->json[NSV_SOURCE_COLLECTION];
	int64_t pid = nsv_fact_number(nsv_fact_member(nsv_fact_member(c, "target"), "pid"), -1);
	const struct nsv_process_fact *lead = nsv_facts_process(f, pid);

	f->collected = nsv_fact_time(nsv_fact_member(c, "started"));
	f->started = lead ? lead->started : INT64_MIN;
	for (size_t i = 0; i < f->n_processes; i++)
		if (f->processes[i].started != INT64_MIN &&
		    (f->started == INT64_MIN || f->processes[i].started < f->started))
			f->started = f->processes[i].started;
}

struct nsv_lines nsv_facts_lines(const struct nsv_source *s, enum nsv_source_member member)
{
	const char *at = s->texts[member].at;

	/* NULL has no end: not even at + 0. */
	return (struct nsv_lines){ .at = at, .end = at ? at + s->texts[member].len : NULL };
}

/* A list whose layers were not found is empty, and says nothing of the image. */
static bool changes_are_known(const struct nsv_source *s)
{
	struct nsv_json about = nsv_fact_member(s->json[NSV_SOURCE_CHANGES], "about");
	struct nsv_json state = nsv_fact_member(about, "state");

	return nsv_json_is(state, "known") || nsv_json_is(state, "no-upper");
}

int nsv_facts_read(struct nsv_facts *f, const struct nsv_source *s)
{
	int r;

	*f = (struct nsv_facts){ .s = s,
				 .has_changes = changes_are_known(s),
				 .has_files = s->texts[NSV_SOURCE_FILES].at };
	read_engine(f);
	r = nsv_process_facts_read(f);
	if (r == 0)
		r = nsv_tree_make(f);
	read_times(f);
	return r < 0 ? r : nsv_mount_facts_read(f);
}

void nsv_facts_free(struct nsv_facts *f)
{
	nsv_mount_facts_free(f);
	nsv_free_p(&f->processes);
	nsv_free_p(&f->tree);
}
