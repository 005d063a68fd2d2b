/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The handlers: look up, act, put, return. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "ops.h"

struct view *view_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

struct author author_of(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return (struct author){ ctx->uid, ctx->gid, ctx->pid };
}

static bool name_in(struct view *v, int kind, fuse_ino_t ino, char path[PATH_MAX])
{
	uint64_t top;

	return tree_kind(ino) == TREE_NAME && names_path(&v->names, ino, &top, path) &&
	       tree_kind(top) == kind;
}

bool inbox_name(struct view *v, fuse_ino_t ino, char path[PATH_MAX])
{
	return name_in(v, TREE_INBOX, ino, path);
}

static bool reservation_name(struct view *v, fuse_ino_t ino, char path[PATH_MAX])
{
	return name_in(v, TREE_RESERVATIONS, ino, path);
}

bool whatif_name(struct view *v, fuse_ino_t ino, char path[PATH_MAX])
{
	return name_in(v, TREE_WHATIF, ino, path);
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	static const unsigned want = FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO |
		FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_CACHE_SYMLINKS |
		FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_ASYNC_READ;

	(void)userdata;
	conn->want |= want & conn->capable;
	/* A draft has to be whole before its close(2) is asked about. */
	conn->want &= ~(unsigned)FUSE_CAP_WRITEBACK_CACHE;
}

/* --- names and attributes -------------------------------------------------------------- */

/* The kernel did not take the entry: then it will not forget it either. */
static void reply_entry(struct view *v, fuse_req_t req, const struct fuse_entry_param *e)
{
	if (fuse_reply_entry(req, e) < 0 && tree_kind(e->ino) == TREE_NAME)
		names_forget(&v->names, e->ino, 1);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e;
	int err = look_up(view_of(req), req, parent, name, &e);

	if (err)
		fuse_reply_err(req, err);
	else
		reply_entry(view_of(req), req, &e);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	if (tree_kind(ino) == TREE_NAME)
		names_forget(&view_of(req)->names, ino, nlookup);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *f)
{
	for (size_t i = 0; i < count; i++)
		if (tree_kind(f[i].ino) == TREE_NAME)
			names_forget(&view_of(req)->names, f[i].ino, f[i].nlookup);
	fuse_reply_none(req);
}

/* A draft that is open answers for itself, also when its name has gone. */
static void draft_attr(struct view *v, fuse_ino_t ino, struct draft *d, struct stat *st)
{
	draft_fstat(&v->drafts, d, st);
	st->st_ino = ino;
	st->st_blocks = (st->st_size + 511) / 512;
	st->st_blksize = 4096;
}

struct handle *handle_of(const struct fuse_file_info *fi)
{
	/* The only place that libfuse has for it is a number. */
	return fi ? (struct handle *)(uintptr_t)fi->fh : NULL;	/* NOLINT(performance-no-int-to-ptr) */
}

struct question *question_of(const struct fuse_file_info *fi)
{
	struct handle *h = handle_of(fi);

	return h && h->is == HANDLE_QUESTION ? h->question : NULL;
}

struct draft *draft_of(fuse_ino_t ino, const struct fuse_file_info *fi)
{
	struct handle *h = tree_kind(ino) == TREE_NAME ? handle_of(fi) : NULL;

	return h && h->is == HANDLE_DRAFT ? h->draft : NULL;
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct draft *d = draft_of(ino, fi);
	double timeout = VIEW_NOT;
	struct stat st;
	int err = 0;

	if (d)
		draft_attr(view_of(req), ino, d, &st);
	else
		err = attr_get(view_of(req), req, ino, &st, &timeout);
	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_attr(req, &st, timeout);
}

/* Its size; all else of a question is as it is. */
static void set_question(fuse_req_t req, fuse_ino_t ino, const char *name, const struct stat *st,
			 int to_set, struct fuse_file_info *fi)
{
	struct view *v = view_of(req);
	struct author a = author_of(req);
	struct question *q = NULL;
	int err = to_set & FUSE_SET_ATTR_SIZE ? question_open(v, &a, name, false, false, &q) : 0;

	if (q) {
		err = question_resize(v, q, (size_t)st->st_size);
		question_close(v, q);
	}
	if (err)
		fuse_reply_err(req, err);
	else
		op_getattr(req, ino, fi);
}

/* touch -d WHEN reservations/ID */
static void renew(fuse_req_t req, fuse_ino_t ino, const char *id, const struct stat *st, int to_set,
		  struct fuse_file_info *fi)
{
	struct author a = author_of(req);
	struct timespec when = st->st_mtim;
	int err;

