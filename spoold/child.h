/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child - a process of spoold's own for what takes long.
 *
 * It sees the memory as it was, changes nothing of the spool that its parent
 * may change, and never outlives it: what a hub that was killed had begun, the
 * next one begins anew.
 */
#ifndef SPOOLD_CHILD_H
#define SPOOLD_CHILD_H

#include <sys/types.h>

struct hub;

/* As fork(2).  The child does not hold the spool's lock, and has no blocked
 * signals; it ends with _exit(2). */
pid_t child_fork(struct hub *h);

#endif
