/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changes something: inbox/, and rmdir of a job. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ops.h"

#define REASON "user.spool.reason"

/* --- inbox/ ------------------------------------------------------------------------------------ */

/* A handle for a new file in inbox/ or whatif/. */
static int create(struct view *v, const struct author *a, fuse_ino_t parent, const char *name, mode_t mode,
		  struct handle **out)
{
	bool draft = tree_kind(parent) == TREE_INBOX;
	int err;

	if (!draft && tree_kind(parent) != TREE_WHATIF)
		return EPERM;
	*out = handle_new(v, draft ? HANDLE_DRAFT : HANDLE_QUESTION, 0);
	if (!*out)
		return ENOMEM;
	err = draft ? draft_open(&v->drafts, a, name, true, mode, true, &(*out)->draft) :
		      question_open(v, a, name, true, true, &(*out)->question);
	if (err) {
		handle_close(v, *out);
		*out = NULL;
	}
	return err;
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	struct view *v = view_of(req);
	struct author a = author_of(req);
	struct handle *h = NULL;
	struct fuse_entry_param e;
	int err = create(v, &a, parent, name, mode, &h);

	if (!err)
		err = look_up(v, req, parent, name, &e);
	if (err) {
		handle_close(v, h);
		fuse_reply_err(req, err);
		return;
	}
	h->ino = e.ino;
	if (h->is == HANDLE_DRAFT)
		draft_opened(h->draft, e.ino);
	fi->fh = (uintptr_t)h;
	fi->direct_io = 1;
	if (fuse_reply_create(req, &e, fi) < 0) {
		handle_close(v, h);
		names_forget(&v->names, e.ino, 1);
	}
}

void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct view *v = view_of(req);
	struct author a = author_of(req);
	int err = EPERM;

	if (tree_kind(parent) == TREE_INBOX)
		err = draft_unlink(&v->drafts, name);
	else if (tree_kind(parent) == TREE_WHATIF)
		err = question_remove(v, &a, name);

	if (!err)
		names_drop(&v->names, parent, name);
	fuse_reply_err(req, err);
}

/* mv jobs/ID/offers/2.yaml jobs/ID/accepted/ */
static void rename_offer(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
			 const char *newname)
{
	struct view *v = view_of(req);
	struct author a = author_of(req);
	int err = EPERM;

	if (newparent == tree_sibling(parent, TREE_ACCEPTED) && !strcmp(name, newname))
		err = accept_file(v, &a, parent, name);
	if (!err)
		names_drop(&v->names, parent, name);
	fuse_reply_err(req, err);
}

/* EXDEV makes mv(1) copy, which is what it takes to bring something into inbox/. */
void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
		      const char *newname, unsigned int flags)
{
	struct view *v = view_of(req);
	struct author a = author_of(req);
	int err = tree_kind(newparent) == TREE_INBOX || tree_kind(newparent) == TREE_WHATIF ? EXDEV : EPERM;

	if (tree_kind(parent) == TREE_OFFERS) {
		rename_offer(req, parent, name, newparent, newname);
		return;
	}
	if (parent == newparent && tree_kind(parent) == TREE_INBOX)
		err = draft_rename(&v->drafts, &a, name, newname, flags);
	if (!err)
		names_move(&v->names, parent, name, newname);
	fuse_reply_err(req, err);
}

void op_refuse_make(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)parent, (void)name, (void)mode;
	fuse_reply_err(req, EPERM);
}

void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	(void)parent, (void)name, (void)mode, (void)rdev;
	fuse_reply_err(req, EPERM);
}

void op_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name)
{
	(void)link, (void)parent, (void)name;
	fuse_reply_err(req, EPERM);
}

void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent, const char *newname)
{
	(void)ino, (void)newparent, (void)newname;
	fuse_reply_err(req, EPERM);
}

/* --- rmdir jobs/ID ------------------------------------------------------------------------------- */

static int cancel(struct view *v, const struct author *a, const char *id)
{
	char name[64], text[96];

	snprintf(name, sizeof name, "cancel-%s.yaml", id);
	snprintf(text, sizeof text, "{command: cancel, job: %s}\n", id);
	return submit_publish(&v->spool, v->root, a, name, text, strlen(text), false);
}

