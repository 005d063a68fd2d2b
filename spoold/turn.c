/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "turn.h"

#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "after.h"
#include "arrays.h"
#include "auth_check.h"
#include "catalogue.h"
#include "gang.h"
#include "grow.h"
#include "inbox.h"
#include "instant.h"
#include "lifetime.h"
#include "mail.h"
#include "metrics.h"
#include "offers.h"
#include "places.h"
#include "recover_mailbox.h"
#include "reserved.h"
#include "results.h"
#include "retire.h"
#include "round.h"
#include "site_table.h"
#include "site_time.h"
#include "sums.h"
#include "whatif.h"
#include "why.h"

/* Events are hints: this often everything is looked at without any. */
static const int64_t scan_every = 5 * SECOND_US;
/* Listing a million finished jobs takes half a second: no oftener than there
 * can be old ones, within these bounds. */
static const int64_t archive_soonest = 60 * SECOND_US, archive_latest = HOUR_US;
static const int64_t tidy_every = DAY_US;
static const int64_t words_every = SECOND_US;
/* A drop that is being written is looked at again. */
static const int64_t later_after = SECOND_US / 5;

void agenda_all(struct agenda *a)
{
	a->inbox = a->sites = a->data = a->plan = a->whatif = a->all_mail = true;
}

void agenda_mail(struct agenda *a, uint16_t site)
{
	for (uint32_t i = 0; i < a->mails; i++)
		if (a->mail[i] == site)
			return;
	if (grow(&a->mail, a->mails, &a->mail_cap, sizeof *a->mail))
		a->mail[a->mails++] = site;
	else
		a->all_mail = true;
}

bool agenda_any(const struct agenda *a)
{
	return a->inbox || a->sites || a->data || a->plan || a->whatif || a->all_mail || a->mails;
}

static void by_the_clock(struct hub *h, struct agenda *a)
{
	if (h->now >= a->next_scan || h->now < a->next_scan - scan_every) {
		agenda_all(a);
		a->next_scan = h->now + scan_every;
		mail_check_leases(h);
		site_time_overruns(h);
	}
	if (h->now >= a->wake) {
		a->wake = INT64_MAX;
		a->inbox = a->plan = a->whatif = true;
	}
}

static void wake_at(struct agenda *a, int64_t when)
{
	if (when < a->wake)
		a->wake = when;
}

static void look_at_sites(struct hub *h, struct agenda *a)
{
	struct diag d = DIAG_INIT;

	a->sites = false;
	a->inbox |= places_check(h);
	if (site_table_scan(h, &d) < 0)
		hub_trouble(h, "looking at sites", &d);
	for (uint32_t i = 0; i < h->sites.count; i++)
		if (h->sites.site[i]->out.dir >= 0)
			continue;
		else if (recover_mailbox(h, (uint16_t)i, &d) < 0)
			hub_site_trouble(h, h->sites.site[i], TROUBLE_SPEAKING, "opening its mailbox", &d);
		else if (h->sites.site[i]->out.dir >= 0)
			agenda_mail(a, (uint16_t)i);
}

static void look_at_data(struct hub *h, struct agenda *a)
{
	struct diag d = DIAG_INIT;

	a->data = false;
	if (catalogue_scan(h, &d) < 0)
		hub_trouble(h, "looking at datasets", &d);
	a->plan = true;
}

static uint32_t take_drops(struct hub *h, struct agenda *a)
{
	struct inbox_result res;
	struct diag d = DIAG_INIT;

	a->inbox = false;
	if (inbox_take(h, &res, &d) < 0)
		hub_trouble(h, "taking drops", &d);
	a->inbox |= res.more;
	if (res.later)
		wake_at(a, h->now + later_after);
	return res.taken;
}

static uint32_t take_mail(struct hub *h, struct agenda *a)
{
	uint32_t mails = a->mails, n = 0;
	uint16_t now[mails + 1];
	bool all = a->all_mail, more;

	if (mails)
		memcpy(now, a->mail, mails * sizeof *now);
	a->mails = 0;
	a->all_mail = false;
	for (uint32_t i = 0; i < (all ? h->sites.count : mails); i++) {
		uint16_t site = all ? (uint16_t)i : now[i];

		n += mail_take(h, site, &more);
		if (more)
			agenda_mail(a, site);
	}
	return n;
}

