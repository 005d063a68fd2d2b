/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gang_extra.h"
#include "gang_part.h"
#include "inbox.h"
#include "io.h"
#include "linefile.h"
#include "said.h"
#include "transition.h"

enum { FILE_MAX = 64 << 20 };

/* --- writing --------------------------------------------------------------------------- */

static enum transaction_phase phase_of(const struct gang *x)
{
	return x->placed ? TRANSACTION_PLACED : TRANSACTION_PENDING;
}

int gang_write_phase(struct hub *h, uint32_t g, enum transaction_phase to, struct buf *line, struct diag *d)
{
	const struct gang *x = &h->gangs.item[g];
	const int *dir = h->spool.transactions;
	char name[SPOOL_JOB_NAME];

	spool_job_name(&x->id, name);
	said_mark(h, line);
	line_end(line);
	h->unflushed = true;
	if (line->failed)
		return diag_nomem(d);
	return linefile_move(dir[phase_of(x)], dir[to], name, line, d);
}

int gang_write(struct hub *h, uint32_t g, struct buf *line, struct diag *d)
{
	return gang_write_phase(h, g, phase_of(&h->gangs.item[g]), line, d);
}

/* A power cut must not leave the end of a transaction whose jobs it took: who is
 * to end has all of its members on disk. */
int gang_end(struct hub *h, uint32_t g, enum phase p, const char *by, const char *text, struct diag *d)
{
	struct gang *x = &h->gangs.item[g];
	struct buf line = BUF_INIT;
	char *copy;
	int r;

	if (x->fresh && hub_flush(h) < 0)
		return diag_set(d, "its jobs may not be on disk");
	copy = strdup(text);
	if (!copy)
		return diag_nomem(d);
	line_begin(&line);
	line_text(&line, "end", phase_name(p));
	line_time(&line, "time", h->now);
	if (by)
		line_text(&line, "by", by);
	line_text(&line, "text", text);
	r = gang_write(h, g, &line, d);
	buf_free(&line);
	if (r < 0) {
		free(copy);
		return -1;
	}
	free(x->text);
	x->text = copy;
	x->end = p;
	h->gangs.dirty = true;
	return 0;
}

bool gang_was_cancelled(const struct hub *h, const struct uuid *id)
{
	struct transaction_state st = { .end = PHASE_PENDING };
	struct buf text = BUF_INIT;
	char name[SPOOL_JOB_NAME];
	bool was;

	spool_job_name(id, name);
	was = io_read(h->spool.transactions[TRANSACTION_ENDED], name, FILE_MAX, &text, NULL) == 0 &&
	      transaction_file_read(text.s, text.len, &st, NULL) == 0 && st.end == PHASE_CANCELLED;
	free(st.member);
	buf_free(&text);
	return was;
}

/* --- starting again ------------------------------------------------------------------------ */

struct recovery {
	struct hub *h;
	const struct inbox_seen *seen;
	const struct timespec *since;
	struct buf text;
};

static int reconcile(struct recovery *v, enum transaction_phase in, const char *name,
		     const struct transaction_state *st, struct diag *d)
{
	const int *dir = v->h->spool.transactions;

	if (st->whole < v->text.len && linefile_cut(dir[in], name, st->whole, d) < 0)
		return -1;
	if (st->whole < v->text.len || st->phase != in)
		v->h->unflushed = true;
	if (st->phase != in && renameat(dir[in], name, dir[st->phase], name) < 0)
		return diag_errno(d, "cannot move transaction %s", name);
	return 0;
}

static int take_up(struct recovery *v, const struct transaction_state *st, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct transaction x;
	int got = -1;

	if (st->phase == TRANSACTION_ENDED || gang_find(v->h, &st->record.id) != NO_GANG)
		return 0;
	if (tree_parse(&t, st->body, st->body_len, NULL, d) == 0 && transaction_read(&t, t.root, &x, d) == 0)
		got = gang_add(v->h, st, &x, d) == NO_GANG ? -1 : 0;
	tree_free(&t);
	return got;
}

static int load_one(struct recovery *v, enum transaction_phase in, const char *name, struct diag *d)
{
	int dir = v->h->spool.transactions[in], r;
	struct diag why = DIAG_INIT;
	struct transaction_state st;
	struct uuid id;

	if (!spool_job_id(name, &id))
		return 0;
	buf_reset(&v->text);
	if (io_read(dir, name, FILE_MAX, &v->text, d) < 0)
		return errno == ENOENT ? 0 : -1;
	if (transaction_file_read(v->text.s, v->text.len, &st, &why) < 0) {
		if (why.err != ENODATA)
			hub_log("transaction %s is left alone: line %d: %s", name, why.line, why.text);
		else if (unlinkat(dir, name, 0) < 0)
			return diag_errno(d, "cannot remove %s", name);
		v->h->unflushed |= why.err == ENODATA;
		return 0;
	}
	r = reconcile(v, in, name, &st, d);
	if (r == 0)
		r = inbox_seen_job(v->h, v->seen, &st.record, d);
	if (r == 0 && take_up(v, &st, &why) < 0) {
		hub_log("transaction %s cannot be taken up again: %s", name, why.text);
		r = why.err == ENOMEM ? diag_nomem(d) : 0;
	}
	free(st.member);
	return r;
}

