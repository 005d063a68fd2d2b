/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "notify.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "instant.h"
#include "loop.h"
#include "refresh.h"
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
	struct refresh refresh;	/* the watcher's */
};

/* --- from hints to the kernel --------------------------------------------------------- */

static void take_hint(struct notify *n, const struct watch_hint *h)
{
	struct uuid id;

	n->refresh.all |= h->tag == WATCH_ALL || h->names_lost || h->gone;
	n->ended |= h->tag == WATCH_ALL && h->gone;
	for (int i = 0; i < h->n_names; i++) {
		if (h->tag == TAG_WHY)
			refresh_shape(&n->refresh, h->names[i]);
		else if (spool_job_id(h->names[i], &id))
			refresh_later(&n->refresh, &id);
	}
}

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
	refresh_now(&n->refresh);
	tell(n);
}

static void wake(struct notify *n)
{
	uint64_t one = 1;

	if (write(n->wake, &one, sizeof one) < 0)
		return;
}

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
			n->refresh.all = true;
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
		__atomic_store_n(&n->exit, true, __ATOMIC_SEQ_CST);
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
	refresh_free(&n->refresh);
	free(n);
}

struct notify *notify_start(struct view *v, struct diag *d)
{
	struct notify *n = malloc(sizeof(*n));

	if (!n) {
		diag_nomem(d);
		return NULL;
	}
	*n = (struct notify){ .view = v, .refresh = { .view = v, .facts = FACTS_INIT } };
	n->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (n->wake < 0)
		diag_errno(d, "cannot make an eventfd");
	n->watch = watch_open(NULL);
	if (n->watch)
		arm(n);
	refresh_first(&n->refresh);
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
