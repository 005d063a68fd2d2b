/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "watch_thread.h"

static pthread_mutex_t only_one = PTHREAD_MUTEX_INITIALIZER;
static bool is_open;

int watch_take(struct watch *w, struct watch_hint *out, int max)
{
	uint64_t count;
	bool ring;
	int n;

	pthread_mutex_lock(&w->lock);
	if (read(w->wake, &count, sizeof(count)) < 0)
		count = 0;
	w->rung = false;
	n = watch_pile_take(&w->pile, out, max);
	ring = watch_thread_ring(w);
	pthread_mutex_unlock(&w->lock);
	watch_thread_wake(w, ring);
	return n;
}

int watch_fd(const struct watch *w)
{
	return w->wake;
}

/* --- requests in ------------------------------------------------------------------ */

static int ask(struct watch *w, struct watch_request *r)
{
	pthread_mutex_lock(&w->callers);
	pthread_mutex_lock(&w->lock);
	if (w->ended) {
		r->rc = diag_set(&r->diag, "watching has ended");
	} else {
		w->request = *r;
		watch_thread_bell(w);
		while (w->request.verb != WATCH_NOTHING)
			pthread_cond_wait(&w->answered, &w->lock);
		*r = w->request;
	}
	pthread_mutex_unlock(&w->lock);
	pthread_mutex_unlock(&w->callers);
	return r->rc;
}

int watch_add(struct watch *w, const char *path, uint32_t events, int tag, struct diag *d)
{
	struct watch_request r = { .verb = WATCH_ADD, .path = path, .tag = tag,
				   .events = events & IN_ALL_EVENTS };

	if (tag < 0)
		return diag_set(d, "cannot watch %s: tag %d is below 0", path, tag);
	if (ask(w, &r) < 0 && d)
		*d = r.diag;
	if (r.rc < 0)
		errno = r.diag.err;
	return r.rc;
}

void watch_remove(struct watch *w, int tag)
{
	struct watch_request r = { .verb = WATCH_REMOVE, .tag = tag };

	ask(w, &r);
}

/* --- open and close ------------------------------------------------------------ */

/* The thread takes no signal that was meant for the program. */
static int start_thread(struct watch *w, struct diag *d)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&w->thread, NULL, watch_thread_main, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = err;
	return err ? diag_errno(d, "cannot start a thread to watch with") : 0;
}

static int start(struct watch *w, struct diag *d)
{
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->bell = memfd_create("watch-bell", MFD_CLOEXEC);
	if (w->wake < 0 || w->bell < 0)
		return diag_errno(d, "cannot watch: no descriptors");
	if (watch_thread_init(w, d) < 0)
		return -1;
	if (start_thread(w, d) == 0)
		return 0;
	watch_thread_undo();
	return -1;
}

static bool claim(bool want)
{
	bool free_before;

	pthread_mutex_lock(&only_one);
	free_before = !is_open;
	is_open = want;
	pthread_mutex_unlock(&only_one);
	return free_before;
}

static void discard(struct watch *w)
{
	if (w->wake >= 0)
		close(w->wake);
	if (w->bell >= 0)
		close(w->bell);
	watch_pile_free(&w->pile);
	pthread_mutex_destroy(&w->callers);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->answered);
	free(w->arm);
	free(w);
	claim(false);
}

struct watch *watch_open(struct diag *d)
{
	struct watch *w;

	if (!claim(true)) {
		errno = EBUSY;
		diag_errno(d, "this process watches already");
		return NULL;
	}
	w = calloc(1, sizeof(*w));
	if (!w) {
		claim(false);
		diag_nomem(d);
		return NULL;
	}
	w->wake = w->bell = -1;
	pthread_mutex_init(&w->callers, NULL);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->answered, NULL);
	watch_pile_init(&w->pile);
	if (start(w, d) < 0) {
		discard(w);
		return NULL;
	}
	return w;
}

void watch_close(struct watch *w)
{
	struct watch_request r = { .verb = WATCH_QUIT };

	if (!w)
		return;
	ask(w, &r);
	pthread_join(w->thread, NULL);
	discard(w);
}
