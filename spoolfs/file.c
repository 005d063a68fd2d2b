/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files for reading.  Three ways, by how the content changes:
 *
 * - what never changes, and all of a job that has ended, is left in the
 *   kernel's page cache; a read needs no open file, only the inode;
 * - text that changes as a whole (status, why, the tables) is made when it is
 *   opened, and that reader gets this one, whole, whatever happens meanwhile;
 *   of status and why each is an inode of its own, which the kernel keeps too;
 * - what grows (log, output) is read as it is at each read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "html.h"
#include "loop.h"
#include "progress.h"
#include "queue.h"
#include "readme.h"
#include "site_words.h"
#include "view.h"

enum { METRICS_MAX = 16 << 20, SHORT_READ = 1 << 16 };

struct file {
	int fd;			/* -1: not of a real file */
	bool edition;		/* counted in the view's editions */
	int64_t size;		/* of an edition without text: the job file's, ... */
	enum phase phase;	/* ... and where it lay */
	struct buf text;
	struct queue *queue;
};

static struct file *new_file(void)
{
	struct file *f = malloc(sizeof(*f));

	if (f)
		*f = (struct file){ .fd = -1, .text = BUF_INIT };
	return f;
}

void file_close(struct view *v, fuse_ino_t ino, struct file *f)
{
	if (!f)
		return;
	if (f->edition)
		edition_close(&v->editions, ino);
	if (f->fd >= 0)
		close(f->fd);
	buf_free(&f->text);
	queue_close(f->queue);
	free(f);
}

int file_open_fd(int fd, struct file **out)
{
	*out = new_file();
	if (*out)
		(*out)->fd = fd;
	else
		close(fd);
	return *out ? 0 : ENOMEM;
}

/* --- the text of a job's file -------------------------------------------------------- */

static const struct buf *pick(const struct facts *f, int kind)
{
	return kind == TREE_STATUS ? &f->status : kind == TREE_LOG ? &f->story.log : facts_why(f);
}

/* Read the file of a job that a copy was made of.  0 or an errno. */
static int load(struct view *v, const struct job *j, int kind, struct facts *f)
{
	if (j->archived)
		return archives_facts(v, &j->id, f);
	if (facts_load(f, &v->spool, &j->id, (enum phase)j->phase, kind == TREE_WHY, NULL) == 0)
		return 0;
	return errno == ENOENT ? ENOENT : EIO;
}

/* Append the text of request.yaml, status, log or why: the present one, or of
 * a handle that says so an earlier one.  0 or an errno. */
static int job_text(struct view *v, fuse_ino_t ino, const struct file *file, struct buf *out)
{
	struct facts f = FACTS_INIT;
	int kind = tree_kind(ino);
	struct job j;
	int err = attr_need(v, ino, 0, &j);

	if (!err && file && file->edition && !j.archived)
		err = facts_recall(&f, &v->spool, &j.id, file->phase, file->size, NULL) < 0 ? EIO : 0;
	else if (!err)
		err = load(v, &j, kind, &f);
	if (!err && kind == TREE_REQUEST)
		buf_add(out, f.story.state.body, f.story.state.body_len);
	else if (!err)
		buf_add(out, pick(&f, kind)->s, pick(&f, kind)->len);
	if (!err && kind == TREE_STATUS && !file)
		index_eta(&v->index, tree_index(ino), tree_gen(ino), out);
	facts_free(&f);
	return err ? err : out->failed ? ENOMEM : 0;
}

/* --- open ---------------------------------------------------------------------------------- */

/* Is this what the kernel was told the attributes of?  Else it changed since
 * the name was looked up, or the file is newer than what we have heard of. */
static bool as_told(const struct facts *f, const struct job *j, fuse_ino_t ino)
{
	bool shared = f->shared.text.len && f->shared.mtime > f->mtime;
	int kind = tree_kind(ino);

	if (tree_turn(ino) != j->edition)
		return false;
	if (f->story.phase != (enum phase)j->phase || f->mtime != j->mtime || f->size != j->size)
		return false;
	return kind != TREE_WHY || ((shared ? f->shared.mtime : f->mtime) == j->why_mtime &&
				    facts_why(f)->len == j->why_len);
}

/* Has the job not gone on to another edition? */
static bool is_present(struct view *v, fuse_ino_t ino)
{
	struct job j;

	return attr_need(v, ino, 0, &j) == 0 && tree_turn(ino) == j.edition;
}

/* The present edition, for the kernel to keep if it is this inode's; else for
 * this reader alone. */
static int open_edition(struct view *v, fuse_ino_t ino, const struct job *j,
			struct fuse_file_info *fi, struct file *file)
{
	struct facts f = FACTS_INIT;
	int kind = tree_kind(ino), err;

