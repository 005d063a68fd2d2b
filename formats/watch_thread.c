/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that knows libinotifytools is here.  No other thread calls it or
 * touches w->arm[]; requests are announced by an fchmod(2) of a memfd that the
 * library watches for us (the bell).
 */
#include "watch_thread.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inotifytools/inotifytools.h>	/* has an opaque struct watch of its own */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bisect.h"

enum { OTHERS_MAX = 64, LINK_MAX_LEN = 32, DRAIN_MAX = 20000, GATHER_NS = 1000000 };

/* One watch of the kernel's, for one tag.  Two tags may share a wd. */
struct watch_arm {
	int wd;
	uint32_t events;
	struct watch_topic *topic;
	int tag;
};

/* --- hints out ------------------------------------------------------------ */

void watch_thread_wake(struct watch *w, bool ring)
{
	uint64_t one = 1;

	/* Cannot block: the counter only ever holds small numbers. */
	if (ring && write(w->wake, &one, sizeof(one)) < 0)
		return;
}

/* Called with the lock held; says whether the eventfd has to be written. */
bool watch_thread_ring(struct watch *w)
{
	bool ring = !w->rung && !watch_pile_empty(&w->pile);

	w->rung |= ring;
	return ring;
}

/* --- the thread: events in --------------------------------------------------- */

/* The first arm with this wd, or where it would stand. */
static int arm_index(const struct watch *w, int wd)
{
	int lo = 0, hi = w->n;

	BISECT(lo, hi, w->arm[mid].wd < wd);
	return lo;
}

static void arm_delete(struct watch *w, int i)
{
	w->n--;
	memmove(w->arm + i, w->arm + i + 1, (size_t)(w->n - i) * sizeof(*w->arm));
}

/* Everybody who shares wd is told; the kernel's watch is gone already. */
static void tell_gone(struct watch *w, int wd)
{
	int i = arm_index(w, wd);

	while (i < w->n && w->arm[i].wd == wd) {
		watch_pile_gone(&w->pile, w->arm[i].topic);
		arm_delete(w, i);
	}
}

static void tell(struct watch *w, const struct inotify_event *e)
{
	for (int i = arm_index(w, e->wd); i < w->n && w->arm[i].wd == e->wd; i++)
		if (e->mask & w->arm[i].events)
			watch_pile_event(&w->pile, w->arm[i].topic,
					 e->mask & w->arm[i].events, e->len ? e->name : NULL);
}

/* IN_MOVE_SELF: what is at the path now is not what we watch, so let go of it.
 * IN_DELETE_SELF needs nothing, IN_IGNORED comes behind it. */
static void take_event(struct watch *w, const struct inotify_event *e)
{
	int drop = -1;
	bool ring;

	w->behind = false;
	if (e->wd == w->bell_wd)
		return;
	pthread_mutex_lock(&w->lock);
	w->behind = w->rung;
	if (e->mask & IN_Q_OVERFLOW) {
		watch_pile_overflow(&w->pile);
	} else if (e->mask & IN_IGNORED) {
		tell_gone(w, e->wd);
	} else if (e->mask & IN_MOVE_SELF) {
		int i = arm_index(w, e->wd);

		drop = i < w->n && w->arm[i].wd == e->wd ? e->wd : -1;
		tell_gone(w, e->wd);
	} else {
		tell(w, e);
	}
	ring = watch_thread_ring(w);
	pthread_mutex_unlock(&w->lock);
	watch_thread_wake(w, ring);
	if (drop >= 0)
		inotifytools_remove_watch_by_wd(drop);
}

/* Timeout -1 waits, 0 does not.  False: nothing came, or the library failed. */
static bool next_event(struct watch *w, int timeout)
{
	struct inotify_event *e = inotifytools_next_events(timeout, 1);

	if (e)
		take_event(w, e);
	return e;
}

/* Until nothing is queued or read ahead; bounded, as writers may never rest. */
static void drain(struct watch *w)
{
	for (int i = 0; i < DRAIN_MAX && next_event(w, 0); i++)
		;
}

/* Who was told and has not looked yet hears nothing sooner by another event: what
 * comes in the next moment is taken with one wake-up, not with one for each. */
static void let_gather(struct watch *w)
{
	if (!w->behind)
		return;
	nanosleep(&(struct timespec){ .tv_nsec = GATHER_NS }, NULL);
	drain(w);
}

/* --- the thread: requests ------------------------------------------------------ */

