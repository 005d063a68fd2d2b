/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The slow half of the index: what needs files to be read, and so no lock held. */
#include <errno.h>
#include <string.h>

#include "index.h"
#include "loop.h"

/* Read the file and take it over, unless a newer hint came meanwhile.  What
 * cannot be read at all (EIO, no memory) stays unloaded for the next who asks. */
static int load_one(struct index *ix, uint32_t number, const struct job *seen, struct facts *f)
{
	struct job *j;
	int rc;

	if (facts_load(f, ix->spool, &seen->id, (enum phase)seen->phase, true, NULL) < 0)
		return -1;
	index_wrlock(ix);
	j = index_job(ix, number, seen->gen);
	rc = j && j->version == seen->version && !j->loaded ? index_apply(ix, number, f) : 0;
	index_unlock(ix);
	return rc;
}

/* With what its shape says of it, if that is what `why` holds. */
static void copy(const struct index *ix, const struct job *j, struct job *out)
{
	const struct value *shape = index_shape(ix, j);

	*out = *j;
	out->why_mtime = j->mtime;
	if (shape && shape->why_mtime > j->mtime)
		out->why_mtime = shape->why_mtime;
	if (shape)
		out->why_len = shape->why_len;
	if (shape)
		out->status_len += (uint32_t)strlen(value_text(&ix->reasons, shape->eta));
}

void index_eta(struct index *ix, uint32_t number, uint16_t gen, struct buf *out)
{
	const struct value *shape;
	const struct job *j;

	index_rdlock(ix);
	j = index_job(ix, number, gen);
	shape = j ? index_shape(ix, j) : NULL;
	if (shape)
		buf_adds(out, value_text(&ix->reasons, shape->eta));
	index_unlock(ix);
}

int index_need(struct index *ix, uint32_t number, uint16_t gen, int see, struct job *out)
{
	struct facts f = FACTS_INIT;
	struct job *j;
	int rc = 0;

	do {
		index_rdlock(ix);
		j = index_job(ix, number, gen);
		if (j) {
			if (j->loaded)
				index_see(ix, j, see);
			copy(ix, j, out);
		}
		index_unlock(ix);
		if (!j)
			errno = ENOENT;
		if (!j || out->loaded)
			break;
		rc = load_one(ix, number, out, &f);
	} while (rc == 0);
	facts_free(&f);
	return j && out->loaded ? 0 : -1;
}

void index_load_all(struct index *ix, const bool *stop)
{
	struct facts f = FACTS_INIT;
	struct job seen;

	for (uint32_t i = 1; !__atomic_load_n(stop, __ATOMIC_RELAXED); i++) {
		bool end, want = false;

		index_rdlock(ix);
		end = i >= ix->n;
		if (!end) {
			seen = ix->job[i];
			want = seen.used && !seen.loaded;
		}
		index_unlock(ix);
		if (end)
			break;
		if (want)
			load_one(ix, i, &seen, &f);
	}
	facts_free(&f);
	index_set_complete(ix);
}

void index_set_complete(struct index *ix)
{
	pthread_mutex_lock(&ix->loading);
	ix->complete = true;
	pthread_cond_broadcast(&ix->loaded);
	pthread_mutex_unlock(&ix->loading);
}

void index_wait(struct index *ix)
{
	pthread_mutex_lock(&ix->loading);
	if (!ix->complete)
		loop_slow();
	while (!ix->complete)
		pthread_cond_wait(&ix->loaded, &ix->loading);
	pthread_mutex_unlock(&ix->loading);
}
