/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls.h - the types and calls that the files of nsls share.
 *
 *	nsls.c        options
 *	nsls_walk.c     operands, headings, recursion
 *	nsls_list.c     one directory read whole, and sorted
 *	nsls_long.c     -l            nsls_columns.c  columns, one per line
 *	nsls_json.c     -J            nsls_show.c     a name with its colour and escapes
 *	nsls_names.c    names of the container's users and groups
 */
#ifndef NSV_CLI_NSLS_H
#define NSV_CLI_NSLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/cli.h"

enum ls_format { LS_ONE_PER_LINE, LS_COLUMNS, LS_LONG, LS_JSON };
enum ls_sort { LS_BY_NAME, LS_BY_TIME, LS_BY_SIZE };
enum ls_hidden { LS_NO_HIDDEN, LS_ALMOST_ALL, LS_ALL };

struct ls_options {
	enum ls_format format;
	enum ls_sort sort;
	enum ls_hidden hidden;
	bool directory, recursive, human, inode, numeric, host_ids, reverse, zero;
	bool color;
	bool terminal; /* stdout is one */
	bool escape;   /* names are escaped for it */
	bool utf8;     /* which reads UTF-8 */
	unsigned width;
};

struct ls_entry {
	char *name;
	size_t path_at; /* of an operand: where its path begins in @name, behind SPEC: */
	char *target;	/* a link's text, when it is wanted and could be read */
	size_t target_len;
	struct stat st;
	mode_t type; /* S_IF..., also where nothing else is known; 0 for unknown */
	bool stat_ok, acl;
};

struct ls_list {
	struct ls_entry *entries;
	size_t count, size;
	size_t memory; /* what entries, names and links' texts take, in bytes */
	/*
	 * How many of them are printed: directories among the operands stand after
	 * those, and only have a say in how wide columns are, as ls(1) has it.
	 */
	size_t shown;
};

/*
 * In bytes. A container's FUSE server may show an endless folder, and nsls keeps names until they
 * are sorted. The names of one folder, and the folders that -R has yet to visit, take at most this
 * much memory: about two million files. nsls leaves out the rest and says so.
 */
#define LS_MEMORY_MAX ((size_t)512 << 20)

struct ls_names; /* users or groups of the container */

struct ls {
	struct ls_options o;
	const char *spec;
	bool globs;	/* operands are patterns */
	bool with_spec; /* operands were typed as SPEC:PATH, and are shown so */
	bool begun;	/* a blank line goes before the next heading */
	struct nsv_root *root;
	struct nsv_target *target;
	struct ls_names *users, *groups; /* NULL: numbers only */
	struct timespec now;
	bool json_begun;
	enum cli_exit status;
};

/* nsls_walk.c: everything below main(), for the paths of one container. @headings: there are more
 * than these. */
void ls_run(struct ls *ls, const struct cli_spec_path *const *paths, size_t count, bool headings);

/* nsls_common.c */
/* "DIR/NAME", malloc'd. */
char *ls_join(const char *dir, const char *name);
/* One line on stderr for SPEC:PATH, and exit code 1: @what and what @e or else @err (0: nothing)
 * is.
 */
void ls_fail(struct ls *ls, const char *path, const char *what, int err, const struct nsv_error *e);

/* nsls_list.c */
bool ls_wants_stat(const struct ls_options *o);
/* The entries of @path. 0 or -errno after a message; entries that fail are told one by one. */
int ls_read_dir(struct ls *ls, const char *path, bool follow, struct ls_list *list);
/* A new entry with @name at the end of the list, all other members zero. */
struct ls_entry *ls_list_add(struct ls_list *list, const char *name);
/* Fills in the entry @at/@name of an open directory or, with "", the O_PATH fd itself. */
int ls_look(const struct ls_options *o, int at, const char *name, struct ls_entry *entry);
void ls_list_sort(const struct ls_options *o, struct ls_list *list);
void ls_list_free(struct ls_list *list);
/* Bytes that an allocation of @size takes, more or less. */
static inline size_t ls_memory(size_t size)
{
	return size + 2 * sizeof(size_t);
}

/* nsls_long.c, nsls_columns.c, nsls_json.c: print a list; @dir is where its names are, "" for
 * operands.
 */
void ls_print_long(struct ls *ls, const struct ls_list *list);
void ls_print_total(const struct ls *ls, const struct ls_list *list);
void ls_print_one_per_line(const struct ls *ls, const struct ls_list *list);
void ls_print_columns(const struct ls *ls, const struct ls_list *list);
void ls_print_json(struct ls *ls, const char *dir, const struct ls_list *list);
void ls_end_json(struct ls *ls);

/* nsls_show.c */
/* A name or a link's text as it will be printed, malloc'd; *ret_len bytes, *ret_width columns. */
char *ls_shown(const struct ls_options *o, const char *text, size_t len, size_t *ret_len,
	       size_t *ret_width);
/* Prints the entry's name, coloured and escaped as wanted; returns its columns. */
size_t ls_show_name(const struct ls_options *o, const struct ls_entry *entry);
/* "4711 ", right-aligned to @width digits. */
void ls_show_inode(const struct ls_entry *entry, int width);
int ls_inode_width(const struct ls_list *list);
int ls_digits(uint64_t value);
static inline char ls_eol(const struct ls *ls)
{
	return ls->o.zero ? '\0' : '\n';
}

/* nsls_names.c */
/* Reads "/etc/passwd" or "/etc/group" of the container; NULL where it can't be had. */
struct ls_names *ls_names_read(struct nsv_root *root, const char *path);
/* The same of a text; @cut: its last line is not whole. */
struct ls_names *ls_names_parse(char *text_take, bool cut);
struct ls_names *ls_names_free(struct ls_names *names);
/* NULL for an id without a name. @names may be NULL. */
const char *ls_name_of(const struct ls_names *names, uint32_t id);
/* The number to show for an owner: the container's, or with --host-ids the host's. */
uint32_t ls_id(const struct ls *ls, enum nsv_id_kind kind, uint32_t id);

#endif
