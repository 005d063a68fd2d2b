/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jobfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "field.h"

void record_begin(struct buf *b, const char *kind, const struct job_record *r)
{
	char id[37];

	uuid_format(&r->id, id);
	line_begin(b);
	line_text(b, kind, id);
	line_int(b, "owner", (long long)r->owner);
	line_text(b, "user", r->user);
	if (r->name[0])
		line_text(b, "name", r->name);
	line_text(b, "drop", r->drop);
	line_time(b, "time", r->time);
	line_text(b, "source", r->source);
	if (r->member) {
		uuid_format(&r->transaction, id);
		line_text(b, "transaction", id);
	}
}

size_t jobfile_begin(struct buf *b, const struct job_record *r, const char *body, size_t len)
{
	char hex[20], id[UUID_TEXT];

	snprintf(hex, sizeof hex, "x%016" PRIx64, r->shape);
	record_begin(b, "job", r);
	line_text(b, "shape", hex);
	if (r->auth[0])
		line_text(b, "auth", r->auth);
	if (r->identity[0])
		line_text(b, "identity", r->identity);
	if (r->retries)
		line_int(b, "retries", r->retries);
	if (r->tasks)
		line_int(b, "tasks", r->tasks);
	if (r->task) {
		uuid_format(&r->array, id);
		line_text(b, "array", id);
		line_int(b, "index", r->index);
	}
	line_body(b, body, len);
	/* line_body ends the last line where the request does not. */
	return b->len - len - (len && body[len - 1] != '\n');
}

struct raw_record {
	struct uuid id, transaction;
	bool member, task;
	struct uuid array;
	uint32_t tasks, index;
	uint32_t owner, group, retries, skip, bytes;
	const char *user, *name, *drop, *source, *shape, *auth, *identity;
	int64_t time;
};

/* A byte of a name that is not UTF-8 became three; see line_scalar(). */
enum { NAME_MAX_READ = 3 * 255 };

/* The first row has the kind of file for its name. */
static const struct field record_fields[] = {
	{ "job", FIELD_UUID, offsetof(struct raw_record, id), .required = true },
	{ "owner", FIELD_COUNT, offsetof(struct raw_record, owner), .required = true },
	{ "user", FIELD_TEXT, offsetof(struct raw_record, user), .required = true, .max = NAME_MAX_READ },
	{ "name", FIELD_TEXT, offsetof(struct raw_record, name), .max = NAME_MAX_READ },
	{ "drop", FIELD_TEXT, offsetof(struct raw_record, drop), .required = true, .max = NAME_MAX_READ },
	{ "time", FIELD_INSTANT, offsetof(struct raw_record, time), .required = true },
	{ "source", FIELD_TEXT, offsetof(struct raw_record, source), .required = true, .max = 79 },
	{ "transaction", FIELD_UUID, offsetof(struct raw_record, transaction),
	  .present = offsetof(struct raw_record, member) },
	{ "shape", FIELD_TEXT, offsetof(struct raw_record, shape), .max = 17 },
	{ "group", FIELD_COUNT, offsetof(struct raw_record, group) },
	{ "jobs", FIELD_IGNORE },
	{ "auth", FIELD_TEXT, offsetof(struct raw_record, auth), .max = 159 },
	{ "identity", FIELD_TEXT, offsetof(struct raw_record, identity), .max = NAME_MAX_READ },
	{ "retries", FIELD_COUNT, offsetof(struct raw_record, retries) },
	{ "tasks", FIELD_COUNT, offsetof(struct raw_record, tasks) },
	{ "array", FIELD_UUID, offsetof(struct raw_record, array), .present = offsetof(struct raw_record, task) },
	{ "index", FIELD_COUNT, offsetof(struct raw_record, index) },
	{ "skip", FIELD_COUNT, offsetof(struct raw_record, skip), .max = 4 },
	{ "bytes", FIELD_COUNT, offsetof(struct raw_record, bytes), .required = true },
	{ .name = NULL },
};

