/* SPDX-License-Identifier: GPL-2.0-or-later */
/* try_call.c - makes system calls with invalid arguments. */
#include "try_call.h"

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/skip.h"

#define SOMEBODY 65534

int try_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} newer[] = {
#if defined(__x86_64__) || defined(__aarch64__)
		{ "setxattrat", 463 },
		{ "removexattrat", 466 },
		{ "open_tree_attr", 467 },
		{ "file_setattr", 469 },
#endif
	};
	int number = seccomp_syscall_resolve_name(name);

	for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++)
		if (!strcmp(newer[i].name, name))
			number = newer[i].number;
	return number == __NR_SCMP_ERROR || number < 0 ? -1 : number;
}

int try_call_with(long number, unsigned argument, unsigned long value)
{
	unsigned long a[6] = { -1UL, -1UL, -1UL, -1UL, -1UL, -1UL };

	a[argument] = value;
	return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 ? errno : 0;
}

int try_call(long number)
{
	return try_call_with(number, 0, -1UL);
}

bool try_become_able(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	(void)setsid();
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setresuid(SOMEBODY, SOMEBODY, SOMEBODY) < 0 ||
	    syscall(SYS_capget, &head, data) < 0)
		return false;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].effective = data[i].permitted;
	return syscall(SYS_capset, &head, data) == 0;
}

int try_in_child(int (*test)(void *data), void *data)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		const int caught[] = { SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS };
		const struct rlimit no_core = { 0 };

		/* By cmocka. */
		for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
			(void)signal(caught[i], SIG_DFL);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)alarm(20);
		_exit(test(data));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}
