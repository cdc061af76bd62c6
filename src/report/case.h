/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * case.h - one thing that the rules judge: a process, a mapping, an open file, a socket, a mount,
 * a file, an account; decoded from the package, every text cut at its buffer. What a rule answers
 * stands here, too. No locks: one thread.
 */
#ifndef NSV_REPORT_CASE_H
#define NSV_REPORT_CASE_H

#include "report/facts.h"

enum nsv_case_kind {
	NSV_CASE_PACKAGE,
	NSV_CASE_PROCESS,
	NSV_CASE_MAP,
	NSV_CASE_FD,
	NSV_CASE_SOCKET,
	NSV_CASE_INTERFACE,
	NSV_CASE_MOUNT,
	NSV_CASE_FILE,
	NSV_CASE_ACCOUNT,
};

enum nsv_severity {
	NSV_SEVERITY_HIGH,
	NSV_SEVERITY_MEDIUM,
	NSV_SEVERITY_LOW,
	NSV_SEVERITIES,
};

/* Whether a file is as the image has it. */
enum nsv_changed {
	NSV_CHANGED_NO,
	NSV_CHANGED_UNKNOWN,
	NSV_CHANGED_SINCE_START, /* no list of changes: its ctime is later than the container */
	NSV_CHANGED_MODIFIED,
	NSV_CHANGED_ADDED,
	NSV_CHANGED_DELETED,
};

struct nsv_case_process {
	const struct nsv_process_fact *fact;
	char name[NSV_FACT_NAME], argv0[NSV_FACT_PATH], command[1024];
	char exe[NSV_FACT_PATH], content[128], cwd[NSV_FACT_PATH];
	char sha256[65];
	struct nsv_json argv, environ, fds, maps;
	bool has_exe, deleted, replaced;
	int64_t tracer;
	uint64_t effective, permitted, bounding;
};

struct nsv_case_map {
	char range[48], permissions[8], path[NSV_FACT_PATH], content[128];
	int64_t inode;
};

struct nsv_case_fd {
	int64_t fd, size;
	char kind[16], target[NSV_FACT_PATH], access[16], content[128];
	bool deleted;
};

struct nsv_case_socket {
	struct nsv_json processes;
	char family[16], protocol[16], state[24], type[16];
	char local[64], remote[64], path[NSV_FACT_PATH];
	int64_t local_port, remote_port, inode;
	int64_t pid; /* the first process that has it; 0: none */
	size_t holders;
	bool listening, has_path;
};

struct nsv_case_interface {
	char name[32], kind[32];
	bool promiscuous;
};

struct nsv_case_file {
	char member[NSV_FACT_PATH]; /* in the package */
	char type[16], outcome[24], sha256[65];
	const char *path; /* in the container: part of @member, or "" for what lies elsewhere */
	unsigned mode;
	int64_t uid, size, mtime, ctime; /* times in microseconds; INT64_MIN: unknown */
	bool file_caps;
	enum nsv_changed changed;
	const struct nsv_mount_fact *mount;
};

struct nsv_case_account {
	const char *file; /* "/etc/passwd" or "/etc/shadow" */
	char user[NSV_FACT_NAME], password[NSV_FACT_NAME], uid[32];
};

struct nsv_case {
	const struct nsv_facts *f;
	/* What is judged, and the process that it belongs to; the others are NULL. */
	struct nsv_case_process *process;
	struct nsv_case_map *map;
	struct nsv_case_fd *fd;
	struct nsv_case_socket *socket;
	struct nsv_case_interface *interface;
	const struct nsv_mount_fact *mount;
	struct nsv_case_file *file;
	struct nsv_case_account *account;
	/* A rule may set these. */
	enum nsv_severity severity; /* as in the table, or lower */
	char detail[1024];
	char evidence[NSV_FACT_PATH]; /* a member of the package */
};

/* What a rule adds to its reason; the bytes of names in it are escaped when it is shown. */
void nsv_case_detail(struct nsv_case *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* case_process.c */
void nsv_case_process_read(const struct nsv_process_fact *p, struct nsv_case_process *ret);
void nsv_case_map_read(struct nsv_json o, struct nsv_case_map *ret);
void nsv_case_fd_read(struct nsv_json o, struct nsv_case_fd *ret);
/* case_network.c */
void nsv_case_socket_read(struct nsv_json o, struct nsv_case_socket *ret);
void nsv_case_interface_read(struct nsv_json o, struct nsv_case_interface *ret);

#endif
