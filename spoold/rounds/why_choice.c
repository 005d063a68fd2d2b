/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why_choice.h"

#include <string.h>

#include "facts.h"
#include "line.h"
#include "live.h"
#include "plan/candidate.h"
#include "shapes.h"
#include "size.h"
#include "sources.h"
#include "why_words.h"

enum { OTHERS = 3, MOST_LOOKED_AT = 32 };

struct other { uint32_t site; struct planner_offer offer; };

/* The nearest so far, the cheapest first. */
static void keep(struct other *best, uint32_t *n, uint32_t site, const struct planner_offer *o)
{
	uint32_t at = *n < OTHERS ? (*n)++ : OTHERS;

	while (at && best[at - 1].offer.cost > o->cost) {
		if (at < OTHERS)
			best[at] = best[at - 1];
		at--;
	}
	if (at < OTHERS)
		best[at] = (struct other){ site, *o };
}

/* At most so many sites are looked at, from the chosen one on: a few words for a job
 * may not cost as much as its placement. */
static uint32_t look_at_others(const struct hub *h, const struct candidate *c, const struct planner_job *p,
			       uint32_t chosen, struct other *best)
{
	uint32_t n = 0, looked = 0;

	for (uint32_t k = 1; k < h->sites.count && looked < MOST_LOOKED_AT; k++) {
		uint32_t i = (chosen + k) % h->sites.count;
		struct planner_offer o;

		if (!c[i].match.may)
			continue;
		planner_look(&h->facts.planner, p, i, facts_seconds(h->now), &o);
		keep(best, &n, i, &o);
		looked++;
	}
	return n;
}

static void add_quoted(struct buf *list, struct buf *words)
{
	if (list->len)
		buf_adds(list, ", ");
	/* Words of ours have nothing to be escaped, and names of sites neither. */
	buf_addc(list, '"');
	buf_add(list, words->s, words->len);
	buf_addc(list, '"');
	buf_reset(words);
}

static void add_others(const struct hub *h, const struct candidate *c, const struct planner_job *p,
		       uint32_t chosen, struct buf *list, struct buf *words)
{
	struct other best[OTHERS];
	uint32_t n = look_at_others(h, c, p, chosen, best);

	for (uint32_t i = 0; i < n; i++) {
		buf_adds(words, h->sites.site[best[i].site]->name);
		buf_adds(words, c[best[i].site].wants ? ": " : ": it wants no more now; ");
		why_offer(&best[i].offer, facts_seconds(h->now), p->run, words);
		add_quoted(list, words);
	}
}

/*
 * Of many jobs of a shape that are placed in one turn the others are looked at once:
 * this is what was said of them last, and when.
 */
static struct { uint64_t shape; uint32_t site; int64_t now; double run; char text[1000]; size_t len; } last;

static void add_others_once(const struct hub *h, uint32_t j, const struct candidate *c, const struct planner_job *p,
			    uint32_t chosen, struct buf *list, struct buf *words)
{
	uint64_t shape = h->shapes.row[h->jobs.job[j].shape].hash;
	size_t before = list->len;

	if (last.now == h->now && last.shape == shape && last.site == chosen && !(last.run < p->run) &&
	    !(last.run > p->run)) {
		buf_add(list, last.text, last.len);
		return;
	}
	add_others(h, c, p, chosen, list, words);
	last.now = 0;
	if (list->failed || list->len - before > sizeof last.text)
		return;
	last.len = list->len - before;
	memcpy(last.text, list->s + before, last.len);
	last.shape = shape;
	last.site = chosen;
	last.run = p->run;
	last.now = h->now;
}

static void add_why(struct hub *h, uint32_t j, const struct candidate *c, const struct planner_job *p,
		    const struct planner_choice *ch, struct buf *line)
{
	const struct site *s = h->sites.site[ch->site];
	const struct match *m = &c[ch->site].match;
	struct buf list = BUF_INIT, words = BUF_INIT;

	if (h->shapes.row[h->jobs.job[j].shape].shape.datasets.count) {
		size_human(m->held, &words);
		buf_adds(&words, " of its data is there, ");
		size_human(m->missing, &words);
		buf_adds(&words, " to fetch");
		add_quoted(&list, &words);
	}
	why_offer(&ch->offer, facts_seconds(h->now), p->run, &words);
	buf_adds(&words, ", by what it told ");
	why_seconds(&words, (double)(h->now - sources_told(h, s)) / SECOND_US);
	buf_adds(&words, " before");
	add_quoted(&list, &words);
	add_others_once(h, j, c, p, ch->site, &list, &words);
	if (h->shapes.row[h->jobs.job[j].shape].shape.live) {
		live_words(h, j, c, &words);
		add_quoted(&list, &words);
	}
	buf_addc(&list, ']');
	buf_addc(&words, '[');
	buf_add(&words, list.s, list.len);
	line_raw(line, "why", words.s);
	buf_free(&list);
	buf_free(&words);
}

static void add_eta(const struct hub *h, double low, double middle, double high, struct buf *line)
{
	if (!(high < 1e9))
		return;
	line_time(line, "eta", h->now + (int64_t)(middle * 1e6));
	if (high <= low)
		return;
	line_time(line, "eta-low", h->now + (int64_t)(low * 1e6));
	line_time(line, "eta-high", h->now + (int64_t)(high * 1e6));
}

void why_choice(struct hub *h, uint32_t j, const struct candidate *c, const struct planner_job *p,
		const struct planner_choice *ch, struct buf *line)
{
	double speed = h->facts.planner.site[ch->site].speed;
	double end = ch->offer.delivered - facts_seconds(h->now), rest = end - p->run / speed;

	add_why(h, j, c, p, ch, line);
	add_eta(h, rest + facts_run(h, j, 0.1) / speed, end, rest + facts_run(h, j, 0.9) / speed, line);
}

void why_eta_running(struct hub *h, uint32_t j, double elapsed, struct buf *line)
{
	double speed = 1, left[3];

	if (h->facts.planner.site && h->jobs.job[j].site < h->facts.planner.sites)
		speed = h->facts.planner.site[h->jobs.job[j].site].speed;
	if (!(speed > 0))
		speed = 1;
	for (int i = 0; i < 3; i++)
		left[i] = run_times_left(facts_run(h, j, 0.1 + 0.4 * i) / speed, elapsed);
	add_eta(h, left[0], left[1], left[2], line);
}
