/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp.c - compiles the seccomp profile of config.json.
 *
 * Defends against: profiles of rootless containers, which an ordinary user wrote. The number of
 * rules is limited, and the kernel limits the length of the result (BPF_MAXINSNS). No locks.
 */
#include "run/inside/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "reach/util.h"
#include "run/inside/json.h"

#define ARGS_MAX 6

struct compiler {
	scmp_filter_ctx ctx;
	uint32_t default_action;
	unsigned rules;
	int last; /* the highest number of a system call that the profile names, of this machine */
	bool has_x32;
	unsigned flags;
	struct nsv_error *e;
};

static void release(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

static int bad(struct nsv_error *e, const char *what)
{
	return nsv_error_set(e, EBADMSG, NSV_STAGE_ENTER, "its seccomp profile: bad %s", what);
}

static int unsupported(struct nsv_error *e, const char *what)
{
	return nsv_error_set(e, EOPNOTSUPP, NSV_STAGE_ENTER, "its seccomp profile %s", what);
}

static int action_of(struct nsv_json v, struct nsv_json errno_ret, uint32_t *ret,
		     struct nsv_error *e)
{
	static const struct {
		const char *name;
		uint32_t action;
		bool has_errno;
	} actions[] = {
		{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW, false },
		{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0), true },
		{ "SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD, false },
		{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD, false },
		{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS, false },
		{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP, false },
		{ "SCMP_ACT_TRACE", SCMP_ACT_TRACE(0), true },
		{ "SCMP_ACT_LOG", SCMP_ACT_LOG, false },
	};
	uint64_t number = EPERM;

	if (nsv_json_is(v, "SCMP_ACT_NOTIFY"))
		return unsupported(e,
				   "asks a process of its engine (SCMP_ACT_NOTIFY), which answers "
				   "for its own processes only");
	if (nsv_oci_u64(errno_ret, UINT16_MAX, &number) < 0)
		return bad(e, "errnoRet");
	for (size_t i = 0; i < NSV_ARRAY_SIZE(actions); i++)
		if (nsv_json_is(v, actions[i].name)) {
			*ret = actions[i].action | (actions[i].has_errno ? (uint32_t)number : 0);
			return 0;
		}
	return bad(e, "action");
}

static int operator_of(struct nsv_json v, enum scmp_compare *ret)
{
	static const struct {
		const char *name;
		enum scmp_compare op;
	} operators[] = {
		{ "SCMP_CMP_NE", SCMP_CMP_NE },
		{ "SCMP_CMP_LT", SCMP_CMP_LT },
		{ "SCMP_CMP_LE", SCMP_CMP_LE },
		{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
		{ "SCMP_CMP_GE", SCMP_CMP_GE },
		{ "SCMP_CMP_GT", SCMP_CMP_GT },
		{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(operators); i++)
		if (nsv_json_is(v, operators[i].name)) {
			*ret = operators[i].op;
			return 0;
		}
	return -EBADMSG;
}

/* Conditions on arguments. *ret_any: two are of one argument, so that each is a rule of its own. */
static int conditions_of(struct nsv_json v, struct scmp_arg_cmp *args, unsigned *ret_n,
			 bool *ret_any)
{
	struct nsv_json_walk walk;
	struct nsv_json key, one;
	unsigned seen = 0;

	*ret_n = 0;
	*ret_any = false;
	if (nsv_oci_array(v, &walk) < 0)
		return -EBADMSG;
	while (nsv_json_next(&walk, &key, &one)) {
		uint64_t index = UINT64_MAX, value = 0, second = 0;
		enum scmp_compare op;

		if (*ret_n == ARGS_MAX ||
		    nsv_oci_u64(nsv_oci_member(one, "index"), ARGS_MAX - 1, &index) < 0 ||
		    index == UINT64_MAX ||
		    nsv_oci_u64(nsv_oci_member(one, "value"), UINT64_MAX, &value) < 0 ||
		    nsv_oci_u64(nsv_oci_member(one, "valueTwo"), UINT64_MAX, &second) < 0 ||
		    operator_of(nsv_oci_member(one, "op"), &op) < 0)
			return -EBADMSG;
		*ret_any |= seen >> index & 1;
		seen |= 1U << index;
		/* The mask comes first, as "valueTwo" is what the masked argument must equal. */
		args[(*ret_n)++] = (struct scmp_arg_cmp){ (unsigned)index, op, value, second };
	}
	return 0;
}

static int add(struct compiler *c, uint32_t action, int nr, unsigned n,
	       const struct scmp_arg_cmp *args)
{
	int r;

	if (++c->rules > NSV_SECCOMP_RULES_MAX)
		return -E2BIG;
	r = seccomp_rule_add_array(c->ctx, action, nr, n, args);
	/* The library refuses a rule that repeats another, or says what the default says. */
	return r == -EEXIST || r == -EACCES ? 0 : r;
}

static int add_call(struct compiler *c, struct nsv_json name, uint32_t action,
		    const struct scmp_arg_cmp *args, unsigned n, bool any)
{
	char text[64];
	int nr, r = 0;

	if (nsv_json_string(name, text, sizeof(text)) < 0)
		return 0; /* no system call has such a name */
	nr = seccomp_syscall_resolve_name(text);
	if (nr == __NR_SCMP_ERROR)
		return 0;
	c->last = nr > c->last ? nr : c->last;
	if (action == c->default_action)
		return 0;
	for (unsigned i = 0; any && i < n && r == 0; i++)
		r = add(c, action, nr, 1, &args[i]);
	return any ? r : add(c, action, nr, n, args);
}

static int add_rule(struct compiler *c, struct nsv_json rule)
{
	struct scmp_arg_cmp args[ARGS_MAX];
	struct nsv_json_walk names;
	struct nsv_json key, name;
	uint32_t action = 0;
	unsigned n;
	bool any;
	int r = action_of(nsv_oci_member(rule, "action"), nsv_oci_member(rule, "errnoRet"), &action,
			  c->e);

	if (r < 0)
		return r;
	if (conditions_of(nsv_oci_member(rule, "args"), args, &n, &any) < 0)
		return bad(c->e, "args");
	if (nsv_oci_array(nsv_oci_member(rule, "names"), &names) < 0)
		return bad(c->e, "names");
	while (r == 0 && nsv_json_next(&names, &key, &name))
		r = add_call(c, name, action, args, n, any);
	return r < 0 ? nsv_error_set(c->e, -r, NSV_STAGE_ENTER,
				     "its seccomp profile can't be compiled: %s", strerror(-r))
		     : 0;
}

static int add_architectures(struct compiler *c, struct nsv_json list)
{
	struct nsv_json_walk walk;
	struct nsv_json key, one;
	char text[32];

	if (nsv_oci_array(list, &walk) < 0)
		return bad(c->e, "architectures");
	while (nsv_json_next(&walk, &key, &one)) {
		uint32_t arch;
		int r;

		if (nsv_json_string(one, text, sizeof(text)) < 0 ||
		    strncmp(text, "SCMP_ARCH_", 10) != 0)
			return bad(c->e, "architectures");
		for (char *p = text + 10; *p; p++)
			*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 'a' - 'A' : *p);
		arch = seccomp_arch_resolve_name(text + 10);
		/* Other families of processors than this machine's don't run here. */
		if (arch == 0)
			continue;
		r = seccomp_arch_add(c->ctx, arch);
		if (r < 0 && r != -EEXIST && r != -EDOM && r != -EINVAL)
			return nsv_error_set(c->e, -r, NSV_STAGE_ENTER, "its seccomp profile: %s",
					     strerror(-r));
		c->has_x32 |= arch == SCMP_ARCH_X32;
	}
	return 0;
}

static int take_flags(struct compiler *c, struct nsv_json list)
{
	struct nsv_json_walk walk;
	struct nsv_json key, one;

	if (nsv_oci_array(list, &walk) < 0)
		return bad(c->e, "flags");
	while (nsv_json_next(&walk, &key, &one)) {
		if (nsv_json_is(one, "SECCOMP_FILTER_FLAG_LOG"))
			c->flags |= SECCOMP_FILTER_FLAG_LOG;
		else if (nsv_json_is(one, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"))
			c->flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
		/* With one thread it changes nothing, nor what a waiting agent may do. */
		else if (!nsv_json_is(one, "SECCOMP_FILTER_FLAG_TSYNC") &&
			 !nsv_json_is(one, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"))
			return unsupported(c->e, "has a flag that is unknown here");
	}
	return 0;
}

/* The code in memory, from libseccomp 2.5's only way out: a file. */
static int export(struct compiler *c, struct sock_filter **ret, size_t *ret_len)
{
	nsv_autofd int fd = memfd_create("filter", MFD_CLOEXEC);
	nsv_autofree struct sock_filter *code = NULL;
	off_t size;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(c->ctx, fd);
	if (r < 0)
		return r;
	size = lseek(fd, 0, SEEK_END);
	if (size <= 0 || (size_t)size % sizeof(*code))
		return -EIO;
	code = malloc((size_t)size);
	if (!code)
		return -ENOMEM;
	if (pread(fd, code, (size_t)size, 0) != size)
		return -EIO;
	*ret_len = (size_t)size / sizeof(*code);
	*ret = nsv_steal_ptr(code);
	return 0;
}

/* Whether the default action refuses with an error, or worse, so that ENOSYS is no weaker. */
static bool refuses(uint32_t action)
{
	return action != SCMP_ACT_ALLOW && action != SCMP_ACT_LOG &&
	       (action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_TRACE;
}

/*
 * ENOSYS for numbers beyond c->last, before the filter proper. Only for this machine's own
 * architecture: for another the filter alone answers.
 */
static size_t put_prologue(const struct compiler *c, struct sock_filter *to)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000U, 2, 0), /* x32 */
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)c->last, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	memcpy(to, code, sizeof(code));
	return NSV_ARRAY_SIZE(code);
}

static int finish(struct compiler *c, struct nsv_filter *ret)
{
	nsv_autofree struct sock_filter *code = NULL;
	struct sock_filter *whole;
	size_t len = 0, at = 0;
	int r = export(c, &code, &len);

	if (r == 0 && !code)
		r = -EIO;
	if (r < 0)
		return nsv_error_set(c->e, -r, NSV_STAGE_ENTER,
				     "its seccomp profile can't be compiled: %s", strerror(-r));
	if (len + 8 > BPF_MAXINSNS)
		return nsv_error_set(c->e, E2BIG, NSV_STAGE_ENTER,
				     "its seccomp profile is longer than the kernel takes");
	whole = calloc(len + 8, sizeof(*whole));
	if (!whole)
		return nsv_error_set(c->e, ENOMEM, NSV_STAGE_ENTER, "out of memory");
	if (refuses(c->default_action) && c->last > 0)
		at = put_prologue(c, whole);
	memcpy(whole + at, code, len * sizeof(*code));
	*ret = (struct nsv_filter){ .code = whole,
				    .len = (unsigned short)(at + len),
				    .flags = c->flags };
	return 0;
}

int nsv_seccomp_compile(struct nsv_json profile, struct nsv_filter *ret, struct nsv_error *e)
{
	__attribute__((cleanup(release))) scmp_filter_ctx ctx = NULL;
	struct compiler c = { .e = e, .last = -1 };
	struct nsv_json_walk rules;
	struct nsv_json key, rule;
	int r = action_of(nsv_oci_member(profile, "defaultAction"),
			  nsv_oci_member(profile, "defaultErrnoRet"), &c.default_action, e);

	if (r < 0)
		return r;
	ctx = c.ctx = seccomp_init(c.default_action);
	if (!ctx)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_ENTER, "out of memory");
	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0) < 0)
		return nsv_error_set(e, EINVAL, NSV_STAGE_ENTER, "libseccomp refuses");
	/* A binary tree: much faster to run, and equal in what it answers. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	r = add_architectures(&c, nsv_oci_member(profile, "architectures"));
	if (r == 0)
		r = take_flags(&c, nsv_oci_member(profile, "flags"));
	if (r == 0 && nsv_oci_array(nsv_oci_member(profile, "syscalls"), &rules) < 0)
		r = bad(e, "syscalls");
	while (r == 0 && nsv_json_next(&rules, &key, &rule))
		r = add_rule(&c, rule);
	return r < 0 ? r : finish(&c, ret);
}
