/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * accounting - accounting/YYYY-MM.csv, one line for each attempt that ended.
 *
 * A line is written before the transition that it belongs to, so a kill can
 * leave a line without it, but never lose one.  A power cut may: it may tear the last
 * line and keep the transition.  A torn line is cut off at the next start, and
 * what was not confirmed to the site is told again and looked for.  The key is
 * job, attempt and site, and a line whose key is known is not written again
 * (sums.h).  The month is that of the hub's clock
 * when it learnt of the end.
 */
#ifndef SPOOLD_ACCOUNTING_H
#define SPOOLD_ACCOUNTING_H

#include "hub.h"
#include "message.h"

/* The job's present attempt ended like this, or, phase pending, was given back. */
int accounting_add(struct hub *h, uint32_t job, const struct message_report *r, struct diag *d);
/* An end that is told again, or that comes late: add its line if there is none. */
int accounting_again(struct hub *h, uint16_t site, const struct job_state *job,
		     const struct message_report *r, struct diag *d);
/* Cut off what is torn, and add up what is there. */
int accounting_recover(struct hub *h, struct diag *d);

#endif
