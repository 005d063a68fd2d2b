/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * results - what a job produced, brought home to results/ID/.
 *
 * First all files of a report are copied and checked into a hidden directory
 * results/.ID.ATTEMPT.tmp; when the report is acted on, that directory takes
 * its name by one rename, before the job's final transition.
 */
#ifndef SPOOLD_RESULTS_H
#define SPOOLD_RESULTS_H

#include "hub.h"
#include "message.h"

/* 1: all there and right; 0: something has not arrived yet; -1: wrong, or the
 * disk failed: *d (err EBADMSG when it is the site's fault). */
int results_fetch(struct hub *h, uint16_t site, const struct message_report *r, struct diag *d);
/* How much of it has to be fetched from the site's mailbox, by its own word. */
uint64_t results_bytes(const struct message_report *r);
/* 1: all of that is there, as long as it should be or longer; else 0. */
int results_arrived(struct hub *h, uint16_t site, const struct message_report *r);
/* Show what was fetched.  A job without any file gets no directory. */
int results_show(struct hub *h, const struct message_report *r, uid_t owner, struct diag *d);
/* The same end is told again: each of its files takes its place anew.  What else
 * lies there stays, for the site may have lost what the hub has. */
int results_show_again(struct hub *h, const struct message_report *r, uid_t owner, struct diag *d);
/* Forget what was fetched for a report that did not count. */
void results_forget(struct hub *h, const struct message_report *r);
/* What came of earlier attempts of the job and never became whole. */
void results_forget_before(struct hub *h, const struct message_report *r);
/* The same of jobs that have ended, or went on to another attempt, when nothing
 * has come of it for a day.  Lists results/: seldom. */
void results_tidy(struct hub *h);

#endif
