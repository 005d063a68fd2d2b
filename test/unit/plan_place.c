/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place.h: what a site document makes of it; and random demands of several
 * parts at several places, beside a search that tries every instant.
 */
#include <stdio.h>
#include <string.h>

#include "place.h"
#include "plan_shrink.h"

static struct tree tree = TREE_INIT;

static void learn(struct place *p, const char *doc, struct timeline_broken *b)
{
	struct site_doc s;
	struct diag d = DIAG_INIT;

	if (tree_parse(&tree, doc, strlen(doc), NULL, &d) < 0 || site_read(&tree, tree.root, &s, &d) < 0 ||
	    place_learn(p, &s, 0, b, &d) < 0)
		bail("%s: %s", doc, d.text);
}

static bool wish(const struct place *p, const char *resources, uint64_t *amount)
{
	struct buf text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct request r;
	struct shape s;
	bool may;

	buf_addf(&text, "task: {type: process}\nresources: {compute: [%s]}\n", resources);
	if (tree_parse(&tree, text.s, text.len, NULL, &d) < 0 || request_read(&tree, tree.root, &r, &d) < 0 ||
	    shape_make(&r, &s, &d) < 0)
		bail("%s: %s", text.s, d.text);
	may = place_wish(p, &s, amount);
	shape_free(&s);
	buf_free(&text);
	return may;
}

#define SITE "site: a\ntime: 2026-12-01\ncapacity: {cores: 8, memory: 1000, disk: 50}\n"

static void documents(void)
{
	struct place p = { 0 };
	struct timeline_broken b;
	struct timeline_entry e;
	struct place_take k = { .from = 10, .to = 20, .standing = PLACE_OFFERED, .holder = { 3, 4, 5 } };
	struct place_holder who;
	timeline_handle h, other;
	uint64_t amount[TIMELINE_KINDS];

	ok(!wish(&p, "{}", amount), "where nothing is known nothing can be had");
	is_int(place_take(&p, &k, &h, &(struct diag){ 0 }), -1, "or taken");
	learn(&p, SITE "gpus: [{type: A, count: 2}, {type: B, count: 1}, {type: A}]\npull: {cores: 6}", &b);
	is_int(p.line.capacity[PLACE_CORES], 6, "no more cores than it wants to hold");
	is_int(p.line.capacity[PLACE_MEMORY], 1000, "its memory");
	is_int(p.line.capacity[PLACE_GPUS], 4, "all GPUs together");
	is_int(p.line.capacity[PLACE_TYPED], 3, "and those of each type");
	is_str(place_kind(&p, PLACE_TYPED + 1), "B", "which has a name");
	ok(wish(&p, "{min-cores: 2, gpu: {type: A, count: 3}}", amount), "all of a type");
	is_int(amount[PLACE_GPUS], 3, "counts among all");
	is_int(amount[PLACE_TYPED], 3, "and among the type's");
	ok(!wish(&p, "{gpu: {type: A, count: 4}}", amount), "not more than all of a type");
	ok(!wish(&p, "{gpu: {type: C, count: 1}}", amount), "and not of one that it has not");
	ok(wish(&p, "{gpu: 4}", amount), "of any type, all of them");
	memcpy(k.amount, amount, sizeof amount);
	is_int(place_take(&p, &k, &h, NULL), 0, "they are taken");
	is_int(place_take(&p, &k, &other, NULL), 1, "once");
	ok(!other, "what does not fit has no handle");
	learn(&p, SITE "gpus: [{type: A, count: 3}, {type: C, count: 5}]", &b);
	is_int(b.entries, 0, "another type comes, one goes, and what fits stays");
	ok(timeline_entry(&p.line, h, &e) && e.amount[PLACE_GPUS] == 4, "with its handle");
	ok(wish(&p, "{gpu: {type: C, count: 5}}", amount), "the new type can be had");
	ok(!wish(&p, "{gpu: {type: B, count: 1}}", amount), "the old one not any more");
	learn(&p, SITE "gpus: [{type: A, count: 3}]", &b);
	is_int(b.entries, 1, "with less, what does not fit is broken");
	who = place_holder(&b.entry[0]);
	ok(who.what == 3 && who.number == 4 && who.index == 5, "and says whose it was");
	free(b.entry);
	place_give_back(&p, &h);
	ok(!h, "to give back what is gone does nothing");
	place_free(&p);
}

