/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub.h"
#include "inbox.h"
#include "instant.h"
#include "io.h"
#include "linefile.h"
#include "reserved_part.h"
#include "said.h"

enum { FILE_MAX = 64 << 20 };

/* --- writing ---------------------------------------------------------------------- */

int reserved_write_phase(struct hub *h, uint32_t i, enum reservation_phase to, struct buf *line,
			 struct diag *d)
{
	const int *dir = h->spool.reservations;
	char name[SPOOL_JOB_NAME];

	spool_job_name(&h->reservations.item[i].id, name);
	said_mark(h, line);
	line_end(line);
	h->unflushed = true;
	if (line->failed)
		return diag_nomem(d);
	return linefile_move(dir[RESERVATION_ACTIVE], dir[to], name, line, d);
}

void reserved_remark(struct hub *h, uint32_t i, struct buf *line)
{
	struct diag d = DIAG_INIT;

	if (reserved_write_phase(h, i, RESERVATION_ACTIVE, line, &d) < 0)
		hub_trouble(h, "writing a reservation's file", &d);
}

/* --- starting again ------------------------------------------------------------------- */

struct recovery {
	struct hub *h;
	const struct inbox_seen *seen;
	const struct timespec *since;
	struct buf text;
};

/* The directory follows the history, as for jobs. */
static int reconcile(struct recovery *v, enum reservation_phase in, const char *name,
		     const struct reservation_state *st, struct diag *d)
{
	const int *dir = v->h->spool.reservations;

	if (st->whole < v->text.len && linefile_cut(dir[in], name, st->whole, d) < 0)
		return -1;
	if (st->whole < v->text.len || st->phase != in)
		v->h->unflushed = true;
	if (st->phase != in && renameat(dir[in], name, dir[st->phase], name) < 0)
		return diag_errno(d, "cannot move reservation %s", name);
	return 0;
}

static int take_up(struct recovery *v, const struct reservation_state *st, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct reservation r;
	int got = -1;

	if (reserved_find(v->h, &st->record.id) != NO_RESERVED)
		return 0;
	if (tree_parse(&t, st->body, st->body_len, NULL, d) == 0 && reservation_read(&t, t.root, &r, d) == 0)
		got = reserved_add(v->h, st, &r, d) == NO_RESERVED ? -1 : 0;
	tree_free(&t);
	return got;
}

static int load_one(struct recovery *v, enum reservation_phase in, const char *name, struct diag *d)
{
	int dir = v->h->spool.reservations[in];
	struct diag why = DIAG_INIT;
	struct reservation_state st;
	struct uuid id;

	if (!spool_job_id(name, &id))
		return 0;
	buf_reset(&v->text);
	if (io_read(dir, name, FILE_MAX, &v->text, d) < 0)
		return errno == ENOENT || !v->seen ? 0 : -1;
	if (reservation_file_read(v->text.s, v->text.len, &st, &why) < 0) {
		if (why.err != ENODATA)
			hub_log("reservation %s is left alone: line %d: %s", name, why.line, why.text);
		else if (v->seen && unlinkat(dir, name, 0) < 0)
			return diag_errno(d, "cannot remove %s", name);
		v->h->unflushed |= why.err == ENODATA;
		return 0;
	}
	if (v->seen && (reconcile(v, in, name, &st, d) < 0 ||
			inbox_seen_job(v->h, v->seen, &st.record, d) < 0))
		return -1;
	if (st.phase != RESERVATION_ACTIVE || take_up(v, &st, &why) == 0)
		return 0;
	hub_log("reservation %s cannot be taken up again: %s", name, why.text);
	return why.err == ENOMEM ? diag_nomem(d) : 0;
}

/* Of those that have ended only what may be half done, or half flushed. */
static bool worth_a_look(const struct recovery *v, enum reservation_phase p, const char *name)
{
	struct stat st;

	if (p == RESERVATION_ACTIVE)
		return true;
	return v->seen && (fstatat(v->h->spool.reservations[p], name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			   st.st_ctim.tv_sec >= v->since->tv_sec);
}

static int load_phase(struct recovery *v, enum reservation_phase p, struct diag *d)
{
	DIR *dir = io_list(v->h->spool.reservations[p], ".", d);
	struct dirent *e;
	int r = 0;

	if (!dir)
		return v->seen ? -1 : 0;
	while (r == 0 && (errno = 0, e = readdir(dir)))
		if (worth_a_look(v, p, e->d_name))
			r = load_one(v, p, e->d_name, d);
	if (r == 0 && errno)
		r = diag_errno(d, "cannot list reservations/%s", reservation_phase_name(p));
	closedir(dir);
	return r;
}

int reserved_recover(struct hub *h, const struct inbox_seen *seen, const struct timespec *since,
		     struct diag *d)
{
	struct recovery v = { .h = h, .seen = seen, .since = since, .text = BUF_INIT };
	int r = 0;

	for (int p = 0; r == 0 && p < RESERVATION_PHASES; p++)
		r = load_phase(&v, (enum reservation_phase)p, d);
	buf_free(&v.text);
	return r;
}
