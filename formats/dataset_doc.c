/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset_doc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "line.h"
#include "message.h"
#include "size.h"
#include "utf8.h"

/* --- addresses ---------------------------------------------------------------- */

bool dataset_url_ok(const char *url)
{
	static const char *const schemes[] = { "file", "http", "https", "s3", "rsync", "ssh", "site" };
	const char *rest = strstr(url, "://");

	if (!rest || !rest[3])
		return false;
	for (const char *s = rest; *s; s++)
		if ((unsigned char)*s <= 0x20 || *s == 0x7f || strchr("\"\\<>^`{|}", *s))
			return false;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if ((size_t)(rest - url) == strlen(schemes[i]) &&
		    !strncmp(url, schemes[i], strlen(schemes[i])))
			return true;
	return false;
}

static int check_url(const struct node *n, struct diag *d)
{
	if (dataset_url_ok(n->text))
		return 0;
	return diag_at(d, n->line, n->col, "url: expected an address of file, http, https, s3, rsync, "
		       "ssh or site, found \"%.200s\"", n->text);
}

/* --- files --------------------------------------------------------------------- */

static const struct field file_fields[] = {
	{ "path", FIELD_TEXT, .offset = offsetof(struct dataset_file, path), .required = true,
	  .max = 1024 },
	{ "size", FIELD_SIZE, .offset = offsetof(struct dataset_file, size), .required = true },
	{ "digest", FIELD_DIGEST, .offset = offsetof(struct dataset_file, digest),
	  .required = true },
	{ NULL }
};

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct dataset_file *)a)->path,
		      ((const struct dataset_file *)b)->path);
}

/* A path cannot be a file and a directory. */
static int check_sorted(const struct dataset_file *f, uint32_t n, int line, struct diag *d)
{
	for (uint32_t i = 1; i < n; i++) {
		const char *a = f[i - 1].path, *b = f[i].path;

		if (!strcmp(a, b))
			return diag_at(d, line, 1, "files: %.200s stands there twice", a);
		if (!strncmp(a, b, strlen(a)) && b[strlen(a)] == '/')
			return diag_at(d, line, 1, "files: %.200s is a file, and has %.200s below it", a,
				       b);
	}
	return 0;
}

static int read_files(struct tree *t, const struct node *v, struct dataset_doc *s,
		      struct diag *d)
{
	uint32_t n = node_entries(v);

	if (!n)
		return 0;
	s->file = tree_alloc(t, n * sizeof *s->file);
	if (!s->file)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at)) {
		struct dataset_file *f = &s->file[s->files++];
		const struct node *path;

		*f = (struct dataset_file){ NULL, 0 };
		if (field_read(at, "a file", file_fields, f, d) < 0)
			return -1;
		path = node_get(at, "path");
		if (!message_path_ok(f->path))
			return diag_at(d, path->line, path->col, "path: expected a relative path without "
				       "empty, \".\" or \"..\" parts and control characters, found "
				       "\"%.200s\"", f->path);
		if (f->size > UINT64_MAX - s->size)
			return diag_at(d, path->line, path->col, "files: more bytes than can be counted");
		s->size += f->size;
	}
	qsort(s->file, s->files, sizeof *s->file, by_path);
	return check_sorted(s->file, s->files, v->line, d);
}

void dataset_manifest_write(struct buf *b, const struct dataset_file *file, uint32_t files)
{
	char hex[DIGEST_TEXT];

	for (uint32_t i = 0; i < files; i++) {
		digest_format(&file[i].digest, hex);
		buf_addf(b, "%s %" PRIu64 " %s\n", hex, file[i].size, file[i].path);
	}
}

/* One line; its end, or NULL. */
static const char *manifest_line(struct tree *t, const char *s, const char *end,
				 struct dataset_file *f)
{
	const char *eol = memchr(s, '\n', (size_t)(end - s));
	char *rest;

	if (!eol || eol - s < DIGEST_LEN + 4 || s[DIGEST_LEN] != ' ' ||
	    digest_parse(s, DIGEST_LEN, &f->digest, NULL) < 0)
		return NULL;
	s += DIGEST_LEN + 1;
	if (*s < '0' || *s > '9')
		return NULL;
	f->size = strtoull(s, &rest, 10);
	if (*rest != ' ' || rest + 1 >= eol)
		return NULL;
	f->path = tree_strdup(t, rest + 1, (size_t)(eol - rest - 1));
	return f->path && message_path_ok(f->path) ? eol + 1 : NULL;
}

