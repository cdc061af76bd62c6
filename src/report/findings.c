/* SPDX-License-Identifier: GPL-2.0-or-later */
/* findings.c - the table of rules, a row a rule, and what they found. See findings.h. */
#include "report/findings.h"

#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "report/rules.h"

#define HIGH	 NSV_SEVERITY_HIGH
#define MEDIUM	 NSV_SEVERITY_MEDIUM
#define LOW	 NSV_SEVERITY_LOW
#define EACH	 false
#define TOGETHER true

/* clang-format off */
const struct nsv_rule nsv_rules[] = {
	{ "package-altered", HIGH, NSV_CASE_PACKAGE, "The package is not as it was collected",
	  "Members are missing, extra or altered: nothing in it can be relied on.", nsv_rule_altered, EACH },

	{ "exe-memfd", HIGH, NSV_CASE_PROCESS, "A program that never was a file",
	  "It runs from anonymous memory (memfd), which is how malware avoids the disk.", nsv_rule_exe_memfd, EACH },
	{ "exe-deleted", HIGH, NSV_CASE_PROCESS, "A program whose file was deleted",
	  "It runs on without a file. After an upgrade of packages this is usual.", nsv_rule_exe_deleted, EACH },
	{ "exe-replaced", MEDIUM, NSV_CASE_PROCESS, "A program whose file was replaced",
	  "Another file lies at its path by now. After an upgrade of packages this is usual.", nsv_rule_exe_replaced, EACH },
	{ "exe-temporary", HIGH, NSV_CASE_PROCESS, "A program in a folder for temporary files",
	  "Everybody may write there, and packages install nothing there.", nsv_rule_exe_temporary, EACH },
	{ "exe-volume", MEDIUM, NSV_CASE_PROCESS, "A program on a volume",
	  "It is no part of the image. Some applications keep programs in their volumes.", nsv_rule_exe_volume, EACH },
	{ "name-kernel", HIGH, NSV_CASE_PROCESS, "A process that poses as a kernel thread",
	  "No container has kernel threads, and no kernel thread has a program.", nsv_rule_kernel_name, EACH },
	{ "name-daemon", HIGH, NSV_CASE_PROCESS, "A process that poses as a system daemon",
	  "It has the name of a daemon and runs something else.", nsv_rule_daemon_name, EACH },
	{ "name-odd-process", HIGH, NSV_CASE_PROCESS, "A process whose name deceives",
	  "It has characters that show nothing, or letters that look like others.", nsv_rule_odd_process, EACH },
	{ "name-hidden-process", MEDIUM, NSV_CASE_PROCESS, "A program with a hidden name",
	  "Its name, or that of a folder on the way, begins with a dot.", nsv_rule_hidden_process, EACH },
	{ "preload-environment", HIGH, NSV_CASE_PROCESS, "A library is preloaded",
	  "LD_PRELOAD or LD_AUDIT puts code into the process. Low, where the library lies in a folder of the system, "
	  "as allocators do.", nsv_rule_preload_environment, TOGETHER },
	{ "script-from-fd", MEDIUM, NSV_CASE_PROCESS, "A script without a file",
	  "The interpreter reads it from an open file: a deleted one, or a download.", nsv_rule_script_from_fd, EACH },
	{ "tracer", HIGH, NSV_CASE_PROCESS, "A process is traced",
	  "Another process reads and writes its memory. Low, where that is outside of the container.", nsv_rule_tracer, EACH },
	{ "capabilities", MEDIUM, NSV_CASE_PROCESS, "More capabilities than engines give by default",
	  "The container was started so, or a process got them. Not judged in a user namespace.", nsv_rule_capabilities, TOGETHER },
	{ "cwd-deleted", LOW, NSV_CASE_PROCESS, "A working directory that was deleted",
	  "Somebody cleaned up behind this process.", nsv_rule_cwd_deleted, EACH },

	{ "map-stack", HIGH, NSV_CASE_MAP, "An executable stack or heap",
	  "Code that was injected can run there.", nsv_rule_map_stack, EACH },
	{ "map-writable", MEDIUM, NSV_CASE_MAP, "Anonymous memory that is writable and executable",
	  "Injected code stands in such memory. Low for programs that compile at run time: Java, Node.js, Python.",
	  nsv_rule_map_writable, EACH },
	{ "map-anonymous", MEDIUM, NSV_CASE_MAP, "Anonymous memory that is executable",
	  "Code that came from no file. Low for programs that compile at run time.", nsv_rule_map_anonymous, EACH },
	{ "map-memfd", HIGH, NSV_CASE_MAP, "Code mapped from a memfd",
	  "A library that never was a file. Low for programs that compile at run time.", nsv_rule_map_memfd, EACH },
	{ "map-deleted", MEDIUM, NSV_CASE_MAP, "Code mapped from a deleted file",
	  "A library whose file is gone. After an upgrade of packages this is usual.", nsv_rule_map_deleted, EACH },
	{ "fd-memfd", LOW, NSV_CASE_FD, "An open memfd",
	  "A file in memory only, with whatever it holds.", nsv_rule_fd_memfd, EACH },

	{ "socket-packet", HIGH, NSV_CASE_SOCKET, "A packet socket",
	  "It reads along what goes over the network, and answers below any firewall.", nsv_rule_packet_socket, EACH },
	{ "socket-raw", MEDIUM, NSV_CASE_SOCKET, "A raw socket",
	  "It makes packets of its own. ping does so, too.", nsv_rule_raw_socket, EACH },
	{ "socket-abstract", MEDIUM, NSV_CASE_SOCKET, "A listening socket without a file",
	  "No file guards it: whatever shares the network namespace may connect.", nsv_rule_abstract_socket, EACH },
	{ "socket-of-nobody", LOW, NSV_CASE_SOCKET, "A listening socket that no process has",
	  "Another container of the pod has it, the kernel, or a process that was not seen.", nsv_rule_socket_of_nobody, EACH },
	{ "interface-promiscuous", MEDIUM, NSV_CASE_INTERFACE, "An interface that takes every packet",
	  "Somebody listens to others' traffic.", nsv_rule_promiscuous, EACH },

	{ "mount-engine-socket", HIGH, NSV_CASE_MOUNT, "The engine's socket is in the container",
	  "With it a process makes itself root of the host.", nsv_rule_engine_socket, EACH },
	{ "mount-host-root", HIGH, NSV_CASE_MOUNT, "The root of a whole file system is in the container",
	  "High, where the engine's own files lie on it: then it is the host's. A disk of its own as volume is innocent.",
	  nsv_rule_host_root, EACH },
	{ "mount-host-folder", MEDIUM, NSV_CASE_MOUNT, "A system folder of the host is in the container",
	  "What it holds is the host's, and is written to with the rights of the container.", nsv_rule_host_folder, EACH },

	{ "setuid-new", HIGH, NSV_CASE_FILE, "A new set-user-ID or set-group-ID program",
	  "Whoever runs it gets the rights of its owner. Medium, where it is not known whether it is new.",
	  nsv_rule_setuid, EACH },
	{ "file-capabilities-new", HIGH, NSV_CASE_FILE, "A program that got capabilities",
	  "Whoever runs it gets them. Medium, where it is not known whether they are new.", nsv_rule_file_capabilities, EACH },
	{ "executable-temporary", MEDIUM, NSV_CASE_FILE, "An executable file among temporary ones",
	  "Packages install nothing there.", nsv_rule_executable_temporary, EACH },
	{ "executable-volume", LOW, NSV_CASE_FILE, "An executable file on a volume",
	  "It outlives the container, and is no part of the image.", nsv_rule_executable_volume, EACH },
	{ "time-set-back", MEDIUM, NSV_CASE_FILE, "A time that was set back",
	  "It says that it was written long before it came here. Low, where it may have been unpacked.",
	  nsv_rule_time_set_back, EACH },
	{ "name-odd-file", HIGH, NSV_CASE_FILE, "A file whose name deceives",
	  "It has characters that show nothing, or letters that look like others. Low for blanks at the end.",
	  nsv_rule_odd_file, EACH },
	{ "name-hidden-file", MEDIUM, NSV_CASE_FILE, "A file where it is overlooked",
	  "A hidden name among temporary files, or a plain file among devices.", nsv_rule_hidden_file, EACH },

	{ "preload-file", HIGH, NSV_CASE_FILE, "/etc/ld.so.preload has an entry",
	  "Its library gets into every program. Medium, where the image has it so.", nsv_rule_preload_file, EACH },
	{ "changed-accounts", MEDIUM, NSV_CASE_FILE, "Accounts were changed",
	  "Who may log in, and as what. Entry points of images add their user, too.", nsv_rule_accounts, EACH },
	{ "changed-cron", MEDIUM, NSV_CASE_FILE, "Timed jobs were changed",
	  "What runs there comes back.", nsv_rule_cron, EACH },
	{ "changed-shell", MEDIUM, NSV_CASE_FILE, "A shell's start-up was changed",
	  "It runs at every login.", nsv_rule_shell, EACH },
	{ "changed-keys", HIGH, NSV_CASE_FILE, "Keys were changed",
	  "Who holds the key comes in. sshd makes host keys when it starts first.", nsv_rule_keys, EACH },
	{ "changed-pam", HIGH, NSV_CASE_FILE, "Authentication was changed",
	  "PAM decides who is let in, and sees every password.", nsv_rule_pam, EACH },
	{ "changed-startup", MEDIUM, NSV_CASE_FILE, "What starts by itself was changed",
	  "Services, init scripts, hooks of package managers.", nsv_rule_startup, EACH },
	{ "account-root", HIGH, NSV_CASE_ACCOUNT, "A second root",
	  "An account with the user ID 0 that is not root.", nsv_rule_account_root, EACH },
	{ "account-open", HIGH, NSV_CASE_ACCOUNT, "An account without a password",
	  "Nothing is asked at login.", nsv_rule_account_open, EACH },
};
/* clang-format on */
const size_t nsv_n_rules = NSV_ARRAY_SIZE(nsv_rules);