static void plan(struct hub *h, struct agenda *a, bool mail)
{
	enum round_reason reason = a->plan || h->replan ? ROUND_ALL : mail ? ROUND_MAIL : ROUND_CHANGES;
	bool more;
	int64_t wake;

	a->plan = h->replan = false;
	gang_run(h, reason != ROUND_CHANGES);
	wake_at(a, h->gangs.live ? h->gangs.wake : INT64_MAX);
	round_run(h, reason, &more, &wake);
	a->plan |= more;
	wake_at(a, wake);
}

/* After the plan: what is answered is how things are now. */
static void answer_questions(struct hub *h, struct agenda *a)
{
	struct diag d = DIAG_INIT;
	bool later, more;

	a->whatif = false;
	if (whatif_take(h, &later, &more, &d) < 0)
		hub_log("answering questions: %s", d.text);
	a->whatif |= more;
	if (later)
		wake_at(a, h->now + later_after);
}

static void archive(struct hub *h, struct agenda *a)
{
	struct diag d = DIAG_INIT;
	int64_t due = h->now;

	/* Of what is archived nobody looks at the phase any more. */
	arrays_note(h, true);
	if (hub_commit(h) < 0)
		return;
	if (retire_run(h, &due, &d) < 0)
		hub_trouble(h, "archiving", &d);
	if (due < h->now + archive_soonest)
		due = h->now + archive_soonest;
	if (due > h->now + archive_latest)
		due = h->now + archive_latest;
	a->next_archive = due;
}

/* Jobs that waited for what has ended, and arrays whose tasks have. */
static void follow_ends(struct hub *h, struct agenda *a)
{
	bool any = false;

	for (bool more = true; more; any |= more) {
		more = after_run(h);
		more |= arrays_tend(h);
	}
	a->plan |= any;
}

static void housekeeping(struct hub *h, struct agenda *a)
{
	if (a->stale && h->now >= a->next_words) {
		a->stale = !why_write(h, false);
		metrics_write(h);
		if (!h->unflushed)
			sums_write(h);
		learned_write(h, false);
		a->next_words = h->now + words_every;
	}
	if (!agenda_any(a) && (h->now >= a->next_tidy || h->now < a->next_tidy - tidy_every)) {
		results_tidy(h);
		a->next_tidy = h->now + tidy_every;
	}
	if (!agenda_any(a) && (h->now >= a->next_archive || h->now < a->next_archive - archive_latest))
		archive(h, a);
}

bool turn_run(struct hub *h, struct agenda *a)
{
	uint64_t ended = h->count.completed + h->count.failed + h->count.cancelled + h->count.expired;
	uint64_t assigned = h->count.assigned;
	uint32_t mails, drops = 0;
	bool changed, again;

	/* As exact as files tell it, so that a restart plans with the same. */
	h->now = instant_now() / 1000 * 1000;
	h->ticks = instant_ticks();
	if (h->retry_at > h->now)
		return false;
	h->retry_at = 0;
	accounts_turn(h);
	by_the_clock(h, a);
	if (a->sites)
		look_at_sites(h, a);
	if (a->data)
		look_at_data(h, a);
	wake_at(a, offers_expire(h));
	wake_at(a, auth_check_tick(h));
	wake_at(a, lifetime_tick(h));
	wake_at(a, reserved_tick(h));
	mails = take_mail(h, a);
	if (a->inbox)
		drops = take_drops(h, a);
	site_time_settle(h);
	reserved_seek(h);
	site_time_settle(h);	/* who makes room for what was lost */
	follow_ends(h, a);
	plan(h, a, mails > 0);
	if (a->whatif)
		answer_questions(h, a);
	follow_ends(h, a);
	if (hub_commit(h) < 0) {
		agenda_all(a);
	} else {
		arrays_note(h, false);
		gang_flushed(h);
	}
	/* An array begins when its own file is on disk. */
	a->plan |= h->arrays.dues > 0;
	/* So do transactions, and they end when it is there that they do. */
	again = h->gangs.live && h->gangs.dirty;
	if (again)
		wake_at(a, h->now);
	changed = mails || drops || again || assigned != h->count.assigned ||
		  ended != h->count.completed + h->count.failed + h->count.cancelled + h->count.expired;
	/* Lost hints may be heard of when all has been done already. */
	a->stale |= changed || h->count.overflows != a->overflows;
	a->overflows = h->count.overflows;
	if (!agenda_any(a))
		leave_wait(h);
	housekeeping(h, a);
	return changed;
}
