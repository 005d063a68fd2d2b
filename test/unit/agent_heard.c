/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A site and a hub: what the hub knows of the site's datasets is right, or it knows
 * that it is not, whatever happens to the messages between them and to the site's
 * memory of what it told.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "chance.h"
#include "heard.h"
#include "holdings.h"
#include "instant.h"
#include "io.h"
#include "tap.h"

enum { MOST = 60, STEPS = 400, LIVES = 300 };

/* --- the site ------------------------------------------------------------------------ */

struct world {
	int dir;
	struct heard heard;
	struct site_dataset set[MOST];
	char name[MOST][16];
	uint32_t n;
	int64_t now;
	bool ask;			/* the hub wants to hear all */
	struct buf mail[8];		/* shown, the oldest first */
	int mails;
	struct buf kept;		/* the site's file, as it was a while ago */
	/* the hub */
	struct holdings holds;
	int64_t told;			/* time of the last that was taken */
};

/* Few digests, so that one comes and goes, under one name or several. */
static void change(struct world *w)
{
	uint32_t i = (uint32_t)chance(MOST);

	if (w->n && (w->n == MOST || chance(2))) {
		i %= w->n;
		w->set[i] = w->set[--w->n];
		memmove(w->name[i], w->name[w->n], sizeof w->name[i]);
		return;
	}
	w->set[w->n] = (struct site_dataset){ .bytes = i };
	memset(w->set[w->n].digest.b, (int)(i % 40), sizeof w->set[w->n].digest.b);
	snprintf(w->name[w->n], sizeof w->name[w->n], "d%u", (unsigned)chance(50));
	w->n++;
}

static void names(struct world *w)
{
	for (uint32_t i = 0; i < w->n; i++)
		w->set[i].name = w->name[i];
}

static void tell(struct world *w)
{
	struct tree t = TREE_INIT;
	struct site_dataset copy[MOST];
	struct site_doc s = { .name = "north", .time = w->now, .dataset = copy, .datasets = w->n,
			      .day = SITE_DAY_FREE, .pull_cores = UINT32_MAX, .pull_jobs = UINT32_MAX,
			      .pull_memory = UINT64_MAX, .prices = PRICES_UNSAID };

	if (w->mails == 8)
		return;
	names(w);
	memcpy(copy, w->set, sizeof copy);
	w->now += 1 + (int64_t)chance(3);
	if (heard_news(&w->heard, &t, &s, w->ask, w->now, NULL) < 0)
		bail("out of memory");
	buf_reset(&w->mail[w->mails]);
	site_write(&w->mail[w->mails], &s);
	tree_free(&t);
	if (!chance(20))
		return;			/* it could not be shown, or we were killed before */
	w->mails++;
	if (!chance(20))
		return;			/* killed after that */
	heard_shown(&w->heard, w->dir);
	w->ask = false;
}

/* --- the hub --------------------------------------------------------------------------- */

