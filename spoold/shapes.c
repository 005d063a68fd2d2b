/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shapes.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "queue.h"

/* A lost key costs time, not truth: shapes are then hashed anew. */
int shapes_open(struct hub *h, struct diag *d)
{
	struct shapes *t = &h->shapes;
	struct buf b = BUF_INIT;
	int r = 0;

	if (sodium_init() < 0)
		return diag_set(d, "libsodium does not start");
	if (io_read(h->spool.run, "key", 64, &b, NULL) == 0 && b.len == sizeof t->key) {
		memcpy(t->key, b.s, sizeof t->key);
	} else {
		randombytes_buf(t->key, sizeof t->key);
		/* Who only looks may not be allowed to read it, and changes nothing. */
		r = h->spool.lock < 0 ? 0 : io_publish(h->spool.run, "key", 0600, t->key, sizeof t->key, IO_SYNC, d);
	}
	buf_free(&b);
	return r;
}

void shapes_free(struct shapes *t)
{
	for (uint32_t i = 0; i < t->count; i++) {
		shape_free(&t->row[i].shape);
		free(t->row[i].cell);
	}
	free(t->row);
	free(t->slot);
	memset(t, 0, sizeof *t);
}

uint64_t shapes_hash(const struct shapes *t, const char *text, size_t len)
{
	uint64_t hash;

	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)text, len, t->key);
	return hash;
}

static uint32_t *slot_of(const struct shapes *t, uint64_t hash)
{
	uint32_t i = (uint32_t)hash & (t->slots - 1);

	while (t->slot[i] && t->row[t->slot[i] - 1].hash != hash)
		i = (i + 1) & (t->slots - 1);
	return &t->slot[i];
}

uint32_t shapes_find(const struct shapes *t, uint64_t hash)
{
	return t->slots ? *slot_of(t, hash) - 1 : NO_SHAPE;
}

static bool grow(struct shapes *t)
{
	uint32_t slots = t->slots ? t->slots * 2 : 256;
	uint32_t *slot, cap = slots / 2;
	struct shape_row *row;

	if (t->count < t->cap)
		return true;
	row = realloc(t->row, cap * sizeof *row);
	if (row)
		t->row = row;
	slot = calloc(slots, sizeof *slot);
	if (!row || !slot) {
		free(slot);
		return false;
	}
	free(t->slot);
	t->slot = slot;
	t->slots = slots;
	t->cap = cap;
	for (uint32_t i = 0; i < t->count; i++)
		*slot_of(t, t->row[i].hash) = i + 1;
	return true;
}

uint32_t shapes_intern(struct shapes *t, const struct request *r, struct diag *d)
{
	struct buf text = BUF_INIT;
	struct shape_row row = { .queue.first = NO_LANE, .wake = INT64_MAX };
	uint32_t i;

	shape_text(r, &text);
	row.hash = shapes_hash(t, text.s, text.len);
	i = text.failed ? NO_SHAPE : shapes_find(t, row.hash);
	if (text.failed)
		diag_nomem(d);
	buf_free(&text);
	if (i != NO_SHAPE || (d && d->err == ENOMEM))
		return i;
	if (!grow(t)) {
		diag_nomem(d);
		return NO_SHAPE;
	}
	if (shape_make(r, &row.shape, d) < 0)
		return NO_SHAPE;
	t->row[t->count] = row;
	*slot_of(t, row.hash) = t->count + 1;
	return t->count++;
}

static bool grow_cells(struct shape_row *row, uint32_t sites)
{
	struct verdict_cell *cell;

	if (row->cells >= sites)
		return true;
	cell = realloc(row->cell, sites * sizeof *cell);
	if (!cell)
		return false;
	memset(cell + row->cells, 0, (sites - row->cells) * sizeof *cell);
	row->cell = cell;
	row->cells = sites;
	return true;
}

const struct match *shapes_match(struct hub *h, uint32_t shape, uint32_t site)
{
	struct shape_row *row = &h->shapes.row[shape];
	struct verdict_cell *cell;

	if (!grow_cells(row, h->sites.count))
		return NULL;
	cell = &row->cell[site];
	if (!cell->decided) {
		match_site(&row->shape, &h->sites.site[site]->doc, &h->config, &h->catalogue,
			   &cell->match, NULL);
		cell->decided = true;
	}
	return &cell->match;
}

void shapes_forget_site(struct hub *h, uint32_t site)
{
	for (uint32_t i = 0; i < h->shapes.count; i++) {
		struct shape_row *row = &h->shapes.row[i];

		row->dirty = true;
		if (site < row->cells)
			row->cell[site].decided = false;
	}
}

void shapes_forget_data(struct hub *h)
{
	for (uint32_t i = 0; i < h->shapes.count; i++) {
		struct shape_row *row = &h->shapes.row[i];

		if (!row->shape.datasets.count)
			continue;
		row->dirty = true;
		for (uint32_t s = 0; s < row->cells; s++)
			row->cell[s].decided = false;
	}
}
