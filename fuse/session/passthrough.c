// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * passthrough.c - FUSE passthrough without support from libfuse.
 *
 * Repeats numbers and structures of the kernel's interface, because the headers of Debian 12 are
 * of Linux 6.1. Edits only the answer to INIT, known by its unique number, and offers passthrough
 * only if the kernel did. The kernel ignores unknown flags.
 *
 * Locks: passthrough.lock protects the table of open inodes.
 */
#include "fuse/session/passthrough.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <time.h>

#include <linux/fuse.h>

#include "reach/util.h"

#define K_INIT_EXT	    (1U << 30)
#define K_FLAGS2_PASS	    (1U << (37 - 32)) /* FUSE_PASSTHROUGH */
#define K_FOPEN_NOFLUSH	    (1U << 5)
#define K_FOPEN_PASS	    (1U << 7)  /* FOPEN_PASSTHROUGH */
#define K_PARALLEL	    (1U << 18) /* FUSE_PARALLEL_DIROPS */
#define K_WRITEBACK	    (1U << 16)
#define K_MAX_STACK_DEPTH   2 /* the kernel's FILESYSTEM_MAX_STACK_DEPTH: allows overlayfs below */
#define K_IOC_BACKING_OPEN  _IOW(229, 1, struct k_backing_map)
#define K_IOC_BACKING_CLOSE _IOW(229, 2, uint32_t)

struct k_backing_map {
	int32_t fd;
	uint32_t flags;
	uint64_t padding;
};

struct k_init_out {
	uint32_t major, minor, max_readahead, flags;
	uint16_t max_background, congestion_threshold;
	uint32_t max_write, time_gran;
	uint16_t max_pages, map_alignment;
	uint32_t flags2, max_stack_depth, unused[6];
};

struct k_open_out {
	uint64_t fh;
	uint32_t open_flags;
	int32_t backing_id;
};

_Static_assert(sizeof(struct k_init_out) == 64, "INIT's answer as the kernel has it");
_Static_assert(sizeof(struct k_open_out) == 16, "OPEN's answer as the kernel has it");

enum stage { BEFORE_INIT, INIT_OFFERED, INIT_PLAIN, INIT_DONE };

/* An open inode. Protected by passthrough.lock. */
struct entry {
	struct entry *next;
	fuse_ino_t ino;
	unsigned opens;
	int32_t backing_id; /* 0: no passthrough */
};

struct passthrough {
	off_t min_size;
	int fd; /* of /dev/fuse, borrowed from the session */
	atomic_int stage;
	atomic_bool active;
	uint64_t init_unique;
	bool parallel; /* the kernel offered FUSE_PARALLEL_DIROPS */

	pthread_mutex_t lock;
	struct entry **buckets;
	size_t n_buckets; /* a power of two */
	unsigned n_entries, n_passed;
};

int passthrough_new(off_t min_size, struct passthrough **ret_p)
{
	struct passthrough *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->n_buckets = 64;
	p->buckets = calloc(p->n_buckets, sizeof(struct entry *));
	if (!p->buckets) {
		free(p);
		return -ENOMEM;
	}
	p->min_size = min_size;
	p->fd = NSV_FD_NONE;
	(void)pthread_mutex_init(&p->lock, NULL);
	*ret_p = p;
	return 0;
}

struct passthrough *passthrough_free(struct passthrough *p)
{
	if (!p)
		return NULL;
	for (size_t i = 0; i < p->n_buckets; i++) {
		struct entry *next;

		for (struct entry *e = p->buckets[i]; e; e = next) {
			next = e->next;
			free(e);
		}
	}
	free(p->buckets);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
	return NULL;
}

#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 13)

static ssize_t io_read(int fd, void *buf, size_t size, void *userdata)
{
	struct passthrough *p = ((struct passthrough_user *)userdata)->passthrough;
	ssize_t n = read(fd, buf, size);
	const struct fuse_in_header *in = buf;
	const struct fuse_init_in *init = (const void *)(in + 1);
	bool offers;

	if (atomic_load_explicit(&p->stage, memory_order_relaxed) == INIT_DONE ||
	    n < (ssize_t)sizeof(*in))
		return n;
	if (in->opcode != FUSE_INIT) {
		/* libfuse answered INIT in a form that edit_init() does not know. */
		atomic_store(&p->stage, INIT_DONE);
		return n;
	}
	p->init_unique = in->unique;
	p->parallel = n >= (ssize_t)(sizeof(*in) + offsetof(struct fuse_init_in, flags2)) &&
		      (init->flags & K_PARALLEL);
	offers = n >= (ssize_t)(sizeof(*in) + offsetof(struct fuse_init_in, unused)) &&
		 p->min_size >= 0 && (init->flags & K_INIT_EXT) && (init->flags2 & K_FLAGS2_PASS);
	atomic_store(&p->stage, offers ? INIT_OFFERED : INIT_PLAIN);
	return n;
}

