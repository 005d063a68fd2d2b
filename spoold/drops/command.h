/* SPDX-License-Identifier: GPL-2.0-or-later */
/* command - what people tell the hub about a job: cancel, hold, release, retry. */
#ifndef SPOOLD_COMMAND_H
#define SPOOLD_COMMAND_H

#include "hub.h"
#include "request.h"

/* Carry it out for uid.  -1 with d->err 0: refused, *d is the sentence for its
 * author; with d->err set: the disk failed, try again. */
int command_run(struct hub *h, const struct command *c, uid_t uid, struct diag *d);
/* Cancel, whoever asks. */
int command_cancel(struct hub *h, uint32_t job, const char *by, const char *reason, struct diag *d);

#endif
