/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * receive - read the hub's messages, strictly in order, and act on them.
 *
 * The durable cursor is the `ack` in our own newest message (mailbox.h), so
 * after a crash some messages are read again, and acting on one twice does
 * nothing: an attempt that lies in any of the directories is known, and what
 * has been settled can have been only after the hub knew that its assignment
 * had arrived.
 */
#ifndef AGENT_RECEIVE_H
#define AGENT_RECEIVE_H

#include "agent.h"

/* After mailbox_open(&a->up): where to go on reading, what has been acknowledged. */
int receive_open(struct agent *a, struct diag *d);
/* A good number of messages.  Errors go to the log; what failed stays unread.
 * True: there may be more. */
bool receive(struct agent *a);

#endif
