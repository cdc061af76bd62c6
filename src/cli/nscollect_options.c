/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nscollect_options.c - the options of nscollect, and what they mean to the library. */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/nscollect.h"

enum {
	OPT_VOLATILE = CLI_OPT_LONG,
	OPT_CHANGES,
	OPT_FULL,
	OPT_PATHS,
	OPT_ARTIFACTS,
	OPT_DEFINITIONS,
	OPT_NO_ENV,
	OPT_NO_SECRETS,
	OPT_FREEZE,
	OPT_FREEZE_TIMEOUT,
	OPT_MEMORY,
	OPT_MEMORY_FILTER,
	OPT_MEMORY_LIMIT,
	OPT_MAX_FILE_SIZE,
	OPT_EXCLUDE,
	OPT_BWLIMIT,
	OPT_TIMEOUT,
	OPT_FORCE,
	OPT_CASE,
	OPT_EXAMINER,
	OPT_NOTE,
	OPT_ALL,
	OPT_LABEL,
	OPT_IMAGE,
	OPT_NO_PROGRESS,
	OPT_REPORT,
	OPT_JSON,
	OPT_MARKDOWN,
	OPT_SIGN,
	OPT_KEY,
	OPT_PASSPHRASE,
	OPT_PASSPHRASE_FILE,
};

static const struct cli_option options[] = {
	{ 'o', "output", "PACKAGE",
	  "the package: a name that ends in .tar.gz, .tar or .tar.zst, any other name for a "
	  "folder, "
	  "- for a .tar on standard output (default: HOSTNAME-TIME.tar.gz)" },
	{ OPT_VOLATILE, "volatile", NULL,
	  "what runs, its network and mounts only: no content of any file" },
	{ OPT_CHANGES, "changes", NULL,
	  "what was added, changed and deleted since the image, with the changed files and the "
	  "originals of small texts (default, unless --volatile); a failure if that can't be "
	  "known" },
	{ OPT_FULL, "full", NULL,
	  "all files too, as the container sees them, other mounts included" },
	{ OPT_PATHS, "paths", "GLOB",
	  "files too whose path matches, ** for any folders; may be given more than once" },
	{ OPT_ARTIFACTS, "artifacts", "NAME,...",
	  "files too that ForensicArtifacts definitions name so ('nscollect artifacts' lists "
	  "them); may be given more than once" },
	{ OPT_DEFINITIONS, "definitions", "PATH",
	  "a file or folder of definitions (default: " NSV_ARTIFACTS_FOLDER ")" },
	{ 'x', "one-file-system", NULL, "leave out other mounts (volumes, tmpfs)" },
	{ OPT_EXCLUDE, "exclude", "GLOB",
	  "leave out what matches: by its name, or with a slash in GLOB by its path; may be given "
	  "more than once" },
	{ OPT_MAX_FILE_SIZE, "max-file-size", "SIZE", "cut larger files there (64K, 20M, 1G...)" },
	{ OPT_NO_ENV, "no-env-values", NULL, "mask the values of environment variables" },
	{ OPT_NO_SECRETS, "no-secrets", NULL,
	  "leave out Kubernetes' tokens and what is mounted as a secret" },
	{ OPT_FREEZE, "freeze", NULL,
	  "stop the container by its cgroup while it is read, and thaw it whatever happens" },
	{ OPT_FREEZE_TIMEOUT, "freeze-timeout", "SECONDS",
	  "thaw it after that time in any case (default: 30)" },
	{ OPT_MEMORY, "memory", "[PID,...]",
	  "the memory of these processes, or of all, as cores for gdb; a PID of the host's, or the "
	  "container's own" },
	{ OPT_MEMORY_FILTER, "memory-filter", "WHAT,...",
	  "of: anon, heap, stack, exec (default: the first three)" },
	{ OPT_MEMORY_LIMIT, "memory-limit", "SIZE", "that many bytes of memory at most, in all" },
	{ OPT_BWLIMIT, "bwlimit", "SIZE", "write that many bytes a second at most" },
	{ OPT_TIMEOUT, "timeout", "SECONDS",
	  "give up a file that has not answered for so long (default: 10)" },
	{ OPT_FORCE, "force", NULL, "go on where there seems to be too little free space" },
	{ OPT_CASE, "case", "ID", "a case's number, for collection.json" },
	{ OPT_EXAMINER, "examiner", "NAME", "who collects, likewise" },
	{ OPT_NOTE, "note", "TEXT", "a note, likewise" },
	{ OPT_ALL, "all", NULL, "every container, each into a package in the folder PACKAGE" },
	{ OPT_LABEL, "label", "KEY=VALUE", "every container with that label, likewise" },
	{ OPT_IMAGE, "image", "GLOB", "every container of such an image, likewise" },
	{ OPT_REPORT, "report", NULL,
	  "write a report beside the package, too: a page for a browser" },
	{ OPT_JSON, "json", NULL, "report: the findings as JSON" },
	{ OPT_MARKDOWN, "markdown", NULL, "report: the findings as Markdown, for a ticket" },
	{ OPT_SIGN, "sign", "KEY", "sign the package with this private key, Ed25519 in PEM" },
	{ OPT_PASSPHRASE_FILE, "passphrase-file", "FILE",
	  "the key's pass phrase is the first line of FILE (default: the terminal is asked)" },
	{ OPT_PASSPHRASE, "passphrase", NULL, "keygen: ask for a pass phrase for the new key" },
	{ OPT_KEY, "key", "PUBKEY",
	  "verify, report: check that it was signed with this key, in PEM or of minisign" },
	{ OPT_NO_PROGRESS, "no-progress", NULL, "no progress line on the terminal" },
	CLI_COMMON_OPTIONS,
};

