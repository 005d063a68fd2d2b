/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done next in a life, found by looking. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "life_part.h"
#include "phase.h"

enum { QUICK = 30 };		/* passes, more than a life needs: then there is something to wait for */
enum { TRUST = QUICK + 3 };
enum { TRIES = 20 };	/* to make a spool: more than there are kills */
static const double PAUSE_SECONDS = 0.2;

static bool exists(const struct life *l, const char *name)
{
	return access(life_path(l, "%s", name), F_OK) == 0;
}

/* To another file system, perhaps. */
static bool put(const char *from, const char *hidden, const char *to)
{
	unlink(hidden);
	return io_copy(AT_FDCWD, from, AT_FDCWD, hidden, 0644, NULL) == 0 && rename(hidden, to) == 0;
}

/* --- a spool, a dataset in it, and a store ------------------------------------------ */

static void put_words(struct life *l, const char *dir)
{
	char to[PATH_MAX];

	snprintf(to, sizeof to, "%s/words", dir);
	if (exists(l, to) || !exists(l, dir))
		return;
	if (!put(life_path(l, "words"), life_path(l, "%s/.words", dir), life_path(l, "%s", to)) &&
	    !l->forgiving)
		life_die("%s", to);
	if (l->on_drop)
		l->on_drop(l, life_path(l, "%s", to));
}

static void make_dir(struct life *l, const char *dir)
{
	if (mkdir(life_path(l, "%s", dir), 0755) == 0 && l->on_drop)
		l->on_drop(l, life_path(l, "%s", dir));
}

static void make_spool(struct life *l)
{
	char spool[PATH_MAX + 16];

	snprintf(spool, sizeof spool, "%s/disk/spool", l->top);
	for (int tries = 0; tries < TRIES; tries++)
		if (life_call(l, "spoold", "--init", spool, NULL) == 0)
			break;
	put_words(l, "disk/spool/data");
	for (int i = 0; i < LIFE_SITES; i++)
		for (int tries = 0; tries < TRIES; tries++)
			if (life_call(l, "spoold", "--add-site", life_sites[i], spool) == 0)
				break;
}

static void make_store(struct life *l)
{
	make_dir(l, "disk/store");
	make_dir(l, "disk/store/out");
	put_words(l, "disk/store");
}

/* --- what a drop waits for ------------------------------------------------------------ */

/* The id of what was made of this drop and lies in this directory. */
static bool find_in(const struct life *l, const char *dir, const char *drop, char id[37])
{
	DIR *p = opendir(life_path(l, "disk/spool/%s", dir));
	struct dirent *e;
	char want[64], file[PATH_MAX];
	bool found = false;

	snprintf(want, sizeof want, " drop: %s.yaml,", drop);
	while (p && !found && (e = readdir(p))) {
		struct buf text;

		if (e->d_name[0] == '.')
			continue;
		snprintf(file, sizeof file, "disk/spool/%s/%s", dir, e->d_name);
		text = life_read(l, file);
		found = strstr(text.s, want) && !strstr(text.s, ", index: ");
		buf_free(&text);
		if (found)
			snprintf(id, 37, "%.36s", e->d_name);
	}
	if (p)
		closedir(p);
	return found;
}

static bool find(const struct life *l, const struct life_when *w, char id[37])
{
	char dir[64];

	if (w->dir)
		return find_in(l, w->dir, w->drop, id);
	for (int phase = 0; phase < PHASES; phase++) {
		snprintf(dir, sizeof dir, "jobs/%s", phase_name((enum phase)phase));
		if (find_in(l, dir, w->drop, id))
			return true;
	}
	return false;
}

/* The number of the first open offer of a job; 0: it has none. */
static int first_offer(const struct life *l, const char *id)
{
	char name[128];

	for (int n = 1; n < 100; n++) {
		snprintf(name, sizeof name, "disk/spool/offers/offered/%s.%d.yaml", id, n);
		if (exists(l, name))
			return n;
	}
	return 0;
}

static bool is_its_turn(const struct life *l, int i, char id[37], int *offer)
{
	const struct life_drop *d = &l->kind->drop[i];
	char other[37] = "", place[PATH_MAX];

	id[0] = '\0';
	snprintf(place, sizeof place, "disk/%s", life_target(d));
	if (l->dropped[i] && (!d->again || exists(l, place)))
		return false;
	for (int w = 0; w < 2 && d->when[w].drop; w++)
		if (!find(l, &d->when[w], w ? other : id))
			return false;
	*offer = d->again ? first_offer(l, id) : 0;
	return *offer || !d->again;
}

