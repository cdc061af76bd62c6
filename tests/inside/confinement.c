/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confinement.c - prints what confines this process, a line for each field, for a comparison of
 * nsrun --inside with an engine's exec. Static: runs in any container.
 *
 *	nsv-confinement                 the fields
 *	nsv-confinement --syscalls      how the kernel answers each system call's number
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Machines that came later have no such numbers. */
#ifndef SYS_fork
#define SYS_fork  (-1)
#define SYS_vfork (-1)
#define SYS_pause (-1)
#endif

static void print_file(const char *name, const char *const *prefixes)
{
	char *line = NULL;
	size_t size = 0;
	FILE *f = fopen(name, "r");

	while (f && getline(&line, &size, f) > 0)
		for (size_t i = 0; prefixes[i]; i++)
			if (!strncmp(line, prefixes[i], strlen(prefixes[i])))
				printf("%s %s", strrchr(name, '/') + 1, line);
	free(line);
	if (f)
		(void)fclose(f);
}

static void print_links(void)
{
	static const char *const kinds[] = { "user", "mnt", "pid", "pid_for_children",
					     "net",  "ipc", "uts", "cgroup",
					     "time", NULL };
	char path[64], text[256];

	for (size_t i = 0; kinds[i]; i++) {
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
		n = readlink(path, text, sizeof(text));
		printf("namespace %s %.*s\n", kinds[i], (int)(n > 0 ? n : 0), text);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_environment(void)
{
	char *sorted[256];
	size_t n = 0;

	for (; environ[n] && n < 256; n++)
		sorted[n] = environ[n];
	qsort(sorted, n, sizeof(*sorted), by_text);
	for (size_t i = 0; i < n; i++)
		printf("environment %s\n", sorted[i]);
}

/* Numbers, types and modes: the pipes differ. */
static void print_fds(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0)
			continue;
		if (S_ISCHR(st.st_mode))
			printf("fd %d device %lx flags %x\n", fd, (unsigned long)st.st_rdev,
			       fcntl(fd, F_GETFL) & O_ACCMODE);
		else
			printf("fd %d type %o owner %d\n", fd, st.st_mode & S_IFMT, (int)st.st_uid);
	}
}

static void print_keyring(void)
{
	char text[256];
	long n = syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof(text));

	printf("session keyring %.*s\n", (int)(n > 0 ? n - 1 : 0), text);
}

static void print_fields(void)
{
	static const char *const status[] = {
		"Umask:",	"Uid:",		 "Gid:",
		"Groups:",	"CapInh:",	 "CapPrm:",
		"CapEff:",	"CapBnd:",	 "CapAmb:",
		"NoNewPrivs:",	"Seccomp:",	 "Seccomp_filters:",
		"SigBlk:",	"SigIgn:",	 "SigCgt:",
		"Speculation",	"Cpus_allowed:", "Mems_allowed:",
		"CoreDumping:", "THP_enabled:",	 NULL,
	};
	static const char *const all[] = { "", NULL };
	char cwd[4096];
	int sig = 0;

	print_file("/proc/self/status", status);
	print_file("/proc/self/limits", all);
	print_file("/proc/self/cgroup", all);
	print_file("/proc/self/oom_score_adj", all);
	print_file("/proc/self/attr/current", all);
	print_file("/proc/self/timerslack_ns", all);
	print_links();
	print_environment();
	print_fds();
	print_keyring();
	printf("personality %x\n", (unsigned)personality(0xffffffff));
	printf("securebits %x\n", (unsigned)prctl(PR_GET_SECUREBITS));
	printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
	printf("subreaper %d\n", prctl(PR_GET_CHILD_SUBREAPER, &sig) == 0 ? sig : -1);
	printf("parent %d\n", (int)getppid());
	printf("leads its session %d, its group %d\n", getsid(0) == getpid(),
	       getpgrp() == getpid());
	printf("nice %d\n", (int)syscall(SYS_getpriority, 0, 0));
	printf("working directory %s\n", getcwd(cwd, sizeof(cwd)) ? cwd : "-");
}

/* These end or stop the caller, do harm without arguments, or answer differently the next time. */
static int is_left_out(long nr)
{
	return nr == SYS_exit || nr == SYS_exit_group || nr == SYS_vhangup || nr == SYS_pause ||
	       nr == SYS_rt_sigreturn || nr == SYS_sync || nr == SYS_fork || nr == SYS_vfork ||
	       nr == SYS_rt_sigsuspend || nr == SYS_kill || nr == SYS_tkill || nr == SYS_shmget ||
	       nr == SYS_semget || nr == SYS_msgget;
}

static void print_syscalls(void)
{
	for (long nr = 0; nr < 500; nr++) {
		int status, pipes[2], err = -1;
		pid_t pid;

		if (is_left_out(nr) || pipe(pipes) < 0)
			continue;
		pid = fork();
		if (pid == 0) {
			(void)alarm(5);
			(void)close(0);
			err = syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L) < 0 ? errno : 0;
			_exit(write(pipes[1], &err, sizeof(err)) != sizeof(err));
		}
		(void)close(pipes[1]);
		if (read(pipes[0], &err, sizeof(err)) != sizeof(err))
			err = -2;
		(void)close(pipes[0]);
		(void)waitpid(pid, &status, 0);
		printf("syscall %ld: %d\n", nr, err);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--syscalls"))
		print_syscalls();
	else
		print_fields();
	return fflush(stdout) ? 1 : 0;
}
