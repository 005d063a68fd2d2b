/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch - "something changed there", said to a main loop through one descriptor.
 *
 * What comes out are hints, never facts: a hint says that it is worth looking
 * again at what carries a tag.  The directory is the truth, so arm first and
 * scan afterwards, and keep a slow periodic scan for what no watch can see
 * (NFS, a FUSE mount, a watch that could not be had).
 *
 *	struct watch *w = watch_open(&d);	after the last fork()
 *	watch_add(w, "inbox", WATCH_WRITTEN | WATCH_ARRIVED, TAG_INBOX, &d);
 *	scan the inbox
 *	for (;;) {
 *		poll({ watch_fd(w), POLLIN });
 *		n = watch_take(w, hints, 16);
 *		for each hint: look again at what hint.tag stands for
 *	}
 *	watch_close(w);
 *
 * Underneath is libinotifytools, which has one static instance, may be called
 * by one thread only and blocks: so a thread of ours lives in it, gathers what
 * it says and writes to an eventfd.  From rename(2) in another process to the
 * return of poll(2) here took 27 us at the median and 76 us at the 99th
 * percentile, where inotify(7) itself took 6 and 33 (two quiet CPUs, one run of
 * test/bench/watch_latency.c).  docs/watching.md tells what the thread buys for
 * that, and what the library cannot do.
 *
 * All functions may be called by any thread, watch_take() by one at a time.
 */
#ifndef FORMATS_WATCH_H
#define FORMATS_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/inotify.h>

#include "diag.h"

/* What to be told of; inotify(7)'s own values, which may be used as well. */
enum {
	WATCH_CREATED = IN_CREATE,	/* a name appeared; a file may still be empty */
	WATCH_CHANGED = IN_MODIFY,	/* bytes were written or cut off */
	WATCH_WRITTEN = IN_CLOSE_WRITE,	/* a writer closed the file */
	WATCH_ARRIVED = IN_MOVED_TO,	/* a name came by rename(2) */
	WATCH_LEFT    = IN_MOVED_FROM,	/* a name went by rename(2) */
	WATCH_DELETED = IN_DELETE,	/* a name was unlinked */
};

enum {
	WATCH_ALL = -1,			/* the tag of a hint that means everything */
	WATCH_NAMES_MAX = 4096,		/* names kept for one tag until they are taken */
};

struct watch;

struct watch_hint {
	int tag;		/* WATCH_ALL: hints were lost, look at everything */
	uint32_t events;	/* all kinds seen since the last take, or'ed */
	bool gone;		/* a watched directory of this tag was deleted, renamed
				 * or unmounted and is not watched any more; with
				 * WATCH_ALL: watching has ended, scan by the clock */
	bool names_lost;	/* there were more names than are told: scan */
	int n_names;		/* names in the watched directories, in the order they
				 * were touched; one may stand there more than once */
	const char *const *names;	/* valid until the next take, or close */
};

/*
 * Start watching; one per process (a second fails with EBUSY until the first
 * is closed).  Threads do not survive fork(2): a daemon opens this after it
 * went into the background.  Needs /proc.  Fails with EMFILE when the user has
 * too many inotify instances (fs.inotify.max_user_instances, often 128).
 * NULL: d says why, and the caller scans by the clock.
 */
struct watch *watch_open(struct diag *d);

/* The eventfd to poll for POLLIN: readable while there are hints to take.
 * Belongs to the watch; do not read it. */
int watch_fd(const struct watch *w);

/*
 * Watch the directory (or file) at path, from before this returns.  tag >= 0
 * is the caller's; many paths may share one.  events: WATCH_*, or'ed.  Adding
 * the same directory again with the same tag is fine and takes the new events;
 * after a `gone` hint it is how to watch what was made anew under the name.
 * (The kernel tells of a deletion only when nobody has the directory open any
 * more, or as their working directory.)  Subdirectories are not watched.  Costs
 * about 50 us.
 * -1: ENOENT, EACCES ..., or ENOSPC when the user has no watch left
 * (fs.inotify.max_user_watches): the caller scans this one by the clock.
 */
int watch_add(struct watch *w, const char *path, uint32_t events, int tag, struct diag *d);

/* Forget a tag with its watches and hints; a tag that is not there is fine.
 * Do this before the directory is deleted where that is possible: for each one
 * that is deleted while watched the library keeps about 180 bytes for ever. */
void watch_remove(struct watch *w, int tag);

/* Take up to max hints, one for each tag; the rest stays and keeps the
 * descriptor readable.  Returns how many; 0 happens.  Never blocks. */
int watch_take(struct watch *w, struct watch_hint *out, int max);

/* Stop the thread, give everything back.  NULL is fine. */
void watch_close(struct watch *w);

#endif
