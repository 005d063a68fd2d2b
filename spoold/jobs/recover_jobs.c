/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recover_jobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "after.h"
#include "arrays.h"
#include "gang.h"
#include "inbox.h"
#include "io.h"
#include "linefile.h"
#include "offers.h"
#include "queue.h"
#include "recover_job.h"
#include "transition.h"

struct job_recovery {
	struct hub *h;
	struct inbox_seen *seen;
	struct buf text;
	const struct timespec *since;
	struct recovered *found;
};

/* The directory follows the history. */
static int reconcile(struct job_recovery *v, enum phase in, const char *name, const struct job_state *st,
		     struct diag *d)
{
	struct spool *s = &v->h->spool;

	if (st->whole < v->text.len) {
		if (linefile_cut(s->jobs[in], name, st->whole, d) < 0)
			return -1;
		v->found->torn++;
		v->h->unflushed = true;
	}
	if (st->phase == in)
		return 0;
	if (renameat(s->jobs[in], name, s->jobs[st->phase], name) < 0)
		return diag_errno(d, "cannot move job %s from %s to %s", name, phase_name(in),
				  phase_name(st->phase));
	v->found->moved++;
	v->h->unflushed = true;
	return 0;
}

static int drop_file(struct job_recovery *v, enum phase in, const char *name, struct diag *d)
{
	v->found->removed++;
	v->h->unflushed = true;
	return unlinkat(v->h->spool.jobs[in], name, 0) < 0 ? diag_errno(d, "cannot remove %s", name) : 0;
}

static int load_job(struct job_recovery *v, enum phase in, const char *name, struct diag *d)
{
	struct spool *s = &v->h->spool;
	struct diag why = DIAG_INIT;
	struct job_state st;
	struct uuid id;
	uint32_t j = NO_JOB;
	int known;

	if (!spool_job_id(name, &id))
		return 0;
	buf_reset(&v->text);
	if (io_read(s->jobs[in], name, 64u << 20, &v->text, d) < 0)
		return errno == ENOENT ? 0 : -1;
	if (jobfile_read(v->text.s, v->text.len, &st, &why) < 0) {
		if (why.err != ENODATA) {
			hub_log("job %s in %s is left alone: line %d: %s", name, phase_name(in), why.line,
				why.text);
			return 0;
		}
		return drop_file(v, in, name, d);
	}
	/* A phase that needs a site, and none: the line with it was lost. */
	if (!st.site[0] && st.phase >= PHASE_WAITING && !phase_final(st.phase))
		st.phase = PHASE_PENDING;
	known = gang_knows(v->h, &st.record, d);
	if (known <= 0)
		return known < 0 ? -1 : drop_file(v, in, name, d);
	if (reconcile(v, in, name, &st, d) < 0 || inbox_seen_job(v->h, v->seen, &st.record, d) < 0)
		return -1;
	if (phase_final(st.phase) || jobs_find(&v->h->jobs, &id) != NO_JOB)
		return 0;
	v->found->count++;
	if (recover_job(v->h, &st, &j, &why) < 0) {
		hub_log("job %s cannot be taken up again: %s", name, why.text);
		return why.err == ENOMEM ? diag_nomem(d) : 0;
	}
	return st.phase == PHASE_OFFERED ? offers_recover(v->h, j, &v->text, d) : 0;
}

static bool earlier(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* Of jobs that have ended only those are looked at of which something may be
 * missing, or whose drop may still be there. */
static bool worth_a_look(const struct job_recovery *v, enum phase p, const char *name)
{
	struct stat st;

	return !phase_final(p) ||
	       fstatat(v->h->spool.jobs[p], name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	       !earlier(&st.st_ctim, v->since);
}

static int load_phase(struct job_recovery *v, enum phase p, struct diag *d)
{
	DIR *dir = io_list(v->h->spool.jobs[p], ".", d);
	int r = 0;
	struct dirent *e;

	if (!dir)
		return -1;
	while (r == 0 && (errno = 0, e = readdir(dir)))
		if (worth_a_look(v, p, e->d_name))
			r = load_job(v, p, e->d_name, d);
	if (r == 0 && errno)
		r = diag_errno(d, "cannot list jobs/%s", phase_name(p));
	closedir(dir);
	return r;
}

static const struct hub *sorting;

static int by_id(const void *a, const void *b)
{
	return uuid_cmp(&sorting->jobs.job[*(const uint32_t *)a].id,
			&sorting->jobs.job[*(const uint32_t *)b].id);
}

/* What waits for others, and arrays, have more in their files. */
static int look_inside(struct hub *h, uint32_t j, struct diag *d)
{
	struct buf text = BUF_INIT;
	int r = transition_read(h, j, &text, d);

	if (r == 0 && h->jobs.job[j].tasks)
		r = arrays_recover(h, j, &text, d);
	if (r == 0 && h->jobs.job[j].waits)
		r = after_recover(h, j, &text, d);
	buf_free(&text);
	return r;
}

/* Directories have no order; ids do. */
static int queue_pending(struct hub *h, struct diag *d)
{
	uint32_t *order = malloc((h->jobs.used + 1) * sizeof *order), n = 0;
	int r = 0;

	if (!order)
		return diag_nomem(d);
	for (uint32_t j = 0; j < h->jobs.used; j++)
		if (h->jobs.job[j].phase == PHASE_PENDING)
			order[n++] = j;
	sorting = h;
	qsort(order, n, sizeof *order, by_id);
	for (uint32_t i = 0; i < n; i++)
		queue_put(h, order[i], false);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		if (h->jobs.job[order[i]].waits || h->jobs.job[order[i]].tasks)
			r = look_inside(h, order[i], d);
	arrays_adopt_all(h);
	free(order);
	return r;
}

int recover_jobs(struct hub *h, struct inbox_seen *seen, const struct timespec *since, struct recovered *found,
		 struct diag *d)
{
	struct job_recovery v = { .h = h, .seen = seen, .text = BUF_INIT, .since = since, .found = found };
	int r = 0;

	for (int p = 0; r == 0 && p < PHASES; p++)
		r = load_phase(&v, (enum phase)p, d);
	if (r == 0)
		r = queue_pending(h, d);
	buf_free(&v.text);
	return r;
}
