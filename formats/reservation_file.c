/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reservation_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "field.h"
#include "instant.h"

static const char *const phases[] = {
	[RESERVATION_ACTIVE] = "active", [RESERVATION_EXPIRED] = "expired",
	[RESERVATION_RELEASED] = "released", NULL
};

const char *reservation_phase_name(enum reservation_phase p)
{
	return phases[p];
}

void reservation_file_begin(struct buf *b, const struct job_record *r, const char *body, size_t len)
{
	record_begin(b, "reservation", r);
	line_int(b, "group", (long long)r->group);
	line_body(b, body, len);
}

static void add_duration(struct buf *b, const char *key, int64_t us)
{
	struct buf text = BUF_INIT;

	duration_format(us, &text);
	line_text(b, key, text.s);
	buf_free(&text);
}

void reservation_file_placed(struct buf *b, int64_t now, const char *site, const struct slots *s)
{
	line_begin(b);
	line_text(b, "phase", phases[RESERVATION_ACTIVE]);
	line_time(b, "time", now);
	line_text(b, "site", site);
	line_time(b, "start", s->start);
	add_duration(b, "duration", s->duration);
	if (s->every)
		add_duration(b, "every", s->every);
	line_time(b, "expires", s->expires);
	line_end(b);
}

struct event {
	int phase;
	int64_t time;
	const char *site;
	struct slots slots;
};

static const struct field event_fields[] = {
	{ "phase", FIELD_CHOICE, offsetof(struct event, phase), .choices = phases },
	{ "time", FIELD_INSTANT, offsetof(struct event, time) },
	{ "site", FIELD_NAME, offsetof(struct event, site) },
	{ "start", FIELD_INSTANT, offsetof(struct event, slots.start) },
	{ "duration", FIELD_DURATION, offsetof(struct event, slots.duration), .min = 1 },
	{ "every", FIELD_DURATION, offsetof(struct event, slots.every), .min = 1 },
	{ "expires", FIELD_INSTANT, offsetof(struct event, slots.expires) },
};

/* Lines without a phase are remarks. */
/* What an occurrence lost, or has again; what cannot be read is no news. */
static void read_remark(const struct line *l, struct reservation_state *st)
{
	const struct node *broken = node_get(l->map, "broken"), *held = node_get(l->map, "held");
	const struct node *n = broken ? broken : held;
	uint32_t i = 0;
	int64_t when;

	if (!n || instant_parse(n->text, n->len, &when, NULL) < 0)
		return;
	while (i < st->losts && st->lost[i] != when)
		i++;
	if (broken && i == st->losts && i < RESERVATION_OCCURRENCES)
		st->lost[st->losts++] = when;
	else if (!broken && i < st->losts)
		st->lost[i] = st->lost[--st->losts];
}

static int read_event(const struct line *l, struct reservation_state *st, struct diag *d)
{
	struct event e = { st->phase, st->since, st->site, st->slots };

	if (!node_get(l->map, "phase")) {
		read_remark(l, st);
		return 0;
	}
	for (size_t i = 0; i < sizeof event_fields / sizeof *event_fields; i++) {
		const struct node *n = node_get(l->map, event_fields[i].name);

		if (n && field_value(n, event_fields[i].name, &event_fields[i], &e, d) < 0)
			return -1;
	}
	st->phase = (enum reservation_phase)e.phase;
	st->since = e.time;
	st->slots = e.slots;
	if (e.site != st->site)
		snprintf(st->site, sizeof st->site, "%s", e.site);
	return 0;
}

static int read_all(struct line_reader *r, const char *text, size_t len, struct reservation_state *st,
		    struct diag *d)
{
	struct line l;
	int got;

	if (record_open(r, text, len, "reservation", &l, &st->record, d) < 0)
		return -1;
	st->since = st->record.time;
	st->body = l.body;
	st->body_len = l.body_len;
	while ((got = line_next(r, &l, d)) > 0)
		if (read_event(&l, st, d) < 0)
			return -1;
	return got;
}

int reservation_file_read(const char *text, size_t len, struct reservation_state *st, struct diag *d)
{
	struct line_reader r;
	struct diag own = DIAG_INIT;
	int got;

	memset(st, 0, sizeof *st);
	got = read_all(&r, text, len, st, &own);
	st->whole = (size_t)(r.at - text);
	line_close(&r);
	if (st->body && (got == 0 || own.err == ENODATA)) {
		if (st->site[0] && st->slots.duration)
			return 0;
		diag_set(&own, "it was never placed");
		own.err = ENODATA;
	}
	if (d)
		*d = own;
	errno = own.err;
	return -1;
}
