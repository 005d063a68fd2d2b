/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instant.h"
#include "offers.h"
#include "report.h"
#include "round_plan.h"
#include "say.h"
#include "site_time.h"

static bool make_room(struct hub *h, size_t more)
{
	uint32_t cap = h->broken_cap ? h->broken_cap : 16;
	struct broken *grown;

	while (cap < h->brokens + more)
		cap *= 2;
	if (cap == h->broken_cap)
		return true;
	if (!(grown = realloc(h->broken, cap * sizeof *grown)))
		return false;
	h->broken = grown;
	h->broken_cap = cap;
	return true;
}

/* Without memory for the note, the timeline is made right by the next start. */
void site_time_broke(struct hub *h, uint16_t site, struct timeline_broken *b, const char *why)
{
	struct diag d = DIAG_INIT;

	if (b->entries && !make_room(h, b->entries)) {
		diag_nomem(&d);
		hub_trouble(h, "remembering promises that were broken", &d);
	} else {
		for (size_t i = 0; i < b->entries; i++) {
			struct broken *to = &h->broken[h->brokens++];

			*to = (struct broken){ .site = site, .entry = b->entry[i] };
			snprintf(to->why, sizeof to->why, "%s", why);
		}
	}
	free(b->entry);
	*b = (struct timeline_broken){ 0 };
}

/* Its job is taken back, so that the next round finds another start for it. */
static void break_session(struct hub *h, uint32_t j, const struct broken *b)
{
	struct job before = h->jobs.job[j];
	struct buf text = BUF_INIT;
	struct diag d = DIAG_INIT;
	char id[UUID_TEXT];

	buf_adds(&text, "the promise to start it at ");
	instant_format(before.start, &text);
	buf_addf(&text, " had to be broken: %s", b->why);
	uuid_format(&before.id, id);
	hub_log("job %s at %s: %s", id, h->sites.site[b->site]->name, text.s);
	h->count.promises_broken++;
	if (report_lost(h, j, text.s, &d) < 0)
		hub_trouble(h, "taking a job back", &d);
	else
		say_cancel(h, b->site, &before.id, before.attempt, "its agreed start cannot be kept");
	buf_free(&text);
}

static void settle_job(struct hub *h, uint32_t j, const struct broken *b)
{
	struct job *job = j < h->jobs.used ? &h->jobs.job[j] : NULL;

	/* It may have moved or ended since; and an index is used again. */
	if (!job || job->site != b->site || job->hold != b->entry.handle ||
	    (job->phase != PHASE_WAITING && job->phase != PHASE_PREPARING))
		return;
	job->hold = 0;
	if (job->agreed)
		break_session(h, j, b);
	else {
		job->start = 0;
		site_time_follow(h, j);
	}
}

static void settle_one(struct hub *h, const struct broken *b)
{
	struct place_holder who = place_holder(&b->entry);

	switch (who.what) {
	case HOLD_JOB:
		settle_job(h, who.index, b);
		break;
	case HOLD_OFFER:
		offers_withdraw(h, who.index, who.number, b->site, b->entry.handle, b->why);
		break;
	case HOLD_RESERVED:
		if (h->reserved_broken)
			h->reserved_broken(h, b->site, who.index, &b->entry, b->why);
		break;
	case HOLD_PLAN:
		round_plan_broken(h, who.index, b->site, b->entry.handle);
		break;
	default:
		break;
	}
}

/* What is done about one may break another, less firm. */
bool site_time_settle(struct hub *h)
{
	bool any = h->brokens > 0;

	for (uint32_t i = 0; i < h->brokens; i++) {
		struct broken b = h->broken[i];

		settle_one(h, &b);
	}
	h->brokens = 0;
	return any;
}
