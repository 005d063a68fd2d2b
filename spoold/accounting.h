/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * accounting - accounting/YYYY-MM.csv, one line for each attempt that ended.
 *
 * A line is written before the transition that it belongs to, so a crash can
 * leave a line twice but never lose one.  The key is job, attempt and site: who
 * adds up counts the first line of a key.  The month is that of the hub's clock
 * when it learnt of the end.
 */
#ifndef SPOOLD_ACCOUNTING_H
#define SPOOLD_ACCOUNTING_H

#include "hub.h"
#include "message.h"

/* The job's present attempt ended like this, or, phase pending, was given back. */
int accounting_add(struct hub *h, uint32_t job, const struct message_report *r, struct diag *d);

#endif
