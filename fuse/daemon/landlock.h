/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * landlock.h - gives up for good to change anything in a file system, whatever the way:
 * landlock(7).
 *
 * A filter of system calls can't look into the memory that openat2(2) takes its flags from;
 * Landlock is asked by the kernel itself when a file is opened. No right to write, make, remove,
 * link across folders, truncate, run, or control a device is left, below any path, nor TCP ports
 * and abstract sockets. Reading is not handled, and stays free: the roots of containers come and
 * go, and rules, which are by path, can't follow them.
 *
 * A side effect is ptrace(2)'s: what guards /proc/PID/root, ns, exe, cwd, mem, map_files and fd of
 * other processes refuses them then, also to root.
 *
 * Signals are not scoped: the kernel would not deliver PR_SET_PDEATHSIG to helpers outside of the
 * domain. The filter refuses to send any.
 */
#ifndef NSV_FUSE_LANDLOCK_H
#define NSV_FUSE_LANDLOCK_H

/*
 * For the calling thread and its children; it has to have no_new_privs. Positive: the ABI version
 * that was used. -ENOSYS, -EOPNOTSUPP (not enabled at boot) or another -errno: nothing was given
 * up.
 */
int landlock_give_up_changes(void);

#endif
