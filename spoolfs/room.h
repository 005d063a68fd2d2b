/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * room - a directory of the layout whose names and texts are made when asked for.
 *
 * What lies below one, at any depth, is known by its path from there (names.h).
 * Nothing of it is kept by the kernel, so each answer may depend on who asks.
 */
#ifndef SPOOLFS_ROOM_H
#define SPOOLFS_ROOM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "buf.h"

struct view;
struct who;

/* False: no more is wanted. */
typedef bool room_add(void *ctx, const char *name, mode_t type);

struct room {
	/*
	 * What lies at path, for this caller.  st has the owner and time of the
	 * spool; mode has to be set, the size not.  0, or an errno.
	 */
	int (*stat)(struct view *v, const struct who *who, uint64_t top, const char *path,
		    struct stat *st);
	/* The names in the directory at path; "" is the room itself. */
	void (*list)(struct view *v, const struct who *who, uint64_t top, const char *path,
		     room_add *add, void *ctx);
	/* Append what the file at path holds, or where the link leads.  0, or an errno. */
	int (*text)(struct view *v, const struct who *who, uint64_t top, const char *path,
		    struct buf *out);
};

/* NULL: the kind is no room. */
const struct room *room_of(int kind);

extern const struct room account_room, whatif_room, want_room, dataset_room, reservation_room, task_room;

#endif
