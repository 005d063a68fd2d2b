/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status - for the administrator: what the site holds, and how it is doing.
 * Reads the state directory alone, takes no lock, changes nothing. */
#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include "buf.h"
#include "settings.h"

int status_write(const struct settings *set, struct buf *out, struct diag *d);

#endif
