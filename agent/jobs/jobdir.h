/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jobdir - the directory that shim and runner work in.  docs/spool-runner.7.
 *
 *	JOBDIR/assign.yaml	what the hub said, see held.h
 *	JOBDIR/request.yaml	the request, byte for byte
 *	JOBDIR/spec/		the task's spec, flattened (spec.h)
 *	JOBDIR/env		NAME=VALUE, each ended by a NUL
 *	JOBDIR/limits		what it may use, one word and a value a line; also
 *				`runner PATH` and `staged BYTES`, for the agent itself
 *	JOBDIR/volumes		MODE PATH SOURCE lines, if it asks for volumes
 *	JOBDIR/work/		where it runs; inputs/ and results/ below
 *
 * The rest is written by the shim.
 */
#ifndef AGENT_JOBDIR_H
#define AGENT_JOBDIR_H

#include "agent.h"
#include "held.h"

/* What only the site's doing can put right, and what only the user's can. */
enum jobdir_fault { JOBDIR_RETRY = -1, JOBDIR_OK = 0, JOBDIR_SITE = 1, JOBDIR_JOB = 2 };

/*
 * Make running/HIDDEN for what h says.  final: the path it will have.
 * JOBDIR_SITE, JOBDIR_JOB: it will never run here, *d says why; JOBDIR_RETRY: a
 * full disk and the like, *d says what.
 */
enum jobdir_fault jobdir_make(struct agent *a, const struct attempt *at, struct held *h,
			      const char *hidden, const char *final, struct diag *d);

/* What stands behind a word in JOBDIR/limits.  False: it is not there. */
bool jobdir_note(int dir, const char *word, char *out, size_t size);

#endif
