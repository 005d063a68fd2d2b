/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open files: the handlers between open(2) and close(2). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include "ops.h"

static void reply_open(fuse_req_t req, fuse_ino_t ino, struct handle *h, struct fuse_file_info *fi)
{
	fi->fh = (uintptr_t)h;
	if (h && h->is == HANDLE_DRAFT) {
		/* Sizes and contents change under several writers: no page of it is kept. */
		fi->direct_io = 1;
		if ((fi->flags & O_ACCMODE) != O_RDONLY)
			draft_opened(h->draft, ino);
		else
			fi->noflush = 1;
	}
	if (fuse_reply_open(req, fi) < 0)
		handle_close(view_of(req), h);
}

static int open_inbox(fuse_req_t req, fuse_ino_t ino, const char *name, struct fuse_file_info *fi,
		      struct handle **out)
{
	struct drafts *ds = &view_of(req)->drafts;
	struct author a = author_of(req);
	struct handle *h = handle_new(view_of(req), HANDLE_DRAFT, ino);
	int err = h ? 0 : ENOMEM, fd;

	if (!err && (fi->flags & O_ACCMODE) != O_RDONLY) {
		err = draft_open(ds, &a, name, false, 0, fi->flags & O_TRUNC, &h->draft);
	} else if (!err) {
		err = draft_open_read(ds, name, &h->draft, &fd);
		if (!err && !h->draft) {
			h->is = HANDLE_FILE;
			err = file_open_fd(fd, &h->file);
		}
	}
	if (err) {
		handle_close(view_of(req), h);
		h = NULL;
	}
	*out = h;
	return err;
}

static int open_question(fuse_req_t req, fuse_ino_t ino, const char *name, struct fuse_file_info *fi,
			 struct handle **out)
{
	struct view *v = view_of(req);
	struct author a = author_of(req);
	int err;

	*out = handle_new(v, HANDLE_QUESTION, ino);
	err = *out ? question_open(v, &a, name, false, fi->flags & O_TRUNC, &(*out)->question) : ENOMEM;
	fi->direct_io = 1;
	if (err) {
		handle_close(v, *out);
		*out = NULL;
	}
	return err;
}

/* Most files need no state: then there is no handle either. */
static int open_file(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		     struct handle **out)
{
	struct file *f = NULL;
	int err;

	*out = NULL;
	if (tree_kind(ino) != TREE_ACCEPT && ((fi->flags & O_ACCMODE) != O_RDONLY || fi->flags & O_TRUNC))
		return EACCES;
	err = file_open(view_of(req), req, ino, fi, &f);
	if (err || !f)
		return err;
	*out = handle_new(view_of(req), HANDLE_FILE, ino);
	if (!*out) {
		file_close(view_of(req), ino, f);
		return ENOMEM;
	}
	(*out)->file = f;
	return 0;
}

static void open_wait(fuse_req_t req, struct fuse_file_info *fi)
{
	if ((fi->flags & O_ACCMODE) != O_RDONLY) {
		fuse_reply_err(req, EACCES);
		return;
	}
	fi->fh = wait_open(view_of(req));
	fi->direct_io = fi->noflush = 1;
	fuse_reply_open(req, fi);
}

static int open_events(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct handle **out)
{
	struct view *v = view_of(req);

	if ((fi->flags & O_ACCMODE) != O_RDONLY)
		return EACCES;
	*out = handle_new(v, HANDLE_EVENTS, ino);
	if (*out)
		(*out)->events = calloc(1, sizeof *(*out)->events);
	if (!*out || !(*out)->events) {
		handle_close(v, *out);
		return ENOMEM;
	}
	fi->direct_io = fi->noflush = 1;
	return 0;
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	char name[PATH_MAX];
	struct handle *h;
	int err;

	if (tree_kind(ino) == TREE_WAIT) {
		open_wait(req, fi);
		return;
	}
	if (inbox_name(view_of(req), ino, name))
		err = open_inbox(req, ino, name, fi, &h);
	else if (tree_kind(ino) == TREE_EVENTS)
		err = open_events(req, ino, fi, &h);
	else if ((fi->flags & O_ACCMODE) != O_RDONLY && whatif_name(view_of(req), ino, name))
		err = open_question(req, ino, name, fi, &h);
	else
		err = open_file(req, ino, fi, &h);
	if (err)
		fuse_reply_err(req, err);
	else
		reply_open(req, ino, h, fi);
}

static void read_draft(fuse_req_t req, struct draft *d, size_t size, off_t off)
{
	struct buf b = BUF_INIT;
	int err = draft_read(&view_of(req)->drafts, d, size, off, &b);

	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_buf(req, b.s, b.len);
	buf_free(&b);
}

static void read_question(fuse_req_t req, struct question *q, size_t size, off_t off)
{
	struct buf b = BUF_INIT;

	question_read(view_of(req), q, size, off, &b);
	fuse_reply_buf(req, b.s, b.len);
	buf_free(&b);
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	struct handle *h = handle_of(fi);
	struct draft *d = draft_of(ino, fi);

	if (tree_kind(ino) == TREE_WAIT)
		wait_read(view_of(req), req, ino, size, off);
	else if (d)
		read_draft(req, d, size, off);
	else if (tree_kind(ino) == TREE_EVENTS)
		events_read(view_of(req), req, h->events, size, off, !(fi->flags & O_NONBLOCK));
	else if (question_of(fi))
		read_question(req, question_of(fi), size, off);
	else
		file_read(view_of(req), req, ino, h ? h->file : NULL, size, off);
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	struct draft *d = draft_of(ino, fi);
	struct author a = author_of(req);
	int err = EBADF;

	if (tree_kind(ino) == TREE_ACCEPT)
		err = accept_words(view_of(req), &a, ino, bytes, size);
	else if (question_of(fi))
		err = question_write(view_of(req), question_of(fi), bytes, size, off);
	else if (d)
		err = draft_write(&view_of(req)->drafts, d, bytes, size, off);

	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_write(req, size);
}

void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct author a = author_of(req);
	struct draft *d = draft_of(ino, fi);

	int err = 0;

	if (tree_kind(ino) == TREE_WAIT)
		;
	else if (d)
		err = draft_flush(&view_of(req)->drafts, d, &a);
	else if (question_of(fi))
		err = question_flush(view_of(req), question_of(fi));
	fuse_reply_err(req, err);
}

void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	struct draft *d = draft_of(ino, fi);

	(void)datasync;
	fuse_reply_err(req, d ? draft_sync(&view_of(req)->drafts, d) : 0);
}

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	if (tree_kind(ino) == TREE_WAIT)
		wait_release(view_of(req), fi->fh);
	else
		handle_close(view_of(req), handle_of(fi));
	fuse_reply_err(req, 0);
}

void op_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		    struct fuse_pollhandle *ph)
{
	if (tree_kind(ino) == TREE_WAIT) {
		wait_poll(view_of(req), req, ino, fi->fh, ph);
		return;
	}
	if (tree_kind(ino) == TREE_EVENTS) {
		events_poll(view_of(req), req, handle_of(fi)->events, ph);
		return;
	}
	/* Everything else can be read at once, as a regular file can. */
	if (ph)
		fuse_pollhandle_destroy(ph);
	fuse_reply_poll(req, POLLIN | POLLOUT);
}
