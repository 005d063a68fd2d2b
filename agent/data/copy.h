/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * copy - a file or a directory tree of files from one place to another.
 *
 * Regular files and directories only; anything else is an error that names
 * it.  The target must not be there.  Modes become 0444 and 0755: what is
 * copied is to be read.  Shares blocks where the file system can.
 */
#ifndef AGENT_COPY_H
#define AGENT_COPY_H

#include "diag.h"

int copy_tree(int from_dir, const char *from, int to_dir, const char *to, struct diag *d);

#endif
