/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscp_options.c - the options of nscp, and what they mean to the library.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nsview/discover.h>

#include "cli/complete.h"
#include "cli/nscp.h"

enum {
	OPT_EXCLUDE = CLI_OPT_LONG,
	OPT_SPECIAL,
	OPT_XATTR,
	OPT_HOST_IDS,
	OPT_DEST_ATTRIBUTES,
	OPT_NO_PROGRESS,
	OPT_BACKUP,
	OPT_CHOWN,
	OPT_DRY_RUN,
	OPT_MKDIR,
	OPT_NO_PRESERVE,
	OPT_PARENTS,
	OPT_PRESERVE,
};

static const struct cli_option options[] = {
	{ 'a', "archive", NULL,
	  "the same as -r -P -p; also keep hard links, extended attributes (ACLs, file "
	  "capabilities), FIFOs and sockets" },
	CLI_GLOB_OPTION,
	{ 'r', "recursive", NULL, "copy directories and everything below them" },
	{ 'R', NULL, NULL, "the same as -r" },
	{ 'p', NULL, NULL, "the same as --preserve" },
	{ OPT_PRESERVE, "preserve", "[LIST]",
	  "keep these: mode, ownership, timestamps (the default), links, xattr, all" },
	{ OPT_NO_PRESERVE, "no-preserve", "LIST",
	  "don't keep these: mode, ownership, timestamps, links, xattr, all" },
	{ OPT_CHOWN, "chown", "USER[:GROUP]",
	  "give the copies to this owner, by DEST's names or by number" },
	{ 'L', "dereference", NULL, "follow all symbolic links in SOURCE, inside the container" },
	{ 'P', "no-dereference", NULL,
	  "follow no links (the default with -r and -a; else a SOURCE that is a link is "
	  "followed)" },
	{ 'T', "no-target-directory", NULL,
	  "DEST is the copy's own name, also if it is a "
	  "directory" },
	{ 't', "target-directory", "DIR", "copy every SOURCE into DIR (or SPEC:DIR)" },
	{ OPT_PARENTS, "parents", NULL, "copy SOURCE to its whole path below DEST" },
	{ OPT_MKDIR, "mkdir", NULL,
	  "make missing directories on the way to DEST; with -t or a slash at its end DEST, too" },
	{ 'n', "no-clobber", NULL, "don't replace existing files" },
	{ 'u', "update", NULL, "replace a file only if the one of SOURCE is newer" },
	{ 'i', "interactive", NULL, "ask before a file is replaced" },
	{ 'b', NULL, NULL, "the same as --backup" },
	{ OPT_BACKUP, "backup", "[CONTROL]",
	  "keep replaced files under another name: simple (NAME~), numbered (NAME.~1~), existing "
	  "(numbered if there are any, else simple; the default) or none" },
	{ 'S', "suffix", "SUFFIX", "instead of ~, and the same as --backup" },
	{ 'f', "force", NULL, "replace unwritable files, FIFOs, sockets and devices, too" },
	{ 'v', "verbose", NULL, "print the name of each copied file" },
	{ OPT_DRY_RUN, "dry-run", NULL, "only print what would be copied; change nothing" },
	{ 'j', "jobs", "N", "copy with N threads (default: the number of CPUs, at most 4)" },
	{ 'x', "one-file-system", NULL,
	  "leave out other mounts below SOURCE (volumes, tmpfs), and btrfs subvolumes" },
	{ OPT_EXCLUDE, "exclude", "GLOB",
	  "leave out files that match by name or, if GLOB has a slash, by path below SOURCE; may "
	  "be "
	  "given more than once" },
	{ OPT_SPECIAL, "special", NULL,
	  "copy setuid and setgid bits and device nodes, too, and with -a all extended attributes "
	  "that DEST takes, except labels, hashes (IMA, EVM) and trusted.overlay.*" },
	{ OPT_XATTR, "xattr", "GLOB",
	  "copy extended attributes whose name matches, those too; may be given more than once" },
	{ OPT_HOST_IDS, "host-ids", NULL,
	  "keep the host's numbers for owners instead of the container's" },
	{ OPT_DEST_ATTRIBUTES, "dest-attributes", NULL,
	  "let an archive's entry ./ set owner, mode and times of DEST, with -a or -p" },
	{ OPT_NO_PROGRESS, "no-progress", NULL, "no progress line on the terminal" },
	CLI_COMMON_OPTIONS,
};

