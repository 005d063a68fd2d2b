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

/* Poll until done() says true, for five seconds at most.  False: it never did. */
bool patience(bool (*done)(void *ctx), void *ctx);

#endif
