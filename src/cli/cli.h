/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli.h - what the commands share: options, messages, escaping, opening a root, formats.
 *
 * A command defines `const struct cli_command cli_command` and walks its options:
 *
 *	struct cli_parser p;
 *	int id;
 *
 *	cli_parser_init(&p, argc, argv);
 *	while ((id = cli_next_option(&p)) != CLI_OPT_END)
 *		switch (id) {
 *		case 'l': ... p.value is the option's argument, or NULL
 *		case CLI_OPT_VIA: via = cli_parse_via(p.value); break;
 *		}
 *	argv[optind]... are the operands
 *
 * --help and --version are answered inside, from the same table; a wrong option
 * is one line on stderr and exit code 2. Names that a container chose never
 * reach a terminal, or an error message, without cli_escape().
 */
#ifndef NSV_CLI_H
#define NSV_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <nsview/error.h>
#include <nsview/root.h>
#include <nsview/target.h>

enum cli_exit {
	CLI_EXIT_OK = 0,
	CLI_EXIT_FAILED = 1, /* something failed, the rest was done */
	CLI_EXIT_USAGE = 2,  /* wrong usage, or no such container */
};

/* ---- options.c: one table for getopt_long(3) and --help ---- */

/* Options without a short letter start here; the common ones have fixed numbers. */
enum {
	CLI_OPT_END = -1,
	CLI_OPT_LONG = 256, /* a command's own: CLI_OPT_LONG + n, n < 1000 */
	CLI_OPT_VIA = 2000,
	CLI_OPT_HELP,
	CLI_OPT_VERSION,
};

struct cli_option {
	int id;		  /* the short letter, or CLI_OPT_LONG + n */
	const char *name; /* the long name without dashes, NULL for none */
	const char *arg;  /* NULL for none; "WHEN" needed; "[WHEN]" may be left out (--name=WHEN) */
	const char *help; /* one sentence, wrapped by --help to 80 columns */
};

/* The last rows of every table. */
#define CLI_COMMON_OPTIONS                                                                  \
	{ CLI_OPT_VIA, "via", "ROUTE",                                                      \
	  "how to reach the files: auto (default), proc (through /proc/PID/root) or setns " \
	  "(a helper that enters the mount namespace)" },                                   \
	    { CLI_OPT_HELP, "help", NULL, "show this help and exit" },                      \
	    { CLI_OPT_VERSION, "version", NULL, "show the version and exit" },              \
	{                                                                                   \
		0, NULL, NULL, NULL                                                         \
	}

/* What SPEC is, for the epilogue. */
#define CLI_SPEC_HELP                                                              \
	"SPEC is a container's name or hostname, its ID or the beginning of it,\n" \
	"ENGINE:NAME, or the PID of any of its processes; nsview(7) has all forms.\n"

/* For who typed SPEC:/PATH, as nscp and the engines' own copying have it. */
#define CLI_TWO_ARGUMENTS "the container and the path are two arguments here (SPEC:/PATH is nscp's)"

struct cli_command {
	const char *name;		  /* "nscat" */
	const char *usage;		  /* lines after "Usage: ", each without the name */
	const char *about;		  /* what it does, lines of at most 80 columns */
	const struct cli_option *options; /* ends with a row of zeroes */
	const char *epilog;		  /* lines of at most 80 columns, or NULL */
};

/* Every command defines its own. */
extern const struct cli_command cli_command;

#define CLI_MAX_OPTIONS 64

struct cli_parser {
	int argc;
	char **argv;
	const char *value; /* the argument of the option just answered, or NULL */
	char letters[3 * CLI_MAX_OPTIONS + 2];
	struct option longs[CLI_MAX_OPTIONS + 1];
};

/* First thing in main(): it also sees to it that fds 0, 1 and 2 are taken. */
void cli_parser_init(struct cli_parser *p, int argc, char **argv);
/* The id of the next option, or CLI_OPT_END; then optind is the first operand. */
int cli_next_option(struct cli_parser *p);

/* "auto", "proc", "setns"; anything else ends the command as wrong usage. */
enum nsv_via cli_parse_via(const char *text);
/* A whole decimal number in min...max; else ends the command as wrong usage. */
unsigned long cli_parse_number(const char *option, const char *text, unsigned long min,
			       unsigned long max);