static int by_all(const void *a, const void *b)
{
	const struct site_dataset *x = a, *y = b;
	int order = memcmp(&x->digest, &y->digest, sizeof x->digest);

	order = order ? order : strcmp(x->name, y->name);
	return order ? order : (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

/* Is what the hub knows what the site has now? */
static bool agree(struct world *w)
{
	struct site_dataset mine[MOST], hubs[MOST];

	names(w);
	if (w->n != w->holds.count)
		return false;
	if (!w->n)
		return true;		/* and no array to sort */
	memcpy(mine, w->set, sizeof mine);
	qsort(mine, w->n, sizeof *mine, by_all);
	memcpy(hubs, w->holds.item, w->n * sizeof *hubs);
	qsort(hubs, w->n, sizeof *hubs, by_all);
	for (uint32_t i = 0; i < w->n; i++)
		if (by_all(&mine[i], &hubs[i]))
			return false;
	return true;
}

/* As spoold does: what does not fit leaves what is known, without a generation, but
 * for what is older. */
static void receive(struct world *w, int which)
{
	struct tree t = TREE_INIT;
	struct site_doc news;
	int got;

	if (tree_parse(&t, w->mail[which].s, w->mail[which].len, &tree_limits_site, NULL) < 0 ||
	    site_read(&t, t.root, &news, NULL) < 0)
		bail("the hub cannot read:\n%s", w->mail[which].s);
	got = holdings_hear(&w->holds, &news, NULL);
	if (got == 1) {
		w->told = news.time;
	} else if (news.cache.generation > w->holds.generation || news.time > w->told) {
		w->holds.generation = 0;
		w->ask = true;
	}
	tree_free(&t);
}

static void take_out(struct world *w, int which)
{
	struct buf was = w->mail[which];

	for (int i = which; i + 1 < w->mails; i++)
		w->mail[i] = w->mail[i + 1];
	w->mail[--w->mails] = was;
}

static void deliver(struct world *w)
{
	int which = chance(5) ? 0 : (int)chance((uint64_t)w->mails);	/* out of order */

	if (!chance(8)) {
		take_out(w, which);	/* lost */
		return;
	}
	receive(w, which);
	if (chance(8))
		take_out(w, which);	/* or it comes once more */
}

/* --- the site's memory -------------------------------------------------------------------- */

static void restart(struct world *w)
{
	struct buf now = BUF_INIT;
	size_t cut;

	(void)!io_read(w->dir, "heard", 1 << 20, &now, NULL);
	switch (chance(6)) {
	case 0:				/* a power cut: an older one, */
		if (w->kept.len)
			(void)!io_publish(w->dir, "heard", 0600, w->kept.s, w->kept.len, 0, NULL);
		break;
	case 1:				/* or torn, */
		cut = now.len ? chance(now.len) : 0;
		(void)!io_publish(w->dir, "heard", 0600, now.s, cut, 0, NULL);
		break;
	case 2:				/* or lost, */
		unlinkat(w->dir, "heard", 0);
		break;
	case 3:				/* or full of nothing */
		if (now.len > 10)
			memset(now.s + now.len - 10, 0, 10);
		(void)!io_publish(w->dir, "heard", 0600, now.s, now.len, 0, NULL);
		break;
	default:
		break;
	}
	if (now.len && !chance(4)) {
		buf_reset(&w->kept);
		buf_add(&w->kept, now.s, now.len);
	}
	buf_free(&now);
	heard_open(&w->heard, w->dir);
}

/* Everything is delivered, in order, and what the hub asks for answered. */
static bool settle(struct world *w)
{
	for (int i = 0; i < 10; i++) {
		while (w->mails) {
			receive(w, 0);
			take_out(w, 0);
		}
		w->mails = 0;
		names(w);
		if (agree(w) && w->holds.generation && !w->ask)
			return true;
		tell(w);
		if (!w->mails)
			i--;
	}
	return false;
}

/* wrong: how often the hub took a picture for true that was none of the site's. */
static bool live(int dir, int *wrong)
{
	struct world w = { .dir = dir, .now = INT64_C(1795316400000000), .kept = BUF_INIT };
	bool good = true;

	for (int i = 0; i < 8; i++)
		w.mail[i] = (struct buf)BUF_INIT;
	unlinkat(dir, "heard", 0);
	w.heard = (struct heard)HEARD_INIT;
	heard_open(&w.heard, dir);
	for (int i = 0; i < STEPS && good; i++) {
		uint64_t what = chance(100);

		w.now += SECOND_US;
		if (what < 45)
			change(&w);
		else if (what < 70)
			tell(&w);
		else if (what < 95 && w.mails)
			deliver(&w);
		else if (what >= 97)
			restart(&w);
		if (!chance(40))
			good = settle(&w);
		names(&w);
		/* It says that it knows this generation: then it has to be so. */
		if (w.heard.generation && w.holds.generation == w.heard.generation &&
		    !heard_differs(&w.heard, w.set, w.n) && !agree(&w))
			++*wrong;
	}
	holdings_free(&w.holds);
	heard_free(&w.heard);
	for (int i = 0; i < 8; i++)
		buf_free(&w.mail[i]);
	buf_free(&w.kept);
	return good;
}

/* --- a hundred thousand ------------------------------------------------------------------- */

static void many(int dir)
{
	enum { N = 100000 };
	struct site_dataset *set = calloc(N + 1, sizeof *set), *copy = calloc(N + 1, sizeof *copy);
	struct heard h = HEARD_INIT;
	struct buf text = BUF_INIT;
	struct stat before, after;

	unlinkat(dir, "heard", 0);
	heard_open(&h, dir);
	for (int round = 0; round < 3; round++) {
		struct tree t = TREE_INIT;
		struct site_doc s = { .name = "north", .dataset = copy, .datasets = N,
				      .day = SITE_DAY_FREE, .prices = PRICES_UNSAID };

		for (uint32_t i = 0; i < N; i++) {
			uint32_t v = round == 2 && i == 777 ? N : i;

			set[i] = (struct site_dataset){ "d", 1, { { 0 } } };
			memcpy(set[i].digest.b, &v, sizeof v);
		}
		memcpy(copy, set, (N + 1) * sizeof *set);
		buf_reset(&text);
		ok(heard_news(&h, &t, &s, false, 1000 + round, NULL) == 0, "a hundred thousand datasets");
		site_write(&text, &s);
		heard_shown(&h, dir);
		tree_free(&t);
		if (round == 0)
			ok(text.len > N * 50, "are told of once");
		if (round == 1)
			ok(s.cache.since == s.cache.generation && text.len < 500, "and then by a number");
		if (round == 2)
			ok(s.datasets == 1 && s.drops == 1 && text.len < 700,
			   "that one went and one came takes %zu bytes", text.len);
		if (round == 1)
			fstatat(dir, "heard", &before, 0);
	}
	fstatat(dir, "heard", &after, 0);
	ok(after.st_size - before.st_size < 300 && after.st_ino == before.st_ino,
	   "and %ld in the site's memory", (long)(after.st_size - before.st_size));
	heard_open(&h, dir);
	ok(!heard_differs(&h, set, N), "which knows it again");
	heard_free(&h);
	buf_free(&text);
	free(set);
	free(copy);
}

int main(void)
{
	char path[] = "/tmp/spool-unit.XXXXXX";
	int dir, wrong = 0, settled = 0;

	if (!mkdtemp(path))
		bail("no directory");
	dir = open(path, O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < LIVES; i++)
		settled += live(dir, &wrong);
	is_int(wrong, 0, "the hub never takes for true what is not");
	is_int(settled, LIVES, "and knows all, once the messages come through");
	many(dir);
	(void)!io_remove_tree(AT_FDCWD, path, NULL);
	close(dir);
	return done();
}
