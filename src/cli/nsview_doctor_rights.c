/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsview_doctor_rights.c - checks of what this process may do: capabilities, user namespaces, other
 * processes. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nsview_doctor.h"
#include "reach/caps.h"
#include "reach/mountinfo.h"

static const struct {
	unsigned cap;
	const char *name, *lost;
} wanted[] = {
	{ CAP_SYS_PTRACE, "SYS_PTRACE", "containers of other users" },
	{ CAP_SYS_ADMIN, "SYS_ADMIN", "entering mount namespaces, the view, hostnames" },
	{ CAP_DAC_READ_SEARCH, "DAC_READ_SEARCH", "files that are not readable for this user" },
	{ CAP_DAC_OVERRIDE, "DAC_OVERRIDE", "copies into folders of others" },
	{ CAP_SYS_CHROOT, "SYS_CHROOT", "the route by a helper" },
	{ CAP_CHOWN, "CHOWN", "owners in copies" },
	{ CAP_FOWNER, "FOWNER", "modes in copies, reading without moving access times" },
	{ CAP_SETUID, "SETUID", "copies into user namespaces, nsrun -u" },
	{ CAP_SETGID, "SETGID", "nsrun -u" },
};

void doctor_capabilities(struct doctor_result *r)
{
	struct nsv_caps caps = { 0 };
	char names[200] = "", lost[300] = "";
	size_t n = 0, len = 0, at = 0;

	if (nsv_caps_get(&caps) < 0) {
		doctor_warn(r, "what this process may do is unknown", NULL, "capget is refused");
		return;
	}
	for (size_t i = 0; i < NSV_ARRAY_SIZE(wanted); i++) {
		if (caps.effective & NSV_CAP(wanted[i].cap))
			continue;
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%sCAP_%s", n ? ", " : "",
					wanted[i].name);
		if (at < sizeof(lost) - 1)
			at += (size_t)snprintf(lost + at, sizeof(lost) - at, "%s%s", n ? "; " : "",
					       wanted[i].lost);
		n++;
	}
	if (!n)
		doctor_ok(r, "all that are wanted");
	else if (n == NSV_ARRAY_SIZE(wanted))
		doctor_warn(r, "all containers but your own rootless ones, and the view for others",
			    geteuid() == 0 ? "start nsview with capabilities" : "sudo nsview ...",
			    "user %u without capabilities", (unsigned)geteuid());
	else
		doctor_warn(r, lost, "give this process these capabilities", "%s %s missing", names,
			    n == 1 ? "is" : "are");
	r->own_only = geteuid() != 0 && !(caps.effective & NSV_CAP(CAP_SYS_PTRACE));
}

/* ---- user namespaces ---- */

/* 0: a user namespace was made and has rights in it; else errno, *made tells the two apart. */
static int try_userns(bool *made)
{
	*made = unshare(CLONE_NEWUSER) == 0;
	if (!*made)
		return errno;
	/* AppArmor's restriction lets a program make one, and takes the rights in it. */
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return errno;
	return 0;
}

static bool sysctl_is(const char *name, const char *value)
{
	char path[128], text[32];

	(void)snprintf(path, sizeof(path), "/proc/sys/%s", name);
	return doctor_read(path, text, sizeof(text)) > 0 && strcmp(text, value) == 0;
}

void doctor_userns(struct doctor_result *r)
{
	static const char lost[] = "rootless containers on this host, and their views";
	bool made, apparmor = sysctl_is("kernel/apparmor_restrict_unprivileged_userns", "1");
	int err;

	if (sysctl_is("user/max_user_namespaces", "0")) {
		doctor_warn(r, lost, "sysctl user.max_user_namespaces=15000",
			    "user.max_user_namespaces is 0");
		return;
	}
	err = try_userns(&made);
	if (!err && geteuid() == 0 && apparmor)
		doctor_warn(
		    r, lost, "sysctl kernel.apparmor_restrict_unprivileged_userns=0",
		    "root can make user namespaces; AppArmor restricts those of ordinary users");
	else if (!err && geteuid() == 0 && sysctl_is("kernel/unprivileged_userns_clone", "0"))
		doctor_warn(r, lost, "sysctl kernel.unprivileged_userns_clone=1",
			    "root can make user namespaces, ordinary users can't");
	else if (!err)
		doctor_ok(r, "user namespaces can be made, with rights in them");
	else if (err == ENOSPC)
		doctor_warn(r, lost, "sysctl user.max_user_namespaces=15000",
			    "no more user namespaces can be made: a limit of "
			    "user.max_user_namespaces is reached");
	else if (made || apparmor)
		doctor_warn(r, lost, "sysctl kernel.apparmor_restrict_unprivileged_userns=0",
			    "user namespaces can be made, without rights in them: %s",
			    strerror(err));
	else
		doctor_warn(r, lost,
			    sysctl_is("kernel/unprivileged_userns_clone", "0")
				? "sysctl kernel.unprivileged_userns_clone=1"
				: "a seccomp profile that allows unshare",
			    "user namespaces can't be made: %s", strerror(err));
}

