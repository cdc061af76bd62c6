/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls.h - the types and calls that the files of nsls share.
 *
 *	nsls.c		main()			nsls_options.c	the options
 *	nsls_walk.c	operands, headings, recursion
 *	nsls_list.c	one directory read whole
 *	nsls_look.c	attributes of an entry	nsls_links.c	what links say and lead to
 *	nsls_sort.c	orders			nsls_version.c	the order of -v
 *	nsls_long.c	-l			nsls_columns.c	columns, one per line
 *	nsls_json.c	-J			nsls_frills.c	-i, -s, -Z, the total
 *	nsls_show.c	a name with its escapes and mark
 *	nsls_paint.c	the colour of a name	nsls_colors.c	LS_COLORS
 *	nsls_names.c	names of the container's users and groups
 */
#ifndef NSV_CLI_NSLS_H
#define NSV_CLI_NSLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/cli.h"

struct ls_colors;

enum ls_format { LS_ONE_PER_LINE, LS_COLUMNS, LS_LONG, LS_JSON };
enum ls_sort {
	LS_BY_NAME,
	LS_BY_TIME,
	LS_BY_SIZE,
	LS_BY_VERSION,
	LS_BY_EXTENSION,
	LS_BY_WIDTH,
	LS_UNSORTED,
};
enum ls_time { LS_MTIME, LS_CTIME, LS_ATIME, LS_BIRTH };
enum ls_time_style { LS_LOCALE, LS_FULL_ISO, LS_LONG_ISO, LS_ISO };
enum ls_hidden { LS_NO_HIDDEN, LS_ALMOST_ALL, LS_ALL };

struct ls_options {
	enum ls_format format;
	enum ls_sort sort;
	enum ls_time time; /* to show in the long format, and to sort by */
	enum ls_time_style time_style;
	enum ls_hidden hidden;
	bool directory, recursive, human, inode, numeric, host_ids, reverse, zero;
	bool follow;		  /* -L */
	bool classify;		  /* -F */
	bool blocks;		  /* -s */
	bool label;		  /* -Z */
	bool dirs_first;	  /* also links to directories */
	struct ls_colors *colors; /* NULL: none */
	bool terminal;		  /* stdout is one */
	bool escape;		  /* names are escaped for it */
	bool utf8;		  /* which reads UTF-8 */
	unsigned width;		  /* columns of a line, where that matters */
};

enum ls_when { LS_AUTO, LS_ALWAYS, LS_NEVER };

/* What becomes an option of struct ls_options once all are known. */
struct ls_choices {
	bool one_per_line, globs;
	bool sorted, timed; /* an order, a time was chosen */
	enum ls_when color, classify;
	enum nsv_via via;
};

struct ls_entry {
	char *name;
	size_t path_at; /* of an operand: where its path begins in @name, behind SPEC: */
	char *target;	/* a link's text, when it is wanted and could be read */
	size_t target_len;
	char *label; /* with -Z; NULL for none */
	struct stat st;
	struct timespec when; /* the time that options ask for; {-1, -1} for none */
	mode_t type;	      /* S_IF..., also where nothing else is known; 0 for unknown */
	mode_t link_mode;     /* of what a link leads to, where that is wanted and @link_ok */
	size_t width;	      /* of the name, while sorting by it */
	bool stat_ok, link_ok, acl, capable;
};

