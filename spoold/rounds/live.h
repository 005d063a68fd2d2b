/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live - `assess: live`: sites that may have the job are asked to look anew, and it is
 * decided when they have answered, or have not within policy.assess.
 *
 * Only sites in contact are asked: those that sync within that time.  One question at a
 * time is open to a site, for all jobs that wait for its answer; an answer counts for
 * the jobs that waited when it came.  A site that did not answer counts as it told last.
 */
#ifndef SPOOLD_LIVE_H
#define SPOOLD_LIVE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct candidate;
struct hub;

/* Have all answered that may be waited for?  If not they have been asked, and *wake is
 * when to go on without. */
bool live_ready(struct hub *h, uint32_t job, const struct candidate *c, int64_t *wake);
/* A site has told about itself: it may be an answer. */
void live_heard(struct hub *h, uint16_t site);
/* "asked to look anew: north answered; south did not within 10s": who did what. */
void live_words(const struct hub *h, uint32_t job, const struct candidate *c, struct buf *out);

#endif
