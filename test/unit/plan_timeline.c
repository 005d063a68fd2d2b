/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timeline.h: random histories, beside a timeline that is nothing but a list.
 *
 * A case is one operation of a history with all checks behind it: what the
 * operation answered, every amount at every instant, the tree inside, and
 * that nothing is over-committed.  A history that fails is shrunk, then printed.
 */
#include <stdio.h>
#include <string.h>

#include "plan_list.h"
#include "plan_shrink.h"
#include "plan_tree.h"
#include "timeline.h"

enum { KINDS = LIST_KINDS, LAST = LIST_LAST, OPS = LIST_MOST, WINDOWS = 3 };

enum verb { TAKE, IMPOSE, GIVE_BACK, SHORTEN, FIRM, RESIZE, FIT, OBSTACLE, COPY, VERBS };
static const char *const verbs[] = {
	"take", "impose", "give back", "shorten", "firm", "resize", "fit", "obstacle", "copy",
};

/* All that an operation may need; which entry it means is pick % entries, so
 * that it means something whatever was left out before it. */
struct op {
	enum verb verb;
	struct timeline_entry entry;
	uint32_t pick;
	struct timeline_window window[WINDOWS];
	unsigned windows;
};

struct history {
	unsigned kinds, ops;
	uint64_t capacity[KINDS];
	uint8_t leaf, calm, patience;
	struct op op[OPS];
};

static char why[300];		/* the last history failed */

#define FAIL(...) (snprintf(why, sizeof why, __VA_ARGS__), false)

/* --- comparing ------------------------------------------------------------------------ */

static bool same_broken(struct list *l, int64_t from, int64_t to, struct timeline_broken *b)
{
	struct timeline_entry expected[OPS];
	unsigned n = list_settle(l, from, to, expected);
	bool same = n == b->entries;

	for (unsigned i = 0; same && i < n; i++)
		same = list_same(&expected[i], &b->entry[i]);
	if (!same)
		snprintf(why, sizeof why, "%zu promises were broken, expected %u", b->entries, n);
	free(b->entry);
	return same;
}

/* Every amount at every instant, one after another as a reader would. */
static bool same_profile(const struct timeline *t, const struct list *l)
{
	int64_t at = TIMELINE_START, until = at;
	uint64_t vacant[KINDS];

	for (int64_t i = -1; i <= LAST; i++) {
		if (i == -1 || i == until) {
			at = i == -1 ? TIMELINE_START : i;
			timeline_free_at(t, at, vacant, &until);
		}
		for (unsigned k = 0; k < l->kinds; k++) {
			uint64_t load = list_load(l, i, k);
			uint64_t expected = load < l->capacity[k] ? l->capacity[k] - load : 0;

			if (vacant[k] != expected)
				return FAIL("at %d, of kind %u, %d are free, expected %d", (int)i, k,
					    (int)vacant[k], (int)expected);
		}
	}
	return until == TIMELINE_END ? true : FAIL("the profile steps after its last entry");
}

static bool within_capacity(const struct list *l)
{
	for (unsigned i = 0; i < l->entries; i++)
		for (int64_t t = -1; t <= LAST; t++)
			for (unsigned k = 0; k < l->kinds; k++)
				if (l->entry[i].standing != TIMELINE_FACT && list_covers(&l->entry[i], t) &&
				    t >= l->since && l->entry[i].amount[k] &&
				    list_load(l, t, k) > l->capacity[k])
					return FAIL("over-committed at %d", (int)t);
	return true;
}

static bool same_entries(const struct timeline *t, const struct list *l)
{
	struct timeline_entry e;
	uint32_t cursor = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < l->entries; i++)
		if (!timeline_entry(t, l->entry[i].handle, &e) || !list_same(&e, &l->entry[i]))
			return FAIL("an entry is not what it was");
	while (timeline_next(t, &cursor, &e))
		n++;
	return n == l->entries && t->entries == n ? true : FAIL("%u entries, expected %u", n, l->entries);
}

static bool sound(const struct timeline *t, const struct list *l)
{
	uint32_t marks = 0;
	const char *wrong;

	for (unsigned i = 0; i < l->entries; i++)
		marks += 1 + (l->entry[i].to < TIMELINE_END);
	wrong = plan_tree_wrong(&t->load, marks);
	if (wrong)
		return FAIL("in the tree: %s", wrong);
	return same_entries(t, l) && same_profile(t, l);
}

