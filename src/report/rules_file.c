/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules_file.c - files by their mode, place, times and names. See rules.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/util.h"
#include "report/rules.h"
#include "report/words.h"

#define DAY ((int64_t)86400 * 1000000)

/* What the packages of distributions install set-user-ID or set-group-ID. */
static const char *const known_setuid[] = {
	"su",
	"sudo",
	"sudoedit",
	"mount",
	"umount",
	"passwd",
	"chsh",
	"chfn",
	"gpasswd",
	"newgrp",
	"sg",
	"chage",
	"expiry",
	"wall",
	"ssh-agent",
	"unix_chkpwd",
	"unix2_chkpwd",
	"ping",
	"ping6",
	"pkexec",
	"bbsuid",
	"crontab",
	"at",
	"doas",
	"write",
	"newuidmap",
	"newgidmap",
	"postdrop",
	"postqueue",
	"exim4",
	"fusermount*",
	"chrome-sandbox",
	"Xorg.wrap",
	"utempter",
	"arping",
	"pppd",
	"ssh-keysign",
	"polkit-agent-helper-1",
	"dbus-daemon-launch-helper",
	"traceroute*",
	"mount.nfs",
	"mount.cifs",
	"mount.fuse*",
	"snap-confine",
	"bsd-write",
	"dotlockfile",
	"pam_timestamp_check",
	"pam_extrausers_chkpwd",
	"staprun",
	"userhelper",
	"usernetctl",
	"sendmail*",
	"lockfile",
	"procmail",
	"ntfs-3g",
	"vmware-user-suid-wrapper",
	"lockdev",
	"suexec",
	"userisdnctl",
	"lppasswd",
	"screen",
	"mlocate",
	"plocate",
	"locate",
	"mail-touchlock",
	"mail-lock",
	"mail-unlock",
	"camel-lock-helper*",
	"uuidd",
	"slock",
	"xterm",
	"gnome-pty-helper",
	"kismet_cap*",
};
static const char *const known_capable[] = {
	"ping*",
	"arping",
	"clockdiff",
	"mtr-packet",
	"newuidmap",
	"newgidmap",
	"gst-ptp-helper",
	"dumpcap",
	"suexec",
	"tracepath*",
	"traceroute*",
	"fping*",
	"systemd-*",
	"kismet_cap*",
	"rcp",
	"rlogin",
	"rsh",
	"snap-confine",
	"nginx",
	"caddy",
	"node",
	"vault",
	"coredns",
	"haproxy",
	"memcached",
	"glusterfsd",
	"kwin_wayland",
	"gnome-keyring-daemon",
	"gamescope",
	"sway",
};

static bool is_regular(const struct nsv_case_file *f)
{
	return !strcmp(f->type, "file") && *f->path;
}

static bool is_executable(const struct nsv_case_file *f)
{
	return is_regular(f) && f->mode & 0111 && f->size != 0;
}

static const char *how(const struct nsv_case_file *f)
{
	switch (f->changed) {
	case NSV_CHANGED_ADDED:
		return "it was added to the image";
	case NSV_CHANGED_MODIFIED:
		return "it was changed in the container";
	case NSV_CHANGED_SINCE_START:
		return "it was changed after the container started";
	case NSV_CHANGED_UNKNOWN:
		return "whether it is the image's is not known";
	default:
		return "it is the image's";
	}
}

static bool in_tmpfs(const struct nsv_case_file *f)
{
	return f->mount && !strcmp(f->mount->type, "tmpfs");
}

static bool in_volume(const struct nsv_case_file *f)
{
	return f->mount && strcmp(f->mount->target, "/") != 0 && !in_tmpfs(f) && !f->mount->kernel;
}

/* Whether a package of a distribution has such a file, and nothing changed it. */
static bool is_known(const struct nsv_case_file *f, const char *const *words, size_t n)
{
	size_t len;
	const char *base = nsv_facts_base(f->path, &len);

	return f->changed <= NSV_CHANGED_UNKNOWN && nsv_is_system_path(f->path) &&
	       nsv_word_in(base, len, words, n);
}

bool nsv_rule_setuid(struct nsv_case *c)
{
	const struct nsv_case_file *f = c->file;

	/* Without the right to execute, set-group-ID meant mandatory locks. */
	if (!is_regular(f) || !(f->mode & 06000) || !(f->mode & 0111))
		return false;
	if (f->changed == NSV_CHANGED_NO && !in_volume(f))
		return false;
	if (is_known(f, known_setuid, NSV_ARRAY_SIZE(known_setuid)))
		return false;
	/* A name that is not on the list is no proof. */
	if (f->changed == NSV_CHANGED_UNKNOWN && !nsv_is_temporary(f->path))
		c->severity = NSV_SEVERITY_MEDIUM;
	nsv_case_detail(c, "mode %04o, owner %lld; %s", f->mode, (long long)f->uid, how(f));
	return true;
}

