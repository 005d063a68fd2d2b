/* SPDX-License-Identifier: GPL-2.0-or-later */
/* drop - one file of the inbox, opened and read with care. */
#ifndef SPOOLD_DROP_H
#define SPOOLD_DROP_H

#include <sys/stat.h>

#include "hub.h"

enum drop_state {
	DROP_READY,		/* read whole, nobody writes to it */
	DROP_LATER,		/* still being written, or linked twice for the moment */
	DROP_GONE,		/* vanished while we looked */
	DROP_REFUSED,		/* *d says why */
	DROP_TROUBLE,		/* the disk or the kernel failed; *d says how */
};

struct drop {
	char name[256];
	struct stat st;
	struct drop_mark mark;	/* of what was read; the hash is the taker's to fill in */
	struct buf text;
};

enum drop_state drop_open(int inbox, int64_t now, struct drop *p, struct diag *d);
/* A BOM is a way of saying UTF-8, which is what we read anyway. */
void drop_strip_bom(struct buf *b);

#endif
