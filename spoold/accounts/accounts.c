/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "accounts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub.h"
#include "instant.h"
#include "shapes.h"
#include "sums.h"

/* --- the table ------------------------------------------------------------------- */

void accounts_free(struct accounts *a)
{
	free(a->account);
	free(a->party);
	lookup_free(&a->by_uid);
	*a = (struct accounts){ 0 };
}

static bool grow(struct accounts *a)
{
	uint32_t cap = a->cap ? a->cap * 2 : 32;
	struct fair_party *party;
	struct account *more;

	if (a->count < a->cap)
		return true;
	more = realloc(a->account, cap * sizeof *more);
	if (more)
		a->account = more;
	party = realloc(a->party, cap * sizeof *party);
	if (party)
		a->party = party;
	if (!more || !party)
		return false;
	a->cap = cap;
	return true;
}

static uint32_t add(struct accounts *a, const char *name, const struct config_account *said)
{
	struct account *one;

	if (!grow(a))
		return NO_ACCOUNT;
	one = &a->account[a->count];
	*one = (struct account){ .group = NO_ACCOUNT, .share = said ? said->share : 1,
				 .budget = said ? said->budget : -1 };
	snprintf(one->name, sizeof one->name, "%s", name);
	a->budgets += one->budget >= 0;
	return a->count++;
}

static int period_of(const struct hub *h, int64_t time)
{
	int month = sums_month(time);

	return h->config.accounts.period == BUDGET_MONTH ? month : month - month % 12;
}

int accounts_open(struct hub *h, struct diag *d)
{
	const struct config_accounts *c = &h->config.accounts;

	h->accounts.origin = h->now;
	h->accounts.period = period_of(h, h->now);
	for (uint32_t i = 0; i < c->groups; i++) {
		uint32_t g = add(&h->accounts, c->group[i].name, &c->group[i]);

		if (g == NO_ACCOUNT)
			return diag_nomem(d);
		h->accounts.account[g].is_group = true;
	}
	return 0;
}

uint32_t accounts_find(const struct hub *h, uint32_t uid)
{
	const struct accounts *a = &h->accounts;
	uint32_t i, at = 0;

	while ((i = lookup_next(&a->by_uid, lookup_hash(uid), &at)) != NO_ITEM)
		if (a->account[i].uid == uid)
			return i;
	return NO_ACCOUNT;
}

uint32_t accounts_find_group(const struct hub *h, const char *name)
{
	for (uint32_t i = 0; i < h->config.accounts.groups; i++)
		if (!strcmp(h->accounts.account[i].name, name))
			return i;
	return NO_ACCOUNT;
}

uint32_t accounts_user(struct hub *h, uint32_t uid, const char *name, struct diag *d)
{
	const struct config_accounts *c = &h->config.accounts;
	const struct config_account *group;
	struct accounts *a = &h->accounts;
	uint32_t i = accounts_find(h, uid);

	if (i != NO_ACCOUNT)
		return i;
	i = lookup_reserve(&a->by_uid) ? add(a, name, config_user(c, name)) : NO_ACCOUNT;
	if (i == NO_ACCOUNT) {
		diag_nomem(d);
		return i;
	}
	lookup_add(&a->by_uid, lookup_hash(uid), i);
	a->account[i].uid = uid;
	group = config_group_of(c, name);
	if (group)
		a->account[i].group = accounts_find_group(h, group->name);
	return i;
}

/* --- use ---------------------------------------------------------------------------- */

/* How much later use counts more, in the terms of accounts.origin. */
static double scale(const struct hub *h, int64_t time)
{
	return exp2((double)(time - h->accounts.origin) / (double)h->config.accounts.half_life);
}

/* Before numbers get too large for a double. */
static void move_origin(struct hub *h)
{
	double factor = 1 / scale(h, h->now);

	for (uint32_t i = 0; i < h->accounts.count; i++)
		h->accounts.account[i].used *= factor;
	for (uint32_t i = 0; i < h->sums.count; i++)
		h->sums.sum[i].used *= factor;
	h->accounts.origin = h->now;
}

void accounts_turn(struct hub *h)
{
	int period = period_of(h, h->now);

	if (h->now - h->accounts.origin > 100 * h->config.accounts.half_life)
		move_origin(h);
	if (period == h->accounts.period)
		return;
	h->accounts.period = period;
	for (uint32_t i = 0; i < h->accounts.count; i++)
		h->accounts.account[i].spent = 0;
	for (uint32_t i = 0; i < h->shapes.used; i++)
		h->shapes.row[i].dirty = true;
	h->gangs.dirty = true;
}

static bool in_period(const struct hub *h, int month)
{
	return (h->config.accounts.period == BUDGET_MONTH ? month : month - month % 12) == h->accounts.period;
}

static void charge(struct hub *h, uint32_t account, double used, double price, int month)
{
	if (account == NO_ACCOUNT)
		return;
	h->accounts.account[account].used += used;
	if (in_period(h, month))
		h->accounts.account[account].spent += price;
}

