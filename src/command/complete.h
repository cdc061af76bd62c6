/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * complete.h - completes a command line for a shell, by the same table that drives --help.
 *
 * `COMMAND --complete WORD...` is what the files in completions/ run. The words are those of the
 * line behind the command up to the cursor, without the shell's quotes; the last one, which may be
 * "", is being typed. The answer is a list of records (candidate.h). No failure prints anything.
 * Main thread only.
 */
#ifndef NSV_COMMAND_COMPLETE_H
#define NSV_COMMAND_COMPLETE_H

struct cli_command;

/* Answers for argv[first]..., the last of which is typed, and exits with 0. */
void cli_complete(const struct cli_command *command, int argc, char **argv, int first)
    __attribute__((noreturn));

#endif