static void edit_init(struct passthrough *p, bool offered, const struct iovec *iov, int count)
{
	const struct fuse_out_header *header = iov[0].iov_base;
	struct k_init_out *out;

	if (count != 2 || header->unique != p->init_unique || header->error ||
	    iov[1].iov_len != sizeof(*out))
		return;
	out = iov[1].iov_base;
	/* libfuse up to 3.14 does not request this flag. Without it the kernel serializes lookups
	 * in a folder, and one lookup in a hung container blocks all others. */
	if (p->parallel)
		out->flags |= K_PARALLEL;
	if (offered && !(out->flags & K_WRITEBACK)) {
		out->flags |= K_INIT_EXT;
		out->flags2 |= K_FLAGS2_PASS;
		out->max_stack_depth = K_MAX_STACK_DEPTH;
		atomic_store(&p->active, true);
	}
	atomic_store(&p->stage, INIT_DONE);
}

static ssize_t io_writev(int fd, struct iovec *iov, int count, void *userdata)
{
	struct passthrough *p = ((struct passthrough_user *)userdata)->passthrough;
	const struct fuse_out_header *header = iov[0].iov_base;
	int stage = atomic_load_explicit(&p->stage, memory_order_relaxed);
	bool is_news = header->unique == 0;
	ssize_t n;

	if (stage == INIT_OFFERED || stage == INIT_PLAIN)
		edit_init(p, stage == INIT_OFFERED, iov, count);
	n = writev(fd, iov, count);
	/* The number of a freed folder is a file's by now. ENOENT keeps libfuse from printing an
	 * error. */
	if (n < 0 && errno == ENOTDIR && is_news)
		errno = ENOENT;
	return n;
}

static ssize_t io_splice_receive(int fd_in, off_t *off_in, int fd_out, off_t *off_out, size_t len,
				 unsigned flags, void *userdata)
{
	return splice(fd_in, off_in, fd_out, off_out, len, flags);
}

static ssize_t io_splice_send(int fd_in, off_t *off_in, int fd_out, off_t *off_out, size_t len,
			      unsigned flags, void *userdata)
{
	return splice(fd_in, off_in, fd_out, off_out, len, flags);
}

int passthrough_attach(struct passthrough *p, struct fuse_session *se)
{
	static const struct fuse_custom_io io = {
		.writev = io_writev,
		.read = io_read,
		.splice_receive = io_splice_receive,
		.splice_send = io_splice_send,
	};
	int err;

	if (p->min_size >= 0)
		p->fd = fuse_session_fd(se);
	err = fuse_session_custom_io(se, &io, fuse_session_fd(se));
	return err < 0 ? err : 0;
}

#else

int passthrough_attach(struct passthrough *p, struct fuse_session *se)
{
	return -EOPNOTSUPP;
}

#endif

bool passthrough_active(const struct passthrough *p)
{
	return p && atomic_load_explicit(&p->active, memory_order_relaxed);
}

