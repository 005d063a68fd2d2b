/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * power - a power cut before each change of a recorded life, with all, none or
 * a random part of what had not been flushed lost; see disk.h.
 *
 * What goes on after the cut may be killed in turn.
 *
 * Over rsync each machine has a disk of its own, and the cut hits one of them
 * or all.  A point is a change and a kind of loss.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "chance.h"
#include "disk.h"
#include "io.h"
#include "kill.h"

static struct disk *recording;
static struct buf effects;

/* --- recording -------------------------------------------------------------------- */

static enum trace_verdict record(struct life *l, struct trace_call *c, bool exit)
{
	struct disk *k = l->ctx;

	if (!exit)
		return disk_before(k, c) ? TRACE_WATCH : TRACE_GO;
	disk_after(k, c);
	return TRACE_GO;
}

static void record_drop(struct life *l, const char *path)
{
	disk_appeared(l->ctx, path);
}

/* Each worker records a life of its own, in the directory where all the others
 * will go on: files hold its path, and hashes of that. */
static bool record_life(struct harm *h)
{
	struct life l = { LIFE_OF(h->o), .on_drop = record_drop, .hook = record };
	struct buf wrong = BUF_INIT;
	char top[PATH_MAX];

	harm_top(h, top);
	l.ctx = recording = disk_new(top, h->o->rsync);
	life_begin(&l, top, h->o->build);
	if (!life_run(&l, 60))
		buf_adds(&wrong, "it does not come to an end\n");
	life_afterwards(&l);
	judge(&l, JUDGE_ONE_ATTEMPT, &wrong);
	disk_compare(recording, &wrong);
	effects = life_read(&l, "effects");
	life_end(&l);
	io_remove_tree(AT_FDCWD, top, NULL);
	if (wrong.len)
		buf_addf(&h->wrong, "what is recorded, unharmed:\n%s", wrong.s);
	buf_free(&wrong);
	return !h->wrong.len;
}

static void forget_life(void)
{
	disk_free(recording);
	buf_free(&effects);
	recording = NULL;
}

/* --- one cut ------------------------------------------------------------------------- */

static void seen(void *ctx, const char *path, const char *bytes, size_t n)
{
	life_saw_message(ctx, path, bytes, n);
}

static void restore_outside(struct life *l, long at)
{
	struct diag d = DIAG_INIT;
	char path[PATH_MAX + 64];
	size_t n = (size_t)disk_effects(recording, at);

	for (int i = 0; i < l->kind->drops; i++)
		l->dropped[i] = disk_has_appeared(recording, at, life_target(&l->kind->drop[i]));
	snprintf(path, sizeof path, "%s/effects", l->top);
	if (io_create(AT_FDCWD, path, 0644, effects.s, n < effects.len ? n : effects.len, &d) < 0)
		abort();
}

/* The power was away for an hour: a site has told of itself as long ago.  What
 * rsync had brought to the hub, and its disk has lost, comes with the next sign
 * of life. */
static void let_time_pass(const struct life *l)
{
	const struct timespec then[2] = { { .tv_sec = time(NULL) - 3600 }, { .tv_sec = time(NULL) - 3600 } };
	char path[PATH_MAX + 32];

	for (int i = 0; i < LIFE_SITES; i++) {
		snprintf(path, sizeof path, "%s/disk/%s/told.yaml", l->top, life_sites[i]);
		(void)!utimensat(AT_FDCWD, path, then, 0);
	}
}

static int choose_disks(const struct harm_options *o, struct chance *random)
{
	static const int of[] = { DISK_HUB, DISK_NORTH, DISK_SOUTH, DISK_HUB | DISK_NORTH | DISK_SOUTH };

	return o->rsync ? of[chance_below(random, 4)] : DISK_HUB;
}

static void cut(struct harm *h, long at, enum disk_loss loss)
{
	static const char *const words[] = { "all", "nothing", "the end, by order,", "any part" };
	struct chance random = { .state = h->o->seed + (uint64_t)h->point * 7919 };
	struct killing k = killing_at_random(h);
	struct life l = { LIFE_OF(h->o), .on_run = killing_over, .hook = killing_strike, .ctx = &k };
	int disks = choose_disks(h->o, &random);
	char top[PATH_MAX], path[PATH_MAX + 8], before[2 * PATH_MAX];
	long lost;

	harm_top(h, top);
	life_begin(&l, top, h->o->build);
	snprintf(path, sizeof path, "%s/disk", top);
	io_remove_tree(AT_FDCWD, path, NULL);
	lost = disk_build(recording, at, loss, disks, random.state);
	restore_outside(&l, at);
	if (h->o->rsync)
		let_time_pass(&l);
	disk_each_message(recording, at, seen, &l);
	disk_describe(recording, at, before, sizeof before);
	snprintf(h->what, sizeof h->what, "cut %ld before %.8000s: %s of what was not flushed is lost on %s, "
		 "%ld changes", at, before, words[loss], disks == DISK_HUB ? "the hub's disk" :
		 disks == DISK_NORTH ? "north's" : disks == DISK_SOUTH ? "south's" : "all disks", lost);
	harm_finish(h, &l, 0);
}

static void try_point(struct harm *h)
{
	long at = h->point / DISK_LOSSES;
	enum disk_loss loss = (enum disk_loss)(h->point % DISK_LOSSES);

	if (!recording && !record_life(h))
		return;
	if (at > disk_changes(recording))
		return;
	/* What is durable changes by a flush only. */
	if (loss == DISK_ALL_LOST && (!at || !disk_flushed_at(recording, at))) {
		snprintf(h->what, sizeof h->what, "as the one before");
		return;
	}
	cut(h, at, loss);
}

/* How many there are: lives differ a little. */
static long count_points(const struct harm_options *o)
{
	struct harm h = { .o = o, .wrong = BUF_INIT, .notes = BUF_INIT };
	const char *tmp = getenv("TMPDIR");
	long n = -1;

	snprintf(h.dir, sizeof h.dir, "%.3000s/fault.XXXXXX", tmp ? tmp : "/tmp");
	if (mkdtemp(h.dir) && record_life(&h))
		n = (disk_changes(recording) + 1) * DISK_LOSSES;
	else
		printf("# %s\n", h.wrong.s);
	forget_life();
	rmdir(h.dir);
	buf_free(&h.wrong);
	return n;
}

int power_all(const struct harm_options *o)
{
	long points = count_points(o);

	return points < 0 ? 1 : harm_all(o, "power cut", points, try_point);
}
