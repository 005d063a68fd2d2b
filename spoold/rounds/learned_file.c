/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "hub.h"
#include "instant.h"
#include "io.h"

enum { FILE_MAX = 16 << 20 };
static const char file[] = "learned";
static const int64_t write_every = 300 * SECOND_US;

/* --- writing -------------------------------------------------------------------------- */

static void add_times(struct buf *b, const struct run_times *t)
{
	buf_addf(b, " %.6g %.6g %.6g\n", (double)t->count, (double)t->mean, (double)t->square);
}

static void add_site(struct buf *b, const struct site *s)
{
	if (s->speed.count > 0)
		buf_addf(b, "speed %s %.6g %.6g\n", s->name, (double)s->speed.count, (double)s->speed.mean);
	if (!(s->visits.last > 0))
		return;
	buf_addf(b, "visits %s %.3f %u", s->name, s->visits.last, s->visits.seen);
	for (int i = 0; i < VISITS_SIZES; i++)
		if (s->visits.count[i] > 0)
			buf_addf(b, " %d:%.6g:%.6g", i, (double)s->visits.count[i], (double)s->visits.sum[i]);
	buf_addc(b, '\n');
}

void learned_write(struct hub *h, bool end)
{
	struct learned *l = &h->learned;
	struct buf b = BUF_INIT;
	struct diag d;

	if (!l->stale || h->spool.lock < 0 ||
	    (!end && h->now >= l->written && h->now - l->written < write_every))
		return;
	buf_addf(&b, "learned 1 %" PRId64 "\n", h->now);
	for (uint32_t i = 0; l->slot && i < LEARNED_SLOTS; i++)
		if (l->slot[i].key) {
			buf_addf(&b, "run %" PRIx64, l->slot[i].key);
			add_times(&b, &l->slot[i].times);
		}
	if (l->all.count > 0) {
		buf_adds(&b, "all");
		add_times(&b, &l->all);
	}
	if (l->prepare.count > 0) {
		buf_adds(&b, "prepare");
		add_times(&b, &l->prepare);
	}
	for (uint32_t i = 0; i < h->sites.count; i++)
		add_site(&b, h->sites.site[i]);
	if (b.failed || io_publish(h->spool.run, file, 0644, b.s, b.len, 0, &d) < 0)
		hub_log("run/%s: %s", file, b.failed ? "out of memory" : d.text);
	l->stale = false;
	l->written = h->now;
	buf_free(&b);
}

/* --- reading ---------------------------------------------------------------------------- */

/* Anybody may have written there: no number that could not come of learning. */
static bool good(double v, double most)
{
	return isfinite(v) && fabs(v) <= most;
}

static bool read_times(const char *text, struct run_times *t)
{
	struct run_times r;

	if (sscanf(text, "%f %f %f", &r.count, &r.mean, &r.square) != 3 || !good((double)r.count, 100) ||
	    !good((double)r.mean, 50) || !good((double)r.square, 1e6) || !(r.count > 0) || r.square < 0)
		return false;
	*t = r;
	return true;
}

static void read_run(struct hub *h, const char *text)
{
	struct run_times t;
	uint64_t key;
	int at = 0;

	if (sscanf(text, "%" SCNx64 "%n", &key, &at) == 1 && at && (key & 1) && read_times(text + at, &t))
		learned_put(h, key, &t);
}

static struct site *find_site(struct hub *h, const char **text)
{
	char name[65];
	int at = 0;
	uint16_t i;

	if (sscanf(*text, "%64s%n", name, &at) != 1)
		return NULL;
	*text += at;
	i = site_table_find(h, name);
	return i == NO_SITE ? NULL : h->sites.site[i];
}

static void read_speed(struct hub *h, const char *text)
{
	struct site *s = find_site(h, &text);
	struct site_speed v;

	if (s && sscanf(text, "%f %f", &v.count, &v.mean) == 2 && good((double)v.count, 1000) &&
	    v.count > 0 && good((double)v.mean, 10))
		s->speed = v;
}

static void read_visits(struct hub *h, const char *text)
{
	struct site *s = find_site(h, &text);
	struct visits v = { 0 };
	float count, sum;
	int i, at = 0;

	if (!s || sscanf(text, "%lf %u%n", &v.last, &v.seen, &at) != 2 || !good(v.last, 1e11) || v.last < 0)
		return;
	for (text += at; sscanf(text, " %d:%f:%f%n", &i, &count, &sum, &at) == 3; text += at)
		if (i >= 0 && i < VISITS_SIZES && good((double)count, 1000) && count > 0 &&
		    good((double)sum, 1e12) && sum > 0) {
			v.count[i] = count;
			v.sum[i] = sum;
		}
	s->visits = v;
}

static void read_line(struct hub *h, const char *line)
{
	static const struct { const char *word; void (*read)(struct hub *h, const char *text); } kinds[] = {
		{ "run ", read_run }, { "speed ", read_speed }, { "visits ", read_visits },
	};

	if (!strncmp(line, "all ", 4))
		(void)!read_times(line + 4, &h->learned.all);
	if (!strncmp(line, "prepare ", 8))
		(void)!read_times(line + 8, &h->learned.prepare);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strncmp(line, kinds[i].word, strlen(kinds[i].word)))
			kinds[i].read(h, line + strlen(kinds[i].word));
}

void learned_load(struct hub *h)
{
	struct buf text = BUF_INIT;
	int64_t written;

	h->learned.loaded = h->started;
	h->learned.written = h->now;
	if (io_read(h->spool.run, file, FILE_MAX, &text, NULL) == 0 && text.len &&
	    sscanf(text.s, "learned 1 %" SCNd64, &written) == 1 && written <= h->started) {
		char *line = text.s, *end;

		h->learned.loaded = written;
		for (; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			read_line(h, line);
		}
	}
	buf_free(&text);
}
