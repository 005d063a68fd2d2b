/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * accounting/: by-user, by-group, by-site and by-month, each as a table for
 * people and as by-X.csv.  Everybody sees the sums over their own jobs; root
 * and the spool's group those over all.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "size.h"
#include "view.h"

enum by_what { BY_WHAT_USER, BY_WHAT_GROUP, BY_WHAT_SITE, BY_WHAT_MONTH, BY_WHATS };

static const char *const names[BY_WHATS] = { "user", "group", "site", "month" };

struct row { const char *key; struct use use; };

static const char *key_of(const struct account *x, enum by_what by)
{
	const char *const keys[BY_WHATS] = { x->user, x->group, x->site, x->month };

	return *keys[by] ? keys[by] : "-";
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->key, ((const struct row *)b)->key);
}

/* Rows in the order of their keys, and their sum at the end.  NULL: no memory. */
static struct row *rows_of(struct accounts *a, const struct who *who, enum by_what by, uint32_t *n)
{
	struct row *row = malloc((a->count + 1ul) * sizeof *row);
	struct use all = { .attempts = 0 };
	uint32_t got = 0, last = 0;

	if (!row)
		return NULL;
	for (uint32_t i = 0; i < a->count; i++)
		if (who_sees(who, a->account[i].owner))
			row[got++] = (struct row){ key_of(&a->account[i], by), a->account[i].use };
	qsort(row, got, sizeof *row, by_key);
	for (uint32_t i = 0; i < got; i++) {
		use_add(&all, &row[i].use);
		if (i && !strcmp(row[last].key, row[i].key))
			use_add(&row[last].use, &row[i].use);
		else
			row[i ? ++last : 0] = row[i];
	}
	*n = got ? last + 1 : 0;
	row[*n] = (struct row){ "total", all };
	return row;
}

/* --- tables ---------------------------------------------------------------------- */

static void add_csv_text(struct buf *b, const char *s)
{
	if (!strpbrk(s, ",\"\r\n")) {
		buf_adds(b, s);
		return;
	}
	buf_addc(b, '"');
	for (; *s; s++)
		buf_addf(b, "%s%c", *s == '"' ? "\"" : "", *s);
	buf_addc(b, '"');
}

static void write_csv(const struct row *row, uint32_t n, enum by_what by, struct buf *out)
{
	buf_addf(out, "%s,attempts,completed,failed,wall_s,core_s,gpu_s,cpu_s,memory_byte_s,staged,"
		 "returned,price\n", names[by]);
	for (uint32_t i = 0; i < n; i++) {
		const struct use *u = &row[i].use;

		add_csv_text(out, row[i].key);
		buf_addf(out, ",%llu,%llu,%llu,%.3f,%.3f,%.3f,%.3f,%.0f,%.0f,%.0f,%.6g\n",
			 (unsigned long long)u->attempts, (unsigned long long)u->completed,
			 (unsigned long long)u->failed, u->wall_s, u->core_s, u->gpu_s, u->cpu_s,
			 u->memory_s, u->staged, u->returned, u->price);
	}
}

static void human(double bytes, char out[16])
{
	struct buf b = BUF_INIT;

	size_human(bytes < 1.8e19 ? (uint64_t)bytes : UINT64_MAX, &b);
	snprintf(out, 16, "%s", b.s);
	buf_free(&b);
}

static void write_table(const struct row *row, uint32_t n, enum by_what by, struct buf *out)
{
	char title[16], staged[16], returned[16];
	size_t width = 5;

	for (uint32_t i = 0; i < n; i++)
		if (strlen(row[i].key) > width)
			width = strlen(row[i].key) < 40 ? strlen(row[i].key) : 40;
	snprintf(title, sizeof title, "%s", names[by]);
	for (char *s = title; *s; s++)
		*s = (char)(*s - 'a' + 'A');
	buf_addf(out, "%-*s %8s %9s %6s %10s %10s %10s %12s %10s %10s %10s\n", (int)width, title, "ATTEMPTS",
		 "COMPLETED", "FAILED", "CORE-HOURS", "GPU-HOURS", "CPU-HOURS", "GIB-HOURS", "FETCHED",
		 "RETURNED", "PRICE");
	for (uint32_t i = 0; i <= n; i++) {
		const struct use *u = &row[i].use;

		human(u->staged, staged);
		human(u->returned, returned);
		buf_addf(out, "%-*s %8llu %9llu %6llu %10.2f %10.2f %10.2f %12.2f %10s %10s %10.2f\n", (int)width,
			 row[i].key, (unsigned long long)u->attempts, (unsigned long long)u->completed,
			 (unsigned long long)u->failed, u->core_s / 3600, u->gpu_s / 3600, u->cpu_s / 3600,
			 u->memory_s / 3600 / (1 << 30), staged, returned, u->price);
	}
}

/* --- the room ---------------------------------------------------------------------- */

/* "by-user", "by-user.csv".  -1: no such file. */
static int file_of(const char *path, bool *csv)
{
	for (int i = 0; i < BY_WHATS; i++) {
		size_t n = strlen(names[i]);

		if (strncmp(path, "by-", 3) || strncmp(path + 3, names[i], n))
			continue;
		*csv = !strcmp(path + 3 + n, ".csv");
		if (*csv || !path[3 + n])
			return i;
	}
	return -1;
}

static int account_text(struct view *v, const struct who *who, uint64_t top, const char *path,
			struct buf *out)
{
	struct row *row;
	uint32_t n = 0;
	bool csv;
	int by = file_of(path, &csv);

	(void)top;
	if (by < 0)
		return ENOENT;
	pthread_mutex_lock(&v->accounts.lock);
	accounts_update(&v->accounts, &v->spool);
	row = rows_of(&v->accounts, who, (enum by_what)by, &n);
	if (row && csv)
		write_csv(row, n, (enum by_what)by, out);
	else if (row)
		write_table(row, n, (enum by_what)by, out);
	pthread_mutex_unlock(&v->accounts.lock);
	free(row);
	return row && !out->failed ? 0 : ENOMEM;
}

static int account_stat(struct view *v, const struct who *who, uint64_t top, const char *path,
			struct stat *st)
{
	bool csv;

	(void)v, (void)who, (void)top;
	st->st_mode = S_IFREG | 0444;
	return file_of(path, &csv) < 0 ? ENOENT : 0;
}

static void account_list(struct view *v, const struct who *who, uint64_t top, const char *path,
			 room_add *add, void *ctx)
{
	char name[24];

	(void)v, (void)who, (void)top, (void)path;
	for (int i = 0; i < 2 * BY_WHATS; i++) {
		snprintf(name, sizeof name, "by-%s%s", names[i / 2], i % 2 ? ".csv" : "");
		if (!add(ctx, name, S_IFREG))
			return;
	}
}

const struct room account_room = { account_stat, account_list, account_text };
