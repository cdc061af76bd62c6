/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proc_reader.c - a table of the files of proc(5) whose content depends on the reading process
 * (`current` in the kernel's sources) or on the credentials of the opener. No state, no locks.
 */
#include "proc_reader.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "mountinfo.h"
#include "proc.h"
#include "util.h"

#define NET    (unsigned)CLONE_NEWNET
#define IPC    (unsigned)CLONE_NEWIPC
#define UTS    (unsigned)CLONE_NEWUTS
#define TIME   (unsigned)CLONE_NEWTIME
#define CGROUP (unsigned)CLONE_NEWCGROUP
#define USER   (unsigned)CLONE_NEWUSER
#define ROOT   (unsigned)NSV_READER_ROOT
#define PID    (unsigned)NSV_READER_PID
#define SELF   (unsigned)NSV_READER_SELF
#define ALL    (NSV_READER_NAMESPACES | ROOT)

/* A name that ends in a slash stands for all below it, one that ends in "*" for a beginning. */
struct row {
	const char *name;
	unsigned depends;
};

/* Below /proc/PID and /proc/PID/task/TID. Namespaces of the process itself count for no reader. */
static const struct row process[] = {
	{ "status", USER }, /* Uid, Gid, Groups */
	{ "stat", TIME },   /* starttime */
	{ "cgroup", CGROUP },	 { "cpuset", CGROUP },
	{ "mountinfo", CGROUP }, /* the roots of cgroup mounts */
	{ "maps", ROOT },	 { "smaps", ROOT },
	{ "numa_maps", ROOT },	 { "uid_map", USER },
	{ "gid_map", USER },	 { "projid_map", USER },
	{ "loginuid", USER },	 { "net/", USER }, /* owners of sockets */
	{ "attr/", 0 },		 { "fdinfo/", 0 },
	{ "arch_status", 0 },	 { "autogroup", 0 },
	{ "auxv", 0 },		 { "children", 0 },
	{ "clear_refs", 0 },	 { "cmdline", 0 },
	{ "comm", 0 },		 { "coredump_filter", 0 },
	{ "environ", 0 },	 { "io", 0 },
	{ "ksm_*", 0 },		 { "latency", 0 },
	{ "limits", 0 },	 { "make-it-fail", 0 },
	{ "fail-nth", 0 },	 { "mem", 0 },
	{ "mounts", 0 },	 { "mountstats", 0 },
	{ "oom_*", 0 },		 { "pagemap", 0 },
	{ "patch_state", 0 },	 { "personality", 0 },
	{ "sched", 0 },		 { "schedstat", 0 },
	{ "seccomp_cache", 0 },	 { "sessionid", 0 },
	{ "setgroups", 0 },	 { "smaps_rollup", 0 },
	{ "stack", 0 },		 { "stack_depth", 0 },
	{ "statm", 0 },		 { "syscall", 0 },
	{ "timens_offsets", 0 }, { "timers", 0 },
	{ "timerslack_ns", 0 },	 { "wchan", 0 },
};

static const struct row sysctls[] = {
	{ "net/", NET | USER }, /* ping_group_range has groups */
	{ "user/", USER },
	{ "fs/mqueue/", IPC },
	{ "kernel/auto_msgmni", IPC },
	{ "kernel/msg*", IPC },
	{ "kernel/sem", IPC },
	{ "kernel/sem_next_id", IPC },
	{ "kernel/shm*", IPC },
	{ "kernel/arch", UTS },
	{ "kernel/domainname", UTS },
	{ "kernel/hostname", UTS },
	{ "kernel/osrelease", UTS },
	{ "kernel/ostype", UTS },
	{ "kernel/version", UTS },
	{ "kernel/cad_pid", PID },
	{ "kernel/ns_last_pid", PID },
	{ "kernel/pid_max", PID }, /* from Linux 6.14 */
	{ "vm/memfd_noexec", PID },
	{ "abi/", 0 },
	{ "crypto/", 0 },
	{ "debug/", 0 },
	{ "dev/", 0 },
	{ "fs/", 0 },
	{ "kernel/", 0 },
	{ "vm/", 0 },
};

static const struct row others[] = {
	{ "sysvipc/", IPC | USER },
	{ "uptime", TIME },
	{ "stat", TIME }, /* btime */
	{ "swaps", ROOT },
	{ "key-users", USER },
	{ "keys", SELF },
	{ "loadavg", PID }, /* its last number */
	{ "fs/ext4/", 0 },
	{ "fs/jbd2/", 0 },
	{ "acpi/", 0 },
	{ "allocinfo", 0 },
	{ "asound/", 0 },
	{ "bootconfig", 0 },
	{ "buddyinfo", 0 },
	{ "bus/", 0 },
	{ "cgroups", 0 },
	{ "cmdline", 0 },
	{ "config.gz", 0 },
	{ "consoles", 0 },
	{ "cpuinfo", 0 },
	{ "crypto", 0 },
	{ "devices", 0 },
	{ "diskstats", 0 },
	{ "dma", 0 },
	{ "driver/", 0 },
	{ "dynamic_debug/", 0 },
	{ "execdomains", 0 },
	{ "fb", 0 },
	{ "filesystems", 0 },
	{ "interrupts", 0 },
	{ "iomem", 0 },
	{ "ioports", 0 },
	{ "irq/", 0 },
	{ "kallsyms", 0 },
	{ "kcore", 0 },
	{ "kmsg", 0 },
	{ "kpage*", 0 },
	{ "latency_stats", 0 },
	{ "locks", 0 },
	{ "mdstat", 0 },
	{ "meminfo", 0 },
	{ "misc", 0 },
	{ "modules", 0 },
	{ "mtrr", 0 },
	{ "pagetypeinfo", 0 },
	{ "partitions", 0 },
	{ "pressure/", 0 },
	{ "sched_debug", 0 },
	{ "schedstat", 0 },
	{ "scsi/", 0 },
	{ "slabinfo", 0 },
	{ "softirqs", 0 },
	{ "sysrq-trigger", 0 },
	{ "timer_list", 0 },
	{ "tty/", 0 },
	{ "version", 0 },
	{ "version_signature", 0 },
	{ "vmallocinfo", 0 },
	{ "vmcore", 0 },
	{ "vmstat", 0 },
	{ "zoneinfo", 0 },
};

static bool matches(const struct row *row, const char *path)
{
	size_t len = strlen(row->name);

	if (row->name[len - 1] == '*')
		return strncmp(path, row->name, len - 1) == 0;
	/* The folder itself, too. */
	if (row->name[len - 1] == '/')
		return strncmp(path, row->name, len - 1) == 0 &&
		       (!path[len - 1] || path[len - 1] == '/');
	return strcmp(path, row->name) == 0;
}

static unsigned look_up(const struct row *rows, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (matches(&rows[i], path))
			return rows[i].depends;
	return ALL;
}

/* Behind "NUMBER/"; NULL where @path does not begin so. */
static const char *behind_number(const char *path)
{
	size_t digits = strspn(path, "0123456789");

	return digits && path[digits] == '/' ? path + digits + 1 : NULL;
}

static bool has_own_pid_max(void)
{
	struct utsname uts;
	unsigned major, minor;

	return uname(&uts) < 0 || sscanf(uts.release, "%u.%u", &major, &minor) != 2 || major > 6 ||
	       (major == 6 && minor >= 14);
}

unsigned nsv_proc_reader(const char *path)
{
	const char *rest = behind_number(path);

	if (rest) {
		const char *task = strncmp(rest, "task/", 5) == 0 ? behind_number(rest + 5) : NULL;

		return look_up(process, NSV_ARRAY_SIZE(process), task ? task : rest);
	}
	if (strncmp(path, "sys/", 4) != 0)
		return look_up(others, NSV_ARRAY_SIZE(others), path);
	if (strcmp(path, "sys/kernel/pid_max") == 0 && !has_own_pid_max())
		return 0;
	return look_up(sysctls, NSV_ARRAY_SIZE(sysctls), path + 4);
}

unsigned nsv_proc_reader_of_name(const char *path)
{
	return strncmp(path, "sys/", 4) == 0 ? nsv_proc_reader(path) & NSV_READER_NAMESPACES : 0;
}

/*
 * Paths are printed up to the reader's root or, for one that is elsewhere, to the top of the mount
 * namespace: the same text where the process's root is that top. So is this link's own text.
 */
static bool is_top(int procdir)
{
	char text[2];

	return readlinkat(procdir, "root", text, sizeof(text)) == 1 && text[0] == '/';
}

unsigned nsv_proc_differs(int procfs, int procdir, unsigned depends)
{
	static const struct {
		const char *name;
		unsigned bit;
	} kinds[] = {
		{ "net", NET },	      { "ipc", IPC },	{ "uts", UTS }, { "time", TIME },
		{ "cgroup", CGROUP }, { "user", USER }, { "pid", PID },
	};
	unsigned differs = depends & SELF;

	if (depends & ROOT && !is_top(procdir))
		differs |= ROOT;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(kinds); i++) {
		char own[32];

		if (!(depends & kinds[i].bit))
			continue;
		(void)snprintf(own, sizeof(own), "self/ns/%s", kinds[i].name);
		/* Both 0: the kernel has no such namespaces. */
		if (nsv_ns_inode(procfs, own) != nsv_ns_inode(procdir, own + strlen("self/")))
			differs |= kinds[i].bit;
	}
	return differs;
}

