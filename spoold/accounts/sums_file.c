/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Months on disk: accounting/ is read, run/accounts/ read and written. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "accounts.h"
#include "csv.h"
#include "hub.h"
#include "instant.h"
#include "io.h"
#include "sums_part.h"

static const char *const kinds[] = { [SUM_USER] = "user", [SUM_GROUP] = "group", [SUM_SITE] = "site" };
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char header[] = "kind,owner,name,attempts,completed,failed,core_s,memory_gib_s,gpu_s,wall_s,"
			     "staged,returned,price,used\n";
enum { T_KIND, T_OWNER, T_NAME, T_ATTEMPTS, T_COMPLETED, T_FAILED, T_CORE, T_MEMORY, T_GPU, T_WALL, T_STAGED,
       T_RETURNED, T_PRICE, T_USED, T_FIELDS };

enum { NAME = 40, PIECE = 1 << 20, TAIL = 16 << 20 };

int64_t sums_month_end(int month)
{
	struct tm tm = { .tm_year = month / 12, .tm_mon = month % 12 + 1, .tm_mday = 1 };

	return (int64_t)timegm(&tm) * SECOND_US - 1;
}

static void table_name(int month, char name[NAME])
{
	char text[16];

	sums_month_name(month, text);
	snprintf(name, NAME, "%s.csv", text);
}

/* --- run/accounts/ --------------------------------------------------------------------- */

/* What the table is of, and what `used` means in it.  The rest of the line has
 * to be the same for the table to be of use. */
static void first_line(const struct hub *h, struct buf *b)
{
	const struct prices *w = &h->config.accounts.weights;

	buf_addf(b, "of accounting/, weights %.17g %.17g %.17g %.17g %.17g, half-life %" PRId64,
		 w->core_hour, w->memory_hour, w->gpu_hour, w->moved, w->job, h->config.accounts.half_life);
}

static void add_row(const struct hub *h, const struct sum *s, struct buf *b)
{
	buf_addf(b, "%s,", kinds[s->kind]);
	if (s->kind == SUM_USER)
		buf_addf(b, "%u", s->owner);
	buf_addc(b, ',');
	csv_text(b, s->name);
	buf_addf(b, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.3f,%.3f,%.3f,%.3f,%" PRIu64 ",%" PRIu64 ",%.6f,%.9g\n",
		 s->attempts, s->completed, s->failed, s->core_s, s->memory_gib_s, s->gpu_s, s->wall_s, s->staged,
		 s->returned, s->price, accounts_decayed(h, s->used));
}

void sums_write(struct hub *h)
{
	struct buf b = BUF_INIT;
	char name[NAME];
	struct diag d;

	if (!h->sums.stale || h->sums.dir <= 0 || h->spool.lock < 0)
		return;
	buf_addf(&b, "# %" PRIu64 " bytes at %" PRId64 " ", h->sums.bytes, h->now);
	first_line(h, &b);
	buf_addf(&b, "\n%s", header);
	for (uint32_t i = 0; i < h->sums.count; i++)
		add_row(h, &h->sums.sum[i], &b);
	table_name(h->sums.month, name);
	if (b.failed || io_publish(h->sums.dir, name, 0644, b.s, b.len, 0, &d) < 0)
		hub_log("run/accounts/%s: %s", name, b.failed ? "out of memory" : d.text);
	else
		h->sums.stale = false;
	buf_free(&b);
}

static int kind_of(const char *word)
{
	for (int k = 0; k < KINDS; k++)
		if (!strcmp(kinds[k], word))
			return k;
	return -1;
}

static double real(const char *text)
{
	return strtod(text, NULL);
}

static void take_row(struct hub *h, char *line, size_t len, int64_t time)
{
	char *f[T_FIELDS];
	int kind = csv_split(line, len, f, T_FIELDS) == T_FIELDS ? kind_of(f[T_KIND]) : -1;
	uint32_t account = NO_ACCOUNT;
	struct sum *s;

	if (kind < 0)
		return;
	s = sums_find(&h->sums, (enum sum_kind)kind, (uint32_t)strtoul(f[T_OWNER], NULL, 10), f[T_NAME]);
	if (!s)
		return;
	s->attempts = strtoull(f[T_ATTEMPTS], NULL, 10);
	s->completed = strtoull(f[T_COMPLETED], NULL, 10);
	s->failed = strtoull(f[T_FAILED], NULL, 10);
	s->core_s = real(f[T_CORE]), s->memory_gib_s = real(f[T_MEMORY]);
	s->gpu_s = real(f[T_GPU]), s->wall_s = real(f[T_WALL]);
	s->staged = strtoull(f[T_STAGED], NULL, 10);
	s->returned = strtoull(f[T_RETURNED], NULL, 10);
	s->price = real(f[T_PRICE]);
	if (kind == SUM_USER)
		account = accounts_user(h, s->owner, s->name, NULL);
	else if (kind == SUM_GROUP)
		account = accounts_find_group(h, s->name);
	s->used = accounts_take(h, account, real(f[T_USED]), s->price, h->sums.month, time);
}