int dataset_manifest_read(struct tree *t, const char *text, size_t len,
			  struct dataset_file **file, uint32_t *files, struct diag *d)
{
	const char *end = text + len;
	uint32_t lines = 0, n = 0;

	for (const char *s = text; s < end; s++)
		lines += *s == '\n';
	*files = 0;
	*file = tree_alloc(t, (lines + 1) * sizeof **file);
	if (!*file)
		return diag_nomem(d);
	while (text < end && n < lines) {
		text = manifest_line(t, text, end, &(*file)[n]);
		if (!text)
			return diag_at(d, (int)n + 1, 1, "expected a line DIGEST SIZE PATH of a manifest");
		n++;
	}
	if (text != end)
		return diag_at(d, (int)n + 1, 1, "a manifest whose last line has no end");
	*files = n;
	return 0;
}

/* --- replicas --------------------------------------------------------------------- */

static const struct field replica_fields[] = {
	{ "store", FIELD_NAME, .offset = offsetof(struct dataset_replica, store) },
	{ "path", FIELD_TEXT, .offset = offsetof(struct dataset_replica, path), .max = 1024 },
	{ "url", FIELD_TEXT, .offset = offsetof(struct dataset_replica, url), .max = 2000 },
	{ "site", FIELD_NAME, .offset = offsetof(struct dataset_replica, site) },
	{ NULL }
};

static bool path_ok(const char *path)
{
	char part[1025];
	size_t n = strlen(path);

	if (!n || n > 1024)
		return !n;
	memcpy(part, path, n + 1);
	if (part[n - 1] == '/')
		part[n - 1] = '\0';
	return message_path_ok(part) && !strpbrk(part, " \"\\<>^`{|}?#%");
}

static int read_replica(const struct node *at, struct dataset_replica *r, struct diag *d)
{
	*r = (struct dataset_replica){ .path = NULL };
	if (field_read(at, "a replica", replica_fields, r, d) < 0)
		return -1;
	if (!!r->store + !!r->url + !!r->site != 1)
		return diag_at(d, at->line, at->col, "a replica: expected one of store, url and site");
	if (r->path && !r->store)
		return diag_at(d, node_get(at, "path")->key_line, node_get(at, "path")->key_col,
			       "path: only a replica in a store has this");
	if (!r->path)
		r->path = "";
	if (!path_ok(r->path))
		return diag_at(d, node_get(at, "path")->line, node_get(at, "path")->col,
			       "path: expected a relative path as it stands in a URL, found \"%.200s\"",
			       r->path);
	return r->url ? check_url(node_get(at, "url"), d) : 0;
}

static bool ends_with_slash(const char *s)
{
	size_t n = strlen(s);

	return !n || s[n - 1] == '/';
}

static int read_replicas(struct tree *t, const struct node *v, struct dataset_doc *s,
			 struct diag *d)
{
	uint32_t n = node_entries(v);

	if (!n)
		return 0;
	s->replica = tree_alloc(t, n * sizeof *s->replica);
	if (!s->replica)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at)) {
		struct dataset_replica *r = &s->replica[s->replicas++];

		if (read_replica(at, r, d) < 0)
			return -1;
		if (s->files && !r->site && !ends_with_slash(r->url ? r->url : r->path))
			return diag_at(d, at->line, at->col, "a replica of several files: expected a "
				       "prefix that ends with \"/\"");
	}
	return 0;
}

/* --- all of it ------------------------------------------------------------------------ */

struct entry {
	struct dataset_doc doc;
	bool has_digest, has_size;
	const struct node *files, *replicas;
};

#define DOC(field) .offset = offsetof(struct entry, doc.field)

