/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsview.h - the files of nsview, the one front door to the commands.
 *
 *	nsview.c          options, the word, help
 *	nsview_words.c    the table of words, and the nearest one to a mistyped word
 *	nsview_run.c      replaces this program by the command of a word
 *	nsview_start.c    what nsview alone prints
 *	nsview_doctor*.c  doctor: what works on this host, see nsview_doctor.h
 */
#ifndef NSV_CLI_NSVIEW_H
#define NSV_CLI_NSVIEW_H

#include "cli/cli.h"

struct nsview_word {
	const char *word;    /* "cat" */
	const char *program; /* "nscat"; NULL: nsview does it */
	const char *about;   /* one line */
};

/* ---- nsview_words.c ---- */

/* Ends with a row of zeroes. */
extern const struct nsview_word nsview_words[];

/* The row of "cat" or "nscat", or NULL. */
const struct nsview_word *nsview_word_find(const char *text);
/* The row that @text may be a slip of: few letters differ, or one begins with the other. NULL: none
 * is near. */
const struct nsview_word *nsview_word_near(const char *text);
/* Ends the command as wrong usage, with the nearest word. */
void nsview_unknown(const char *text) __attribute__((noreturn));

/* ---- nsview_run.c ---- */

/*
 * Executes @program in this process, so exit code and signals are its own. Only files beside this
 * program are tried (and ../sbin of its folder), never PATH. @argv: the command's arguments, with
 * argv[0] to be replaced. Returns only on failure, after one line on stderr: 126 the program can't
 * be executed, 127 there is none.
 */
int nsview_run(const char *program, char **argv);

/* ---- nsview_start.c ---- */

enum cli_exit nsview_start(void);

/* ---- nsview_doctor.c ---- */

extern const struct cli_command nsview_doctor_command;
/* `nsview doctor ...`; argv[0] is "doctor". */
int nsview_doctor_main(int argc, char **argv);

#endif
