/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules_mount.c - mounts that lead out of the container. */
#include <string.h>

#include "base/util.h"
#include "report/rules.h"
#include "report/words.h"

/* File systems on disks, of which a host's root is one. */
static bool is_disk(const struct nsv_mount_fact *m)
{
	static const char *const types[] = { "ext2", "ext3", "ext4",	 "xfs",	     "btrfs",
					     "f2fs", "zfs",  "bcachefs", "reiserfs", "jfs" };

	return NSV_WORD_IN(m->type, strlen(m->type), types);
}

static bool is_socket_name(const char *path)
{
	static const char *const names[] = { "docker.sock",	  "containerd.sock",
					     "containerd.sock.*", "crio.sock",
					     "podman.sock",	  "cri-dockerd.sock",
					     "dockershim.sock",	  "buildkitd.sock",
					     "kubelet.sock" };
	size_t len;
	const char *base = nsv_facts_base(path, &len);

	return NSV_WORD_IN(base, len, names);
}

bool nsv_rule_engine_socket(struct nsv_case *c)
{
	if (!is_socket_name(c->mount->root) && !is_socket_name(c->mount->target))
		return false;
	nsv_case_detail(c, "%s of the host at %s", c->mount->root, c->mount->target);
	return true;
}

/* Whether the engine keeps its own files on the same file system: then it is the host's root, or
 * whatever else of the host it may be. */
static bool has_engine(const struct nsv_facts *f, const char *device)
{
	static const char *const places[] = { "/var/lib/docker/", "/var/lib/containers/",
					      "/var/lib/kubelet/", "/run/containerd/",
					      "/var/lib/containerd/" };

	for (size_t i = 0; i < f->n_mounts; i++)
		for (size_t k = 0; k < NSV_ARRAY_SIZE(places); k++)
			if (!strcmp(f->mounts[i].device, device) &&
			    strstr(f->mounts[i].root, places[k]))
				return true;
	return false;
}

bool nsv_rule_host_root(struct nsv_case *c)
{
	const struct nsv_mount_fact *m = c->mount;
	static const char *const roots[] = { "/", "/@", "/@rootfs", "/root" };

	if (!strcmp(m->target, "/") || !is_disk(m) ||
	    !NSV_WORD_IN(m->root, strlen(m->root), roots) ||
	    (!strcmp(m->root, "/root") && strcmp(m->type, "btrfs") != 0))
		return false;
	/* A volume may be a disk of its own. */
	if (!has_engine(c->f, m->device))
		c->severity = NSV_SEVERITY_MEDIUM;
	nsv_case_detail(c, "%s (%s) at %s", m->source, m->type, m->target);
	return true;
}

/* Rootless engines bind these, and hide files of /proc with the first. */
static bool is_harmless_device(const char *root)
{
	static const char *const names[] = { "/null",	"/zero",    "/full",
					     "/random", "/urandom", "/tty" };

	return NSV_WORD_IN(root, strlen(root), names);
}

bool nsv_rule_host_folder(struct nsv_case *c)
{
	const struct nsv_mount_fact *m = c->mount;
	static const char *const folders[] = {
		"/etc",
		"/root",
		"/home",
		"/boot",
		"/usr",
		"/var",
		"/var/run",
		"/run",
		"/var/lib/docker",
		"/var/lib/kubelet",
		"/proc",
		"/var/log",
		"/lib/modules",
		"/var/lib/containerd",
		"/opt",
		"/srv",
		"/etc/cron.d",
		"/root/.ssh",
		"/etc/kubernetes*",
	};
	bool devices = !strcmp(m->type, "devtmpfs");

	if (!strcmp(m->target, "/") || (!devices && !is_disk(m)) ||
	    (!devices && !NSV_WORD_IN(m->root, strlen(m->root), folders)) ||
	    (!strcmp(m->root, "/root") && !strcmp(m->type, "btrfs")) ||
	    (devices && is_harmless_device(m->root)))
		return false;
	if (devices && strcmp(m->root, "/") != 0)
		nsv_case_detail(c, "the host's device %s at %s", m->root + 1, m->target);
	else
		nsv_case_detail(c, "%s of the host at %s", devices ? "all devices" : m->root,
				m->target);
	return true;
}
