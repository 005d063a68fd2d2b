/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "html.h"
#include "progress.h"
#include "readme.h"
#include "site_words.h"
#include "view.h"

static void set_size(struct stat *st, uint64_t size)
{
	st->st_size = (off_t)size;
	/* cp(1) takes a file with fewer blocks than its size for one with holes. */
	st->st_blocks = (blkcnt_t)((size + 511) / 512);
	st->st_blksize = 4096;
}

static void set_times(struct stat *st, int64_t ns)
{
	st->st_mtim = (struct timespec){ ns / 1000000000, ns % 1000000000 };
	st->st_ctim = st->st_atim = st->st_mtim;
}

/* Directories say 1 link: the number of directories in them is not counted. */
static void base(struct view *v, fuse_ino_t ino, struct stat *st)
{
	*st = (struct stat){ .st_ino = ino, .st_mode = tree_mode(tree_kind(ino)), .st_nlink = 1,
			     .st_uid = v->uid, .st_gid = v->gid };
	set_times(st, v->mounted);
}

/* Of a real file only what describes its content; the rest is ours. */
static void take_real(struct stat *st, const struct stat *real)
{
	st->st_size = real->st_size;
	st->st_blocks = real->st_blocks;
	st->st_blksize = real->st_blksize;
	st->st_mtim = real->st_mtim;
	st->st_ctim = real->st_ctim;
	st->st_atim = real->st_atim;
}

/* --- jobs ------------------------------------------------------------------------- */

int attr_need(struct view *v, fuse_ino_t ino, int see, struct job *j)
{
	if (index_need(&v->index, tree_index(ino), tree_gen(ino), see, j) == 0)
		return 0;
	return errno == ENOENT ? ENOENT : EIO;
}

/*
 * Output files and results come without our being told: their attributes are
 * asked for each time.  Everything else of a job is in the job file or in
 * run/why/, which are watched.
 */
static void attr_output(struct view *v, const struct job *j, fuse_ino_t ino, struct stat *st)
{
	struct stat real;

	set_times(st, j->mtime);
	if (pass_stat(v, ino, &real) == 0 &&
	    (real.st_mode & S_IFMT) == (st->st_mode & S_IFMT))
		take_real(st, &real);
}

/* What is on its way is said by the site's document. */
static void attr_status(struct view *v, const struct job *j, struct stat *st, double *timeout)
{
	struct buf text = BUF_INIT;

	if (progress_moves(j)) {
		progress_add(v, j, &text);
		*timeout = VIEW_NOT;
	}
	set_size(st, j->status_len + text.len);
	buf_free(&text);
}

static void attr_accept(struct view *v, fuse_ino_t ino, struct stat *st)
{
	struct buf text = BUF_INIT;

	accept_text(v, ino, &text);
	set_size(st, text.len);
	buf_free(&text);
}

void attr_job(struct view *v, const struct job *j, fuse_ino_t ino, struct stat *st,
	      double *timeout)
{
	base(v, ino, st);
	*timeout = VIEW_LONG;
	st->st_uid = j->owner;
	set_times(st, j->mtime);
	switch (tree_kind(ino)) {
	case TREE_JOB:
		set_times(st, j->time * 1000);
		break;
	case TREE_LINK:
		set_times(st, j->time * 1000);
		st->st_size = (off_t)strlen("../../jobs/") + UUID_LEN;
		break;
	case TREE_REQUEST:
		set_times(st, j->time * 1000);
		set_size(st, j->request_len);
		break;
	case TREE_STATUS:
		attr_status(v, j, st, timeout);
		break;
	case TREE_LOG:
		set_size(st, j->log_len);
		break;
	case TREE_WHY:
		set_times(st, j->why_mtime);
		set_size(st, j->why_len);
		break;
	case TREE_WAIT:
		if (phase_final((enum phase)j->phase))
			set_size(st, strlen(phase_name((enum phase)j->phase)) + 1);
		break;
	case TREE_OFFERS: case TREE_ACCEPTED:
		break;
	case TREE_ACCEPT:
		*timeout = VIEW_NOT;
		attr_accept(v, ino, st);
		break;
	default:
		*timeout = VIEW_NOT;
		attr_output(v, j, ino, st);
	}
}

