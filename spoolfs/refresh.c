/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "refresh.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "view.h"

/* --- what to look at ------------------------------------------------------------------ */

void refresh_later(struct refresh *r, const struct uuid *id)
{
	size_t cap = r->cap ? r->cap * 2 : 256;
	struct uuid *more;

	if (r->n == r->cap) {
		more = realloc(r->dirty, cap * sizeof(*more));
		if (!more) {
			r->all = true;
			return;
		}
		r->dirty = more;
		r->cap = cap;
	}
	r->dirty[r->n++] = *id;
}

void refresh_shape(struct refresh *r, const char *shape)
{
	struct why w = WHY_INIT;

	if (shape[0] == '.' || strlen(shape) >= FACTS_SHAPE)
		return;
	why_load(&w, &r->view->spool, shape);
	index_wrlock(&r->view->index);
	index_explain(&r->view->index, shape, &w);
	index_unlock(&r->view->index);
	buf_free(&w.text);
}

/* --- looking at one --------------------------------------------------------------------- */

static void forget_job(struct index *ix, const struct uuid *id)
{
	uint32_t number;

	index_wrlock(ix);
	number = index_find(ix, id);
	if (number && !ix->job[number].archived)
		index_remove(ix, number);
	index_unlock(ix);
}

static enum phase phase_hint(struct index *ix, const struct uuid *id)
{
	enum phase p = PHASE_PENDING;
	uint32_t number;

	index_rdlock(ix);
	number = index_find(ix, id);
	if (number)
		p = (enum phase)ix->job[number].phase;
	index_unlock(ix);
	return p;
}

/* The file is read without the lock.  Nobody else writes what is known of a
 * job that is loaded, and a load begun by others is void by index_put(). */
static void look_at(struct refresh *r, const struct uuid *id)
{
	struct index *ix = &r->view->index;
	uint32_t number;

	if (facts_load(&r->facts, &r->view->spool, id, phase_hint(ix, id), true, NULL) < 0) {
		if (errno == ENOENT)
			forget_job(ix, id);
		return;
	}
	index_wrlock(ix);
	number = index_put(ix, id, r->facts.story.phase);
	if (number)
		ix->job[number].archived = 0;
	if (number)
		index_apply(ix, number, &r->facts);
	index_unlock(ix);
}

static int by_id(const void *a, const void *b)
{
	return uuid_cmp(a, b);
}

static void look_at_marked(struct refresh *r)
{
	if (r->n)
		qsort(r->dirty, r->n, sizeof(*r->dirty), by_id);
	for (size_t i = 0; i < r->n; i++)
		if (!i || uuid_cmp(&r->dirty[i - 1], &r->dirty[i]))
			look_at(r, &r->dirty[i]);
	r->n = 0;
}

/* --- looking at all ------------------------------------------------------------------------ */

static bool unchanged(const struct job *j, int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       j->mtime == facts_nanoseconds(&st.st_mtim) && j->size == st.st_size;
}

/* True: known, in this phase, and (if more than that is known) as it was. */
static bool as_known(struct refresh *r, const struct uuid *id, enum phase p, int dir, const char *name)
{
	struct index *ix = &r->view->index;
	bool known = false, loaded = false;
	struct job j;
	uint32_t number;

	index_wrlock(ix);
	number = index_find(ix, id);
	if (number) {
		ix->job[number].mark = r->round;
		j = ix->job[number];
		known = j.phase == p;
		loaded = j.loaded;
	}
	index_unlock(ix);
	if (!known || !loaded)
		return known;
	return unchanged(&j, dir, name);
}

/* The first scan only takes names: 100,000 files are not read before the mount. */
static void meet(struct refresh *r, const struct uuid *id, enum phase p, bool first)
{
	struct index *ix = &r->view->index;
	uint32_t number;

	if (!first) {
		refresh_later(r, id);
		return;
	}
	index_wrlock(ix);
	number = index_put(ix, id, p);
	if (number) {
		ix->job[number].mark = r->round;
		ix->job[number].old = 1;
	}
	index_unlock(ix);
}

static void scan_phase(struct refresh *r, enum phase p, bool first)
{
	int fd = openat(r->view->spool.jobs[p], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	struct uuid id;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && (e = readdir(dir)))
		if (spool_job_id(e->d_name, &id) && !as_known(r, &id, p, fd, e->d_name))
			meet(r, &id, p, first);
	if (dir)
		closedir(dir);
}

/* What the scan did not meet has gone, or moved behind its back. */
static void mark_unmet(struct refresh *r)
{
	struct index *ix = &r->view->index;

	index_rdlock(ix);
	for (uint32_t i = 1; i < ix->n; i++)
		if (ix->job[i].used && !ix->job[i].archived && ix->job[i].mark != r->round)
			refresh_later(r, &ix->job[i].id);
	index_unlock(ix);
}

/* There are few shapes: all that are explained are looked at again, and those
 * that were. */
static void scan_shapes(struct refresh *r)
{
	const struct values *s = &r->view->index.by[BY_SHAPE];
	struct buf names = BUF_INIT;

	index_rdlock(&r->view->index);
	for (uint32_t i = 1; i < s->n; i++)
		if (s->v[i].text)
			buf_add(&names, s->v[i].text, s->v[i].len + 1);
	index_unlock(&r->view->index);
	for (size_t at = 0; at < names.len; at += strlen(names.s + at) + 1)
		refresh_shape(r, names.s + at);
	buf_free(&names);
}

static void scan(struct refresh *r, bool first)
{
	r->round++;
	for (int p = 0; p < PHASES; p++)
		scan_phase(r, (enum phase)p, first);
	if (first)
		return;
	mark_unmet(r);
	scan_shapes(r);
}

void refresh_first(struct refresh *r)
{
	scan(r, true);
}

void refresh_now(struct refresh *r)
{
	if (r->all) {
		r->all = false;
		scan(r, false);
	}
	look_at_marked(r);
}

void refresh_free(struct refresh *r)
{
	facts_free(&r->facts);
	free(r->dirty);
}
