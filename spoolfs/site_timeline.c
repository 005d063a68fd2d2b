/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sites/SITE/timeline.svg: a row for each job at the site, and each reservation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "instant.h"
#include "loop.h"
#include "site_words.h"

enum { WIDTH = 900, LEFT = 200, ROW = 18, TOP = 40, MOST_ROWS = 200 };

struct bar {
	char label[40];
	const char *class;	/* waiting, running, ended, reserved */
	int64_t from, to;	/* instants; to 0: it is not known */
};

struct bars { struct bar *bar; uint32_t n; };

static void add(struct bars *b, const char *label, const char *class, int64_t from, int64_t to)
{
	if (b->n == MOST_ROWS)
		return;
	b->bar[b->n] = (struct bar){ .class = class, .from = from, .to = to };
	snprintf(b->bar[b->n++].label, sizeof b->bar->label, "%.32s", label);
}

static void add_jobs(struct bars *b, struct view *v, const struct who *who, const char *site)
{
	const struct index *ix = &v->index;
	uint32_t value, i;

	index_wait(&v->index);
	index_rdlock(&v->index);
	value = value_find(&ix->by[BY_SITE], site, strlen(site));
	for (i = value ? ix->by[BY_SITE].v[value].head : 0; i; i = ix->job[i].list[BY_SITE].next) {
		const struct job *j = &ix->job[i];
		const char *name = value_text(&ix->by[BY_NAME], j->value[BY_NAME]);
		bool final = phase_final((enum phase)j->phase), runs = j->phase >= PHASE_RUNNING;

		if (who_sees(who, j->owner))
			add(b, *name ? name : "-", final ? "ended" : runs ? "running" : "waiting",
			    final ? j->time : j->since, final ? j->since : 0);
	}
	index_unlock(&v->index);
}

static bool add_reservation(void *ctx, const char *name, const struct reservation_state *st)
{
	int64_t from, to;

	for (int64_t i = slots_after(&st->slots, instant_now()), n = 0; i < slots_count(&st->slots) && n < 10;
	     i++, n++) {
		slots_nth(&st->slots, i, &from, &to);
		add(ctx, *st->record.name ? st->record.name : name, "reserved", from, to);
	}
	return true;
}

/* --- drawing ---------------------------------------------------------------------- */

static void span_of(const struct bars *b, int64_t now, int64_t *from, int64_t *to)
{
	*from = now - HOUR_US;
	*to = now + HOUR_US;
	for (uint32_t i = 0; i < b->n; i++) {
		if (b->bar[i].from < *from)
			*from = b->bar[i].from;
		if (b->bar[i].to > *to)
			*to = b->bar[i].to;
	}
}

static double place(int64_t t, int64_t from, int64_t to)
{
	return LEFT + (double)(t - from) / (double)(to - from) * (WIDTH - LEFT - 10);
}

static void draw_bar(struct buf *out, const struct bar *b, uint32_t row, int64_t now, int64_t from,
		     int64_t to)
{
	int64_t end = b->to ? b->to : now;
	double x = place(b->from, from, to), width = place(end, from, to) - x;
	unsigned y = TOP + row * ROW;

	buf_addf(out, "<text x=\"4\" y=\"%u\">", y + 13);
	html_text(out, b->label);
	buf_addf(out, "</text><rect class=\"%s\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\"><title>",
		 b->class, x, y + 2, width > 1 ? width : 1.0, ROW - 4);
	buf_addf(out, "%s ", b->class);
	instant_format(b->from, out);
	if (b->to) {
		buf_adds(out, " to ");
		instant_format(b->to, out);
	}
	buf_adds(out, "</title></rect>\n");
}

static void draw(struct buf *out, const struct bars *b, const char *site)
{
	int64_t now = instant_now(), from, to;
	unsigned height = TOP + (b->n ? b->n : 1) * ROW + 10;

	span_of(b, now, &from, &to);
	buf_addf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
		 "font-family=\"sans-serif\" font-size=\"12\">\n<style>.waiting{fill:#d9b44a}.running{fill:#4f8f4f}"
		 ".ended{fill:#b0b0b0}.reserved{fill:#5b7fb4}</style>\n<title>", WIDTH, height);
	html_text(out, site);
	buf_addf(out, "</title>\n<text x=\"%d\" y=\"16\">", LEFT);
	instant_format(from, out);
	buf_addf(out, "</text><text x=\"%d\" y=\"16\" text-anchor=\"end\">", WIDTH - 10);
	instant_format(to, out);
	buf_adds(out, "</text>\n");
	for (uint32_t i = 0; i < b->n; i++)
		draw_bar(out, &b->bar[i], i, now, from, to);
	buf_addf(out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"22\" y2=\"%u\" stroke=\"#c03030\"/>\n</svg>\n",
		 place(now, from, to), place(now, from, to), height - 5);
}

void site_words_timeline(struct view *v, const struct who *who, const char *site, struct buf *out)
{
	struct bars b = { .bar = malloc(MOST_ROWS * sizeof *b.bar) };

	loop_slow();
	if (!b.bar)
		return;
	reservations_at(v, who, site, add_reservation, &b);
	add_jobs(&b, v, who, site);
	draw(out, &b, site);
	free(b.bar);
}
