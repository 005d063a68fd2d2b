/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth_check.h"
#include "accounts.h"
#include "after.h"
#include "arrays.h"
#include "command.h"
#include "fresh.h"
#include "grow.h"
#include "io.h"
#include "drop.h"
#include "drop_name.h"
#include "gang.h"
#include "lifetime.h"
#include "memo.h"
#include "names.h"
#include "queue.h"
#include "reserved.h"
#include "shapes.h"

/* Text held in memory for one flush; job files are small, but need not be. */
enum { BATCH_BYTES = 32 << 20 };

/* Of what takes a drop: it stays for now, and there will be a call. */
enum { DROP_UNDECIDED = 1 };

/* --- one drop ---------------------------------------------------------------- */

void inbox_user_name(uid_t uid, char out[64])
{
	static uid_t last_uid = (uid_t)-1;
	static char last[64];
	struct passwd *pw;

	if (uid != last_uid || !last[0]) {
		pw = getpwuid(uid);
		if (pw && pw->pw_name[0])
			snprintf(last, sizeof last, "%s", pw->pw_name);
		else
			snprintf(last, sizeof last, "%ju", (uintmax_t)uid);
		last_uid = uid;
	}
	snprintf(out, 64, "%s", last);
}

/* What is not in the record: that it waits for others, that it has many tasks. */
struct extra { struct after_id *id; uint32_t count; const struct array *array; };

/* The job exists from here on in memory; its file is written when it is known
 * in which phase it begins. */
static int add_job(struct hub *h, const struct drop *p, const struct memo_entry *e,
		   struct job_record r, const struct extra *x, struct diag *d)
{
	struct fresh *f;
	uint32_t j;

	if (hub_leave_reserve(h, 1, d) < 0)
		return -1;
	uuid_v7_new(&r.id);
	r.owner = p->st.st_uid;
	r.time = h->now;
	r.retries = e->retries;
	r.tasks = x->array ? x->array->tasks : 0;
	inbox_user_name(r.owner, r.user);
	snprintf(r.name, sizeof r.name, "%s", e->name);
	snprintf(r.drop, sizeof r.drop, "%s", p->name);
	drop_mark_text(&p->mark, r.source);
	j = fresh_add(h, &r, shapes_find(&h->shapes, e->shape), p->text.s, p->text.len, d);
	if (j == NO_JOB)
		return -1;
	f = &h->fresh[h->freshes - 1];
	f->mark = p->mark;
	f->dropped = true;
	if (after_begin(h, j, x->id, x->count, &f->text, d) < 0 ||
	    (x->array && arrays_begin(h, j, x->array, &r, p->text.s, p->text.len, d) < 0)) {
		fresh_drop(h, j);
		return -1;
	}
	names_note(h, r.owner, r.name, &r.id);
	queue_put(h, j, false);
	h->count.drops++;
	return 0;
}

/* A task takes its array's place among the sites. */
static int check_array(const struct request *r, struct diag *d)
{
	struct buf text = BUF_INIT;
	int got = 0;

	shape_text(r, &text);
	if (text.failed)
		got = diag_nomem(d);
	else if (strstr(text.s, "${index}"))
		got = diag_set(d, "array: ${index} is for the task; all tasks have to be alike to sites");
	buf_free(&text);
	return got;
}

static int take_job(struct hub *h, const struct drop *p, const struct memo_key *k, struct tree *t,
		    struct diag *d)
{
	struct memo_entry e = { .key = *k };
	struct job_record rec = { 0 };
	struct extra x = { NULL, 0, NULL };
	struct request r;
	uint32_t shape;
	int known;

	if (request_read(t, t->root, &r, d) < 0)
		return -1;
	known = auth_check_drop(h, p, &r, &rec, d);
	if (known <= 0)
		return known < 0 ? -1 : DROP_UNDECIDED;
	shape = shapes_intern(h, &r, d);
	if (shape == NO_SHAPE)
		return -1;
	e.shape = h->shapes.row[shape].hash;
	snprintf(e.name, sizeof e.name, "%s", r.name ? r.name : "");
	e.retries = r.retries;
	/* What a program said holds once, and so does the job that a name means. */
	if (!rec.auth[0] && !r.afters && !r.array.tasks)
		memo_keep(h->memo, &e);
	x.id = tree_alloc(t, (r.afters + 1) * sizeof *x.id);
	if (!x.id)
		return diag_nomem(d);
	x.count = r.afters;
	if (r.array.tasks)
		x.array = &r.array;
	if ((x.array && check_array(&r, d) < 0) || after_resolve(h, &r, p->st.st_uid, x.id, d) < 0)
		return -1;
	return add_job(h, p, &e, rec, &x, d);
}

static int take_command(struct hub *h, const struct drop *p, const struct tree *t, struct diag *d)
{
	struct command c;
	int r;

	if (command_read(t->root, &c, d) < 0 || hub_leave_reserve(h, 1, d) < 0)
		return -1;
	drop_mark_text(&p->mark, h->command);
	r = command_run(h, &c, p->st.st_uid, d);
	h->command[0] = '\0';
	if (r < 0)
		return -1;
	hub_leave(h, p->name, &p->mark);
	h->count.commands++;
	return 0;
}

static int take_document(struct hub *h, const struct drop *p, const struct memo_key *k, struct diag *d)
{
	struct tree t = TREE_INIT;
	int r = -1;

	if (tree_parse(&t, p->text.s, p->text.len, NULL, d) == 0) {
		switch (drop_kind(t.root, d)) {
		case DROP_JOB:
			r = take_job(h, p, k, &t, d);
			break;
		case DROP_COMMAND:
			r = take_command(h, p, &t, d);
			break;
		case DROP_RESERVATION:
			r = reserved_take(h, p, &t, d);
			break;
		case DROP_TRANSACTION:
			r = gang_take(h, p, &t, d);
			r = r == GANG_UNDECIDED ? DROP_UNDECIDED : r;
			break;
		default:
			break;
		}
	}
	tree_free(&t);
	return r;
}

