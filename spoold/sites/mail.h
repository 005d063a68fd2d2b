/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mail - act on what a site says, message by message, in order.
 *
 * A message is acted on when all its payload is there and right.  Whatever
 * does not parse stops this site's mailbox and no other; it is tried again
 * when something changes there.  Acting twice on a message is harmless.
 */
#ifndef SPOOLD_MAIL_H
#define SPOOLD_MAIL_H

#include "hub.h"

/* Take at most a batch of messages of one site.  Returns how many; *more: there
 * may be further ones. */
uint32_t mail_take(struct hub *h, uint16_t site, bool *more);
/* Every site whose silence is longer than its lease gives its jobs back. */
void mail_check_leases(struct hub *h);

#endif
