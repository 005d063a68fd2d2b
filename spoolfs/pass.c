/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read through to real files: results, rejected documents, metrics. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "view.h"

struct place { int dir; char path[PATH_MAX + 64]; };

/* results/ID and what is below it; the id stays valid though the job moves. */
static int in_results(struct view *v, fuse_ino_t ino, const char *below, struct place *p)
{
	struct job *j;

	index_rdlock(&v->index);
	j = index_job(&v->index, tree_index(ino), tree_gen(ino));
	if (j)
		uuid_format(&j->id, p->path);
	index_unlock(&v->index);
	if (!j)
		return ENOENT;
	p->dir = v->spool.results;
	if (below)
		snprintf(p->path + UUID_LEN, sizeof(p->path) - UUID_LEN, "/%s", below);
	return 0;
}

/* The top is a list of offers that lie elsewhere, all jobs' in one directory. */
static int in_offers(struct view *v, fuse_ino_t top, const char *name, struct place *p)
{
	unsigned number = offer_number(name);
	struct job *j;
	struct uuid id;

	index_rdlock(&v->index);
	j = index_job(&v->index, tree_index(top), tree_gen(top));
	if (j)
		id = j->id;
	index_unlock(&v->index);
	if (!j || !number)
		return ENOENT;
	p->dir = v->spool.root;
	offer_path(&id, number, tree_kind(top) == TREE_OFFERS ? "offered" : "accepted", p->path);
	return 0;
}

static int place_name(struct view *v, fuse_ino_t ino, struct place *p)
{
	char path[PATH_MAX];
	uint64_t top;

	if (!names_path(&v->names, ino, &top, path))
		return ENOENT;
	if (tree_kind(top) == TREE_RESULTS)
		return in_results(v, top, path, p);
	if (tree_kind(top) == TREE_OFFERS || tree_kind(top) == TREE_ACCEPTED)
		return in_offers(v, top, path, p);
	if (tree_kind(top) != TREE_REJECTED && tree_kind(top) != TREE_INBOX)
		return ENOENT;
	p->dir = tree_kind(top) == TREE_INBOX ? v->spool.inbox : v->spool.rejected;
	snprintf(p->path, sizeof p->path, "%s", path);
	return 0;
}

static int place(struct view *v, fuse_ino_t ino, struct place *p)
{
	switch (tree_kind(ino)) {
	case TREE_STDOUT:
		return in_results(v, ino, "stdout", p);
	case TREE_STDERR:
		return in_results(v, ino, "stderr", p);
	case TREE_RESULTS:
		return in_results(v, ino, NULL, p);
	case TREE_METRICS:
		*p = (struct place){ .dir = v->spool.run, .path = "metrics" };
		return 0;
	case TREE_REJECTED:
		*p = (struct place){ .dir = v->spool.rejected, .path = "." };
		return 0;
	default:
		return place_name(v, ino, p);
	}
}

/*
 * results/ID belongs to the job's owner, who may put a symlink where a
 * directory was: it must not lead us, who may be root, out of there.  So each
 * component is opened by itself, and none may be a symlink; with O_PATH the
 * last one may be opened as what it is.
 */
static int open_beneath(struct place *p, int flags, int *fd)
{
	char *name = p->path, *slash;
	int dir = p->dir, below, err;

	while ((slash = strchr(name, '/'))) {
		*slash = '\0';
		below = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		err = errno;
		if (dir != p->dir)
			close(dir);
		if (below < 0)
			return err;
		dir = below;
		name = slash + 1;
	}
	*fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC | (flags & O_PATH ? 0 : O_NONBLOCK));
	err = *fd < 0 ? errno : 0;
	if (dir != p->dir)
		close(dir);
	return err;
}

bool pass_archived(struct view *v, fuse_ino_t ino, struct uuid *id, char path[PATH_MAX])
{
	const struct job *j;
	uint64_t top = ino;
	int kind = tree_kind(ino);
	bool is;

	path[0] = '\0';
	if (kind == TREE_NAME && !names_path(&v->names, ino, &top, path))
		return false;
	if (kind == TREE_STDOUT || kind == TREE_STDERR)
		memcpy(path, kind == TREE_STDOUT ? "stdout" : "stderr", sizeof "stdout");
	else if (tree_kind(top) != TREE_RESULTS)
		return false;
	index_rdlock(&v->index);
	j = index_job(&v->index, tree_index(top), tree_gen(top));
	is = j && j->archived;
	if (is)
		*id = j->id;
	index_unlock(&v->index);
	return is;
}

int pass_stat(struct view *v, fuse_ino_t ino, struct stat *st)
{
	char path[PATH_MAX];
	struct place p;
	struct uuid id;
	int fd, err;

	if (pass_archived(v, ino, &id, path))
		return archives_stat(v, &id, path, st);
	err = place(v, ino, &p);
	if (err)
		return err;
	/* The ordinary case is a plain name, and mostly it is not there. */
	if (fstatat(p.dir, p.path, st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	if (!strchr(p.path, '/'))
		return 0;
	err = open_beneath(&p, O_PATH, &fd);
	if (err)
		return err;
	if (fstat(fd, st) < 0)
		err = errno;
	close(fd);
	return err;
}

/* A second link to somebody else's file, put there by who could not read it. */
static bool smuggled(struct view *v, fuse_ino_t ino, const struct place *p, const struct stat *st)
{
	const struct job *j;
	char path[PATH_MAX];
	uint64_t top = ino;
	bool own;

	if (S_ISDIR(st->st_mode) || st->st_nlink < 2 || p->dir != v->spool.results)
		return false;
	if (tree_kind(ino) == TREE_NAME && !names_path(&v->names, ino, &top, path))
		return true;
	index_rdlock(&v->index);
	j = index_job(&v->index, tree_index(top), tree_gen(top));
	own = j && j->owner == st->st_uid;
	index_unlock(&v->index);
	return !own;
}

int pass_open(struct view *v, fuse_ino_t ino, int flags, int *fd)
{
	char path[PATH_MAX];
	struct place p;
	struct stat st;
	struct uuid id;
	int err;

	if (pass_archived(v, ino, &id, path))
		return archives_open(v, &id, path, fd);
	err = place(v, ino, &p);
	if (!err)
		err = open_beneath(&p, flags, fd);
	if (err)
		return err;
	if (fstat(*fd, &st) == 0 && (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)) &&
	    !smuggled(v, ino, &p, &st))
		return 0;
	close(*fd);
	*fd = -1;
	return EACCES;
}

int pass_readlink(struct view *v, fuse_ino_t ino, char *out, size_t size)
{
	struct place p;
	int fd = -1, err = place(v, ino, &p);
	ssize_t n;

	if (!err)
		err = open_beneath(&p, O_PATH, &fd);
	if (err)
		return err;
	n = readlinkat(fd, "", out, size - 1);
	if (n < 0)
		err = errno;
	else
		out[n] = '\0';
	close(fd);
	return err;
}