const struct cli_command cli_command = {
	.name = "nscp",
	.usage =
	    "[OPTION]... SOURCE DEST\n[OPTION]... SOURCE... DIRECTORY\n"
	    "[OPTION]... SPEC:SOURCE... - >ARCHIVE.tar\n[OPTION]... - SPEC:DIRECTORY <ARCHIVE.tar",
	.about = "Copy files and trees out of running containers, into them and between them.\n"
		 "SPEC:PATH is a file of a container; what has no colon, or begins with / or ./,\n"
		 "is a file of the host.",
	.options = options,
	.complete = cli_complete_sides,
	.epilog = CLI_SPEC_HELP
	"'-' as DEST writes a tar archive (pax) with all metadata to standard output;\n"
	"'-' as SOURCE extracts an archive from standard input. Owners are the numbers\n"
	"that the container sees. Files copied into a container belong to its root unless\n"
	"-a or -p is given.\n\n"
	"  nscp web1:/etc/nginx/nginx.conf .         one file out\n"
	"  nscp -a web1:/var/www /srv/backup/        a tree, with all metadata\n"
	"  nscp hosts 1010:/etc/hosts                one file in\n"
	"  nscp 1010:/etc - | tar tv                 as an archive",
	.habits = cli_pod_habits,
};

static void set_flag(unsigned *flags, unsigned on, unsigned off)
{
	*flags = (*flags & ~off) | on;
}

/* Where copies go, and what becomes of files that are there. */
static void parse_place(struct cp_options *o, int id, const char *value)
{
	switch (id) {
	case 'T':
		o->flags |= NSV_COPY_NO_TARGET_DIR;
		break;
	case 't':
		if (o->target)
			cli_usage_error("-t is given more than once");
		o->target = value;
		o->flags |= NSV_COPY_TARGET_DIR;
		break;
	case OPT_PARENTS:
		o->flags |= NSV_COPY_PARENTS;
		break;
	case OPT_MKDIR:
		o->flags |= NSV_COPY_MKDIR;
		break;
	case 'u':
		o->flags |= NSV_COPY_UPDATE;
		break;
	case 'i':
		o->interactive = true;
		o->flags &= ~(unsigned)NSV_COPY_NO_CLOBBER;
		break;
	}
}

static void parse_more(struct cp_options *o, int id, const char *value)
{
	switch (id) {
	case OPT_PRESERVE:
		cp_preserve(o, "--preserve", value ? value : "mode,ownership,timestamps", true);
		break;
	case OPT_NO_PRESERVE:
		cp_preserve(o, "--no-preserve", value, false);
		break;
	case OPT_CHOWN:
		if (!*value || !strcmp(value, ":"))
			cli_usage_error("'%s' is not a value of --chown: USER[:GROUP] is", value);
		o->chown = value;
		break;
	case 'b':
	case OPT_BACKUP:
		cp_backup(o, value);
		break;
	case 'S':
		cp_suffix(o, value);
		if (!o->backup)
			cp_backup(o, NULL);
		break;
	case OPT_SPECIAL:
		o->flags |= NSV_COPY_SPECIAL;
		break;
	case OPT_DRY_RUN:
		o->flags |= NSV_COPY_DRY_RUN;
		o->verbose = true;
		o->progress = false;
		break;
	default:
		parse_place(o, id, value);
	}
}

