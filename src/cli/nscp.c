/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscp.c - copies files and trees out of a container, into one, between two.
 *
 * The order matters: targets and roots are opened while there is one thread (the setns
 * route forks, an ordinary user joins a user namespace), then the run and the progress
 * line start their threads.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/nscp.h"
#include "reach/util.h"

enum {
	OPT_EXCLUDE = CLI_OPT_LONG,
	OPT_SPECIAL,
	OPT_HOST_IDS,
	OPT_NO_PROGRESS,
};

static const struct cli_option options[] = {
	{ 'a', "archive", NULL,
	  "the same as -r -P -p, and keep hard links, extended attributes (ACLs, file "
	  "capabilities), FIFOs and sockets too" },
	{ 'r', "recursive", NULL, "copy directories with all that is in them" },
	{ 'R', NULL, NULL, "the same as -r" },
	{ 'p', "preserve", NULL, "keep mode, ownership and times" },
	{ 'L', "dereference", NULL, "follow all symbolic links in SOURCE, inside the container" },
	{ 'P', "no-dereference", NULL,
	  "follow none (the usual way with -r and -a; else a link named as SOURCE is followed)" },
	{ 'n', "no-clobber", NULL, "leave alone what exists at DEST" },
	{ 'f', "force", NULL, "replace unwritable files, FIFOs, sockets and devices too" },
	{ 'v', "verbose", NULL, "print each name that is copied" },
	{ 'j', "jobs", "N", "copy with N threads (default: the number of CPUs, at most 4)" },
	{ 'x', "one-file-system", NULL, "leave out other mounts below SOURCE (volumes, tmpfs)" },
	{ OPT_EXCLUDE, "exclude", "GLOB",
	  "leave out what matches: by its name, or with a slash in GLOB by its path below SOURCE; "
	  "may be given more than once" },
	{ OPT_SPECIAL, "special", NULL, "copy setuid and setgid bits and device nodes too" },
	{ OPT_HOST_IDS, "host-ids", NULL,
	  "keep the host's numbers of owners, instead of the container's" },
	{ OPT_NO_PROGRESS, "no-progress", NULL, "no progress line on the terminal" },
	CLI_COMMON_OPTIONS,
};

const struct cli_command cli_command = {
	.name = "nscp",
	.usage =
	    "[OPTION]... SOURCE DEST\n[OPTION]... SOURCE... DIRECTORY\n"
	    "[OPTION]... SPEC:SOURCE... - >ARCHIVE.tar\n[OPTION]... - SPEC:DIRECTORY <ARCHIVE.tar",
	.about = "Copy files and trees out of running containers, into them and between them.\n"
		 "SPEC:/PATH is a file of a container, anything else is the host's.",
	.options = options,
	.epilog = CLI_SPEC_HELP
	"'-' as DEST writes a tar archive (pax) with all metadata to standard output,\n"
	"'-' as SOURCE extracts one from standard input. Owners are the numbers that\n"
	"the container sees. What is copied in belongs to the container's root unless\n"
	"-a or -p is given.\n\n"
	"  nscp web1:/etc/nginx/nginx.conf .         one file out\n"
	"  nscp -a web1:/var/www /srv/backup/        a tree, with all metadata\n"
	"  nscp hosts 1010:/etc/hosts                one file in\n"
	"  nscp 1010:/etc - | tar tv                 as an archive",
};

int cp_signal;

/* timeout(1), systemd(1) and shells send two or three at once, which mean one. */
#define ONE_SIGNAL_NS 1000000000

/*
 * The first asks the run to clean up and end; a later one ends the process at once, when this
 * returns and it is no longer blocked.
 */
static void on_signal(int number)
{
	static int64_t first;
	struct timespec t = { 0 };
	int64_t now, none = 0;
	int saved = errno;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	now = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
	if (__atomic_compare_exchange_n(&first, &none, now, false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED)) {
		__atomic_store_n(&cp_signal, number, __ATOMIC_RELAXED);
	} else if (now - none > ONE_SIGNAL_NS) {
		(void)signal(number, SIG_DFL);
		(void)raise(number);
	}
	errno = saved;
}

static void catch_signals(bool writes_tar)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };
	struct sigaction old;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(numbers); i++)
		/* nohup(1) and shells in the background ignore some: so do we. */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &sa, NULL);
	(void)signal(SIGXFSZ, SIG_IGN);
	/* A closed pipe behind -v must not leave temporary files; behind a tar it ends us. */
	if (!writes_tar)
		(void)signal(SIGPIPE, SIG_IGN);
}

