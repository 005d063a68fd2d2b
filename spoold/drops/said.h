/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * said - a command that is taken again: the answer is the same.
 *
 * A crash between what a command does and the end of its drop leaves both.  So each
 * line that a command causes names the drop, as the record of a job names the one that
 * it came from: `source`.  One that is found there has been carried out; what has
 * become of the job since does not make it another answer.
 */
#ifndef SPOOLD_SAID_H
#define SPOOLD_SAID_H

#include <stdbool.h>

#include "buf.h"
#include "uuid.h"

struct command;
struct hub;

/* Add to a line, before its end, which command is being carried out (hub.command); none: nothing. */
void said_mark(const struct hub *h, struct buf *line);
/* Has a line of this file (its record is of that kind) been caused by it? */
bool said_in(const struct hub *h, const struct buf *text, const char *kind);
/* The file of the job, reservation or transaction that it speaks about. */
bool said_before(const struct hub *h, const struct command *c);

#endif
