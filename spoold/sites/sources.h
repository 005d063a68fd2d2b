/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sources - from where a site would fetch a dataset of the catalogue, and how
 * long that takes.
 *
 * The order is the one in which the site is told to try them (export.h), so what
 * is planned, offered and explained is what is then done: the nearest by what the
 * site has measured, as far as that is fresh (plan/rates.h), else by what
 * config.yaml assumes; what it found in trouble behind all others.  The hub
 * itself comes last, as it serves everybody, unless the site has measured that it
 * is nearer.
 *
 * Sources are the replicas that the catalogue names, other sites that say they have
 * it and whose cache the site can reach, and the hub.
 */
#ifndef SPOOLD_SOURCES_H
#define SPOOLD_SOURCES_H

#include "hub.h"

struct source {
	const char *url;		/* "hub": the hub's own data/ */
	double seconds;			/* for all of it over an idle line */
	double latency;			/* seconds until the first byte; 0: not known */
	double rate, spread;		/* bytes/s that are reckoned with; spread 0: not known */
	int64_t measured;		/* instant; 0: nothing was, the rate is assumed */
	bool trouble;			/* the site did not reach it when it last tried */
};

/* The instant at which the site wrote its document, by the hub's clock as far as
 * can be told.  0: it wrote none. */
int64_t sources_told(const struct hub *h, const struct site *s);
/* Seconds since something that the site dates so in its document. */
double sources_age(const struct hub *h, const struct site *s, int64_t instant);

/* The nearest first; list and strings go into t.  Returns how many; -1: no memory. */
int sources_list(const struct hub *h, const struct site *s, const struct catalogue_entry *e,
		 struct tree *t, struct source **out, struct diag *d);
/* Over an idle line, from the first of these; url stays valid as long as t does.
 * false: there is none. */
bool sources_nearest(const struct hub *h, const struct site *s, const struct catalogue_entry *e,
		     struct tree *t, struct source *out);
/* What a store of the site gives, for so many bytes; store NULL: the hub, or one
 * that is not known.  url is not filled. */
void sources_reckon(const struct hub *h, const struct site *s, const struct site_store *store,
		    uint64_t bytes, struct source *out);
/* Bytes/s to there that are reckoned with: as measured, else as from there. */
double sources_upload(const struct hub *h, const struct site *s, const struct site_store *store);

#endif
