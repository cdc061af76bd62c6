/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules_config.c - files that say who may come in and what starts by itself. They count when they
 * were changed: by the list of changes, or, without one, by a ctime later than the container's
 * start.
 */
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "report/rules.h"
#include "report/words.h"

/* Of the image, not of volumes; and no folder: something in it was changed then. */
static bool was_changed(struct nsv_case *c)
{
	const struct nsv_case_file *f = c->file;
	bool regular = !strcmp(f->type, "file") || f->changed == NSV_CHANGED_DELETED;

	if (f->changed < NSV_CHANGED_SINCE_START || !regular)
		return false;
	if (f->mount && strcmp(f->mount->target, "/") != 0 && !strcmp(f->mount->target, f->path))
		return false; /* The engine binds it: /etc/hosts. */
	nsv_case_detail(c, "%s",
			f->changed == NSV_CHANGED_ADDED	    ? "added to the image"
			: f->changed == NSV_CHANGED_DELETED ? "deleted from the image"
			: f->changed == NSV_CHANGED_MODIFIED
			    ? "changed against the image"
			    : "changed after the container started");
	return true;
}

static bool is_one_of(const char *path, const char *const *words, size_t n)
{
	return nsv_word_in(path, strlen(path), words, n);
}

#define IS_ONE_OF(path, words) is_one_of(path, words, NSV_ARRAY_SIZE(words))

bool nsv_rule_preload_file(struct nsv_case *c)
{
	if (strcmp(c->file->path, "/etc/ld.so.preload") != 0 || c->file->size == 0 ||
	    c->file->changed == NSV_CHANGED_DELETED)
		return false;
	if (c->file->changed == NSV_CHANGED_NO)
		c->severity = NSV_SEVERITY_MEDIUM;
	nsv_case_detail(c, "%lld bytes", (long long)c->file->size);
	return true;
}

bool nsv_rule_accounts(struct nsv_case *c)
{
	static const char *const files[] = {
		"/etc/passwd",	"/etc/shadow",	    "/etc/group",	 "/etc/gshadow",
		"/etc/sudoers", "/etc/sudoers.d/*", "/etc/doas.conf",	 "/etc/doas.d/*",
		"/etc/subuid",	"/etc/subgid",	    "/etc/nsswitch.conf"
	};

	return IS_ONE_OF(c->file->path, files) && was_changed(c);
}

bool nsv_rule_cron(struct nsv_case *c)
{
	static const char *const files[] = { "/etc/crontab",	"/etc/cron.*",
					     "/etc/crontabs/*", "/etc/periodic/*",
					     "/etc/anacrontab", "/var/spool/cron/*",
					     "/var/spool/at/*", "/var/spool/anacron/*" };

	return IS_ONE_OF(c->file->path, files) && was_changed(c);
}

bool nsv_rule_shell(struct nsv_case *c)
{
	static const char *const files[] = {
		"/etc/profile", "/etc/profile.d/*", "/etc/bash.bashrc", "/etc/bashrc", "/etc/zsh/*",
		"/etc/zshrc",	"/etc/environment", "/etc/skel/*",	"/etc/inputrc"
	};
	static const char *const names[] = { ".bashrc",	 ".bash_profile", ".bash_login", ".profile",
					     ".zshrc",	 ".zprofile",	  ".zshenv",	 ".ashrc",
					     ".shinit",	 ".bash_logout",  ".kshrc",	 ".zlogin",
					     ".xprofile" };
	size_t len;
	const char *base = nsv_facts_base(c->file->path, &len);

	return (IS_ONE_OF(c->file->path, files) || NSV_WORD_IN(base, len, names)) && was_changed(c);
}

bool nsv_rule_keys(struct nsv_case *c)
{
	static const char *const files[] = { "/etc/ssh/*", "/etc/pki/tls/private/*",
					     "/etc/ssl/private/*",
					     "/usr/local/share/ca-certificates/*",
					     "/etc/dropbear/*" };
	const char *path = c->file->path;

	return (IS_ONE_OF(path, files) || strstr(path, "/.ssh/") || strstr(path, "/.gnupg/")) &&
	       was_changed(c);
}

bool nsv_rule_pam(struct nsv_case *c)
{
	static const char *const files[] = { "/etc/pam.d/*", "/etc/pam.conf", "/etc/security/*" };
	const char *path = c->file->path;

	return (IS_ONE_OF(path, files) ||
		(strstr(path, "/security/pam_") && nsv_ends(path, ".so")) ||
		strstr(path, "/libpam.so") || strstr(path, "/libnss_")) &&
	       was_changed(c);
}

bool nsv_rule_startup(struct nsv_case *c)
{
	static const char *const files[] = { "/etc/init.d/*",	     "/etc/rc*",
					     "/etc/inittab",	     "/etc/systemd/system/*",
					     "/etc/systemd/user/*",  "/etc/xdg/autostart/*",
					     "/usr/lib/systemd/*",   "/lib/systemd/*",
					     "/etc/local.d/*",	     "/etc/runlevels/*",
					     "/etc/update-motd.d/*", "/etc/udev/rules.d/*",
					     "/etc/ld.so.conf*",     "/etc/apt/apt.conf.d/*",
					     "/etc/logrotate.d/*" };

	return IS_ONE_OF(c->file->path, files) && was_changed(c);
}

/* ---- accounts ---- */

bool nsv_rule_account_root(struct nsv_case *c)
{
	const struct nsv_case_account *a = c->account;
	char *end;

	/* "00" is 0, too. */
	if (strcmp(a->file, "/etc/passwd") != 0 || !*a->uid || strtoul(a->uid, &end, 10) != 0 ||
	    *end || !strcmp(a->user, "root"))
		return false;
	nsv_case_detail(c, "in %s", a->file);
	return true;
}

bool nsv_rule_account_open(struct nsv_case *c)
{
	if (*c->account->password)
		return false;
	nsv_case_detail(c, "in %s", c->account->file);
	return true;
}
