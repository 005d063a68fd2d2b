/* SPDX-License-Identifier: GPL-2.0-or-later */
/* revive - a job that has ended is to be tried again. */
#ifndef SPOOLD_REVIVE_H
#define SPOOLD_REVIVE_H

#include "hub.h"

/* text: its file, as it lies in jobs/FROM.  It becomes pending; *job is its index. */
int revive(struct hub *h, const struct uuid *id, enum phase from, const char *by, const struct buf *text,
	   uint32_t *job, struct diag *d);
/* The same, with the file read. */
int revive_read(struct hub *h, const struct uuid *id, enum phase from, const char *by, uint32_t *job,
		struct diag *d);

#endif