bool nsv_rule_file_capabilities(struct nsv_case *c)
{
	const struct nsv_case_file *f = c->file;

	if (!is_regular(f) || !f->file_caps || (f->changed == NSV_CHANGED_NO && !in_volume(f)) ||
	    is_known(f, known_capable, NSV_ARRAY_SIZE(known_capable)))
		return false;
	if (f->changed == NSV_CHANGED_UNKNOWN && !nsv_is_temporary(f->path))
		c->severity = NSV_SEVERITY_MEDIUM;
	nsv_case_detail(c, "%s", how(f));
	return true;
}

bool nsv_rule_executable_temporary(struct nsv_case *c)
{
	const struct nsv_case_file *f = c->file;

	if (!is_executable(f) || (!nsv_is_temporary(f->path) && !in_tmpfs(f)))
		return false;
	nsv_case_detail(c, "mode %04o%s", f->mode, in_tmpfs(f) ? ", in a tmpfs" : "");
	return true;
}

bool nsv_rule_executable_volume(struct nsv_case *c)
{
	const struct nsv_case_file *f = c->file;

	if (!is_executable(f) || !in_volume(f) || nsv_is_temporary(f->path) ||
	    /* A file that the engine binds: its own init. */
	    !strcmp(f->mount->target, f->path))
		return false;
	nsv_case_detail(c, "mode %04o, in the volume %s", f->mode, f->mount->target);
	return true;
}

bool nsv_rule_time_set_back(struct nsv_case *c)
{
	const struct nsv_case_file *f = c->file;
	char when[2][24];

	/* Every file of an image is older than its place here: only what came later counts. */
	if (!is_regular(f) || f->mtime == INT64_MIN || f->ctime == INT64_MIN ||
	    f->ctime - DAY < f->mtime || c->f->started == INT64_MIN || f->ctime < c->f->started ||
	    in_volume(f))
		return false;
	if (f->changed != NSV_CHANGED_ADDED && f->changed != NSV_CHANGED_SINCE_START)
		return false;
	/* An unpacked archive, too, has times of its own. */
	if (f->changed == NSV_CHANGED_SINCE_START && !nsv_is_temporary(f->path))
		c->severity = NSV_SEVERITY_LOW;
	for (unsigned i = 0; i < 2; i++) {
		time_t t = (time_t)((i ? f->ctime : f->mtime) / 1000000);
		struct tm tm;

		if (!gmtime_r(&t, &tm) ||
		    !strftime(when[i], sizeof(when[i]), "%Y-%m-%d %H:%M", &tm))
			(void)snprintf(when[i], sizeof(when[i]), "?");
	}
	nsv_case_detail(c, "it says %s, and was changed at %s UTC", when[0], when[1]);
	return true;
}

bool nsv_rule_odd_file(struct nsv_case *c)
{
	static const char *const words[] = {
		[NSV_NAME_INVISIBLE] = "characters that show nothing, or no text at all",
		[NSV_NAME_LOOKALIKE] = "letters of other scripts that look like Latin ones",
		[NSV_NAME_BLANK] = "blanks at its end",
		[NSV_NAME_DOTS] = "dots and blanks only",
	};
	enum nsv_odd_name odd = nsv_odd_name(c->file->path);

	if (odd == NSV_NAME_PLAIN)
		return false;
	if (odd == NSV_NAME_BLANK)
		c->severity = NSV_SEVERITY_LOW;
	nsv_case_detail(c, "%s", words[odd]);
	return true;
}

bool nsv_rule_hidden_file(struct nsv_case *c)
{
	static const char *const usual[] = { ".X*-lock",     ".X*",	     ".keep",
					     ".gitkeep",     ".placeholder", ".dockerenv",
					     ".containerenv" };
	const struct nsv_case_file *f = c->file;
	size_t len;
	const char *base = nsv_facts_base(f->path, &len);
	bool temporary = nsv_is_temporary(f->path), device = nsv_begins(f->path, "/dev/");

	if (!is_regular(f) || NSV_WORD_IN(base, len, usual))
		return false;
	/* A plain file among the devices needs no dot to be overlooked. */
	if (!(temporary && *base == '.') && !(device && !temporary))
		return false;
	nsv_case_detail(c, "%lld bytes, mode %04o", (long long)f->size, f->mode);
	return true;
}
