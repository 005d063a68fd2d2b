/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of held.h that makes the table from the directories. */
#include "held.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "background.h"
#include "boot.h"
#include "ended.h"
#include "held_index.h"
#include "io.h"
#include "jobdir.h"
#include "payload.h"

enum { NAME = 300 };

typedef int visit(struct agent *a, int dir, const char *name, struct diag *d);

static int each(struct agent *a, int dir, const char *what, visit *fn, struct diag *d)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!list) {
		if (fd >= 0)
			close(fd);
		return diag_errno(d, "cannot list %s", what);
	}
	while (rc == 0 && (errno = 0, e = readdir(list)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			rc = fn(a, dir, e->d_name, d);
	if (rc == 0 && errno)
		rc = diag_errno(d, "cannot list %s", what);
	closedir(list);
	return rc;
}

static void fill(struct attempt *at, const struct held *h, struct diag *d)
{
	at->message = h->message;
	at->line = h->number;
	(void)!attempt_fill(at, &h->assign, d);
}

/* --- ended/ ------------------------------------------------------------------- */

/* Does its report end as all do?  A power cut may have left the name and no
 * more, or a part. */
static bool has_report(int ended, const char *key)
{
	char path[NAME];
	struct stat st;
	char last = 0;
	int fd;

	snprintf(path, sizeof path, "%s/report", key);
	fd = openat(ended, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno != ENOENT;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (st.st_size && pread(fd, &last, 1, st.st_size - 1) != 1))
		last = '\n';	/* that is not what a crash does */
	close(fd);
	return last == '\n';
}

/* It has run: what it left is gathered anew.  It has not: where the assignment
 * lies still it comes to the same end again, else nobody knows to which. */
static int end_again(struct agent *a, const struct uuid *job, uint32_t number, struct diag *d)
{
	char key[ATTEMPT_KEY], path[NAME];
	struct attempt *at;
	int there;

	attempt_key(key, job, number);
	a->dirty = true;
	snprintf(path, sizeof path, "%s/exit", key);
	there = io_there(a->st.ended, path, d);
	if (there > 0)
		return renameat(a->st.ended, key, a->st.running, key) < 0
			? diag_errno(d, "cannot move ended/%s back", key) : 0;
	if (there < 0 || io_remove_tree(a->st.ended, key, d) < 0)
		return -1;
	snprintf(path, sizeof path, "%s.yaml", key);
	there = io_there(a->st.waiting, path, d);
	if (there == 0)
		there = io_there(a->st.preparing, path, d);
	if (there != 0)
		return there < 0 ? -1 : 0;
	at = attempts_add(&a->held, job, number, ATTEMPT_WAITING);
	return !at ? diag_nomem(d) : ended_without_running(a, at, PHASE_FAILED, "site",
		"how it ended was lost when the power failed", d);
}

static int scan_ended(struct agent *a, int dir, const char *name, struct diag *d)
{
	struct attempt *at;
	struct uuid job;
	uint32_t number;
	int again = 1;

	if (name[0] == '.')
		return io_remove_tree(dir, name, d);
	if (!attempt_key_parse(name, "", &job, &number) || attempts_find(&a->held, &job, number))
		return 0;
	if (has_report(dir, name))
		again = payload_can_be_made_again(a->st.files, dir, name, d);
	if (again)
		return again < 0 ? -1 : end_again(a, &job, number, d);
	at = attempts_add(&a->held, &job, number, ATTEMPT_ENDED);
	if (!at)
		return diag_nomem(d);
	at->found = true;
	return 0;
}

/* --- running/ ------------------------------------------------------------------ */

/* What was assigned: the name beside the directory is out of the job's way. */
static void recall(struct agent *a, struct attempt *at, int running)
{
	struct diag why = DIAG_INIT;
	char beside[NAME], inside[NAME];
	struct held h;

	snprintf(beside, sizeof beside, "%s.yaml", at->key);
	snprintf(inside, sizeof inside, "%s/assign.yaml", at->key);
	at->cores = 1;
	if (held_read(&h, running, beside, &why) < 0 && held_read(&h, running, inside, &why) < 0) {
		log_diag(&a->log, at->key, &why);
		return;
	}
	fill(at, &h, &why);
	held_close(&h);
}

static void look_into(struct attempt *at, int dir)
{
	char staged[24];

	/* What a killed pass has gathered is gathered anew, for its payload is
	 * swept away below; unless a child of it is still at that. */
	if (faccessat(dir, "exit", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		at->gathering = background_busy(dir, "gather.lock");
		if (!at->gathering)
			unlinkat(dir, "report", 0);
	}
	if (jobdir_note(dir, "staged", staged, sizeof staged))
		at->staged = strtoull(staged, NULL, 10);
	/* With the reason alone nobody has told the shim yet. */
	at->cancelled = faccessat(dir, "cancelled", F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
			faccessat(dir, "stop", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/*
 * ".KEY.tmp": a power cut has taken its name back if there is a sign of what is
 * done after the naming: the assignment lies beside it, or a shim has begun.
 * No such sign need be on disk (boot.h), so in another boot than that of its
 * making it may have had its name.  1, 0; -1: that cannot be told now.
 */
static int was_named(struct agent *a, int running, const char *hidden, char key[ATTEMPT_KEY],
		     struct diag *d)
{
	const struct attempt *at;
	char path[NAME];
	struct uuid job;
	uint32_t number;
	int dir, there;

	if (!attempt_key_parse(hidden + 1, ".tmp", &job, &number))
		return 0;
	at = attempts_find(&a->held, &job, number);
	if (at && at->state != ATTEMPT_RUNNING)
		return 0;
	attempt_key(key, &job, number);
	snprintf(path, sizeof path, "%s/started", hidden);
	there = io_there(running, path, d);
	if (there == 0) {
		snprintf(path, sizeof path, "%s.yaml", key);
		there = io_there(running, path, d);
	}
	if (there != 0)
		return there;
	dir = state_opendir(running, hidden, d);
	if (dir < 0)
		return io_disk_failed(errno) ? -1 : 0;
	there = boot_was_other(dir, d);
	close(dir);
	return there;
}

/* Is it gone or has its name, and *name is that; -1. */
static int settle_hidden(struct agent *a, int running, const char **name, char key[ATTEMPT_KEY],
			 struct diag *d)
{
	int named = was_named(a, running, *name, key, d);

	if (named <= 0)
		return named < 0 ? -1 : io_remove_tree(running, *name, d);
	a->dirty = true;
	if (renameat(running, *name, running, key) == 0)
		*name = key;
	else if (errno == EEXIST || errno == ENOTEMPTY)
		return io_remove_tree(running, *name, d);
	else
		return diag_errno(d, "cannot name running/%s", key);
	return 0;
}

/* KEY or KEY.yaml, whichever is seen first.  If the directory has gone, the job
 * was so foolish, and collect.c will see that. */
static int scan_running(struct agent *a, int running, const char *name, struct diag *d)
{
	char key[ATTEMPT_KEY];
	struct attempt *at;
	struct uuid job;
	uint32_t number;
	int dir;

	if (name[0] == '.' && settle_hidden(a, running, &name, key, d) < 0)
		return -1;
	if (!attempt_key_parse(name, "", &job, &number) &&
	    !attempt_key_parse(name, ".yaml", &job, &number))
		return 0;
	at = attempts_find(&a->held, &job, number);
	if (at)
		return at->state == ATTEMPT_ENDED ? io_remove_tree(running, name, d) : 0;
	at = attempts_add(&a->held, &job, number, ATTEMPT_WAITING);
	if (!at)
		return diag_nomem(d);
	at->found = true;
	recall(a, at, running);
	dir = state_opendir(running, at->key, NULL);
	if (dir >= 0) {
		look_into(at, dir);
		close(dir);
	}
	attempt_move(&a->held, at, ATTEMPT_RUNNING);
	return 0;
}

/* --- waiting/, preparing/ ---------------------------------------------------------- */

/* Not ours to lose: it gets a hidden name, and somebody is told. */
static void put_aside(struct agent *a, int dir, const char *name, const struct diag *why)
{
	char aside[NAME];

	snprintf(aside, sizeof aside, ".%s.bad", name);
	(void)!renameat(dir, name, dir, aside);
	log_diag(&a->log, name, why);
}

static int scan_file(struct agent *a, int dir, const char *name, enum attempt_state state,
		     struct diag *d)
{
	struct diag why = DIAG_INIT;
	struct attempt *at;
	struct uuid job;
	uint32_t number;
	struct held h;

	if (name[0] == '.' || !attempt_key_parse(name, ".yaml", &job, &number))
		return 0;
	at = attempts_find(&a->held, &job, number);
	if (at && at->unseen && state == ATTEMPT_WAITING) {
		at->unseen = false;
		return 0;
	}
	if (at) {
		/* Killed between the two renames of a launch, or while it ended. */
		if ((at->state != ATTEMPT_RUNNING || renameat(dir, name, a->st.running, name) < 0) &&
		    unlinkat(dir, name, 0) < 0 && errno != ENOENT)
			at->left = true;
		return 0;
	}
	if (held_read(&h, dir, name, &why) < 0) {
		if (why.err == ENODATA)
			unlinkat(dir, name, 0);
		else
			put_aside(a, dir, name, &why);
		return 0;
	}
	at = attempts_add(&a->held, &job, number, state);
	if (at)
		fill(at, &h, &why);
	held_close(&h);
	return at ? 0 : diag_nomem(d);
}

static int scan_waiting(struct agent *a, int dir, const char *name, struct diag *d)
{
	return scan_file(a, dir, name, ATTEMPT_WAITING, d);
}

static int scan_preparing(struct agent *a, int dir, const char *name, struct diag *d)
{
	return scan_file(a, dir, name, ATTEMPT_PREPARING, d);
}

/* --- up/files/ ---------------------------------------------------------------------- */

/* Payload of what has been settled, or of a running one that is gathered anew. */
static int sweep_payload(struct agent *a, int dir, const char *name, struct diag *d)
{
	const char *dot = strrchr(name, '.');
	const struct attempt *at;
	char key[ATTEMPT_KEY];
	struct uuid job;
	uint32_t number;

	(void)d;
	if (!dot || dot - name >= ATTEMPT_KEY)
		return 0;
	snprintf(key, sizeof key, "%.*s", (int)(dot - name), name);
	if (!attempt_key_parse(key, "", &job, &number))
		return 0;
	at = attempts_find(&a->held, &job, number);
	if (!at || (at->state != ATTEMPT_ENDED && !at->gathering))
		unlinkat(dir, name, 0);
	return 0;
}

static void count_scheduled(struct agent *a)
{
	for (int s = 0; s <= ATTEMPT_READY; s++)
		for (const struct attempt *at = a->held.in[s].first; at; at = at->next)
			a->held.scheduled += at->start != 0;
}

int held_scan(struct agent *a, struct diag *d)
{
	if (each(a, a->st.ended, "ended/", scan_ended, d) < 0 ||
	    each(a, a->st.running, "running/", scan_running, d) < 0 ||
	    each(a, a->st.preparing, "preparing/", scan_preparing, d) < 0)
		return -1;
	held_index_load(a);
	if (each(a, a->st.waiting, "waiting/", scan_waiting, d) < 0)
		return -1;
	held_index_prune(a);
	count_scheduled(a);
	attempts_sort(&a->held, ATTEMPT_WAITING);
	attempts_sort(&a->held, ATTEMPT_PREPARING);
	attempts_sort(&a->held, ATTEMPT_RUNNING);
	if (a->st.files < 0)
		return 0;
	return each(a, a->st.files, "up/files/", sweep_payload, d);
}
