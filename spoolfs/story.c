/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "story.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "instant.h"
#include "ranges.h"
#include "title.h"

/* --- values ------------------------------------------------------------------- */

static void add_flow(struct buf *b, const struct node *n)
{
	bool map = n->kind == NODE_MAP;
	const char *sep = "";

	if (n->kind == NODE_NULL) {
		buf_adds(b, "null");
		return;
	}
	if (n->kind == NODE_SCALAR) {
		/* What was plain stays so: 1.25 is a number, and "1.25" is none. */
		if (n->quoted)
			line_scalar(b, n->text, n->len);
		else
			buf_add(b, n->text, n->len);
		return;
	}
	buf_addc(b, map ? '{' : '[');
	for (const struct node *c = n->child; c; c = c->next, sep = ", ") {
		buf_adds(b, sep);
		if (map)
			buf_addf(b, "%s: ", c->key);
		add_flow(b, c);
	}
	buf_addc(b, map ? '}' : ']');
}

/* One line of text out of any scalar, for people: no quotes, no control characters. */
static void add_plain(struct buf *b, const struct node *n)
{
	if (n->kind != NODE_SCALAR) {
		add_flow(b, n);
		return;
	}
	for (const char *s = n->text; *s; s++)
		buf_addc(b, (unsigned char)*s < ' ' ? ' ' : *s);
}

/* --- one walk over the file -------------------------------------------------------- */

static void log_record(struct story *s)
{
	const struct job_record *r = &s->state.record;

	instant_format(r->time, &s->log);
	buf_adds(&s->log, " taken drop=");
	line_scalar(&s->log, r->drop, strlen(r->drop));
	buf_addf(&s->log, " owner=%lu user=", (unsigned long)r->owner);
	line_scalar(&s->log, r->user, strlen(r->user));
	buf_addc(&s->log, '\n');
}

/* "TIME PHASE key=value ...", or "TIME key=value ..." for a remark. */
static void log_event(struct buf *b, const struct line *l)
{
	const struct node *time = node_get(l->map, "time"), *phase = node_get(l->map, "phase");

	add_plain(b, time ? time : &(struct node){ .kind = NODE_SCALAR, .text = "-" });
	if (phase) {
		buf_addc(b, ' ');
		add_plain(b, phase);
	}
	for (const struct node *n = l->map->child; n; n = n->next) {
		if (n == time || n == phase)
			continue;
		buf_addf(b, " %s=", n->key);
		add_flow(b, n);
	}
	buf_addc(b, '\n');
}

static bool told_already(const char *key)
{
	static const char *const keys[] = { "phase", "time", "site", "attempt", "eta", "eta-low", "eta-high" };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static void keep_rest(struct buf *b, const struct line *l)
{
	buf_reset(b);
	for (const struct node *n = l->map->child; n; n = n->next) {
		if (told_already(n->key) || (!strcmp(n->key, "why") && n->kind == NODE_SEQ))
			continue;
		buf_addf(b, "%s: ", n->key);
		add_flow(b, n);
		buf_addc(b, '\n');
	}
}

static void add_reason(struct buf *b, const struct node *n)
{
	if (!n || n->kind == NODE_NULL)
		return;
	if (n->kind == NODE_SEQ) {
		for (const struct node *c = n->child; c; c = c->next)
			add_reason(b, c);
		return;
	}
	add_plain(b, n);
	buf_addc(b, '\n');
}

/* Of the site that it was given to, until it has none. */
static void keep_choice(struct story *s, const struct line *l)
{
	const struct node *phase = node_get(l->map, "phase"), *why = node_get(l->map, "why");
	const struct node *time = node_get(l->map, "time"), *site = node_get(l->map, "site");

	if (!phase || (strcmp(phase->text, "waiting") && strcmp(phase->text, "pending")))
		return;
	buf_reset(&s->chosen);
	buf_reset(&s->eta);
	if (strcmp(phase->text, "waiting") || !why || !time || !site)
		return;
	buf_addf(&s->chosen, "%s was chosen at %s:\n", site->text, time->text);
	for (const struct node *c = why->kind == NODE_SEQ ? why->child : why; c; c = c->next) {
		buf_adds(&s->chosen, "  ");
		add_reason(&s->chosen, c);
		if (why->kind != NODE_SEQ)
			break;
	}
}

static void keep_eta(struct buf *b, const struct line *l)
{
	static const char *const keys[] = { "eta", "eta-low", "eta-high" };

	if (!node_get(l->map, "eta"))
		return;
	buf_reset(b);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const struct node *n = node_get(l->map, keys[i]);

		if (n)
			buf_addf(b, "%s: %s\n", keys[i], n->text);
	}
}

