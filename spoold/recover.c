/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounting.h"
#include "accounts.h"
#include "after.h"
#include "arrays.h"
#include "catalogue.h"
#include "gang.h"
#include "inbox.h"
#include "io.h"
#include "lifetime.h"
#include "linefile.h"
#include "message.h"
#include "names.h"
#include "offers.h"
#include "queue.h"
#include "rejected.h"
#include "report.h"
#include "reserved.h"
#include "say.h"
#include "shapes.h"
#include "site_table.h"
#include "transition.h"
#include "trust.h"
#include "site_time.h"
#include "why.h"

struct recovery {
	struct hub *h;
	struct inbox_seen *seen;
	struct buf text;
	struct timespec since;		/* flush_mark_since() */
	struct { uint64_t count, torn, moved, removed; } found;
};

/* --- jobs ------------------------------------------------------------------------ */

static uint32_t shape_of(struct hub *h, const struct job_state *st, struct diag *d)
{
	uint32_t shape = shapes_find(&h->shapes, st->record.shape);
	struct tree t = TREE_INIT;
	struct request r;

	if (shape != NO_SHAPE)
		return shape;
	if (tree_parse(&t, st->body, st->body_len, NULL, d) == 0 && request_read(&t, t.root, &r, d) == 0)
		shape = shapes_intern(h, &r, d);
	tree_free(&t);
	return shape;
}

int recover_job(struct hub *h, const struct job_state *st, uint32_t *index, struct diag *d)
{
	uint32_t shape = shape_of(h, st, d), j;
	struct job *job;

	if (shape == NO_SHAPE)
		return -1;
	j = jobs_add(&h->jobs, &st->record.id);
	if (j == NO_JOB)
		return diag_nomem(d);
	job = &h->jobs.job[j];
	job->shape = shape;
	job->owner = st->record.owner;
	job->name = learned_name(h, &st->record);
	job->lasting = lifetime_likely(st->body, st->body_len);
	job->attempt = st->attempt;
	job->since = st->since;
	job->message = st->message;
	job->cancelling = st->cancelling;
	job->held = st->held && st->phase == PHASE_PENDING;
	job->waits = st->waits && st->phase == PHASE_PENDING;
	job->tasks = job->rests = st->record.tasks;
	job->retries = (uint8_t)st->record.retries;
	names_note(h, job->owner, st->record.name, &job->id);
	job->failures = (uint8_t)(st->failures < 255 ? st->failures : 255);
	if (accounts_user(h, job->owner, st->record.user, d) == NO_ACCOUNT || queue_join(h, j, d) < 0) {
		jobs_remove(&h->jobs, j);
		return -1;
	}
	if (st->record.task && arrays_adopt(h, j, &st->record, d) < 0)
		return -1;
	*index = j;
	jobs_set_phase(&h->jobs, j, st->phase);
	gang_join(h, j, &st->record);
	if (st->phase != PHASE_PENDING && st->phase != PHASE_OFFERED) {
		job->site = site_table_add(h, st->site, d);
		if (job->site == NO_SITE)
			return -1;
		job->agreed = st->start != 0;
		job->start = st->start ? st->start : st->planned;
		if (st->phase >= PHASE_RUNNING)
			job->start = site_time_began(job, st->began, st->since);
		job->length = st->length;
		job->cores = st->cores;
		job->memory = st->memory;
		site_table_hold(h, job->site, j);
		reserved_enter(h, j);
	}
	return 0;
}

/* The directory follows the history; see recover.h. */
static int reconcile(struct recovery *v, enum phase in, const char *name, const struct job_state *st,
		     struct diag *d)
{
	struct spool *s = &v->h->spool;

	if (st->whole < v->text.len) {
		if (linefile_cut(s->jobs[in], name, st->whole, d) < 0)
			return -1;
		v->found.torn++;
		v->h->unflushed = true;
	}
	if (st->phase == in)
		return 0;
	if (renameat(s->jobs[in], name, s->jobs[st->phase], name) < 0)
		return diag_errno(d, "cannot move job %s from %s to %s", name, phase_name(in),
				  phase_name(st->phase));
	v->found.moved++;
	v->h->unflushed = true;
	return 0;
}