	err = load(v, j, kind, &f);
	if (!err) {
		bool told = as_told(&f, j, ino);

		buf_add(&file->text, pick(&f, kind)->s, pick(&f, kind)->len);
		if (kind == TREE_STATUS)
			index_eta(&v->index, tree_index(ino), tree_gen(ino), &file->text);
		told &= kind != TREE_STATUS || file->text.len == j->status_len;
		file->edition = edition_open(&v->editions, ino, (uint32_t)file->text.len,
					     kind == TREE_WHY ? j->why_mtime : j->mtime, told);
		/* From here on the size of this inode stays; was it right before? */
		fi->keep_cache = file->edition && told && is_present(v, ino);
		fi->direct_io = !fi->keep_cache;
	}
	facts_free(&f);
	return err ? err : file->text.failed ? ENOMEM : 0;
}

/* Of a job that has ended: most likely the kernel has it, and nothing is read.
 * Should it begin again meanwhile, this is remembered as it was; if it has by
 * now, the kernel may have been told of the next one's size. */
static int open_last_edition(struct view *v, fuse_ino_t ino, const struct job *j,
			     struct fuse_file_info *fi, struct file *file)
{
	bool why = tree_kind(ino) == TREE_WHY;

	file->size = j->size;
	file->phase = (enum phase)j->phase;
	file->edition = edition_open(&v->editions, ino, why ? j->why_len : j->status_len,
				     why ? j->why_mtime : j->mtime, true);
	fi->keep_cache = is_present(v, ino);
	fi->direct_io = !fi->keep_cache;
	return file->edition ? 0 : ENOMEM;
}

static int open_output(struct view *v, fuse_ino_t ino, const struct job *j,
		       struct fuse_file_info *fi, struct file *f)
{
	int err = pass_open(v, ino, O_RDONLY, &f->fd);

	/* Kept by the kernel as long as size and time stay what they were. */
	if (phase_final((enum phase)j->phase) && !err)
		fi->keep_cache = 1;
	else
		fi->direct_io = 1;
	return err == ENOENT ? 0 : err;
}

static int open_with_state(struct view *v, fuse_ino_t ino, const struct job *j,
			   struct fuse_file_info *fi, struct file *f)
{
	int kind = tree_kind(ino);

	if (kind == TREE_STDOUT || kind == TREE_STDERR)
		return open_output(v, ino, j, fi, f);
	if (kind == TREE_ACCEPT) {
		fi->direct_io = 1;
		accept_text(v, ino, &f->text);
		return f->text.failed ? ENOMEM : 0;
	}
	if (kind == TREE_STATUS && progress_moves(j)) {
		fi->direct_io = 1;
		if (job_text(v, ino, NULL, &f->text))
			return EIO;
		progress_add(v, j, &f->text);
		return f->text.failed ? ENOMEM : 0;
	}
	if (tree_has_editions(kind) && phase_final((enum phase)j->phase) && tree_turn(ino) == j->edition)
		return open_last_edition(v, ino, j, fi, f);
	if (tree_has_editions(kind))
		return open_edition(v, ino, j, fi, f);
	/* The log is read as it is at each read, so that tail -f goes on. */
	fi->direct_io = 1;
	return 0;
}

static int open_job(struct view *v, fuse_ino_t ino, struct fuse_file_info *fi, struct file **out)
{
	int kind = tree_kind(ino), err;
	struct job j;

	err = attr_need(v, ino, JOB_SEEN_FILES, &j);
	if (err)
		return err;
	if (kind == TREE_REQUEST || (kind == TREE_LOG && phase_final((enum phase)j.phase))) {
		fi->keep_cache = 1;
		return 0;
	}
	*out = new_file();
	if (!*out)
		return ENOMEM;
	err = open_with_state(v, ino, &j, fi, *out);
	if (err) {
		file_close(v, ino, *out);
		*out = NULL;
	}
	return err;
}

static int open_queue(struct view *v, fuse_req_t req, const char *site, struct file *f)
{
	struct who who;

	loop_slow();
	who_init(&who, v, req);
	f->queue = queue_open(v, &who, site);
	return f->queue ? 0 : ENOMEM;
}

static int open_made(struct view *v, fuse_req_t req, const struct room *room, uint64_t top,
		     const char *path, struct file *f)
{
	struct who who;
	int err;

	who_init(&who, v, req);
	err = room->text(v, &who, top, path, &f->text);
	return err ? err : f->text.failed ? ENOMEM : 0;
}