const struct cli_command cli_command = {
	.name = "nscollect",
	.usage =
	    "[OPTION]... SPEC... [-o PACKAGE]\nverify [--key PUBKEY] PACKAGE...\nlist PACKAGE\n"
	    "report [--json | --markdown] [--key PUBKEY] PACKAGE [-o FILE]\n"
	    "keygen [--passphrase] KEY\nartifacts [--definitions PATH]",
	.about = "Collect an evidence package of a running container: processes, open files that\n"
		 "were deleted, network, mounts, files; each byte hashed, nothing in the\n"
		 "container touched, no engine asked.",
	.options = options,
	.complete = nscollect_complete,
	.epilog = CLI_SPEC_HELP
	"\n"
	"  nscollect web1                            what runs, what is open\n"
	"  nscollect --full web1 -o web1.tar.gz      and all files\n"
	"  nscollect --paths '/home/*/.*_history' web1 -o - | ssh safe 'cat >web1.tar'\n"
	"  nscollect verify web1.tar.gz              is it whole and unaltered?\n"
	"  nscollect report web1.tar.gz -o web1.html what to look at first\n"
	"  nscollect --sign case.key web1            and by whom was it signed?\n"
	"\n"
	"Exit code: 0 all done, 1 something is missing or altered, or not signed by the\n"
	"key; 2 wrong usage, no such container or no such key.",
	.habits = cli_pod_habits,
};

static uint64_t parse_size(const char *option, const char *text)
{
	static const char units[] = "KMGT";
	char *end;
	unsigned long long n = strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

	if (end == text || *text == '-' || (*end && (!unit || end[1])) || n == 0 ||
	    n > UINT64_MAX >> 1 >> shift)
		cli_usage_error("%s: '%s' is not a size", option, text);
	return (uint64_t)n << shift;
}

static unsigned long parse_number(const char *option, const char *text, unsigned long most)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end || *text == '-' || n == 0 || n > most)
		cli_usage_error("%s: '%s' is not a number of seconds from 1 to %lu", option, text,
				most);
	return n;
}

static void set_flag(struct nscollect_options *o, unsigned flag)
{
	o->c.flags |= flag;
}

