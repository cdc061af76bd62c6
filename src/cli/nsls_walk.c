/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_walk.c - what is listed, in which order, under which headings: as ls(1).
 *
 * Recursion keeps a stack of paths, not of calls or fds, so depth costs neither.
 * Below an operand no link is followed: a directory that became one meanwhile is
 * an error. With -L, links are followed inside the container, and a directory that contains itself
 * is not listed in itself.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "nsls.h"

/* Directories still to be listed, the next one at the end. */
struct pending {
	struct pending_dir {
		char *path;
		size_t depth; /* below an operand */
		bool follow;  /* an operand may be a link to a directory */
	} * dirs;
	size_t count, size;
	struct ancestor {
		dev_t dev;
		ino_t ino;
	} * ancestors; /* with -L: the directories above the next one, and that itself */
	size_t ancestors_size;
	size_t memory; /* in bytes */
	bool told;     /* that some are left out */
};

static size_t memory_of(const char *path)
{
	return sizeof(struct pending_dir) + ls_memory(strlen(path) + 1);
}

static void push(struct pending *p, char *path_take, size_t depth, bool follow)
{
	if (!path_take)
		cli_no_memory();
	if (p->count == p->size) {
		size_t size = p->size ? p->size * 2 : 64;
		struct pending_dir *dirs = reallocarray(p->dirs, size, sizeof(*dirs));

		if (!dirs)
			cli_no_memory();
		p->dirs = dirs;
		p->size = size;
	}
	p->memory += memory_of(path_take);
	p->dirs[p->count++] = (struct pending_dir){ path_take, depth, follow };
}

static struct pending_dir pop(struct pending *p)
{
	struct pending_dir dir = p->dirs[--p->count];

	p->memory -= memory_of(dir.path);
	return dir;
}

/* In reverse, so that the first one is taken first. */
static void push_directories(struct ls *ls, struct pending *p, const struct pending_dir *dir,
			     const struct ls_list *list)
{
	for (size_t i = list->count; i-- > 0;) {
		const struct ls_entry *entry = &list->entries[i];

		if (entry->type != S_IFDIR || strcmp(entry->name, ".") == 0 ||
		    strcmp(entry->name, "..") == 0)
			continue;
		if (p->memory <= LS_MEMORY_MAX) {
			push(p, ls_join(dir->path, entry->name), dir->depth + 1, ls->o.follow);
		} else if (!p->told) {
			p->told = true;
			ls_fail(ls, dir->path, "too many directories: some below are left out", 0,
				NULL);
		}
	}
}

static void print_list(struct ls *ls, const char *dir, const struct ls_list *list)
{
	switch (ls->o.format) {
	case LS_JSON:
		ls_print_json(ls, dir, list);
		break;
	case LS_LONG:
		ls_print_long(ls, list);
		break;
	case LS_COLUMNS:
		ls_print_columns(ls, list);
		break;
	case LS_ONE_PER_LINE:
		ls_print_one_per_line(ls, list);
		break;
	}
}

/* "SPEC:PATH" where it was typed so, else the path; malloc'd. */
static char *shown_path(const struct ls *ls, const char *path, size_t *ret_path_at)
{
	char *text;

	*ret_path_at = ls->with_spec ? strlen(ls->spec) + 1 : 0;
	if (asprintf(&text, "%s%s%s", ls->with_spec ? ls->spec : "", ls->with_spec ? ":" : "",
		     path) < 0)
		cli_no_memory();
	return text;
}

static void print_heading(struct ls *ls, const char *path)
{
	size_t len, width, at;
	nsv_autofree char *text = shown_path(ls, path, &at);
	nsv_autofree char *shown = ls_shown(&ls->o, text, strlen(text), &len, &width);

	if (ls->begun)
		putchar('\n');
	(void)fwrite(shown, 1, len, stdout);
	printf(":\n");
}

/* Whether a directory above is the same one; notes this one for those below. */
static bool is_in_itself(struct ls *ls, struct pending *p, const struct pending_dir *dir)
{
	struct stat st;
	nsv_autofd int fd = ls_follow(ls, dir->path, &st);

	if (fd < 0)
		st.st_dev = st.st_ino = 0; /* reading it fails, too */
	for (size_t i = 0; fd >= 0 && i < dir->depth; i++)
		if (p->ancestors[i].ino == st.st_ino && p->ancestors[i].dev == st.st_dev)
			return true;
	if (dir->depth >= p->ancestors_size) {
		size_t size = (dir->depth + 1) * 2;
		struct ancestor *a = reallocarray(p->ancestors, size, sizeof(*a));

		if (!a)
			cli_no_memory();
		p->ancestors = a;
		p->ancestors_size = size;
	}
	p->ancestors[dir->depth] = (struct ancestor){ st.st_dev, st.st_ino };
	return false;
}