/* --- doing ------------------------------------------------------------------------------ */

static bool do_take(struct timeline *t, struct list *l, const struct op *op)
{
	struct timeline_entry e = op->entry;
	int expected = list_fits(l, e.amount, e.from, e.to) ? 0 : 1;
	int got = timeline_take(t, &e, &e.handle, NULL);

	if (got != expected)
		return FAIL("take answered %d, expected %d", got, expected);
	if (!got)
		l->entry[l->entries++] = e;
	return within_capacity(l);
}

static bool do_impose(struct timeline *t, struct list *l, const struct op *op)
{
	struct timeline_entry e = op->entry;
	struct timeline_broken broken;

	if (timeline_impose(t, &e, &e.handle, &broken, NULL) < 0)
		return FAIL("impose failed");
	e.standing = TIMELINE_FACT;
	l->entry[l->entries++] = e;
	return same_broken(l, e.from, e.to, &broken) && within_capacity(l);
}

static bool do_resize(struct timeline *t, struct list *l, const struct op *op)
{
	struct timeline_broken broken;

	if (timeline_resize(t, op->entry.amount, op->entry.from, &broken, NULL) < 0)
		return FAIL("resize failed");
	memcpy(l->capacity, op->entry.amount, sizeof l->capacity);
	if (op->entry.from > l->since)
		l->since = op->entry.from;
	return same_broken(l, op->entry.from, TIMELINE_END, &broken) && within_capacity(l);
}

static bool do_give_back(struct timeline *t, struct list *l, const struct op *op)
{
	struct timeline_entry *e = &l->entry[op->pick % l->entries];

	if (timeline_give_back(t, e->handle, NULL) < 0)
		return FAIL("give back failed");
	if (timeline_give_back(t, e->handle, NULL) == 0)
		return FAIL("the same was given back twice");
	*e = l->entry[--l->entries];
	return true;
}

static bool do_shorten(struct timeline *t, struct list *l, const struct op *op)
{
	struct timeline_entry *e = &l->entry[op->pick % l->entries];
	int64_t to = op->entry.to;
	int expected = to > e->from && to < e->to ? 0 : -1;
	int got = timeline_shorten(t, e->handle, to, NULL);

	if (got != expected)
		return FAIL("shorten answered %d, expected %d", got, expected);
	if (!got)
		e->to = to;
	return true;
}

static bool do_firm(struct timeline *t, struct list *l, const struct op *op)
{
	struct timeline_entry *e = &l->entry[op->pick % l->entries];
	uint8_t standing = op->entry.standing;
	int expected = standing <= e->standing ? 0 : -1;

	if (timeline_firm(t, e->handle, standing, NULL) != expected)
		return FAIL("firm did not answer %d", expected);
	if (!expected)
		e->standing = standing;
	return true;
}

static bool do_fit(const struct timeline *t, const struct list *l, const struct op *op)
{
	struct timeline_found got = { -7, 7 }, expected = { -7, 7 };
	bool found = timeline_fit(t, op->entry.amount, op->window, op->windows, &got);

	if (found != list_fit(l, op->entry.amount, op->window, op->windows, &expected) ||
	    got.start != expected.start || got.window != expected.window)
		return FAIL("fit found %d in window %u, expected %d in %u", (int)got.start, got.window,
			    (int)expected.start, expected.window);
	return true;
}

static bool do_obstacle(const struct timeline *t, const struct list *l, const struct op *op)
{
	const struct timeline_entry *e = &op->entry;
	struct timeline_obstacle o;
	bool got = timeline_obstacle(t, e->amount, e->from, e->to, &o);

	if (got == list_fits(l, e->amount, e->from, e->to))
		return FAIL("there is %s obstacle", got ? "an" : "no");
	if (!got)
		return true;
	if (o.when < e->from || o.when >= e->to || o.wanted != e->amount[o.kind] || o.wanted <= o.free ||
	    (o.when > e->from && !list_fits(l, e->amount, e->from, o.when)))
		return FAIL("the obstacle at %d is not the first", (int)o.when);
	return true;
}

static bool do_copy(struct timeline *t)
{
	struct timeline copy;

	if (timeline_copy(&copy, t, NULL) < 0)
		return FAIL("copy failed");
	timeline_free(t);
	*t = copy;
	return true;
}

