/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "drop.h"
#include "hub.h"
#include "inbox.h"
#include "instant.h"
#include "io.h"
#include "refusal.h"
#include "reserved_part.h"
#include "site_table.h"

/* --- drops ------------------------------------------------------------------------ */

static void make_record(struct hub *h, const struct drop *p, const struct reservation *r,
			struct job_record *rec)
{
	*rec = (struct job_record){ .owner = p->st.st_uid, .group = p->st.st_gid, .time = h->now };
	uuid_v7_new(&rec->id);
	inbox_user_name(rec->owner, rec->user);
	snprintf(rec->name, sizeof rec->name, "%s", r->name ? r->name : "");
	snprintf(rec->drop, sizeof rec->drop, "%s", p->name);
	drop_mark_text(&p->mark, rec->source);
}

static int create_file(struct hub *h, const struct drop *p, const struct reservation_state *st, struct diag *d)
{
	struct buf text = BUF_INIT;
	char name[SPOOL_JOB_NAME];
	int r;

	spool_job_name(&st->record.id, name);
	reservation_file_begin(&text, &st->record, p->text.s, p->text.len);
	reservation_file_placed(&text, h->now, st->site, &st->slots);
	h->unflushed = true;
	r = text.failed ? diag_nomem(d) : io_create(h->spool.reservations[RESERVATION_ACTIVE], name, 0600,
						    text.s, text.len, d);
	buf_free(&text);
	return r;
}

/* Held first, then written: what cannot be written was never held. */
static int place_it(struct hub *h, const struct drop *p, const struct reservation *r,
		    struct reservation_state *st, struct diag *d)
{
	uint32_t i = reserved_add(h, st, r, d);
	struct timeline_obstacle o = { 0 };
	int held;

	if (i == NO_RESERVED)
		return -1;
	held = reserved_hold(h, i, &o, d);
	if (held == 1)	/* the search said that it fits */
		diag_set(d, "the slot that was found at %s does not fit", st->site);
	if (held || create_file(h, p, st, d) < 0) {
		reserved_remove(h, i);
		return -1;
	}
	reserved_arrange(h, i);
	return 0;
}

/* 1: *site and *s; 0: NO, with the reasons; -1. */
static int search(struct hub *h, const struct reservation *r, uid_t uid, uint16_t *site, struct slots *s,
		  struct diag *d)
{
	struct buf why = BUF_INIT;
	struct shape want;
	int found;

	if (shape_make(&r->want, &want, d) < 0)
		return -1;
	found = reserved_search(h, r, &want, site, s, &why, d);
	if (found == 0)
		diag_set(d, "NO: %s", why.s);
	else if (found > 0 && reserved_limit(h, uid, &want, s, NO_RESERVED, d) < 0)
		found = 0;
	buf_free(&why);
	shape_free(&want);
	return found;
}

int reserved_take(struct hub *h, const struct drop *p, struct tree *t, struct diag *d)
{
	struct reservation_state st = { 0 };
	struct reservation r;
	uint16_t site;

	if (reservation_read(t, t->root, &r, d) < 0 || hub_leave_reserve(h, 1, d) < 0 ||
	    search(h, &r, p->st.st_uid, &site, &st.slots, d) <= 0)
		return -1;
	make_record(h, p, &r, &st.record);
	snprintf(st.site, sizeof st.site, "%s", h->sites.site[site]->name);
	if (place_it(h, p, &r, &st, d) < 0)
		return -1;
	hub_leave(h, p->name, &p->mark);
	h->count.drops++;
	return 0;
}

int reserved_check(struct hub *h, const struct reservation *r, uid_t uid, struct buf *out, int *err,
		   struct diag *d)
{
	struct slots s;
	uint16_t site;
	int found = search(h, r, uid, &site, &s, d);
	size_t len = strlen(d->text);

