/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dataset - what a named dataset is: a file, or a directory tree of files.
 *
 * Its digest says which version it is.  Of a file: the SHA-256 of its bytes.
 * Of a directory: the SHA-256 of its manifest, one line "SHA256 SIZE PATH\n"
 * for each regular file, sorted by PATH bytewise.  Names, bytes and structure
 * count; modes, owners, times and empty directories do not.  Symlinks are
 * followed only at the top; below, anything that is not a regular file or a
 * directory is an error.
 */
#ifndef FORMATS_DATASET_H
#define FORMATS_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "digest.h"

struct dataset_measure {
	uint64_t bytes;
	uint32_t files;
	bool directory;
	struct digest digest;
};

/* Read everything below dir/name once.  manifest (may be NULL) gets the lines. */
int dataset_measure(int dir, const char *name, struct dataset_measure *m,
		    struct buf *manifest, struct diag *d);

/*
 * Has it changed since it was measured?  A cheap fingerprint out of stat()
 * alone (size, mtime, inode of every file): equal means that measuring again
 * would be a waste, different that it has to be done.
 */
int dataset_fingerprint(int dir, const char *name, uint64_t *fingerprint, struct diag *d);
/*
 * The same, and one that nobody can feign: besides the above out of each file's ctime,
 * which grows with whatever is done to it, new and lost links and times included.
 */
struct dataset_prints { uint64_t content, any; };
int dataset_prints(int dir, const char *name, struct dataset_prints *p, struct diag *d);

#endif
