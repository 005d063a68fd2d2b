/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runner_list - which files may be runners.
 *
 * The administrator's directories come first, so that a runner of their own
 * for a type takes the place of the built-in one; then `../runners` (a build
 * tree) and `../libexec/spool/runners` (installed), counted from where this
 * program lies.  Within a directory by name.  Hidden files, what begins with
 * "lib", and what cannot be executed are no runners.
 */
#ifndef AGENT_RUNNER_LIST_H
#define AGENT_RUNNER_LIST_H

#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "node.h"
#include "settings.h"

struct candidate {
	const char *path;
	const char *stamp;	/* changes when the file does */
	int64_t asked;		/* 0: not yet */
	struct buf answer;
};

struct candidates {
	struct candidate *item;
	uint32_t count;
	struct tree tree;	/* owns the strings */
};

int candidates_find(struct candidates *c, const struct settings *set, struct diag *d);
void candidates_free(struct candidates *c);

/* Where a program that belongs to us lies: beside this one.  NULL: no memory. */
char *runner_beside(const char *name);

#endif
