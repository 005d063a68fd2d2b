/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "notify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "instant.h"
#include "loop.h"
#include "view.h"
#include "watch.h"

enum {
	TAG_WHY = PHASES,	/* the phases themselves are tags 0 to PHASES - 1 */
	HINTS_AT_ONCE = 16,
	SCAN_EVERY = 60,	/* seconds; for what no watch sees */
	SCAN_WITHOUT = 1,	/* ... when there is no watch */
};

struct notify {
	struct view *view;
	struct watch *watch;	/* NULL: scan by the clock */
	pthread_t watcher, loader;
	int wake;		/* eventfd: exit or stop */
	bool exit;		/* the threads shall end ... */
	bool stop;		/* ... and the loop has */
	bool ended;		/* the watch has failed */
	struct facts facts;	/* the watcher's */
	uint8_t round;		/* of the last scan */
	struct uuid *dirty;	/* jobs to look at */
	size_t n, cap;
	bool all;		/* ... or rather all of them */
};

/* --- which jobs to look at ------------------------------------------------------------ */

static void mark_dirty(struct notify *n, const struct uuid *id)
{
	size_t cap = n->cap ? n->cap * 2 : 256;
	struct uuid *more;

	if (n->n == n->cap) {
		more = realloc(n->dirty, cap * sizeof(*more));
		if (!more) {
			n->all = true;
			return;
		}
		n->dirty = more;
		n->cap = cap;
	}
	n->dirty[n->n++] = *id;
}

static int by_id(const void *a, const void *b)
{
	return uuid_cmp(a, b);
}

static void look_at_shape(struct notify *n, const char *shape)
{
	struct why w = WHY_INIT;

	if (shape[0] == '.' || strlen(shape) >= FACTS_SHAPE)
		return;
	why_load(&w, &n->view->spool, shape);
	index_wrlock(&n->view->index);
	index_explain(&n->view->index, shape, &w);
	index_unlock(&n->view->index);
	buf_free(&w.text);
}

static void take_hint(struct notify *n, const struct watch_hint *h)
{
	struct uuid id;

	n->all |= h->tag == WATCH_ALL || h->names_lost || h->gone;
	n->ended |= h->tag == WATCH_ALL && h->gone;
	for (int i = 0; i < h->n_names; i++) {
		if (h->tag == TAG_WHY)
			look_at_shape(n, h->names[i]);
		else if (spool_job_id(h->names[i], &id))
			mark_dirty(n, &id);
	}
}

/* --- looking at one --------------------------------------------------------------------- */

static void forget_job(struct index *ix, const struct uuid *id)
{
	uint32_t number;

	index_wrlock(ix);
	number = index_find(ix, id);
	if (number && !ix->job[number].archived)
		index_remove(ix, number);
	index_unlock(ix);
}

static enum phase phase_hint(struct index *ix, const struct uuid *id)
{
	enum phase p = PHASE_PENDING;
	uint32_t number;

	index_rdlock(ix);
	number = index_find(ix, id);
	if (number)
		p = (enum phase)ix->job[number].phase;
	index_unlock(ix);
	return p;
}

/* The file is read without the lock.  Nobody else writes what is known of a
 * job that is loaded, and a load begun by others is void by index_put(). */
static void look_at(struct notify *n, const struct uuid *id)
{
	struct index *ix = &n->view->index;
	uint32_t number;

	if (facts_load(&n->facts, &n->view->spool, id, phase_hint(ix, id), true, NULL) < 0) {
		if (errno == ENOENT)
			forget_job(ix, id);
		return;
	}
	index_wrlock(ix);
	number = index_put(ix, id, n->facts.story.phase);
	if (number)
		ix->job[number].archived = 0;
	if (number)
		index_apply(ix, number, &n->facts);
	index_unlock(ix);
}

static void look_at_dirty(struct notify *n)
{
	if (n->n)
		qsort(n->dirty, n->n, sizeof(*n->dirty), by_id);
	for (size_t i = 0; i < n->n; i++)
		if (!i || uuid_cmp(&n->dirty[i - 1], &n->dirty[i]))
			look_at(n, &n->dirty[i]);
	n->n = 0;
}

