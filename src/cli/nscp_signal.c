/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscp_signal.c - the first signal asks a copy to clean up and end, a later one ends the process.
 */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/util.h"
#include "cli/nscp.h"

int cp_signal;

/* timeout(1), systemd(1) and shells send two or three at once, which mean one. */
#define ONE_SIGNAL_NS 1000000000

/*
 * The first asks the run to clean up and end; a later one ends the process at once, when this
 * returns and it is no longer blocked.
 */
static void on_signal(int number)
{
	static int64_t first;
	int64_t now, none = 0;
	int saved = errno;

	now = nsv_now_ns();
	if (__atomic_compare_exchange_n(&first, &none, now, false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED)) {
		__atomic_store_n(&cp_signal, number, __ATOMIC_RELAXED);
	} else if (now - none > ONE_SIGNAL_NS) {
		(void)signal(number, SIG_DFL);
		(void)raise(number);
	}
	errno = saved;
}

void cp_catch_signals(bool writes_tar)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };
	struct sigaction old;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(numbers); i++)
		/* nohup(1) and shells in the background ignore some: so do we. */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &sa, NULL);
	(void)signal(SIGXFSZ, SIG_IGN);
	/* A closed pipe behind -v must not leave temporary files; behind a tar it ends us. */
	if (!writes_tar)
		(void)signal(SIGPIPE, SIG_IGN);
}

/* As the shell wants to see it: ended by the signal. */
int cp_end_by_signal(int status)
{
	int number = cp_signalled();

	if (!number)
		return status;
	(void)signal(number, SIG_DFL);
	(void)raise(number);
	return 128 + number;
}
