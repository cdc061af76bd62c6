/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container.c - begin and end of a container in the view: its root, its process, the number of
 * calls inside.
 *
 * Defends against: servers that hang (calls are counted); a view that shows itself (own device,
 * file system type). No locks: members are atomic.
 */
#include "fuse/containers/container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fuse/prober/prober.h"
#include "reach/clock.h"
#include "reach/opener.h"
#include "reach/userns.h"
#include "reach/util.h"

#define YOUNG_MS 3000

#define PINNED (1U << NSV_PIN_PIDFD | 1U << NSV_PIN_ROOT | 1U << NSV_PIN_MNT | 1U << NSV_PIN_USER)

void container_get(struct container *p)
{
	atomic_fetch_add(&p->refs, 1);
}

static void close_root(struct container *p)
{
	nsv_close(atomic_exchange(&p->root, NSV_FD_NONE));
	owner_ns_put(atomic_exchange(&p->owner, NULL));
}

void container_put(struct container *p)
{
	if (!p || atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	close_root(p);
	if (atomic_load(&p->watched))
		p->watched_free(atomic_load(&p->watched));
	nsv_close(atomic_load(&p->pidfd));
	mounts_done(&p->mounts);
	nsv_idmap_clear(&p->uids);
	nsv_idmap_clear(&p->gids);
	free(p->name);
	free(p->engine);
	free(p->id_text);
	free(p->engine_name);
	free(p);
}

void container_kill(struct container *p)
{
	uint32_t before = atomic_fetch_or(&p->state, CONTAINER_DEAD);

	if (!(before & ~CONTAINER_DEAD))
		close_root(p);
}

void container_drop_pidfd(struct container *p)
{
	nsv_close(atomic_exchange(&p->pidfd, NSV_FD_NONE));
}

int container_enter(struct container *p)
{
	if (!atomic_load(&p->used) && !atomic_exchange(&p->used, true) &&
	    atomic_load(&p->wake) >= 0)
		(void)eventfd_write(atomic_load(&p->wake), 1);
	return container_enter_unasked(p);
}

int container_enter_unasked(struct container *p)
{
	uint32_t before = atomic_fetch_add(&p->state, 1);
	uint32_t all = p->load ? atomic_fetch_add(&p->load->inside, 1) : 0;
	uint32_t most = all < CONTAINERS_MOST - 8 ? (CONTAINERS_MOST - all) / 4 : 1;

	if (!(before & CONTAINER_DEAD) && before < nsv_min(p->options->max_inflight, most))
		return 0;
	container_leave(p);
	return before & CONTAINER_DEAD ? -ESTALE : -EIO;
}

void container_leave(struct container *p)
{
	if (p->load)
		atomic_fetch_sub(&p->load->inside, 1);
	if (atomic_fetch_sub(&p->state, 1) == (CONTAINER_DEAD | 1))
		close_root(p);
}

bool container_has_ended(const struct container *p)
{
	return (atomic_load(&p->state) & CONTAINER_DEAD) != 0;
}

bool container_in_use(const struct container *p)
{
	return (atomic_load(&p->state) & ~CONTAINER_DEAD) != 0;
}

bool container_alive(const struct container *p)
{
	struct pollfd poll_fd = { .fd = atomic_load(&p->pidfd), .events = POLLIN };

	return !container_has_ended(p) && poll(&poll_fd, 1, 0) == 0;
}

int container_follow(struct container *p, pid_t pid, int pidfd)
{
	/* Keep the fd's number: other threads use it. */
	if (dup3(pidfd, atomic_load(&p->pidfd), O_CLOEXEC) < 0)
		return -errno;
	atomic_store(&p->pid, pid);
	return 0;
}

bool container_is_root(const struct container *p, int root)
{
	struct statx st;

	return !(atomic_load(&p->state) & CONTAINER_DEAD) &&
	       statx(root, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &st) == 0 &&
	       st.stx_mnt_id == p->root_mnt;
}

bool container_is_young(const struct container *p)
{
	return nsv_now_ms() < p->since + YOUNG_MS;
}

bool container_has_moved(const struct container *p, const struct probe_look *look)
{
	return look->root_result == 0 &&
	       (look->root_mnt != p->root_mnt || look->root_ino != p->id.ino ||
		look->root_dev != p->id.dev);
}

static int take_strings(struct container *p, const struct nsv_container *c)
{
	p->engine = c->engine ? strdup(c->engine) : NULL;
	p->id_text = c->id ? strdup(c->id) : NULL;
	p->engine_name = c->engine_name ? strdup(c->engine_name) : NULL;
	return (c->engine && !p->engine) || (c->id && !p->id_text) ||
		       (c->engine_name && !p->engine_name)
		   ? -ENOMEM
		   : 0;
}

/* The process itself, or a thread of it that lives where the first one has ended. */
static int read_self(const struct container *p, struct nsv_proc *ret)
{
	char path[NSV_PROCESS_DIR];
	const struct dirent *entry;
	nsv_autofd int fd = NSV_FD_NONE;
	DIR *dir;
	int r;

	(void)snprintf(path, sizeof(path), "%d", (int)atomic_load(&p->pid));
	r = nsv_proc_read(p->procfs, path, ret);
	if (r < 0 || (ret->state != 'Z' && ret->state != 'X'))
		return r;
	(void)snprintf(path, sizeof(path), "%d/task", (int)atomic_load(&p->pid));
	fd = openat(p->procfs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	(void)nsv_steal_fd(&fd);
	r = -ESRCH;
	while (r < 0 && (entry = readdir(dir)))
		if (*entry->d_name != '.' && nsv_proc_read(dirfd(dir), entry->d_name, ret) == 0 &&
		    ret->state != 'Z' && ret->state != 'X')
			r = 0;
	(void)closedir(dir);
	return r;
}

/* With ids=container. The process may have gone on into a user namespace of its own since. */
static int read_maps(struct container *p, const struct container_config *config,
		     const struct nsv_pins *pins, int userns)
{
	char name[32];
	int r;

	if (!nsv_same_ns(pins->fds[NSV_PIN_USER], userns))
		return prober_maps(config->prober, p->procfs, userns, &p->uids, &p->gids);
	(void)snprintf(name, sizeof(name), "%d/uid_map", (int)atomic_load(&p->pid));
	r = nsv_idmap_read(p->procfs, name, &p->uids);
	(void)snprintf(name, sizeof(name), "%d/gid_map", (int)atomic_load(&p->pid));
	return r < 0 ? r : nsv_idmap_read(p->procfs, name, &p->gids);
}

static int take_userns(struct container *p, const struct container_config *config,
		       const struct nsv_pins *pins)
{
	nsv_autofd int own = openat(p->procfs, "self/ns/user", O_RDONLY | O_CLOEXEC);
	nsv_autofd int userns = nsv_userns_of(pins->fds[NSV_PIN_MNT]);

	if (userns < 0 || nsv_same_ns(userns, own))
		return 0;
	atomic_store(&p->owner, owner_ns_get(config->owner, userns));
	return p->options->ids_inside ? read_maps(p, config, pins, userns) : 0;
}

/* Which process it is that was pinned: that of a container whose first one is a zombie is another.
 */
static pid_t pinned_pid(int procfs, int pidfd)
{
	char path[48], text[1024];
	const char *line;

	(void)snprintf(path, sizeof(path), "self/fdinfo/%d", pidfd);
	if (nsv_read_text(procfs, path, text, sizeof(text)) < 0)
		return 0;
	line = strstr(text, "\nPid:");
	return line ? (pid_t)strtol(line + 5, NULL, 10) : 0;
}

static int take_pins(struct container *p, const struct container_config *config,
		     struct nsv_pins *pins)
{
	int r = 0;

	for (unsigned pin = 0; r == 0 && pin < NSV_PINS; pin++)
		if (PINNED & 1U << pin)
			r = pins->err[pin];
	if (r < 0)
		return r;
	atomic_store(&p->root, nsv_steal_fd(&pins->fds[NSV_PIN_ROOT]));
	atomic_store(&p->pidfd, nsv_steal_fd(&pins->fds[NSV_PIN_PIDFD]));
	atomic_store(&p->pid, pinned_pid(p->procfs, atomic_load(&p->pidfd)));
	if (atomic_load(&p->pid) <= 0)
		return -ESRCH;
	r = read_self(p, &p->self);
	if (r == 0)
		r = take_userns(p, config, pins);
	/* Else what was read may be of a process that has the PID now. */
	return container_alive(p) ? r : -ESRCH;
}

/*
 * The root's file system is always shown, even if it is fuse-overlayfs. Others of its class may be
 * hidden.
 */
static int take_root(struct container *p)
{
	unsigned flags = 0;
	struct found root;
	int r = container_look_root(p, &root);

	if (r < 0)
		return r;
	if (container_dev(&root.st) == p->own_dev)
		return -ELOOP;
	p->root_mnt = root.st.stx_mnt_id;
	r = mounts_flags(&p->mounts, p->procfs, atomic_load(&p->pid), p->root_mnt, &flags);
	if (r < 0)
		(void)mounts_flags_of_device(&p->mounts, p->procfs, container_dev(&root.st),
					     &flags);
	if (flags & NSV_FS_VIEW)
		return -ELOOP;
	p->id = root.id;
	if (flags & NSV_FS_KERNEL)
		p->id.flags |= NODE_PSEUDO;
	else if (flags & NSV_FS_SERVED)
		p->id.flags |= NODE_REMOTE;
	else if (flags & NSV_FS_LAYERED)
		p->id.flags |= NODE_LAYERED;
	return 0;
}

static int fill(struct container *p, const struct container_config *config,
		const struct nsv_container *c)
{
	const struct nsv_pin_guard guard = { .pid = c->pid,
					     .mntns_ino = c->mntns,
					     .start = c->start };
	struct nsv_pins pins;
	int r = nsv_opener_pin(config->opener, &guard, PINNED, CONTAINER_PIN_MS, &pins);

	if (r < 0)
		return r;
	p->mntns = c->mntns;
	r = take_pins(p, config, &pins);
	nsv_pins_close(&pins);
	if (r == 0)
		r = take_strings(p, c);
	return r < 0 ? r : take_root(p);
}

int container_new(const struct container_config *config, const struct nsv_container *c,
		  struct container **ret_container, struct nsv_error *e)
{
	struct container *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_TARGET, "out of memory");
	p->options = config->options;
	p->procfs = config->procfs;
	p->prober = config->prober;
	p->own_dev = config->own_dev;
	p->serial = config->serial;
	p->since = nsv_now_ms();
	p->load = config->load;
	atomic_store(&p->refs, 1);
	atomic_store(&p->root, NSV_FD_NONE);
	atomic_store(&p->pidfd, NSV_FD_NONE);
	atomic_store(&p->wake, NSV_FD_NONE);
	p->uids.identity = p->gids.identity = true;
	mounts_init(&p->mounts, config->layers);
	r = fill(p, config, c);
	if (r < 0) {
		container_put(p);
		return nsv_error_set(e, -r, NSV_STAGE_ROOT, "%s", strerror(-r));
	}
	*ret_container = p;
	return 0;
}
