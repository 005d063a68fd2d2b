/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of story.h that tells: a story is read, and not changed here. */
#include "story.h"

#include <string.h>

#include "instant.h"

static void add_line(struct buf *b, const char *key, const char *value)
{
	buf_addf(b, "%s: ", key);
	line_scalar(b, value, strlen(value));
	buf_addc(b, '\n');
}

static void add_time(struct buf *b, const char *key, int64_t t)
{
	buf_addf(b, "%s: ", key);
	instant_format(t, b);
	buf_addc(b, '\n');
}

/* --- status ----------------------------------------------------------------------- */

static void add_error(const struct story *s, struct buf *out)
{
	char id[37];

	uuid_format(&s->id, id);
	buf_adds(out, "the job file cannot be read: ");
	diag_format(&s->error, id, out);
}

static void status_bad(const struct story *s, struct buf *out)
{
	struct buf error = BUF_INIT;

	add_error(s, &error);
	add_line(out, "error", error.s);
	buf_free(&error);
}

void story_status(const struct story *s, struct buf *out)
{
	const struct job_state *st = &s->state;
	char id[37];

	uuid_format(&s->id, id);
	add_line(out, "id", id);
	if (!s->bad && *s->state.record.name)
		add_line(out, "name", s->state.record.name);
	if (!s->bad) {
		add_line(out, "owner", st->record.user);
		buf_addf(out, "uid: %lu\n", (unsigned long)st->record.owner);
	}
	add_line(out, "phase", phase_name(s->shown));
	if (s->bad) {
		status_bad(s, out);
		return;
	}
	add_time(out, "since", s->since);
	add_time(out, "submitted", st->record.time);
	if (*st->site)
		add_line(out, "site", st->site);
	if (st->attempt)
		buf_addf(out, "attempt: %lu\n", (unsigned long)st->attempt);
	if (st->cancelling)
		buf_adds(out, "cancelling: yes\n");
	if (st->record.tasks && s->tasks.len)
		buf_add(out, s->tasks.s, s->tasks.len);
	else if (st->record.tasks)
		buf_addf(out, "tasks: {to come: %u}\n", st->record.tasks);
	if (!phase_final(s->phase))
		buf_add(out, s->eta.s, s->eta.len);
	buf_add(out, s->rest.s, s->rest.len);
}

/* --- why -------------------------------------------------------------------------- */

/* A format that may name the site, and one without. */
static const struct { const char *at_site, *plain; } sentences[PHASES] = {
	[PHASE_PENDING] = { NULL, "It waits for the hub to choose a site." },
	[PHASE_OFFERED] = { NULL, "Offers lie open; it waits until one of them is accepted." },
	[PHASE_WAITING] = { "It is assigned to %s, which has not begun with it.",
			    "It is assigned to a site, which has not begun with it." },
	[PHASE_PREPARING] = { "%s stages its data and software.",
			      "A site stages its data and software." },
	[PHASE_RUNNING] = { "It runs at %s.", "It runs." },
	[PHASE_RELEASING] = { "It has ended at %s; its results are on their way home.",
			      "It has ended; its results are on their way home." },
	[PHASE_COMPLETED] = { "It completed at %s.", "It completed." },
	[PHASE_FAILED] = { "It failed at %s.", "It failed." },
	[PHASE_CANCELLED] = { "It was cancelled at %s.", "It was cancelled." },
	[PHASE_EXPIRED] = { NULL, "Its time window, or its offers, went by." },
};

/* What holds now, without a newline. */
static void add_state(const struct story *s, struct buf *out)
{
	if (s->bad) {
		add_error(s, out);
	} else if (s->reasons.len) {
		buf_add(out, s->reasons.s, s->reasons.len - 1);
	} else if (s->phase == PHASE_PENDING && s->state.held) {
		buf_adds(out, "it is held until somebody releases it");
	} else if (s->phase == PHASE_PENDING && s->state.waits) {
		buf_adds(out, "it waits until other jobs have ended: ");
		buf_add(out, s->state.waits_for, s->state.waits_len);
	} else if (s->shown != s->phase) {
		buf_adds(out, "Its tasks are under way.");
	} else if (*s->state.site && sentences[s->phase].at_site) {
		/* The one conversion in it is %s. */
		const char *mark = strstr(sentences[s->phase].at_site, "%s");

		buf_add(out, sentences[s->phase].at_site,
			(size_t)(mark - sentences[s->phase].at_site));
		buf_adds(out, s->state.site);
		buf_adds(out, mark + 2);
	} else {
		buf_adds(out, sentences[s->phase].plain);
	}
}

void story_why(const struct story *s, struct buf *out)
{
	add_state(s, out);
	buf_addc(out, '\n');
	if (!s->bad && s->phase != PHASE_PENDING)
		buf_add(out, s->chosen.s, s->chosen.len);
}
