/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of io.h that copies. */
#include "io_part.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 16, COPY_CHUNK = 16 << 20 };

/*
 * A flush of the file system, by whomever, waits for all that was written to
 * it: of what we copy no more than two chunks.  Only a wish, so errors are left
 * to the flush.
 */
static void write_out(int fd, off_t end)
{
	const unsigned wait = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
			      SYNC_FILE_RANGE_WAIT_AFTER;

	if (end < COPY_CHUNK)
		return;
	(void)!sync_file_range(fd, end - COPY_CHUNK, COPY_CHUNK, SYNC_FILE_RANGE_WRITE);
	if (end >= 2 * (off_t)COPY_CHUNK)
		(void)!sync_file_range(fd, 0, end - COPY_CHUNK, wait);
}

/* Both descriptors keep their offsets, so each way goes on where the one before stopped. */
static int copy_bytes(int in, int out, const char *from, const char *to, struct diag *d)
{
	char chunk[CHUNK];
	off_t done = 0;
	ssize_t got;

	if (!ioctl(out, FICLONE, in))
		return 0;
	do {
		got = copy_file_range(in, NULL, out, NULL, COPY_CHUNK, 0);
		if (got > 0)
			write_out(out, done += got);
	} while (got > 0 || (got < 0 && errno == EINTR));
	/* Whatever stopped it: if it was real, doing it by hand will say so. */
	while ((got = io_read_once(in, chunk, sizeof chunk)) > 0)
		if (io_write_all(out, to, chunk, (size_t)got, d))
			return -1;
	return got < 0 ? diag_errno(d, "cannot read %s", from) : 0;
}

int io_copy(int from_dir, const char *from, int to_dir, const char *to, mode_t mode,
	    struct diag *d)
{
	struct stat st;
	int in, out, rc;

	in = io_open_regular(from_dir, from, O_RDONLY, &st, d);
	if (in < 0)
		return -1;
	out = io_open_new(to_dir, to, mode, 0, d);
	if (out < 0) {
		io_close_quietly(in);
		return -1;
	}
	rc = copy_bytes(in, out, from, to, d);
	io_close_quietly(in);
	return io_end_new(to_dir, out, to, rc, d);
}
