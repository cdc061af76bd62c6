/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * forged.c - what a local user can start to look like an engine with many containers.
 *
 *   forged UID ROOT STORAGE LISTS MONITORS CHILDREN PADDING
 *
 * Takes the user ID, then starts MONITORS processes that call themselves conmon. Each has CHILDREN
 * containers, below ROOT in a user and a mount namespace of their own, and names the list
 * STORAGE/<n modulo LISTS>/overlay-containers. PADDING is room for conmon's arguments, which
 * take its place. Prints "ready"; all end with it.
 */
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ID "95769a96edd85e2abaebdc69b4a77be3d4e213852508d59b9d316af42864c425"

static void end(const char *what)
{
	perror(what);
	exit(1);
}

static void container(const char *root)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		end("unshare");
	if (chroot(root) < 0 || chdir("/") < 0)
		end("chroot");
}

/* The kernel shows as the command line what is in this memory. */
static void take_arguments(char **argv, int argc, const char *storage, long list)
{
	char *at = argv[0];
	size_t room = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) - at);
	char args[512];
	int n = snprintf(args, sizeof(args),
			 "conmon%c-c%c" ID "%c-n%cforged%c-b%c%s/%ld/overlay-containers/" ID
			 "/userdata",
			 0, 0, 0, 0, 0, 0, storage, list);

	if (n < 0 || (size_t)n >= room)
		end("PADDING is too short");
	memset(at, 0, room);
	memcpy(at, args, (size_t)n);
}

int main(int argc, char **argv)
{
	const uid_t uid = argc == 8 ? (uid_t)strtoul(argv[1], NULL, 10) : 0;
	char *root, *storage, ready;
	long lists, monitors, children;
	int fds[2];

	if (!uid || pipe(fds) < 0)
		return 2;
	root = strdup(argv[2]);
	storage = strdup(argv[3]);
	lists = strtol(argv[4], NULL, 10);
	monitors = strtol(argv[5], NULL, 10);
	children = strtol(argv[6], NULL, 10);
	if (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0)
		end("setuid");
	for (long m = 0; m < monitors; m++) {
		pid_t up = getpid();

		if (fork() != 0)
			continue;
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != up)
			_exit(1);
		take_arguments(argv, argc, storage, m % lists);
		(void)prctl(PR_SET_NAME, "conmon");
		up = getpid();
		for (long c = 0; c < children; c++) {
			if (fork() != 0)
				continue;
			container(root);
			/* An exchange of namespaces and IDs clears it, so it comes last. */
			if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != up ||
			    write(fds[1], ".", 1) != 1)
				_exit(1);
			for (;;)
				(void)pause();
		}
		for (;;)
			(void)pause();
	}
	(void)close(fds[1]);
	for (long n = 0; n < monitors * children; n++)
		if (read(fds[0], &ready, 1) != 1)
			return 1;
	(void)puts("ready");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
