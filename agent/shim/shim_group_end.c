/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second half of shim_group.h: what happened inside, and how it is cleared.
 */
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shim_group.h"
#include "shim_place.h"

enum { FREEZE_TRIES = 100, WALK_FDS = 8 };

/* --- what happened inside ------------------------------------------------------------ */

static uint64_t number_after(const char *text, const char *word)
{
	const char *s = *word ? strstr(text, word) : text;

	return s ? strtoull(s + strlen(word), NULL, 10) : 0;
}

static uint64_t get_number(const struct shim_group *g, const char *v1, const char *v2,
			   const char *word)
{
	const char *dir = g->version == 2 ? g->dir[0] : g->dir[SHIM_MEM];
	struct buf b = BUF_INIT;
	uint64_t n = 0;

	if (dir && shim_place_get(dir, g->version == 2 ? v2 : v1, &b))
		n = number_after(b.s, word);
	buf_free(&b);
	return n;
}

uint64_t shim_group_oom_kills(const struct shim_group *g)
{
	return get_number(g, "memory.oom_control", "memory.events", "oom_kill ");
}

uint64_t shim_group_peak(const struct shim_group *g)
{
	return get_number(g, "memory.max_usage_in_bytes", "memory.peak", "");
}

/* --- kill, remove ------------------------------------------------------------------- */

static int kill_in(const char *dir, const struct stat *st, int type, struct FTW *ftw)
{
	struct buf b = BUF_INIT;
	char *s, *end;
	long pid;

	(void)st;
	(void)ftw;
	if (type != FTW_D && type != FTW_DP)
		return 0;
	if (shim_place_get(dir, "cgroup.procs", &b)) {
		for (s = b.s; (pid = strtol(s, &end, 10)) > 0 && end != s; s = end)
			if (pid != getpid())
				kill((pid_t)pid, SIGKILL);
	}
	buf_free(&b);
	return 0;
}

/* The task may have made groups of its own below. */
static void kill_below(const char *dir)
{
	nftw(dir, kill_in, WALK_FDS, FTW_PHYS);
}

/* Frozen, nothing can fork away while the list is read. */
static void freeze(const char *dir)
{
	struct timespec ms = { 0, 1000000 };
	struct buf b = BUF_INIT;

	shim_place_put(dir, "freezer.state", "FROZEN");
	for (int i = 0; i < FREEZE_TRIES; i++) {
		if (!shim_place_get(dir, "freezer.state", &b) || !strncmp(b.s, "FROZEN", 6))
			break;
		nanosleep(&ms, NULL);
	}
	buf_free(&b);
}

static void kill_v1(const struct shim_group *g)
{
	const char *frozen = g->dir[SHIM_FREEZER];

	if (frozen)
		freeze(frozen);
	for (int c = 0; c < SHIM_CONTROLLERS; c++)
		if (g->dir[c])
			kill_below(g->dir[c]);
	if (frozen)
		shim_place_put(frozen, "freezer.state", "THAWED");
}

void shim_group_kill(const struct shim_group *g)
{
	if (g->version == 1)
		kill_v1(g);
	/* Linux 5.14; before that, again and again until it is empty. */
	else if (g->dir[0] && !shim_place_put(g->dir[0], "cgroup.kill", "1"))
		kill_below(g->dir[0]);
}

static int remove_one(const char *dir, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_DP)
		rmdir(dir);
	return 0;
}

static bool remove_dir(const char *dir)
{
	if (rmdir(dir) == 0 || errno == ENOENT)
		return true;
	nftw(dir, remove_one, WALK_FDS, FTW_PHYS | FTW_DEPTH);
	return access(dir, F_OK) < 0;
}

bool shim_group_remove(struct shim_group *g)
{
	bool all = true;

	for (int c = 0; c < SHIM_CONTROLLERS; c++) {
		if (!g->dir[c])
			continue;
		if (remove_dir(g->dir[c])) {
			free(g->dir[c]);
			g->dir[c] = NULL;
		} else {
			all = false;
		}
	}
	if (all)
		g->version = 0;
	return all;
}
