/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "field.h"
#include "instant.h"

enum { DAY_MINUTES = 24 * 60, WEEK_MINUTES = 7 * DAY_MINUTES };

/* --- reading ----------------------------------------------------------------------- */

/* 150%, +50% (the same), -20% (80%), inf */
static int read_load(const struct node *n, const char *text, double *load, struct diag *d)
{
	char *end;
	double percent;

	if (!strcmp(text, "inf") || !strcmp(text, ".inf")) {
		*load = INFINITY;
		return 0;
	}
	percent = strtod(text, &end);
	if (end != text && (*text == '+' || *text == '-'))
		percent += 100;
	if (end == text || strcmp(end, "%") || !(percent >= 0 && percent <= 1e6))
		return diag_at(d, n->line, n->col,
			       "load: found \"%.60s\", expected a percentage like 150%% (0%% to "
			       "1000000%%), what is above or below 100%% like +50%% or -20%%, or inf", text);
	*load = percent / 100;
	return 0;
}

static const struct field day_fields[] = {
	{ "jobs", FIELD_COUNT, offsetof(struct policy_day, jobs) },
	{ "cores", FIELD_COUNT, offsetof(struct policy_day, cores) },
	{ "memory", FIELD_SIZE, offsetof(struct policy_day, memory) },
	{ "walltime", FIELD_DURATION, offsetof(struct policy_day, walltime) },
	{ .name = NULL },
};

struct hours {
	const struct node *days;
	const char *from, *to, *load;
	uint32_t jobs;
};

static const struct field hours_fields[] = {
	{ "days", FIELD_SEQ, offsetof(struct hours, days) },
	{ "from", FIELD_TEXT, offsetof(struct hours, from) },
	{ "to", FIELD_TEXT, offsetof(struct hours, to) },
	{ "load", FIELD_TEXT, offsetof(struct hours, load) },
	{ "jobs", FIELD_COUNT, offsetof(struct hours, jobs) },
	{ .name = NULL },
};

static int read_days(const struct node *v, uint8_t *days, struct diag *d)
{
	static const char *const names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL };
	static const struct field day = { "days", FIELD_CHOICE, .choices = names };

	if (!v)
		*days = 0x7f;
	for (const struct node *n = node_first(v); n; n = node_after(v, n)) {
		int which = 0;

		if (field_value(n, "days", &day, &which, d) < 0)
			return -1;
		*days |= (uint8_t)(1 << which);
	}
	return 0;
}

static int read_minutes(const struct node *map, const char *key, const char *text, int *out,
			struct diag *d)
{
	int hour, minute, n = 0;

	if (!text)
		return 0;
	if (sscanf(text, "%2d:%2d%n", &hour, &minute, &n) == 2 && !text[n] && hour >= 0 &&
	    minute >= 0 && minute < 60 && hour * 60 + minute <= DAY_MINUTES) {
		*out = hour * 60 + minute;
		return 0;
	}
	map = node_get(map, key);
	return diag_at(d, map->line, map->col, "%s: expected a time of day like \"06:30\", found "
		       "\"%.40s\"", key, text);
}

static int read_hours(const struct node *at, struct policy_hours *out, struct diag *d)
{
	struct hours h = { .jobs = UINT32_MAX };

	*out = (struct policy_hours){ .to = DAY_MINUTES, .load = NAN };
	if (field_read(at, "an entry of the calendar", hours_fields, &h, d) < 0 ||
	    read_days(h.days, &out->days, d) < 0 ||
	    read_minutes(at, "from", h.from, &out->from, d) < 0 ||
	    read_minutes(at, "to", h.to, &out->to, d) < 0)
		return -1;
	out->jobs = h.jobs;
	return h.load ? read_load(node_get(at, "load"), h.load, &out->load, d) : 0;
}