static unsigned parse_filter(const char *value)
{
	static const struct {
		const char *word;
		unsigned flag;
	} words[] = { { "anon", NSV_MEMORY_ANON },
		      { "heap", NSV_MEMORY_HEAP },
		      { "stack", NSV_MEMORY_STACK },
		      { "exec", NSV_MEMORY_EXEC } };
	unsigned flags = 0;

	for (const char *at = value;; at++) {
		size_t len = strcspn(at, ","), i = 0;

		while (i < NSV_ARRAY_SIZE(words) &&
		       (strlen(words[i].word) != len || strncmp(at, words[i].word, len) != 0))
			i++;
		if (i == NSV_ARRAY_SIZE(words))
			cli_usage_error("--memory-filter: '%s' is not of anon, heap, stack, exec",
					value);
		flags |= words[i].flag;
		at += len;
		if (!*at)
			return flags;
	}
}

/* "--memory=1,2", which may be given again. */
static void parse_memory(struct nscollect_options *o, const char *value)
{
	size_t n = 1;
	char *rest, *pid;

	o->c.flags |= NSV_COLLECT_MEMORY;
	if (!value)
		return;
	if (o->memory)
		cli_usage_error("--memory: all PIDs go into one list");
	for (const char *at = value; *at; at++)
		n += *at == ',';
	o->memory = calloc(n, sizeof(*o->memory));
	o->memory_text = strdup(value);
	if (!o->memory || !o->memory_text)
		cli_no_memory();
	rest = o->memory_text;
	while ((pid = strsep(&rest, ","))) {
		const char *colon = strchr(pid, ':');
		const char *digits = colon ? colon + 1 : pid;

		if (!*digits || digits[strspn(digits, "0123456789")] ||
		    (colon && strncmp(pid, "host:", 5) != 0 && strncmp(pid, "inside:", 7) != 0))
			cli_usage_error("--memory: '%s' is not a PID, host:PID or inside:PID", pid);
		o->memory[o->c.n_memory++] = pid;
	}
	o->c.memory = o->memory;
}

/* Options whose value is a number, or chooses memory. */
static void parse_amount(struct nscollect_options *o, int id, const char *value)
{
	switch (id) {
	case OPT_MAX_FILE_SIZE:
		o->c.max_file_size = parse_size("--max-file-size", value);
		break;
	case OPT_BWLIMIT:
		o->c.per_second = parse_size("--bwlimit", value);
		break;
	case OPT_FREEZE_TIMEOUT:
		o->c.freeze_seconds = (unsigned)parse_number("--freeze-timeout", value, 3600);
		break;
	case OPT_MEMORY:
		parse_memory(o, value);
		break;
	case OPT_MEMORY_FILTER:
		o->c.memory_filter = parse_filter(value);
		break;
	case OPT_MEMORY_LIMIT:
		o->c.memory_limit = parse_size("--memory-limit", value);
		break;
	case OPT_TIMEOUT:
		o->c.timeout_ms = 1000 * (unsigned)parse_number("--timeout", value, 86400);
		break;
	}
}

static void parse_text(struct nscollect_options *o, int id, const char *value)
{
	switch (id) {
	case 'o':
		o->output = value;
		break;
	case OPT_PATHS:
		o->paths[o->c.n_paths++] = value;
		break;
	case OPT_ARTIFACTS:
		nscollect_add_artifacts(o, value);
		break;
	case OPT_DEFINITIONS:
		o->definitions = value;
		break;
	case OPT_EXCLUDE:
		o->exclude[o->c.n_exclude++] = value;
		break;
	case OPT_CASE:
		o->c.case_id = value;
		break;
	case OPT_EXAMINER:
		o->c.examiner = value;
		break;
	case OPT_NOTE:
		o->c.note = value;
		break;
	case OPT_LABEL:
		o->labels[o->n_labels++] = value;
		break;
	case OPT_IMAGE:
		o->images[o->n_images++] = value;
		break;
	case OPT_SIGN:
		o->sign = value;
		break;
	case OPT_KEY:
		o->key = value;
		break;
	case OPT_PASSPHRASE_FILE:
		o->passphrase_file = value;
		break;
	case CLI_OPT_VIA:
		o->via = cli_parse_via(value);
		break;
	default:
		parse_amount(o, id, value);
	}
}