static void list_directories(struct ls *ls, struct pending *p, bool headings)
{
	while (p->count) {
		struct pending_dir dir = pop(p);
		struct ls_list list = { 0 };

		if (ls->o.follow && ls->o.recursive && is_in_itself(ls, p, &dir)) {
			ls_fail(ls, dir.path, "not listing already-listed directory", 0, NULL);
		} else if (ls_read_dir(ls, dir.path, dir.follow, &list) == 0) {
			if (headings && ls->o.format != LS_JSON)
				print_heading(ls, dir.path);
			if (ls->o.format == LS_LONG || (ls->o.blocks && ls->o.format != LS_JSON))
				ls_print_total(ls, &list);
			print_list(ls, dir.path, &list);
			if (ls->o.recursive)
				push_directories(ls, p, &dir, &list);
			ls->begun = true;
		}
		ls_list_free(&list);
		free(dir.path);
	}
}

/*
 * An operand that is a link counts as the directory it leads to, unless the link itself
 * is asked for (-l, -d) or it leads to something else.
 */
static int look_at_operand(struct ls *ls, const char *path, struct ls_list *list)
{
	bool itself =
	    ls->o.directory || ls->o.format == LS_LONG || ls->o.format == LS_JSON || ls->o.classify;
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofree char *shown = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	struct ls_entry *entry;
	struct stat st;
	size_t at;
	int r;

	if (ls->o.follow) {
		fd = nsv_root_open_path(ls->root, path, 0, &e);
		if (fd < 0)
			goto fail;
	} else if (!itself) {
		fd = nsv_root_open_path(ls->root, path, 0, &e);
		if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode)))
			nsv_close_p(&fd);
		else if (fd < 0 && fd != -ENOENT)
			goto fail;
	}
	if (fd < 0)
		fd = nsv_root_open_path(ls->root, path, NSV_ROOT_NOFOLLOW, &e);
	if (fd < 0)
		goto fail;
	shown = shown_path(ls, path, &at);
	entry = ls_list_add(list, shown);
	entry->path_at = at;
	r = ls_look(ls, path, fd, "", entry);
	if (r == 0)
		return 0;
	ls_fail(ls, path, "", r, NULL);
	list->shown = --list->count;
	free(list->entries[list->count].name);
	return r;
fail:
	ls_fail(ls, path, "", fd, &e);
	return fd;
}

/* Puts the directories behind the rest, in order, and takes them down for later. */
static void split_operands(struct ls *ls, struct ls_list *operands, struct pending *p)
{
	struct ls_entry *entries = operands->entries, *sorted;
	size_t kept = 0, at;

	if (ls->o.directory || !operands->count)
		return;
	sorted = reallocarray(NULL, operands->size, sizeof(*sorted));
	if (!sorted)
		cli_no_memory();
	for (size_t i = operands->count; i-- > 0;)
		if (entries[i].type == S_IFDIR)
			push(p, strdup(entries[i].name + entries[i].path_at), 0, true);
		else
			kept++;
	at = kept;
	operands->shown = kept;
	kept = 0;
	for (size_t i = 0; i < operands->count; i++)
		sorted[entries[i].type == S_IFDIR ? at++ : kept++] = entries[i];
	operands->entries = sorted;
	free(entries);
}

void ls_run(struct ls *ls, const struct cli_spec_path *const *paths, size_t count, bool headings)
{
	struct ls_list operands = { 0 };
	struct pending pending = { 0 };

	for (size_t i = 0; i < count; i++)
		(void)look_at_operand(ls, paths[i]->path, &operands);
	ls_list_sort(&ls->o, &operands);
	split_operands(ls, &operands, &pending);
	if (operands.shown && ls->begun && ls->o.format != LS_JSON)
		putchar('\n');
	print_list(ls, "", &operands);
	if (operands.shown)
		ls->begun = !pending.count;
	/* As ls(1): also where the folders turn out not to be readable. */
	if (operands.shown && pending.count && ls->o.format != LS_JSON)
		putchar('\n');
	list_directories(ls, &pending, headings || count > 1 || ls->o.recursive);
	ls_list_free(&operands);
	free(pending.dirs);
	free(pending.ancestors);
}
