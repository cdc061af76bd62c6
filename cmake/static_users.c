/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * static_users.c - a static program looks for users and groups in /etc/passwd and /etc/group only.
 *
 * For what else nsswitch.conf(5) names, libc would load a library of the system that the program
 * runs on, which is for the libc of that system. Built with NSVIEW_STATIC into programs that ask
 * for users. No locks.
 */
#include <nss.h>

__attribute__((constructor)) static void only_files(void)
{
	(void)__nss_configure_lookup("passwd", "files");
	(void)__nss_configure_lookup("group", "files");
	(void)__nss_configure_lookup("initgroups", "files");
}
