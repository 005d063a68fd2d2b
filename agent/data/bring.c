/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bring.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataset.h"
#include "dataset_doc.h"
#include "instant.h"
#include "io.h"
#include "samples.h"
#include "store.h"

enum { URL_MAX = 2000, MANIFEST_MAX = 256 << 20 };

/* What a source turned out to be; the largest of all sources' is told: trouble may
 * pass, and what the hub has not yet may come; the rest will not. */
enum result { CAME, WRONG, ABSENT, TROUBLE };

struct work {
	const struct bring *b;
	char hex[DIGEST_TEXT], part[CACHE_NAME], progress[CACHE_NAME];
	int dir;			/* CACHE/.DIGEST.part/ */
	uint64_t bytes;			/* that came */
	struct progress p;
	struct diag *d;
};

static int leave_outcome(const struct bring *b, const char *word, const char *text)
{
	char name[CACHE_NAME], line[sizeof(struct diag) + 32];

	cache_name(name, &b->digest, "outcome");
	snprintf(line, sizeof line, "%s %s\n", word, text);
	return io_publish(b->cache->dir, name, 0600, line, strlen(line), 0, NULL);
}

/* Where a disk is so full that not even this can be said, what came has to go. */
static void leave_failure(const struct bring *b, const char *part, const char *word,
			  const char *text)
{
	if (leave_outcome(b, word, text) == 0)
		return;
	(void)!io_remove_tree(b->cache->dir, part, NULL);
	(void)!leave_outcome(b, word, text);
}

/* --- trees ------------------------------------------------------------------------ */

/* The manifest is the one whose SHA-256 is the digest, wherever it comes from. */
static int manifest(struct work *w, struct buf *text)
{
	char name[DIGEST_TEXT + 12], *path = NULL;
	struct digest found;
	int rc;

	snprintf(name, sizeof name, "%s.manifest", w->hex);
	if (asprintf(&path, "%s/%s", w->b->cache->path, w->part) < 0)
		return diag_nomem(w->d);
	rc = w->b->hub->kind->fetch(w->b->hub, name, path, w->d);
	free(path);
	if (rc > 0)
		diag_set(w->d, "its manifest is not at the hub yet");
	if (rc)
		return rc;
	if (io_read(w->dir, name, MANIFEST_MAX, text, w->d) < 0)
		return -1;
	digest_bytes(text->s, text->len, &found);
	if (digest_eq(&found, &w->b->digest))
		return 0;
	unlinkat(w->dir, name, 0);
	return diag_set(w->d, "its manifest is another one");
}

/* Directories down to a file; *name is the last part. */
static int open_parents(int top, const char *path, const char **name, struct diag *d)
{
	int at = dup(top), next;
	const char *slash;
	char part[256];

	while (at >= 0 && (slash = strchr(path, '/'))) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
		next = io_mkdir(at, part, 0755, d) < 0 ? -1 : io_opendir(at, part, d);
		close(at);
		at = next;
		path = slash + 1;
	}
	*name = path;
	return at;
}

static bool is_right(int dir, const char *name, const struct dataset_file *f)
{
	struct digest g;
	uint64_t size;
	struct stat st;

	return !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == f->size && digest_file(dir, name, &g, &size, NULL) == 0 &&
	       digest_eq(&g, &f->digest);
}

/* A file that is whole stays; one that is wrong, though it has its size, goes. */
static enum result tree_file(struct work *w, int top, const char *url,
			     const struct dataset_file *f)
{
	struct buf at = BUF_INIT;
	const char *name;
	int dir = open_parents(top, f->path, &name, w->d), rc = -1;
	enum result r = TROUBLE;

	buf_adds(&at, url);
	store_escape(&at, f->path);
	if (dir < 0 || at.failed)
		goto out;
	if (is_right(dir, name, f)) {
		r = CAME;
		goto out;
	}
	for (int i = 0; i < 2 && r != CAME; i++) {
		rc = store_get(w->b->set, at.s, dir, name, f->size, &w->p, w->d);
		if (rc)
			break;
		r = is_right(dir, name, f) ? CAME : WRONG;
		if (r == WRONG)
			unlinkat(dir, name, 0);
		else
			(void)!fchmodat(dir, name, 0444, 0);
	}
	if (r == WRONG)
		diag_set(w->d, "%.300s is something else", at.s);
	if (rc)
		r = rc > 0 ? WRONG : TROUBLE;
out:
	if (dir >= 0)
		close(dir);
	buf_free(&at);
	return r;
}

static enum result tree(struct work *w, const char *url)
{
	struct buf text = BUF_INIT;
	struct tree t = TREE_INIT;
	struct dataset_file *file;
	uint32_t files;
	enum result r = TROUBLE;
	int rc = manifest(w, &text), top = -1;

	if (rc == 0 && dataset_manifest_read(&t, text.s, text.len, &file, &files, w->d) == 0 &&
	    io_mkdir(w->dir, w->hex, 0755, w->d) == 0)
		top = io_opendir(w->dir, w->hex, w->d);
	if (rc > 0)
		r = ABSENT;
	if (top >= 0) {
		r = CAME;
		w->p.before = 0;
		for (uint32_t i = 0; i < files && r == CAME; i++) {
			r = tree_file(w, top, url, &file[i]);
			w->p.before += file[i].size;
		}
		close(top);
	}
	tree_free(&t);
	buf_free(&text);
	return r;
}

/* --- one source ----------------------------------------------------------------------- */