const char *nsv_severity_word(enum nsv_severity severity)
{
	static const char *const words[] = { "high", "medium", "low" };

	return words[severity];
}

int nsv_findings_init(struct nsv_findings *all)
{
	*all = (struct nsv_findings){ .counts = calloc(nsv_n_rules, sizeof(*all->counts)) };
	return all->counts ? 0 : -ENOMEM;
}

/* A process may have thousands of such mappings, thousands of processes the same variable: one
 * finding tells of all. */
static bool is_more_of_the_same(struct nsv_findings *all, const struct nsv_rule *rule,
				const struct nsv_case *c)
{
	bool maps = rule->kind == NSV_CASE_MAP;

	for (size_t i = all->n; i-- > 0 && (maps || rule->together);) {
		struct nsv_finding *f = &all->list[i];

		if (maps && f->pid != c->process->fact->pid)
			break;
		if (f->rule != rule || (!maps && strcmp(f->detail, c->detail) != 0))
			continue;
		f->times++;
		return true;
	}
	return false;
}

static void add(struct nsv_findings *all, const struct nsv_finding *f)
{
	if (all->n == all->room) {
		size_t room = all->room ? all->room * 2 : 64;
		struct nsv_finding *list = realloc(all->list, room * sizeof(*list));

		if (!list) {
			all->err = -ENOMEM;
			return;
		}
		all->list = list;
		all->room = room;
	}
	all->list[all->n] = *f;
	all->list[all->n].subject = strdup(f->subject);
	all->list[all->n].detail = strdup(f->detail);
	all->list[all->n].evidence = strdup(f->evidence);
	if (!all->list[all->n].subject || !all->list[all->n].detail || !all->list[all->n].evidence)
		all->err = -ENOMEM;
	all->n++;
}