/* The job has gone on since the name was looked up.  What nobody has open says
 * what the present edition does: that is what is read by whoever opens it now
 * (open_edition in file.c). */
static void attr_old_edition(struct view *v, fuse_ino_t ino, struct stat *st, double *timeout)
{
	struct edition e;

	*timeout = VIEW_NOT;
	if (!edition_find(&v->editions, ino, &e))
		return;
	set_size(st, e.len);
	set_times(st, e.mtime);
}

/* --- directories whose names come and go ----------------------------------------------- */

static int attr_value(struct view *v, fuse_ino_t ino, struct stat *st)
{
	struct values *s = &v->index.by[tree_kind(ino) - TREE_VALUE];
	struct value *value;

	index_rdlock(&v->index);
	value = value_at(s, tree_index(ino), tree_gen(ino));
	if (value) {
		__atomic_store_n(&value->seen, 1, __ATOMIC_RELAXED);
		set_times(st, value->changed);
	}
	index_unlock(&v->index);
	return value ? 0 : ENOENT;
}

static void attr_list(struct view *v, int kind, struct stat *st)
{
	struct index *ix = &v->index;
	bool *seen = kind == TREE_JOBS ? &ix->jobs_seen : &ix->by_seen[kind - TREE_BY];

	index_rdlock(ix);
	__atomic_store_n(seen, true, __ATOMIC_RELAXED);
	set_times(st, kind == TREE_JOBS ? ix->jobs_changed : ix->by_changed[kind - TREE_BY]);
	index_unlock(ix);
}

/* --- sites --------------------------------------------------------------------------------- */

static int attr_site(struct view *v, fuse_req_t req, fuse_ino_t ino, struct stat *st)
{
	const char *name = sites_name(&v->sites, tree_index(ino));
	struct buf text = BUF_INIT;
	struct stat real;

	if (!name || !sites_find(&v->sites, &v->spool, name))
		return ENOENT;
	if (sites_stat(&v->spool, name, &real) < 0)
		return 0;
	st->st_mtim = st->st_ctim = st->st_atim = real.st_mtim;
	if (tree_kind(ino) == TREE_SITE_YAML || tree_kind(ino) == TREE_SITE_LATENCY ||
	    tree_kind(ino) == TREE_SITE_TIMELINE) {
		if (site_words(v, req, ino, &text) == 0)
			set_size(st, text.len);
		buf_free(&text);
	}
	if (tree_kind(ino) == TREE_SITE_LOAD) {
		sites_load(&v->sites, &v->spool, tree_index(ino), &text);
		set_size(st, text.len);
		buf_free(&text);
	}
	return 0;
}

static int attr_dataset(struct view *v, fuse_req_t req, uint64_t top, const char *path, struct stat *st)
{
	struct buf text = BUF_INIT;
	struct who who;
	bool found;

	who_init(&who, v, req);
	if (wants_hidden(v, &who, path))
		return ENOENT;
	attr_site(v, req, top, st);
	found = sites_dataset(&v->sites, &v->spool, tree_index(top), path, &text);
	st->st_mode = S_IFREG | 0444;
	set_size(st, text.len);
	buf_free(&text);
	return found ? 0 : ENOENT;
}

/* --- free names ------------------------------------------------------------------------------ */

static int attr_draft(struct view *v, const char *name, struct stat *st)
{
	struct stat real;
	int err = draft_stat(&v->drafts, name, &real);

	if (err)
		return err;
	st->st_uid = real.st_uid;
	st->st_gid = real.st_gid;
	st->st_mode = real.st_mode;
	take_real(st, &real);
	set_size(st, (uint64_t)real.st_size);
	return 0;
}

/* Results are the owner's to read, whoever brought them home; nobody's to write. */
static int attr_result(struct view *v, uint64_t top, const struct stat *real, struct stat *st)
{
	struct job j;
	int err = attr_need(v, top, 0, &j);

	if (err)
		return err;
	st->st_uid = j.owner;
	st->st_mode = (real->st_mode & S_IFMT) | (real->st_mode & 0110) | 0440;
	if (S_ISDIR(st->st_mode))
		st->st_mode |= 0110;
	if (S_ISLNK(st->st_mode))
		st->st_mode |= 0777;
	return 0;
}

