/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * local - the datasets that the administrator says are here already.
 *
 * Which version they are is measured, once, in a child for each (background.h),
 * and again when the files have changed:
 *
 *	STATE/measured/NAME.yaml	{path, fingerprint, bytes, digest}; its mtime is
 *					when the fingerprint was last looked at
 *	STATE/measured/.NAME.lock	held by the child
 *
 * They are never copied, evicted or written to.
 */
#ifndef AGENT_LOCAL_H
#define AGENT_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"
#include "log.h"
#include "settings.h"
#include "state.h"

struct local_dataset {
	const char *name, *path;
	bool known;			/* the rest is true */
	uint64_t bytes;
	struct digest digest;
	uint64_t fingerprint;
	pid_t pid;			/* a child that measures it; 0: none */
};

struct locals {
	int dir;			/* STATE/measured */
	struct local_dataset *item;
	uint32_t count;
	void (*started)(pid_t pid, void *ctx);	/* a child was; may be NULL */
	void *ctx;
};

int locals_open(struct locals *l, const struct settings *set, struct state *st, struct diag *d);
void locals_close(struct locals *l);
/* For `probe`: measure all of them now, write nothing down. */
int locals_probe(struct locals *l, const struct settings *set, struct log *log, struct diag *d);
/* Look at all of them; what is new or changed is being measured afterwards.
 * One that cannot be read is said to the log, and not offered. */
void locals_check(struct locals *l, struct state *st, struct log *log);
/* This child has ended (and was reaped).  False: it is none of these. */
bool locals_ended(struct locals *l, pid_t pid, struct log *log);
/* Give children at work up to ms to end. */
void locals_wait(struct locals *l, int ms, struct log *log);

/*
 * The one with this digest, as far as can be told without reading it all: its
 * files have not changed since they were measured.  NULL: none.
 */
const struct local_dataset *locals_find(struct locals *l, const struct digest *g);

#endif
