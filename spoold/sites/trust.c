/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "field.h"
#include "hub.h"
#include "instant.h"
#include "io.h"
#include "line.h"
#include "site_table.h"

enum { KINDS = 3, NAME = 80 };

static void file_name(const struct site *s, char name[NAME])
{
	snprintf(name, NAME, "trust/%s.yaml", s->name);
}

/* --- run/trust/ ------------------------------------------------------------------------ */

/*
 *	--- {aside: PT2M, try: 2026-11-22T03:33:40.155Z, faults: [{job: ID, attempt: 1, kind: x...}]}
 */
static void write_down(struct hub *h, struct site *s)
{
	struct buf line = BUF_INIT, list = BUF_INIT;
	struct diag d = DIAG_INIT;
	char name[NAME], id[UUID_TEXT];

	for (uint32_t i = 0; i < s->trust.faults; i++) {
		const struct fault *f = &s->trust.fault[i];

		uuid_format(&f->job, id);
		buf_addf(&list, "%s{job: %s, attempt: %u, kind: x%016llx}", i ? ", " : "[", id, f->attempt,
			 (unsigned long long)f->kind);
	}
	buf_adds(&list, list.len ? "]" : "[]");
	line_begin(&line);
	if (s->trust.aside) {
		line_duration(&line, "aside", s->trust.aside);
		line_time(&line, "try", s->trust.try_at);
	}
	line_raw(&line, "faults", list.s);
	line_end(&line);
	file_name(s, name);
	h->unflushed = true;
	if (line.failed || list.failed || io_publish(h->spool.run, name, 0644, line.s, line.len, 0, &d) < 0)
		hub_log("run/%s cannot be written, so a start will forget that %s failed jobs: %s", name, s->name,
			d.text);
	buf_free(&line);
	buf_free(&list);
}

struct told { int64_t aside, try_at; const struct node *faults; };
static const struct field told_fields[] = {
	{ "aside", FIELD_DURATION, .offset = offsetof(struct told, aside) },
	{ "try", FIELD_INSTANT, .offset = offsetof(struct told, try_at) },
	{ "faults", FIELD_SEQ, .offset = offsetof(struct told, faults) },
	{ NULL }
};

struct told_fault { struct uuid job; uint32_t attempt; const char *kind; };
static const struct field fault_fields[] = {
	{ "job", FIELD_UUID, .offset = offsetof(struct told_fault, job), .required = true },
	{ "attempt", FIELD_COUNT, .offset = offsetof(struct told_fault, attempt), .required = true },
	{ "kind", FIELD_NAME, .offset = offsetof(struct told_fault, kind), .required = true },
	{ NULL }
};

static int take_up(struct trust *t, const struct node *map, struct diag *d)
{
	struct told told = { 0 };

	if (field_read(map, "what is known of a site's faults", told_fields, &told, d) < 0)
		return -1;
	t->aside = told.aside;
	t->try_at = told.try_at;
	for (const struct node *n = told.faults ? told.faults->child : NULL; n && t->faults < TRUST_FAULTS; n = n->next) {
		struct told_fault f = { 0 };
		unsigned long long kind;

		if (field_read(n, "a fault", fault_fields, &f, d) < 0)
			return -1;
		if (sscanf(f.kind, "x%16llx", &kind) == 1)
			t->fault[t->faults++] = (struct fault){ f.job, f.attempt, kind };
	}
	return 0;
}

static void recover_one(struct hub *h, struct site *s)
{
	struct buf text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct trust t = { 0 };
	struct line_reader r;
	struct line l;
	char name[NAME];

	file_name(s, name);
	if (io_read(h->spool.run, name, 1 << 20, &text, NULL) == 0) {
		line_open(&r, text.s, text.len);
		if (line_next(&r, &l, &d) > 0 && take_up(&t, l.map, &d) == 0)
			s->trust = t;
		else
			hub_log("run/%s is not used: %s", name, d.text);
		line_close(&r);
	}
	buf_free(&text);
}

int trust_recover(struct hub *h, struct diag *d)
{
	if (io_mkdir(h->spool.run, "trust", 0750, d) < 0)
		return -1;
	for (uint32_t i = 0; i < h->sites.count; i++)
		recover_one(h, h->sites.site[i]);
	return 0;
}

/* --- what happens -------------------------------------------------------------------------- */

static void forget(struct hub *h, struct site *s)
{
	char name[NAME];

	if (!s->trust.faults && !s->trust.aside)
		return;
	s->trust = (struct trust){ 0 };
	file_name(s, name);
	h->unflushed = true;
	if (unlinkat(h->spool.run, name, 0) < 0 && errno != ENOENT)
		hub_log("run/%s cannot be removed: %s", name, strerror(errno));
}

bool trust_release(struct hub *h, uint16_t site)
{
	struct site *s = h->sites.site[site];

	if (!s->trust.aside)
		return false;
	hub_log("%s is released, and gets jobs as before", s->name);
	forget(h, s);
	h->replan = true;
	return true;
}

static bool same_kind_before(const struct trust *t, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (t->fault[k].kind == t->fault[i].kind)
			return true;
	return false;
}

static uint32_t kinds(const struct trust *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->faults; i++)
		n += !same_kind_before(t, i);
	return n;
}

static bool counted(const struct trust *t, const struct uuid *job, uint32_t attempt)
{
	for (uint32_t i = 0; i < t->faults; i++)
		if (!uuid_cmp(&t->fault[i].job, job) && t->fault[i].attempt == attempt)
			return true;
	return false;
}

/* Where there is no room, in place of one whose kind is there twice. */
static void add(struct trust *t, const struct fault *f)
{
	uint32_t i = t->faults;

	if (i == TRUST_FAULTS)
		for (i = TRUST_FAULTS - 1; i && !same_kind_before(t, i); i--)
			;
	else
		t->faults++;
	t->fault[i] = *f;
}

static void failed(struct hub *h, struct site *s, const struct job *job)
{
	/* The shape's hash is the same after a start. */
	struct fault f = { job->id, job->attempt,
			   h->shapes.row[job->shape].hash ^ job->owner * UINT64_C(0x9e3779b97f4a7c15) };
	struct trust *t = &s->trust;

	/* A report that comes again after a kill; or one of those that it had already
	 * when it was set aside. */
	if (counted(t, &f.job, f.attempt) || (t->aside && h->now < t->try_at))
		return;
	add(t, &f);
	if (t->aside || (t->faults == TRUST_FAULTS && kinds(t) >= KINDS)) {
		if (!t->aside)
			hub_log("%s fails jobs of many kinds; it is tried with one at a time", s->name);
		t->aside = t->aside ? t->aside * 2 : h->config.canary;
		if (t->aside > DAY_US)
			t->aside = DAY_US;
		t->try_at = h->now + t->aside;
	}
	write_down(h, s);
}

void trust_ended(struct hub *h, uint16_t site, uint32_t j, bool completed)
{
	struct site *s = h->sites.site[site];

	if (!completed) {
		failed(h, s, &h->jobs.job[j]);
		return;
	}
	if (s->trust.aside) {
		hub_log("%s completes jobs again, and gets more", s->name);
		h->replan = true;
	}
	forget(h, s);
}

bool trust_may(const struct hub *h, uint16_t site)
{
	const struct site *s = h->sites.site[site];

	return !s->trust.aside || (h->now >= s->trust.try_at && s->held.count == s->ahead);
}
