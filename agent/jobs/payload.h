/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * payload - is what a report names in up/files/ still there?
 *
 * The hub waits for it before it reads on, so a report that names what does not
 * come would stop this site's mail.  All is flushed before an end is told, but a
 * power cut before that may keep the report and lose its payload.
 */
#ifndef AGENT_PAYLOAD_H
#define AGENT_PAYLOAD_H

#include <stdbool.h>

#include "message.h"

/* files: up/files/.  By its size, or whole: by its digest too.  -1: *d says which
 * is not there or not right. */
int payload_check(int files, const struct message_report *r, bool whole, struct diag *d);

/*
 * At a start: ended/KEY has a report of which payload is missing or torn, and all
 * that it was made of is still there, for `work` goes when its end has been told.
 * Not if its end itself is doubted (boot.h).  -1: the disk does not let us see that.
 */
int payload_can_be_made_again(int files, int ended, const char *key, struct diag *d);

#endif