static int open_name(struct view *v, fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct file *f)
{
	char path[PATH_MAX];
	uint64_t top;

	if (!names_path(&v->names, ino, &top, path))
		return ENOENT;
	if (room_of(tree_kind(top))) {
		fi->direct_io = 1;
		return open_made(v, req, room_of(tree_kind(top)), top, path, f);
	}
	if (tree_kind(top) == TREE_SITE_CACHE) {
		fi->direct_io = 1;
		return sites_dataset(&v->sites, &v->spool, tree_index(top), path, &f->text) ? 0 : ENOENT;
	}
	return pass_open(v, ino, O_RDONLY, &f->fd);
}

static int open_other(struct view *v, fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		      struct file *f)
{
	struct who who;
	const char *site = tree_is_site(tree_kind(ino)) ? sites_name(&v->sites, tree_index(ino)) : NULL;

	fi->direct_io = 1;
	switch (tree_kind(ino)) {
	case TREE_QUEUE:
		return open_queue(v, req, NULL, f);
	case TREE_INDEX:
		loop_slow();
		who_init(&who, v, req);
		html_index(v, &who, &f->text);
		return f->text.failed ? ENOMEM : 0;
	case TREE_METRICS:
		io_read(v->spool.run, "metrics", METRICS_MAX, &f->text, NULL);
		return 0;
	case TREE_SITE_QUEUE:
		return open_queue(v, req, site, f);
	case TREE_SITE_YAML: case TREE_SITE_WHY: case TREE_SITE_TIMELINE: case TREE_SITE_LATENCY:
		return site_words(v, req, ino, &f->text);
	case TREE_SITE_LOAD:
		sites_load(&v->sites, &v->spool, tree_index(ino), &f->text);
		return 0;
	case TREE_NAME:
		fi->direct_io = 0;
		return open_name(v, req, ino, fi, f);
	default:
		return EISDIR;
	}
}

int file_open(struct view *v, fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
	      struct file **out)
{
	int err;

	*out = NULL;
	fi->noflush = 1;
	if (tree_is_job(tree_kind(ino)))
		return open_job(v, ino, fi, out);
	if (tree_kind(ino) == TREE_README) {
		fi->keep_cache = 1;
		return 0;
	}
	*out = new_file();
	err = *out ? open_other(v, req, ino, fi, *out) : ENOMEM;
	if (err) {
		file_close(v, ino, *out);
		*out = NULL;
	}
	return err;
}

/* --- read ------------------------------------------------------------------------------------ */

static void reply_slice(fuse_req_t req, const char *s, size_t len, size_t size, off_t off)
{
	size_t at = (size_t)off < len ? (size_t)off : len;

	fuse_reply_buf(req, s + at, len - at < size ? len - at : size);
}

static void reply_fd(fuse_req_t req, int fd, size_t size, off_t off)
{
	struct fuse_bufvec bv = FUSE_BUFVEC_INIT(size);

	/* It may have to come from a disk first. */
	if (size > SHORT_READ)
		loop_slow();
	bv.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	bv.buf[0].fd = fd;
	bv.buf[0].pos = off;
	fuse_reply_data(req, &bv, 0);
}

static void read_job(struct view *v, fuse_req_t req, fuse_ino_t ino, const struct file *f,
		     size_t size, off_t off)
{
	struct buf text = BUF_INIT;
	int err = job_text(v, ino, f, &text);

	if (err)
		fuse_reply_err(req, err);
	else
		reply_slice(req, text.s, text.len, size, off);
	buf_free(&text);
}

/* Output that was not there yet when it was opened. */
static int late_fd(struct view *v, fuse_ino_t ino, struct file *f)
{
	int none = -1, fd;

	if (pass_open(v, ino, O_RDONLY, &fd))
		return -1;
	if (__atomic_compare_exchange_n(&f->fd, &none, fd, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return fd;
	close(fd);
	return none;
}

void file_read(struct view *v, fuse_req_t req, fuse_ino_t ino, struct file *f, size_t size,
	       off_t off)
{
	int kind = tree_kind(ino), fd = f ? __atomic_load_n(&f->fd, __ATOMIC_SEQ_CST) : -1;

	if (f && fd < 0 && (kind == TREE_STDOUT || kind == TREE_STDERR))
		fd = late_fd(v, ino, f);
	if (kind == TREE_README)
		reply_slice(req, readme_text, strlen(readme_text), size, off);
	else if (!f || kind == TREE_LOG || (f->edition && !f->text.len))
		read_job(v, req, ino, f, size, off);
	else if (f->queue)
		queue_reply(f->queue, req, size, off);
	else if (fd >= 0)
		reply_fd(req, fd, size, off);
	else
		reply_slice(req, f->text.s, f->text.len, size, off);
}
