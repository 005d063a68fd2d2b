/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "field.h"
#include "message_part.h"
#include "size.h"

#define LAST_SIGNAL 64

static const char *const causes[] = { "job", "site", "policy", "operator", NULL };

/* --- writing -------------------------------------------------------------- */

static bool file_ok(const struct message_file *f)
{
	return message_path_ok(f->path) &&
	       (f->payload ? message_path_ok(f->payload) : message_text_ok(f->text, f->len));
}

static void add_file(struct buf *b, const struct message_file *f)
{
	line_text(b, "path", f->path);
	line_raw(b, "size", "");
	size_format(f->size, b);
	message_add_digest(b, &f->digest);
	if (f->payload)
		line_text(b, "payload", f->payload);
	else
		line_textn(b, "text", f->text ? f->text : "", f->len);
}

/* Was there room for it in the line that began at `line`?  Else nothing is written. */
static bool add_file_if_room(struct buf *b, const struct message_file *f, bool first, size_t line)
{
	size_t before = b->len;

	if (!file_ok(f))
		return false;
	if (first)
		line_raw(b, "files", "[{");
	else
		buf_adds(b, ", {");
	add_file(b, f);
	buf_addc(b, '}');
	if (b->failed || b->len - line <= MESSAGE_LINE_MAX)
		return true;
	b->len = before;
	b->s[before] = '\0';
	return false;
}

static void add_files(struct buf *b, const struct message_report *m, size_t line)
{
	uint32_t written = 0;

	for (uint32_t i = 0; i < m->files && written < MESSAGE_FILES_MAX; i++)
		written += add_file_if_room(b, &m->file[i], !written, line);
	if (written)
		buf_addc(b, ']');
	if (m->files - written + m->omitted)
		line_int(b, "omitted", m->files - written + m->omitted);
}

static void add_stored(struct buf *b, const struct message_report *m)
{
	if (!m->storeds)
		return;
	line_raw(b, "stored", "[");
	for (uint32_t i = 0; i < m->storeds; i++) {
		const struct message_stored *one = &m->stored[i];

		buf_adds(b, i ? ", {" : "{");
		line_text(b, "name", one->name);
		line_text(b, "to", one->to);
		line_int(b, "files", one->files);
		line_raw(b, "size", "");
		size_format(one->bytes, b);
		message_add_digest(b, &one->digest);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

static void add_seconds(struct buf *b, const char *key, double v)
{
	if (isfinite(v) && v > 0)
		line_real(b, key, v, 6);
}

static void add_bytes(struct buf *b, const char *key, uint64_t v)
{
	if (!v)
		return;
	line_raw(b, key, "");
	size_format(v, b);
}

static void add_end(struct buf *b, const struct message_report *m)
{
	if (m->exit >= 0 && m->exit <= 255)
		line_int(b, "exit", m->exit);
	if (m->signal > 0 && m->signal <= LAST_SIGNAL)
		line_int(b, "signal", m->signal);
	for (const char *const *c = causes; m->cause && *c; c++)
		if (!strcmp(*c, m->cause))
			line_text(b, "cause", *c);
	message_add_text(b, "text", m->text);
	if (m->start > 0)
		line_time(b, "start", m->start);
	if (m->end > 0)
		line_time(b, "end", m->end);
}

static void add_usage(struct buf *b, const struct message_report *m)
{
	add_seconds(b, "wall", m->wall);
	add_seconds(b, "user", m->user);
	add_seconds(b, "system", m->system);
	add_bytes(b, "maxrss", m->maxrss);
	if (m->limits && field_name_ok(m->limits, 64))
		line_text(b, "limits", m->limits);
	add_bytes(b, "staged", m->staged);
}

void message_write_report(struct buf *b, const struct message_report *m)
{
	size_t line = b->len;

	line_begin(b);
	message_add_uuid(b, "report", &m->job);
	line_int(b, "attempt", m->attempt);
	line_text(b, "phase", phase_name((enum phase)m->phase));
	line_time(b, "time", m->time);
	add_end(b, m);
	add_usage(b, m);
	add_stored(b, m);
	add_files(b, m, line);
	line_end(b);
}

/* --- reading -------------------------------------------------------------- */

struct entry {
	struct message_report m;
	const char *phase;
	int cause;
	bool has_exit, has_signal, has_cause;
	uint32_t exit, signal;
	const struct node *files, *stored;
};

#define AT(field) .offset = offsetof(struct entry, m.field)
#define HERE(field) .offset = offsetof(struct entry, field)

static const struct field fields[] = {
	{ "report", FIELD_UUID, AT(job), .required = true },
	{ "attempt", FIELD_COUNT, AT(attempt), .required = true, .min = 1 },
	{ "phase", FIELD_TEXT, HERE(phase), .required = true },
	{ "time", FIELD_INSTANT, AT(time), .required = true },
	{ "exit", FIELD_COUNT, HERE(exit), .max = 255,
	  .present = offsetof(struct entry, has_exit) },
	{ "signal", FIELD_COUNT, HERE(signal), .min = 1, .max = LAST_SIGNAL,
	  .present = offsetof(struct entry, has_signal) },
	{ "cause", FIELD_CHOICE, HERE(cause), .choices = causes,
	  .present = offsetof(struct entry, has_cause) },
	{ "text", FIELD_TEXT, AT(text), .max = MESSAGE_READ_MAX },
	{ "start", FIELD_INSTANT, AT(start) },
	{ "end", FIELD_INSTANT, AT(end) },
	{ "wall", FIELD_REAL, AT(wall) },
	{ "user", FIELD_REAL, AT(user) },
	{ "system", FIELD_REAL, AT(system) },
	{ "maxrss", FIELD_SIZE, AT(maxrss) },
	{ "limits", FIELD_NAME, AT(limits) },
	{ "staged", FIELD_SIZE, AT(staged) },
	{ "stored", FIELD_SEQ, HERE(stored) },
	{ "files", FIELD_SEQ, HERE(files) },
	{ "omitted", FIELD_COUNT, AT(omitted) },
	{ NULL }
};

/* pending, offered and expired are the hub's to say. */
static int read_phase(const struct node *map, struct entry *e, struct diag *d)
{
	int p = phase_parse(e->phase, strlen(e->phase));
	const struct node *n = node_get(map, "phase");

	if (p < 0 || p == PHASE_PENDING || p == PHASE_OFFERED || p == PHASE_EXPIRED)
		return diag_at(d, n->line, n->col, "phase: expected one of waiting, preparing, "
			       "running, releasing, completed, failed, cancelled, found \"%.60s\"",
			       e->phase);
	e->m.phase = p;
	return 0;
}

static int check_seconds(const struct node *map, const struct entry *e, struct diag *d)
{
	const struct { const char *key; double v; } all[] = {
		{ "wall", e->m.wall }, { "user", e->m.user }, { "system", e->m.system },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		const struct node *n = node_get(map, all[i].key);

		if (n && all[i].v < 0)
			return diag_at(d, n->line, n->col, "%s: expected a number that is not "
				       "negative, found \"%.40s\"", all[i].key, n->text);
	}
	return 0;
}

struct file_entry {
	struct message_file f;
	const struct node *text;
};

#define FILE_AT(field) .offset = offsetof(struct file_entry, f.field)

static const struct field file_fields[] = {
	{ "path", FIELD_TEXT, FILE_AT(path), .required = true, .max = 1024 },
	{ "size", FIELD_SIZE, FILE_AT(size), .required = true },
	{ "digest", FIELD_DIGEST, FILE_AT(digest), .required = true },
	{ "payload", FIELD_TEXT, FILE_AT(payload), .max = 1024 },
	{ "text", FIELD_NODE, .offset = offsetof(struct file_entry, text) },
	{ NULL }
};

static int check_path(const struct node *map, const char *key, struct diag *d)
{
	const struct node *n = node_get(map, key);

	if (!n || message_path_ok(n->text))
		return 0;
	return diag_at(d, n->line, n->col, "%s: expected a relative path without empty, \".\" or "
		       "\"..\" parts and control characters, found \"%.200s\"", key, n->text);
}

static int take_text(const struct node *n, struct message_file *f, struct diag *d)
{
	struct digest found;
	char what[64];

	if (n->kind != NODE_SCALAR)
		return diag_at(d, n->line, n->col, "text: expected a text, found %s",
			       node_describe(n, what));
	digest_bytes(n->text, n->len, &found);
	if (n->len != f->size || !digest_eq(&found, &f->digest))
		return diag_at(d, n->line, n->col, "text: not the %llu bytes that size and digest "
			       "tell of", (unsigned long long)f->size);
	f->text = n->text;
	f->len = n->len;
	return 0;
}

static int read_file(const struct node *map, struct message_file *f, struct diag *d)
{
	struct file_entry e = { .text = NULL };

	if (field_read(map, "a file", file_fields, &e, d) < 0 ||
	    check_path(map, "path", d) < 0 || check_path(map, "payload", d) < 0)
		return -1;
	*f = e.f;
	if (!e.text == !f->payload)
		return diag_at(d, map->line, map->col, "a file with %s payload %s text; expected one "
			       "of the two", e.text ? "both" : "neither", e.text ? "and" : "nor");
	return e.text ? take_text(e.text, f, d) : 0;
}

static int read_files(struct tree *t, const struct node *v, struct message_report *m,
		      struct diag *d)
{
	uint32_t n = node_entries(v);

	if (!n)
		return 0;
	m->file = tree_alloc(t, n * sizeof *m->file);
	if (!m->file)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at))
		if (read_file(at, &m->file[m->files++], d) < 0)
			return -1;
	return 0;
}

