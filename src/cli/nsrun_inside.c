/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsrun_inside.c - a program of the container, in it. */
#include "cli/nsrun.h"

int nsrun_inside_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	cli_error("--inside is not built yet");
	return NSRUN_EXIT_SELF;
}
