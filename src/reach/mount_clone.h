/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount_clone.h - a container's files as they are mounted now, for bulk readers: detached,
 * read-only and private.
 *
 * The clone is a tree of mounts of its own over the same file systems: what is read is live, where
 * it is mounted is as it was. It is in no mount namespace and in no mount table. Reading moves no
 * access time, nothing is written, run, or opened as a device through it, and it goes as fast as
 * the container's own reading.
 *
 * What a container can do meanwhile: mount and unmount, which the clone does not see and does not
 * stand in the way of (umount(2) of a mount that was cloned is not EBUSY); write, which is seen;
 * make a file system of its own hang. A file system that the container unmounts lives on until the
 * clone is closed: a loop device or an image below stays busy until then. When the container is
 * removed, with its folders, the clone's root lists nothing: watch the target's pidfd.
 */
#ifndef NSV_REACH_MOUNT_CLONE_H
#define NSV_REACH_MOUNT_CLONE_H

#include <nsview/error.h>
#include <nsview/target.h>

/*
 * Links are not followed, in the last place nor on the way, by any process (ELOOP); readlink(2)
 * works. For readers that would follow a container's absolute link out of the tree. Linux 5.14.
 */
#define NSV_CLONE_NOSYMFOLLOW 1U

/*
 * Clones the mounts below the target's root; of a target that is a namespace file, of the
 * namespace's. Returns an O_PATH | O_CLOEXEC fd of the clone's root. When the last fd of it is
 * closed, also those passed on, and no file is open below, the clone is gone.
 *
 * To read: openat2(2) below the fd with RESOLVE_IN_ROOT, or the resolver with it as its root. A
 * plain openat(2) follows an absolute link to the host. Or move_mount(2) puts it into a mount
 * namespace that the caller has CAP_SYS_ADMIN over. A helper makes it (helper.h), hardened, and
 * nothing in it waits for the container's file systems.
 *
 * Attributes: MOUNT_ATTR_RDONLY, NOSUID, NODEV, NOEXEC on each mount of it, and propagation
 * private, set before anybody has the fd. As long as the clone is detached the kernel propagates
 * nothing to it (seen on 6.18); moved, a shared one would take part in the container's mounting.
 *
 * Privilege: CAP_SYS_ADMIN and CAP_SYS_CHROOT over the mount namespace, or to own its user
 * namespace, which the helper then joins: the owner of a rootless container. The owner needs the
 * user namespace also to read files of its other users (nsv_target_join_userns()).
 *
 * Errors: -EPERM not allowed; -EOPNOTSUPP the kernel is older than Linux 5.12 (no
 * mount_setattr(2): a clone that stays writable and takes part in the container's mounting is not
 * handed out) or, with NSV_CLONE_NOSYMFOLLOW, than 5.14: call again without; -EINVAL an unknown
 * flag, or the root is in another mount namespace than the process; -ESRCH the target has ended;
 * -ETIMEDOUT; -EMFILE.
 *
 * See open_tree(2), mount_setattr(2), move_mount(2), mount_namespaces(7).
 */
int nsv_mount_clone(const struct nsv_target *t, unsigned flags, struct nsv_error *e);

#endif
