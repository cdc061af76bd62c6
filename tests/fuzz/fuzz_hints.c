/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_hints.c - state files of engines, whole. The first byte is the engine, the rest its file;
 * the PID in it is believed, so that all of it is looked at.
 */
#include "fuzz.h"

#include <unistd.h>

#include "discover/hints/hints.h"
#include "reach/util.h"
#include "unit/hint_machine.h"

#define TASK	"run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/"
#define STORAGE "home/u/storage/overlay-containers/"
#define BUNDLE	"run/containers/storage/overlay-containers/" ID "/userdata/"

static const struct {
	const char *engine, *file;
} engines[] = {
	{ "docker", PLACE "/config.v2.json" },
	{ "podman", STORAGE "containers.json" },
	{ "containerd", TASK "config.json" },
	{ "cri-o", BUNDLE "config.json" },
};

static void check_text(const char *text)
{
	FUZZ_CHECK(!text || strlen(text) <= NSV_HINT_TEXT_MAX);
}

static struct machine *machine(void)
{
	static const char conmon[] = "conmon\0-c\0" ID "\0-n\0web1\0-b\0/" STORAGE ID "/userdata";
	static void *m;

	if (!m) {
		FUZZ_CHECK(machine_setup(&m) == 0);
		put_process(m, 55, 1, "conmon", "mnt:[4026531999]");
		put(m, "proc/55/cmdline", conmon, sizeof(conmon));
		/* conmon is its parent: Podman's names are believed by that. */
		FUZZ_CHECK(unlinkat(((struct machine *)m)->files, "proc/4242/ns/mnt", 0) == 0);
		put_process(m, LEAD, 55, "nginx", "mnt:[4026540000]");
		put_text(m, TASK "init.pid", "4242");
		put_text(m, BUNDLE "pidfile", "4242");
	}
	return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine *m = machine();
	const struct nsv_container was = m->c;
	size_t which = size ? data[0] % NSV_ARRAY_SIZE(engines) : 0;

	if (!size)
		return 0;
	m->c.engine = engines[which].engine;
	put(m, engines[which].file, data + 1, size - 1);
	look(m);
	check_text(m->c.engine_name);
	check_text(m->c.image);
	check_text(m->c.pod_namespace);
	check_text(m->c.pod_name);
	check_text(m->c.pod_container);
	FUZZ_CHECK(m->c.n_labels <= NSV_HINT_LABELS_MAX);
	for (size_t i = 0; i < m->c.n_labels; i++) {
		FUZZ_CHECK(m->c.labels[i].key && *m->c.labels[i].key);
		FUZZ_CHECK(m->c.labels[i].value);
		check_text(m->c.labels[i].value);
	}
	m->c = was;
	nsv_arena_done(&m->scan.arena);
	return 0;
}
