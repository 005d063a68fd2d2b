/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "round_order.h"

#include <stdlib.h>

#include "accounts.h"
#include "queue.h"
#include "shapes.h"
#include "site_table.h"

/* Mail means credit for its sender, so only the senders are asked: a message
 * costs the same however many sites there are. */
static bool sender_wants(struct hub *h, uint32_t shape)
{
	for (uint32_t i = 0; i < h->sites.speakers; i++) {
		uint16_t site = h->sites.speaking[i];
		const struct match *m = shapes_match(h, shape, site);

		if (m && m->may && site_table_wants(h, site, &h->shapes.row[shape].shape.demand))
			return true;
	}
	return false;
}

static bool worth_a_look(struct hub *h, uint32_t shape, enum round_reason reason)
{
	const struct shape_row *row = &h->shapes.row[shape];

	return row->queue.count &&
	       (reason == ROUND_ALL || row->dirty || row->wake <= h->now ||
		(reason == ROUND_MAIL && sender_wants(h, shape)));
}

static struct fair_lane lane_of(struct hub *h, uint32_t lane)
{
	const struct job *first = &h->jobs.job[queue_first(h, lane)];
	uint32_t user = accounts_find(h, first->owner);

	accounts_party(h, user);
	return (struct fair_lane){ .priority = h->shapes.row[first->shape].shape.priority, .user = user,
				   .group = h->accounts.account[user].group, .first = first->id,
				   .lane = lane };
}

/* There are at most as many lanes with jobs as there are lanes. */
bool round_order_begin(struct hub *h, enum round_reason reason, struct round_order *o)
{
	uint32_t n = 0;

	*o = (struct round_order){ .lane = malloc((h->lanes.by_key.count + 1) * sizeof *o->lane) };
	if (!o->lane)
		return false;
	for (uint32_t i = 0; i < h->shapes.busies; i++) {
		uint32_t shape = h->shapes.busy[i];
		struct shape_row *row = &h->shapes.row[shape];

		if (worth_a_look(h, shape, reason)) {
			row->tried = row->wake = INT64_MAX;
			for (uint32_t l = row->queue.first; l != NO_LANE; l = h->lanes.lane[l].next)
				o->lane[n++] = lane_of(h, l);
		}
		row->dirty = false;
	}
	return fair_begin(&o->fair, h->accounts.party, o->lane, n);
}

uint32_t round_order_next(struct hub *h, struct round_order *o)
{
	for (;;) {
		int64_t i = fair_first(&o->fair);
		const struct lane *l;

		if (i < 0)
			return NO_LANE;
		o->at = o->lane[i].lane;
		l = &h->lanes.lane[o->at];
		/* It may have been emptied together with others of its shape. */
		if (l->queue.count && h->jobs.job[l->queue.head].since < h->shapes.row[l->shape].tried)
			return o->at;
		fair_drop(&o->fair, 0);
	}
}

static void go_on(struct hub *h, struct round_order *o, double charge)
{
	const struct lane *l = &h->lanes.lane[o->at];

	if (l->queue.count)
		fair_again(&o->fair, charge, &h->jobs.job[l->queue.head].id);
	else
		fair_drop(&o->fair, charge);
}

void round_order_given(struct hub *h, struct round_order *o)
{
	go_on(h, o, accounts_weight(h, h->lanes.lane[o->at].shape));
}

void round_order_ended(struct hub *h, struct round_order *o)
{
	go_on(h, o, 0);
}

void round_order_left(struct hub *h, struct round_order *o, int64_t since)
{
	struct shape_row *row = &h->shapes.row[h->lanes.lane[o->at].shape];

	if (since < row->tried)
		row->tried = since;
	fair_drop(&o->fair, 0);
}

bool round_order_end(struct hub *h, struct round_order *o)
{
	bool more = false;

	for (uint32_t lane; o->lane && (lane = round_order_next(h, o)) != NO_LANE; more = true) {
		h->shapes.row[h->lanes.lane[lane].shape].dirty = true;
		fair_drop(&o->fair, 0);
	}
	fair_end(&o->fair);
	free(o->lane);
	return more;
}
