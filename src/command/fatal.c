/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fatal.c - the end for want of memory: nothing is allocated or formatted for it. */
#include "command/fatal.h"

#include <unistd.h>

void cli_no_memory(void)
{
	static const char text[] = "out of memory\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(CLI_EXIT_FAILED);
	_exit(CLI_EXIT_FAILED);
}
