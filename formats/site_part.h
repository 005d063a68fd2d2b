/* SPDX-License-Identifier: GPL-2.0-or-later */
/* site_part - the pieces of site_read(): what a site says of its load, data and wishes. */
#ifndef FORMATS_SITE_PART_H
#define FORMATS_SITE_PART_H

#include "field.h"
#include "site.h"

/* What a newer agent says besides is no reason not to hear it. */
#define SITE_OTHERS { "*", FIELD_OTHERS }

struct site_nodes {
	const struct node *machine, *stores, *cache, *dropped, *transfers, *pull;
};

int site_read_more(struct tree *t, const struct site_nodes *n, struct site_doc *s,
		   struct diag *d);

/* For site_write(): each adds its lines, or nothing. */
void site_write_pull(struct buf *b, const struct site_doc *s);
void site_write_machine(struct buf *b, const struct site_doc *s);
void site_write_stores(struct buf *b, const struct site_doc *s);
void site_write_cache(struct buf *b, const struct site_doc *s);
void site_write_dropped(struct buf *b, const struct site_doc *s);
void site_write_transfers(struct buf *b, const struct site_doc *s);
void site_write_down(struct buf *b, const struct site_doc *s);
void site_write_compute(struct buf *b, const struct site_doc *s);

#endif