static void parse_option(struct nscollect_options *o, int id, const char *value)
{
	switch (id) {
	case OPT_VOLATILE:
		o->volatile_only = true;
		break;
	case OPT_CHANGES:
		set_flag(o, NSV_COLLECT_CHANGES | NSV_COLLECT_CHANGES_NEEDED);
		break;
	case OPT_FULL:
		set_flag(o, NSV_COLLECT_FULL);
		break;
	case 'x':
		set_flag(o, NSV_COLLECT_ONE_MOUNT);
		break;
	case OPT_NO_ENV:
		set_flag(o, NSV_COLLECT_NO_ENV);
		break;
	case OPT_NO_SECRETS:
		set_flag(o, NSV_COLLECT_NO_SECRETS);
		break;
	case OPT_FREEZE:
		set_flag(o, NSV_COLLECT_FREEZE);
		break;
	case OPT_FORCE:
		set_flag(o, NSV_COLLECT_NO_ROOM);
		break;
	case OPT_ALL:
		o->all = true;
		break;
	case OPT_PASSPHRASE:
		o->passphrase = true;
		break;
	case OPT_NO_PROGRESS:
		o->progress = false;
		break;
	case OPT_REPORT:
		o->report = true;
		break;
	case OPT_JSON:
		o->format = NSV_REPORT_JSON;
		break;
	case OPT_MARKDOWN:
		o->format = NSV_REPORT_MARKDOWN;
		break;
	default:
		parse_text(o, id, value);
	}
}

static const char **list_for(int argc)
{
	const char **list = calloc((size_t)argc + 1, sizeof(*list));

	if (!list)
		cli_no_memory();
	return list;
}

void nscollect_parse(struct nscollect_options *o, int argc, char **argv)
{
	struct cli_parser p;
	int id;

	*o = (struct nscollect_options){ .c = NSV_COLLECT_OPTIONS_INIT,
					 .via = NSV_VIA_AUTO,
					 .progress = true };
	o->paths = list_for(argc);
	o->exclude = list_for(argc);
	o->labels = list_for(argc);
	o->images = list_for(argc);
	cli_parser_init(&p, argc, argv);
	while ((id = cli_next_option(&p)) != CLI_OPT_END)
		parse_option(o, id, p.value);
	o->c.paths = o->paths;
	o->c.exclude = o->exclude;
	if (o->volatile_only && (o->c.flags & NSV_COLLECT_FULL || o->c.n_paths || o->c.n_artifacts))
		cli_usage_error("--volatile takes no files: none of --full, --paths, --artifacts "
				"goes with it");
	if (o->report && o->output && strcmp(o->output, "-") == 0)
		cli_usage_error("--report: beside a package on standard output there is no place");
	if (o->c.freeze_seconds && !(o->c.flags & NSV_COLLECT_FREEZE))
		cli_usage_error("--freeze-timeout goes with --freeze");
	if ((o->c.memory_filter || o->c.memory_limit) && !(o->c.flags & NSV_COLLECT_MEMORY))
		cli_usage_error("--memory-filter and --memory-limit go with --memory");
	if (o->c.flags & NSV_COLLECT_MEMORY && o->c.flags & NSV_COLLECT_NO_ENV)
		cli_usage_error(
		    "--no-env-values: memory has them too, so --memory does not go with it");
	nscollect_load_artifacts(o);
	if (!o->volatile_only)
		set_flag(o, NSV_COLLECT_OPEN | NSV_COLLECT_CHANGES);
}

void nscollect_free(struct nscollect_options *o)
{
	free(o->paths);
	free(o->exclude);
	nscollect_free_artifacts(o);
	free(o->labels);
	free(o->images);
	free(o->memory);
	free(o->memory_text);
}