	if (found > 0) {
		buf_addf(out, "YES\n  %s from ", h->sites.site[site]->name);
		instant_format(s.start, out);
		buf_addc(out, '\n');
	} else if (found == 0) {
		*err = refusal_read(d->text, &len);
		buf_addf(out, "NO\n  %.*s\n", (int)len - 4, d->text + 4);
	}
	return found;
}

/* --- commands ------------------------------------------------------------------------- */

static void begin_line(struct hub *h, struct buf *line, enum reservation_phase p)
{
	line_begin(line);
	line_text(line, "phase", reservation_phase_name(p));
	line_time(line, "time", h->now);
}

static int end_it(struct hub *h, uint32_t i, enum reservation_phase to, const char *by, const char *reason,
		  struct diag *d)
{
	struct buf line = BUF_INIT;
	int r;

	begin_line(h, &line, to);
	if (by)
		line_text(&line, "by", by);
	if (reason)
		line_text(&line, "text", reason);
	r = reserved_write_phase(h, i, to, &line, d);
	buf_free(&line);
	if (r == 0)
		reserved_over(h, i, to);
	return r;
}

/* Hold it until then.  1: it does not fit, *d says why, and nothing has changed. */
static int try_slots(struct hub *h, uint32_t i, int64_t expires, struct diag *d)
{
	struct reserved *r = &h->reservations.item[i];
	int64_t before = r->slots.expires;
	struct timeline_obstacle o = { 0 };
	struct buf why = BUF_INIT;
	bool missed = r->missing;
	int got;

	reserved_give_back(h, i);
	r->slots.expires = expires;
	got = reserved_hold(h, i, &o, d);
	/* What the site has lost anyhow is no reason against less. */
	if (got == 0 || (got == 1 && missed && expires <= before))
		return 0;
	reserved_give_back(h, i);
	r->slots.expires = before;
	if (reserved_hold(h, i, NULL, NULL) < 0)
		hub_log("a reservation is held in part, for want of memory");
	if (got < 0)
		return -1;
	if (o.wanted)
		reserved_say_obstacle(&h->sites.site[r->site]->time, &o, &why);
	diag_set(d, "it cannot be held until then: %s", why.len ? why.s : "the site is not known");
	buf_free(&why);
	return 1;
}

static int check_expiry(const struct reserved *r, int64_t expires, struct diag *d)
{
	struct slots s = r->slots;

	s.expires = expires;
	if (slots_count(&s) <= RESERVATION_OCCURRENCES)
		return 0;
	return diag_set(d, "that would be %jd occurrences; at most %d can be held", (intmax_t)slots_count(&s),
			RESERVATION_OCCURRENCES);
}

/* Less is always possible. */
static int check_limit(const struct hub *h, uint32_t i, int64_t expires, struct diag *d)
{
	const struct reserved *r = &h->reservations.item[i];
	struct slots s = r->slots;

	s.expires = expires;
	return expires <= r->slots.expires ? 0 : reserved_limit(h, r->owner, &r->want, &s, i, d);
}

static int renew(struct hub *h, uint32_t i, int64_t expires, const char *by, struct diag *d)
{
	struct reserved *r = &h->reservations.item[i];
	int64_t before = r->slots.expires;
	struct buf line = BUF_INIT;
	int got;

	if (expires <= h->now || expires <= r->slots.start)
		return end_it(h, i, RESERVATION_EXPIRED, by, "it was told to expire", d);
	if (check_expiry(r, expires, d) < 0 || check_limit(h, i, expires, d) < 0 || try_slots(h, i, expires, d) != 0)
		return -1;
	begin_line(h, &line, RESERVATION_ACTIVE);
	line_time(&line, "expires", expires);
	line_text(&line, "by", by);
	got = reserved_write_phase(h, i, RESERVATION_ACTIVE, &line, d);
	buf_free(&line);
	if (got < 0) {
		reserved_give_back(h, i);
		r->slots.expires = before;
		if (reserved_hold(h, i, NULL, NULL) < 0)
			hub_log("a reservation is held in part, for want of memory");
	}
	reserved_arrange(h, i);
	return got;
}

