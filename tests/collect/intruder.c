/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * intruder.c - what an intruder leaves in a container, each by a process of its own. Linked
 * statically, run as the container's first process; writes "ROLE PID" lines, with PIDs as the
 * container has them, to /run/roles, and makes /run/ready when all stand.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char **args;
static int pipes[2]; /* each role writes a byte when it stands */

static _Noreturn void stand(void)
{
	if (write(pipes[1], "", 1) != 1)
		_exit(9);
	for (;;)
		(void)pause();
}

static void die(const char *what)
{
	perror(what);
	_exit(8);
}

static int file(const char *path, const char *text, int flags)
{
	int fd = open(path, flags | O_CREAT, 0600);

	if (fd < 0)
		die(path);
	if ((flags & O_ACCMODE) != O_RDONLY && write(fd, text, strlen(text)) < 0)
		die(path);
	return fd;
}

/* Runs a program that is deleted then, and another lies at its place. */
static void decoy(void)
{
	char *argv[] = { (char *)"updater", (char *)"--quiet", NULL };
	char *env[] = { (char *)"ROLE=decoy", NULL };

	(void)execve("/tmp/.payload", argv, env);
	die("payload");
}

static void in_memory(void)
{
	int fd = memfd_create("stage2", 0);

	if (write(fd, "in memory only\n", 15) != 15)
		die("memfd");
	stand();
}

static void from_fd(void)
{
	int fd = file("/tmp/script", "while :; do /bin/busybox sleep 1000; done\n", O_RDWR);
	char path[32];

	(void)unlink("/tmp/script");
	(void)lseek(fd, 0, SEEK_SET);
	(void)fcntl(fd, F_SETFD, 0);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	if (write(pipes[1], "", 1) != 1)
		_exit(9);
	(void)execl("/bin/busybox", "sh", path, (char *)NULL);
	die("sh");
}

static void write_only(void)
{
	(void)file("/var/log/deleted.log", "who was here\n", O_WRONLY);
	(void)unlink("/var/log/deleted.log");
	stand();
}

static void mapped(void)
{
	int fd = file("/tmp/lib.so", "a library that is mapped\n", O_RDWR);
	const volatile char *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	(void)p[0];
	(void)close(fd);
	(void)unlink("/tmp/lib.so");
	stand();
}

static void false_name(void)
{
	(void)prctl(PR_SET_NAME, "kworker/0:1");
	/* argv and what lies behind it, as far as argv[0] goes. */
	(void)strncpy(args[0], "[kworker/0:1]", strlen(args[0]));
	stand();
}

static pthread_barrier_t named; /* the thread has its name */

static void *sleeper(void *data)
{
	(void)data;
	(void)prctl(PR_SET_NAME, "beacon");
	(void)pthread_barrier_wait(&named);
	for (;;)
		(void)pause();
}

static void threads(void)
{
	pthread_t t;

	(void)pthread_barrier_init(&named, NULL, 2);
	(void)pthread_create(&t, NULL, sleeper, NULL);
	(void)pthread_barrier_wait(&named);
	stand();
}

static void sockets(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(31337) };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "\0backdoor" };
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK };
	int tcp = socket(AF_INET, SOCK_STREAM, 0), un_fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(tcp, (struct sockaddr *)&in, sizeof(in)) < 0 || listen(tcp, 1) < 0 ||
	    bind(un_fd, (struct sockaddr *)&un, sizeof(sa_family_t) + 9) < 0 ||
	    listen(un_fd, 1) < 0)
		die("socket");
	if (socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) < 0 ||
	    socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0 ||
	    bind(socket(AF_NETLINK, SOCK_RAW, 0), (struct sockaddr *)&nl, sizeof(nl)) < 0)
		die("raw");
	stand();
}

static void gone_cwd(void)
{
	if (mkdir("/tmp/gone", 0700) < 0 || chdir("/tmp/gone") < 0 || rmdir("/tmp/gone") < 0)
		die("cwd");
	stand();
}

static void nested(void)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS) < 0)
		die("unshare");
	if (fork() == 0) {
		(void)prctl(PR_SET_NAME, "nested");
		stand();
	}
	for (;;)
		(void)pause();
}

static void other_root(void)
{
	if (mkdir("/opt/jail", 0755) < 0 || chroot("/opt/jail") < 0)
		die("chroot");
	stand();
}

static void traced(void)
{
	int stops[2];
	pid_t child;

	if (pipe(stops) < 0)
		die("pipe");
	child = fork();
	if (child == 0) {
		(void)prctl(PR_SET_NAME, "victim");
		for (;;)
			(void)pause();
	}
	if (ptrace(PTRACE_SEIZE, child, 0, 0) < 0)
		die("ptrace");
	stand();
}

static void limited(void)
{
	const struct rlimit limit = { 77, 88 };

	(void)setrlimit(RLIMIT_NOFILE, &limit);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)file("/tmp/half-read", "0123456789", O_RDWR);
	(void)lseek(3, 0, SEEK_SET);
	int fd = open("/tmp/half-read", O_RDONLY);

	(void)lseek(fd, 7, SEEK_SET);
	if (setresgid(4321, 4321, 4321) < 0 || setresuid(1234, 1234, 1234) < 0)
		die("ids");
	stand();
}

/* Grows all the time. */
static void growing(void)
{
	int fd = file("/var/log/busy", "x", O_WRONLY | O_APPEND);

	if (write(pipes[1], "", 1) != 1)
		_exit(9);
	for (;;)
		if (write(fd, "x", 1) < 0)
			die("busy");
}

/* Its value stands in no file, this program included. */
static void secret(void)
{
	char value[] = "ivoufs3.jo.uif.fowjsponfou";

	for (char *p = value; *p; p++)
		(*p)--;
	(void)setenv("DB_PASSWORD", value, 1);
	(void)setenv("LD_PRELOAD", "/tmp/evil.so", 1);
	if (write(pipes[1], "", 1) != 1)
		_exit(9);
	(void)execl("/bin/busybox", "sleep", "100000", (char *)NULL);
	die("sleep");
}

static const struct {
	const char *name;
	void (*run)(void);
} roles[] = {
	{ "memfd", in_memory },	      { "from_fd", from_fd },	    { "write_only", write_only },
	{ "mapped", mapped },	      { "false_name", false_name }, { "threads", threads },
	{ "sockets", sockets },	      { "gone_cwd", gone_cwd },	    { "nested", nested },
	{ "other_root", other_root }, { "traced", traced },	    { "limited", limited },
	{ "growing", growing },	      { "secret", secret },	    { "decoy", decoy },
};

int main(int argc, char **argv)
{
	char byte;
	FILE *out;

	args = argv;
	/* As the payload: it only has to run. */
	if (getenv("ROLE") && !strcmp(getenv("ROLE"), "decoy"))
		for (;;)
			(void)pause();
	(void)mkdir("/run", 0755);
	out = fopen("/run/roles", "w");
	if (!out || pipe2(pipes, O_CLOEXEC) < 0 || argc < 1)
		return 1;
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			(void)fclose(out);
			roles[i].run();
		}
		(void)fprintf(out, "%s %d\n", roles[i].name, (int)pid);
		if (roles[i].run != decoy && read(pipes[0], &byte, 1) != 1)
			return 1;
	}
	(void)fclose(out);
	(void)close(open("/run/ready", O_CREAT | O_WRONLY, 0600));
	for (;;)
		(void)wait(NULL);
}