static int arm_failed(struct diag *d, const char *path, int err)
{
	if (err == ENOSPC) {
		diag_set(d, "cannot watch %s: this user has all %d watches in use "
			 "(fs.inotify.max_user_watches)", path,
			 inotifytools_get_max_user_watches());
		d->err = ENOSPC;
		return -1;
	}
	errno = err;
	return diag_errno(d, "cannot watch %s", path);
}

/*
 * The library keeps the wd to itself, and finds it by name only until the
 * directory is made anew under the same name.  So the kernel is asked first:
 * adding twice gives the same wd, for the descriptor holds the inode still.
 */
static int arm_kernel(struct watch *w, const char *link, uint32_t mask)
{
	int wd = inotify_add_watch(w->fd, link, mask);
	int i;

	if (wd < 0)
		return -1;
	i = arm_index(w, wd);
	if (i < w->n && w->arm[i].wd == wd)
		return wd;
	if (!inotifytools_watch_file(link, (int)mask)) {
		errno = inotifytools_error() ? inotifytools_error() : EIO;
		inotify_rm_watch(w->fd, wd);
		return -1;
	}
	return wd;
}

/* Room for one more, so that after the kernel agreed nothing can fail. */
static bool arm_reserve(struct watch *w)
{
	int cap = w->cap ? w->cap * 2 : 16;
	struct watch_arm *more;

	if (w->n < w->cap)
		return true;
	more = realloc(w->arm, (size_t)cap * sizeof(*more));
	if (!more)
		return false;
	w->arm = more;
	w->cap = cap;
	return true;
}

static void arm_record(struct watch *w, int wd, uint32_t events, struct watch_topic *topic,
		       int tag)
{
	int i = arm_index(w, wd);

	for (; i < w->n && w->arm[i].wd == wd; i++) {
		if (w->arm[i].topic == topic) {
			w->arm[i].events = events;
			return;
		}
	}
	memmove(w->arm + i + 1, w->arm + i, (size_t)(w->n - i) * sizeof(*w->arm));
	w->arm[i] = (struct watch_arm){ wd, events, topic, tag };
	w->n++;
}

static int do_add(struct watch *w, const char *path, uint32_t events, int tag, struct diag *d)
{
	uint32_t mask = events | IN_DELETE_SELF | IN_MOVE_SELF | IN_MASK_ADD;
	struct watch_topic *topic;
	char link[LINK_MAX_LEN];
	int fd, wd, err;

	pthread_mutex_lock(&w->lock);
	topic = watch_pile_topic(&w->pile, tag);
	pthread_mutex_unlock(&w->lock);
	if (!topic || !arm_reserve(w))
		return diag_nomem(d);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return arm_failed(d, path, errno);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	wd = arm_kernel(w, link, mask);
	err = errno;
	close(fd);
	if (wd < 0)
		return arm_failed(d, path, err);
	arm_record(w, wd, events, topic, tag);
	return 0;
}

static bool wd_is_shared(const struct watch *w, int i)
{
	return (i > 0 && w->arm[i - 1].wd == w->arm[i].wd) ||
	       (i + 1 < w->n && w->arm[i + 1].wd == w->arm[i].wd);
}

/* Draining first: the library complains on stderr when it has to remove what
 * the kernel has removed already, and IN_IGNORED tells us of those. */
static void do_remove(struct watch *w, int tag)
{
	drain(w);
	for (int i = w->n - 1; i >= 0; i--) {
		int wd = w->arm[i].wd;
		bool last = !wd_is_shared(w, i);

		if (w->arm[i].tag != tag)
			continue;
		arm_delete(w, i);
		if (last)
			inotifytools_remove_watch_by_wd(wd);
	}
	pthread_mutex_lock(&w->lock);
	watch_pile_forget(&w->pile, tag);
	pthread_mutex_unlock(&w->lock);
}

/* False: time to go.  The caller waits for `answered`, so its request stays. */
static bool serve(struct watch *w)
{
	struct watch_request *r = &w->request;
	enum watch_verb verb;

	pthread_mutex_lock(&w->lock);
	verb = r->verb;
	pthread_mutex_unlock(&w->lock);
	if (verb == WATCH_NOTHING)
		return true;
	if (verb == WATCH_ADD)
		r->rc = do_add(w, r->path, r->events, r->tag, &r->diag);
	if (verb == WATCH_REMOVE)
		do_remove(w, r->tag);
	pthread_mutex_lock(&w->lock);
	r->verb = WATCH_NOTHING;
	pthread_cond_signal(&w->answered);
	pthread_mutex_unlock(&w->lock);
	return verb != WATCH_QUIT;
}

