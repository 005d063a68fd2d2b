/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * say - what the hub tells a site, collected until the next commit.
 */
#ifndef SPOOLD_SAY_H
#define SPOOLD_SAY_H

#include "hub.h"

/* Look at this site in the next commit: it may need an answer. */
void say_mark(struct hub *h, uint16_t site);
/* The job's present attempt, with its request out of the job file's text. */
int say_assign(struct hub *h, uint32_t job, const struct job_state *st, struct diag *d);
/* Take the last say_assign to this site back. */
void say_unsay(struct hub *h, uint16_t site);
void say_cancel(struct hub *h, uint16_t site, const struct uuid *job, uint32_t attempt,
		const char *reason);
void say_settle(struct hub *h, uint16_t site, const struct uuid *job, uint32_t attempt);
/* It is to tell about itself: with look after measuring everything, with whole of all
 * that it has.  The number that its answer will have. */
uint32_t say_ask(struct hub *h, uint16_t site, bool look, bool whole);

/* Write every site's message under its hidden name.  A site whose message
 * cannot be written keeps what it has to say, and gets no work until it can. */
void say_hide(struct hub *h);
/* After the flush. */
void say_show(struct hub *h);

#endif
