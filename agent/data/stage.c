/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ended.h"
#include "instant.h"
#include "io.h"
#include "start.h"

enum { BAD_MAX = 16, LOOK_MS = 250 };

/* Datasets that failed somebody in this turn; forgotten after it, so that a
 * later attempt makes a new try. */
struct bad { struct digest digest[BAD_MAX]; int count; };

static bool needs(const struct attempt *at, const struct digest *g)
{
	for (uint32_t i = 0; i < at->needs; i++)
		if (digest_eq(&at->need[i].digest, g))
			return true;
	return false;
}

bool stage_needed(const struct digest *g, void *agent)
{
	const struct agent *a = agent;

	for (int s = 0; s < ATTEMPT_COLLECTING; s++)
		for (const struct attempt *at = a->held.in[s].first; at; at = at->next)
			if (needs(at, g))
				return true;
	return false;
}

/* --- into the job's directory ---------------------------------------------------- */

static int link_to(int dir, const char *name, const char *path, struct diag *d)
{
	return symlinkat(path, dir, name) < 0 ? diag_errno(d, "cannot link the input %s", name) : 0;
}

/* 0; -1; 1: as a symbolic link alone. */
static int put_cached(struct agent *a, const struct attempt_need *n, int dir, struct diag *d)
{
	char hex[DIGEST_TEXT];

	digest_format(&n->digest, hex);
	/* It was rotten, and somebody has thrown it away, or it is doubtful. */
	if (!cache_has(&a->cache, &n->digest) ||
	    faccessat(a->cache.dir, hex, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		(void)!cache_learn(&a->cache, &n->digest, NULL);
		return diag_set(d, "the dataset %s has gone", n->dataset);
	}
	cache_touch(&a->cache, &n->digest, n->dataset);
	return cache_link(&a->cache, &n->digest, dir, n->name, d);
}

int stage_put(struct agent *a, const struct attempt_need *n, int dir, const char *final,
	      char **path, struct diag *d)
{
	const struct local_dataset *local = locals_find(&a->locals, &n->digest);
	char hex[DIGEST_TEXT];
	int rc = local ? 1 : put_cached(a, n, dir, d), got;

	if (rc < 0)
		return -1;
	digest_format(&n->digest, hex);
	got = local ? asprintf(path, "%s", local->path)
	    : rc ? asprintf(path, "%s/%s", a->cache.path, hex)
	    : asprintf(path, "%s/%s", final, n->name);
	if (got < 0)
		return diag_nomem(d);
	if (rc && link_to(dir, n->name, *path, d) < 0) {
		free(*path);
		return -1;
	}
	return 0;
}

void stage_gone(struct agent *a, const struct digest *g)
{
	static const enum attempt_state states[] = { ATTEMPT_READY, ATTEMPT_WAITING };
	struct attempt *at, *next;

	for (int s = 0; s < 2; s++)
		for (at = a->held.in[states[s]].first; at; at = next) {
			next = at->next;
			if (!needs(at, g))
				continue;
			if (at->state == ATTEMPT_READY)
				start_undo(a, at);
			at->inputs = false;
		}
	a->unstaged = true;
	a->tell.soft = true;
}

void stage_check(struct agent *a, const struct attempt *at)
{
	for (uint32_t i = 0; i < at->needs; i++) {
		struct diag d = DIAG_INIT;

		if (cache_intact(&a->cache, &at->need[i].digest, &d))
			continue;
		log_diag(&a->log, at->key, &d);
		stage_gone(a, &at->need[i].digest);
	}
}

bool stage_still(struct agent *a, const struct attempt *at)
{
	struct diag d = DIAG_INIT;

	for (uint32_t i = 0; i < at->needs; i++)
		if (!cache_still(&a->cache, &at->need[i].digest, &d)) {
			log_diag(&a->log, at->key, &d);
			return false;
		}
	return true;
}

void stage_return(struct agent *a, const struct attempt *at, int dir)
{
	int work = at->needs ? io_opendir(dir, "work", NULL) : -1;
	int inputs = work < 0 ? -1 : io_opendir(work, "inputs", NULL);

	for (uint32_t i = 0; inputs >= 0 && i < at->needs; i++)
		cache_unlink(&a->cache, &at->need[i].digest, inputs, at->need[i].name);
	if (inputs >= 0)
		close(inputs);
	if (work >= 0)
		close(work);
}

/* --- what is missing ------------------------------------------------------------ */

static const char *words(enum fetch_state s)
{
	switch (s) {
	case FETCH_COMING:
		return "is on its way";
	case FETCH_WAITING:
		return "has to wait for other transfers";
	case FETCH_ABSENT:
		return "is not at the hub yet";
	case FETCH_FULL:
		return "has no room in the cache, which is full of what others need";
	case FETCH_BAD:
		return "cannot be had";
	default:
		return "could not be fetched";
	}
}

static enum fetch_state want(struct agent *a, struct attempt_need *n, struct diag *d)
{
	if (!n->unknown && locals_find(&a->locals, &n->digest))
		return FETCH_HERE;
	return fetch_look(&a->fetches, n, d);
}

/* The worst of all its datasets, with the words for it. */
static enum fetch_state want_all(struct agent *a, struct attempt *at, char *text, size_t size,
				 struct digest *bad)
{
	enum fetch_state worst = FETCH_HERE;

	for (uint32_t i = 0; i < at->needs; i++) {
		struct diag d = DIAG_INIT;
		const struct digest key = at->need[i].digest;
		enum fetch_state s = want(a, &at->need[i], &d);

		if (s <= worst)
			continue;
		worst = s;
		*bad = key;
		snprintf(text, size, "the dataset %s %s%s%s", at->need[i].dataset, words(s),
			 d.text[0] ? ": " : "", d.text);
	}
	return worst;
}

/* --- moving ------------------------------------------------------------------------ */

static int rename_file(struct agent *a, struct attempt *at, int from, int to)
{
	char name[ATTEMPT_KEY + 8];

	snprintf(name, sizeof name, "%s.yaml", at->key);
	if (renameat(from, name, to, name) == 0)
		return 0;
	if (!at->trouble)
		log_error(&a->log, "cannot move %s: %s", name, strerror(errno));
	at->trouble = true;
	return -1;
}

static void remark(struct agent *a, struct attempt *at, const char *text)
{
	if (at->remark && !strcmp(at->remark, text))
		return;
	free(at->remark);
	at->remark = strdup(text);
	at->told_phase = -1;
	a->tell.soft = true;
	log_say(&a->log, "preparing %s: %s", at->key, text);
}

static void arrived(struct agent *a, struct attempt *at)
{
	if (rename_file(a, at, a->st.preparing, a->st.waiting) < 0)
		return;
	at->staged = 0;
	for (uint32_t i = 0; i < at->needs; i++)
		if (!locals_find(&a->locals, &at->need[i].digest))
			at->staged += at->need[i].bytes;
	free(at->remark);
	at->remark = NULL;
	at->inputs = true;
	attempt_move(&a->held, at, ATTEMPT_WAITING);
	attempts_sort(&a->held, ATTEMPT_WAITING);
	log_say(&a->log, "staged %s", at->key);
}

static void stage_one(struct agent *a, struct attempt *at, struct bad *bad)
{
	struct diag d = DIAG_INIT;
	struct digest g;
	char text[500];
	enum fetch_state s = want_all(a, at, text, sizeof text, &g);

	if (s == FETCH_HERE) {
		if (at->state == ATTEMPT_PREPARING)
			arrived(a, at);
		at->inputs = at->state == ATTEMPT_WAITING;
		return;
	}
	if (s == FETCH_BAD) {
		if (bad->count == BAD_MAX)
			return;
		bad->digest[bad->count++] = g;
		if (ended_without_running(a, at, PHASE_FAILED, "site", text, &d) < 0)
			log_diag(&a->log, at->key, &d);
		return;
	}
	if (at->state == ATTEMPT_WAITING) {
		if (rename_file(a, at, a->st.waiting, a->st.preparing) < 0)
			return;
		attempt_move(&a->held, at, ATTEMPT_PREPARING);
	}
	remark(a, at, text);
}

static void stage_list(struct agent *a, enum attempt_state state, struct bad *bad)
{
	struct attempt *at, *next;

	for (at = a->held.in[state].first; at; at = next) {
		next = at->next;
		if (!at->needs)
			at->inputs = true;
		else if (!at->inputs)
			stage_one(a, at, bad);
	}
}

/* What is missing, of all of them: so that the best is chosen. */
static void note_list(struct agent *a, enum attempt_state state)
{
	for (struct attempt *at = a->held.in[state].first; at; at = at->next)
		for (uint32_t i = 0; !at->inputs && i < at->needs; i++)
			if (at->need[i].unknown || !locals_find(&a->locals, &at->need[i].digest))
				fetch_note(&a->fetches, &at->need[i]);
}

void stage(struct agent *a)
{
	struct bad bad = { .count = 0 };

	if (a->let_go)
		fetch_stop(&a->fetches);
	a->let_go = false;
	if (!a->unstaged && a->loop && instant_steady_ms() < a->stage_next)
		return;
	a->stage_next = instant_steady_ms() + LOOK_MS;
	note_list(a, ATTEMPT_PREPARING);
	if (a->unstaged)
		note_list(a, ATTEMPT_WAITING);
	fetch_choose(&a->fetches);
	stage_list(a, ATTEMPT_PREPARING, &bad);
	if (a->unstaged)
		stage_list(a, ATTEMPT_WAITING, &bad);
	a->unstaged = false;
	for (int i = 0; i < bad.count; i++)
		fetch_forget(&a->fetches, &bad.digest[i]);
}
