/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "account_month.h"

#include <stdlib.h>
#include <string.h>

#include "phase.h"

static const char *const titles[COLUMNS] = {
	[COLUMN_JOB] = "job", [COLUMN_ATTEMPT] = "attempt", [COLUMN_SITE] = "site",
	[COLUMN_OWNER] = "owner", [COLUMN_USER] = "user", [COLUMN_GROUP] = "group",
	[COLUMN_PHASE] = "phase", [COLUMN_CORES] = "cores", [COLUMN_MEMORY] = "memory",
	[COLUMN_GPUS] = "gpus", [COLUMN_WALL] = "wall_s", [COLUMN_USER_S] = "user_s",
	[COLUMN_SYSTEM_S] = "system_s", [COLUMN_STAGED] = "staged", [COLUMN_RETURNED] = "returned",
	[COLUMN_PRICE] = "price",
};

void entry_free(struct entry *e)
{
	buf_free(&e->cells);
	buf_free(&e->key);
}

/* --- RFC 4180 ----------------------------------------------------------------------- */

/* One value, unquoted and with a NUL, to out; *at is then at what ended it.
 * False: the text ends before the value does. */
static bool cell(const char **at, const char *end, struct buf *out)
{
	const char *s = *at;
	bool quoted = s < end && *s == '"';

	for (s += quoted; s < end && (quoted || (*s != ',' && *s != '\n')); s++) {
		if (quoted && *s == '"' && !(s + 1 < end && s[1] == '"')) {
			quoted = false;
			continue;
		}
		/* Of two quotation marks the first one is left out. */
		s += quoted && *s == '"';
		if (quoted || *s != '\r')
			buf_addc(out, *s);
	}
	*at = s;
	buf_addc(out, '\0');
	return s < end;
}

/* All values of one record.  How many, and *next; -1: it is not all there. */
static int cells(const char *at, const char *end, struct buf *out, const char **next)
{
	int n = 0;

	buf_reset(out);
	while (cell(&at, end, out)) {
		n++;
		if (*at++ == '\n') {
			*next = at;
			return out->failed ? 0 : n;
		}
	}
	return -1;
}

static const char *nth(const struct buf *b, int n)
{
	const char *s = b->s;

	while (n-- > 0)
		s += strlen(s) + 1;
	return s;
}

/* --- a record ------------------------------------------------------------------------- */

static void read_header(struct month *m, const struct buf *list, int n)
{
	buf_add(&m->header, list->s, list->len);
	for (int c = 0; c < COLUMNS; c++) {
		m->column[c] = -1;
		for (int i = 0; i < n; i++)
			if (!strcmp(nth(list, i), titles[c]))
				m->column[c] = i;
	}
}

static const char *text_of(const struct month *m, const struct entry *e, int n, enum column c)
{
	return m->column[c] >= 0 && m->column[c] < n ? nth(&e->cells, m->column[c]) : "";
}

static double number_of(const struct month *m, const struct entry *e, int n, enum column c)
{
	double d = strtod(text_of(m, e, n, c), NULL);

	return d > 0 && d < 1e300 ? d : 0;
}

static void read_entry(const struct month *m, struct entry *e, int n)
{
	const char *phase = text_of(m, e, n, COLUMN_PHASE);
	double wall = number_of(m, e, n, COLUMN_WALL);

	e->owner = (uid_t)strtoul(text_of(m, e, n, COLUMN_OWNER), NULL, 10);
	e->user = text_of(m, e, n, COLUMN_USER);
	e->group = text_of(m, e, n, COLUMN_GROUP);
	e->site = text_of(m, e, n, COLUMN_SITE);
	buf_reset(&e->key);
	buf_addf(&e->key, "%s,%s,%s", text_of(m, e, n, COLUMN_JOB), text_of(m, e, n, COLUMN_ATTEMPT), e->site);
	e->use = (struct use){
		.attempts = 1, .completed = !strcmp(phase, phase_name(PHASE_COMPLETED)),
		.failed = !strcmp(phase, phase_name(PHASE_FAILED)), .wall_s = wall,
		.core_s = wall * number_of(m, e, n, COLUMN_CORES),
		.gpu_s = wall * number_of(m, e, n, COLUMN_GPUS),
		.memory_s = wall * number_of(m, e, n, COLUMN_MEMORY),
		.cpu_s = number_of(m, e, n, COLUMN_USER_S) + number_of(m, e, n, COLUMN_SYSTEM_S),
		.price = number_of(m, e, n, COLUMN_PRICE), .staged = number_of(m, e, n, COLUMN_STAGED),
		.returned = number_of(m, e, n, COLUMN_RETURNED),
	};
	e->whole = *text_of(m, e, n, COLUMN_JOB) && *e->site && !e->key.failed;
}

const char *month_record(struct month *m, const char *at, const char *end, struct entry *e)
{
	const char *next;
	int n = cells(at, end, &e->cells, &next);

	e->whole = false;
	if (n < 0)
		return NULL;
	/* A header may stand in the middle, where columns were added. */
	if (!m->header.len || !strcmp(e->cells.s, titles[COLUMN_JOB])) {
		buf_reset(&m->header);
		read_header(m, &e->cells, n);
	} else if (n) {
		read_entry(m, e, n);
	}
	return next;
}

/* --- which were there -------------------------------------------------------------------- */

/* Where a key is, or would go; 0 marks a free place. */
static uint64_t *place(const struct month *m, uint64_t key)
{
	uint32_t i = (uint32_t)(key >> 32) & (m->cap - 1);

	while (m->key[i] && m->key[i] != key)
		i = (i + 1) & (m->cap - 1);
	return &m->key[i];
}

bool month_has(const struct month *m, uint64_t key)
{
	return m->cap && *place(m, key ? key : 1);
}

void month_put(struct month *m, uint64_t key)
{
	struct month old = *m;

	if (m->keys * 4ull >= m->cap * 3ull) {
		uint32_t cap = m->cap ? m->cap * 2 : 1024;
		uint64_t *more = calloc(cap, sizeof *more);

		if (!more)
			return;
		m->key = more;
		m->cap = cap;
		for (uint32_t i = 0; i < old.cap; i++)
			if (old.key[i])
				*place(m, old.key[i]) = old.key[i];
		free(old.key);
	}
	*place(m, key ? key : 1) = key ? key : 1;
	m->keys++;
}

void month_seal(struct month *m)
{
	free(m->key);
	m->key = NULL;
	m->keys = m->cap = 0;
	m->sealed = true;
}

void month_free(struct month *m)
{
	free(m->key);
	buf_free(&m->header);
}
