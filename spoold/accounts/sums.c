/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sums.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "accounts.h"
#include "csv.h"
#include "grow.h"
#include "hub.h"
#include "instant.h"
#include "names.h"
#include "phase.h"
#include "shapes.h"
#include "sums_part.h"

int sums_month(int64_t time)
{
	time_t t = (time_t)(time / SECOND_US);
	struct tm tm;

	gmtime_r(&t, &tm);
	return tm.tm_year * 12 + tm.tm_mon;
}

void sums_month_name(int month, char name[16])
{
	snprintf(name, 16, "%04d-%02d", (month / 12 + 1900) % 10000, month % 12 + 1);
}

/* --- the table of one month -------------------------------------------------------- */

static uint32_t hash(enum sum_kind kind, uint32_t owner, const char *name)
{
	uint64_t key = (uint64_t)owner << 8 | kind;

	for (const char *c = kind == SUM_USER ? "" : name; *c; c++)
		key = key * 31 + (unsigned char)*c;
	return lookup_hash(key);
}

/* A user is told by the owner alone. */
static bool is(const struct sum *s, enum sum_kind kind, uint32_t owner, const char *name)
{
	return s->kind == kind && s->owner == owner && (kind == SUM_USER || !strcmp(s->name, name));
}

struct sum *sums_find(struct sums *s, enum sum_kind kind, uint32_t owner, const char *name)
{
	uint32_t i, at = 0, key = hash(kind, owner, name);
	struct sum *one;

	while ((i = lookup_next(&s->by_key, key, &at)) != NO_ITEM)
		if (is(&s->sum[i], kind, owner, name))
			return &s->sum[i];
	if (!lookup_reserve(&s->by_key) || !grow(&s->sum, s->count, &s->cap, sizeof *s->sum))
		return NULL;
	lookup_add(&s->by_key, key, s->count);
	one = &s->sum[s->count++];
	*one = (struct sum){ .kind = (uint8_t)kind, .owner = owner };
	snprintf(one->name, sizeof one->name, "%s", name);
	return one;
}

void sums_begin_month(struct sums *s, int month)
{
	s->month = month;
	s->count = 0;
	s->bytes = 0;
	s->stale = false;
	lookup_clear(&s->by_key);
}

void sums_free(struct sums *s)
{
	free(s->sum);
	lookup_free(&s->by_key);
	keyset_free(&s->known);
	if (s->dir > 0)
		close(s->dir);
	*s = (struct sums){ 0 };
}

/* --- lines -------------------------------------------------------------------------- */

struct record {
	char *field[CSV_FIELDS];
	struct usage usage;
	uint64_t staged, returned;
	double price, used;
};

static uint64_t key_of(const struct hub *h, const char *line, size_t len)
{
	size_t n = 0;

	for (int commas = 0; n < len && commas < 3; n++)
		commas += line[n] == ',';
	return shapes_hash(&h->shapes, line, n);
}

bool sums_known(const struct hub *h, const char *key, size_t len)
{
	return keyset_has(&h->sums.known, key_of(h, key, len));
}

bool sums_remember(struct hub *h, const char *line, size_t len)
{
	return keyset_add(&h->sums.known, key_of(h, line, len));
}

/* False: no record (the header, or something torn). */
static bool read_record(char *line, size_t len, struct record *r)
{
	int n;

	for (int i = 0; i < CSV_FIELDS; i++)
		r->field[i] = "";
	n = csv_split(line, len, r->field, CSV_FIELDS);
	if (n <= CSV_STAGED || phase_parse(r->field[CSV_PHASE], strlen(r->field[CSV_PHASE])) < 0)
		return false;
	r->staged = strtoull(r->field[CSV_STAGED], NULL, 10);
	r->returned = strtoull(r->field[CSV_RETURNED], NULL, 10);
	r->price = strtod(r->field[CSV_PRICE], NULL);
	r->usage = (struct usage){
		.seconds = strtod(r->field[CSV_WALL], NULL), .moved = r->staged + r->returned,
		.cores = (uint32_t)strtoul(r->field[CSV_CORES], NULL, 10),
		.gpus = (uint32_t)strtoul(r->field[CSV_GPUS], NULL, 10),
		.memory = strtoull(r->field[CSV_MEMORY], NULL, 10),
	};
	return true;
}

static void add_to(struct sum *s, const struct record *r)
{
	int phase = phase_parse(r->field[CSV_PHASE], strlen(r->field[CSV_PHASE]));

	if (!s)
		return;
	s->attempts++;
	s->completed += phase == PHASE_COMPLETED;
	s->failed += phase == PHASE_FAILED;
	s->wall_s += r->usage.seconds;
	s->core_s += r->usage.seconds * r->usage.cores;
	s->gpu_s += r->usage.seconds * r->usage.gpus;
	s->memory_gib_s += r->usage.seconds * ((double)r->usage.memory / (1 << 30));
	s->staged += r->staged;
	s->returned += r->returned;
	s->price += r->price;
	s->used += r->used;
}

/* The site's clock said when it ended; it may be wrong, and then the month of
 * the file is right. */
static int64_t time_of(const struct hub *h, int month, const struct record *r)
{
	const char *end = r->field[CSV_END];
	int64_t time;

	if (!*end || instant_parse(end, strlen(end), &time, NULL) < 0 || time > h->now ||
	    sums_month(time) < month - 1)
		return month == sums_month(h->now) ? h->now : sums_month_end(month);
	return time;
}

static void note_name(struct hub *h, uint32_t owner, const struct record *r)
{
	struct uuid id;

	if (uuid_parse(r->field[CSV_JOB], strlen(r->field[CSV_JOB]), &id, NULL) == 0)
		names_note(h, owner, r->field[CSV_NAME], &id);
}

void sums_add(struct hub *h, int month, const char *line, size_t len)
{
	struct buf copy = BUF_INIT;
	struct record r;

	if (month != h->sums.month) {
		sums_write(h);
		sums_begin_month(&h->sums, month);
	}
	h->sums.bytes += len + 1;
	h->sums.stale = true;
	buf_add(&copy, line, len);
	if (!copy.failed && read_record(copy.s, copy.len, &r) && sums_remember(h, line, len)) {
		uint32_t owner = (uint32_t)strtoul(r.field[CSV_OWNER], NULL, 10);
		uint32_t user = accounts_user(h, owner, r.field[CSV_USER], NULL);
		uint32_t group = accounts_find_group(h, r.field[CSV_GROUP]);

		r.used = accounts_charge(h, user, group, &r.usage, r.price, month, time_of(h, month, &r));
		note_name(h, owner, &r);
		add_to(sums_find(&h->sums, SUM_USER, owner, r.field[CSV_USER]), &r);
		add_to(sums_find(&h->sums, SUM_SITE, 0, r.field[CSV_SITE]), &r);
		if (*r.field[CSV_GROUP])
			add_to(sums_find(&h->sums, SUM_GROUP, 0, r.field[CSV_GROUP]), &r);
	}
	buf_free(&copy);
}
