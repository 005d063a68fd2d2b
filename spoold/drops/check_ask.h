/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_ask - `spoold --check` for who may not read what the hub knows of sites
 * and data: the spoold that serves the spool is asked, through whatif/.
 */
#ifndef SPOOLD_CHECK_ASK_H
#define SPOOLD_CHECK_ASK_H

#include "hub.h"

/* CHECK_YES or CHECK_NO with the answer in out; CHECK_UNKNOWN: *d says why none came. */
int check_ask(const struct spool *s, const struct buf *text, struct buf *out, struct diag *d);

#endif
