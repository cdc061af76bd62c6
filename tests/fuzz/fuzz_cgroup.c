/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz_cgroup.c - /proc/PID/cgroup: what is found in it lies in it. */
#include "fuzz.h"

#include "discover/scan/cgroup.h"
#include "reach/util.h"

static void check_span(struct nsv_span span, const char *text)
{
	size_t len = strlen(text);

	if (!span.len)
		return;
	FUZZ_CHECK(span.text >= text && span.text + span.len <= text + len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	nsv_autofree char *text = fuzz_text(data, size), *id = NULL;
	struct nsv_span path = nsv_cgroup_path(text);
	struct nsv_cgroup m;
	size_t len;

	check_span(path, text);
	FUZZ_CHECK(!path.len || !memchr(path.text, '\n', path.len));
	nsv_cgroup_match(path, &m);
	check_span(m.id, text);
	check_span(m.pod_uid, text);
	FUZZ_CHECK(!m.monitor || (m.engine && !m.id.len));
	id = malloc(m.id.len + 1);
	FUZZ_CHECK(id);
	len = nsv_cgroup_unescape(m.id, id);
	FUZZ_CHECK(len <= m.id.len && id[len] == '\0');
	/* Any text is a path too, and has to be one to be split. */
	nsv_cgroup_match((struct nsv_span){ text, strlen(text) }, &m);
	check_span(m.id, text);
	check_span(m.pod_uid, text);
	return 0;
}