static int load_job(struct recovery *v, enum phase in, const char *name, struct diag *d)
{
	struct spool *s = &v->h->spool;
	struct diag why = DIAG_INIT;
	struct job_state st;
	struct uuid id;
	uint32_t j = NO_JOB;

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
		v->found.removed++;
		v->h->unflushed = true;
		return unlinkat(s->jobs[in], name, 0) < 0 ? diag_errno(d, "cannot remove %s", name) : 0;
	}
	/* A phase that needs a site, and none: the line with it was lost. */
	if (!st.site[0] && st.phase >= PHASE_WAITING && !phase_final(st.phase))
		st.phase = PHASE_PENDING;
	if (!gang_knows(v->h, &st.record)) {
		v->found.removed++;
		v->h->unflushed = true;
		return unlinkat(s->jobs[in], name, 0) < 0 ? diag_errno(d, "cannot remove %s", name) : 0;
	}
	if (reconcile(v, in, name, &st, d) < 0 || inbox_seen_job(v->h, v->seen, &st.record, d) < 0)
		return -1;
	if (phase_final(st.phase) || jobs_find(&v->h->jobs, &id) != NO_JOB)
		return 0;
	v->found.count++;
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
static bool worth_a_look(const struct recovery *v, enum phase p, const char *name)
{
	struct stat st;

	return !phase_final(p) ||
	       fstatat(v->h->spool.jobs[p], name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	       !earlier(&st.st_ctim, &v->since);
}

static int load_phase(struct recovery *v, enum phase p, struct diag *d)
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

/* --- mail ------------------------------------------------------------------------- */

struct vouching { struct hub *h; uint16_t site; uint32_t told; uint64_t number; };

/* Waits at the site for the word that this message brings. */
static bool told_by(const struct vouching *v, const struct job *job)
{
	return job->site == v->site && job->phase == PHASE_WAITING && job->message == v->number;
}

static bool count_line(struct vouching *v, const struct line *l)
{
	struct message_assign m;
	struct tree t = TREE_INIT;
	bool good = true;
	uint32_t j;

	if (message_kind(l, NULL) != SAY_ASSIGN)
		return true;
	good = message_read_assign(&t, l, &m, NULL) == 0;
	j = good ? jobs_find(&v->h->jobs, &m.job) : NO_JOB;
	if (j != NO_JOB && told_by(v, &v->h->jobs.job[j]) && v->h->jobs.job[j].attempt == m.attempt)
		v->told++;
	tree_free(&t);
	return good;
}

/*
 * A hidden message that is whole was written when all that it tells of was on
 * disk (hub_commit), and is on disk itself since recover() flushed.  But if its
 * own flush failed, nobody has seen it, and jobs may have been assigned since
 * that count on the same number.
 */
static bool vouch(const char *text, size_t len, void *ctx)
{
	struct vouching *v = ctx;
	struct site *s = v->h->sites.site[v->site];
	struct buf b = { (char *)text, len, 0, false };
	struct line_reader r;
	struct line l;
	bool good = mailbox_lines(&r, &b, NULL) == 0;
	uint32_t waiting = 0;
	int got;

	v->told = 0;
	v->number = s->out.last + 1;
	while (good && (got = line_next(&r, &l, NULL)) != 0)
		good = got > 0 && count_line(v, &l);
	line_close(&r);
	for (uint32_t j = s->held.head; j != NO_JOB; j = v->h->jobs.job[j].next)
		waiting += told_by(v, &v->h->jobs.job[j]);
	return good && waiting == v->told;
}

static int open_mailbox(struct hub *h, uint16_t site, struct diag *d)
{
	struct vouching v = { .h = h, .site = site };
	struct site *s = h->sites.site[site];

	if (mailbox_open(&s->out, s->down, vouch, &v, d) < 0)
		return -1;
	s->cursor = s->out.newest.ack;
	s->peer = s->out.newest.ack_box;
	return 0;
}

/* What cannot be told any more, a dataset has gone, is assigned anew. */
static int assign_again(struct recovery *v, uint32_t j, struct diag *d)
{
	struct hub *h = v->h;
	const struct job *job = &h->jobs.job[j];
	struct diag why = DIAG_INIT;
	char name[SPOOL_JOB_NAME];
	struct job_state st;

	spool_job_name(&job->id, name);
	buf_reset(&v->text);
	if (io_read(h->spool.jobs[job->phase], name, 64u << 20, &v->text, d) < 0 ||
	    jobfile_read(v->text.s, v->text.len, &st, d) < 0)
		return -1;
	if (say_assign(h, j, &st, &why) == 0)
		return 0;
	if (why.err == 0)
		return report_lost(h, j, why.text, d);
	*d = why;
	return -1;
}

/* Assignments that no visible message tells, and cancellations. */
static int tell_again(struct recovery *v, uint16_t site, struct diag *d)
{
	struct hub *h = v->h;
	struct site *s = h->sites.site[site];

	for (uint32_t j = s->held.head, next; j != NO_JOB; j = next) {
		struct job job = h->jobs.job[j];

		next = job.next;
		if (job.message > s->out.last && job.phase == PHASE_WAITING && assign_again(v, j, d) < 0)
			return -1;
		if (job.cancelling)
			say_cancel(h, site, &job.id, job.attempt, "asked for before the hub was restarted");
	}
	return 0;
}

static int load_site_doc(struct hub *h, uint16_t site)
{
	struct buf text = BUF_INIT;
	struct diag d = DIAG_INIT;
	char name[80];
	int r = 0;

	snprintf(name, sizeof name, "%s.yaml", h->sites.site[site]->name);
	if (io_read(h->spool.run_sites, name, 64u << 20, &text, NULL) == 0 &&
	    site_table_learn(h, site, text.s, text.len, false, &d) < 0)
		hub_log("run/sites/%s is not used: %s", name, d.text);
	buf_free(&text);
	return r;
}

/* Numbers must not be guessed: nothing is said until the directory is mended. */
static void stop_box(struct hub *h, uint16_t site, const struct diag *d)
{
	struct site *s = h->sites.site[site];

	s->out.dir = -1;
	if (strncmp(s->stuck_why, d->text, sizeof s->stuck_why - 1))
		hub_log("the mail to %s is stopped: %s", s->name, d->text);
	snprintf(s->stuck_why, sizeof s->stuck_why, "%s", d->text);
}

int recover_mailbox(struct hub *h, uint16_t site, struct diag *d)
{
	struct recovery v = { .h = h, .text = BUF_INIT };
	struct diag why = DIAG_INIT;
	int r = 0;

	if (h->sites.site[site]->down < 0)
		return 0;
	if (open_mailbox(h, site, &why) < 0)
		stop_box(h, site, &why);
	else
		r = tell_again(&v, site, d);
	buf_free(&v.text);
	return r;
}

static int flush(struct hub *h, struct diag *d)
{
	int r = spool_flush(&h->spool, d);

	if (r < 0)
		io_forget_tree(h->spool.root);
	return r;
}

int recover(struct hub *h, struct diag *d)
{
	struct recovery v = { .h = h, .text = BUF_INIT, .since = flush_mark_since(&h->spool) };
	int r = site_table_scan(h, d) < 0 ? -1 : catalogue_read(h, d);

	for (uint32_t i = 0; r == 0 && i < h->sites.count; i++)
		r = load_site_doc(h, (uint16_t)i);
	if (r == 0)
		r = trust_recover(h, d);
	if (r == 0 && !(v.seen = inbox_seen_scan(h, d)))
		r = -1;
	if (r == 0)
		r = reserved_recover(h, v.seen, &v.since, d);
	if (r == 0)
		r = gang_recover(h, v.seen, &v.since, d);
	for (int p = 0; r == 0 && p < PHASES; p++)
		r = load_phase(&v, (enum phase)p, d);
	if (r == 0)
		r = queue_pending(h, d);
	if (r == 0)
		r = gang_finish(h, d);
	if (r == 0)
		r = offers_tidy(h, d);
	if (r == 0)
		r = site_time_recover(h, d);
	if (r == 0)
		why_recover(h);
	if (r == 0)
		r = rejected_recover(h, &v.since, d);
	if (r == 0)
		r = accounting_recover(h, d);
	if (r == 0)
		learned_load(h);
	if (r == 0)
		r = lifetime_recover(h, d);
	/* A process that was killed left what it wrote to the kernel, not to the
	 * disk: nothing may become visible, and no drop go, before it is there. */
	if (r == 0)
		r = flush(h, d);
	if (r == 0)
		gang_flushed(h);
	for (uint32_t i = 0; r == 0 && i < h->sites.count; i++)
		r = recover_mailbox(h, (uint16_t)i, d);
	if (r == 0)
		reserved_finish(h);
	if (r == 0 && (v.found.count || v.found.torn || v.found.moved || v.found.removed))
		hub_log("took up %ju jobs; cut %ju torn ends, finished %ju moves, removed %ju unfinished files",
			(uintmax_t)v.found.count, (uintmax_t)v.found.torn, (uintmax_t)v.found.moved,
			(uintmax_t)v.found.removed);
	inbox_seen_free(v.seen);
	buf_free(&v.text);
	return r;
}