/* As the shell wants to see it: ended by the signal. */
static int end_by_signal(int status)
{
	int number = cp_signalled();

	if (!number)
		return status;
	(void)signal(number, SIG_DFL);
	(void)raise(number);
	return 128 + number;
}

static void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void set_flag(unsigned *flags, unsigned on, unsigned off)
{
	*flags = (*flags & ~off) | on;
}

static void parse_option(struct cp_options *o, int id, const char *value, bool *follow_chosen)
{
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
	case OPT_SPECIAL:
		o->flags |= NSV_COPY_SPECIAL;
		break;
	case OPT_HOST_IDS:
		o->flags |= NSV_COPY_HOST_IDS;
		break;
	case OPT_NO_PROGRESS:
		o->progress = false;
		break;
	case CLI_OPT_VIA:
		o->via = cli_parse_via(value);
		break;
	}
}

static void parse_options(struct cp_options *o, int argc, char **argv)
{
	struct cli_parser p;
	bool follow_chosen = false;
	int id;

	*o = (struct cp_options){ .via = NSV_VIA_AUTO, .progress = true };
	o->exclude = calloc((size_t)argc + 1, sizeof(*o->exclude));
	if (!o->exclude)
		cli_no_memory();
	cli_parser_init(&p, argc, argv);
	while ((id = cli_next_option(&p)) != CLI_OPT_END)
		parse_option(o, id, p.value, &follow_chosen);
	if (!follow_chosen && !(o->flags & NSV_COPY_RECURSIVE))
		o->flags |= NSV_COPY_FOLLOW_ARG;
}

static void check_args(const struct cp_arg *args, size_t n, struct cp_options *o)
{
	const struct cp_arg *dest = &args[n - 1];
	bool any = dest->spec || dest->dash;

	for (size_t i = 0; i + 1 < n; i++) {
		any = any || args[i].spec || args[i].dash;
		if (args[i].dash && (n != 2 || dest->dash))
			cli_usage_error("'-' as SOURCE goes with one DEST, a directory");
	}
	if (!any)
		cli_usage_error("neither SOURCE nor DEST is a container's (SPEC:/PATH)");
	if (!dest->dash)
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
	copy.verbose = o->verbose;
	copy.event = cp_report_event;
	copy.cancel = &cp_signal;
	return copy;
}

/* The containers of this command, each opened once. */
struct side {
	const char *spec;
	struct nsv_target *target;
	struct nsv_root *root;
};

struct sides {
	struct side *list;
	size_t n;
};

static enum cli_exit open_side(struct sides *s, const char *spec, enum nsv_via via)
{
	struct side side = { .spec = spec };
	enum cli_exit status;

	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->list[i].spec, spec))
			return CLI_EXIT_OK;
	status = cli_open_root(spec, via, &side.target, &side.root);
	if (status == CLI_EXIT_OK)
		s->list[s->n++] = side;
	return status;
}

static struct nsv_root *root_of(const struct sides *s, const char *spec)
{
	for (size_t i = 0; spec && i < s->n; i++)
		if (!strcmp(s->list[i].spec, spec))
			return s->list[i].root;
	return NULL;
}

static void close_sides(struct sides *s)
{
	for (size_t i = s->n; i-- > 0;) {
		nsv_root_free(s->list[i].root);
		nsv_target_free(s->list[i].target);
	}
	free(s->list);
}

static ino_t own_userns(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) == 0 ? st.st_ino : 0;
}

/* One line for what concerns the run as a whole; nothing for a signal. */
static void run_error(const struct cp_arg *arg, int r, const struct nsv_error *e)
{
	if (r != -ECANCELED && *e->msg)
		cli_error_at(arg->text, NULL, r, e);
}

static bool set_dest(struct nsv_copy *copy, const struct cp_arg *dest, bool many)
{
	struct nsv_error e = NSV_ERROR_INIT;
	int r = dest->dash ? nsv_copy_to_tar(copy, STDOUT_FILENO, &e)
			   : nsv_copy_to_path(copy, dest->path, many, &e);

	if (r < 0)
		cli_error_at(dest->text, NULL, r, &e);
	return r == 0;
}

