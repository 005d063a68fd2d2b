/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link - a second file, or tree of files, that shares what is on the disk with the
 * first: an input in a job's directory.
 *
 * A clone, where the file system has them (FICLONE: btrfs, XFS): whatever is done to
 * it, the first stays as it is.  Else a copy, if the caller would pay for that, or a
 * hard link: the first may go, and this stays.  Whoever has the same user may still
 * change both; cache_link() sees that.
 */
#ifndef AGENT_LINK_H
#define AGENT_LINK_H

#include <stdbool.h>

#include "diag.h"

/* More names than that are not linked one by one. */
enum { LINK_MAX_FILES = 4096 };

/* *clones: whether it is worth trying; cleared when it is not.  copy: rather a copy
 * than a hard link.  0; 1: not in this way, and nothing is left of it: another file
 * system, or too many; -1. */
int link_tree(int from_dir, const char *from, int to_dir, const char *to, bool *clones,
	      bool copy, struct diag *d);

#endif
