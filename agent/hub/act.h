/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * act - do what the lines of a message of the hub say.
 *
 * Acting on one twice does nothing: an attempt that lies in any of the directories
 * is known, and what has been settled can have been only after the hub knew that its
 * assignment had arrived.  Nothing is flushed here, and nothing that runs is started.
 */
#ifndef AGENT_ACT_H
#define AGENT_ACT_H

#include "agent.h"

/* text: the message as mailbox_read() gave it; its header has been checked.  *lines:
 * so many were begun.  -1: the last of these could not be acted on. */
int act(struct agent *a, uint64_t message, const struct buf *text, uint32_t *lines, struct diag *d);

#endif
