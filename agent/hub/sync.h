/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sync - the two mailboxes over a transport that is work.
 *
 *	STATE/synced	its mtime: when the hub was reached last
 *	STATE/pushed	"BOX NUMBER": the last message known to be there
 *
 * For a transport that is no work these do nothing but touch STATE/synced.
 */
#ifndef AGENT_SYNC_H
#define AGENT_SYNC_H

#include "agent.h"

/* Fetch.  Errors go to the log; -1: the hub could not be reached. */
int sync_down(struct agent *a);

/*
 * Send, in steps.  sync_call makes the connection while we still act and flush:
 * nothing goes over it before sync_send, which says 1 if something is on its way
 * now, 0 if there is nothing that the hub does not have; then sync_sent waits
 * for its end.  -1 as above.  A connection that was made in vain is closed with the rest.
 */
void sync_call(struct agent *a);
int sync_send(struct agent *a);
int sync_sent(struct agent *a);

/* Both in a child, for a loop that has other things to do: up, then down. */
int sync_start(struct agent *a, pid_t *pid, struct diag *d);
/* It has ended: what it has to say goes to the log.  -1: it failed. */
int sync_ended(struct agent *a, int status);

#endif