static bool run(struct nsv_copy *copy, const struct sides *sides, struct cp_report *report,
		const struct cp_arg *args, size_t n)
{
	bool ok = true;

	for (size_t i = 0; i + 1 < n && !cp_signalled(); i++) {
		struct nsv_error e = NSV_ERROR_INIT;
		int r;

		report->from = args[i].dash ? "-" : args[i].spec;
		if (args[i].dash)
			r = nsv_copy_add_tar(copy, STDIN_FILENO, false, &e);
		else
			r = nsv_copy_add(copy, root_of(sides, args[i].spec), args[i].path, &e);
		if (r == 0)
			continue;
		ok = false;
		/* What was an event has been told: without a stage there is nothing new. */
		if (e.stage != NSV_STAGE_NONE)
			run_error(args[i].dash ? &args[i] : &args[n - 1], r, &e);
		if (r == -EPIPE || r == -ENOSPC)
			break;
	}
	return ok;
}

static struct cp_source *list_sources(const struct cp_arg *args, size_t n,
				      const struct sides *sides)
{
	struct cp_source *list = calloc(n, sizeof(*list));

	if (!list)
		cli_no_memory();
	for (size_t i = 0; i < n; i++)
		list[i] = (struct cp_source){ root_of(sides, args[i].spec), args[i].path };
	return list;
}

static int copy_all(const struct cp_options *o, const struct cp_arg *args, size_t n,
		    const struct sides *sides)
{
	const struct cp_arg *dest = &args[n - 1];
	struct nsv_copy_options copy_options = cp_copy_options(o, root_of(sides, dest->spec));
	struct cp_report report = { .to = dest->spec, .verbose = dest->dash ? stderr : stdout };
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_copy *copy = NULL;
	nsv_autofree struct cp_source *sources = list_sources(args, n - 1, sides);
	bool ok;
	int r;

	copy_options.data = &report;
	r = nsv_copy_new(&copy_options, &copy, &e);
	if (r < 0) {
		cli_error_at(dest->text, NULL, r, &e);
		return CLI_EXIT_FAILED;
	}
	ok = set_dest(copy, dest, n > 2);
	if (!args[0].dash) {
		report.options = &copy_options;
		report.sources = sources;
		report.n_sources = n - 1;
	}
	if (ok) {
		cp_report_start(&report, copy, o->progress);
		ok = run(copy, sides, &report, args, n);
		r = nsv_copy_finish(copy, &e);
		if (r < 0 && ok && dest->dash)
			run_error(dest, r, &e);
		ok = cp_report_end(&report) && ok && r == 0;
	}
	nsv_copy_free(copy);
	return ok ? CLI_EXIT_OK : CLI_EXIT_FAILED;
}

/* With one source spec and another at DEST; more than that is for one user namespace. */
static bool is_pair(const struct cp_arg *args, size_t n)
{
	const struct cp_arg *dest = &args[n - 1];

	if (!dest->spec || !args[0].spec)
		return false;
	for (size_t i = 1; i + 1 < n; i++)
		if (!args[i].spec || strcmp(args[i].spec, args[0].spec) != 0)
			return false;
	return cp_needs_pair(args[0].spec, dest->spec);
}

static int start(struct cp_options *o, const struct cp_arg *args, size_t n)
{
	struct sides sides = { .list = calloc(n, sizeof(struct side)) };
	ino_t userns = own_userns();
	int status = CLI_EXIT_OK;

	if (!sides.list)
		cli_no_memory();
	for (size_t i = 0; i < n && status == CLI_EXIT_OK; i++)
		if (args[i].spec)
			status = open_side(&sides, args[i].spec, o->via);
	/* In a container's user namespace one can't give files of the host to others. */
	if (own_userns() != userns && !args[n - 1].spec && !(o->flags & NSV_COPY_HOST_IDS))
		o->flags |= NSV_COPY_OWN_IDS;
	if (status == CLI_EXIT_OK)
		status = copy_all(o, args, n, &sides);
	close_sides(&sides);
	return status;
}

int main(int argc, char **argv)
{
	struct cp_options o;
	struct cp_arg *args;
	size_t n;
	int status;

	parse_options(&o, argc, argv);
	n = (size_t)(argc - optind);
	if (n < 2)
		cli_usage_error(n ? "no DEST given" : "no SOURCE given");
	args = calloc(n, sizeof(*args));
	if (!args)
		cli_no_memory();
	for (size_t i = 0; i < n; i++)
		cp_parse_arg(argv[(size_t)optind + i], &args[i]);
	check_args(args, n, &o);
	raise_fd_limit();
	catch_signals(args[n - 1].dash);
	status = is_pair(args, n) ? cp_pair(&o, args, n - 1, &args[n - 1]) : start(&o, args, n);
	for (size_t i = 0; i < n; i++)
		free(args[i].spec);
	free(args);
	free(o.exclude);
	if (status == CLI_EXIT_OK && o.verbose)
		status = cli_close_stdout();
	return end_by_signal(status);
}