static void parts(void)
{
	struct place p = { 0 }, part = { 0 };
	struct timeline_broken b;
	struct place_take k = { .from = 100, .to = 150, .standing = PLACE_AGREED };
	uint64_t amount[TIMELINE_KINDS] = { 3 };
	timeline_handle h;

	learn(&p, SITE, &b);
	is_int(place_within(&part, &p, amount, 100, 200, NULL), 0, "a part of a place");
	k.amount[PLACE_CORES] = 3;
	is_int(place_take(&part, &k, &h, NULL), 0, "can be taken");
	k.from = 150;
	k.to = 201;
	is_int(place_take(&part, &k, &h, NULL), 1, "but not after its end");
	k.from = 99;
	k.to = 100;
	is_int(place_take(&part, &k, &h, NULL), 1, "nor before its beginning");
	k.from = 150;
	k.to = 200;
	k.amount[PLACE_CORES] = 4;
	is_int(place_take(&part, &k, &h, NULL), 1, "and no more than it is");
	place_free(&part);
	place_free(&p);
}

static int insist(struct place *p, unsigned standing, timeline_handle *h, struct timeline_broken *b)
{
	struct place_take k = { .amount = { 2 }, .from = 10, .to = 20, .standing = (uint8_t)standing, .owner = 9 };

	return place_insist(p, &k, h, b, NULL);
}

/* So many cores are taken. */
static int crowd(struct place *p, int64_t cores, unsigned standing, timeline_handle *h)
{
	struct place_take k = { .amount = { (uint64_t)cores }, .from = 15, .to = 30, .holder = { 3, 0, 1 },
				.standing = (uint8_t)standing };

	return place_take(p, &k, h, NULL);
}

static void insisting(void)
{
	struct place p = { 0 };
	struct timeline_broken b;
	timeline_handle queued, planned, offered, h;
	int64_t most;

	learn(&p, SITE, &b);
	most = p.line.capacity[PLACE_CORES] - 1;
	is_int(crowd(&p, most, PLACE_QUEUED, &queued), 0, "something is queued");
	is_int(crowd(&p, 1, PLACE_PLANNED, &planned), 0, "something planned");
	is_int(insist(&p, PLACE_AGREED, &h, &b), 0, "what insists gets its time");
	is_int((int)b.entries, 2, "those that are less firm give way");
	ok(b.entries == 2 && b.entry[0].handle == queued && b.entry[1].handle == planned, "the firmer before the other");
	is_int((int)p.taken[3], 0, "and are taken no more");
	free(b.entry);
	place_give_back(&p, &h);
	is_int(crowd(&p, most, PLACE_OFFERED, &offered), 0, "what is offered");
	is_int(crowd(&p, 1, PLACE_QUEUED, &queued), 0, "beside what is queued");
	is_int(insist(&p, PLACE_AGREED, &h, &b), 1, "does not give way");
	is_int((int)b.entries, 0, "and then nothing else does");
	is_int((int)p.taken[3], 2, "both are there");
	place_free(&p);
}

/* --- several at once ------------------------------------------------------------------- */

enum { PLACES = 2, CLAIMS = 4, KINDS = 2, LAST = 40, ENTRIES = 6, LONGEST = 9 };

struct scene {
	uint64_t capacity[PLACES][KINDS];
	struct place_take entry[PLACES][ENTRIES];
	unsigned entries[PLACES], claims;
	struct place_claim claim[CLAIMS];
	unsigned at[CLAIMS];
	int64_t earliest, latest;
};

static char why[200];
#define FAIL(...) (snprintf(why, sizeof why, __VA_ARGS__), false)

static void make_scene(struct chance *c, struct scene *s)
{
	*s = (struct scene){ .claims = 1 + (unsigned)chance_below(c, CLAIMS) };
	for (unsigned p = 0; p < PLACES; p++) {
		for (unsigned k = 0; k < KINDS; k++)
			s->capacity[p][k] = chance_below(c, 8);
		s->entries[p] = (unsigned)chance_below(c, ENTRIES + 1);
		for (unsigned i = 0; i < s->entries[p]; i++) {
			struct place_take *e = &s->entry[p][i];

			e->from = chance_from(c, 0, 20);
			e->to = e->from + chance_from(c, 1, 12);
			if (chance_below(c, 30) == 0)
				e->to = TIMELINE_END;
			for (unsigned k = 0; k < KINDS; k++)
				e->amount[k] = chance_below(c, 5);
		}
	}
	for (unsigned i = 0; i < s->claims; i++) {
		s->at[i] = (unsigned)chance_below(c, PLACES);
		s->claim[i].duration = chance_from(c, 1, LONGEST);
		s->claim[i].take.standing = PLACE_OFFERED;
		for (unsigned k = 0; k < KINDS; k++)
			s->claim[i].take.amount[k] = chance_below(c, 4);
	}
	s->earliest = chance_from(c, 0, 10);
	s->latest = chance_below(c, 3) ? s->earliest + chance_from(c, 0, 25) : LAST;
}

