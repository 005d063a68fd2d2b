/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ended.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"
#include "stage.h"

enum { NAME = ATTEMPT_KEY + 16, TRASH_MS = 5000 };

/* The directory and its report, under the hidden name. */
static int make_hidden(struct agent *a, const char *hidden, const struct message_report *r,
		       struct diag *d)
{
	struct buf line = BUF_INIT;
	int dir, rc = -1;

	if (io_remove_tree(a->st.ended, hidden, d) < 0 ||
	    io_mkdir(a->st.ended, hidden, 0700, d) < 0)
		return -1;
	dir = io_opendir(a->st.ended, hidden, d);
	if (dir < 0)
		return -1;
	message_write_report(&line, r);
	rc = line.failed ? diag_nomem(d) : io_create(dir, "report", 0600, line.s, line.len, d);
	buf_free(&line);
	close(dir);
	return rc;
}

static bool gone(int dir, const char *name)
{
	return unlinkat(dir, name, 0) == 0 || errno == ENOENT;
}

/* Its file, wherever an attempt may lie that has not ended.  False: not all of it. */
static bool drop_file(struct agent *a, const struct attempt *at)
{
	char name[NAME];
	bool waiting, preparing;

	snprintf(name, sizeof name, "%s.yaml", at->key);
	waiting = gone(a->st.waiting, name);
	preparing = gone(a->st.preparing, name);
	return gone(a->st.running, name) && waiting && preparing;
}

/* The same for its directory. */
static void drop_dir(struct agent *a, const struct attempt *at)
{
	char name[NAME];

	snprintf(name, sizeof name, ".%s.tmp", at->key);
	/* Gone already, or cut short by a power cut. */
	if (at->state == ATTEMPT_RUNNING)
		(void)!renameat(a->st.running, at->key, a->st.running, name);
	if (at->state == ATTEMPT_READY || at->state == ATTEMPT_RUNNING)
		(void)!io_remove_tree(a->st.running, name, NULL);
}

int ended_without_running(struct agent *a, struct attempt *at, int phase, const char *cause,
			  const char *text, struct diag *d)
{
	const struct message_report r = {
		.job = at->job, .attempt = at->number, .phase = phase, .time = instant_now(),
		.exit = -1, .signal = -1, .cause = cause, .text = text,
	};
	char hidden[NAME];

	snprintf(hidden, sizeof hidden, ".%s.tmp", at->key);
	if (make_hidden(a, hidden, &r, d) < 0)
		return -1;
	if (renameat(a->st.ended, hidden, a->st.ended, at->key) < 0)
		return diag_errno(d, "cannot name ended/%s", at->key);
	at->left = !drop_file(a, at);
	drop_dir(a, at);
	attempt_move(&a->held, at, ATTEMPT_ENDED);
	at->tidy = true;
	at->told_phase = -1;
	a->tell.final = a->let_go = true;
	log_say(&a->log, "%s %s: %s", phase_name((enum phase)phase), at->key, text ? text : "");
	return 0;
}

/* Numbered from 0 without gaps; what a crash leaves is swept at the next start. */
static void drop_payload(struct agent *a, const char *key)
{
	char name[NAME];

	for (unsigned i = 0;; i++) {
		snprintf(name, sizeof name, "%s.%u", key, i);
		if (unlinkat(a->st.files, name, 0) < 0)
			return;
	}
}

int ended_settle(struct agent *a, struct attempt *at, struct diag *d)
{
	char hidden[NAME];

	/* Once it is forgotten, the next start would take it for a new one. */
	if (at->left && !drop_file(a, at))
		return diag_errno(d, "cannot remove what %s was before its end", at->key);
	at->left = false;
	snprintf(hidden, sizeof hidden, ".%s.tmp", at->key);
	if (renameat(a->st.ended, at->key, a->st.ended, hidden) < 0 && errno != ENOENT)
		return diag_errno(d, "cannot hide ended/%s", at->key);
	drop_payload(a, at->key);
	buf_add(&a->trash, hidden, strlen(hidden) + 1);
	attempts_remove(&a->held, at);
	return 0;
}

int64_t ended_empty_trash(struct agent *a, int64_t now)
{
	struct buf left = BUF_INIT;
	struct diag d = DIAG_INIT;

	if (!a->trash.len || now < a->trash_next)
		return a->trash.len ? a->trash_next : INT64_MAX;
	for (size_t i = 0; i < a->trash.len; i += strlen(a->trash.s + i) + 1) {
		if (io_remove_tree(a->st.ended, a->trash.s + i, &d) == 0)
			continue;
		log_diag(&a->log, "cannot remove what has been settled", &d);
		buf_add(&left, a->trash.s + i, strlen(a->trash.s + i) + 1);
	}
	a->trash_next = left.len ? now + TRASH_MS : 0;
	buf_free(&a->trash);
	a->trash = left;
	return left.len ? a->trash_next : INT64_MAX;
}

void ended_tidy(struct agent *a)
{
	struct attempt *at, *next;
	int dir;

	for (at = a->held.in[ATTEMPT_ENDED].first; at; at = next) {
		next = at->next;
		/* A power cut may take its report: then it is gathered anew. */
		if (at->tidy || at->told_phase < 0)
			continue;
		at->tidy = true;
		dir = io_opendir(a->st.ended, at->key, NULL);
		if (dir < 0)
			continue;
		stage_return(a, at, dir);
		(void)!io_remove_tree(dir, "work", NULL);
		close(dir);
	}
}
