/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_table - the sites, what each holds, and how much more it wants.
 */
#ifndef SPOOLD_SITE_TABLE_H
#define SPOOLD_SITE_TABLE_H

#include "hub.h"

/* The site's number; NO_SITE: unknown. */
uint16_t site_table_find(const struct hub *h, const char *name);
/* Find or add, and open its directories if they are there. */
uint16_t site_table_add(struct hub *h, const char *name, struct diag *d);
/* Look at sites/: add new directories, with down/ and up/ made where missing. */
int site_table_scan(struct hub *h, struct diag *d);
void site_table_free(struct hub *h);

/* Take over a site document (text of YAML).  keep: also write it to run/sites/. */
int site_table_learn(struct hub *h, uint16_t site, const char *text, size_t len, bool keep,
		     struct diag *d);

/* A job was assigned to the site, or is there no longer.  One whose agreed start
 * is to come uses none of its pull credit until it starts. */
void site_table_hold(struct hub *h, uint16_t site, uint32_t job);
void site_table_starts(struct hub *h, uint16_t site, uint32_t job);
void site_table_release(struct hub *h, uint16_t site, uint32_t job);

/* An open offer that may start at once holds what it offers (by +1), or does no
 * longer (-1). */
void site_table_promise(struct hub *h, const struct offer *o, int by);

/* Would this demand stay within the site's pull credit, on top of what it holds? */
bool site_table_wants(const struct hub *h, uint16_t site, const struct demand *demand);
/* Heard of within the lease, and its mail is readable. */
bool site_table_alive(const struct hub *h, uint16_t site);

#endif
