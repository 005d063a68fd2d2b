/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shapes - the table of all shapes that pending jobs have, each with the
 * queue of its jobs and with every site's verdict, decided once.
 *
 * The hash that a job file records is keyed with run/key, a secret of this
 * spool, so that nobody can make a request that borrows another's verdict.
 */
#ifndef SPOOLD_SHAPES_H
#define SPOOLD_SHAPES_H

#include "hub.h"

#define NO_SHAPE UINT32_MAX

int shapes_open(struct hub *h, struct diag *d);
void shapes_free(struct shapes *t);
uint64_t shapes_hash(const struct shapes *t, const char *text, size_t len);
/* NO_SHAPE: not there. */
uint32_t shapes_find(const struct shapes *t, uint64_t hash);
/* Find or add the shape of a request. */
uint32_t shapes_intern(struct shapes *t, const struct request *r, struct diag *d);
/* This site's verdict, decided now if it was not.  NULL: out of memory. */
const struct match *shapes_match(struct hub *h, uint32_t shape, uint32_t site);
/* What was decided about this site holds no longer. */
void shapes_forget_site(struct hub *h, uint32_t site);
/* Datasets changed: forget the verdicts of shapes that use one. */
void shapes_forget_data(struct hub *h);

#endif