static int64_t pid_of(const struct nsv_case *c)
{
	return c->process ? c->process->fact->pid : c->socket ? c->socket->pid : 0;
}

void nsv_findings_judge(struct nsv_findings *all, struct nsv_case *c, enum nsv_case_kind kind,
			const char *subject, const char *evidence)
{
	for (size_t i = 0; i < nsv_n_rules && all->err == 0; i++) {
		const struct nsv_rule *rule = &nsv_rules[i];

		if (rule->kind != kind)
			continue;
		c->severity = rule->severity;
		c->detail[0] = c->evidence[0] = '\0';
		if (!rule->applies(c) || is_more_of_the_same(all, rule, c))
			continue;
		all->totals[c->severity]++;
		if (all->counts[i]++ >= NSV_FINDINGS_EACH)
			continue;
		add(all, &(struct nsv_finding){ .rule = rule,
						.severity = c->severity,
						.pid = pid_of(c),
						.times = 1,
						.subject = (char *)subject,
						.detail = c->detail,
						.evidence = *c->evidence ? c->evidence
									 : (char *)evidence });
	}
}

static int by_severity(const void *a, const void *b)
{
	const struct nsv_finding *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity < y->severity ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return strcmp(x->subject, y->subject);
}

int nsv_findings_end(struct nsv_findings *all)
{
	if (all->n && all->err == 0)
		qsort(all->list, all->n, sizeof(*all->list), by_severity);
	return all->err;
}

void nsv_findings_free(struct nsv_findings *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->list[i].subject);
		free(all->list[i].detail);
		free(all->list[i].evidence);
	}
	free(all->list);
	free(all->counts);
}
