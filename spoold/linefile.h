/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linefile - a file of the spool whose history is appended line by line, and
 * whose directory tells its phase.
 *
 * The line comes first, then the rename.  When either fails the line is taken
 * back and the file is as it was.  Killed in between, recovery finds the line
 * and makes the rename.
 */
#ifndef SPOOLD_LINEFILE_H
#define SPOOLD_LINEFILE_H

#include <sys/types.h>

#include "buf.h"
#include "diag.h"

/* Append; what could not be written whole is cut off again.  *before: the
 * length of the file without it. */
int linefile_append(int dir, const char *name, const struct buf *line, off_t *before, struct diag *d);
/* Append and, if it is another directory, move there. */
int linefile_move(int from, int to, const char *name, const struct buf *line, struct diag *d);
/* Cut a torn end off: all behind the first `whole` bytes. */
int linefile_cut(int dir, const char *name, size_t whole, struct diag *d);

#endif
