/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * samples - what was measured of each store, by probes and by the transfers
 * themselves:
 *
 *	STATE/stores/NAME	lines, the newest last
 *		INSTANT get|put|probe FIRST BYTES MOVING	us, bytes, us
 *		INSTANT fail WORDS
 *
 * Children append, each line by one write(2); the agent cuts a long file.  It is a
 * memory only, and may be deleted.  A sample counts half after an hour, and
 * nothing after a day.
 */
#ifndef AGENT_SAMPLES_H
#define AGENT_SAMPLES_H

#include "settings.h"
#include "site.h"

/* The hub's own data/, as a store: what it is called, and where it lies. */
#define SAMPLES_HUB "hub"

struct store_timing;
enum sample_kind { SAMPLE_GET, SAMPLE_PUT, SAMPLE_PROBE };

void samples_add(const struct settings *set, const char *store, enum sample_kind kind,
		 const struct store_timing *t);
void samples_failed(const struct settings *set, const char *store, const char *words);

/* Medians and spreads, as they are to be told.  Strings go into t. */
void samples_sum_up(const struct settings *set, struct tree *t, const struct settings_store *s,
		    int64_t now, struct site_store *out);
/* The same from the text of such a file. */
void samples_of_text(struct tree *t, const char *text, int64_t now, struct site_store *out);

#endif