static int not_active(struct hub *h, const struct uuid *id, struct diag *d)
{
	char name[SPOOL_JOB_NAME];

	spool_job_name(id, name);
	for (int p = RESERVATION_EXPIRED; p < RESERVATION_PHASES; p++)
		if (faccessat(h->spool.reservations[p], name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return diag_set(d, "reservation %.36s has ended already: it is %s", name,
					reservation_phase_name((enum reservation_phase)p));
	return diag_set(d, "there is no reservation %.36s", name);
}

static bool is_released(struct hub *h, const struct uuid *id)
{
	char name[SPOOL_JOB_NAME];

	spool_job_name(id, name);
	return faccessat(h->spool.reservations[RESERVATION_RELEASED], name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int reserved_command(struct hub *h, const struct command *c, uid_t uid, struct diag *d)
{
	uint32_t i = reserved_find(h, &c->id);
	char by[32];

	snprintf(by, sizeof by, "uid %ju", (uintmax_t)uid);
	if (i == NO_RESERVED)
		return c->verb == COMMAND_RELEASE && is_released(h, &c->id) ? 0 : not_active(h, &c->id, d);
	if (!reserved_may(&h->reservations.item[i], uid))
		return diag_set(d, "the reservation belongs to somebody else");
	if (c->verb == COMMAND_RENEW)
		return renew(h, i, c->expires, by, d);
	return end_it(h, i, RESERVATION_RELEASED, by, c->reason, d);
}

/* --- time ------------------------------------------------------------------------------- */

/* Occurrences that are over go from the site's timeline, which stays small. */
static void pass(struct hub *h, uint32_t i)
{
	struct reserved *r = &h->reservations.item[i];
	int64_t gone = slots_after(&r->slots, h->now) - r->first;

	if (gone <= 0)
		return;
	if (gone > r->holds)
		gone = r->holds;
	for (int64_t n = 0; n < gone; n++)
		place_give_back(&h->sites.site[r->site]->time, &r->hold[n]);
	memmove(r->hold, r->hold + gone, (size_t)(r->holds - gone) * sizeof *r->hold);
	r->first += gone;
	r->holds -= gone;
	reserved_clear(h, i);
}

static int64_t tick_one(struct hub *h, uint32_t i)
{
	struct reserved *r = &h->reservations.item[i];
	struct diag d = DIAG_INIT;
	int64_t from, to;

	if (r->slots.expires <= h->now) {
		if (end_it(h, i, RESERVATION_EXPIRED, NULL, NULL, &d) == 0)
			return INT64_MAX;
		hub_trouble(h, "expiring a reservation", &d);
		return h->now + SECOND_US;
	}
	pass(h, i);
	slots_nth(&r->slots, r->first, &from, &to);
	return to < r->slots.expires ? to : r->slots.expires;
}

int64_t reserved_tick(struct hub *h)
{
	struct reservations *t = &h->reservations;

	if (!t->count)
		return INT64_MAX;
	if (t->due > h->now)
		return t->due;
	t->due = INT64_MAX;
	for (uint32_t i = 0; i < t->count; i++) {
		int64_t next = t->item[i].live ? tick_one(h, i) : INT64_MAX;

		if (next < t->due)
			t->due = next;
	}
	return t->due;
}

void reserved_broken(struct hub *h, uint16_t site, uint32_t i, const struct timeline_entry *e,
		     const char *why)
{
	struct reserved *r = i < h->reservations.count ? &h->reservations.item[i] : NULL;
	char id[UUID_TEXT];
	int64_t n = 0;

	while (r && r->live && r->site == site && n < r->holds && r->hold[n] != e->handle)
		n++;
	if (!r || !r->live || r->site != site || n == r->holds)
		return;
	h->count.promises_broken++;
	uuid_format(&r->id, id);
	hub_log("reservation %s at %s had to be broken: %s", id, h->sites.site[site]->name, why);
	reserved_lose(h, i, n, why);
	reserved_arrange(h, i);
}
