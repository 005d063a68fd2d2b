/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has to go from the cache, and how often is asked. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cache.h"
#include "io.h"
#include "tap.h"

enum { ENTRIES = 2000, BYTES = 10 };

static char top[] = "/tmp/spool-test.XXXXXX";

static struct digest digest_of(int i)
{
	struct digest g;

	digest_bytes(&i, sizeof i, &g);
	return g;
}

/* Entry i was used i seconds after the first, whatever the order of the names. */
static void used_at(int i, time_t when)
{
	struct timespec times[2] = { { when, 0 }, { when, 0 } };
	struct digest g = digest_of(i);
	char name[CACHE_NAME], path[PATH_MAX];

	cache_name(name, &g, "yaml");
	snprintf(path, sizeof path, "%s/%s", top, name);
	if (utimensat(AT_FDCWD, path, times, 0) < 0)
		bail("cannot set a time");
}

static void make_entries(void)
{
	static const char about[] = "--- {dataset: x, size: 10}\n";
	int dir = open(top, O_RDONLY | O_DIRECTORY);

	for (int i = 0; i < ENTRIES; i++) {
		struct digest g = digest_of(i);
		char name[CACHE_NAME], hex[DIGEST_TEXT];

		digest_format(&g, hex);
		cache_name(name, &g, "yaml");
		if (io_create(dir, hex, 0444, "0123456789", BYTES, NULL) < 0 ||
		    io_create(dir, name, 0644, about, strlen(about), NULL) < 0)
			bail("cannot make an entry");
		used_at(i, 1000 + i);
	}
	close(dir);
}

struct asked { int count; struct digest needed; };

static bool needed(const struct digest *g, void *ctx)
{
	struct asked *a = ctx;

	a->count++;
	return digest_eq(g, &a->needed);
}

static bool has(const struct cache *c, int i)
{
	const struct digest g = digest_of(i);

	return cache_find(c, &g) != NULL;
}

/* From..to are all there, or none of them is. */
static bool all(const struct cache *c, int from, int to, bool there)
{
	for (int i = from; i < to; i++)
		if (has(c, i) != there)
			return false;
	return true;
}

static bool have(const struct cache *c, int from)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (c->entry[i].bytes != BYTES || strcmp(c->entry[i].name, "x") != 0)
			return false;
	return (int)c->count == ENTRIES - from && c->bytes == (uint64_t)(ENTRIES - from) * BYTES;
}

/* The directory was changed so long ago. */
static void age(time_t seconds)
{
	struct timespec now, times[2];

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec -= seconds;
	times[0] = times[1] = now;
	if (utimensat(AT_FDCWD, top, times, 0) < 0)
		bail("cannot set a time");
}

static void rename_entry(int i, const char *dataset)
{
	struct digest g = digest_of(i);
	char name[CACHE_NAME], text[100];
	int dir = open(top, O_RDONLY | O_DIRECTORY);

	cache_name(name, &g, "yaml");
	snprintf(text, sizeof text, "--- {dataset: %s, size: 10}\n", dataset);
	if (io_publish(dir, name, 0644, text, strlen(text), 0, NULL) < 0)
		bail("cannot write");
	close(dir);
}

/* With the index, what is there is what is there. */
static void test_index(void)
{
	char state[] = "/tmp/spool-test.XXXXXX", hex[DIGEST_TEXT], path[PATH_MAX];
	int st = mkdtemp(state) ? open(state, O_RDONLY | O_DIRECTORY) : -1;
	const struct digest g = digest_of(7), gone = digest_of(9);
	struct diag d = DIAG_INIT;
	struct cache c;

	ok(cache_open(&c, top, st, UINT64_MAX, &d) == 0 && have(&c, 0) && c.fresh == ENTRIES,
	   "without an index each is read");
	cache_close(&c);
	ok(cache_open(&c, top, st, UINT64_MAX, &d) == 0 && have(&c, 0) && c.fresh == 0,
	   "with it none, though the directory has changed just now");
	cache_close(&c);
	age(10);
	for (int i = 0; i < 2; i++) {
		ok(cache_open(&c, top, st, UINT64_MAX, &d) == 0 && have(&c, 0) && c.fresh == 0 &&
		   (i == 0 || c.entry[0].indexed), "nor one that has not: %d", i);
		cache_close(&c);
	}
	digest_format(&gone, hex);
	snprintf(path, sizeof path, "%s/%s", top, hex);
	unlink(path);
	ok(cache_open(&c, top, st, UINT64_MAX, &d) == 0 && have(&c, 1) && !has(&c, 9),
	   "one that has gone is not there");
	cache_close(&c);
	rename_entry(7, "y");
	ok(cache_open(&c, top, st, UINT64_MAX, &d) == 0 && c.fresh == 1 &&
	   !strcmp(cache_find(&c, &g)->name, "y"), "one that was written anew is read");
	cache_close(&c);
	if (ftruncate(openat(st, "cached", O_WRONLY), 5000) < 0)
		bail("cannot truncate");
	ok(cache_open(&c, top, st, UINT64_MAX, &d) == 0 && c.count == ENTRIES - 1 &&
	   c.bytes == (ENTRIES - 1ul) * BYTES, "a torn index is no harm");
	cache_close(&c);
	close(st);
	(void)!io_remove_tree(AT_FDCWD, state, NULL);
	rename_entry(7, "x");
	used_at(7, 1007);
	st = open(top, O_RDONLY | O_DIRECTORY);
	if (io_create(st, hex, 0444, "0123456789", BYTES, NULL) < 0)
		bail("cannot make an entry");
	close(st);
}

