/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * patience - waiting in a handler until the hub has answered.
 *
 * Costs a thread while it lasts, so few may do it at once, and not for long:
 * whoever may not wait goes on as if the hub had been slow.
 */
#ifndef SPOOLFS_PATIENCE_H
#define SPOOLFS_PATIENCE_H

#include <stdbool.h>

#include "buf.h"

struct view;

/* Poll until done() says true, for five seconds at most.  False: it never did. */
bool patience(bool (*done)(void *ctx), void *ctx);
/*
 * Wait until the hub has done what a command in inbox/ says, or has refused it.
 * False: it has not yet.  *err is 0, or the errno of the refusal, whose sentence
 * is appended to said (may be NULL).
 */
bool patience_command(struct view *v, const char *drop, int *err, struct buf *said);

#endif
