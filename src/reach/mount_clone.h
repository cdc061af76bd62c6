/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount_clone.h - clones a container's mounts for bulk readers: detached, read-only and private.
 *
 * The clone is a separate tree of mounts over the same file systems: contents are live, the set of
 * mounts stays as cloned. The clone is in no mount namespace and no mount table. Reading
 * through it changes no access times and is as fast as reading inside the container; writing,
 * executing and opening devices fail.
 *
 * Meanwhile the container may mount and unmount: the clone does not change, and does not make
 * umount(2) of a cloned mount EBUSY. The container may write, which the clone shows, and may make a
 * file system of its own hang. A file system that the container unmounts lives on until the clone
 * is closed, and keeps its loop device or image busy. When the container is removed together with
 * its folders, the clone's root lists nothing: watch the target's pidfd.
 */
#ifndef NSV_REACH_MOUNT_CLONE_H
#define NSV_REACH_MOUNT_CLONE_H

#include <nsview/error.h>
#include <nsview/target.h>

/*
 * No process follows a symbolic link in the clone, in any component of a path (ELOOP); readlink(2)
 * works. For readers that would follow a container's absolute link out of the clone. Linux 5.14.
 */
#define NSV_CLONE_NOSYMFOLLOW 1U

/*
 * Leaves out files of mount namespaces that are mounted in the container (as by snapd). A clone
 * with such a file can't be attached to a mount namespace that is younger (ELOOP), so that no two
 * hold each other. Costs a copy of the mount namespace.
 */
#define NSV_CLONE_NO_NSFILES 2U

/*
 * Clones the mounts below the target's root, or below the namespace's root for a target without a
 * process. Returns an O_PATH | O_CLOEXEC fd of the clone's root, which is the caller's. The kernel
 * frees the clone when every fd of it, including passed ones, and every file below is closed.
 *
 * To read, use openat2(2) below the fd with RESOLVE_IN_ROOT, or the resolver with the fd as its
 * root: a plain openat(2) follows an absolute link to the host. move_mount(2) attaches the clone to
 * a mount namespace over which the caller has CAP_SYS_ADMIN. A helper (helper.h) makes the clone
 * and waits for none of the container's file systems.
 *
 * Every mount of the clone has MOUNT_ATTR_RDONLY, NOSUID, NODEV, NOEXEC and private propagation
 * before the fd leaves the helper. The kernel propagates nothing to a detached tree (seen on 6.18),
 * but a shared one that is attached would receive the container's mounts.
 *
 * Privilege: CAP_SYS_ADMIN and CAP_SYS_CHROOT over the mount namespace, or to own its user
 * namespace, which the helper then joins: the owner of a rootless container. To read files of the
 * container's other users the owner also joins the user namespace (nsv_target_join_userns()).
 *
 * Threads: as helper.h. Errors: -EPERM not allowed; -EOPNOTSUPP Linux older than 5.12, which has no
 * mount_setattr(2), so the clone would be writable and shared; or, with NSV_CLONE_NOSYMFOLLOW,
 * older than 5.14: call again without; -EINVAL an unknown flag, or the process's root is not in its
 * mount namespace; -ESRCH the target has ended; -ECHILD the helper has ended; -ETIMEDOUT; -EMFILE.
 *
 * See open_tree(2), mount_setattr(2), move_mount(2), mount_namespaces(7).
 */
int nsv_mount_clone(const struct nsv_target *t, unsigned flags, struct nsv_error *e);

/*
 * The same of the one folder @dir on a mount of the caller's own namespace, without what is mounted
 * below it; in this process. -EPERM without CAP_SYS_ADMIN there, -ENOSYS on older kernels.
 */
int nsv_folder_clone(int dir);

#endif