static size_t bucket_of(const struct passthrough *p, fuse_ino_t ino)
{
	return (size_t)((ino * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (p->n_buckets - 1);
}

static struct entry **find(struct passthrough *p, fuse_ino_t ino)
{
	struct entry **at = &p->buckets[bucket_of(p, ino)];

	while (*at && (*at)->ino != ino)
		at = &(*at)->next;
	return at;
}

/* Without memory the table stays as it is, and chains get longer. */
static void grow(struct passthrough *p)
{
	struct entry **old = p->buckets, **new = calloc(p->n_buckets * 2, sizeof(struct entry *));
	size_t n_old = p->n_buckets;

	if (!new)
		return;
	p->buckets = new;
	p->n_buckets = n_old * 2;
	for (size_t i = 0; i < n_old; i++) {
		struct entry *next;

		for (struct entry *e = old[i]; e; e = next) {
			struct entry **head = &new[bucket_of(p, e->ino)];

			next = e->next;
			e->next = *head;
			*head = e;
		}
	}
	free(old);
}

static bool newer(const struct statx_timestamp *a, const struct statx_timestamp *b)
{
	return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/*
 * Like the kernel's relatime_need_update(), which updates after 24 hours. 12 hours remain for
 * reads of a file that stays open.
 */
static bool read_leaves_atime(int fd, const struct statx *st)
{
	struct statvfs vfs;
	struct timespec now;

	if (fstatvfs(fd, &vfs))
		return false;
	if (vfs.f_flag & (ST_NOATIME | ST_RDONLY))
		return true;
	if (!(vfs.f_flag & ST_RELATIME) || clock_gettime(CLOCK_REALTIME, &now))
		return false;
	return newer(&st->stx_atime, &st->stx_mtime) && newer(&st->stx_atime, &st->stx_ctime) &&
	       st->stx_atime.tv_sec > now.tv_sec - (time_t)12 * 3600;
}

bool passthrough_wanted(const struct passthrough *p, int fd, const struct statx *st)
{
	return passthrough_active(p) && S_ISREG(st->stx_mode) &&
	       st->stx_size >= (uint64_t)p->min_size && read_leaves_atime(fd, st);
}

static int32_t backing_open(struct passthrough *p, int fd)
{
	struct k_backing_map map = { .fd = fd };
	int id = ioctl(p->fd, K_IOC_BACKING_OPEN, &map);

	/* These errors concern every file: no permission, or a kernel without passthrough. */
	if (id < 0 && (errno == EPERM || errno == ENOTTY || errno == EOPNOTSUPP || errno == ENOSYS))
		atomic_store(&p->active, false);
	return id > 0 ? id : 0;
}

int32_t passthrough_open(struct passthrough *p, fuse_ino_t ino, int fd, const struct statx *st)
{
	bool wanted = passthrough_wanted(p, fd, st);
	struct entry *e, **at;
	int32_t id = 0;

	/* A kernel without passthrough accepts any mix of opens. */
	if (!p || p->fd < 0)
		return 0;
	(void)pthread_mutex_lock(&p->lock);
	at = find(p, ino);
	e = *at;
	if (e) {
		e->opens++;
		id = e->backing_id;
	} else if ((e = malloc(sizeof(*e)))) {
		id = wanted ? backing_open(p, fd) : 0;
		*e = (struct entry){ .next = NULL, .ino = ino, .opens = 1, .backing_id = id };
		*at = e;
		p->n_passed += id > 0;
		if (++p->n_entries > p->n_buckets)
			grow(p);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return id;
}

void passthrough_close(struct passthrough *p, fuse_ino_t ino)
{
	struct entry *e, **at;

	if (!p || p->fd < 0)
		return;
	(void)pthread_mutex_lock(&p->lock);
	at = find(p, ino);
	e = *at;
	if (e && --e->opens == 0) {
		*at = e->next;
		p->n_entries--;
		if (e->backing_id) {
			uint32_t id = (uint32_t)e->backing_id;

			p->n_passed--;
			(void)ioctl(p->fd, K_IOC_BACKING_CLOSE, &id);
		}
		free(e);
	}
	(void)pthread_mutex_unlock(&p->lock);
}

int passthrough_reply(fuse_req_t req, const struct fuse_file_info *fi, int32_t backing_id)
{
	struct k_open_out out = { .fh = fi->fh, .backing_id = backing_id };

	if (!backing_id)
		return fuse_reply_open(req, fi);
	/* The kernel answers EIO if other flags are set beside FOPEN_PASSTHROUGH. */
	out.open_flags = K_FOPEN_PASS;
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 11)
	if (fi->noflush)
		out.open_flags |= K_FOPEN_NOFLUSH;
#endif
	return fuse_reply_buf(req, (const char *)&out, sizeof(out));
}

unsigned passthrough_count(struct passthrough *p, unsigned *ret_passed)
{
	unsigned n;

	(void)pthread_mutex_lock(&p->lock);
	n = p->n_entries;
	*ret_passed = p->n_passed;
	(void)pthread_mutex_unlock(&p->lock);
	return n;
}
