/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "samples.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"
#include "store.h"

enum { FILE_MAX = 1 << 20, LONG_FILE = 64 << 10, KEPT = 256, SMALLEST = 32 << 10 };

#define HALF_LIFE HOUR_US
#define OLDEST DAY_US

static const char *const words[] = {
	[SAMPLE_GET] = "get", [SAMPLE_PUT] = "put", [SAMPLE_PROBE] = "probe",
};

/* --- writing ---------------------------------------------------------------------- */

static void append(const struct settings *set, const char *store, const struct buf *line)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof path, "%s/stores/%s", set->state, store);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno == ENOENT) {
		snprintf(path, sizeof path, "%s/stores", set->state);
		(void)!io_mkdirs(path, 0700, NULL);
		snprintf(path, sizeof path, "%s/stores/%s", set->state, store);
		fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	}
	if (fd < 0)
		return;
	if (!line->failed)
		(void)!write(fd, line->s, line->len);
	close(fd);
}

void samples_add(const struct settings *set, const char *store, enum sample_kind kind,
		 const struct store_timing *t)
{
	struct buf b = BUF_INIT;

	instant_format(instant_now(), &b);
	buf_addf(&b, " %s %" PRId64 " %" PRIu64 " %" PRId64 "\n", words[kind], t->first, t->bytes,
		 t->moving);
	append(set, store, &b);
	buf_free(&b);
}

void samples_failed(const struct settings *set, const char *store, const char *text)
{
	struct buf b = BUF_INIT;

	instant_format(instant_now(), &b);
	buf_addf(&b, " fail %.300s\n", text);
	append(set, store, &b);
	buf_free(&b);
}

/* --- medians ------------------------------------------------------------------------ */

struct weighed { double value, weight; };
struct pile { struct weighed at[2 * KEPT]; int n; };

static void put(struct pile *p, double value, double weight)
{
	if (p->n < 2 * KEPT && value > 0)
		p->at[p->n++] = (struct weighed){ value, weight };
}

static int by_value(const void *a, const void *b)
{
	double x = ((const struct weighed *)a)->value, y = ((const struct weighed *)b)->value;

	return (x > y) - (x < y);
}

static double median(struct pile *p)
{
	double sum = 0, half = 0;

	qsort(p->at, (size_t)p->n, sizeof *p->at, by_value);
	for (int i = 0; i < p->n; i++)
		half += p->at[i].weight / 2;
	for (int i = 0; i < p->n; i++) {
		sum += p->at[i].weight;
		if (sum >= half)
			return p->at[i].value;
	}
	return 0;
}

/* The median of how far they are from theirs. */
static double spread(struct pile *p, double middle)
{
	for (int i = 0; i < p->n; i++)
		p->at[i].value = fabs(p->at[i].value - middle);
	return median(p);
}

/* --- reading -------------------------------------------------------------------------- */

struct sums {
	struct pile first, get, put, probe;
	int64_t last;
	bool failed;
	const char *words;
	size_t len;
};

static void take(struct sums *s, const char *line, size_t len, int64_t now)
{
	struct store_timing t;
	char kind[8];
	int64_t at;
	double weight, rate;

	if (len <= INSTANT_TEXT || instant_parse(line, INSTANT_TEXT, &at, NULL) < 0 ||
	    at > now || now - at > OLDEST)
		return;
	s->last = at;
	s->failed = !strncmp(line + INSTANT_TEXT, " fail ", 6);
	if (s->failed) {
		s->words = line + INSTANT_TEXT + 6;
		s->len = len - INSTANT_TEXT - 6;
		return;
	}
	if (sscanf(line + INSTANT_TEXT, " %7s %" SCNd64 " %" SCNu64 " %" SCNd64, kind, &t.first,
		   &t.bytes, &t.moving) != 4)
		return;
	weight = exp2(-(double)(now - at) / (double)HALF_LIFE);
	put(&s->first, (double)t.first, weight);
	if (t.bytes < SMALLEST || t.moving <= 0)
		return;
	rate = (double)t.bytes * SECOND_US / (double)t.moving;
	put(!strcmp(kind, "get") ? &s->get : !strcmp(kind, "put") ? &s->put : &s->probe, rate, weight);
}

void samples_of_text(struct tree *t, const char *text, int64_t now, struct site_store *out)
{
	struct sums *s = calloc(1, sizeof *s);
	struct pile *down;

	if (!s)
		return;
	for (const char *line = text, *end; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		take(s, line, (size_t)(end - line), now);
	}
	/* A short read tells little of what a long one gets. */
	down = s->get.n ? &s->get : &s->probe;
	out->samples = (uint32_t)(s->first.n > down->n ? s->first.n : down->n);
	out->measured = s->last;
	out->latency = (int64_t)median(&s->first);
	out->latency_spread = (int64_t)spread(&s->first, (double)out->latency);
	out->bandwidth = (uint64_t)median(down);
	out->bandwidth_spread = (uint64_t)spread(down, (double)out->bandwidth);
	out->upload = (uint64_t)median(&s->put);
	if (s->failed && s->len)
		out->trouble = tree_strdup(t, s->words, s->len);
	free(s);
}

/* The newest lines of a long one. */
static void shorten(const struct settings *set, const char *store, struct buf *text)
{
	const char *from = text->s + text->len;
	char name[100];
	int lines = 0, dir;

	if (text->len < LONG_FILE)
		return;
	while (from > text->s && lines <= KEPT)
		lines += *--from == '\n';
	snprintf(name, sizeof name, "stores/%s", store);
	dir = open(set->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	from += *from == '\n';
	snprintf(name, sizeof name, "%s", store);
	lines = openat(dir, "stores", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lines >= 0) {
		(void)!io_publish(lines, name, 0600, from, (size_t)(text->s + text->len - from), 0, NULL);
		close(lines);
	}
	close(dir);
}

void samples_sum_up(const struct settings *set, struct tree *t, const struct settings_store *s,
		    int64_t now, struct site_store *out)
{
	struct buf text = BUF_INIT;
	char path[PATH_MAX];

	*out = (struct site_store){ .name = s->name, .url = s->url };
	snprintf(path, sizeof path, "%s/stores/%s", set->state, s->name);
	if (io_read(AT_FDCWD, path, FILE_MAX, &text, NULL) == 0) {
		samples_of_text(t, text.s, now, out);
		shorten(set, s->name, &text);
	}
	buf_free(&text);
}
