/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reserved.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grow.h"
#include "instant.h"
#include "reserved_part.h"
#include "site_table.h"
#include "site_time.h"

/* --- the table -------------------------------------------------------------------- */

static uint32_t free_item(struct hub *h)
{
	struct reservations *t = &h->reservations;

	for (uint32_t i = 0; i < t->count; i++)
		if (!t->item[i].live)
			return i;
	return grow(&t->item, t->count, &t->cap, sizeof *t->item) ? t->count++ : NO_RESERVED;
}

uint32_t reserved_add(struct hub *h, const struct reservation_state *st, const struct reservation *r,
		      struct diag *d)
{
	uint32_t i = free_item(h);
	uint16_t site = site_table_add(h, st->site, d);
	struct reserved new = { .id = st->record.id, .owner = st->record.owner, .group = st->record.group,
				.for_group = r->access == ACCESS_GROUP, .site = site, .slots = st->slots,
				.live = true };

	if (i != NO_RESERVED && st->losts && (new.lost = malloc(st->losts * sizeof *new.lost))) {
		memcpy(new.lost, st->lost, st->losts * sizeof *new.lost);
		new.losts = new.lost_cap = st->losts;
	}
	if (i == NO_RESERVED || site == NO_SITE || shape_make(&r->want, &new.want, d) < 0) {
		if (i != NO_RESERVED)
			h->reservations.item[i] = (struct reserved){ 0 };
		free(new.lost);
		diag_nomem(d);
		return NO_RESERVED;
	}
	h->reservations.item[i] = new;
	h->reserved_broken = reserved_broken;
	return i;
}

void reserved_remove(struct hub *h, uint32_t i)
{
	struct reserved *r = &h->reservations.item[i];

	reserved_give_back(h, i);
	place_free(&r->place);
	shape_free(&r->want);
	free(r->lost);
	*r = (struct reserved){ 0 };
	h->reservations.due = 0;
}

uint32_t reserved_find(const struct hub *h, const struct uuid *id)
{
	for (uint32_t i = 0; i < h->reservations.count; i++)
		if (h->reservations.item[i].live && !uuid_cmp(&h->reservations.item[i].id, id))
			return i;
	return NO_RESERVED;
}

void reserved_free(struct hub *h)
{
	for (uint32_t i = 0; i < h->reservations.count; i++) {
		struct reserved *r = &h->reservations.item[i];

		free(r->hold);
		free(r->lost);
		place_free(&r->place);
		shape_free(&r->want);
	}
	free(h->reservations.item);
	h->reservations = (struct reservations){ 0 };
}

static bool in_group(uid_t uid, gid_t gid)
{
	struct passwd *pw = getpwuid(uid);
	gid_t group[256];
	int n = 256;

	if (!pw)
		return false;
	if (pw->pw_gid == gid)
		return true;
	if (getgrouplist(pw->pw_name, pw->pw_gid, group, &n) < 0)
		return false;
	for (int i = 0; i < n; i++)
		if (group[i] == gid)
			return true;
	return false;
}

bool reserved_may(const struct reserved *r, uid_t uid)
{
	return uid == r->owner || uid == 0 || uid == geteuid() || (r->for_group && in_group(uid, r->group));
}

/* --- its place ------------------------------------------------------------------------- */

static int close_gap(struct place *p, const uint64_t *amount, int64_t from, int64_t to, struct diag *d)
{
	struct place_take k = { .from = from, .to = to, .standing = PLACE_FACT };
	struct timeline_broken none = { 0 };
	timeline_handle handle = 0;
	int r;

	if (from >= to)
		return 0;
	memcpy(k.amount, amount, sizeof k.amount);
	r = place_impose(p, &k, &handle, &none, d);
	free(none.entry);
	return r;
}

/* Open only while an occurrence is held. */
static int make_place(struct hub *h, uint32_t i, struct diag *d)
{
	struct reserved *r = &h->reservations.item[i];
	const struct place *site = &h->sites.site[r->site]->time;
	int64_t open = TIMELINE_START, from, to;
	uint64_t amount[TIMELINE_KINDS];
	int got;

	place_free(&r->place);
	if (!place_known(site))
		return 0;
	place_wish(site, &r->want, amount);
	got = place_within(&r->place, site, amount, TIMELINE_START, TIMELINE_END, d);
	for (int64_t n = 0; got == 0 && n < r->holds; n++) {
		if (!r->hold[n])
			continue;
		slots_nth(&r->slots, r->first + n, &from, &to);
		got = close_gap(&r->place, amount, open, from, d);
		open = to;
	}
	return got == 0 ? close_gap(&r->place, amount, open, TIMELINE_END, d) : -1;
}

void reserved_wake_jobs(struct hub *h)
{
	for (uint32_t k = 0; k < h->shapes.busies; k++) {
		struct shape_row *row = &h->shapes.row[h->shapes.busy[k]];

		row->dirty |= row->shape.reservation != NULL;
	}
	h->gangs.dirty = true;
}

static void follow_jobs(struct hub *h, uint32_t i, int rank)
{
	const struct site *s = h->sites.site[h->reservations.item[i].site];

	for (uint32_t j = s->held.head; j != NO_JOB; j = h->jobs.job[j].next) {
		struct job *job = &h->jobs.job[j];

		if (job->reserved != i + 1 || site_time_rank(job) != rank)
			continue;
		job->hold = 0;
		site_time_follow(h, j);
	}
}

void reserved_arrange(struct hub *h, uint32_t i)
{
	struct diag d = DIAG_INIT;

	if (make_place(h, i, &d) < 0)
		hub_trouble(h, "arranging a reservation", &d);
	for (int rank = 0; rank < SITE_TIME_RANKS; rank++)
		follow_jobs(h, i, rank);
	reserved_wake_jobs(h);
}

struct place *reserved_place(struct hub *h, uint32_t j)
{
	const struct job *job = &h->jobs.job[j];

	return job->reserved ? &h->reservations.item[job->reserved - 1].place : &h->sites.site[job->site]->time;
}