/* A task that is not made: look_up() made its number, which is not for the kernel. */
static int cancel_task(struct view *v, const struct author *a, const struct fuse_entry_param *e, const char *name)
{
	char file[80], text[112];

	names_forget(&v->names, e->ino, 1);
	if ((a->uid != e->attr.st_uid && a->uid != 0) || (!v->root && a->uid != geteuid()))
		return EACCES;
	snprintf(file, sizeof file, "cancel-%s.yaml", name);
	snprintf(text, sizeof text, "{command: cancel, job: %.36s, index: %s}\n", name, name + UUID_LEN + 1);
	return submit_publish(&v->spool, v->root, a, file, text, strlen(text), false);
}

/* As in cgroupfs: the directory goes when what it stands for goes, which here
 * takes as long as it takes.  The kernel takes it for gone at once, though. */
static int remove_job(fuse_req_t req, const char *id)
{
	struct view *v = view_of(req);
	struct author a = author_of(req);
	struct fuse_entry_param e;
	struct job j = { .phase = PHASE_PENDING };
	int err = look_up(v, req, TREE_JOBS, id, &e);

	if (!err && tree_kind(e.ino) == TREE_NAME)
		return cancel_task(v, &a, &e, id);
	if (!err)
		err = attr_need(v, e.ino, 0, &j);
	if (!err && a.uid != j.owner && a.uid != 0)
		err = EACCES;
	if (!err && !v->root && a.uid != geteuid())
		err = EACCES;
	if (!err && phase_final((enum phase)j.phase))
		err = EPERM;
	if (!err)
		err = cancel(v, &a, id);
	if (err)
		return err;
	index_wrlock(&v->index);
	if (index_job(&v->index, tree_index(e.ino), tree_gen(e.ino)))
		index_turn(&v->index, tree_index(e.ino));
	index_unlock(&v->index);
	return 0;
}

void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, tree_kind(parent) == TREE_JOBS ? remove_job(req, name) : EPERM);
}

/* --- extended attributes -------------------------------------------------------------------------- */

/* The job's inode of anything about its offers; 0: it is not about them. */
static fuse_ino_t about_offers(struct view *v, fuse_ino_t ino)
{
	char path[PATH_MAX];
	uint64_t top = ino;

	if (tree_kind(ino) == TREE_NAME && !names_path(&v->names, ino, &top, path))
		return 0;
	return tree_kind(top) >= TREE_OFFERS && tree_kind(top) <= TREE_ACCEPT ? top : 0;
}

static void trim(struct buf *b)
{
	while (b->len && b->s[b->len - 1] == '\n')
		b->s[--b->len] = '\0';
}

/* Why a drop was refused; of a job: why it waits, or how it ended; of offers: how
 * the last one asked for was answered. */
static bool reason(struct view *v, uid_t uid, fuse_ino_t ino, struct buf *out)
{
	struct facts f = FACTS_INIT;
	char name[PATH_MAX];
	struct job j;
	bool found = false;

	if (inbox_name(v, ino, name))
		return draft_reason(&v->drafts, name, out);
	if (whatif_name(v, ino, name)) {
		found = question_reason(v, uid, name, out);
		trim(out);
		return found;
	}
	if (about_offers(v, ino)) {
		found = accept_text(v, about_offers(v, ino), out);
		trim(out);
		return found;
	}
	if (tree_kind(ino) != TREE_JOB || attr_need(v, ino, 0, &j))
		return false;
	if (j.archived ? archives_facts(v, &j.id, &f) == 0 :
	    facts_load(&f, &v->spool, &j.id, (enum phase)j.phase, true, NULL) == 0) {
		buf_add(out, facts_why(&f)->s, facts_why(&f)->len);
		trim(out);
		found = true;
	}
	facts_free(&f);
	return found;
}

static void reply_xattr(fuse_req_t req, const char *s, size_t len, size_t size)
{
	if (!size)
		fuse_reply_xattr(req, len);
	else if (len > size)
		fuse_reply_err(req, ERANGE);
	else
		fuse_reply_buf(req, s, len);
}

/* "Not supported" for all else: ls(1) remembers that, and does not ask again
 * for each file. */
void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct buf b = BUF_INIT;

	if (strcmp(name, REASON))
		fuse_reply_err(req, EOPNOTSUPP);
	else if (!reason(view_of(req), fuse_req_ctx(req)->uid, ino, &b))
		fuse_reply_err(req, ENODATA);
	else
		reply_xattr(req, b.s, b.len, size);
	buf_free(&b);
}

void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct buf b = BUF_INIT;
	bool has = reason(view_of(req), fuse_req_ctx(req)->uid, ino, &b);

	reply_xattr(req, REASON, has ? sizeof REASON : 0, size);
	buf_free(&b);
}