/* No error of select or read on an inotify descriptor can pass by itself: tell
 * the main loop, and go on answering requests without the library. */
static void live_without(struct watch *w)
{
	bool ring;

	pthread_mutex_lock(&w->lock);
	w->ended = true;
	watch_pile_ended(&w->pile);
	ring = watch_thread_ring(w);
	if (w->request.verb != WATCH_NOTHING) {
		w->request.rc = diag_set(&w->request.diag, "watching has ended");
		w->request.verb = WATCH_NOTHING;
		pthread_cond_signal(&w->answered);
	}
	pthread_mutex_unlock(&w->lock);
	watch_thread_wake(w, ring);
}

/* Watches first, so that the drain has an end: what the library has read ahead
 * would otherwise be the first thing that the next watch_open() is told. */
static void give_back(struct watch *w)
{
	while (w->n) {
		int wd = w->arm[w->n - 1].wd;

		w->n--;
		if (!w->n || w->arm[w->n - 1].wd != wd)
			inotifytools_remove_watch_by_wd(wd);
	}
	inotifytools_remove_watch_by_wd(w->bell_wd);
	while (inotifytools_next_events(0, 1))
		;
	inotifytools_cleanup();
}

void *watch_thread_main(void *arg)
{
	struct watch *w = arg;

	while (serve(w)) {
		if (!next_event(w, -1) && inotifytools_error() &&
		    inotifytools_error() != EINTR) {
			live_without(w);
			break;
		}
		let_gather(w);
	}
	give_back(w);
	return NULL;
}

/* --- open ------------------------------------------------------------------- */

/* The descriptors that are inotify instances; -1: /proc cannot be read. */
static int list_inotify(int *fds, int max)
{
	char target[64];
	struct dirent *e;
	ssize_t len;
	int n = 0;
	DIR *dir = opendir("/proc/self/fd");

	if (!dir)
		return -1;
	while (n < max && (e = readdir(dir))) {
		len = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		if (!strncmp(target, "anon_inode:", 11) && strstr(target, "inotify"))
			fds[n++] = atoi(e->d_name);
	}
	closedir(dir);
	return n;
}

static bool among(int fd, const int *fds, int n)
{
	for (int i = 0; i < n; i++)
		if (fds[i] == fd)
			return true;
	return false;
}

/*
 * No call of the library returns its descriptor, and it is not close-on-exec:
 * the one that was not there before is it.  Its select() cannot take numbers
 * from FD_SETSIZE on (it would write beside the set).
 */
static int init_library(struct watch *w, struct diag *d)
{
	int before[OTHERS_MAX], after[OTHERS_MAX];
	int n = list_inotify(before, OTHERS_MAX), m;

	if (n < 0)
		return diag_errno(d, "cannot watch: /proc/self/fd");
	if (!inotifytools_initialize()) {
		errno = inotifytools_error();
		return diag_errno(d, "cannot start inotify (at most %d instances for a user, "
				  "fs.inotify.max_user_instances)",
				  inotifytools_get_max_user_instances());
	}
	w->fd = -1;
	m = list_inotify(after, OTHERS_MAX);
	for (int i = 0; i < m; i++)
		if (!among(after[i], before, n))
			w->fd = after[i];
	if (w->fd >= 0 && w->fd < FD_SETSIZE && !fcntl(w->fd, F_SETFD, FD_CLOEXEC))
		return 0;
	inotifytools_cleanup();
	errno = EMFILE;
	return diag_errno(d, "cannot watch: no inotify descriptor below %d", FD_SETSIZE);
}

static int init_bell(struct watch *w, struct diag *d)
{
	char link[LINK_MAX_LEN];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", w->bell);
	w->bell_wd = arm_kernel(w, link, IN_ATTRIB);
	return w->bell_wd < 0 ? diag_errno(d, "cannot watch %s", link) : 0;
}

void watch_thread_bell(struct watch *w)
{
	/* Not write(2): since about Linux 6.14 that is silent on a memfd.  A full
	 * event queue loses the event, but then the thread is awake and asks. */
	if (fchmod(w->bell, 0600) < 0)
		return;
}

int watch_thread_init(struct watch *w, struct diag *d)
{
	if (init_library(w, d) < 0)
		return -1;
	if (init_bell(w, d) == 0)
		return 0;
	inotifytools_cleanup();
	return -1;
}

void watch_thread_undo(void)
{
	inotifytools_cleanup();
}