static void parse_option(struct cp_options *o, int id, const char *value, bool *follow_chosen)
{
	o->globs = o->globs || id == 'g';
	switch (id) {
	case 'a':
		set_flag(&o->flags, NSV_COPY_ARCHIVE, NSV_COPY_FOLLOW_ALL | NSV_COPY_FOLLOW_ARG);
		*follow_chosen = true;
		break;
	case 'r':
	case 'R':
		o->flags |= NSV_COPY_RECURSIVE;
		break;
	case 'p':
		o->flags |= NSV_COPY_PRESERVE;
		break;
	case 'L':
		o->flags |= NSV_COPY_FOLLOW_ALL | NSV_COPY_FOLLOW_ARG;
		*follow_chosen = true;
		break;
	case 'P':
		set_flag(&o->flags, 0, NSV_COPY_FOLLOW_ALL | NSV_COPY_FOLLOW_ARG);
		*follow_chosen = true;
		break;
	case 'n':
		o->interactive = false;
		set_flag(&o->flags, NSV_COPY_NO_CLOBBER, NSV_COPY_FORCE);
		break;
	case 'f':
		set_flag(&o->flags, NSV_COPY_FORCE, NSV_COPY_NO_CLOBBER);
		break;
	case 'v':
		o->verbose = true;
		break;
	case 'j':
		o->threads = (unsigned)cli_parse_number("--jobs", value, 1, 64);
		break;
	case 'x':
		o->flags |= NSV_COPY_ONE_MOUNT;
		break;
	case OPT_EXCLUDE:
		o->exclude[o->n_exclude++] = value;
		break;
	case OPT_XATTR:
		o->xattrs[o->n_xattrs++] = value;
		break;
	case OPT_HOST_IDS:
		o->flags |= NSV_COPY_HOST_IDS;
		break;
	case OPT_DEST_ATTRIBUTES:
		o->flags |= NSV_COPY_DEST_ATTRIBUTES;
		break;
	case OPT_NO_PROGRESS:
		o->progress = false;
		break;
	case CLI_OPT_VIA:
		o->via = cli_parse_via(value);
		break;
	default:
		parse_more(o, id, value);
	}
}

void cp_check_options(const struct cp_options *o)
{
	if (o->backup && (o->flags & NSV_COPY_NO_CLOBBER))
		cli_usage_error("--backup and --no-clobber exclude each other");
	if ((o->flags & NSV_COPY_NO_TARGET_DIR) && o->target)
		cli_usage_error("-t and -T exclude each other");
	if ((o->flags & NSV_COPY_NO_TARGET_DIR) && (o->flags & NSV_COPY_PARENTS))
		cli_usage_error("--parents and -T exclude each other");
	if (o->chown && (o->flags & NSV_COPY_HOST_IDS))
		cli_usage_error("--chown and --host-ids exclude each other");
}

void cp_parse_options(struct cp_options *o, int argc, char **argv)
{
	struct cli_parser p;
	bool follow_chosen = false;
	const char *suffix;
	int id;

	*o = (struct cp_options){ .via = NSV_VIA_AUTO, .progress = true };
	o->exclude = calloc((size_t)argc + 1, sizeof(*o->exclude));
	o->xattrs = calloc((size_t)argc + 1, sizeof(*o->xattrs));
	if (!o->exclude || !o->xattrs)
		cli_no_memory();
	cli_parser_init(&p, argc, argv);
	while ((id = cli_next_option(&p)) != CLI_OPT_END)
		parse_option(o, id, p.value, &follow_chosen);
	suffix = getenv("SIMPLE_BACKUP_SUFFIX");
	if (o->backup && !o->suffix && suffix && *suffix)
		cp_suffix(o, suffix);
	if (o->interactive)
		o->progress = false;
	cp_check_options(o);
	if (!follow_chosen && !(o->flags & NSV_COPY_RECURSIVE))
		o->flags |= NSV_COPY_FOLLOW_ARG;
}

static void __attribute__((noreturn)) no_path(const char *text)
{
	struct stat st;

	/* "host:" */
	if (text[strlen(text) - 1] == ':')
		cli_usage_error("%s: the container's name is empty", text);
	if (lstat(text, &st) == 0)
		cli_usage_error("%s: a container without a PATH (%s:/ is its root); the host's "
				"file of that name is written ./%s",
				text, text, text);
	cli_usage_error("%s: a container without a PATH (%s:/ is its root)", text, text);
}

static bool is_container(const char *name)
{
	uint64_t mntns, start;
	pid_t pid;

	return nsv_resolve_name(name, NULL, &pid, &mntns, &start, NULL) == 0;
}

