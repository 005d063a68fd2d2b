/* SPDX-License-Identifier: GPL-2.0-or-later */
/* why_words - what a job costs at a site, and how old that knowledge is, in words. */
#ifndef SPOOLD_WHY_WORDS_H
#define SPOOLD_WHY_WORDS_H

#include "facts_look.h"

/* "0.3s", "12s", "3min20s", "2h5min", "4 days", "never". */
void why_seconds(struct buf *out, double seconds);
/* Lines that begin with two blanks: how long each step takes, from where its data comes,
 * and how old that is. */
void why_costs(const struct facts_look *l, struct buf *out);
/* A line for a site of many, of those that are not the nearest. */
void why_costs_short(const struct facts_look *l, struct buf *out);
/* What was decided by, in one phrase. */
void why_offer(const struct planner_offer *o, double now, double run, struct buf *out);

#endif