/* Reasons hold until the next transition, or the next answer. */
static void keep_reasons(struct buf *b, const struct line *l)
{
	static const char *const keys[] = { "reason", "reasons", "text", "why", "note" };
	const struct node *answer = node_get(l->map, "answer"), *why = node_get(l->map, "why");
	bool any = answer || node_get(l->map, "phase");

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		any |= node_get(l->map, keys[i]) != NULL;
	if (!any)
		return;
	buf_reset(b);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const struct node *n = node_get(l->map, keys[i]);

		if (n != why || !line_key_equals(l, "phase", "waiting"))
			add_reason(b, n);
	}
	if (answer && !b->len) {
		buf_adds(b, "answer: ");
		add_reason(b, answer);
	}
}

/* "offers: [{offer: 1, site: north}, ...]" */
static void count_offers(struct story *s, const struct line *l)
{
	const struct node *list = node_get(l->map, "offers"), *n;
	int number;

	for (const struct node *o = list ? list->child : NULL; o; o = o->next) {
		n = node_get(o, "offer");
		number = n ? atoi(n->text) : 0;
		if (number > s->offers && number <= UINT8_MAX)
			s->offers = (uint8_t)number;
	}
}

static uint64_t numbers(const struct line *l, const char *key)
{
	const struct node *n = node_get(l->map, key);
	struct ranges r = { 0 };
	uint64_t count = n && n->kind == NODE_SCALAR && ranges_read(&r, n->text) ? r.numbers : 0;

	ranges_free(&r);
	return count;
}

/* "{array: 1000, todo: ..., live: ..., bad: ..., held: ..., under-way: {running: 20}, time: ...}" */
static void count_tasks(struct story *s, const struct line *l)
{
	uint64_t all = s->state.record.tasks, todo = numbers(l, "todo"), live = numbers(l, "live"),
		 bad = numbers(l, "bad"), held = numbers(l, "held");
	const struct node *way = node_get(l->map, "under-way"), *time = node_get(l->map, "time");

	if (!all || !node_get(l->map, "todo") || todo + live + bad + held > all)
		return;
	buf_reset(&s->tasks);
	buf_addf(&s->tasks, "tasks: {to come: %" PRIu64, todo);
	if (held)
		buf_addf(&s->tasks, ", held: %" PRIu64, held);
	for (const struct node *n = way ? way->child : NULL; n; n = n->next)
		buf_addf(&s->tasks, ", %s: %s", n->key, n->text);
	if (!way && live)
		buf_addf(&s->tasks, ", under way: %" PRIu64, live);
	buf_addf(&s->tasks, ", completed: %" PRIu64 ", not completed: %" PRIu64 "}\n",
		 all - todo - live - bad - held, bad);
	if (time)
		buf_addf(&s->tasks, "counted: %s\n", time->text);
}

/* The array's file stays where pending jobs are until all its tasks have ended. */
static void follow_array(struct story *s, const struct line *l)
{
	const struct node *begun = node_get(l->map, "begun"), *time = node_get(l->map, "time");

	if (node_get(l->map, "phase")) {
		s->shown = s->phase;
		s->since = s->state.since;
	} else if (begun && s->state.record.tasks && s->phase == PHASE_PENDING && s->shown == PHASE_PENDING) {
		s->shown = PHASE_RUNNING;
		if (time)
			instant_parse(time->text, time->len, &s->since, NULL);
	}
}

static void read_events(struct story *s, const char *text, size_t len)
{
	struct line_reader r;
	struct line l;

	if (jobfile_events(&r, text, len, NULL) == 0) {
		while (line_next(&r, &l, NULL) > 0) {
			log_event(&s->log, &l);
			keep_reasons(&s->reasons, &l);
			keep_choice(s, &l);
			keep_eta(&s->eta, &l);
			count_offers(s, &l);
			count_tasks(s, &l);
			follow_array(s, &l);
			if (node_get(l.map, "phase"))
				keep_rest(&s->rest, &l);
		}
	}
	line_close(&r);
}

void story_read(struct story *s, const struct uuid *id, enum phase phase, const char *text,
		size_t len)
{
	buf_reset(&s->title);
	buf_reset(&s->log);
	buf_reset(&s->rest);
	buf_reset(&s->reasons);
	buf_reset(&s->chosen);
	buf_reset(&s->eta);
	buf_reset(&s->tasks);
	s->id = *id;
	s->phase = s->shown = phase;
	s->offers = 0;
	s->error = (struct diag)DIAG_INIT;
	s->bad = jobfile_read(text, len, &s->state, &s->error) < 0;
	if (s->bad) {
		memset(&s->state, 0, sizeof(s->state));
		return;
	}
	s->since = s->state.since;
	log_record(s);
	read_events(s, text, s->state.whole);
	title_component(s->state.record.name, strlen(s->state.record.name), &s->title);
}

void story_free(struct story *s)
{
	buf_free(&s->title);
	buf_free(&s->log);
	buf_free(&s->rest);
	buf_free(&s->reasons);
	buf_free(&s->chosen);
	buf_free(&s->eta);
	buf_free(&s->tasks);
}
