/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsdiff_image.c - an archive of OCI's image layout, with Docker's manifest.json beside. Its two
 * layers are the image's files, as one since engines don't keep the tars that they were, and the
 * changes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/util.h"
#include "cli/nsdiff_layer.h"

#define OCI	     "application/vnd.oci.image."
#define NAME_MAX_LEN 64

struct blob {
	char hex[NSDIFF_HEX];
	uint64_t size;
};

/* ---- texts ---- */

/* As Go names it. */
static const char *architecture(void)
{
	static const char *const names[][2] = {
		{ "x86_64", "amd64" },	  { "aarch64", "arm64" },   { "i686", "386" },
		{ "armv7l", "arm" },	  { "ppc64le", "ppc64le" }, { "s390x", "s390x" },
		{ "riscv64", "riscv64" },
	};
	struct utsname u;

	for (size_t i = 0; uname(&u) == 0 && i < NSV_ARRAY_SIZE(names); i++)
		if (!strcmp(u.machine, names[i][0]))
			return names[i][1];
	return "amd64";
}

/* Of the container: small letters, digits and single dashes, as image names may have. */
static void image_name(const char *spec, char name[static NAME_MAX_LEN])
{
	const char *colon = strrchr(spec, ':');
	size_t n = 0;

	for (const char *p = colon ? colon + 1 : spec; *p && n < NAME_MAX_LEN - 1; p++) {
		char c = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			name[n++] = c;
		else if (n > 0 && name[n - 1] != '-')
			name[n++] = '-';
	}
	while (n > 0 && name[n - 1] == '-')
		n--;
	name[n] = '\0';
	if (n == 0)
		memcpy(name, "container", sizeof("container"));
}

static char *text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *text(const char *fmt, ...)
{
	char *out;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&out, fmt, ap) < 0)
		cli_no_memory();
	va_end(ap);
	return out;
}

static struct blob put_text(struct nsdiff_out *o, const char *json)
{
	struct blob b;

	nsdiff_out_blob(o);
	nsdiff_out_put(o, json, strlen(json));
	nsdiff_out_blob_end(o, b.hex, &b.size);
	return b;
}

/* ---- the archive ---- */

/* What is no layer. The image runs a shell: what the container ran may be what is looked into. */
static void put_rest(struct nsdiff_out *o, const char *name, const struct blob *base,
		     const struct blob *changes)
{
	nsv_autofree char *config = NULL, *manifest = NULL, *index = NULL, *docker = NULL;
	struct blob c, m;
	char now[32] = "1970-01-01T00:00:00Z";
	time_t t = time(NULL);
	struct tm tm;

	if (gmtime_r(&t, &tm))
		(void)strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &tm);
	config =
	    text("{\"created\":\"%s\",\"architecture\":\"%s\",\"os\":\"linux\",\"config\":{\"Env\":"
		 "[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"],\"Cmd\":"
		 "[\"/bin/sh\"],\"WorkingDir\":\"/\"},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":"
		 "[\"sha256:%s\",\"sha256:%s\"]},\"history\":[{\"created\":\"%s\",\"created_by\":"
		 "\"the image's files\"},{\"created\":\"%s\",\"created_by\":\"the container's "
		 "changes\"}]}",
		 now, architecture(), base->hex, changes->hex, now, now);
	c = put_text(o, config);
	manifest =
	    text("{\"schemaVersion\":2,\"mediaType\":\"" OCI "manifest.v1+json\",\"config\":"
		 "{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":\"sha256:%s\",\"size\":%llu},"
		 "\"layers\":[{\"mediaType\":\"" OCI "layer.v1.tar\",\"digest\":\"sha256:%s\","
		 "\"size\":%llu},{\"mediaType\":\"" OCI "layer.v1.tar\",\"digest\":\"sha256:%s\","
		 "\"size\":%llu}]}",
		 c.hex, (unsigned long long)c.size, base->hex, (unsigned long long)base->size,
		 changes->hex, (unsigned long long)changes->size);
	m = put_text(o, manifest);
	index =
	    text("{\"schemaVersion\":2,\"mediaType\":\"" OCI "index.v1+json\",\"manifests\":[{"
		 "\"mediaType\":\"" OCI "manifest.v1+json\",\"digest\":\"sha256:%s\",\"size\":%llu,"
		 "\"annotations\":{\"io.containerd.image.name\":\"localhost/nsdiff/%s:latest\","
		 "\"org.opencontainers.image.ref.name\":\"localhost/nsdiff/%s:latest\"}}]}",
		 m.hex, (unsigned long long)m.size, name, name);
	docker =
	    text("[{\"Config\":\"blobs/sha256/%s\",\"RepoTags\":[\"localhost/nsdiff/%s:latest\"],"
		 "\"Layers\":[\"blobs/sha256/%s\",\"blobs/sha256/%s\"]}]",
		 c.hex, name, base->hex, changes->hex);
	nsdiff_out_file(o, "index.json", index);
	nsdiff_out_file(o, "manifest.json", docker);
	nsdiff_out_file(o, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
	nsdiff_out_end_tar(o);
}

static int put_image(struct nsdiff *d, struct nsv_changes *c, const struct nsv_target *target,
		     struct nsdiff_out *o, struct nsv_error *e)
{
	struct blob layers[2];
	char name[NAME_MAX_LEN];
	int r = 0;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(layers) && r == 0; i++) {
		nsdiff_out_blob(o);
		r = nsdiff_layer_put(d, c, target, i == 0, o, e);
		nsdiff_out_blob_end(o, layers[i].hex, &layers[i].size);
	}
	image_name(d->spec, name);
	if (r == 0)
		put_rest(o, name, &layers[0], &layers[1]);
	return r;
}

enum cli_exit nsdiff_layer(struct nsdiff *d, struct nsv_changes *c, const struct nsv_target *target)
{
	const char *path = d->layer ? d->layer : d->image, *why;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsdiff_out o;
	int r;

	if (nsv_changes_state(c, &why) != NSV_CHANGES_STATE_KNOWN) {
		cli_error("%s: there are no changes to take: %s", d->spec, why);
		return CLI_EXIT_FAILED;
	}
	r = nsdiff_out_open(&o, path);
	if (r == 0) {
		r = d->layer ? nsdiff_layer_put(d, c, target, false, &o, &e)
			     : put_image(d, c, target, &o, &e);
		if (r == 0)
			r = nsdiff_out_commit(&o);
	}
	if (r < 0)
		cli_error("%s: %s", path, strerror(-r));
	nsdiff_out_close(&o);
	return r < 0 || d->totals.problems ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}
