/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a site holds, changed in place: against a plain list that is copied for each
 * of its news, also when memory ends in the middle of one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "holdings.h"
#include "tap.h"

enum { MOST = 200, NEWS = 30, STEPS = 20000 };

/* Each new dataset needs one of these. */
static long memory = -1;	/* so many more; -1: enough */

char *strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = memory ? malloc(n) : NULL;

	memory -= memory > 0;
	return copy ? memcpy(copy, s, n) : NULL;
}

/* --- the plain list ------------------------------------------------------------------- */

static const char *const name_of[] = { "a", "b", "c", "url", "words", "x1", "x2", "x3", "x4", "x5" };

struct plain { struct site_dataset item[MOST + NEWS]; uint32_t count; uint64_t generation; };

static bool is_changed(const struct site_doc *news, const struct digest *g)
{
	for (uint32_t i = 0; i < news->drops; i++)
		if (digest_eq(&news->dropped[i], g))
			return true;
	for (uint32_t i = 0; i < news->datasets; i++)
		if (digest_eq(&news->dataset[i].digest, g))
			return true;
	return false;
}

static bool plain_hear(struct plain *p, const struct site_doc *news)
{
	uint32_t kept = 0;

	if (news->cache.since && news->cache.since != p->generation)
		return false;
	for (uint32_t i = 0; i < p->count; i++)
		if (news->cache.since && !is_changed(news, &p->item[i].digest))
			p->item[kept++] = p->item[i];
	if (news->datasets)
		memcpy(p->item + kept, news->dataset, news->datasets * sizeof *p->item);
	p->count = kept + news->datasets;
	p->generation = news->cache.generation;
	return true;
}

