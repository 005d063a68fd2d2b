/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "account.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account_month.h"
#include "digest.h"
#include "io.h"
#include "loop.h"

enum { READ_AT_ONCE = 1 << 20, RECORD_MAX = 1 << 16 };

void accounts_init(struct accounts *a)
{
	*a = (struct accounts){ .count = 0 };
	pthread_mutex_init(&a->lock, NULL);
	if (getrandom(&a->seed, sizeof a->seed, GRND_NONBLOCK) < 0)
		a->seed = (uint64_t)(uintptr_t)a;
}

static void forget(struct accounts *a)
{
	for (uint32_t i = 0; i < a->count; i++) {
		free(a->account[i].user);
		free(a->account[i].group);
		free(a->account[i].site);
	}
	for (uint32_t i = 0; i < a->months; i++)
		month_free(&a->month[i]);
	free(a->account);
	free(a->bucket);
	free(a->month);
	a->account = NULL;
	a->bucket = NULL;
	a->month = NULL;
	a->count = a->cap = a->buckets = a->months = 0;
}

void accounts_free(struct accounts *a)
{
	forget(a);
	pthread_mutex_destroy(&a->lock);
}

/* --- sums ------------------------------------------------------------------------- */

void use_add(struct use *to, const struct use *u)
{
	to->attempts += u->attempts;
	to->completed += u->completed;
	to->failed += u->failed;
	to->core_s += u->core_s;
	to->gpu_s += u->gpu_s;
	to->memory_s += u->memory_s;
	to->wall_s += u->wall_s;
	to->cpu_s += u->cpu_s;
	to->price += u->price;
	to->staged += u->staged;
	to->returned += u->returned;
}

static bool is_of(const struct account *x, const struct entry *e, const char *month)
{
	return x->owner == e->owner && !strcmp(x->month, month) && !strcmp(x->user, e->user) &&
	       !strcmp(x->group, e->group) && !strcmp(x->site, e->site);
}

static uint32_t hash_of(const struct accounts *a, const struct entry *e, const char *month)
{
	uint64_t h = hash64(e->user, strlen(e->user), a->seed) + e->owner;

	h = hash64(e->site, strlen(e->site), h);
	h = hash64(e->group, strlen(e->group), h);
	return (uint32_t)hash64(month, strlen(month), h);
}

static bool grow(struct accounts *a)
{
	uint32_t cap = a->cap ? a->cap * 2 : 64;
	struct account *more = realloc(a->account, cap * sizeof *more);
	uint32_t *bucket = calloc(2ul * cap, sizeof *bucket);

	if (more)
		a->account = more;
	if (!more || !bucket) {
		free(bucket);
		return false;
	}
	free(a->bucket);
	a->bucket = bucket;
	a->buckets = 2 * cap;
	a->cap = cap;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct account *x = &a->account[i];
		struct entry e = { .owner = x->owner, .user = x->user, .group = x->group, .site = x->site };
		uint32_t at = hash_of(a, &e, x->month) & (a->buckets - 1);

		while (bucket[at])
			at = (at + 1) & (a->buckets - 1);
		bucket[at] = i + 1;
	}
	return true;
}

static struct account *account_of(struct accounts *a, const struct entry *e, const char *month)
{
	uint32_t at;
	struct account *x;

	if (a->count == a->cap && !grow(a))
		return NULL;
	at = hash_of(a, e, month) & (a->buckets - 1);
	for (; a->bucket[at]; at = (at + 1) & (a->buckets - 1))
		if (is_of(&a->account[a->bucket[at] - 1], e, month))
			return &a->account[a->bucket[at] - 1];
	x = &a->account[a->count];
	*x = (struct account){ .owner = e->owner, .user = strdup(e->user), .group = strdup(e->group),
			       .site = strdup(e->site) };
	snprintf(x->month, sizeof x->month, "%s", month);
	if (!x->user || !x->group || !x->site) {
		free(x->user);
		free(x->group);
		free(x->site);
		return NULL;
	}
	a->bucket[at] = ++a->count;
	return x;
}

/* --- reading ---------------------------------------------------------------------- */

