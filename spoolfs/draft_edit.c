/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The content of a draft. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "draft_part.h"
#include "request.h"

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

static int resize(struct drafts *ds, struct draft *d, size_t size)
{
	size_t old = d->text.len;

	if (size == old)
		return 0;
	if (size > REQUEST_MAX_BYTES) {
		d->too_large = true;
		d->version++;
		return EFBIG;
	}
	if (size > old && !draft_within_limits(ds, d->author.uid, size - old, 0))
		return EDQUOT;
	if (size > old) {
		if (!buf_reserve(&d->text, size - old))
			return ENOMEM;
		memset(d->text.s + old, 0, size - old);
	}
	d->text.len = size;
	d->text.s[size] = '\0';
	d->version++;
	return 0;
}

int draft_write(struct drafts *ds, struct draft *d, const void *bytes, size_t n, off_t off)
{
	size_t end = (size_t)off + n;
	int err = 0;

	if (!n)
		return 0;
	pthread_mutex_lock(&ds->lock);
	if (end > d->text.len)
		err = resize(ds, d, end);
	if (!err) {
		memcpy(d->text.s + off, bytes, n);
		d->version++;
		draft_touch(d);
	}
	pthread_mutex_unlock(&ds->lock);
	return err;
}

int draft_read(struct drafts *ds, struct draft *d, size_t n, off_t off, struct buf *out)
{
	pthread_mutex_lock(&ds->lock);
	if ((size_t)off < d->text.len) {
		if (n > d->text.len - (size_t)off)
			n = d->text.len - (size_t)off;
		buf_add(out, d->text.s + off, n);
	}
	pthread_mutex_unlock(&ds->lock);
	return out->failed ? ENOMEM : 0;
}

static void set_mtime(struct draft *d, const struct stat *st, int to_set)
{
	if (to_set & FUSE_SET_ATTR_MTIME_NOW)
		draft_touch(d);
	else if (to_set & FUSE_SET_ATTR_MTIME)
		d->mtime = st->st_mtim;
}

static int set_draft(struct drafts *ds, struct draft *d, const struct stat *st, int to_set)
{
	if (to_set & FUSE_SET_ATTR_MODE)
		d->mode = st->st_mode & 07777;
	if (to_set & FUSE_SET_ATTR_UID && ds->root)
		d->author.uid = st->st_uid;
	if (to_set & FUSE_SET_ATTR_GID && ds->root)
		d->author.gid = st->st_gid;
	set_mtime(d, st, to_set);
	return to_set & FUSE_SET_ATTR_SIZE ? resize(ds, d, (size_t)st->st_size) : 0;
}

static int set_real(struct drafts *ds, const char *name, const struct stat *st, int to_set)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT } };

	if (to_set & FUSE_SET_ATTR_SIZE)
		return EPERM;
	if (to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID) &&
	    fchownat(ds->spool->inbox, name, to_set & FUSE_SET_ATTR_UID ? st->st_uid : (uid_t)-1,
		     to_set & FUSE_SET_ATTR_GID ? st->st_gid : (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	if (to_set & FUSE_SET_ATTR_MTIME_NOW)
		times[1].tv_nsec = UTIME_NOW;
	else if (to_set & FUSE_SET_ATTR_MTIME)
		times[1] = st->st_mtim;
	if (times[1].tv_nsec != UTIME_OMIT &&
	    utimensat(ds->spool->inbox, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	return 0;
}

int draft_setattr(struct drafts *ds, const char *name, struct draft *open, const struct stat *st,
		  int to_set)
{
	struct draft *d;
	int err;

	pthread_mutex_lock(&ds->lock);
	d = open ? open : draft_shown(ds, name);
	err = d ? set_draft(ds, d, st, to_set) : set_real(ds, name, st, to_set);
	pthread_mutex_unlock(&ds->lock);
	return err;
}