struct ls_list {
	struct ls_entry *entries;
	size_t count, size;
	size_t memory; /* what entries, names, links' texts and labels take, in bytes */
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

/* nsls_options.c */
void ls_take_option(int id, const char *value, struct ls_options *o, struct ls_choices *c);
/* What depends on several options, on the environment, and on whether a terminal reads. */
void ls_settle(struct ls_options *o, const struct ls_choices *c);

/* nsls_list.c */
/* The entries of @path. 0 or -errno after a message; entries that fail are told one by one. */
int ls_read_dir(struct ls *ls, const char *path, bool follow, struct ls_list *list);
/* A new entry with @name at the end of the list, all other members zero. */
struct ls_entry *ls_list_add(struct ls_list *list, const char *name);
void ls_list_free(struct ls_list *list);
/* Bytes that an allocation of @size takes, more or less. */
static inline size_t ls_memory(size_t size)
{
	return size + 2 * sizeof(size_t);
}

/* nsls_look.c */
/*
 * Fills in the entry @at/@name of the open directory @dir or, with "", the O_PATH fd @at of the
 * path
 * @dir. With -L, what a link leads to.
 */
int ls_look(struct ls *ls, const char *dir, int at, const char *name, struct ls_entry *entry);
/* Whether the options need more of the entry than its name and the type in the directory. */
bool ls_wants_look(const struct ls_options *o, const struct ls_entry *entry);

/* nsls_links.c */
/* Reads the text of the link @path, which is @at/@name or with "" the fd itself. */
void ls_read_target(struct ls *ls, const char *path, int at, const char *name,
		    struct ls_entry *entry);
/* Opens what @path leads to inside the container, with O_PATH. */
int ls_follow(struct ls *ls, const char *path, struct stat *ret_st);
/* Whether the modes of what links lead to are needed. */
bool ls_wants_link_modes(const struct ls_options *o);

/* nsls_sort.c */
void ls_list_sort(const struct ls_options *o, struct ls_list *list);
/* nsls_version.c */
int ls_compare_versions(const char *a, const char *b);

/* nsls_long.c, nsls_columns.c, nsls_json.c: print a list; @dir is where its names are, "" for
 * operands.
 */
void ls_print_long(struct ls *ls, const struct ls_list *list);
void ls_print_one_per_line(const struct ls *ls, const struct ls_list *list);
void ls_print_columns(const struct ls *ls, const struct ls_list *list);
void ls_print_json(struct ls *ls, const char *dir, const struct ls_list *list);
void ls_end_json(struct ls *ls);

/* nsls_show.c */
/* A name or a link's text as it will be printed, malloc'd; *ret_len bytes, *ret_width columns. */
char *ls_shown(const struct ls_options *o, const char *text, size_t len, size_t *ret_len,
	       size_t *ret_width);
/* Prints the entry's name from column @at on, with the target in the long format. */
void ls_show_name(const struct ls_options *o, const struct ls_entry *entry, size_t at);
/* Columns of the name and its mark. */
size_t ls_name_width(const struct ls_options *o, const struct ls_entry *entry);
int ls_digits(uint64_t value);
static inline char ls_eol(const struct ls *ls)
{
	return ls->o.zero ? '\0' : '\n';
}

/* nsls_frills.c */
struct ls_frills { /* how wide each column is, 0 for none */
	int inode, blocks, label;
};
struct ls_frills ls_measure_frills(const struct ls_options *o, const struct ls_list *list);
/* Columns of all three. */
size_t ls_frills_width(const struct ls_frills *w);
void ls_show_inode_and_blocks(const struct ls_options *o, const struct ls_entry *entry,
			      const struct ls_frills *w);
void ls_show_label(const struct ls_options *o, const struct ls_entry *entry,
		   const struct ls_frills *w);
void ls_print_total(const struct ls *ls, const struct ls_list *list);

/* nsls_paint.c; nsls_colors.h has the types */
struct ls_colors;
struct ls_color;
/* The colour of the entry or of its target, NULL for none. */
const struct ls_color *ls_color_of(const struct ls_colors *c, const struct ls_entry *entry,
				   bool target);
/* Whether a link's colour depends on what it leads to. */
bool ls_colors_follow_links(const struct ls_colors *c, bool long_format);
/* Before an entry; @c may be NULL. */
void ls_paint_normal(struct ls_colors *c);
/* Around a name, whose colour may be NULL; @wraps: the name may go into a further line. */
void ls_paint_begin(struct ls_colors *c, const struct ls_color *color);
void ls_paint_end(struct ls_colors *c, const struct ls_color *color, bool wraps);
/* At the end of all output; @c may be NULL. */
void ls_paint_finish(struct ls_colors *c);

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
