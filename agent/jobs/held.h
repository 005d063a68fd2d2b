/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * held - the files that hold an assignment: waiting/KEY.yaml, preparing/KEY.yaml,
 * running/KEY.yaml and running/KEY/assign.yaml are the same text:
 *
 *	--- {received: 42, line: 3}			order of arrival
 *	--- {assign: JOB, attempt: 1, ..., bytes: N}	as in the message
 *	---
 *	(the request, byte for byte)
 */
#ifndef AGENT_HELD_H
#define AGENT_HELD_H

#include "agent.h"
#include "line.h"

struct held {
	struct buf text;
	struct line_reader reader;	/* its tree holds what assign points to */
	struct line line;
	struct message_assign assign;
	uint64_t message;
	uint32_t number;		/* of the line in the message */
};

/* Read one.  -1: err ENODATA when it was torn by a crash. */
int held_read(struct held *h, int dir, const char *name, struct diag *d);
void held_close(struct held *h);

/*
 * Make the table from the directories, and put right what a crash left: what
 * is running or ended counts before what is waiting; hidden names are thrown
 * away, for nobody has been told of them; torn files too, for their message
 * has not been acknowledged.
 */
int held_scan(struct agent *a, struct diag *d);

#endif
