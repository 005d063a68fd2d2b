/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shapes.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub.h"
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

uint64_t shapes_hash(const struct shapes *t, const char *text, size_t len)
{
	uint64_t hash;

	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)text, len, t->key);
	return hash;
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
	for (uint32_t i = 0; i < h->shapes.used; i++) {
		struct shape_row *row = &h->shapes.row[i];

		row->dirty = true;
		if (site < row->cells)
			row->cell[site].decided = false;
	}
}

void shapes_forget_data(struct hub *h)
{
	for (uint32_t i = 0; i < h->shapes.used; i++) {
		struct shape_row *row = &h->shapes.row[i];

		if (!row->shape.datasets.count)
			continue;
		row->dirty = true;
		for (uint32_t s = 0; s < row->cells; s++)
			row->cell[s].decided = false;
	}
}
