/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of shapes.h that is about rows: which there are, which are busy. */
#include "shapes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "queue.h"
#include "why.h"

enum { IDLE_MAX = 256 };

static const struct shape_row empty = {
	.busy_at = NO_SHAPE, .next = NO_SHAPE, .prev = NO_SHAPE, .queue.first = NO_LANE,
	.wake = INT64_MAX,
};

/* --- by hash ------------------------------------------------------------------ */

uint32_t shapes_find(const struct shapes *t, uint64_t hash)
{
	uint32_t i, at = 0;

	while ((i = lookup_next(&t->by_hash, (uint32_t)hash, &at)) != NO_ITEM)
		if (t->row[i].hash == hash)
			return i;
	return NO_SHAPE;
}

/* --- room ----------------------------------------------------------------------- */

/* Only called when there is no free row: all of them are in use. */
static bool grow(struct shapes *t)
{
	uint32_t cap = t->cap ? t->cap * 2 : 128, *busy;
	struct shape_row *row;

	row = realloc(t->row, cap * sizeof *row);
	if (row)
		t->row = row;
	busy = realloc(t->busy, cap * sizeof *busy);
	if (busy)
		t->busy = busy;
	if (!row || !busy)
		return false;
	t->cap = cap;
	return true;
}

static uint32_t new_row(struct shapes *t)
{
	uint32_t i = t->used;

	if (!lookup_reserve(&t->by_hash)) {
		return NO_SHAPE;
	} else if (t->count < t->used) {
		i = t->free;
		t->free = t->row[i].next;
	} else if (t->used == t->cap && !grow(t)) {
		return NO_SHAPE;
	} else {
		t->used++;
	}
	t->row[i] = empty;
	t->count++;
	return i;
}

static void free_row(struct hub *h, uint32_t i)
{
	struct shapes *t = &h->shapes;
	struct shape_row *row = &t->row[i];

	why_forget(h, i);
	lookup_remove(&t->by_hash, (uint32_t)row->hash, i);
	shape_free(&row->shape);
	free(row->cell);
	*row = empty;
	row->next = t->free;
	t->free = i;
	t->count--;
}

void shapes_free(struct shapes *t)
{
	for (uint32_t i = 0; i < t->used; i++) {
		shape_free(&t->row[i].shape);
		free(t->row[i].cell);
	}
	free(t->row);
	lookup_free(&t->by_hash);
	free(t->busy);
	memset(t, 0, sizeof *t);
}

/* --- idle: no job has it --------------------------------------------------------- */

static void make_idle(struct shapes *t, uint32_t i)
{
	struct shape_row *row = &t->row[i];

	row->next = NO_SHAPE;
	row->prev = t->idles ? t->idle_last : NO_SHAPE;
	*(t->idles ? &t->row[t->idle_last].next : &t->idle_first) = i;
	t->idle_last = i;
	t->idles++;
}

static void end_idle(struct shapes *t, uint32_t i)
{
	struct shape_row *row = &t->row[i];

	*(row->prev != NO_SHAPE ? &t->row[row->prev].next : &t->idle_first) = row->next;
	*(row->next != NO_SHAPE ? &t->row[row->next].prev : &t->idle_last) = row->prev;
	t->idles--;
}

/* The newest of them stays in any case: somebody may just be looking at it. */
static void forget_oldest(struct hub *h)
{
	struct shapes *t = &h->shapes;

	while (t->idles > IDLE_MAX) {
		uint32_t i = t->idle_first;

		end_idle(t, i);
		free_row(h, i);
	}
}

void shapes_join(struct hub *h, uint32_t shape)
{
	if (!h->shapes.row[shape].jobs++)
		end_idle(&h->shapes, shape);
}

void shapes_part(struct hub *h, uint32_t shape)
{
	if (--h->shapes.row[shape].jobs)
		return;
	make_idle(&h->shapes, shape);
	forget_oldest(h);
}

/* --- busy: a job waits with it ----------------------------------------------------- */

void shapes_busy(struct hub *h, uint32_t shape)
{
	struct shapes *t = &h->shapes;

	t->row[shape].busy_at = t->busies;
	t->busy[t->busies++] = shape;
}

void shapes_rest(struct hub *h, uint32_t shape)
{
	struct shapes *t = &h->shapes;
	uint32_t at = t->row[shape].busy_at, last = t->busy[--t->busies];

	t->busy[at] = last;
	t->row[last].busy_at = at;
	t->row[shape].busy_at = NO_SHAPE;
}

void shapes_wake(struct shape_row *row, int64_t when)
{
	if (when < row->wake)
		row->wake = when;
}

/* --- finding or adding -------------------------------------------------------------- */

uint32_t shapes_intern(struct hub *h, const struct request *r, struct diag *d)
{
	struct shapes *t = &h->shapes;
	struct buf text = BUF_INIT;
	struct shape shape;
	uint64_t hash;
	uint32_t i;

	shape_text(r, &text);
	hash = shapes_hash(t, text.s, text.len);
	i = text.failed ? NO_SHAPE : shapes_find(t, hash);
	if (text.failed)
		diag_nomem(d);
	buf_free(&text);
	if (i != NO_SHAPE || (d && d->err == ENOMEM))
		return i;
	if (shape_make(r, &shape, d) < 0)
		return NO_SHAPE;
	i = new_row(t);
	if (i == NO_SHAPE) {
		shape_free(&shape);
		diag_nomem(d);
		return NO_SHAPE;
	}
	t->row[i].hash = hash;
	t->row[i].shape = shape;
	lookup_add(&t->by_hash, (uint32_t)hash, i);
	make_idle(t, i);
	forget_oldest(h);
	return i;
}