static const struct field fields[] = {
	{ "dataset", FIELD_NAME, DOC(name), .required = true, .max = 128 },
	{ "digest", FIELD_DIGEST, DOC(digest), .present = offsetof(struct entry, has_digest) },
	{ "size", FIELD_SIZE, DOC(size), .present = offsetof(struct entry, has_size) },
	{ "sensitivity", FIELD_NAME, DOC(sensitivity) },
	{ "files", FIELD_SEQ, .offset = offsetof(struct entry, files) },
	{ "replicas", FIELD_SEQ, .offset = offsetof(struct entry, replicas) },
	{ NULL }
};

/* What is said twice has to be the same. */
static int check_version(const struct node *root, const struct entry *e, struct dataset_doc *s,
			 struct diag *d)
{
	const struct node *digest = node_get(root, "digest"), *size = node_get(root, "size");
	struct buf manifest = BUF_INIT;
	struct digest found;
	char hex[DIGEST_TEXT];

	if (!s->files) {
		s->known = e->has_digest;
		if (e->has_digest == e->has_size)
			return 0;
		return diag_at(d, root->line, root->col, "a dataset of one file with only %s; expected "
			       "`digest` and `size`", e->has_digest ? "`digest`" : "`size`");
	}
	s->known = true;
	dataset_manifest_write(&manifest, s->file, s->files);
	if (manifest.failed)
		return diag_nomem(d);
	digest_bytes(manifest.s, manifest.len, &found);
	buf_free(&manifest);
	digest_format(&found, hex);
	if (e->has_size && e->doc.size != s->size)
		return diag_at(d, size->line, size->col, "size: the files have %" PRIu64 " bytes, found "
			       "\"%.40s\"", s->size, size->text);
	if (e->has_digest && !digest_eq(&e->doc.digest, &found))
		return diag_at(d, digest->line, digest->col, "digest: that of the files is %s, found "
			       "\"%.64s\"", hex, digest->text);
	s->digest = found;
	return 0;
}

int dataset_doc_read(struct tree *t, const struct node *root, struct dataset_doc *s,
		     struct diag *d)
{
	struct entry e = { .files = NULL };

	*s = e.doc;
	if (!root)
		return diag_at(d, 1, 1, "nothing is written here; expected what a dataset is");
	if (field_read(root, "a dataset", fields, &e, d) < 0)
		return -1;
	*s = e.doc;
	if (node_entries(e.files))
		s->size = 0;
	if (read_files(t, e.files, s, d) < 0 || read_replicas(t, e.replicas, s, d) < 0)
		return -1;
	return check_version(root, &e, s, d);
}

/* --- writing ---------------------------------------------------------------------------- */

static void add_text(struct buf *b, const char *before, const char *text)
{
	buf_adds(b, before);
	line_scalar(b, text, strlen(text));
}

static void add_digest(struct buf *b, const struct digest *g)
{
	char hex[DIGEST_TEXT];

	digest_format(g, hex);
	buf_adds(b, "digest: ");
	line_scalar(b, hex, DIGEST_LEN);
}

static void add_replica(struct buf *b, const struct dataset_replica *r)
{
	if (r->store) {
		add_text(b, "- {store: ", r->store);
		if (*r->path)
			add_text(b, ", path: ", r->path);
	} else if (r->url) {
		add_text(b, "- {url: ", r->url);
	} else {
		add_text(b, "- {site: ", r->site);
	}
	buf_adds(b, "}\n");
}

void dataset_doc_write(struct buf *b, const struct dataset_doc *s)
{
	add_text(b, "dataset: ", s->name);
	buf_addc(b, '\n');
	if (s->known) {
		add_digest(b, &s->digest);
		buf_adds(b, "\nsize: ");
		size_format(s->size, b);
		buf_addc(b, '\n');
	}
	if (s->sensitivity) {
		add_text(b, "sensitivity: ", s->sensitivity);
		buf_addc(b, '\n');
	}
	if (s->files)
		buf_adds(b, "files:\n");
	for (uint32_t i = 0; i < s->files; i++) {
		add_text(b, "- {path: ", s->file[i].path);
		buf_adds(b, ", size: ");
		size_format(s->file[i].size, b);
		buf_adds(b, ", ");
		add_digest(b, &s->file[i].digest);
		buf_adds(b, "}\n");
	}
	if (s->replicas)
		buf_adds(b, "replicas:\n");
	for (uint32_t i = 0; i < s->replicas; i++)
		add_replica(b, &s->replica[i]);
}
