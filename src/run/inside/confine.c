/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * confine.c - joins the container's namespaces and drops everything that a program of the container
 * must not have. The kernel resets dumpability when credentials change (fs.suid_dumpable), so each
 * such step takes it away again. No locks; one thread.
 */
#include "run/inside/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reach/caps.h"
#include "reach/proc_reader.h"
#include "reach/util.h"
#include "run/inside/capability.h"

static int hide(void)
{
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : 0;
}

/* ---- limits ---- */

static int write_proc(const struct nsv_job *job, const char *name, const char *text)
{
	nsv_autofd int fd = openat(job->fds[NSV_JOB_PROCFS], name, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* More than this process may have needs CAP_SYS_RESOURCE; without, the most that it may have. */
static int set_limit(int which, struct rlimit wanted)
{
	struct rlimit now;

	if (setrlimit(which, &wanted) == 0)
		return 0;
	if (errno != EPERM || getrlimit(which, &now) < 0)
		return -errno;
	wanted.rlim_max = nsv_min(wanted.rlim_max, now.rlim_max);
	wanted.rlim_cur = nsv_min(wanted.rlim_cur, wanted.rlim_max);
	return setrlimit(which, &wanted) < 0 ? -errno : 0;
}

int nsv_confine_limits(const struct nsv_job *job, enum nsv_stage_step *ret_step)
{
	const struct nsv_inside_settings *s = &job->settings;
	char text[16];
	int r = 0;

	*ret_step = NSV_STEP_OOM;
	if (s->have_oom) {
		(void)snprintf(text, sizeof(text), "%d", s->oom_score_adj);
		r = write_proc(job, "self/oom_score_adj", text);
		/* A lower score than ours needs CAP_SYS_RESOURCE; a higher one makes the program
		 * no stronger. */
		if (r == -EACCES || r == -EPERM)
			r = 0;
	}
	if (r < 0)
		return r;
	*ret_step = NSV_STEP_LIMITS;
	for (int i = 0; i < NSV_INSIDE_LIMITS && r == 0; i++)
		if (s->have_limits >> i & 1)
			r = set_limit(i, s->limits[i]);
	if (r < 0)
		return r;
	*ret_step = NSV_STEP_HARDEN;
	return hide();
}

/* ---- namespaces ---- */

static int join(const struct nsv_job *job, enum nsv_job_fd which)
{
	static const int types[NSV_JOB_NAMESPACES] = {
		[NSV_JOB_USER] = CLONE_NEWUSER, [NSV_JOB_CGROUP] = CLONE_NEWCGROUP,
		[NSV_JOB_UTS] = CLONE_NEWUTS,	[NSV_JOB_IPC] = CLONE_NEWIPC,
		[NSV_JOB_NET] = CLONE_NEWNET,	[NSV_JOB_PID] = CLONE_NEWPID,
		[NSV_JOB_TIME] = CLONE_NEWTIME, [NSV_JOB_MNT] = CLONE_NEWNS,
	};

	return setns(job->fds[which], types[which]) < 0 ? -errno : 0;
}

/* The namespaces that the user namespace does not own are joined with the caller's rights. */
static int join_some(const struct nsv_job *job, bool early, int *ret_detail)
{
	int r = 0;

	for (int i = NSV_JOB_USER + 1; i < NSV_JOB_NAMESPACES && r == 0; i++) {
		if (job->fds[i] < 0 || (job->early >> i & 1) != early)
			continue;
		*ret_detail = i;
		r = join(job, (enum nsv_job_fd)i);
	}
	return r;
}

/* ID 0 of the user namespace, where it has one: what is made now belongs to the container's root.
 */
static int become_root(void)
{
	if ((setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) && errno != EINVAL)
		return -errno;
	return hide();
}

int nsv_confine_enter(const struct nsv_job *job, enum nsv_stage_step *ret_step, int *ret_detail)
{
	int r;

	*ret_step = NSV_STEP_USER;
	/* An ordinary user can't drop groups, and keeps them, as with Podman. */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return -errno;
	*ret_step = NSV_STEP_JOIN;
	r = join_some(job, true, ret_detail);
	if (r == 0 && job->fds[NSV_JOB_USER] >= 0) {
		*ret_detail = NSV_JOB_USER;
		r = join(job, NSV_JOB_USER);
		if (r == 0)
			r = hide();
		if (r == 0)
			r = become_root();
	}
	if (r == 0)
		r = join_some(job, false, ret_detail);
	if (r < 0)
		return r;
	*ret_step = NSV_STEP_ROOT;
	if (fchdir(job->fds[NSV_JOB_ROOT]) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

/* ---- place ---- */

/* A working directory outside of the root has no path that begins with a slash. */
static int go_to(const char *dir)
{
	char path[4096];

	if (chdir(dir) < 0)
		return -errno;
	if (!getcwd(path, sizeof(path)))
		return -errno;
	return *path == '/' ? 0 : -EXDEV;
}

int nsv_confine_place(struct nsv_job *job, enum nsv_stage_step *ret_step)
{
	const struct nsv_inside_settings *s = &job->settings;
	int r;

	*ret_step = NSV_STEP_KEYRING;
	/* Never the caller's. ENOSYS: a kernel without keys; EDQUOT: the container's users have too
	 * many, and a program without a session keyring is none the stronger. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, s->keyring) < 0 &&
	    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return -errno;
	*ret_step = NSV_STEP_CWD;
	r = go_to(s->cwd && *s->cwd ? s->cwd : "/");
	/* Perhaps for the program's user it is not forbidden. */
	job->cwd_later = r == -EACCES;
	if (r < 0 && !job->cwd_later && s->cwd_guessed)
		r = go_to("/");
	return job->cwd_later ? 0 : r;
}

/* ---- drop ---- */

static int set_label(const struct nsv_job *job)
{
	const struct nsv_inside_settings *s = &job->settings;
	char text[4200];
	int r;

	if (s->selinux && *s->selinux)
		return write_proc(job, "self/attr/exec", s->selinux);
	if (!s->apparmor || !*s->apparmor)
		return 0;
	(void)snprintf(text, sizeof(text), "exec %s", s->apparmor);
	r = write_proc(job, "self/attr/apparmor/exec", text);
	return r == -ENOENT ? write_proc(job, "self/attr/exec", text) : r;
}

static int become_user(const struct nsv_inside_settings *s)
{
	int r;

	if (prctl(PR_SET_KEEPCAPS, 1) < 0)
		return -errno;
	/* Where groups may not be set (user_namespaces(7)), those that there are stay. */
	if (syscall(SYS_setgroups, s->n_groups, s->groups) < 0 && errno != EPERM)
		return -errno;
	if (setresgid(s->gid, s->gid, s->gid) < 0 || setresuid(s->uid, s->uid, s->uid) < 0)
		return -errno;
	r = hide();
	return r < 0 || prctl(PR_SET_KEEPCAPS, 0) < 0 ? (r < 0 ? r : -errno) : 0;
}

static int install_filters(const struct nsv_inside_settings *s)
{
	for (size_t i = 0; i < s->n_filters; i++) {
		struct sock_fprog program = { s->filters[i].len, s->filters[i].code };

		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, s->filters[i].flags, &program) <
		    0)
			return -errno;
	}
	return 0;
}

/* What the stage does not have can't be given: as when an engine lacks it. */
static int set_capabilities(const struct nsv_inside_settings *s)
{
	struct nsv_caps caps;
	int r = nsv_caps_get(&caps);

	if (r < 0)
		return r;
	caps.permitted &= s->caps[NSV_CAPS_PERMITTED];
	caps.effective = s->caps[NSV_CAPS_EFFECTIVE] & caps.permitted;
	caps.inheritable = s->caps[NSV_CAPS_INHERITABLE] & s->caps[NSV_CAPS_BOUNDING];
	r = nsv_caps_set(&caps);
	if (r == 0)
		r = nsv_cap_ambient(s->caps[NSV_CAPS_AMBIENT] & caps.permitted &
				    s->caps[NSV_CAPS_INHERITABLE]);
	return r == 0 ? hide() : r;
}

/*
 * Without no_new_privs installing a filter takes CAP_SYS_ADMIN, so that the capabilities go last;
 * the filter must allow capset(2) then, as with runc.
 */
static int confine_calls(const struct nsv_inside_settings *s, enum nsv_stage_step *ret_step)
{
	int r;

	if (!s->no_new_privs) {
		*ret_step = NSV_STEP_FILTER;
		r = install_filters(s);
		*ret_step = r < 0 ? NSV_STEP_FILTER : NSV_STEP_CAPABILITIES;
		return r < 0 ? r : set_capabilities(s);
	}
	*ret_step = NSV_STEP_CAPABILITIES;
	r = set_capabilities(s);
	if (r < 0)
		return r;
	*ret_step = NSV_STEP_FILTER;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return install_filters(s);
}

int nsv_confine_drop(const struct nsv_job *job, enum nsv_stage_step *ret_step)
{
	const struct nsv_inside_settings *s = &job->settings;
	int r;

	*ret_step = NSV_STEP_LABEL;
	r = set_label(job);
	if (r < 0)
		return r;
	(void)umask(s->umask);
	(void)personality(s->personality);
	*ret_step = NSV_STEP_CAPABILITIES;
	r = nsv_cap_bound(s->caps[NSV_CAPS_BOUNDING]);
	if (r < 0)
		return r;
	*ret_step = NSV_STEP_USER;
	r = become_user(s);
	if (r < 0)
		return r;
	*ret_step = NSV_STEP_CWD;
	r = job->cwd_later ? go_to(s->cwd) : 0;
	if (r < 0 && s->cwd_guessed)
		r = go_to("/");
	if (r < 0)
		return r;
	*ret_step = NSV_STEP_CAPABILITIES;
	r = nsv_caps_raise();
	return r < 0 ? r : confine_calls(s, ret_step);
}