static int record_read(const struct line *l, const char *kind, struct job_record *r, struct diag *d)
{
	struct field fields[sizeof record_fields / sizeof *record_fields];
	struct raw_record raw = { .name = "", .auth = "", .identity = "" };
	char what[40];

	memcpy(fields, record_fields, sizeof fields);
	fields[0].name = kind;
	snprintf(what, sizeof what, "the record of a %s", kind);
	if (field_read(l->map, what, fields, &raw, d) < 0)
		return -1;
	r->id = raw.id;
	r->owner = raw.owner;
	r->group = raw.group;
	r->member = raw.member;
	r->transaction = raw.transaction;
	r->retries = raw.retries;
	r->tasks = raw.tasks;
	r->task = raw.task;
	r->array = raw.array;
	r->index = raw.index;
	r->time = raw.time;
	snprintf(r->user, sizeof r->user, "%s", raw.user);
	snprintf(r->name, sizeof r->name, "%s", raw.name);
	snprintf(r->drop, sizeof r->drop, "%s", raw.drop);
	snprintf(r->auth, sizeof r->auth, "%s", raw.auth);
	snprintf(r->identity, sizeof r->identity, "%s", raw.identity);
	snprintf(r->source, sizeof r->source, "%s", raw.source);
	if (strcmp(kind, "job"))
		return 0;
	if (!raw.shape)
		return diag_at(d, l->number, 0, "the record of a job has no \"shape\"");
	if (raw.shape[0] != 'x' || strspn(raw.shape + 1, "0123456789abcdef") != 16 ||
	    sscanf(raw.shape, "x%16" SCNx64, &r->shape) != 1)
		return diag_at(d, l->number, 0, "`shape` has to be x and 16 hexadecimal digits");
	return 0;
}

struct raw_event {
	const char *site;
	int64_t time, lease, message, start, planned, length;
	uint32_t attempt, cores;
	uint64_t memory;
};

static const struct field event_fields[] = {
	{ "site", FIELD_TEXT, offsetof(struct raw_event, site), .max = 64 },
	{ "time", FIELD_INSTANT, offsetof(struct raw_event, time), .required = true },
	{ "lease", FIELD_INSTANT, offsetof(struct raw_event, lease) },
	{ "message", FIELD_INT, offsetof(struct raw_event, message) },
	{ "attempt", FIELD_COUNT, offsetof(struct raw_event, attempt) },
};

/* Of a line that assigns it, or that it runs: `start` means something else elsewhere. */
static const struct field assign_fields[] = {
	{ "start", FIELD_INSTANT, offsetof(struct raw_event, start) },
	{ "planned", FIELD_INSTANT, offsetof(struct raw_event, planned) },
	{ "length", FIELD_DURATION, offsetof(struct raw_event, length) },
	{ "cores", FIELD_COUNT, offsetof(struct raw_event, cores) },
	{ "memory", FIELD_SIZE, offsetof(struct raw_event, memory) },
};

static int read_fields(const struct line *l, const struct field *f, size_t n, struct raw_event *raw,
		       struct diag *d)
{
	for (size_t i = 0; i < n; i++) {
		const struct node *v = node_get(l->map, f[i].name);

		if (v && field_value(v, f[i].name, &f[i], raw, d) < 0)
			return -1;
	}
	return 0;
}

#define COUNT(a) (sizeof(a) / sizeof *(a))

static int read_assigned(const struct line *l, struct job_state *st, struct raw_event *raw, struct diag *d)
{
	if (read_fields(l, assign_fields, COUNT(assign_fields), raw, d) < 0)
		return -1;
	st->start = raw->start;
	st->planned = raw->planned || raw->start ? raw->planned : raw->time;
	st->length = raw->length;
	st->cores = raw->cores;
	st->memory = raw->memory;
	st->began = 0;
	return 0;
}