/* --- dropping -------------------------------------------------------------------------- */

/* False: there is no room for it now. */
static bool drop(struct life *l, const struct life_drop *d, const char *id, int offer)
{
	struct buf text = life_expand(l, d->text, id, offer);
	char from[2 * PATH_MAX], to[2 * PATH_MAX];

	snprintf(from, sizeof from, "%s/drops/%s.yaml", l->top, d->name);
	snprintf(to, sizeof to, "%s/disk/%s", l->top, life_target(d));
	life_write(from, &text);
	buf_free(&text);
	if (rename(from, to) < 0) {
		if (errno == EXDEV && put(from, life_path(l, "disk/spool/inbox/.%s", d->name), to))
			unlink(from);
		else if (l->forgiving)
			return false;
		else
			life_die("%s", to);
	}
	if (l->on_drop)
		l->on_drop(l, to);
	/* Settings count from the next start on. */
	if (d->to)
		life_stop(l, 0);
	return true;
}

static bool sites_known(const struct life *l)
{
	return exists(l, "disk/spool/run/sites/north.yaml") &&
	       exists(l, "disk/spool/run/sites/south.yaml") &&
	       exists(l, "disk/spool/run/catalogue/words.yaml");
}

static void drop_all(struct life *l)
{
	char id[37];
	int offer;

	for (int i = 0; i < l->kind->drops; i++)
		if (is_its_turn(l, i, id, &offer))
			l->dropped[i] |= drop(l, &l->kind->drop[i], id, offer);
}

/* A site that lost many jobs at once is tried with one at a time, minutes apart;
 * the operator knows that it was the power. */
static void trust_sites(struct life *l)
{
	for (int i = 0; i < LIFE_SITES; i++) {
		char name[32], text[64];
		struct life_drop d = { .name = name, .text = text };

		snprintf(name, sizeof name, "trust-%s", life_sites[i]);
		snprintf(text, sizeof text, "{command: release, site: %s}\n", life_sites[i]);
		drop(l, &d, "", 0);
	}
}

/* --- the end --------------------------------------------------------------------------- */

static bool empty(const struct life *l, const char *dir)
{
	DIR *p = opendir(life_path(l, "disk/%s", dir));
	struct dirent *e;
	int n = 0;

	while (p && (e = readdir(p)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	if (p)
		closedir(p);
	return !n;
}

static bool all_ended(const struct life *l)
{
	static const char *const empties[] = {
		"spool/inbox", "spool/jobs/pending", "spool/jobs/offered", "spool/jobs/waiting",
		"spool/jobs/preparing", "spool/jobs/running", "spool/jobs/releasing",
		"spool/reservations/active", "spool/offers/offered", "spool/transactions/pending",
		"spool/transactions/placed",
		"north/waiting", "north/preparing", "north/running", "north/ended",
		"south/waiting", "south/preparing", "south/running", "south/ended",
	};

	for (int i = 0; i < l->kind->drops; i++)
		if (!l->dropped[i])
			return false;
	for (size_t i = 0; i < sizeof empties / sizeof *empties; i++)
		if (!empty(l, empties[i]))
			return false;
	return true;
}

bool life_run(struct life *l, double seconds)
{
	double until = trace_clock() + seconds;

	if (!exists(l, "disk/spool/jobs/pending") || !exists(l, "disk/spool/config.yaml") ||
	    !exists(l, "disk/spool/sites/south/up") || !exists(l, "disk/spool/data/words"))
		make_spool(l);
	make_store(l);
	for (int passes = 0; trace_clock() < until; passes++) {
		life_pass(l);
		if (passes > QUICK)
			life_wait(l, PAUSE_SECONDS);
		if (all_ended(l))
			return true;
		if (sites_known(l))
			drop_all(l);
		if (passes == TRUST)
			trust_sites(l);
	}
	return false;
}

void life_afterwards(struct life *l)
{
	for (int i = 0; i < 2; i++)
		life_pass(l);
	life_rest(l);
}