static int take_ready(struct hub *h, struct drop *p, struct diag *d)
{
	struct memo_entry known;
	struct memo_key k;

	drop_strip_bom(&p->text);
	p->mark.hash = shapes_hash(&h->shapes, p->text.s, p->text.len);
	memo_key(&h->shapes, &p->text, p->mark.hash, &k);
	return memo_find(h->memo, &k, &known) && shapes_find(&h->shapes, known.shape) != NO_SHAPE
		     ? add_job(h, p, &known, (struct job_record){ 0 }, &(struct extra){ NULL, 0, NULL }, d)
		     : take_document(h, p, &k, d);
}

static int reject(struct hub *h, const struct drop *p, const struct diag *why, struct diag *d)
{
	struct buf reason = BUF_INIT;
	int r;

	diag_format(why, p->name, &reason);
	r = spool_reject_drop(&h->spool, p->name, p->st.st_uid, reason.s, NULL, d);
	if (r == 0)
		hub_log("rejected %s", reason.s);
	buf_free(&reason);
	h->count.rejected++;
	h->unflushed = true;
	return r;
}

/* --- a batch ------------------------------------------------------------------ */

struct batch {
	struct drop *drop;
	uint32_t count, cap;
	size_t bytes;
};

static void batch_free(struct batch *b)
{
	for (uint32_t i = 0; i < b->count; i++)
		buf_free(&b->drop[i].text);
	free(b->drop);
}

static struct drop *batch_room(struct batch *b)
{
	if (!grow(&b->drop, b->count, &b->cap, sizeof *b->drop))
		return NULL;
	b->drop[b->count].text = (struct buf)BUF_INIT;
	return &b->drop[b->count];
}

/* In the order in which they were written; between equals a-9 comes before a-10. */
static int by_time(const void *a, const void *b)
{
	const struct drop *x = a, *y = b;

	if (x->st.st_mtim.tv_sec != y->st.st_mtim.tv_sec)
		return x->st.st_mtim.tv_sec < y->st.st_mtim.tv_sec ? -1 : 1;
	if (x->st.st_mtim.tv_nsec != y->st.st_mtim.tv_nsec)
		return x->st.st_mtim.tv_nsec < y->st.st_mtim.tv_nsec ? -1 : 1;
	return strverscmp(x->name, y->name);
}

/* Open what the name stands for.  0: go on; -1: give up for now. */
static int consider(struct hub *h, struct batch *b, const char *name, struct inbox_result *res,
		    struct diag *d)
{
	struct drop *p = batch_room(b);
	struct diag why = DIAG_INIT;

	if (!p)
		return diag_nomem(d);
	snprintf(p->name, sizeof p->name, "%s", name);
	switch (drop_open(h->spool.inbox, h->now, p, &why)) {
	case DROP_READY:
		b->bytes += p->text.len;
		b->count++;
		return 0;
	case DROP_LATER:
		res->later = true;
		break;
	case DROP_REFUSED:
		/* What cannot even be moved away (another's directory) stays, and
		 * holds nothing else up. */
		if (reject(h, p, &why, d) == 0) {
			res->taken++;
		} else if (d->err == ENOSPC) {
			buf_free(&p->text);
			return -1;
		}
		break;
	case DROP_TROUBLE:
		buf_free(&p->text);
		if (why.err == EIO) {	/* this one is on a bad block; others need not be */
			hub_log("inbox/%s: %s", name, why.text);
			h->count.errors++;
			return 0;
		}
		*d = why;
		return -1;
	case DROP_GONE:
		break;
	}
	buf_free(&p->text);
	return 0;
}

static int collect(struct hub *h, struct batch *b, struct inbox_result *res, struct diag *d)
{
	DIR *p = io_list(h->spool.inbox, ".", d);
	int r = 0;
	struct dirent *e;

	if (!p)
		return -1;
	while (r == 0 && (errno = 0, e = readdir(p))) {
		if (drop_name_temporary(e->d_name))
			continue;
		if (hub_is_leaving(h, e->d_name)) {
			/* Another may lie in its place, and nothing tell of it again. */
			res->more |= h->leave.many && !h->leave.again;
			continue;
		}
		if (b->count >= h->config.batch || b->bytes >= BATCH_BYTES) {
			res->more = true;
			break;
		}
		r = consider(h, b, e->d_name, res, d);
	}
	closedir(p);
	return r;
}

int inbox_take(struct hub *h, struct inbox_result *res, struct diag *d)
{
	struct batch b = { 0 };
	int r;

	*res = (struct inbox_result){ 0 };
	r = collect(h, &b, res, d);
	if (b.count)
		qsort(b.drop, b.count, sizeof *b.drop, by_time);
	for (uint32_t i = 0; i < b.count; i++) {
		struct diag why = DIAG_INIT;
		int got = take_ready(h, &b.drop[i], &why);

		if (got == 0) {
			res->taken++;
		} else if (got == DROP_UNDECIDED) {
			continue;
		} else if (why.err) {	/* not the document: memory, the disk */
			*d = why;
			r = -1;
		} else if (!drop_mark_holds(h, b.drop[i].name, &b.drop[i].mark)) {
			res->later = true;	/* mended in the meantime */
		} else if (reject(h, &b.drop[i], &why, d) < 0) {
			r = -1;
		} else {
			res->taken++;
		}
	}
	batch_free(&b);
	return r;
}