/* How many bytes of accounting/ the table is of; 0: it is of no use. */
static uint64_t read_table(struct hub *h, off_t size)
{
	struct buf text = BUF_INIT, same = BUF_INIT;
	uint64_t bytes = 0;
	char name[NAME];
	int64_t time;
	int at = 0;

	table_name(h->sums.month, name);
	first_line(h, &same);
	if (io_read(h->sums.dir, name, 64 << 20, &text, NULL) == 0 && !same.failed &&
	    sscanf(text.s, "# %" SCNu64 " bytes at %" SCNd64 " %n", &bytes, &time, &at) == 2 &&
	    bytes <= (uint64_t)size && !strncmp(text.s + at, same.s, same.len) && text.s[at + same.len] == '\n') {
		for (char *line = text.s, *end; (end = strchr(line, '\n')); line = end + 1)
			take_row(h, line, (size_t)(end - line), time);
	} else {
		bytes = 0;
	}
	buf_free(&text);
	buf_free(&same);
	return bytes;
}

/* --- accounting/ ------------------------------------------------------------------------- */

static void take_line(struct hub *h, const char *line, size_t len, bool only_keys)
{
	if (only_keys)
		sums_remember(h, line, len);
	else
		sums_add(h, h->sums.month, line, len);
}

/* From one byte to another, by whole lines; what is torn at the end is no line. */
static int read_part(struct hub *h, int fd, off_t from, off_t to, bool only_keys, struct diag *d)
{
	struct buf b = BUF_INIT;
	ssize_t n = 1;

	while (from < to && n > 0 && buf_reserve(&b, PIECE)) {
		char *line = b.s, *end;

		n = pread(fd, b.s + b.len, to - from < PIECE ? (size_t)(to - from) : PIECE, from);
		if (n <= 0)
			break;
		from += n;
		b.len += (size_t)n;
		b.s[b.len] = '\0';
		while ((end = memchr(line, '\n', b.len - (size_t)(line - b.s)))) {
			take_line(h, line, (size_t)(end - line), only_keys);
			line = end + 1;
		}
		b.len -= (size_t)(line - b.s);
		memmove(b.s, line, b.len);
	}
	if (b.failed)
		n = diag_nomem(d);
	else if (n < 0)
		diag_errno(d, "cannot read accounting");
	buf_free(&b);
	return n < 0 ? -1 : 0;
}

static int open_month(struct hub *h, int month, struct diag *d)
{
	char name[NAME], text[16];
	off_t done, from;
	struct stat st;
	int fd, r = 0;

	sums_month_name(month, text);
	snprintf(name, sizeof name, "accounting/%s.csv", text);
	fd = openat(h->spool.root, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0) {
		diag_errno(d, "cannot open %s", name);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	sums_begin_month(&h->sums, month);
	done = (off_t)read_table(h, st.st_size);
	h->sums.bytes = (uint64_t)done;
	from = done > TAIL ? done - TAIL : 0;
	if (month >= sums_month(h->now) - 1)
		r = read_part(h, fd, from, done, true, d);
	if (r == 0)
		r = read_part(h, fd, done, st.st_size, false, d);
	close(fd);
	return r;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Which months there are; -1: *d. */
static int list_months(struct hub *h, int **month, struct diag *d)
{
	DIR *p = io_list(h->spool.root, "accounting", d);
	struct dirent *e;
	int n = 0, *list = NULL;

	while (p && (errno = 0, e = readdir(p))) {
		unsigned y, m;
		int end = 0, *more;

		if (sscanf(e->d_name, "%4u-%2u.csv%n", &y, &m, &end) != 2 || end != 11 || e->d_name[end] ||
		    y < 1970 || m < 1 || m > 12)
			continue;
		more = realloc(list, (size_t)(n + 1) * sizeof *more);
		if (!more) {
			free(list);
			closedir(p);
			return diag_nomem(d);
		}
		list = more;
		list[n++] = (int)(y - 1900) * 12 + (int)m - 1;
	}
	if (!p)
		return -1;
	if (errno) {
		diag_errno(d, "cannot list accounting/");
		free(list);
		closedir(p);
		return -1;
	}
	closedir(p);
	if (n)
		qsort(list, (size_t)n, sizeof *list, by_number);
	*month = list;
	return n;
}

int sums_open(struct hub *h, struct diag *d)
{
	int *month = NULL, n = list_months(h, &month, d), r = n < 0 ? -1 : 0;

	if (r == 0 && h->spool.lock >= 0)
		r = io_mkdir(h->spool.run, "accounts", 0755, d);
	if (r == 0)
		h->sums.dir = io_opendir(h->spool.run, "accounts", h->spool.lock < 0 ? NULL : d);
	if (h->sums.dir < 0 && h->spool.lock >= 0)
		r = -1;
	for (int i = 0; r == 0 && month && i < n; i++) {
		r = open_month(h, month[i], d);
		if (r == 0 && month[i] != sums_month(h->now))
			sums_write(h);
	}
	if (r == 0 && h->sums.month != sums_month(h->now))
		sums_begin_month(&h->sums, sums_month(h->now));
	free(month);
	return r;
}
