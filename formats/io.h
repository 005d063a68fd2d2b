/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io - whole files in, whole files out, and the one way to publish.
 *
 * All take a directory descriptor (or AT_FDCWD) and a name below it, as
 * openat(2) does.  All retry EINTR and short writes.  All return 0 or -1
 * with the diagnosis filled and errno kept.
 *
 * Publishing: a file is written under a hidden name (a leading dot, which
 * every scan ignores), and takes its real name by one rename(2).  What is
 * flushed, and when, is the caller's business: spool_flush() flushes a whole
 * batch at once; io_publish() with IO_SYNC does it for one file.
 */
#ifndef FORMATS_IO_H
#define FORMATS_IO_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "buf.h"
#include "diag.h"

enum {
	IO_SYNC = 1,		/* fsync the file before, the directory after the rename */
	IO_EXCL = 2,		/* never replace: fail with EEXIST */
};

/* Append the file's bytes to out.  More than max bytes: -1, errno EFBIG, and
 * nothing is read beyond max + 1.  Symlinks are not followed. */
int io_read(int dir, const char *name, size_t max, struct buf *out, struct diag *d);
int io_read_fd(int fd, size_t max, struct buf *out, struct diag *d);
/* The same for a regular file that fstat(2) says is of this size: one allocation, one read. */
int io_read_sized(int fd, size_t size, size_t max, struct buf *out, struct diag *d);

/* Open a regular file for reading: anything else is refused, a FIFO is not
 * waited for, a symlink not followed.  Close-on-exec.  The descriptor or -1. */
int io_open_read(int dir, const char *name, struct diag *d);

int io_write_fd(int fd, const void *bytes, size_t n, struct diag *d);
/* Create (fail if it is there) with mode, write, close.  On failure after the
 * create the file is removed again. */
int io_create(int dir, const char *name, mode_t mode, const void *bytes, size_t n,
	      struct diag *d);
/* Write under ".NAME.tmp", then rename to name.  flags: IO_*. */
int io_publish(int dir, const char *name, mode_t mode, const void *bytes, size_t n,
	       int flags, struct diag *d);
/* Append to a file that exists, in one write(2) where the kernel allows it. */
int io_append(int dir, const char *name, const void *bytes, size_t n, struct diag *d);

/* Copy in-kernel where possible (reflink, copy_file_range), else by hand.
 * The target is created with mode and must not exist. */
int io_copy(int from_dir, const char *from, int to_dir, const char *to, mode_t mode,
	    struct diag *d);

/* Is there anything of this name, a link not followed?  1; 0: no; -1: that cannot
 * be told now, so nothing may be done that would be wrong if it were there. */
int io_there(int dir, const char *name, struct diag *d);
/* Is this what a disk or a machine in trouble says?  All else is about the name. */
bool io_disk_failed(int err);

/* mkdir that is happy when the directory is there; parents are not made. */
int io_mkdir(int dir, const char *name, mode_t mode, struct diag *d);
/* mkdir -p for a path; mode for the last component, 0777 & ~umask before. */
int io_mkdirs(const char *path, mode_t mode, struct diag *d);
/* open(O_DIRECTORY|O_CLOEXEC|O_NOFOLLOW) or -1. */
int io_opendir(int dir, const char *name, struct diag *d);
/* The same as a stream of its own, read from the start; name "." for dir itself.
 * NULL: *d.  The caller closes it with closedir(3). */
DIR *io_list(int dir, const char *name, struct diag *d);
/* Remove a file or a whole directory tree, symlinks not followed; a name that
 * is not there is success. */
int io_remove_tree(int dir, const char *name, struct diag *d);
int io_sync_dir(int fd, struct diag *d);
/*
 * After a flush that failed: the kernel drops what it could not write and calls
 * the pages clean, so that the next flush says nothing of it, and what is read
 * is what was written, not what the disk holds.  Make it read the files below
 * this directory from the disk again.  As far as that goes; slow. */
void io_forget_tree(int dir);

/* A name that may be a file of ours: not empty, no leading dot, no '/', no
 * control characters, no backslash, at most 255 bytes, valid UTF-8. */
bool io_name_ok(const char *name);

#endif