/* --- looking at all ------------------------------------------------------------------------ */

static bool unchanged(const struct job *j, int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       j->mtime == facts_nanoseconds(&st.st_mtim) && j->size == st.st_size;
}

/* True: known, in this phase, and (if more than that is known) as it was. */
static bool as_known(struct notify *n, const struct uuid *id, enum phase p, int dir, const char *name)
{
	struct index *ix = &n->view->index;
	bool known = false, loaded = false;
	struct job j;
	uint32_t number;

	index_wrlock(ix);
	number = index_find(ix, id);
	if (number) {
		ix->job[number].mark = n->round;
		j = ix->job[number];
		known = j.phase == p;
		loaded = j.loaded;
	}
	index_unlock(ix);
	if (!known || !loaded)
		return known;
	return unchanged(&j, dir, name);
}

/* The first scan only takes names: 100,000 files are not read before the mount. */
static void meet(struct notify *n, const struct uuid *id, enum phase p, bool first)
{
	struct index *ix = &n->view->index;
	uint32_t number;

	if (!first) {
		mark_dirty(n, id);
		return;
	}
	index_wrlock(ix);
	number = index_put(ix, id, p);
	if (number) {
		ix->job[number].mark = n->round;
		ix->job[number].old = 1;
	}
	index_unlock(ix);
}

static void scan_phase(struct notify *n, enum phase p, bool first)
{
	int fd = openat(n->view->spool.jobs[p], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	struct uuid id;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && (e = readdir(dir)))
		if (spool_job_id(e->d_name, &id) && !as_known(n, &id, p, fd, e->d_name))
			meet(n, &id, p, first);
	if (dir)
		closedir(dir);
}

/* What the scan did not meet has gone, or moved behind its back. */
static void mark_unmet(struct notify *n)
{
	struct index *ix = &n->view->index;

	index_rdlock(ix);
	for (uint32_t i = 1; i < ix->n; i++)
		if (ix->job[i].used && !ix->job[i].archived && ix->job[i].mark != n->round)
			mark_dirty(n, &ix->job[i].id);
	index_unlock(ix);
}

/* There are few shapes: all that are explained are looked at again, and those
 * that were. */
static void scan_shapes(struct notify *n)
{
	const struct values *s = &n->view->index.by[BY_SHAPE];
	struct buf names = BUF_INIT;

	index_rdlock(&n->view->index);
	for (uint32_t i = 1; i < s->n; i++)
		if (s->v[i].text)
			buf_add(&names, s->v[i].text, s->v[i].len + 1);
	index_unlock(&n->view->index);
	for (size_t at = 0; at < names.len; at += strlen(names.s + at) + 1)
		look_at_shape(n, names.s + at);
	buf_free(&names);
}

static void scan(struct notify *n, bool first)
{
	n->round++;
	for (int p = 0; p < PHASES; p++)
		scan_phase(n, (enum phase)p, first);
	if (first)
		return;
	mark_unmet(n);
	scan_shapes(n);
}

/* --- telling the kernel ------------------------------------------------------------------------ */

static void tell(struct notify *n)
{
	struct index *ix = &n->view->index;
	struct stale stale;

	index_wrlock(ix);
	stale = ix->stale;
	ix->stale = (struct stale){ .item = NULL };
	index_unlock(ix);
	stale_send(&stale, n->view->se);
	wait_sweep(n->view);
	events_wake(&n->view->events);
}

static void take_hints(struct notify *n)
{
	struct watch_hint hints[HINTS_AT_ONCE];
	int count = n->watch ? watch_take(n->watch, hints, HINTS_AT_ONCE) : 0;

	for (int i = 0; i < count; i++)
		take_hint(n, &hints[i]);
	if (n->all) {
		n->all = false;
		scan(n, false);
	}
	look_at_dirty(n);
	tell(n);
}

static void wake(struct notify *n)
{
	uint64_t one = 1;

	if (write(n->wake, &one, sizeof one) < 0)
		return;
}

/* --- the threads ----------------------------------------------------------------------------------- */

/*
 * The loop sleeps in a system call that a signal interrupts; if the signal came
 * just before the call, the next one will do.  The loop ends after us: while we
 * tell the kernel something, the handlers have to be there.
 */