double accounts_charge(struct hub *h, uint32_t user, uint32_t group, const struct usage *u, double price,
		       int month, int64_t time)
{
	double used = price_of(&h->config.accounts.weights, u) * scale(h, time);

	charge(h, user, used, price, month);
	charge(h, group, used, price, month);
	return used;
}

double accounts_take(struct hub *h, uint32_t account, double used, double price, int month, int64_t time)
{
	used *= scale(h, time);
	charge(h, account, used, price, month);
	return used;
}

double accounts_decayed(const struct hub *h, double used)
{
	return used / scale(h, h->now);
}

struct demand accounts_given(const struct hub *h, uint32_t shape, uint32_t cores, uint64_t memory)
{
	struct demand d = h->shapes.row[shape].shape.demand;

	d.cores = cores ? cores : d.cores;
	d.memory = memory ? memory : d.memory;
	return d;
}

static struct usage expected(const struct hub *h, const struct demand *d)
{
	return price_expect(d, d->walltime ? d->walltime : h->config.accounts.expected, 0);
}

static double weight_of(const struct hub *h, const struct demand *d)
{
	struct usage u = expected(h, d);

	return price_of(&h->config.accounts.weights, &u);
}

double accounts_weight(const struct hub *h, uint32_t shape)
{
	return weight_of(h, &h->shapes.row[shape].shape.demand);
}

double accounts_price_given(const struct hub *h, const struct demand *d, uint16_t site)
{
	const struct site *s = h->sites.site[site];
	struct usage u = expected(h, d);
	struct prices p;

	price_list(&h->config, s->name, s->known ? &s->doc : NULL, &p);
	return price_of(&p, &u);
}

double accounts_price(const struct hub *h, uint32_t shape, uint16_t site)
{
	return accounts_price_given(h, &h->shapes.row[shape].shape.demand, site);
}

static void fly(struct account *a, double weighted, double price, int by)
{
	a->flights += (uint32_t)by;
	a->flight += by * weighted;
	a->promised += by * price;
	/* What was rounded does not add up for ever. */
	if (!a->flights || a->flight < 0)
		a->flight = 0;
	if (!a->flights || a->promised < 0)
		a->promised = 0;
}

void accounts_flight(struct hub *h, uint32_t j, uint16_t site, int by)
{
	const struct job *job = &h->jobs.job[j];
	uint32_t user = accounts_find(h, job->owner);
	struct demand d = accounts_given(h, job->shape, job->cores, job->memory);
	double weighted = weight_of(h, &d), price = accounts_price_given(h, &d, site);

	if (user == NO_ACCOUNT)
		return;
	fly(&h->accounts.account[user], weighted, price, by);
	if (h->accounts.account[user].group != NO_ACCOUNT)
		fly(&h->accounts.account[h->accounts.account[user].group], weighted, price, by);
}

void accounts_party(struct hub *h, uint32_t user)
{
	for (uint32_t i = user; i != NO_ACCOUNT; i = h->accounts.account[i].group) {
		const struct account *a = &h->accounts.account[i];

		h->accounts.party[i] = (struct fair_party){ accounts_decayed(h, a->used) + a->flight, a->share };
	}
}

/* --- budgets -------------------------------------------------------------------------- */

static int afford(const struct account *a, double price, const char *period, struct buf *why)
{
	double left = a->budget - a->spent;

	/* Half of the last digit that accounting/ keeps. */
	if (a->budget < 0 || a->spent + a->promised + price <= a->budget + 5e-7)
		return 1;
	if (why)
		buf_addf(why, "it would cost %.6g, and %s%s has %.6g left of %.6g for this %s", price,
			 a->is_group ? "the group " : "", a->name, left > 0 ? left : 0, a->budget, period);
	if (a->spent + price > a->budget + 5e-7)
		return -1;
	if (why)
		buf_adds(why, ", of which other jobs may need a part");
	return 0;
}

bool accounts_limited(const struct hub *h, uint32_t user)
{
	for (uint32_t i = h->accounts.budgets ? user : NO_ACCOUNT; i != NO_ACCOUNT; i = h->accounts.account[i].group)
		if (h->accounts.account[i].budget >= 0)
			return true;
	return false;
}

int accounts_pay(const struct hub *h, uint32_t user, double price, struct buf *why)
{
	const char *period = h->config.accounts.period == BUDGET_MONTH ? "month" : "year";
	int worst = 1;

	for (uint32_t i = user; i != NO_ACCOUNT; i = h->accounts.account[i].group) {
		int can = afford(&h->accounts.account[i], price, period, worst > 0 ? why : NULL);

		worst = can < worst ? can : worst;
	}
	return worst;
}

int accounts_afford(const struct hub *h, uint32_t user, uint32_t shape, uint16_t site, struct buf *why)
{
	return accounts_limited(h, user) ? accounts_pay(h, user, accounts_price(h, shape, site), why) : 1;
}
