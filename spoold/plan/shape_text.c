/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of shape.h that makes the canonical text: two shapes have the same one only
 * if they are equal.  Job files keep its hash, so what it says of a request stays. */
#include "shape.h"

#include <string.h>

#include "line.h"

/* Made for every job that is taken, hence without printf. */
static void add_number(struct buf *out, int64_t v)
{
	if (v < 0)
		buf_addc(out, '-');
	buf_addu(out, v < 0 ? -(uint64_t)v : (uint64_t)v);
	buf_addc(out, ' ');
}

/* With its length, so that no two lists of words have the same text. */
static void add_word(struct buf *out, const char *word)
{
	size_t n = word ? strlen(word) : 0;

	buf_addu(out, n);
	buf_addc(out, ':');
	buf_add(out, word, n);
	buf_addc(out, ' ');
}

static void add_list(struct buf *out, const struct text_list *l)
{
	buf_addc(out, '\n');
	buf_addu(out, l->count);
	buf_addc(out, ' ');
	for (uint32_t i = 0; i < l->count; i++)
		add_word(out, l->item[i]);
}

static void add_numbers(struct buf *out, const struct shape *s)
{
	buf_addu(out, s->demand.memory);
	buf_addc(out, ' ');
	buf_addu(out, s->demand.disk);
	buf_addc(out, ' ');
	add_number(out, s->demand.cores);
	add_number(out, s->demand.gpus);
	add_number(out, s->demand.walltime);
	add_number(out, s->min_duration);
	add_number(out, s->not_before);
	add_number(out, s->not_after);
	/* The texts of those that are not stay what they were. */
	add_number(out, s->live ? 2u + s->ask : s->ask);
	add_number(out, s->priority);
	for (uint32_t i = 0; s->windows > 1 && i < s->windows; i++) {
		add_number(out, s->window[i].earliest);
		add_number(out, s->window[i].latest);
		add_number(out, s->window[i].min);
		add_number(out, s->window[i].max);
	}
	if (s->windows == 1)
		add_number(out, s->window[0].max);
}

/* Nothing where nobody wants a certain version. */
static void add_pins(struct buf *out, const struct shape *s)
{
	char hex[DIGEST_TEXT];

	for (uint32_t i = 0; i < s->datasets.count; i++)
		if (s->pin[i]) {
			digest_format(s->pin[i], hex);
			add_number(out, i);
			add_word(out, hex);
		}
}

/* What each of the addresses is; nothing where there is none. */
static void add_roles(struct buf *out, const struct shape *s)
{
	char hex[DIGEST_TEXT];

	if (s->outputs.count)
		add_list(out, &s->outputs);
	for (uint32_t i = 0; i < s->urls; i++) {
		buf_addc(out, ' ');
		buf_addu(out, s->url[i].bytes);
		if (s->url[i].pin) {
			digest_format(s->url[i].pin, hex);
			add_word(out, hex);
		}
	}
}

static void add_computes(struct buf *out, const struct shape *s)
{
	add_number(out, s->computes);
	for (uint32_t i = 0; i < s->computes; i++) {
		add_word(out, s->compute[i].type);
		if (s->compute[i].detail)
			line_node(out, s->compute[i].detail);
		buf_addc(out, '\n');
	}
}

static void add_parts(struct buf *out, const struct shape *s)
{
	for (uint32_t i = 0; i < s->parts; i++) {
		const struct shape_part *c = &s->part[i];

		add_number(out, c->replicas);
		add_number(out, c->cores);
		add_number(out, c->most_cores);
		buf_addu(out, c->memory);
		buf_addc(out, ' ');
		buf_addu(out, c->most_memory);
		buf_addc(out, ' ');
	}
}

void shape_text(const struct request *r, struct buf *out)
{
	struct shape s;

	if (shape_make(r, &s, NULL) < 0 || !s.type) {
		shape_free(&s);
		out->failed = true;
		return;
	}
	buf_reserve(out, 512);
	add_word(out, s.type);
	add_numbers(out, &s);
	add_parts(out, &s);
	add_word(out, s.sensitivity);
	add_word(out, s.reservation);
	add_number(out, s.gpus);
	for (uint32_t i = 0; i < s.gpus; i++) {
		add_number(out, s.gpu[i].count);
		add_word(out, s.gpu[i].type);
	}
	add_list(out, &s.auths);
	add_list(out, &s.groups);
	add_list(out, &s.sites);
	add_list(out, &s.dependencies);
	add_list(out, &s.require);
	add_list(out, &s.prefer);
	add_list(out, &s.avoid);
	add_list(out, &s.datasets);
	add_pins(out, &s);
	add_list(out, &s.software);
	add_computes(out, &s);
	add_list(out, &s.storage_types);
	add_list(out, &s.addresses);
	add_roles(out, &s);
	shape_free(&s);
}