static void end_loop(struct notify *n)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	fuse_session_exit(n->view->se);
	while (!__atomic_load_n(&n->stop, __ATOMIC_SEQ_CST)) {
		loop_nudge();
		nanosleep(&pause, NULL);
	}
}

static time_t seconds(void)
{
	return instant_steady() / SECOND_US;
}

static void *watcher(void *arg)
{
	struct notify *n = arg;
	struct pollfd fds[2] = { { .fd = n->wake, .events = POLLIN },
				 { .fd = n->watch ? watch_fd(n->watch) : -1, .events = POLLIN } };
	time_t next = 0, last = seconds();
	uint64_t count;

	while (!__atomic_load_n(&n->exit, __ATOMIC_SEQ_CST)) {
		time_t now = seconds();

		next = last + (n->watch && !n->ended ? SCAN_EVERY : SCAN_WITHOUT);
		if (now >= next) {
			n->all = true;
			last = now;
		} else if (poll(fds, 2, (int)(next - now) * 1000) > 0 && fds[0].revents &&
			   read(n->wake, &count, sizeof count) < 0) {
			continue;
		}
		take_hints(n);
	}
	if (!__atomic_load_n(&n->stop, __ATOMIC_SEQ_CST))
		end_loop(n);
	return NULL;
}

static void *loader(void *arg)
{
	struct notify *n = arg;

	index_load_all(&n->view->index, &n->exit);
	/* What has become stale by it is the watcher's to tell. */
	wake(n);
	return NULL;
}

/* --- begin and end ---------------------------------------------------------------------------------- */

static void arm(struct notify *n)
{
	static const uint32_t events = WATCH_CREATED | WATCH_ARRIVED | WATCH_CHANGED | WATCH_LEFT |
				       WATCH_DELETED;
	const char *root = n->view->spool.path;
	char *path;
	int rc = 0;

	for (int p = 0; p <= TAG_WHY && rc == 0; p++) {
		rc = p == TAG_WHY ? asprintf(&path, "%s/run/why", root) :
				    asprintf(&path, "%s/jobs/%s", root, phase_name((enum phase)p));
		if (rc < 0)
			break;
		/* A spool of an earlier day has no run/why yet: the clock will do. */
		rc = watch_add(n->watch, path, events, p, NULL);
		if (p == TAG_WHY)
			rc = 0;
		free(path);
	}
	if (rc == 0)
		return;
	watch_close(n->watch);
	n->watch = NULL;
}

/* Signals are for main: it waits for them where they interrupt something. */
static int start_threads(struct notify *n, struct diag *d)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&n->loader, NULL, loader, n);
	if (!err && (err = pthread_create(&n->watcher, NULL, watcher, n))) {
		n->exit = true;
		pthread_join(n->loader, NULL);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = err;
	return err ? diag_errno(d, "cannot start a thread") : 0;
}

static void discard(struct notify *n)
{
	watch_close(n->watch);
	if (n->wake >= 0)
		close(n->wake);
	facts_free(&n->facts);
	free(n->dirty);
	free(n);
}

struct notify *notify_start(struct view *v, struct diag *d)
{
	struct notify *n = malloc(sizeof(*n));

	if (!n) {
		diag_nomem(d);
		return NULL;
	}
	*n = (struct notify){ .view = v, .facts = FACTS_INIT };
	n->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	n->watch = watch_open(NULL);
	if (n->watch)
		arm(n);
	scan(n, true);
	if (n->wake >= 0 && start_threads(n, d) == 0)
		return n;
	discard(n);
	return NULL;
}

void notify_ask_exit(struct notify *n)
{
	__atomic_store_n(&n->exit, true, __ATOMIC_SEQ_CST);
	wake(n);
}

void notify_stop(struct notify *n)
{
	__atomic_store_n(&n->exit, true, __ATOMIC_SEQ_CST);
	__atomic_store_n(&n->stop, true, __ATOMIC_SEQ_CST);
	wake(n);
	pthread_join(n->watcher, NULL);
	pthread_join(n->loader, NULL);
	discard(n);
}
