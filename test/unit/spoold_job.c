/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of jobs against a plain list of the same. */
#include "job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "tap.h"

enum { MOST = 6000, LISTS = 4 };

struct known { struct uuid id; uint32_t index; int list; enum phase phase; bool there; };

static struct jobs table;
static struct job_list lists[LISTS];
static struct known known[MOST];
static uint32_t order[LISTS][MOST], in_list[LISTS];	/* the reference: ids by number */

/* Few different tails, so that the table's chains are long and full of holes. */
static void make_id(struct uuid *id, unsigned number, bool crowded)
{
	memset(id, 0, sizeof *id);
	id->b[0] = (uint8_t)(number >> 16);
	id->b[1] = (uint8_t)(number >> 8);
	id->b[2] = (uint8_t)number;
	id->b[12] = (uint8_t)(crowded ? chance(8) : chance(256));
	id->b[13] = (uint8_t)(crowded ? 0 : chance(256));
	id->b[14] = (uint8_t)(crowded ? chance(2) * 255 : chance(256));
}

static void reference_remove(int list, uint32_t k)
{
	uint32_t i = 0;

	while (order[list][i] != k)
		i++;
	memmove(&order[list][i], &order[list][i + 1], (--in_list[list] - i) * sizeof order[list][i]);
}

static void put_into(uint32_t k)
{
	int list = (int)chance(LISTS);

	known[k].list = list;
	if (chance(2)) {
		job_list_append(&table, &lists[list], known[k].index);
		order[list][in_list[list]++] = k;
	} else {
		job_list_prepend(&table, &lists[list], known[k].index);
		memmove(&order[list][1], &order[list][0], in_list[list]++ * sizeof order[list][0]);
		order[list][0] = k;
	}
}

static bool lists_agree(void)
{
	for (int l = 0; l < LISTS; l++) {
		uint32_t j = lists[l].head, back = NO_JOB;

		if (lists[l].count != in_list[l])
			return false;
		for (uint32_t i = 0; i < in_list[l]; i++) {
			if (j != known[order[l][i]].index || table.job[j].prev != back)
				return false;
			back = j;
			j = table.job[j].next;
		}
		if (j != NO_JOB || lists[l].tail != back)
			return false;
	}
	return true;
}

static bool table_agrees(uint32_t used)
{
	uint32_t count = 0, phases[PHASES] = { 0 };

	for (uint32_t k = 0; k < used; k++) {
		uint32_t j = jobs_find(&table, &known[k].id);

		if (known[k].there != (j != NO_JOB) || (known[k].there && j != known[k].index))
			return false;
		if (!known[k].there)
			continue;
		if (table.job[j].phase != known[k].phase)
			return false;
		count++;
		phases[known[k].phase]++;
	}
	return count == table.count && !memcmp(phases, table.in_phase, sizeof phases);
}

static void add_one(uint32_t k, bool crowded)
{
	make_id(&known[k].id, k, crowded);
	known[k].index = jobs_add(&table, &known[k].id);
	known[k].there = true;
	known[k].phase = PHASE_PENDING;
	put_into(k);
}

static void change_one(uint32_t k)
{
	struct known *n = &known[k];

	switch (chance(3)) {
	case 0:		/* it ends */
		job_list_remove(&table, &lists[n->list], n->index);
		reference_remove(n->list, k);
		jobs_remove(&table, n->index);
		n->there = false;
		break;
	case 1:		/* it changes lists */
		job_list_remove(&table, &lists[n->list], n->index);
		reference_remove(n->list, k);
		put_into(k);
		break;
	default:
		n->phase = (enum phase)chance(PHASES);
		jobs_set_phase(&table, n->index, n->phase);
	}
}

static void live(bool crowded)
{
	uint32_t used = 0;
	bool good = true;

	jobs_init(&table);
	memset(known, 0, sizeof known);
	memset(in_list, 0, sizeof in_list);
	for (int l = 0; l < LISTS; l++)
		lists[l] = (struct job_list)JOB_LIST_INIT;
	for (int step = 0; used < MOST && good; step++) {
		uint32_t k = used ? chance(used) : 0;

		if (!used || chance(3) == 0)
			add_one(used++, crowded);
		else if (known[k].there)
			change_one(k);
		if (step % 500 == 0)
			good = lists_agree() && table_agrees(used);
	}
	ok(good && lists_agree() && table_agrees(used), "after %u jobs came and went the table is right%s", used,
	   crowded ? ", also where hashes collide" : "");
	ok(table.used < used, "and uses the places of those that went: %u", table.used);
	for (uint32_t k = 0; k < used; k++)
		if (known[k].there) {
			jobs_remove(&table, known[k].index);
			known[k].there = false;
		}
	ok(table.count == 0 && table_agrees(used), "until all have gone");
	jobs_free(&table);
	ok(!table.job && !table.by_id.cell && jobs_find(&table, &known[0].id) == NO_JOB, "it can be given back");
}

static void a_new_one(void)
{
	struct uuid id = { { 1 } };
	uint32_t j;

	jobs_init(&table);
	is_int(jobs_find(&table, &id), NO_JOB, "in an empty table nothing is found");
	j = jobs_add(&table, &id);
	ok(table.job[j].site == NO_SITE && table.job[j].shunned == NO_SITE && !table.job[j].fresh &&
	   table.job[j].phase == PHASE_PENDING && !table.job[j].attempt, "a new job is at no site");
	table.job[j].attempt = 3;
	table.job[j].cancelling = true;
	jobs_remove(&table, j);
	is_int(jobs_add(&table, &id), j, "its place is used again");
	ok(!table.job[j].attempt && !table.job[j].cancelling, "and remembers nothing");
	jobs_free(&table);
}

int main(void)
{
	a_new_one();
	live(false);
	live(true);
	return done();
}