static int by_all(const void *a, const void *b)
{
	const struct site_dataset *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	order = order ? order : memcmp(&x->digest, &y->digest, sizeof x->digest);
	return order ? order : (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

static bool same_list(const struct plain *p, const struct holdings *h)
{
	struct site_dataset a[MOST + NEWS], b[MOST + NEWS];

	if (p->count != h->count || p->generation != h->generation)
		return false;
	if (!p->count)
		return true;
	memcpy(a, p->item, p->count * sizeof *a);
	memcpy(b, h->item, h->count * sizeof *b);
	qsort(a, p->count, sizeof *a, by_all);
	qsort(b, h->count, sizeof *b, by_all);
	for (uint32_t i = 0; i < p->count; i++)
		if (by_all(&a[i], &b[i]))
			return false;
	return true;
}

/* --- the same questions ---------------------------------------------------------------- */

static struct digest digest_of(uint32_t v)
{
	struct digest g = { { 0 } };

	memset(g.b, (int)v, sizeof g.b);
	return g;
}

static bool same_found(const struct plain *p, const struct holdings *h, const char *name,
		       const struct digest *g)
{
	const struct site_dataset *here = holdings_find(h, name, g), *there = NULL;

	for (uint32_t i = 0; i < p->count; i++)
		if (!strcmp(p->item[i].name, name) && (!g || digest_eq(&p->item[i].digest, g)) &&
		    (!there || memcmp(&p->item[i].digest, &there->digest, sizeof *g) < 0))
			there = &p->item[i];
	return !here == !there && (!here || (!strcmp(here->name, name) && digest_eq(&here->digest, &there->digest)));
}

static bool same_answers(const struct plain *p, const struct holdings *h)
{
	bool all = true;

	for (uint32_t i = 0; i < 50; i++) {
		struct digest g = digest_of(i);
		bool has = false;

		for (uint32_t k = 0; k < p->count; k++)
			has |= digest_eq(&p->item[k].digest, &g);
		all &= holdings_has(h, &g) == has;
		for (size_t n = 0; n < sizeof name_of / sizeof *name_of; n++)
			all &= same_found(p, h, name_of[n], i ? &g : NULL);
	}
	return all;
}

/* --- any news --------------------------------------------------------------------------- */

/* Few names and digests, so that there are many versions, and many names of the same;
 * some news tell the same twice, and of what is not there. */
static void any_news(const struct plain *p, struct site_doc *news, struct site_dataset *list,
		     struct digest *dropped)
{
	uint32_t room = p->count < MOST ? NEWS : 1;

	*news = (struct site_doc){ .dataset = list, .dropped = dropped };
	news->cache.generation = p->generation + 1 + chance(3);
	if (chance(20))
		news->cache.since = chance(20) ? p->generation : p->generation + 1;
	news->datasets = chance(3) ? chance(room) : 0;
	news->drops = news->cache.since && chance(3) ? chance(NEWS) : 0;
	for (uint32_t i = 0; i < news->datasets; i++)
		list[i] = (struct site_dataset){ name_of[chance(10)], chance(5), digest_of(chance(50)) };
	for (uint32_t i = 0; i < news->drops; i++)
		dropped[i] = digest_of(chance(50));
}

static void against_a_list(void)
{
	static struct plain p;
	struct holdings h = HOLDINGS_INIT;
	struct site_dataset list[NEWS];
	struct digest dropped[NEWS];
	int wrong = 0, took = 0, refused = 0, failed = 0;

	for (int step = 0; step < STEPS && !wrong; step++) {
		struct site_doc news;
		int got;

		any_news(&p, &news, list, dropped);
		memory = chance(4) ? -1 : (long)chance(NEWS);
		got = holdings_hear(&h, &news, NULL);
		memory = -1;
		if (got >= 0)
			wrong += got != plain_hear(&p, &news);
		took += got == 1;
		refused += got == 0;
		failed += got < 0;
		wrong += !same_list(&p, &h) || (step % 16 == 0 && !same_answers(&p, &h));
		if (wrong)
			note("step %d: %d", step, got);
	}
	is_int(wrong, 0, "what is known is what a copy would be, after each of the news");
	ok(took > STEPS / 2 && refused > STEPS / 100 && failed > STEPS / 100,
	   "%d taken, %d refused, %d without memory", took, refused, failed);
	holdings_free(&h);
}

/* --- many --------------------------------------------------------------------------------- */

/* All under one name, and then all the same under many: nothing is looked through. */
static void many(void)
{
	enum { N = 200000 };
	struct site_dataset *list = calloc(N, sizeof *list), one = { .name = "url" };
	char (*names)[12] = calloc(N, sizeof *names);
	struct holdings h = HOLDINGS_INIT;
	struct site_doc all = { .dataset = list, .datasets = N, .cache = { .generation = 1 } };
	struct site_doc news = { .dataset = &one, .datasets = 1, .cache = { .generation = 1, .since = 1 } };
	bool good = true;

	for (uint32_t i = 0; i < N; i++) {
		snprintf(names[i], sizeof names[i], "d%u", i);
		list[i].name = "url";
		memcpy(list[i].digest.b, &i, sizeof i);
	}
	ok(holdings_hear(&h, &all, NULL) == 1, "many of one name");
	for (uint32_t i = 0; i < N && good; i++) {
		memcpy(one.digest.b, &i, sizeof i);
		good = holdings_hear(&h, &news, NULL) == 1 && holdings_find(&h, "url", &one.digest);
	}
	ok(good && h.count == N, "each of them told again");
	for (uint32_t i = 0; i < N; i++) {
		list[i].name = names[i];
		memset(&list[i].digest, 7, sizeof list[i].digest);
	}
	all.cache.since = 1;
	ok(holdings_hear(&h, &all, NULL) == 1 && h.count == 2 * N, "many that are the same");
	one = (struct site_dataset){ .name = "all", .digest = list[0].digest };
	ok(holdings_hear(&h, &news, NULL) == 1 && h.count == N + 1, "all gone at once for one");
	ok(holdings_find(&h, "all", NULL) && !holdings_find(&h, "d7", NULL), "which is there");
	holdings_free(&h);
	free(names);
	free(list);
}

int main(void)
{
	against_a_list();
	many();
	return done();
}
