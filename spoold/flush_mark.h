/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flush_mark - since when may something be missing on disk?
 *
 * The mtime of run/flushed is an instant of the file system's own clock.  All
 * that was changed before it is on disk, and so is the removal of the drops
 * that were taken before it.  So after a power cut a finished job that was not
 * changed since then needs no look, however many of them there are.  Without
 * the file all need one.
 *
 * What a commit removes from inbox/ is on disk after the next flush only, and
 * the mark itself may reach the disk before the flush that it is made for: it
 * lags two flushes behind.
 */
#ifndef SPOOLD_FLUSH_MARK_H
#define SPOOLD_FLUSH_MARK_H

#include <time.h>

struct spool;

struct flush_mark {
	struct timespec begun;		/* the flush under way */
	struct timespec last, before;	/* the last two that succeeded; 0: none yet */
};

/* Around every flush of the spool; end only when it succeeded.  An error only
 * means that the next start has more to look at. */
void flush_mark_begin(struct flush_mark *m, const struct spool *s);
void flush_mark_end(struct flush_mark *m);
/* For the next start: a file with an earlier ctime is as it should be. */
struct timespec flush_mark_since(const struct spool *s);

#endif
