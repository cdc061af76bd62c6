/* SPDX-License-Identifier: GPL-2.0-or-later */
/* habits.c - options of kubectl, and what a command that lacks them answers. No state. */
#include "cli/cli.h"

const struct cli_habit cli_pod_habits[] = { CLI_POD_HABITS };
