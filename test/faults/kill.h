/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kill - SIGKILL for one process, before or after one of the calls with which
 * its program changes files; and, if the options say so, for more of them while
 * the life goes on: what mends the first harm is harmed too.
 */
#ifndef TEST_FAULTS_KILL_H
#define TEST_FAULTS_KILL_H

#include "harm.h"

struct killing {
	struct harm *h;
	long left;			/* calls until it strikes; below 0: it does not */
	bool after;			/* strikes after that call */
	bool anybody;			/* spoold or an agent, whoever makes it; else h->o->program */
	int more;			/* kills after that one */
	uint64_t random;		/* where they strike */
};

/* The first kill at this call. */
struct killing killing_at(struct harm *h, long call);
/* All of them at random, for anybody. */
struct killing killing_at_random(struct harm *h);

/* With the killing as l->ctx. */
life_hook killing_strike;
/* For l->on_run. */
void killing_over(struct life *l);

#endif