/* What is taken at each instant, and what is wanted so long after the start. */
struct loads { uint64_t taken[PLACES][KINDS][LAST + LONGEST], wanted[PLACES][KINDS][LONGEST]; };

static void load(const struct scene *s, struct loads *l)
{
	memset(l, 0, sizeof *l);
	for (unsigned p = 0; p < PLACES; p++)
		for (unsigned i = 0; i < s->entries[p]; i++)
			for (int64_t t = s->entry[p][i].from; t < s->entry[p][i].to && t < LAST + LONGEST; t++)
				for (unsigned k = 0; k < KINDS; k++)
					l->taken[p][k][t] += s->entry[p][i].amount[k];
	for (unsigned i = 0; i < s->claims; i++)
		for (int64_t t = 0; t < s->claim[i].duration; t++)
			for (unsigned k = 0; k < KINDS; k++)
				l->wanted[s->at[i]][k][t] += s->claim[i].take.amount[k];
}

/* What wants nothing of a kind is not in the way of what does not fit. */
static bool all_fit(const struct scene *s, const struct loads *l, int64_t start)
{
	for (unsigned p = 0; p < PLACES; p++)
		for (unsigned k = 0; k < KINDS; k++)
			for (int64_t t = 0; t < LONGEST; t++)
				if (l->wanted[p][k][t] &&
				    l->wanted[p][k][t] + l->taken[p][k][start + t] > s->capacity[p][k])
					return false;
	return true;
}

static bool set_up(struct scene *s, struct place *p)
{
	struct timeline_broken b;
	timeline_handle h = 0;

	for (unsigned i = 0; i < PLACES; i++) {
		p[i] = (struct place){ 0 };
		if (timeline_init(&p[i].line, KINDS, s->capacity[i], NULL) < 0)
			return FAIL("timeline_init");
		for (unsigned k = 0; k < s->entries[i]; k++, h = 0)
			if (place_impose(&p[i], &s->entry[i][k], &h, &b, NULL) < 0 || b.entries)
				return FAIL("place_impose");
	}
	for (unsigned i = 0; i < s->claims; i++) {
		s->claim[i].place = &p[s->at[i]];
		s->claim[i].handle = 0;
	}
	return true;
}

static bool compare(struct scene *s, struct place *p)
{
	int64_t start = -1, best = s->earliest;
	struct loads l;
	size_t before = p[0].line.entries + p[1].line.entries;
	int got = place_fit_all(s->claim, s->claims, s->earliest, s->latest, &start, NULL);

	load(s, &l);
	while (best <= s->latest && best < LAST && !all_fit(s, &l, best))
		best++;
	if (best > s->latest || best >= LAST) {
		if (got != 1)
			return FAIL("fits at %d, expected never", (int)start);
	} else if (got != 0 || start != best) {
		return FAIL("got %d at %d, expected %d", got, (int)start, (int)best);
	}
	if (p[0].line.entries + p[1].line.entries != before + (got ? 0 : s->claims))
		return FAIL("%s is held", got ? "something" : "not all");
	place_give_back_all(s->claim, s->claims);
	if (p[0].line.entries + p[1].line.entries != before)
		return FAIL("something stays held");
	return true;
}

static void tell(const struct scene *s)
{
	for (unsigned p = 0; p < PLACES; p++) {
		note("place %u has %u, %u", p, (unsigned)s->capacity[p][0], (unsigned)s->capacity[p][1]);
		for (unsigned i = 0; i < s->entries[p]; i++)
			note("  %d to %lld takes %u, %u", (int)s->entry[p][i].from, (long long)s->entry[p][i].to,
			     (unsigned)s->entry[p][i].amount[0], (unsigned)s->entry[p][i].amount[1]);
	}
	for (unsigned i = 0; i < s->claims; i++)
		note("wanted at place %u for %d: %u, %u", s->at[i], (int)s->claim[i].duration,
		     (unsigned)s->claim[i].take.amount[0], (unsigned)s->claim[i].take.amount[1]);
	note("from %d to %d: %s", (int)s->earliest, (int)s->latest, why);
}

static bool passes(struct chance *c)
{
	struct place p[PLACES] = { 0 };
	struct scene s;
	bool good;

	make_scene(c, &s);
	good = set_up(&s, p) && compare(&s, p);
	for (unsigned i = 0; i < PLACES; i++)
		place_free(&p[i]);
	if (shrink_telling)
		tell(&s);
	return good;
}

static void several(void)
{
	static const unsigned one = 1;

	ok_cases(passes, 1000000, &one, NULL, "random demands of several parts");
}

int main(void)
{
	documents();
	parts();
	insisting();
	several();
	tree_free(&tree);
	return done();
}