/* docker cp and scp take "web1:" alone. */
static void __attribute__((noreturn)) no_container(const struct cli_spec_path *args, size_t n)
{
	struct stat st;

	for (size_t i = n; i-- > 0;)
		if (*args[i].text && !strchr(args[i].text, '/') && lstat(args[i].text, &st) < 0 &&
		    is_container(args[i].text))
			cli_usage_error("neither SOURCE nor DEST is a container's (SPEC:PATH); "
					"did you mean '%s:/'?",
					args[i].text);
	cli_usage_error("neither SOURCE nor DEST is a container's (SPEC:PATH)");
}

static void check_kinds(const struct cli_spec_path *args, size_t n)
{
	bool to_archive = args[n - 1].where == CLI_ARCHIVE, any = false;

	for (size_t i = 0; i < n; i++) {
		any = any || args[i].where != CLI_ON_HOST;
		if (args[i].where == CLI_NO_PATH)
			no_path(args[i].text);
		if (i + 1 < n && args[i].where == CLI_ARCHIVE && (n != 2 || to_archive))
			cli_usage_error("'-' as SOURCE goes with one DEST, a directory");
	}
	if (!any)
		no_container(args, n);
}

/* Options about single files of a tree, or about files that are there. */
static void check_archive(const struct cli_spec_path *args, size_t n, const struct cp_options *o)
{
	const unsigned both = NSV_COPY_NO_TARGET_DIR | NSV_COPY_PARENTS | NSV_COPY_DRY_RUN;

	if (o->target && args[n - 1].where == CLI_ARCHIVE)
		cli_usage_error("'-' is an archive and no DIR for -t");
	if (args[0].where == CLI_ARCHIVE && ((o->flags & both) || o->interactive))
		cli_usage_error("'-' as SOURCE goes without -T, -i, --parents and --dry-run");
	if (args[n - 1].where == CLI_ARCHIVE &&
	    ((o->flags & (both | NSV_COPY_MKDIR | NSV_COPY_UPDATE)) || o->interactive || o->backup))
		cli_usage_error("'-' as DEST goes without -T, -u, -i, -b, --parents, --mkdir and "
				"--dry-run");
}

void cp_check_args(const struct cli_spec_path *args, size_t n, struct cp_options *o)
{
	check_kinds(args, n);
	check_archive(args, n, o);
	if ((o->flags & NSV_COPY_NO_TARGET_DIR) && n > 2)
		cli_usage_error("%s: -T takes one SOURCE and DEST", args[2].text);
	if (args[0].where == CLI_ARCHIVE && isatty(STDIN_FILENO))
		cli_usage_error("an archive is not read from a terminal");
	if (args[n - 1].where != CLI_ARCHIVE)
		return;
	if (isatty(STDOUT_FILENO))
		cli_usage_error("an archive is not written to a terminal");
	/* An archive holds trees as they are, unless -L says otherwise. */
	if (!(o->flags & NSV_COPY_FOLLOW_ALL))
		o->flags &= ~(unsigned)NSV_COPY_FOLLOW_ARG;
	o->flags |= NSV_COPY_RECURSIVE;
}

struct nsv_copy_options cp_copy_options(const struct cp_options *o, struct nsv_root *to)
{
	struct nsv_copy_options copy = NSV_COPY_OPTIONS_INIT;
	mode_t mask = umask(0);

	(void)umask(mask);
	copy.flags = o->flags;
	copy.threads = o->threads;
	copy.to = to;
	copy.umask = mask;
	copy.exclude = o->exclude;
	copy.n_exclude = o->n_exclude;
	copy.xattrs = o->xattrs;
	copy.n_xattrs = o->n_xattrs;
	copy.verbose = o->verbose;
	copy.event = cp_report_event;
	copy.cancel = &cp_signal;
	copy.backup = o->backup;
	copy.suffix = o->suffix;
	copy.ask = o->interactive ? cp_ask : NULL;
	/* Questions come one after the other, in the order of the walk. */
	if (o->interactive)
		copy.threads = 1;
	if (o->progress && isatty(STDERR_FILENO))
		copy.flags |= NSV_COPY_TELL_STARTS;
	return copy;
}
