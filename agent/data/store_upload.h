/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store_upload - a large file to S3, in parts.
 *
 * What a transfer that was cut has sent is not sent again:
 *
 *	DIR/upload	(DIR: that of the progress)
 *		URL
 *		SIZE PART DIGEST
 *		the server's name of the upload
 *		a line for each part that it has: what it calls it
 *
 * It goes when the server has put the parts together, or has been told to forget
 * them.
 */
#ifndef AGENT_STORE_UPLOAD_H
#define AGENT_STORE_UPLOAD_H

#include "store.h"

/* As store_kind.put. */
int upload(const struct store_way *w, const struct settings *set, int fd, uint64_t size,
	   const struct digest *g, struct progress *p, struct store_timing *t, struct diag *d);

/* Which address is being uploaded to, by what stands in dir.  False: none. */
bool upload_url(int dir, struct buf *url);
/* That one is given up: the server forgets the parts.  0: also when it knew of none. */
int upload_abort(const struct store_way *w, const struct settings *set, int dir, struct diag *d);

#endif
