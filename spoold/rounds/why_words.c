/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why_words.h"

#include <math.h>

#include "instant.h"
#include "prices.h"
#include "size.h"

enum { MOST_INPUTS = 8 };

/* Without printf(3): it is called for every job that is placed. */
static void add_number(struct buf *out, double n, const char *unit)
{
	buf_addu(out, (uint64_t)n);
	buf_adds(out, unit);
}

static void add_tenths(struct buf *out, double n, const char *unit)
{
	uint64_t tenths = (uint64_t)(n * 10 + 0.5);

	buf_addu(out, tenths / 10);
	buf_addc(out, '.');
	buf_addc(out, (char)('0' + tenths % 10));
	buf_adds(out, unit);
}

void why_seconds(struct buf *out, double s)
{
	double most = 3650 * 86400.0;

	if (!(s < most)) {
		buf_adds(out, "never");
	} else if (!(s >= 0.05)) {
		buf_adds(out, "0s");
	} else if (s < 9.95) {
		add_tenths(out, s, "s");
	} else if (s < 119.5) {
		add_number(out, s + 0.5, "s");
	} else if (s < 3600) {
		add_number(out, s / 60, "min");
		add_number(out, fmod(s, 60), "s");
	} else if (s < 2 * 86400.0) {
		add_number(out, s / 3600, "h");
		add_number(out, fmod(s, 3600) / 60, "min");
	} else {
		add_tenths(out, s / 86400, " days");
	}
}

static void add_spread(struct buf *out, const struct facts_spread *s)
{
	why_seconds(out, s->middle);
	if (!(s->high > s->low))
		return;
	buf_adds(out, " (");
	why_seconds(out, s->low);
	buf_adds(out, " to ");
	why_seconds(out, s->high);
	buf_addc(out, ')');
}

static void add_rate(struct buf *out, double rate)
{
	size_human((uint64_t)rate, out);
	buf_adds(out, "/s");
}

static void add_end(const struct facts_look *l, struct buf *out)
{
	buf_adds(out, "  done in ");
	add_spread(out, &l->end);
	if (l->price > 0) {
		buf_adds(out, ", price ");
		number_write(out, l->price);
	}
	buf_addc(out, '\n');
}

static void add_pickup(const struct facts_look *l, struct buf *out)
{
	buf_adds(out, "  picked up in ");
	add_spread(out, &l->pickup);
	if (l->every > 0) {
		buf_adds(out, ": it syncs every ");
		why_seconds(out, l->every);
		if (l->pickups)
			buf_addf(out, ", learned from %u times", l->pickups);
		else
			buf_adds(out, ", as it says");
	}
	buf_addc(out, '\n');
}

static void add_source(const struct facts_input *in, struct buf *out)
{
	size_human(in->bytes, out);
	buf_addf(out, " from %s in ", in->from);
	why_seconds(out, in->seconds);
	if (in->rate > 0) {
		buf_adds(out, " at ");
		add_rate(out, in->rate);
	}
	if (in->measured) {
		buf_adds(out, ", measured ");
		why_seconds(out, in->age);
		buf_adds(out, " ago");
	} else {
		buf_adds(out, ", not measured: as config.yaml assumes");
	}
	if (in->trouble)
		buf_adds(out, ", but not reached at the last try");
}

static void add_inputs(const struct facts_look *l, struct buf *out)
{
	for (uint32_t i = 0; i < l->inputs && i < MOST_INPUTS; i++) {
		const struct facts_input *in = &l->input[i];

		buf_addf(out, "  %s: ", in->dataset);
		if (in->bytes) {
			add_source(in, out);
		} else if (in->unknown) {
			buf_addf(out, "from %s, how much that is nobody knows yet", in->from);
		} else {
			buf_adds(out, in->from);
			buf_adds(out, in->seconds > 0 ? ", there in " : ", as told ");
			why_seconds(out, in->seconds > 0 ? in->seconds : in->age);
			buf_adds(out, in->seconds > 0 ? "" : " ago");
		}
		buf_addc(out, '\n');
	}
	if (l->inputs > MOST_INPUTS)
		buf_addf(out, "  and %u inputs more\n", l->inputs - MOST_INPUTS);
	if (l->missing) {
		buf_adds(out, "  data: ");
		size_human(l->missing, out);
		buf_adds(out, " to fetch in ");
		why_seconds(out, l->stage_in + l->line_wait);
		if (l->line_wait >= 0.05) {
			buf_adds(out, ", ");
			why_seconds(out, l->line_wait);
			buf_adds(out, " of it as the line is busy");
		}
		buf_addc(out, '\n');
	}
}

static void add_run(const struct facts_look *l, struct buf *out)
{
	buf_adds(out, "  start in ");
	why_seconds(out, l->start);
	if (l->cores_wait >= 0.05) {
		buf_adds(out, ", ");
		why_seconds(out, l->cores_wait);
		buf_adds(out, " of it until cores are free");
	}
	if (l->prepare > 0) {
		buf_adds(out, ", ");
		why_seconds(out, l->prepare);
		buf_adds(out, " of it to get its software ready");
	}
	buf_adds(out, "; run ");
	add_spread(out, &l->run);
	buf_addf(out, ": %s", facts_basis_name(l->basis));
	if (l->runs)
		buf_addf(out, ", %u of them", l->runs);
	if (l->speeds)
		buf_addf(out, ", at %.2g times the usual speed", l->speed);
	if (l->out_bytes) {
		buf_adds(out, "; stage-out ");
		size_human(l->out_bytes, out);
		buf_adds(out, " in ");
		why_seconds(out, l->stage_out);
		buf_addf(out, ": %u ends of such jobs", l->outs);
	}
	buf_addc(out, '\n');
}

void why_costs(const struct facts_look *l, struct buf *out)
{
	add_end(l, out);
	add_pickup(l, out);
	add_inputs(l, out);
	add_run(l, out);
	buf_adds(out, "  what it is and has: as told ");
	why_seconds(out, l->told);
	buf_adds(out, " ago\n");
}

void why_costs_short(const struct facts_look *l, struct buf *out)
{
	add_end(l, out);
}

void why_offer(const struct planner_offer *o, double now, double run, struct buf *out)
{
	buf_adds(out, "done in ");
	why_seconds(out, o->delivered - now);
	buf_adds(out, ": start in ");
	why_seconds(out, o->start - now);
	if (o->missing) {
		buf_adds(out, " with ");
		size_human(o->missing, out);
		buf_adds(out, " to fetch, there in ");
		why_seconds(out, o->staged - now);
	}
	buf_adds(out, ", run ");
	why_seconds(out, run);
	if (o->delivered - o->end >= 0.05) {
		buf_adds(out, ", stage-out ");
		why_seconds(out, o->delivered - o->end);
	}
}
