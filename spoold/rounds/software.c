/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "software.h"

#include <string.h>

#include "hub.h"
#include "instant.h"
#include "message.h"
#include "transition.h"

static const double unknown = 30;		/* seconds */
static const int64_t seen_for = 2 * HOUR_US;	/* by then the site has looked again */

static uint64_t key_of(const struct hub *h, const char *software)
{
	return shapes_hash(&h->shapes, software, strlen(software)) * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

static bool seen(const struct hub *h, const struct site *s, uint64_t key)
{
	for (uint32_t i = 0; i < SOFTWARE_SEEN; i++)
		if (s->seen.item[i].key == key && h->now - s->seen.item[i].at < seen_for)
			return true;
	return false;
}

static void note_seen(struct hub *h, struct site *s, uint64_t key)
{
	uint32_t i = 0;

	while (i < SOFTWARE_SEEN && s->seen.item[i].key != key)
		i++;
	if (i == SOFTWARE_SEEN)
		i = s->seen.next++ % SOFTWARE_SEEN;
	s->seen.item[i].key = key;
	s->seen.item[i].at = h->now;
}

static double time_of(const struct hub *h, uint64_t key, uint32_t *runs)
{
	const struct run_times *t = learned_of(h, key);

	if (!t)
		t = &h->learned.prepare;
	*runs = (uint32_t)(t->count + 0.5F);
	return t->count > 0 ? run_times_quantile(t, 0.5) : unknown;
}

double software_prepare(const struct hub *h, const struct shape *shape, uint32_t site, uint32_t *runs)
{
	const struct text_list *l = &shape->software;
	const struct site *s = h->sites.site[site];
	double seconds = 0;

	*runs = 0;
	for (uint32_t i = 0; i < l->count; i++) {
		uint64_t key = key_of(h, l->item[i]);

		if (!software_resolved(&s->doc, l->item[i]) && !seen(h, s, key))
			seconds += time_of(h, key, runs);
	}
	return seconds;
}

void software_given(struct hub *h, uint32_t j)
{
	struct job *job = &h->jobs.job[j];
	const struct shape *s = &h->shapes.row[job->shape].shape;
	uint32_t runs;

	job->unresolved = s->software.count && software_prepare(h, s, job->site, &runs) > 0;
}

/* The site's word on when it began with it, which stands in the job's file. */
static int64_t began(struct hub *h, uint32_t j)
{
	struct buf text = BUF_INIT;
	struct line_reader reader;
	int64_t at = 0, found;
	struct line l;

	if (transition_read(h, j, &text, NULL) == 0 &&
	    jobfile_events(&reader, text.s, text.len, NULL) == 0) {
		while (line_next(&reader, &l, NULL) > 0) {
			const struct node *n = node_get(l.map, "start");

			if (line_key_equals(&l, "phase", "running") && n && n->kind == NODE_SCALAR &&
			    instant_parse(n->text, n->len, &found, NULL) == 0)
				at = found;
		}
		line_close(&reader);
	}
	buf_free(&text);
	return at;
}

static void learn(struct hub *h, uint32_t j, const struct text_list *l, const struct message_report *r)
{
	int64_t from = began(h, j);
	double seconds = (double)(r->start - from) / SECOND_US;

	if (!from || seconds < 0)
		return;
	run_times_add(&h->learned.prepare, seconds / l->count);
	for (uint32_t i = 0; i < l->count; i++)
		learned_add(h, key_of(h, l->item[i]), seconds / l->count);
}

void software_ran(struct hub *h, uint32_t j, const struct message_report *r)
{
	struct job *job = &h->jobs.job[j];
	const struct text_list *l = &h->shapes.row[job->shape].shape.software;
	struct site *s = h->sites.site[job->site];

	if (!l->count || !r->start)
		return;
	if (job->unresolved)
		learn(h, j, l, r);
	job->unresolved = false;
	for (uint32_t i = 0; i < l->count; i++)
		note_seen(h, s, key_of(h, l->item[i]));
	s->told = false;
}