static const struct field stored_fields[] = {
	{ "name", FIELD_NAME, .offset = offsetof(struct message_stored, name), .required = true },
	{ "to", FIELD_TEXT, .offset = offsetof(struct message_stored, to), .required = true,
	  .max = 2000 },
	{ "files", FIELD_COUNT, .offset = offsetof(struct message_stored, files) },
	{ "size", FIELD_SIZE, .offset = offsetof(struct message_stored, bytes), .required = true },
	{ "digest", FIELD_DIGEST, .offset = offsetof(struct message_stored, digest),
	  .required = true },
	{ NULL }
};

static int read_stored(struct tree *t, const struct node *v, struct message_report *m,
		       struct diag *d)
{
	uint32_t n = node_entries(v);

	if (!n)
		return 0;
	m->stored = tree_alloc(t, n * sizeof *m->stored);
	if (!m->stored)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at)) {
		struct message_stored *one = &m->stored[m->storeds++];

		*one = (struct message_stored){ NULL };
		if (field_read(at, "an output", stored_fields, one, d) < 0)
			return -1;
	}
	return 0;
}

int message_read_report(struct tree *t, const struct line *l, struct message_report *m,
			struct diag *d)
{
	struct entry e = { .exit = 0 };

	*m = e.m;
	if (field_read(l->map, "a report", fields, &e, d) < 0 || read_phase(l->map, &e, d) < 0 ||
	    check_seconds(l->map, &e, d) < 0)
		return -1;
	*m = e.m;
	m->exit = e.has_exit ? (int)e.exit : -1;
	m->signal = e.has_signal ? (int)e.signal : -1;
	m->cause = e.has_cause ? causes[e.cause] : NULL;
	return read_stored(t, e.stored, m, d) < 0 ? -1 : read_files(t, e.files, m, d);
}
