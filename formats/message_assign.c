/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "field.h"
#include "instant.h"
#include "message_part.h"
#include "size.h"

static void add_inputs(struct buf *b, const struct message_assign *m)
{
	if (!m->inputs)
		return;
	line_raw(b, "inputs", "[");
	for (uint32_t i = 0; i < m->inputs; i++) {
		const struct message_input *in = &m->input[i];

		buf_adds(b, i ? ", {" : "{");
		line_text(b, "name", in->name);
		line_text(b, "dataset", in->dataset);
		if (!in->unknown) {
			line_raw(b, "bytes", "");
			size_format(in->bytes, b);
			message_add_digest(b, &in->digest);
		}
		if (in->files)
			line_int(b, "files", in->files);
		if (in->from.count) {
			line_raw(b, "from", "");
			text_list_write(b, &in->from);
		}
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

static void add_gpus(struct buf *b, const struct message_assign *m)
{
	if (!m->gpus)
		return;
	line_raw(b, "gpus", "[");
	for (uint32_t i = 0; i < m->gpus; i++) {
		buf_adds(b, i ? ", {" : "{");
		line_int(b, "count", m->gpu[i].count);
		message_add_text(b, "type", m->gpu[i].type);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

void message_write_assign(struct buf *b, const struct message_assign *m)
{
	char number[16];

	snprintf(number, sizeof number, "%u", (unsigned)m->owner);
	line_begin(b);
	message_add_uuid(b, "assign", &m->job);
	line_int(b, "attempt", m->attempt);
	line_int(b, "owner", m->owner);
	message_add_text(b, "user", m->user && *m->user ? m->user : number);
	message_add_text(b, "name", m->name);
	line_time(b, "lease", m->lease);
	line_int(b, "cores", m->cores);
	line_raw(b, "memory", "");
	size_format(m->memory, b);
	add_gpus(b, m);
	if (m->walltime > 0) {
		line_raw(b, "walltime", "");
		duration_format(m->walltime, b);
	}
	if (m->length > 0) {
		line_raw(b, "length", "");
		duration_format(m->length, b);
	}
	if (m->start)
		line_time(b, "start", m->start);
	if (m->task)
		line_int(b, "index", m->index);
	add_inputs(b, m);
	line_body(b, m->body, m->body_len);
}

struct entry {
	struct message_assign m;
	uint32_t owner;
	const struct node *inputs, *gpus;
};

#define AT(field) .offset = offsetof(struct entry, m.field)

static const struct field fields[] = {
	{ "assign", FIELD_UUID, AT(job), .required = true },
	{ "attempt", FIELD_COUNT, AT(attempt), .required = true, .min = 1 },
	{ "owner", FIELD_COUNT, .offset = offsetof(struct entry, owner), .required = true },
	{ "user", FIELD_TEXT, AT(user), .required = true, .max = MESSAGE_READ_MAX },
	{ "name", FIELD_TEXT, AT(name), .max = MESSAGE_READ_MAX },
	{ "lease", FIELD_INSTANT, AT(lease), .required = true },
	{ "cores", FIELD_COUNT, AT(cores), .required = true, .min = 1 },
	{ "memory", FIELD_SIZE, AT(memory) },
	{ "gpus", FIELD_SEQ, .offset = offsetof(struct entry, gpus) },
	{ "walltime", FIELD_DURATION, AT(walltime) },
	{ "length", FIELD_DURATION, AT(length) },
	{ "start", FIELD_INSTANT, AT(start) },
	{ "index", FIELD_COUNT, AT(index), .present = offsetof(struct entry, m.task) },
	{ "inputs", FIELD_SEQ, .offset = offsetof(struct entry, inputs) },
	{ "skip", FIELD_IGNORE, .offset = 0 },
	{ "bytes", FIELD_IGNORE, .offset = 0, .required = true },
	{ NULL }
};

struct input_entry {
	struct message_input in;
	bool has_bytes, has_digest;
	const struct node *from;
};

#define IN(field) .offset = offsetof(struct input_entry, in.field)

static const struct field input_fields[] = {
	{ "name", FIELD_NAME, IN(name), .required = true },
	{ "dataset", FIELD_NAME, IN(dataset), .required = true, .max = 128 },
	{ "bytes", FIELD_SIZE, IN(bytes), .present = offsetof(struct input_entry, has_bytes) },
	{ "digest", FIELD_DIGEST, IN(digest), .present = offsetof(struct input_entry, has_digest) },
	{ "files", FIELD_COUNT, IN(files) },
	{ "from", FIELD_SEQ, .offset = offsetof(struct input_entry, from) },
	{ NULL }
};

static int read_input(struct tree *t, const struct node *at, struct message_input *in,
		      struct diag *d)
{
	struct input_entry e = { .from = NULL };

	*in = e.in;
	if (field_read(at, "an input", input_fields, &e, d) < 0 ||
	    text_list_read(t, e.from, "from", FIELD_TEXT, &e.in.from, d) < 0)
		return -1;
	e.in.unknown = !e.has_digest;
	if (e.has_bytes != e.has_digest || (e.in.unknown && (!e.in.from.count || e.in.files)))
		return diag_at(d, at->line, at->col, "an input: expected bytes and digest, or neither and "
			       "where it comes from");
	*in = e.in;
	return 0;
}

static int read_inputs(struct tree *t, const struct node *v, struct message_assign *m,
		       struct diag *d)
{
	uint32_t n = node_entries(v);

	if (!n)
		return 0;
	m->input = tree_alloc(t, n * sizeof *m->input);
	if (!m->input)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at))
		if (read_input(t, at, &m->input[m->inputs++], d) < 0)
			return -1;
	return 0;
}

static const struct field gpu_fields[] = {
	{ "count", FIELD_COUNT, .offset = offsetof(struct message_gpu, count), .required = true, .min = 1 },
	{ "type", FIELD_TEXT, .offset = offsetof(struct message_gpu, type), .max = 200 },
	{ NULL }
};

static int read_gpus(struct tree *t, const struct node *v, struct message_assign *m, struct diag *d)
{
	uint32_t n = node_entries(v);

	if (!n)
		return 0;
	m->gpu = tree_alloc(t, n * sizeof *m->gpu);
	if (!m->gpu)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at)) {
		struct message_gpu *g = &m->gpu[m->gpus++];

		*g = (struct message_gpu){ NULL, 0 };
		if (field_read(at, "GPUs", gpu_fields, g, d) < 0)
			return -1;
	}
	return 0;
}

int message_read_assign(struct tree *t, const struct line *l, struct message_assign *m,
			struct diag *d)
{
	struct entry e = { .inputs = NULL };

	*m = e.m;
	if (field_read(l->map, "an assignment", fields, &e, d) < 0)
		return -1;
	*m = e.m;
	m->owner = e.owner;
	m->body = l->body;
	m->body_len = l->body_len;
	if (!m->body)
		return diag_at(d, l->number, 0, "an assignment without its request");
	return read_gpus(t, e.gpus, m, d) < 0 ? -1 : read_inputs(t, e.inputs, m, d);
}