static bool worth_a_look(const struct recovery *v, enum transaction_phase p, const char *name)
{
	struct stat st;

	return p != TRANSACTION_ENDED ||
	       fstatat(v->h->spool.transactions[p], name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	       st.st_ctim.tv_sec >= v->since->tv_sec;
}

static int load_phase(struct recovery *v, enum transaction_phase p, struct diag *d)
{
	DIR *dir = io_list(v->h->spool.transactions[p], ".", d);
	struct dirent *e;
	int r = 0;

	if (!dir)
		return -1;
	while (r == 0 && (errno = 0, e = readdir(dir)))
		if (worth_a_look(v, p, e->d_name))
			r = load_one(v, p, e->d_name, d);
	if (r == 0 && errno)
		r = diag_errno(d, "cannot list transactions/%s", transaction_phase_name(p));
	closedir(dir);
	return r;
}

int gang_recover(struct hub *h, const struct inbox_seen *seen, const struct timespec *since, struct diag *d)
{
	struct recovery v = { .h = h, .seen = seen, .since = since, .text = BUF_INIT };
	int r = 0;

	for (int p = 0; r == 0 && p < TRANSACTION_PHASES; p++)
		r = load_phase(&v, (enum transaction_phase)p, d);
	buf_free(&v.text);
	return r;
}

int gang_knows(const struct hub *h, const struct job_record *r, struct diag *d)
{
	char name[SPOOL_JOB_NAME];
	int there = 0;

	if (!r->member || gang_find(h, &r->transaction) != NO_GANG)
		return 1;
	spool_job_name(&r->transaction, name);
	for (int p = 0; there == 0 && p < TRANSACTION_PHASES; p++)
		there = io_there(h->spool.transactions[p], name, d);
	return there;
}

/* --- members of a pending one ------------------------------------------------------------------ */

static int make_missing(struct hub *h, uint32_t g, struct diag *d)
{
	struct gang *x = &h->gangs.item[g];
	struct buf text = BUF_INIT;
	struct tree t = TREE_INIT;
	struct transaction_state st;
	struct transaction doc;
	struct gang_extra *e;
	char name[SPOOL_JOB_NAME];
	int r = -1;

	spool_job_name(&x->id, name);
	if (io_read(h->spool.transactions[TRANSACTION_PENDING], name, FILE_MAX, &text, d) < 0 ||
	    transaction_file_read(text.s, text.len, &st, d) < 0) {
		buf_free(&text);
		return -1;
	}
	e = calloc(st.members + 1, sizeof *e);
	if (!e)
		diag_nomem(d);
	else if (gang_extra_read(text.s, st.whole, &st, e, d) == 0 &&
		 tree_parse(&t, st.body, st.body_len, NULL, d) == 0 && transaction_read(&t, t.root, &doc, d) == 0)
		r = 0;
	for (uint32_t i = 0; r == 0 && i < st.members && i < doc.jobs; i++)
		if (!x->member[i].gone && spool_job_find(&h->spool, &st.member[i].id) < 0)
			r = gang_make_member(h, &st.record, &st.member[i].id, &doc.job[i], &e[i], d);
	gang_extra_free(e, st.members);
	free(st.member);
	tree_free(&t);
	buf_free(&text);
	return r;
}

/* No site has heard of it: that comes after the flush that the line `placed` had not. */
static int take_back(struct hub *h, uint32_t j, struct diag *d)
{
	struct buf line = BUF_INIT;
	int r;

	transition_line(h, &line, j, PHASE_PENDING);
	line_text(&line, "text", "its transaction was not placed after all");
	r = transition_make(h, j, PHASE_PENDING, &line, d);
	buf_free(&line);
	return r;
}

int gang_finish(struct hub *h, struct diag *d)
{
	int r = 0;

	for (uint32_t g = 0; r == 0 && g < h->gangs.count; g++) {
		struct gang *x = &h->gangs.item[g];
		bool missing = false;

		/* Which are to end may have ended. */
		if (!x->live || x->placed || x->end != PHASE_PENDING)
			continue;
		for (uint32_t i = 0; r == 0 && i < x->members; i++) {
			uint32_t j = jobs_find(&h->jobs, &x->member[i].id);

			missing |= j == NO_JOB && !x->member[i].gone;
			if (j != NO_JOB && h->jobs.job[j].phase != PHASE_PENDING)
				r = take_back(h, j, d);
		}
		if (r == 0 && missing)
			r = make_missing(h, g, d);
	}
	return r;
}
