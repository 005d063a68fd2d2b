/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy - who decides which waiting job goes where.
 *
 *	fifo	in the order of release, to the least loaded site with room
 *	greedy	likewise, to the site with room that holds most of the inputs
 *	delay	likewise, but a job whose inputs lie at sites without room waits
 *		for one of them, for at most 60 s
 *	ect	each at once to where it is likely to be done first
 *	spool	the planner of spoold
 *
 * A site has room for a job while it holds less than `hold` times its cores,
 * running, waiting and staging together.
 */
#ifndef SIM_POLICY_H
#define SIM_POLICY_H

#include "planner.h"
#include "world.h"

#define POLICY_EVERY 0.5	/* seconds between two times that a policy is asked, at least */

struct policy {
	const char *name;
	void (*round)(struct policy *p, struct world *w);
	bool planned;			/* it needs the planner */
	double hold;
	double byte_price;		/* spool; < 0: as it sees fit */
	double wake;			/* ask again then, whatever happens */
	struct planner planner;
	struct planner_job *job;
	struct planner_choice *choice;
	uint32_t *queue;		/* waiting jobs, the first released first */
	double cpu;			/* seconds spent in deciding */
};

/* false: there is no such policy. */
bool policy_find(struct policy *p, const char *name);
int policy_init(struct policy *p, struct world *w, struct diag *d);
void policy_free(struct policy *p, struct world *w);

/* The waiting jobs in p->queue, the first released first. */
uint32_t policy_queue(struct policy *p, const struct world *w);

void policy_fifo(struct policy *p, struct world *w);
void policy_greedy(struct policy *p, struct world *w);
void policy_delay(struct policy *p, struct world *w);
void policy_ect(struct policy *p, struct world *w);
void policy_spool(struct policy *p, struct world *w);

/* Tell the planner how things stand: policy_facts.c */
int facts_init(struct policy *p, struct world *w, struct diag *d);
void facts_tell(struct policy *p, const struct world *w);

#endif
