/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "instant.h"
#include "loop.h"

enum { NAME, USER, PHASE, SITE, COLUMNS };
enum { WIDEST = 32, ROWS_AT_ONCE = 500 };

static const char *const titles[COLUMNS] = { "NAME", "USER", "PHASE", "SITE" };

struct row {
	struct uuid id;
	uint32_t number;
	uint16_t gen;
};

struct queue {
	struct view *view;
	struct row *row;
	size_t n, cap, next;	/* next: the first that is not written yet */
	int width[COLUMNS];
	struct buf text;
	pthread_mutex_t lock;	/* one open file may be read by many threads */
};

/* --- what is in it ---------------------------------------------------------------- */

static const char *cell(const struct index *ix, const struct job *j, int column)
{
	static const enum by by[COLUMNS] = { BY_NAME, BY_USER, BY_PHASE, BY_SITE };
	const char *text = value_text(&ix->by[by[column]], j->value[by[column]]);

	return *text ? text : "-";
}

/* Characters, not bytes: the second and later bytes of one are 10xxxxxx. */
static int columns_of(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void widen(struct queue *q, const struct job *j)
{
	for (int c = 0; c < COLUMNS; c++) {
		int w = columns_of(cell(&q->view->index, j, c));

		if (w > q->width[c])
			q->width[c] = w < WIDEST ? w : WIDEST;
	}
}

static bool add(struct queue *q, const struct job *j, uint32_t number)
{
	size_t cap = q->cap ? q->cap * 2 : 64;
	struct row *more;

	if (q->n == q->cap) {
		more = realloc(q->row, cap * sizeof(*more));
		if (!more)
			return false;
		q->row = more;
		q->cap = cap;
	}
	q->row[q->n++] = (struct row){ j->id, number, j->gen };
	widen(q, j);
	return true;
}

static bool add_phase(struct queue *q, enum phase p, const struct who *who, uint32_t site)
{
	const struct index *ix = &q->view->index;
	uint32_t i = ix->by[BY_PHASE].v[ix->phase_value[p]].head;

	for (; i; i = ix->job[i].list[BY_PHASE].next) {
		const struct job *j = &ix->job[i];

		if (who_sees(who, j->owner) && (!site || j->value[BY_SITE] == site) && !add(q, j, i))
			return false;
	}
	return true;
}

static int by_id(const void *a, const void *b)
{
	return uuid_cmp(&((const struct row *)a)->id, &((const struct row *)b)->id);
}

static bool collect(struct queue *q, const struct who *who, const char *site)
{
	struct index *ix = &q->view->index;
	uint32_t value = 0;
	bool fine = true;

	index_wait(ix);
	index_rdlock(ix);
	if (site)
		value = value_find(&ix->by[BY_SITE], site, strlen(site));
	for (int p = 0; fine && p < PHASES && (!site || value); p++)
		if (!phase_final((enum phase)p))
			fine = add_phase(q, (enum phase)p, who, value);
	index_unlock(ix);
	if (q->n)
		qsort(q->row, q->n, sizeof(*q->row), by_id);
	return fine;
}

/* --- writing it --------------------------------------------------------------------------- */

static void pad(struct buf *b, const char *text, int width)
{
	int n = columns_of(text);

	buf_adds(b, text);
	do
		buf_addc(b, ' ');
	while (n++ <= width);
}

static void write_title(struct queue *q)
{
	pad(&q->text, "ID", UUID_LEN);
	for (int c = 0; c < COLUMNS; c++)
		pad(&q->text, titles[c], q->width[c]);
	pad(&q->text, "SINCE", INSTANT_TEXT);
	buf_adds(&q->text, "REASON\n");
}

static void write_row(struct queue *q, const struct row *r)
{
	const struct index *ix = &q->view->index;
	const struct job *j = index_job(ix, r->number, r->gen);
	const struct value *shape = j ? index_shape(ix, j) : NULL;
	uint32_t reason = shape ? shape->reason : j ? j->reason : 0;
	char id[UUID_TEXT];

	if (!j || phase_final((enum phase)j->phase))
		return;
	uuid_format(&j->id, id);
	pad(&q->text, id, UUID_LEN);
	for (int c = 0; c < COLUMNS; c++)
		pad(&q->text, cell(ix, j, c), q->width[c]);
	instant_format(j->since, &q->text);
	buf_adds(&q->text, "  ");
	buf_adds(&q->text, reason ? value_text(&ix->reasons, reason) : "-");
	buf_addc(&q->text, '\n');
}

static void write_some(struct queue *q)
{
	size_t end = q->next + ROWS_AT_ONCE;

	index_rdlock(&q->view->index);
	for (; q->next < q->n && q->next < end; q->next++)
		write_row(q, &q->row[q->next]);
	index_unlock(&q->view->index);
}

void queue_reply(struct queue *q, fuse_req_t req, size_t size, off_t off)
{
	size_t at, len;
	char *copy;

	loop_slow();
	pthread_mutex_lock(&q->lock);
	while (q->next < q->n && q->text.len < (size_t)off + size && !q->text.failed)
		write_some(q);
	at = (size_t)off < q->text.len ? (size_t)off : q->text.len;
	len = q->text.len - at;
	if (len > size)
		len = size;
	copy = malloc(len + 1);
	if (copy)
		memcpy(copy, q->text.s + at, len);
	pthread_mutex_unlock(&q->lock);
	/* Once answered, it may be closed at any moment: q is no more ours. */
	if (copy)
		fuse_reply_buf(req, copy, len);
	else
		fuse_reply_err(req, ENOMEM);
	free(copy);
}

/* --- begin and end ------------------------------------------------------------------------- */

struct queue *queue_open(struct view *v, const struct who *who, const char *site)
{
	struct queue *q = malloc(sizeof(*q));

	if (!q)
		return NULL;
	*q = (struct queue){ .view = v, .text = BUF_INIT };
	pthread_mutex_init(&q->lock, NULL);
	for (int c = 0; c < COLUMNS; c++)
		q->width[c] = (int)strlen(titles[c]);
	if (!collect(q, who, site)) {
		queue_close(q);
		return NULL;
	}
	write_title(q);
	return q;
}

void queue_close(struct queue *q)
{
	if (!q)
		return;
	free(q->row);
	buf_free(&q->text);
	pthread_mutex_destroy(&q->lock);
	free(q);
}
