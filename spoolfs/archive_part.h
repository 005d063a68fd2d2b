/* SPDX-License-Identifier: GPL-2.0-or-later */
/* archive_part - what the parts of archives.h share.  Called with its lock held. */
#ifndef SPOOLFS_ARCHIVE_PART_H
#define SPOOLFS_ARCHIVE_PART_H

#include "archives.h"

struct archive_of {
	char path[64];			/* "archive/2026/11-22.tar.zst" */
	struct uuid first, last;	/* of its jobs */
};

/* Append one file of it, at most max bytes.  0, or an errno. */
int archive_read(struct view *v, const struct archive_of *one, const char *path, size_t max,
		 struct buf *out, struct stat *st);
/* Copy one file of it to a descriptor of nobody else. */
int archive_extract(struct view *v, const struct archive_of *one, const char *path, int *fd);

/* What lies in results/ID/, by name. */
struct contents {
	struct uuid id;
	struct content { char *path; struct stat st; } *item;
	uint32_t count;
};
/* NULL: no memory. */
struct contents *contents_read(struct view *v, const struct archive_of *one, const struct uuid *id);
void contents_free(struct contents *c);
int contents_stat(const struct contents *c, const char *path, struct stat *st);
void contents_list(const struct contents *c, const char *path,
		   bool (*call)(void *ctx, const char *name, mode_t type), void *ctx);

#endif
