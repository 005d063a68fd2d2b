/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transaction_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"

static const char *const phases[] = {
	[TRANSACTION_PENDING] = "pending", [TRANSACTION_PLACED] = "placed", [TRANSACTION_ENDED] = "ended",
	NULL
};

const char *transaction_phase_name(enum transaction_phase p)
{
	return phases[p];
}

void transaction_file_begin(struct buf *b, const struct job_record *r, const struct transaction_member *m,
			    uint32_t members, const char *body, size_t len)
{
	struct buf list = BUF_INIT;
	char id[UUID_TEXT];

	for (uint32_t i = 0; i < members; i++) {
		uuid_format(&m[i].id, id);
		buf_addf(&list, "%s%s", i ? ", " : "[", id);
	}
	buf_addc(&list, ']');
	record_begin(b, "transaction", r);
	line_raw(b, "jobs", list.s);
	line_body(b, body, len);
	b->failed |= list.failed;
	buf_free(&list);
}

static int read_members(const struct line *l, struct transaction_state *st, struct diag *d)
{
	static const struct field id = { "jobs", FIELD_UUID };
	const struct node *list = node_get(l->map, "jobs");

	if (!list || list->kind != NODE_SEQ || !list->count)
		return diag_at(d, l->number, 0, "the record of a transaction has no \"jobs\"");
	st->member = calloc(list->count, sizeof *st->member);
	if (!st->member)
		return diag_nomem(d);
	for (const struct node *n = list->child; n; n = n->next)
		if (field_value(n, "jobs", &id, &st->member[st->members++].id, d) < 0)
			return -1;
	return 0;
}

static int read_sites(const struct node *list, struct transaction_state *st, struct diag *d)
{
	uint32_t i = 0;

	if (list->kind != NODE_SEQ || list->count != st->members)
		return diag_at(d, list->line, list->col, "`sites` has to have one for each job");
	for (const struct node *n = list->child; n; n = n->next, i++)
		snprintf(st->member[i].site, sizeof st->member[i].site, "%.64s",
			 strcmp(n->text, "-") ? n->text : "");
	return 0;
}

static void read_remark(const struct line *l, struct transaction_state *st)
{
	const struct node *end = node_get(l->map, "end"), *text = node_get(l->map, "text");
	const struct node *without = node_get(l->map, "without");
	int p = end ? phase_parse(end->text, end->len) : -1;
	struct uuid id;

	if (p >= 0 && phase_final((enum phase)p)) {
		st->end = (enum phase)p;
		snprintf(st->text, sizeof st->text, "%s", text ? text->text : "");
	}
	if (without && uuid_parse(without->text, without->len, &id, NULL) == 0)
		for (uint32_t i = 0; i < st->members; i++)
			st->member[i].gone |= !uuid_cmp(&st->member[i].id, &id);
}

/* When it was placed, and for when. */
static int read_times(const struct line *l, struct transaction_state *st, struct diag *d)
{
	static const struct field instant = { "time", FIELD_INSTANT };
	const struct node *time = node_get(l->map, "time"), *start = node_get(l->map, "start");

	st->start = 0;
	if (time && field_value(time, "time", &instant, &st->placed, d) < 0)
		return -1;
	return start ? field_value(start, "start", &instant, &st->start, d) : 0;
}

static int read_event(const struct line *l, struct transaction_state *st, struct diag *d)
{
	static const struct field row = { "phase", FIELD_CHOICE, .choices = phases };
	const struct node *phase = node_get(l->map, "phase"), *sites = node_get(l->map, "sites");
	int p;

	read_remark(l, st);
	if (!phase)
		return 0;
	if (field_value(phase, "phase", &row, &p, d) < 0 || (sites && (read_sites(sites, st, d) < 0 ||
									      read_times(l, st, d) < 0)))
		return -1;
	st->phase = (enum transaction_phase)p;
	return 0;
}

static int read_all(struct line_reader *r, const char *text, size_t len, struct transaction_state *st,
		    struct diag *d)
{
	struct line l;
	int got;

	if (record_open(r, text, len, "transaction", &l, &st->record, d) < 0 || read_members(&l, st, d) < 0)
		return -1;
	st->body = l.body;
	st->body_len = l.body_len;
	while ((got = line_next(r, &l, d)) > 0)
		if (read_event(&l, st, d) < 0)
			return -1;
	return got;
}

int transaction_file_read(const char *text, size_t len, struct transaction_state *st, struct diag *d)
{
	struct line_reader r;
	struct diag own = DIAG_INIT;
	int got;

	memset(st, 0, sizeof *st);
	got = read_all(&r, text, len, st, &own);
	st->whole = (size_t)(r.at - text);
	line_close(&r);
	if (st->body && (got == 0 || own.err == ENODATA))
		return 0;
	free(st->member);
	st->member = NULL;
	if (d)
		*d = own;
	errno = own.err;
	return -1;
}
