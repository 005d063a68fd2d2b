/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * drop_mark - is this file in inbox/ the one that was taken?
 *
 * Between the look at a drop and its removal, or a restart, the name may get
 * another file, the file another content, and the inode number another file.
 * On the other side programs set times and modes after they have closed a file
 * (cp -p, install, unpackers), which does not make it another drop.  What tells
 * drops apart is the inode with its time of birth, and what was read.
 */
#ifndef SPOOLD_DROP_MARK_H
#define SPOOLD_DROP_MARK_H

#include <stdbool.h>
#include <stdint.h>

struct hub;

struct drop_mark {
	uint64_t ino, size;
	int64_t born, changed;		/* nanoseconds; born 0: the file system does not say */
	uint64_t hash;			/* of the content; keyed, see shapes.h */
	bool young;			/* a further change may bear the same time */
};

/* Of an open file, or of a name (fd -1 is not allowed, name "" is the file).
 * Without the hash.  -1: errno. */
int drop_mark_get(int fd, const char *name, struct drop_mark *m);
/* Was it changed so shortly before `now` (microseconds, of before it was taken) that
 * who writes over it next, with as many bytes, may do so in the same tick of the clock
 * that its file system has?  Then only what was read tells. */
bool drop_mark_is_young(const struct drop_mark *m, int64_t now);
/* Is the file of this name in inbox/ the one with that mark, and unchanged? */
bool drop_mark_holds(const struct hub *h, const char *name, const struct drop_mark *m);

/* INODE-BORN-SIZE-HASH: what a job's record remembers of its drop. */
void drop_mark_text(const struct drop_mark *m, char out[80]);
/* Could the text be about this file?  Then *hash is what it says of the content. */
bool drop_mark_matches(const struct drop_mark *m, const char *text, uint64_t *hash);

#endif
