/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dir_part - the inside of an open directory: the names that were taken down.
 *
 * dir_fill() takes them down, dir_read() gives them out.  An entry is as it was at
 * that moment; whoever gives it out asks whether it is there still.
 */
#ifndef SPOOLFS_DIR_PART_H
#define SPOOLFS_DIR_PART_H

#include "view.h"

struct dir_item {
	uint64_t ino;		/* 0: a free name */
	mode_t type;
	size_t name;		/* where it begins in names; with a job: not used */
	uint32_t job;		/* its number; 0: none */
};

struct dir {
	fuse_ino_t ino;
	bool filled;
	int error;		/* why it could not be filled: an errno; 0: it was */
	struct dir_item *item;
	size_t n, cap;
	struct buf names;
};

/* Every name that the caller may see, of whatever kind of directory it is. */
void dir_fill(struct dir *d, struct view *v, fuse_req_t req);

#endif
