/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * settings.h - how a container's engine would start a program in it: user, environment,
 * capabilities, limits, filters. Private to src/run/inside.
 *
 * The source is the OCI bundle's config.json (oci.c) or, without one, the container's main process
 * (process.c). Neither runs or stops anything of the container, except for --allow-interrupt.
 */
#ifndef NSV_RUN_INSIDE_SETTINGS_H
#define NSV_RUN_INSIDE_SETTINGS_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <nsview/error.h>
#include <nsview/target.h>

/* Most of what a bundle or a main process may name. */
#define NSV_INSIDE_GROUPS_MAX 65536U /* NGROUPS_MAX */
#define NSV_INSIDE_ENV_MAX    4096U
#define NSV_INSIDE_LIMITS     16 /* RLIM_NLIMITS */
#define NSV_INSIDE_FILTERS    32

enum nsv_inside_caps {
	NSV_CAPS_BOUNDING,
	NSV_CAPS_EFFECTIVE,
	NSV_CAPS_PERMITTED,
	NSV_CAPS_INHERITABLE,
	NSV_CAPS_AMBIENT,
	NSV_CAPS_SETS
};

/* A list of texts that ends with NULL, as execve(2) takes it. */
struct nsv_strings {
	char **list;
	size_t n, room;
};

/* A seccomp filter in classic BPF (seccomp(2)), with the flags of SECCOMP_SET_MODE_FILTER. */
struct nsv_filter {
	struct sock_filter *code;
	unsigned short len;
	unsigned flags;
};

struct nsv_inside_settings {
	bool from_bundle;
	uint32_t owner; /* the host's user who may have written the bundle; 0: root only */
	uint32_t uid, gid;
	uint32_t *groups;
	size_t n_groups;
	bool gid_in_groups; /* the engine puts the group into the list of groups too */
	mode_t umask;
	struct nsv_strings env;
	char *cwd;
	bool cwd_guessed; /* "/" will do if it can't be entered */
	char *hostname;	  /* as the bundle has it */
	uint64_t caps[NSV_CAPS_SETS];
	bool no_new_privs;
	bool terminal;	      /* the main process has one */
	unsigned have_limits; /* bits 1U << RLIMIT_... */
	struct rlimit limits[NSV_INSIDE_LIMITS];
	bool have_oom;
	int oom_score_adj;
	unsigned long personality;
	char *apparmor, *selinux;		       /* labels; NULL: none */
	struct nsv_filter filters[NSV_INSIDE_FILTERS]; /* oldest first */
	size_t n_filters;
	char *keyring; /* name of the container's session keyring; NULL: a new one */
};

#define NSV_INSIDE_SETTINGS_INIT                                  \
	{                                                         \
		.umask = 022, .caps = { [NSV_CAPS_BOUNDING] = 0 } \
	}

void nsv_inside_settings_clear(struct nsv_inside_settings *s);

/* Appends a copy. 0, -E2BIG beyond NSV_INSIDE_ENV_MAX, -ENOMEM. */
int nsv_strings_add(struct nsv_strings *s, const char *text, size_t len);
/* The value of "NAME=VALUE" in @s; NULL: not set. */
const char *nsv_strings_value(const struct nsv_strings *s, const char *name);
/* Replaces the variable of the same name, or appends. @text is "NAME=VALUE". */
int nsv_strings_set(struct nsv_strings *s, const char *text);
void nsv_strings_unset(struct nsv_strings *s, const char *name);

/*
 * oci.c: takes config.json. -EBADMSG: not what the specification says; -EOPNOTSUPP: it asks for
 * what can't be had here, and @e says for what. @allow_weaker_seccomp leaves such a filter out.
 */
int nsv_inside_from_bundle(const char *text, size_t len, bool allow_weaker_seccomp,
			   struct nsv_inside_settings *ret, struct nsv_error *e);

/*
 * process.c: takes the same from the directory @procdir of the host's /proc. @caller_users: IDs are
 * printed in the caller's user namespace, and @target translates them.
 * seccomp is only looked at: *ret_filtered says whether the process has filters.
 */
int nsv_inside_from_process(const struct nsv_target *target, int procdir,
			    struct nsv_inside_settings *ret, bool *ret_filtered,
			    struct nsv_error *e);
/* Limits with oom_score_adj, and labels, of the process alone: an owner's bundle may claim any. */
int nsv_inside_process_limits(int procdir, struct nsv_inside_settings *ret);
int nsv_inside_process_labels(int procdir, struct nsv_inside_settings *ret);

#endif