/* Sizes of what is made are right, as it is made for asking. */
static int attr_made(struct view *v, fuse_req_t req, const struct room *room, uint64_t top,
		     const char *path, struct stat *st)
{
	struct buf text = BUF_INIT;
	struct who who;
	int err;

	who_init(&who, v, req);
	err = room->stat(v, &who, top, path, st);
	if (!err && S_ISREG(st->st_mode) && room->text(v, &who, top, path, &text) == 0)
		set_size(st, text.len);
	buf_free(&text);
	return err;
}

static int attr_name(struct view *v, fuse_req_t req, fuse_ino_t ino, struct stat *st)
{
	char path[PATH_MAX];
	struct stat real;
	uint64_t top;
	int err;

	if (!names_path(&v->names, ino, &top, path))
		return ENOENT;
	if (room_of(tree_kind(top)))
		return attr_made(v, req, room_of(tree_kind(top)), top, path, st);
	if (tree_kind(top) == TREE_INBOX)
		return attr_draft(v, path, st);
	if (tree_kind(top) == TREE_SITE_CACHE)
		return attr_dataset(v, req, top, path, st);
	err = pass_stat(v, ino, &real);
	if (err)
		return err;
	take_real(st, &real);
	if (tree_is_job(tree_kind(top)))
		return attr_result(v, top, &real, st);
	st->st_uid = real.st_uid;
	st->st_gid = real.st_gid;
	st->st_mode = real.st_mode & ~(mode_t)0222;
	return 0;
}

/* --- any ------------------------------------------------------------------------------------------ */

static void attr_index(struct view *v, fuse_req_t req, struct stat *st)
{
	struct buf text = BUF_INIT;
	struct who who;

	who_init(&who, v, req);
	html_index(v, &who, &text);
	set_size(st, text.len);
	set_times(st, index_clock());
	buf_free(&text);
}

static int attr_other(struct view *v, fuse_req_t req, fuse_ino_t ino, struct stat *st, double *timeout)
{
	struct stat real;
	struct who who;
	int64_t changed;
	int kind = tree_kind(ino);

	switch (kind) {
	case TREE_README:
		set_size(st, strlen(readme_text));
		/* fall through */
	case TREE_ROOT:
		*timeout = VIEW_LONG;
		return 0;
	case TREE_QUEUE:
		set_times(st, index_clock());
		return 0;
	case TREE_EVENTS:
		who_init(&who, v, req);
		set_size(st, events_size(&v->events, &who, &changed));
		set_times(st, changed);
		return 0;
	case TREE_INDEX:
		attr_index(v, req, st);
		return 0;
	case TREE_INBOX:
		if (fstat(v->spool.inbox, &real) == 0)
			st->st_mtim = st->st_ctim = st->st_atim = real.st_mtim;
		return 0;
	case TREE_METRICS:
		if (pass_stat(v, ino, &real) == 0)
			take_real(st, &real);
		return 0;
	case TREE_REJECTED:
		if (pass_stat(v, ino, &real) == 0)
			st->st_mtim = st->st_ctim = st->st_atim = real.st_mtim;
		return 0;
	case TREE_NAME:
		return attr_name(v, req, ino, st);
	default:
		/* A number that was never given out. */
		return st->st_mode ? 0 : ENOENT;
	}
}

int attr_get(struct view *v, fuse_req_t req, fuse_ino_t ino, struct stat *st, double *timeout)
{
	int kind = tree_kind(ino), err;
	struct job j;

	base(v, ino, st);
	*timeout = VIEW_NOT;
	if (tree_is_job(kind)) {
		err = attr_need(v, ino, kind == TREE_JOB ? JOB_SEEN_ENTRY : JOB_SEEN_FILES, &j);
		if (!err)
			attr_job(v, &j, ino, st, timeout);
		if (!err && tree_has_editions(kind) && tree_turn(ino) != j.edition)
			attr_old_edition(v, ino, st, timeout);
		return err;
	}
	if (tree_is_site(kind))
		return attr_site(v, req, ino, st);
	if (tree_is_value(kind) || tree_is_by(kind) || kind == TREE_JOBS)
		*timeout = VIEW_LONG;
	if (tree_is_value(kind))
		return attr_value(v, ino, st);
	if (tree_is_by(kind) || kind == TREE_JOBS) {
		attr_list(v, kind, st);
		return 0;
	}
	return attr_other(v, req, ino, st, timeout);
}