/* --- removing ------------------------------------------------------------------ */

static bool there(const char *suffix, int i)
{
	struct digest g = digest_of(i);
	char name[CACHE_NAME], path[PATH_MAX];

	if (suffix)
		cache_name(name, &g, suffix);
	else
		digest_format(&g, name);
	snprintf(path, sizeof path, "%s/%s", top, name);
	return access(path, F_OK) == 0;
}

static void make_gone(int dir, int i)
{
	struct digest g = digest_of(i);
	char name[CACHE_NAME];

	cache_name(name, &g, "gone");
	if (mkdirat(dir, name, 0700) < 0)
		bail("cannot make a directory");
	dir = openat(dir, name, O_RDONLY | O_DIRECTORY);
	if (io_create(dir, "x", 0444, "x", 1, NULL) < 0)
		bail("cannot make a file");
	close(dir);
}

/* Entry 0 was renamed, and no more was done; entry 1 was brought again before its
 * old files had gone. */
static void test_crash(void)
{
	int dir = open(top, O_RDONLY | O_DIRECTORY);
	const struct digest g = digest_of(0), again = digest_of(1);
	char hex[DIGEST_TEXT], gone[CACHE_NAME], checked[CACHE_NAME];
	struct diag d = DIAG_INIT;
	struct cache c;

	digest_format(&g, hex);
	cache_name(gone, &g, "gone");
	cache_name(checked, &g, "checked");
	if (io_create(dir, checked, 0600, "", 0, NULL) < 0 || renameat(dir, hex, dir, gone) < 0)
		bail("cannot rename");
	make_gone(dir, 1);
	ok(cache_open(&c, top, -1, UINT64_MAX, &d) == 0 && !has(&c, 0) && has(&c, 1) &&
	   c.count == ENTRIES - 1, "who was killed while something went is started again");
	ok(!there("gone", 0) && !there("yaml", 0) && !there("checked", 0),
	   "and nothing of it is left, nor what was noted");
	ok(!there("gone", 1) && there("yaml", 1), "what is noted of another that came again stays");
	make_gone(dir, 1);
	ok(cache_throw_away(&c, &again, &d) == 0 && !there(NULL, 1) && !there("gone", 1) &&
	   !there("yaml", 1), "a removal that could not be ended does not hinder the next");
	cache_close(&c);
	close(dir);
}

int main(void)
{
	struct asked a = { 0, digest_of(3) };
	struct diag d = DIAG_INIT;
	struct cache c;

	if (!mkdtemp(top))
		bail("no directory");
	make_entries();
	test_index();
	ok(cache_open(&c, top, -1, ENTRIES * BYTES, &d) == 0 && c.count == ENTRIES, "a full cache");
	ok(cache_make_room(&c, 500 * BYTES, 0, needed, &a, &d) == 1, "500 have to go");
	ok(c.count == ENTRIES - 500 && c.bytes == (ENTRIES - 500) * BYTES, "and so many do");
	ok(all(&c, 0, 3, false) && has(&c, 3) && all(&c, 4, 501, false) && all(&c, 501, ENTRIES, true),
	   "the least recently used, but for the one that is needed");
	ok(a.count == 501, "each is asked for once: %d", a.count);
	used_at(501, 900000);
	ok(cache_make_room(&c, 501 * BYTES, 0, needed, &a, &d) == 1 && has(&c, 501) && !has(&c, 502),
	   "one that was used meanwhile is not the oldest any more");
	cache_close(&c);
	(void)!io_remove_tree(AT_FDCWD, top, NULL);
	if (mkdir(top, 0700) < 0)
		bail("no directory");
	make_entries();
	test_crash();
	(void)!io_remove_tree(AT_FDCWD, top, NULL);
	return done();
}
