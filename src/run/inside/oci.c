/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oci.c - takes the settings from config.json (OCI runtime specification, config.md).
 *
 * Defends against: bundles of rootless containers, which an ordinary user wrote: all is bounded,
 * and what is not as specified is refused as a whole. No locks.
 */
#include <errno.h>
#include <string.h>
#include <sys/personality.h>

#include "reach/util.h"
#include "run/inside/capability.h"
#include "run/inside/json.h"
#include "run/inside/seccomp.h"
#include "run/inside/settings.h"

static int take_strings(struct nsv_json v, struct nsv_strings *ret)
{
	struct nsv_json_walk walk;
	struct nsv_json key, one;
	nsv_autofree char *text = NULL;
	int r = nsv_oci_array(v, &walk);

	while (r == 0 && nsv_json_next(&walk, &key, &one)) {
		r = nsv_oci_text(one, &text);
		if (r == 0 && !text)
			r = -EBADMSG;
		if (r == 0)
			r = nsv_strings_add(ret, text, strlen(text));
	}
	return r;
}

static int take_groups(struct nsv_json v, struct nsv_inside_settings *s)
{
	struct nsv_json_walk walk;
	struct nsv_json key, one;
	size_t room = 0;
	int r = nsv_oci_array(v, &walk);

	while (r == 0 && nsv_json_next(&walk, &key, &one)) {
		uint64_t gid = UINT64_MAX;

		if (s->n_groups == NSV_INSIDE_GROUPS_MAX)
			return -E2BIG;
		if (s->n_groups == room) {
			uint32_t *groups = reallocarray(s->groups, room + 64, sizeof(*groups));

			if (!groups)
				return -ENOMEM;
			s->groups = groups;
			room += 64;
		}
		r = nsv_oci_u64(one, UINT32_MAX - 1, &gid);
		s->groups[s->n_groups++] = (uint32_t)gid;
		s->gid_in_groups |= gid == s->gid;
	}
	return r;
}

static int take_user(struct nsv_json user, struct nsv_inside_settings *s)
{
	uint64_t uid = 0, gid = 0, mask = 022;
	int r = nsv_oci_u64(nsv_oci_member(user, "uid"), UINT32_MAX - 1, &uid);

	if (r == 0)
		r = nsv_oci_u64(nsv_oci_member(user, "gid"), UINT32_MAX - 1, &gid);
	if (r == 0)
		r = nsv_oci_u64(nsv_oci_member(user, "umask"), 0777, &mask);
	if (r < 0)
		return r;
	s->uid = (uint32_t)uid;
	s->gid = (uint32_t)gid;
	s->umask = (mode_t)mask;
	return take_groups(nsv_oci_member(user, "additionalGids"), s);
}

/* Names that this program does not know are the kernel's newest, which the runtime left out, too.
 */
static int take_capabilities(struct nsv_json sets, struct nsv_inside_settings *s)
{
	static const char *const keys[NSV_CAPS_SETS] = {
		[NSV_CAPS_BOUNDING] = "bounding",   [NSV_CAPS_EFFECTIVE] = "effective",
		[NSV_CAPS_PERMITTED] = "permitted", [NSV_CAPS_INHERITABLE] = "inheritable",
		[NSV_CAPS_AMBIENT] = "ambient",
	};
	struct nsv_json_walk walk;
	struct nsv_json key, one;
	char name[64];

	for (unsigned i = 0; i < NSV_CAPS_SETS; i++) {
		s->caps[i] = 0;
		if (nsv_oci_array(nsv_oci_member(sets, keys[i]), &walk) < 0)
			return -EBADMSG;
		while (nsv_json_next(&walk, &key, &one)) {
			int cap = nsv_json_string(one, name, sizeof(name)) < 0
				      ? -EINVAL
				      : nsv_cap_number(name);

			if (cap >= 0)
				s->caps[i] |= 1ULL << cap;
		}
	}
	return 0;
}

