/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recover_mailbox - what a site has to hear, found again in its mailbox and in the
 * files of the jobs that it holds.
 *
 * When it is open, each job that waits at the site is told of by a visible message
 * or by the one that is being composed, and by one only.  A hidden message is shown
 * if it is whole and names every job that counts on it, else removed.
 */
#ifndef SPOOLD_RECOVER_MAILBOX_H
#define SPOOLD_RECOVER_MAILBOX_H

#include "hub.h"

/* Open the mailbox to a site, as far as that is possible (site.out), and tell
 * again what it has to hear.  Its jobs are in the table.  -1: the disk failed. */
int recover_mailbox(struct hub *h, uint16_t site, struct diag *d);

#endif
