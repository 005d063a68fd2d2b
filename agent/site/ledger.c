/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "digest.h"
#include "instant.h"
#include "io.h"
#include "shim_started.h"

enum { LEDGER_MAX = 256 << 20, PAST_LINES = 31, DAY_TEXT = 16 };

static const char name[] = "ledger";

static void day_text(int64_t day, char out[DAY_TEXT])
{
	time_t s = (time_t)(day / SECOND_US);
	struct tm tm;

	localtime_r(&s, &tm);
	strftime(out, DAY_TEXT, "%Y-%m-%d", &tm);
}

/* --- keys that were seen ------------------------------------------------------------ */

static bool grow(struct ledger *l)
{
	uint32_t slots = l->slots ? 2 * l->slots : 256;
	uint64_t *more = calloc(slots, sizeof *more);

	if (!more)
		return false;
	for (uint32_t i = 0; i < l->slots; i++) {
		uint32_t at = (uint32_t)(l->seen[i] >> 2) & (slots - 1);

		while (l->seen[i] && more[at])
			at = (at + 1) & (slots - 1);
		if (l->seen[i])
			more[at] = l->seen[i];
	}
	free(l->seen);
	l->seen = more;
	l->slots = slots;
	return true;
}

/* What of a hash is not the key's: TAKEN or REFUSED, and so never 0. */
enum { TAKEN = 1, REFUSED = 2, KIND = 3 };

static uint64_t hash_key(const char *key)
{
	return hash64(key, strlen(key), 7) & ~(uint64_t)KIND;
}

/* TAKEN, REFUSED; 0: neither. */
static int was_seen(const struct ledger *l, const char *key)
{
	uint64_t h = hash_key(key);
	uint32_t at = (uint32_t)(h >> 2) & (l->slots - 1);

	if (!l->slots)
		return 0;
	for (; l->seen[at]; at = (at + 1) & (l->slots - 1))
		if ((l->seen[at] & ~(uint64_t)KIND) == h)
			return (int)(l->seen[at] & KIND);
	return 0;
}

/* True: it was not there before. */
static bool see(struct ledger *l, const char *key, int kind)
{
	uint64_t h = hash_key(key);
	uint32_t at;

	if (2 * (l->count + 1) > l->slots && !grow(l))
		return true;
	at = (uint32_t)(h >> 2) & (l->slots - 1);
	while (l->seen[at]) {
		if ((l->seen[at] & ~(uint64_t)KIND) == h)
			return false;
		at = (at + 1) & (l->slots - 1);
	}
	l->seen[at] = h | (uint64_t)kind;
	l->count++;
	return true;
}

/* --- days ------------------------------------------------------------------------------ */

static void close_day(struct ledger *l)
{
	char text[DAY_TEXT];
	int lines = 0;

	day_text(l->day, text);
	if (l->taken.jobs || l->refused)
		buf_addf(&l->past, "past %s %u %u %" PRIu64 " %" PRId64 " %u\n", text, l->taken.jobs,
			 l->taken.cores, l->taken.memory, l->taken.walltime, l->refused);
	for (const char *s = l->past.s; *s; s++)
		lines += *s == '\n';
	for (; lines > PAST_LINES; lines--) {
		char *end = strchr(l->past.s, '\n') + 1;

		l->past.len -= (size_t)(end - l->past.s);
		memmove(l->past.s, end, l->past.len + 1);
	}
}

static void begin_day(struct ledger *l, int64_t now)
{
	l->taken = (struct policy_day){ 0, 0, 0, 0 };
	l->refused = 0;
	l->count = 0;
	if (l->seen)
		memset(l->seen, 0, l->slots * sizeof *l->seen);
	buf_reset(&l->pending);
	policy_midnights(now, &l->day, &l->next);
	l->anew = true;
}

/* A clock that was set back stays in the day that was begun. */
static void turn_page(struct ledger *l, int64_t now)
{
	if (now < l->next)
		return;
	close_day(l);
	begin_day(l, now);
}

/* --- entries ----------------------------------------------------------------------------- */

static void count(struct ledger *l, const struct ledger_entry *e)
{
	l->taken.jobs++;
	l->taken.cores += e->cores;
	l->taken.memory += e->memory;
	l->taken.walltime += e->walltime;
}

bool ledger_allows(struct ledger *l, const struct policy_day *limit, const struct ledger_entry *e,
		   int64_t now, char *why, size_t size)
{
	struct policy_day left;
	const char *what = NULL;

	turn_page(l, now);
	/* What was decided stays so, also when its message is read again. */
	if (was_seen(l, e->key) == TAKEN)
		return true;
	if (was_seen(l, e->key) == REFUSED) {
		snprintf(why, size, "this site has refused it today");
		return false;
	}
	ledger_left(l, limit, &left);
	if (limit->jobs != UINT32_MAX && left.jobs < 1)
		what = "jobs";
	else if (limit->cores != UINT32_MAX && left.cores < e->cores)
		what = "cores";
	else if (limit->memory != UINT64_MAX && left.memory < e->memory)
		what = "memory";
	else if (limit->walltime != INT64_MAX && left.walltime < e->walltime)
		what = "walltime";
	if (what)
		snprintf(why, size, "this site has no %s left to give today", what);
	return !what;
}