/* ---- other processes ---- */

/* The value of option @name in the comma-separated @list, in @value. */
static bool option_of(const char *list, const char *name, char *value, size_t size)
{
	size_t len = strlen(name);

	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, name, len) == 0 && at[len] == '=') {
			at += len + 1;
			(void)snprintf(value, size, "%.*s", (int)strcspn(at, ","), at);
			return true;
		}
	return false;
}

void doctor_hidepid(struct doctor_result *r)
{
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_line line;
	char value[32] = "", now[32], gid[16];
	bool gid_given = false;

	if (nsv_mountinfo_open(&table, AT_FDCWD, "/proc/self", NSV_MOUNTINFO_MAX) < 0) {
		doctor_warn(r, "whether processes are hidden is unknown", "see proc",
			    "the table of mounts can't be read");
		return;
	}
	while (nsv_mountinfo_next(&table, &line) > 0) {
		if (strcmp(line.point, "/proc") != 0 || strcmp(line.type, "proc") != 0)
			continue;
		/* The last mount lies on top. */
		value[0] = '\0';
		if (option_of(line.super, "hidepid", now, sizeof(now)))
			(void)snprintf(value, sizeof(value), "%s", now);
		gid_given = option_of(line.super, "gid", gid, sizeof(gid));
	}
	if (!*value || strcmp(value, "0") == 0 || strcmp(value, "off") == 0)
		doctor_ok(r, "/proc hides no process");
	else if (geteuid() == 0)
		doctor_warn(r,
			    gid_given ? "files on mounts inside containers, in the view"
				      : "ordinary users can't see what others run",
			    "mount -o remount,hidepid=0 /proc",
			    "/proc is mounted with hidepid=%s%s%s", value, gid_given ? ",gid=" : "",
			    gid_given ? gid : "");
	else
		doctor_warn(r, "containers of other users are not even counted",
			    "sudo nsview ..., or mount -o remount,hidepid=0 /proc",
			    "/proc is mounted with hidepid=%s", value);
}

/* Whether a process can read the memory of a sibling of the same user, as a debugger would. */
static int try_ptrace(void)
{
	static char text = 'x';
	pid_t other = doctor_fork(), reader;
	int status;

	if (other == 0)
		for (;;)
			(void)pause();
	if (other < 0)
		return -1;
	reader = doctor_fork();
	if (reader == 0) {
		char got = 0;
		struct iovec here = { &got, 1 }, there = { &text, 1 };

		_exit(process_vm_readv(other, &here, 1, &there, 1, 0) != 1);
	}
	status = reader < 0 ? -1 : doctor_wait(reader);
	(void)kill(other, SIGKILL);
	(void)doctor_wait(other);
	return status;
}

void doctor_ptrace(struct doctor_result *r)
{
	char scope[16] = "";
	int status = try_ptrace();

	(void)doctor_read("/proc/sys/kernel/yama/ptrace_scope", scope, sizeof(scope));
	if (status == 0)
		doctor_ok(r, "memory of another process can be read%s%s",
			  *scope ? "; kernel.yama.ptrace_scope is " : "", scope);
	else
		doctor_warn(r, "nscollect --memory, and what a traced process has open",
			    *scope && strcmp(scope, "3") == 0
				? "a reboot without kernel.yama.ptrace_scope=3"
				: "sudo nsview ..., or sysctl kernel.yama.ptrace_scope=0",
			    "memory of another process can't be read%s%s",
			    *scope ? "; kernel.yama.ptrace_scope is " : "", scope);
}

void doctor_lsm(struct doctor_result *r)
{
	char enforce[8] = "", label[256] = "", enabled[8] = "";
	bool selinux = doctor_read("/sys/fs/selinux/enforce", enforce, sizeof(enforce)) > 0;
	bool apparmor =
	    doctor_read("/sys/module/apparmor/parameters/enabled", enabled, sizeof(enabled)) > 0 &&
	    *enabled == 'Y';

	(void)doctor_read("/proc/self/attr/current", label, sizeof(label));
	if (selinux && *enforce == '1' && !strstr(label, "unconfined"))
		doctor_warn(r, "files that this label may not read",
			    "start nsview from an unconfined shell",
			    "SELinux enforces, and this process is %s", label);
	else if (apparmor && *label && strncmp(label, "unconfined", 10) != 0)
		doctor_warn(r, "what the profile forbids", "start nsview from an unconfined shell",
			    "AppArmor confines this process: %s", label);
	else
		doctor_ok(r, "%s",
			  selinux    ? (*enforce == '1' ? "SELinux enforces, this process is "
							  "unconfined"
							: "SELinux is permissive")
			  : apparmor ? "AppArmor is on, this process is unconfined"
				     : "neither SELinux nor AppArmor is on");
}
