/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "export.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataset_doc.h"
#include "instant.h"
#include "io.h"
#include "sources.h"

static int lay_out(int from, const char *name, int to, const char *as, struct diag *d);

static int lay_out_file(int from, const char *name, int to, const char *as, struct diag *d)
{
	/* A symlink at the top is followed, as the measuring did. */
	if (linkat(from, name, to, as, AT_SYMLINK_FOLLOW) == 0 || errno == EEXIST)
		return 0;
	if (errno != EXDEV && errno != EPERM && errno != EMLINK)
		return diag_errno(d, "cannot link the dataset file %s", name);
	return io_copy(from, name, to, as, 0644, d);
}

static int lay_out_entries(DIR *p, int to, struct diag *d)
{
	struct dirent *e;

	while ((errno = 0, e = readdir(p)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
		    lay_out(dirfd(p), e->d_name, to, e->d_name, d) < 0)
			return -1;
	return errno ? diag_errno(d, "cannot list a dataset") : 0;
}

static int lay_out_dir(int from, const char *name, int to, const char *as, struct diag *d)
{
	int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), out, r = -1;
	DIR *p = in < 0 ? NULL : fdopendir(in);

	if (!p) {
		if (in >= 0)
			close(in);
		return diag_errno(d, "cannot open the dataset %s", name);
	}
	out = io_mkdir(to, as, 0755, d) < 0 ? -1 : io_opendir(to, as, d);
	if (out >= 0) {
		r = lay_out_entries(p, out, d);
		close(out);
	}
	closedir(p);
	return r;
}

static int lay_out(int from, const char *name, int to, const char *as, struct diag *d)
{
	struct stat st;

	if (fstatat(from, name, &st, 0) < 0)
		return diag_errno(d, "cannot stat the dataset %s", name);
	return S_ISDIR(st.st_mode) ? lay_out_dir(from, name, to, as, d)
				   : lay_out_file(from, name, to, as, d);
}

/* Under a hidden name first: what is visible is whole. */
static int lay_out_for(struct hub *h, struct site *s, const char *dataset, const struct digest *digest,
		       struct diag *d)
{
	char name[65], hidden[80];
	int data, r;

	if (io_mkdir(s->down, "data", 0755, d) < 0 || (data = io_opendir(s->down, "data", d)) < 0)
		return -1;
	digest_format(digest, name);
	snprintf(hidden, sizeof hidden, ".%s.tmp", name);
	h->unflushed = true;
	if (faccessat(data, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		r = 0;
	else if (io_remove_tree(data, hidden, d) < 0 ||
		 lay_out(h->spool.data, dataset, data, hidden, d) < 0)
		r = -1;
	else
		r = renameat(data, hidden, data, name) < 0 ? diag_errno(d, "cannot lay out %s", dataset) : 0;
	close(data);
	return r;
}

/* --- replicas ------------------------------------------------------------------- */

/* What the site can reach of them, the nearest first; the hub alone needs no word. */
static int list_replicas(struct hub *h, const struct site *s, const struct catalogue_entry *e,
			 struct tree *t, struct message_input *in, struct diag *d)
{
	struct source *from;
	int n = sources_list(h, s, e, t, &from, d);

	if (n < 0)
		return -1;
	if (n == 0 || (n == 1 && e->here))
		return 0;
	in->from.item = tree_alloc(t, (size_t)n * sizeof *in->from.item);
	if (!in->from.item)
		return diag_nomem(d);
	for (int i = 0; i < n; i++)
		in->from.item[in->from.count++] = from[i].url;
	in->files = e->doc->files;
	return 0;
}

/* Whoever fetches a tree from elsewhere learns here what is in it. */
static int lay_out_manifest(struct hub *h, struct site *s, const struct catalogue_entry *e,
			    struct diag *d)
{
	struct buf text = BUF_INIT;
	char hex[DIGEST_TEXT], name[DIGEST_TEXT + 12];
	int data = -1, r;

	if (io_mkdir(s->down, "data", 0755, d) < 0 || (data = io_opendir(s->down, "data", d)) < 0)
		return -1;
	digest_format(&e->digest, hex);
	snprintf(name, sizeof name, "%s.manifest", hex);
	dataset_manifest_write(&text, e->doc->file, e->doc->files);
	r = text.failed ? diag_nomem(d) : io_publish(data, name, 0644, text.s, text.len, 0, d);
	h->unflushed = true;
	buf_free(&text);
	close(data);
	return r;
}

int export_address(const char *url, const struct digest *digest, struct tree *t,
		   struct message_input *in, struct diag *d)
{
	*in = (struct message_input){ .dataset = "url", .unknown = !digest };
	if (digest)
		in->digest = *digest;	/* and its size is what it is */
	in->from.item = tree_alloc(t, sizeof *in->from.item);
	if (!in->from.item)
		return diag_nomem(d);
	in->from.item[in->from.count++] = url;
	return 0;
}

int export_input(struct hub *h, uint16_t site, const char *dataset, const struct digest *pin,
		 struct tree *t, struct message_input *in, struct diag *d)
{
	const struct catalogue_entry *hub = catalogue_find(&h->catalogue, dataset);
	struct site *s = h->sites.site[site];
	const struct site_dataset *here = dataset_held(&s->doc, dataset, hub, pin);

	*in = (struct message_input){ .dataset = dataset };
	if (here) {
		in->bytes = here->bytes;
		in->digest = here->digest;
		return 0;
	}
	if (!dataset_known(hub, pin))
		return diag_set(d, "the dataset %s is not to be had any more", dataset);
	in->bytes = hub->bytes;
	in->digest = hub->digest;
	if (hub->doc && (list_replicas(h, s, hub, t, in, d) < 0 ||
			 (in->files && lay_out_manifest(h, s, hub, d) < 0)))
		return -1;
	if (!hub->here)
		return in->from.count ? 0 : diag_set(d, "the site reaches no place where the dataset %s "
						     "lies", dataset);
	return lay_out_for(h, s, dataset, &hub->digest, d);
}

void export_clean(struct hub *h, uint16_t site)
{
	struct site *s = h->sites.site[site];
	DIR *p = io_list(s->down, "data", NULL);
	struct dirent *e;

	while (p && (e = readdir(p))) {
		struct digest digest;

		/* DIGEST, or DIGEST.manifest */
		if (strlen(e->d_name) < DIGEST_LEN ||
		    digest_parse(e->d_name, DIGEST_LEN, &digest, NULL) < 0 ||
		    !holdings_has(&s->holds, &digest))
			continue;
		if (io_remove_tree(dirfd(p), e->d_name, NULL) < 0)
			hub_log("cannot remove sites/%s/down/data/%s: %s", s->name, e->d_name,
				strerror(errno));
		h->unflushed = true;
	}
	if (p)
		closedir(p);
}