static int read_calendar(struct tree *t, const struct node *v, struct policy *p, struct diag *d)
{
	uint32_t n = node_entries(v);

	if (!n)
		return 0;
	p->hours = tree_alloc(t, n * sizeof *p->hours);
	if (!p->hours)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at))
		if (read_hours(at, &p->hours[p->hour_count++], d) < 0)
			return -1;
	return 0;
}

struct pull {
	const char *load;
	uint32_t jobs;
	const struct node *day, *calendar;
};

static const struct field pull_fields[] = {
	{ "load", FIELD_TEXT, offsetof(struct pull, load) },
	{ "jobs", FIELD_COUNT, offsetof(struct pull, jobs), .min = 1 },
	{ "per-day", FIELD_MAP, offsetof(struct pull, day) },
	{ "calendar", FIELD_SEQ, offsetof(struct pull, calendar) },
	{ .name = NULL },
};

int policy_read(struct tree *t, const struct node *map, struct policy *p, struct diag *d)
{
	struct pull v = { .jobs = UINT32_MAX };

	*p = (struct policy)POLICY_DEFAULT;
	if (!map)
		return 0;
	if (field_read(map, "pull", pull_fields, &v, d) < 0)
		return -1;
	p->jobs = v.jobs;
	if (v.load && read_load(node_get(map, "load"), v.load, &p->load, d) < 0)
		return -1;
	if (v.day && field_read(v.day, "per-day", day_fields, &p->day, d) < 0)
		return -1;
	return read_calendar(t, v.calendar, p, d);
}

bool policy_has_day(const struct policy *p)
{
	return p->day.jobs != UINT32_MAX || p->day.cores != UINT32_MAX ||
	       p->day.memory != UINT64_MAX || p->day.walltime != INT64_MAX;
}

/* --- the calendar -------------------------------------------------------------------- */

static int64_t instant_of(struct tm *tm)
{
	tm->tm_isdst = -1;
	return (int64_t)mktime(tm) * SECOND_US;
}

static void local(int64_t now, struct tm *tm)
{
	time_t s = (time_t)(now / SECOND_US);

	localtime_r(&s, tm);
}

void policy_midnights(int64_t now, int64_t *last, int64_t *next)
{
	struct tm tm;

	local(now, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	*last = instant_of(&tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday++;
	*next = instant_of(&tm);
}

/* minute: of the week, from Sunday's first on. */
static bool holds(const struct policy_hours *h, int minute)
{
	int length = h->to > h->from ? h->to - h->from : h->to + DAY_MINUTES - h->from;

	for (int day = 0; day < 7; day++) {
		int since = (minute - day * DAY_MINUTES - h->from + 2 * WEEK_MINUTES) % WEEK_MINUTES;

		if ((h->days & (1 << day)) && since < length)
			return true;
	}
	return false;
}

static const struct policy_hours *hours_at(const struct policy *p, int minute)
{
	for (uint32_t i = 0; i < p->hour_count; i++)
		if (holds(&p->hours[i], minute))
			return &p->hours[i];
	return NULL;
}

void policy_at(const struct policy *p, int64_t now, struct policy_now *out)
{
	const struct policy_hours *h;
	struct tm tm;
	int minute, ahead;

	*out = (struct policy_now){ true, p->load, p->jobs, 0 };
	if (!p->hour_count)
		return;
	local(now, &tm);
	minute = tm.tm_wday * DAY_MINUTES + tm.tm_hour * 60 + tm.tm_min;
	h = hours_at(p, minute);
	out->open = h != NULL;
	if (h && !isnan(h->load))
		out->load = h->load;
	if (h && h->jobs != UINT32_MAX)
		out->jobs = h->jobs;
	for (ahead = 1; ahead <= WEEK_MINUTES; ahead++)
		if (!!hours_at(p, (minute + ahead) % WEEK_MINUTES) != out->open)
			break;
	if (ahead > WEEK_MINUTES)
		return;
	tm.tm_min += ahead;
	tm.tm_sec = 0;
	out->change = instant_of(&tm);
}