static void read_waits(const struct line *l, struct job_state *st)
{
	const char *from = memmem(l->text, l->len, "waits: [", 8), *to;

	st->waits = node_get(l->map, "waits")->count;
	to = from ? memchr(from, ']', l->len - (size_t)(from - l->text)) : NULL;
	st->waits_for = to ? from + 8 : NULL;
	st->waits_len = to ? (size_t)(to - st->waits_for) : 0;
}

/* Only what tells the present state is looked at; every event has more. */
static int read_event(const struct line *l, struct job_state *st, struct diag *d)
{
	const struct node *phase = node_get(l->map, "phase");
	struct raw_event raw = { .site = "" };
	int p;

	if (!phase) {
		if (line_key_equals(l, "command", "cancel"))
			st->cancelling = true;
		else if (line_key_equals(l, "command", "hold"))
			st->held = true;
		else if (line_key_equals(l, "command", "release"))
			st->held = false;
		else if (node_get(l->map, "waits"))
			read_waits(l, st);
		return 0;
	}
	p = phase_parse(phase->text, phase->len);
	if (p < 0)
		return diag_at(d, phase->line, phase->col, "\"%.40s\" is no phase of a job", phase->text);
	if (read_fields(l, event_fields, COUNT(event_fields), &raw, d) < 0)
		return -1;
	if ((p == PHASE_PENDING || (p == PHASE_WAITING && node_get(l->map, "message"))) &&
	    read_assigned(l, st, &raw, d) < 0)
		return -1;
	if (p == PHASE_RUNNING && read_fields(l, assign_fields, 1, &raw, d) < 0)
		return -1;
	if (p == PHASE_RUNNING)
		st->began = raw.start;
	st->phase = (enum phase)p;
	st->cancelling = false;
	if (p == PHASE_PENDING && line_key_equals(l, "cause", "job"))
		st->failures++;
	st->since = raw.time;
	if (raw.attempt)
		st->attempt = raw.attempt;
	if (p == PHASE_PENDING || *raw.site)
		snprintf(st->site, sizeof st->site, "%s", raw.site);
	st->lease = raw.lease;
	if (raw.message)
		st->message = (uint64_t)raw.message;
	return 0;
}

int record_open(struct line_reader *r, const char *text, size_t len, const char *kind, struct line *l,
		struct job_record *record, struct diag *d)
{
	int got;

	line_open(r, text, len);
	got = line_next(r, l, d);
	if (got < 0)
		return -1;
	if (got == 0) {
		diag_set(d, "an empty file");
		d->err = ENODATA;
		return -1;
	}
	if (!l->body)
		return diag_at(d, 1, 0, "the record of a %s has no `bytes`", kind);
	return record_read(l, kind, record, d);
}

static bool is_torn(const struct diag *d)
{
	return d->err == ENODATA;
}

int jobfile_read(const char *text, size_t len, struct job_state *st, struct diag *d)
{
	struct line_reader r;
	struct line l;
	struct diag own = DIAG_INIT;
	int got;

	memset(st, 0, sizeof *st);
	got = record_open(&r, text, len, "job", &l, &st->record, &own);
	if (got == 0) {
		st->since = st->record.time;
		st->body = l.body;
		st->body_len = l.body_len;
		st->body_line = l.body_line;
		while ((got = line_next(&r, &l, &own)) > 0 && read_event(&l, st, &own) == 0)
			;
		st->whole = (size_t)(r.at - text);
		if (got < 0 && is_torn(&own))
			got = 0;
		else if (got > 0)
			got = -1;
	}
	line_close(&r);
	if (got < 0 && d)
		*d = own;
	if (got < 0)
		errno = own.err;
	return got;
}

int jobfile_events(struct line_reader *r, const char *text, size_t len, struct diag *d)
{
	struct line l;

	line_open(r, text, len);
	return line_next(r, &l, d) > 0 ? 0 : -1;
}