/* Index of @text in the NULL-ended @words; else ends the command as wrong usage. */
int cli_parse_word(const char *option, const char *text, const char *const words[]);

/* ---- message.c: one line on stderr each, escaped, after wiping a progress line ---- */

/* "nscat: " and the text. Any thread. */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for something that is not a failure: "nscat: note: " and the text. */
void cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "nscat: SPEC:PATH: what happened". @path may be NULL; @e or, without a message, @err tells. */
void cli_error_at(const char *spec, const char *path, int err, const struct nsv_error *e);
/* "nscat: the text (try 'nscat --help')", exit code 2. */
void cli_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Out of memory: says so, exit code 1. */
void cli_no_memory(void) __attribute__((noreturn));
/* Flushes and closes stdout; CLI_EXIT_FAILED after a message when that failed. */
enum cli_exit cli_close_stdout(void);

/* ---- escape.c: names on terminals ---- */

/* Whether the user's locale (LC_ALL, LC_CTYPE, LANG) says UTF-8; looked up without setlocale(3). */
bool cli_locale_is_utf8(void);
/*
 * @len bytes of @text as C-style escapes: control bytes, DEL, backslash, bytes that
 * are no UTF-8, C1 controls and the characters that turn the direction of text. Every
 * byte above 127 where the terminal is not UTF-8. Result malloc'd (never NULL: out
 * of memory ends the command), *ret_len may be NULL.
 */
char *cli_escape(const char *text, size_t len, bool utf8, size_t *ret_len);
/* Controls, and what turns the direction of the text around it or breaks the line. */
bool cli_is_harmful(uint32_t code);
/* How many bytes at @text form one valid UTF-8 character; 0 for none. *ret_code may be NULL. */
size_t cli_utf8_char(const char *text, size_t len, uint32_t *ret_code);

/* ---- reach.c: from a spec to an open root ---- */

/*
 * Opens @spec's target and root: joins the user namespace where an ordinary user needs
 * it, and notes on stderr when the files are the host's own (see hint.c). On failure one line is
 * on stderr and the answer is CLI_EXIT_USAGE (no such container, wrong spec, no permission).
 * Call it before any thread starts.
 */
enum cli_exit cli_open_root(const char *spec, enum nsv_via via, struct nsv_target **ret_target,
			    struct nsv_root **ret_root);

/* ---- hint.c: what is near a container, but outside ---- */

/*
 * For a PID whose files are the host's own: notes on stderr what it is (an engine's shim, a shell)
 * and which containers are below it. False, and nothing said, for any other process.
 */
bool cli_note_role(pid_t pid);

struct nsv_scan;
struct nsv_role;
/* The same for a role that is known, from a scan with hints and hostnames. */
bool cli_note_role_in(const struct nsv_scan *scan, pid_t pid, const struct nsv_role *role);

/* ---- format.c ---- */

#define CLI_SIZE_BUF 24

/* "0", "823", "1.1K", "24M": powers of 1024, rounded up, as ls -h. Returns @buf. */
char *cli_human_size(uint64_t bytes, char buf[static CLI_SIZE_BUF]);
/* "0:07", "12:40", "3:01:09". Returns @buf. */
char *cli_duration(uint64_t seconds, char buf[static CLI_SIZE_BUF]);
/* Monotonic time in nanoseconds. */
uint64_t cli_now(void);
/* Columns of the terminal behind @fd, else COLUMNS, else 80. */
unsigned cli_terminal_width(int fd);

/* ---- progress.c: one line on a terminal, rewritten in place ---- */

struct cli_progress {
	bool wanted;
	uint64_t started, shown;
};

/* @wanted: the user did not forbid it; it also has to be a terminal in the foreground. */
void cli_progress_start(struct cli_progress *p, bool wanted);
/* Whether a line would be printed now: a second has passed, and 100 ms since the last one. */
bool cli_progress_due(const struct cli_progress *p);
/* Escapes, cuts to the terminal's width and prints. One thread at a time. */
void cli_progress_show(struct cli_progress *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Wipes the line. */
void cli_progress_end(struct cli_progress *p);
/* For message.c: wipes a line that stands on the terminal, any thread. */
void cli_progress_wipe(void);

#endif