/* Both begin with a slash, as mountinfo has them. */
static int within(const struct nsv_mount_line *line, const char *path, char **ret)
{
	const char *root = strcmp(line->root, "/") == 0 ? "" : line->root;
	const char *point = strcmp(line->point, "/") == 0 ? "" : line->point;
	size_t len = strlen(point);

	if (strncmp(path, point, len) != 0 || (path[len] && path[len] != '/'))
		return -ENOENT;
	if (asprintf(ret, "%s%s", root, path + len) < 0)
		return -ENOMEM;
	memmove(*ret, *ret + strspn(*ret, "/"), strlen(*ret + strspn(*ret, "/")) + 1);
	return 0;
}

int nsv_proc_path(int procdir, int fd, const char *path, char **ret)
{
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_line line;
	struct statx st;
	int r;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &st) < 0)
		st.stx_mask = 0;
	r = nsv_mountinfo_open(&table, procdir, ".", NSV_MOUNTINFO_MAX);
	if (r < 0)
		return r;
	if (!(st.stx_mask & STATX_MNT_ID))
		return -ENOENT;
	while ((r = nsv_mountinfo_next(&table, &line)) > 0)
		if (line.id == st.stx_mnt_id)
			return within(&line, path, ret);
	return r < 0 ? r : -ENOENT;
}

const char *nsv_proc_reader_why(unsigned depends)
{
	if (depends & SELF)
		return "shows each process its own keyrings, not those of the container";
	if (depends & PID)
		return "depends on the PID namespace of its reader, and that of the container is "
		       "not joined";
	return "depends on the namespaces of its reader";
}