static int take_limits(struct nsv_json list, struct nsv_inside_settings *s)
{
	static const char *const names[NSV_INSIDE_LIMITS] = {
		[RLIMIT_CPU] = "CPU",		[RLIMIT_FSIZE] = "FSIZE",
		[RLIMIT_DATA] = "DATA",		[RLIMIT_STACK] = "STACK",
		[RLIMIT_CORE] = "CORE",		[RLIMIT_RSS] = "RSS",
		[RLIMIT_NPROC] = "NPROC",	[RLIMIT_NOFILE] = "NOFILE",
		[RLIMIT_MEMLOCK] = "MEMLOCK",	[RLIMIT_AS] = "AS",
		[RLIMIT_LOCKS] = "LOCKS",	[RLIMIT_SIGPENDING] = "SIGPENDING",
		[RLIMIT_MSGQUEUE] = "MSGQUEUE", [RLIMIT_NICE] = "NICE",
		[RLIMIT_RTPRIO] = "RTPRIO",	[RLIMIT_RTTIME] = "RTTIME",
	};
	struct nsv_json_walk walk;
	struct nsv_json key, one;
	char name[32];

	if (nsv_oci_array(list, &walk) < 0)
		return -EBADMSG;
	while (nsv_json_next(&walk, &key, &one)) {
		uint64_t soft = 0, hard = 0;
		unsigned i = 0;

		if (nsv_json_string(nsv_oci_member(one, "type"), name, sizeof(name)) < 0 ||
		    strncmp(name, "RLIMIT_", 7) != 0 ||
		    nsv_oci_u64(nsv_oci_member(one, "soft"), UINT64_MAX, &soft) < 0 ||
		    nsv_oci_u64(nsv_oci_member(one, "hard"), UINT64_MAX, &hard) < 0)
			return -EBADMSG;
		while (i < NSV_INSIDE_LIMITS && strcmp(names[i], name + 7) != 0)
			i++;
		if (i == NSV_INSIDE_LIMITS)
			return -EBADMSG;
		s->limits[i] = (struct rlimit){ soft, hard };
		s->have_limits |= 1U << i;
	}
	return 0;
}

static int take_personality(struct nsv_json v, struct nsv_inside_settings *s)
{
	struct nsv_json domain = nsv_oci_member(v, "domain");

	if (!v.at || nsv_json_is(domain, "LINUX"))
		s->personality = PER_LINUX;
	else if (nsv_json_is(domain, "LINUX32"))
		s->personality = PER_LINUX32;
	else
		return -EBADMSG;
	return 0;
}

static int take_process(struct nsv_json p, struct nsv_inside_settings *s)
{
	struct nsv_json oom = nsv_oci_member(p, "oomScoreAdj");
	int r = take_user(nsv_oci_member(p, "user"), s);

	if (r == 0)
		r = take_strings(nsv_oci_member(p, "env"), &s->env);
	if (r == 0)
		r = nsv_oci_text(nsv_oci_member(p, "cwd"), &s->cwd);
	if (r == 0)
		r = take_capabilities(nsv_oci_member(p, "capabilities"), s);
	if (r == 0)
		r = take_limits(nsv_oci_member(p, "rlimits"), s);
	if (r == 0)
		r = nsv_oci_bool(nsv_oci_member(p, "noNewPrivileges"), &s->no_new_privs);
	if (r == 0)
		r = nsv_oci_bool(nsv_oci_member(p, "terminal"), &s->terminal);
	if (r == 0)
		r = nsv_oci_text(nsv_oci_member(p, "apparmorProfile"), &s->apparmor);
	if (r == 0)
		r = nsv_oci_text(nsv_oci_member(p, "selinuxLabel"), &s->selinux);
	if (r == 0 && oom.at) {
		s->have_oom = true;
		r = nsv_oci_int(oom, &s->oom_score_adj);
	}
	return r;
}

int nsv_inside_from_bundle(const char *text, size_t len, bool allow_weaker_seccomp,
			   struct nsv_inside_settings *ret, struct nsv_error *e)
{
	struct nsv_json whole, process, linux_part, profile;
	int r = nsv_json_whole(text, len, &whole) ? 0 : -EBADMSG;

	if (r == 0) {
		process = nsv_oci_member(whole, "process");
		linux_part = nsv_oci_member(whole, "linux");
		profile = nsv_oci_member(linux_part, "seccomp");
		r = process.at && linux_part.at ? take_process(process, ret) : -EBADMSG;
	}
	if (r == 0)
		r = nsv_oci_text(nsv_oci_member(whole, "hostname"), &ret->hostname);
	if (r == 0)
		r = take_personality(nsv_oci_member(linux_part, "personality"), ret);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_ENTER, "its config.json: %s", strerror(-r));
	ret->from_bundle = true;
	if (!profile.at)
		return 0;
	r = nsv_seccomp_compile(profile, &ret->filters[0], e);
	if (r == 0)
		ret->n_filters = 1;
	return allow_weaker_seccomp && r == -EOPNOTSUPP ? 0 : r;
}
