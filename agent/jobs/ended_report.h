/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ended_report - the line that tells the hub of an attempt's end, out of
 * ended/KEY/report.
 *
 * It lay where the job could write, and a power cut may have come before it was on
 * disk: it is told as it is only if it is one report, about this attempt, with the
 * payload that it names.  Else a report of a failure takes its place.
 */
#ifndef AGENT_ENDED_REPORT_H
#define AGENT_ENDED_REPORT_H

#include "agent.h"

/* Append the line.  -1: it cannot be told now, and the log says why. */
int ended_report(struct agent *a, struct attempt *at, struct buf *text);

#endif
