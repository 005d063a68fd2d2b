/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spec - a task's spec as files, so that a runner needs no YAML.
 *
 *	a scalar		a file with its text and nothing else
 *	a list of scalars	a file, each item ended by a NUL
 *	a mapping		a directory
 *	any other list		a directory with 0, 1, 2 ...
 *	nothing			an empty file
 */
#ifndef AGENT_SPEC_H
#define AGENT_SPEC_H

#include "diag.h"
#include "node.h"

/* Make dir/name out of spec (may be NULL: an empty directory).  1: a key of it
 * cannot be a file's name, *d says where; -1: the disk. */
int spec_write(int dir, const char *name, const struct node *spec, struct diag *d);

#endif