static bool do_op(struct timeline *t, struct list *l, const struct op *op)
{
	if (!l->entries && (op->verb == GIVE_BACK || op->verb == SHORTEN || op->verb == FIRM))
		return true;
	switch (op->verb) {
	case TAKE:	return do_take(t, l, op);
	case IMPOSE:	return do_impose(t, l, op);
	case GIVE_BACK:	return do_give_back(t, l, op);
	case SHORTEN:	return do_shorten(t, l, op);
	case FIRM:	return do_firm(t, l, op);
	case RESIZE:	return do_resize(t, l, op);
	case FIT:	return do_fit(t, l, op);
	case OBSTACLE:	return do_obstacle(t, l, op);
	default:	return do_copy(t);
	}
}

/* When all is over, nothing may be left of it. */
static bool do_end(struct timeline *t, struct list *l)
{
	struct op op = { .verb = GIVE_BACK };

	for (; l->entries; op.pick = op.pick * 5 + 3)
		if (!do_give_back(t, l, &op))
			return false;
	return t->load.steps ? FAIL("%u steps are left", t->load.steps) : sound(t, l);
}

static bool do_history(const struct history *h)
{
	struct list l = { .kinds = h->kinds, .since = INT64_MIN };
	struct timeline t;
	bool fine = true;

	memcpy(l.capacity, h->capacity, sizeof l.capacity);
	if (timeline_init(&t, h->kinds, h->capacity, NULL) < 0)
		bail("timeline_init failed");
	profile_free(&t.load);
	if (profile_init(&t.load, h->kinds, h->leaf) < 0)
		bail("profile_init failed");
	for (unsigned k = 0; k < h->kinds; k++)
		t.load.top[k] = t.capacity[k];
	t.load.calm = h->calm;
	t.load.patience = h->patience;
	for (unsigned i = 0; fine && i < h->ops; i++)
		fine = do_op(&t, &l, &h->op[i]) && sound(&t, &l);
	fine = fine && do_end(&t, &l);
	timeline_free(&t);
	return fine;
}

/* --- making them up ----------------------------------------------------------------------- */

static void make_op(struct chance *c, const struct history *h, struct op *op)
{
	static const enum verb often[] = { TAKE, TAKE, TAKE, TAKE, TAKE, FIT, FIT, FIT, GIVE_BACK, SHORTEN };
	struct timeline_entry *e = &op->entry;

	memset(op, 0, sizeof *op);
	op->verb = chance_below(c, 4) ? often[chance_below(c, 10)] : (enum verb)chance_below(c, VERBS);
	op->pick = (uint32_t)chance_below(c, UINT32_MAX);
	e->from = chance_from(c, 0, LAST - 1);
	e->to = chance_from(c, e->from + 1, chance_below(c, 3) && e->from + 6 < LAST ? e->from + 6 : LAST);
	if (!chance_below(c, 20))
		e->from = TIMELINE_START;
	if (!chance_below(c, 10))
		e->to = TIMELINE_END;
	e->owner = chance_below(c, 4);
	e->standing = (uint8_t)chance_from(c, op->verb != TAKE, 3);
	if (op->verb == TAKE && !e->standing)
		e->standing = TIMELINE_PROMISE;
	for (unsigned k = 0; k < h->kinds; k++)
		e->amount[k] = chance_below(c, h->capacity[k] + (op->verb == RESIZE || !chance_below(c, 9)));
	op->windows = (unsigned)chance_from(c, 1, WINDOWS);
	for (unsigned i = 0; i < op->windows; i++) {
		struct timeline_window *w = &op->window[i];

		w->earliest = chance_below(c, 9) ? chance_from(c, 0, LAST) : TIMELINE_START;
		w->latest = chance_below(c, 3) ? TIMELINE_END : chance_from(c, -1, LAST);
		w->duration = chance_from(c, 1, chance_below(c, 2) ? 4 : LAST + 3);
	}
}

