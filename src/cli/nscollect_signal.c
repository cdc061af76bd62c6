/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nscollect_signal.c - signals that end a collection early; children may have to be told. */
#include <signal.h>

#include "base/util.h"
#include "cli/nscollect.h"

int nscollect_signal;

static void on_signal(int number)
{
	__atomic_store_n(&nscollect_signal, number, __ATOMIC_RELAXED);
}

void nscollect_catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };
	struct sigaction old;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(numbers); i++)
		/* nohup(1) and shells in the background ignore some: so do we. */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &sa, NULL);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
}

void nscollect_default_signals(void)
{
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGHUP, SIG_DFL);
}