static bool is_there(const struct work *w)
{
	return faccessat(w->dir, w->hex, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static enum result from_hub(struct work *w)
{
	struct store_timing t = { .bytes = w->b->bytes };
	bool continued = is_there(w);
	int64_t began = instant_steady();
	char *path = NULL;
	int rc;

	w->p.url = "hub";
	progress_moved(&w->p, 0);
	if (asprintf(&path, "%s/%s", w->b->cache->path, w->part) < 0) {
		diag_nomem(w->d);
		return TROUBLE;
	}
	rc = w->b->hub->kind->fetch(w->b->hub, w->hex, path, w->d);
	free(path);
	t.moving = instant_steady() - began;
	if (rc == 0 && !continued)
		samples_add(w->b->set, SAMPLES_HUB, SAMPLE_GET, &t);
	return rc < 0 ? TROUBLE : rc ? ABSENT : CAME;
}

static enum result from_url(struct work *w, const char *url)
{
	const struct bring *b = w->b;
	uint64_t size = b->bytes ? b->bytes : STORE_UNKNOWN;	/* 0: nobody knew */
	char at[URL_MAX + DIGEST_TEXT + 2];
	int rc;

	/* At a site it is called by its digest. */
	snprintf(at, sizeof at, "%s%s%s", url, strncmp(url, "site://", 7) ? "" : w->hex,
		 strncmp(url, "site://", 7) || !b->files ? "" : "/");
	if (b->files)
		return tree(w, at);
	rc = store_get(b->set, at, w->dir, w->hex, size, &w->p, w->d);
	return rc < 0 ? TROUBLE : rc ? WRONG : CAME;
}

static enum result check(struct work *w)
{
	struct dataset_measure m;
	char got[DIGEST_TEXT];

	if (dataset_measure(w->dir, w->hex, &m, NULL, w->d) < 0)
		return TROUBLE;
	w->bytes = m.bytes;
	/* To be read, by as many as like, and by nobody to be written. */
	if (!m.directory)
		(void)!fchmodat(w->dir, w->hex, 0444, 0);
	if (digest_eq(&m.digest, &w->b->digest))
		return CAME;
	(void)!io_remove_tree(w->dir, w->hex, NULL);
	digest_format(&m.digest, got);
	diag_set(w->d, "found content with the digest %s, expected %s", got, w->hex);
	return WRONG;
}

static enum result try_once(struct work *w, const char *url)
{
	enum result r = strcmp(url, "hub") ? from_url(w, url) : from_hub(w);

	return r == CAME && !w->b->unknown ? check(w) : r;
}

/* What was continued from another source, or before the source changed, may be
 * wrong though the source is right: once more, from the start. */
static enum result try_source(struct work *w, const char *url)
{
	bool continued = is_there(w) && strcmp(url, "hub");
	enum result r = try_once(w, url);

	return r == WRONG && continued && !is_there(w) ? try_once(w, url) : r;
}

/* --- all of it ---------------------------------------------------------------------------- */

static enum result try_all(struct work *w, char *why, size_t size)
{
	const char *from = w->b->from ? w->b->from : "hub\n", *end;
	enum result worst = CAME, r;
	char url[URL_MAX + 1];

	for (; *from; from = *end ? end + 1 : end) {
		end = strchrnul(from, '\n');
		snprintf(url, sizeof url, "%.*s", (int)(end - from), from);
		*w->d = (struct diag)DIAG_INIT;
		r = try_source(w, url);
		if (r == CAME)
			return CAME;
		if (r >= worst) {
			worst = r;
			snprintf(why, size, "%s", w->d->text);
		}
	}
	return worst;
}

static int publish(struct work *w, struct diag *d)
{
	const struct bring *b = w->b;
	struct digest g;
	char hex[DIGEST_TEXT], text[DIGEST_TEXT + 24];

	if (!b->unknown)
		return cache_publish(b->cache, &b->digest, b->name, w->bytes, d);
	if (bring_unknown(b, w->dir, &g, &w->bytes, d) < 0)
		return -1;
	digest_format(&g, hex);
	snprintf(text, sizeof text, "%s %" PRIu64, hex, w->bytes);
	(void)!leave_outcome(b, "came", text);
	return io_remove_tree(b->cache->dir, w->part, d);
}

static void clean(struct work *w, bool came)
{
	char name[CACHE_NAME];

	unlinkat(w->b->cache->dir, w->progress, 0);
	if (!came)
		return;
	cache_name(name, &w->b->digest, "lock");
	unlinkat(w->b->cache->dir, name, 0);
}

int bring(const struct bring *b)
{
	static const char *const words[] = { NULL, "bad", "absent", "trouble" };
	struct diag d = DIAG_INIT;
	struct work w = { .b = b, .dir = -1, .d = &d };
	char name[CACHE_NAME], why[sizeof d.text] = "";
	enum result r = TROUBLE;

	digest_format(&b->digest, w.hex);
	cache_name(name, &b->digest, "outcome");
	cache_name(w.part, &b->digest, "part");
	cache_name(w.progress, &b->digest, "progress");
	unlinkat(b->cache->dir, name, 0);
	if (!b->unknown && cache_reread(b->cache, &b->digest, b->name, &d) == 0) {
		clean(&w, true);
		return 0;
	}
	w.p = (struct progress){ .dir = b->cache->dir, .name = w.progress, .url = "hub",
				 .total = b->bytes };
	if (io_mkdir(b->cache->dir, w.part, 0700, &d) == 0)
		w.dir = io_opendir(b->cache->dir, w.part, &d);
	if (w.dir >= 0)
		r = try_all(&w, why, sizeof why);
	if (r == CAME && publish(&w, &d) < 0)
		r = TROUBLE;
	if (r != CAME)
		leave_failure(b, w.part, words[r], why[0] ? why : d.text);
	if (r == WRONG)
		(void)!io_remove_tree(b->cache->dir, w.part, NULL);
	if (w.dir >= 0)
		close(w.dir);
	clean(&w, r == CAME);
	return r != CAME;
}
