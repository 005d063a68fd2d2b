/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sites.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "title.h"

enum { DOC_NAME = 80, DOC_MAX = 64 << 20 };

bool sites_init(struct sites *s)
{
	*s = (struct sites){ .tree = TREE_INIT };
	pthread_mutex_init(&s->lock, NULL);
	return values_init(&s->names);
}

void sites_free(struct sites *s)
{
	tree_free(&s->tree);
	values_free(&s->names);
	pthread_mutex_destroy(&s->lock);
}

/* --- which there are -------------------------------------------------------------- */

/* A site is one by its mailbox. */
static bool exists(const struct spool *sp, const char *name)
{
	struct stat st;

	return spool_site_name_ok(name) &&
	       fstatat(sp->sites, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

uint32_t sites_find(struct sites *s, const struct spool *sp, const char *name)
{
	uint32_t number;

	if (!exists(sp, name))
		return 0;
	pthread_mutex_lock(&s->lock);
	number = value_find(&s->names, name, strlen(name));
	if (!number)
		number = value_get(&s->names, name, strlen(name), NULL);
	pthread_mutex_unlock(&s->lock);
	return number;
}

const char *sites_name(struct sites *s, uint32_t number)
{
	const char *name = NULL;

	pthread_mutex_lock(&s->lock);
	if (number && number < s->names.n)
		name = value_text(&s->names, number);
	pthread_mutex_unlock(&s->lock);
	return name;
}

void sites_each(const struct spool *sp, bool (*call)(void *ctx, const char *name), void *ctx)
{
	int fd = openat(sp->sites, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && (e = readdir(dir)))
		if (exists(sp, e->d_name) && !call(ctx, e->d_name))
			break;
	if (dir)
		closedir(dir);
}

/* --- the document -------------------------------------------------------------------- */

static void doc_name(const char *name, char file[DOC_NAME])
{
	snprintf(file, DOC_NAME, "sites/%s.yaml", name);
}

int sites_stat(const struct spool *sp, const char *name, struct stat *st)
{
	char file[DOC_NAME];

	doc_name(name, file);
	if (fstatat(sp->run, file, st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return S_ISREG(st->st_mode) ? 0 : -1;
}

void sites_text(const struct spool *sp, const char *name, struct buf *out)
{
	char file[DOC_NAME];

	doc_name(name, file);
	io_read(sp->run, file, DOC_MAX, out, NULL);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Under the lock.  NULL: there is no document, or none that can be read. */
static const struct site_doc *document(struct sites *s, const struct spool *sp, uint32_t number)
{
	const char *name = value_text(&s->names, number);
	struct buf text = BUF_INIT;
	struct stat st;
	int rc;

	if (sites_stat(sp, name, &st) < 0)
		return NULL;
	if (s->parsed == number && same_file(&st, &s->at))
		return &s->doc;
	sites_text(sp, name, &text);
	s->doc = (struct site_doc){ .name = NULL };
	rc = tree_parse(&s->tree, text.s, text.len, &tree_limits_site, NULL);
	if (rc == 0)
		rc = site_read(&s->tree, s->tree.root, &s->doc, NULL);
	buf_free(&text);
	s->parsed = rc == 0 ? number : 0;
	s->at = st;
	return rc == 0 ? &s->doc : NULL;
}

void sites_with(struct sites *s, const struct spool *sp, uint32_t number,
		void (*call)(void *ctx, const struct site_doc *doc), void *ctx)
{
	const struct site_doc *doc;

	pthread_mutex_lock(&s->lock);
	doc = document(s, sp, number);
	if (doc)
		call(ctx, doc);
	pthread_mutex_unlock(&s->lock);
}

void sites_load(struct sites *s, const struct spool *sp, uint32_t number, struct buf *out)
{
	const struct site_doc *doc;

	pthread_mutex_lock(&s->lock);
	doc = document(s, sp, number);
	if (doc)
		buf_addf(out, "%.2f\n", doc->load);
	pthread_mutex_unlock(&s->lock);
}

/* Dataset names may be anything; a component of a path may not.  Only what was
 * changed on its way to a component has a '%' in it, or was cut. */
static bool is_called(const struct site_dataset *d, const char *name, struct buf *scratch)
{
	if (!strchr(name, '%') && strlen(name) < NAME_MAX - 2)
		return !strcmp(d->name, name);
	buf_reset(scratch);
	title_component(d->name, strlen(d->name), scratch);
	return !strcmp(scratch->s, name);
}

bool sites_dataset(struct sites *s, const struct spool *sp, uint32_t number, const char *name,
		   struct buf *out)
{
	struct buf scratch = BUF_INIT;
	char digest[DIGEST_TEXT];
	const struct site_doc *doc;
	bool found = false;

	pthread_mutex_lock(&s->lock);
	doc = document(s, sp, number);
	for (uint32_t i = 0; doc && !found && i < doc->datasets; i++) {
		found = is_called(&doc->dataset[i], name, &scratch);
		if (!found || !out)
			continue;
		digest_format(&doc->dataset[i].digest, digest);
		buf_addf(out, "bytes: %llu\ndigest: %s\n",
			 (unsigned long long)doc->dataset[i].bytes, digest);
	}
	pthread_mutex_unlock(&s->lock);
	buf_free(&scratch);
	return found;
}

void sites_datasets(struct sites *s, const struct spool *sp, uint32_t number, struct buf *out)
{
	const struct site_doc *doc;

	pthread_mutex_lock(&s->lock);
	doc = document(s, sp, number);
	for (uint32_t i = 0; doc && i < doc->datasets; i++) {
		title_component(doc->dataset[i].name, strlen(doc->dataset[i].name), out);
		buf_addc(out, '\0');
	}
	pthread_mutex_unlock(&s->lock);
}
