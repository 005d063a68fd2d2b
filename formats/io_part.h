/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_part - the steps that the functions of io.h are made of.
 *
 * Each fills the diagnosis and keeps errno; what a step has opened or created its
 * caller closes, and removes when a later one fails.
 */
#ifndef FORMATS_IO_PART_H
#define FORMATS_IO_PART_H

#include <sys/stat.h>

#include "io.h"

/* Beside IO_SYNC and IO_EXCL: whatever has the name is rubbish. */
enum { IO_REPLACE = 1 << 16 };

/* errno stays what it was. */
void io_close_quietly(int fd);
void io_unlink_quietly(int dir, const char *name);
/* As diag_errno, for a case that has a better text than strerror(err). */
int io_fail_as(struct diag *d, int err, const char *fmt, const char *name);

/*
 * Open what must be a regular file.  O_NONBLOCK: a FIFO somebody planted must
 * not stop us in open(2); it means nothing for a regular file.
 */
int io_open_regular(int dir, const char *name, int flags, struct stat *st, struct diag *d);
/* For writing; the mode is what the caller said, whatever the umask; never less than
 * that.  flags: IO_REPLACE, or it must not be there. */
int io_open_new(int dir, const char *name, mode_t mode, int flags, struct diag *d);
/* As read(2), whatever signals come. */
ssize_t io_read_once(int fd, void *to, size_t n);
int io_write_all(int fd, const char *name, const void *bytes, size_t n, struct diag *d);
/* close(2) is the last call that can say "disk full" (NFS, quotas). */
int io_finish(int fd, const char *name, struct diag *d);
/* The end of what was opened new: closed, and removed if rc (what came of writing it)
 * or closing says that it is not whole. */
int io_end_new(int dir, int fd, const char *name, int rc, struct diag *d);

#endif