void ledger_take(struct ledger *l, const struct ledger_entry *e, int64_t now)
{
	turn_page(l, now);
	if (!see(l, e->key, TAKEN))
		return;
	count(l, e);
	buf_addf(&l->pending, "took %s %u %" PRIu64 " %" PRId64 "\n", e->key, e->cores, e->memory,
		 e->walltime);
}

void ledger_refuse(struct ledger *l, const char *key, const char *why, int64_t now)
{
	turn_page(l, now);
	if (!see(l, key, REFUSED))
		return;
	l->refused++;
	buf_addf(&l->pending, "refused %s %.200s\n", key, why);
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

void ledger_left(const struct ledger *l, const struct policy_day *limit, struct policy_day *left)
{
	*left = *limit;
	if (limit->jobs != UINT32_MAX)
		left->jobs = (uint32_t)minus(limit->jobs, l->taken.jobs);
	if (limit->cores != UINT32_MAX)
		left->cores = (uint32_t)minus(limit->cores, l->taken.cores);
	if (limit->memory != UINT64_MAX)
		left->memory = minus(limit->memory, l->taken.memory);
	if (limit->walltime != INT64_MAX)
		left->walltime = (int64_t)minus((uint64_t)limit->walltime, (uint64_t)l->taken.walltime);
}

/* --- the file ------------------------------------------------------------------------------ */

static void load_line(struct ledger *l, const char *line, bool *today)
{
	char key[64], today_text[DAY_TEXT], boot[SHIM_BOOT] = "";
	struct ledger_entry e = { .key = key };

	day_text(l->day, today_text);
	if (!strncmp(line, "past ", 5)) {
		buf_addf(&l->past, "%s\n", line);
	} else if (!strncmp(line, "day ", 4)) {
		*today = !strncmp(line + 4, today_text, strlen(today_text));
		l->rebooted = !shim_boot(boot) || !strstr(line + 4, boot);
	} else if (sscanf(line, "took %63s %u %" SCNu64 " %" SCNd64, key, &e.cores, &e.memory,
			  &e.walltime) == 4) {
		if (see(l, key, TAKEN))
			count(l, &e);
		buf_addf(&l->pending, "%s\n", line);
	} else if (sscanf(line, "refused %63s", key) == 1) {
		l->refused += see(l, key, REFUSED);
		buf_addf(&l->pending, "%s\n", line);
	}
}

/* Of another day: what it came to is kept, and a new one begun. */
static void load(struct ledger *l, char *text, int64_t now)
{
	char *line = text, *end;
	bool today = true;
	char old[DAY_TEXT] = "";

	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (!strncmp(line, "day ", 4))
			snprintf(old, sizeof old, "%.10s", line + 4);
		load_line(l, line, &today);
	}
	l->anew = l->rebooted;
	if (today && old[0] && !l->rebooted)
		buf_reset(&l->pending);
	if (today && old[0])
		return;
	if (old[0] && (l->taken.jobs || l->refused))
		buf_addf(&l->past, "past %s %u %u %" PRIu64 " %" PRId64 " %u\n", old, l->taken.jobs,
			 l->taken.cores, l->taken.memory, l->taken.walltime, l->refused);
	begin_day(l, now);
}

int ledger_open(struct ledger *l, int dir, int64_t now, struct diag *d)
{
	struct buf text = BUF_INIT;
	struct diag why = DIAG_INIT;
	int rc = 0;

	*l = (struct ledger){ .pending = BUF_INIT, .past = BUF_INIT };
	policy_midnights(now, &l->day, &l->next);
	if (io_read(dir, name, LEDGER_MAX, &text, &why) == 0 && text.len)
		load(l, text.s, now);
	else if (why.err && why.err != ENOENT)
		rc = diag_set(d, "%s", why.text);
	else
		l->anew = true;
	buf_free(&text);
	return rc;
}

void ledger_close(struct ledger *l)
{
	free(l->seen);
	buf_free(&l->pending);
	buf_free(&l->past);
	*l = (struct ledger){ .pending = BUF_INIT, .past = BUF_INIT };
}

int ledger_write(struct ledger *l, int dir, struct diag *d)
{
	struct buf all = BUF_INIT;
	char day[DAY_TEXT], boot[SHIM_BOOT] = "";
	int rc;

	if (!l->pending.len)
		return 0;
	if (!l->anew) {
		rc = io_append(dir, name, l->pending.s, l->pending.len, d);
	} else {
		day_text(l->day, day);
		(void)!shim_boot(boot);
		buf_addf(&all, "%sday %s %s\n%s", l->past.s, day, boot, l->pending.s);
		rc = all.failed ? diag_nomem(d) : io_publish(dir, name, 0600, all.s, all.len, 0, d);
		l->anew = rc < 0;
		buf_free(&all);
	}
	if (rc == 0)
		buf_reset(&l->pending);
	return rc;
}