static void make_history(struct chance *c, struct history *h)
{
	h->kinds = (unsigned)chance_from(c, 1, KINDS);
	h->ops = (unsigned)chance_from(c, 1, OPS);
	for (unsigned k = 0; k < h->kinds; k++)
		h->capacity[k] = 1 + chance_below(c, chance_below(c, 2) ? 4 : 30);
	h->leaf = (uint8_t)(chance_below(c, 8) ? chance_from(c, 4, 7) : PROFILE_LEAF);
	h->calm = (uint8_t)chance_below(c, 3);
	h->patience = (uint8_t)chance_below(c, 3);
	for (unsigned i = 0; i < h->ops; i++)
		make_op(c, h, &h->op[i]);
}

/* --- all of them ------------------------------------------------------------------------- */

static void print_op(const struct op *op, unsigned kinds)
{
	const struct timeline_entry *e = &op->entry;
	char text[600];
	int n = snprintf(text, sizeof text, "%s pick %u from %" PRId64 " to %" PRId64 " owner %d standing %u of",
			 verbs[op->verb], op->pick, e->from, e->to, (int)e->owner, e->standing);

	for (unsigned k = 0; k < kinds; k++)
		n += snprintf(text + n, sizeof text - (size_t)n, " %d", (int)e->amount[k]);
	for (unsigned i = 0; op->verb == FIT && i < op->windows; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, " [%" PRId64 " %" PRId64 " for %d]",
			      op->window[i].earliest, op->window[i].latest, (int)op->window[i].duration);
	note("%s", text);
}

static void report(const struct history *h)
{
	note("%s, after %u operations (leaf %u, calm %u, patience %u; capacity %d %d %d):", why, h->ops,
	     h->leaf, h->calm, h->patience, (int)h->capacity[0], (int)h->capacity[1], (int)h->capacity[2]);
	for (unsigned i = 0; i < h->ops; i++)
		print_op(&h->op[i], h->kinds);
}

static unsigned last_ops;

static bool passes(struct chance *c)
{
	static struct history h;
	bool fine;

	memset(&h, 0, sizeof h);
	make_history(c, &h);
	last_ops = h.ops;
	fine = do_history(&h);
	if (shrink_telling)
		report(&h);
	return fine;
}

/* --- what chance does not try ------------------------------------------------------------------- */

static void test_refusals(void)
{
	struct timeline_entry e = { .from = 5, .to = 5, .standing = TIMELINE_PROMISE, .amount = { 1 } };
	uint64_t capacity[] = { 4, 4 }, too_much[] = { TIMELINE_MOST + 1, 0 };
	struct timeline_broken broken;
	struct diag d = DIAG_INIT;
	timeline_handle h = 0;
	struct timeline t;

	is_int(timeline_init(&t, 17, capacity, &d), -1, "seventeen kinds");
	like(d.text, "expected 1 to 16", "are too many");
	is_int(timeline_init(&t, 2, too_much, &d), -1, "too much capacity");
	like(d.text, "more than a timeline can hold", "is refused");
	is_int(timeline_init(&t, 2, capacity, &d), 0, "a timeline");
	is_int(timeline_take(&t, &e, &h, &d), -1, "an entry without length");
	like(d.text, "expected it to end after it begins", "is refused");
	e.to = 9;
	e.standing = TIMELINE_FACT;
	is_int(timeline_take(&t, &e, &h, &d), -1, "a fact");
	like(d.text, "is not taken but imposed", "is not taken");
	e.amount[0] = TIMELINE_MOST;
	is_int(timeline_impose(&t, &e, &h, &broken, &d), 0, "but imposed, however much it is");
	is_int(timeline_impose(&t, &e, &h, &broken, &d), 0, "twice");
	is_int(timeline_impose(&t, &e, &h, &broken, &d), -1, "until it cannot be counted");
	like(d.text, "more would be taken than a timeline can count", "which it says");
	is_int(timeline_give_back(&t, h + 1, &d), -1, "what is not there");
	like(d.text, "no such entry", "cannot be given back");
	is_int(timeline_shorten(&t, h, 9, &d), -1, "an entry cannot be shortened to its end");
	like(d.text, "cannot be shortened to end at 9", "which it says");
	e.standing = TIMELINE_OFFER;
	e.amount[0] = 5;
	is_int(timeline_take(&t, &e, &h, &d), 1, "more than there is does not fit");
	timeline_free(&t);
	timeline_free(&t);
	ok(true, "freed twice");
}

int main(void)
{
	test_refusals();
	ok_cases(passes, 1000000, &last_ops, NULL, "random operations");
	return done();
}
