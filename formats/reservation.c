/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reservation.h"

#include "field.h"
#include "request_part.h"

/* --- one window -------------------------------------------------------------- */

struct entry {
	const struct node *start;
	int64_t duration;
};

static const struct field window_fields[] = {
	{ "start", FIELD_NODE, .offset = offsetof(struct entry, start) },
	{ "duration", FIELD_DURATION, .offset = offsetof(struct entry, duration), .required = true,
	  .min = 1 },
	{ NULL }
};

static int read_windows(struct tree *t, const struct node *v, struct reservation *r, struct diag *d)
{
	if (request_array(t, v, "time", sizeof *r->window, &r->window, d) < 0)
		return -1;
	for (const struct node *n = node_first(v); n; n = node_after(v, n)) {
		struct reservation_window *w = &r->window[r->windows++];
		struct entry e = { NULL, 0 };

		if (field_read(n, "a time window", window_fields, &e, d) < 0)
			return -1;
		w->duration = e.duration;
		w->line = n->line;
		w->has_start = e.start;
		if (e.start && request_start(e.start, &w->start, d) < 0)
			return -1;
	}
	if (r->windows)
		return 0;
	return diag_at(d, v->line, v->col, "time: expected a window with a duration, found none");
}

/* --- repetition --------------------------------------------------------------- */

struct rhythm {
	int64_t every, until;
	uint32_t times;
};

static const struct field repeat_fields[] = {
	{ "every", FIELD_DURATION, .offset = offsetof(struct rhythm, every), .required = true, .min = 1 },
	{ "times", FIELD_COUNT, .offset = offsetof(struct rhythm, times), .min = 1,
	  .max = RESERVATION_OCCURRENCES },
	{ "until", FIELD_INSTANT, .offset = offsetof(struct rhythm, until) },
	{ NULL }
};

static int read_repeat(const struct node *map, struct reservation *r, struct diag *d)
{
	struct rhythm rhythm = { 0 };
	const struct node *n;

	if (!map)
		return 0;
	if (field_read(map, "repeat", repeat_fields, &rhythm, d) < 0)
		return -1;
	n = field_get(map, repeat_fields, "until");
	if (!n == !rhythm.times)
		return diag_at(d, map->line, map->col, "repeat: expected either \"times\" or \"until\", found %s",
			       n ? "both" : "none");
	r->every = rhythm.every;
	r->times = rhythm.times;
	r->until = rhythm.until;
	for (uint32_t i = 0; i < r->windows; i++)
		if (r->window[i].duration > r->every)
			return diag_at(d, r->window[i].line, 0, "duration: each occurrence is longer than "
				       "the time between two");
	return 0;
}

/* --- the whole ------------------------------------------------------------------ */

struct body {
	const char *name;
	const struct node *resources, *placement, *time, *repeat;
	int64_t expires;
	int access;
};

static const char *const accesses[] = { [ACCESS_OWNER] = "owner", [ACCESS_GROUP] = "group", NULL };

static const struct field fields[] = {
	{ "name", FIELD_TEXT, .offset = offsetof(struct body, name), .max = 200 },
	{ "resources", FIELD_MAP, .offset = offsetof(struct body, resources), .required = true },
	{ "placement", FIELD_NODE, .offset = offsetof(struct body, placement) },
	{ "time", FIELD_NODE, .offset = offsetof(struct body, time), .required = true },
	{ "repeat", FIELD_MAP, .offset = offsetof(struct body, repeat) },
	{ "expires", FIELD_INSTANT, .offset = offsetof(struct body, expires) },
	{ "access", FIELD_CHOICE, .offset = offsetof(struct body, access), .choices = accesses },
	{ NULL }
};

static const struct field top[] = { { "reservation", FIELD_MAP, .required = true }, { NULL } };

int reservation_read(struct tree *t, const struct node *root, struct reservation *r, struct diag *d)
{
	const struct node *map, *n;
	struct body b = { 0 };

	*r = (struct reservation){ 0 };
	root = drop_root(root, d);
	if (!root || field_read(root, "a reservation", top, &map, d) < 0 ||
	    field_read(map, "a reservation", fields, &b, d) < 0 || request_name_ok(map, d) < 0)
		return -1;
	r->name = b.name;
	r->expires = b.expires;
	r->access = (enum reservation_access)b.access;
	if (request_resources(t, b.resources, &r->want, d) < 0 ||
	    request_placement(t, b.placement, &r->want, d) < 0 || read_windows(t, b.time, r, d) < 0 ||
	    read_repeat(b.repeat, r, d) < 0)
		return -1;
	n = r->want.reservation ? node_get(b.placement, "reservation") : NULL;
	return n ? diag_at(d, n->key_line, n->key_col, "reservation: a reservation cannot lie in another")
		 : 0;
}

/* --- when it is held --------------------------------------------------------------- */

struct slots reservation_slots(const struct reservation *r, const struct reservation_window *w,
			       int64_t start)
{
	struct slots s = { start, w->duration, r->every, 0 };
	int64_t times = !r->every ? 1 : r->times;

	/* Rounded up: one begins whenever `until` is not reached. */
	if (!times)
		times = r->until <= start ? 1 : (r->until - start + r->every - 1) / r->every;
	s.expires = start + (times - 1) * r->every + w->duration;
	if (r->expires && r->expires < s.expires)
		s.expires = r->expires;
	return s;
}

int64_t slots_count(const struct slots *s)
{
	if (s->expires <= s->start)
		return 0;
	return s->every ? (s->expires - s->start + s->every - 1) / s->every : 1;
}

void slots_nth(const struct slots *s, int64_t n, int64_t *from, int64_t *to)
{
	*from = s->start + n * s->every;
	*to = s->every ? *from + s->duration : s->expires;
	if (*to > s->expires)
		*to = s->expires;
}

int64_t slots_after(const struct slots *s, int64_t t)
{
	int64_t count = slots_count(s), n, from, to;

	if (t < s->start || !s->every)
		return t < s->expires ? 0 : count;
	n = (t - s->start) / s->every;
	if (n >= count)
		return count;
	slots_nth(s, n, &from, &to);
	return to > t ? n : n + 1;
}