	if (to_set & FUSE_SET_ATTR_MTIME_NOW)
		clock_gettime(CLOCK_REALTIME, &when);
	err = reservation_renew(view_of(req), &a, id, &when);
	if (err)
		fuse_reply_err(req, err);
	else
		op_getattr(req, ino, fi);
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int to_set,
		       struct fuse_file_info *fi)
{
	struct view *v = view_of(req);
	struct draft *d = draft_of(ino, fi);
	char name[PATH_MAX] = "";
	int err;

	/* rsync -a wants it to be as the directory it copies from; and what is written
	 * to `accept` needs no room made for it. */
	if (tree_kind(ino) == TREE_INBOX || (tree_kind(ino) == TREE_ACCEPT && to_set == FUSE_SET_ATTR_SIZE)) {
		op_getattr(req, ino, fi);
		return;
	}
	if (whatif_name(v, ino, name)) {
		set_question(req, ino, name, st, to_set, fi);
		return;
	}
	if (to_set & FUSE_SET_ATTR_MTIME && reservation_name(v, ino, name)) {
		renew(req, ino, name, st, to_set, fi);
		return;
	}
	if (!d && !inbox_name(v, ino, name)) {
		fuse_reply_err(req, EPERM);
		return;
	}
	err = draft_setattr(&v->drafts, name, d, st, to_set);
	if (err)
		fuse_reply_err(req, err);
	else
		op_getattr(req, ino, fi);
}

/* A link that is made; -1: it is none of these. */
static int made_link(fuse_req_t req, fuse_ino_t ino, char *text, size_t size)
{
	struct view *v = view_of(req);
	struct buf b = BUF_INIT;
	char path[PATH_MAX];
	struct who who;
	uint64_t top;
	int err;

	if (tree_kind(ino) != TREE_NAME || !names_path(&v->names, ino, &top, path) ||
	    !room_of(tree_kind(top)))
		return -1;
	who_init(&who, v, req);
	err = room_of(tree_kind(top))->text(v, &who, top, path, &b);
	snprintf(text, size, "%s", b.s);
	buf_free(&b);
	return err;
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	char text[PATH_MAX] = "../../jobs/";
	struct job j;
	int err = made_link(req, ino, text, sizeof text);

	if (err >= 0) {
		;
	} else if (tree_kind(ino) == TREE_LINK) {
		err = attr_need(view_of(req), ino, 0, &j);
		if (!err)
			uuid_format(&j.id, text + strlen(text));
	} else {
		err = pass_readlink(view_of(req), ino, text, sizeof text);
	}
	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_readlink(req, text);
}

/* --- directories ------------------------------------------------------------------------- */

/*
 * The kernel is not asked to keep the list: filling jobs/ with 100,000 entries
 * takes us no longer than taking them from its cache does, and who lists first
 * and stats afterwards would find names without inodes.
 */
static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct handle *h = handle_new(view_of(req), HANDLE_DIR, ino);

	if (h)
		h->dir = dir_open(ino);
	if (!h || !h->dir) {
		handle_close(view_of(req), h);
		fuse_reply_err(req, ENOMEM);
		return;
	}
	fi->fh = (uintptr_t)h;
	if (fuse_reply_open(req, fi) < 0)
		handle_close(view_of(req), h);
}

static void read_dir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		     struct fuse_file_info *fi, bool plus)
{
	char *buf = malloc(size);
	ssize_t n = buf ? dir_read(view_of(req), req, handle_of(fi)->dir, ino, buf, size, off,
				   plus) : -ENOMEM;

	if (n < 0)
		fuse_reply_err(req, (int)-n);
	else
		fuse_reply_buf(req, buf, (size_t)n);
	free(buf);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	read_dir(req, ino, size, off, fi, false);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
			   struct fuse_file_info *fi)
{
	read_dir(req, ino, size, off, fi, true);
}

static void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	handle_close(view_of(req), handle_of(fi));
	fuse_reply_err(req, 0);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs st;

	(void)ino;
	if (fstatvfs(view_of(req)->spool.root, &st) < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_statfs(req, &st);
}

const struct fuse_lowlevel_ops view_ops = {
	.init = op_init,
	.lookup = op_lookup, .forget = op_forget, .forget_multi = op_forget_multi,
	.getattr = op_getattr, .setattr = op_setattr, .readlink = op_readlink,
	.opendir = op_opendir, .readdir = op_readdir, .readdirplus = op_readdirplus,
	.releasedir = op_releasedir,
	.open = op_open, .read = op_read, .write = op_write, .flush = op_flush, .fsync = op_fsync,
	.release = op_release, .poll = op_poll,
	.create = op_create, .unlink = op_unlink, .rename = op_rename, .rmdir = op_rmdir,
	.mkdir = op_refuse_make, .mknod = op_mknod, .symlink = op_symlink, .link = op_link,
	.getxattr = op_getxattr, .listxattr = op_listxattr, .statfs = op_statfs,
};