/* Has any month that is still kept got this key? */
static bool counted(const struct accounts *a, uint64_t key)
{
	for (uint32_t i = a->months > 2 ? a->months - 2 : 0; i < a->months; i++)
		if (month_has(&a->month[i], key))
			return true;
	return false;
}

static void take(struct accounts *a, struct month *m, const struct entry *e)
{
	uint64_t key = hash64(e->key.s, e->key.len, a->seed);
	struct account *x;

	/* Without memory for the key a record that stands there twice counts twice. */
	if (counted(a, key))
		return;
	month_put(m, key);
	x = account_of(a, e, m->name);
	if (x)
		use_add(&x->use, &e->use);
}

/* Whole records only: what is torn is read again when there is more. */
static void take_bytes(struct accounts *a, struct month *m, const struct buf *text)
{
	struct entry e = ENTRY_INIT;
	const char *at = text->s, *end = text->s + text->len, *next;

	while ((next = month_record(m, at, end, &e))) {
		if (e.whole)
			take(a, m, &e);
		m->read += next - at;
		at = next;
	}
	entry_free(&e);
}

static void read_month(struct accounts *a, int dir, struct month *m, off_t size)
{
	struct buf text = BUF_INIT;
	int fd = openat(dir, m->file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	off_t before = -1;

	if (size - m->read > READ_AT_ONCE)
		loop_slow();
	while (fd >= 0 && m->read < size && m->read != before) {
		ssize_t n;

		before = m->read;
		buf_reset(&text);
		if (!buf_reserve(&text, READ_AT_ONCE))
			break;
		n = pread(fd, text.s, READ_AT_ONCE, m->read);
		if (n <= 0)
			break;
		text.len = (size_t)n;
		text.s[n] = '\0';
		take_bytes(a, m, &text);
		/* No record is that long. */
		if (m->read == before && n == READ_AT_ONCE)
			m->read += n;
	}
	if (fd >= 0)
		close(fd);
	buf_free(&text);
}

static struct month *add_month(struct accounts *a, const char *file)
{
	struct month *more = realloc(a->month, (a->months + 1) * sizeof *more);

	if (!more)
		return NULL;
	a->month = more;
	more = &a->month[a->months++];
	*more = (struct month){ .header = BUF_INIT };
	snprintf(more->file, sizeof more->file, "%.11s", file);
	snprintf(more->name, sizeof more->name, "%.7s", file);
	/* Those before the last two are not expected to change. */
	if (a->months > 2)
		month_seal(&a->month[a->months - 3]);
	return more;
}

/* 0: taken in; -1: something old has changed, and all has to be read anew. */
static int look_at(struct accounts *a, int dir, const char *file, uint32_t i)
{
	struct month *m = i < a->months ? &a->month[i] : NULL;
	struct stat st;

	if (fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (m && strcmp(m->file, file))
		return -1;
	if (!m)
		m = add_month(a, file);
	if (!m)
		return 0;
	if (st.st_size < m->read || (m->inode && m->inode != st.st_ino) ||
	    (m->sealed && st.st_size > m->read))
		return -1;
	m->inode = st.st_ino;
	if (st.st_size > m->read)
		read_month(a, dir, m, st.st_size);
	return 0;
}

static int is_month(const struct dirent *e)
{
	const char *n = e->d_name;

	return strlen(n) == 11 && strspn(n, "0123456789") == 4 && n[4] == '-' &&
	       strspn(n + 5, "0123456789") == 2 && !strcmp(n + 7, ".csv");
}

void accounts_update(struct accounts *a, const struct spool *s)
{
	struct dirent **list = NULL;
	int dir = io_opendir(s->root, "accounting", NULL);
	int n = dir < 0 ? 0 : scandirat(s->root, "accounting", &list, is_month, alphasort);

	for (int tries = 0; tries < 2; tries++) {
		bool anew = (uint32_t)(n > 0 ? n : 0) < a->months;

		for (int i = 0; i < n && !anew; i++)
			anew = look_at(a, dir, list[i]->d_name, (uint32_t)i) < 0;
		if (!anew)
			break;
		forget(a);
	}
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	if (dir >= 0)
		close(dir);
}
