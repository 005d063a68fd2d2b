/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each level holds a descriptor open. */
enum { DEPTH_MAX = 128 };

/* --- walking ----------------------------------------------------------------- */

struct walk {
	struct buf path;	/* from the top, of what is being looked at */
	/* Called for each regular file: dir/name is where it lies. */
	int (*visit)(struct walk *w, int dir, const char *name, const struct stat *st,
		     struct diag *d);
	void *ctx;
};

static int walk_dir(struct walk *w, int fd, int depth, struct diag *d);

static int walk_entry(struct walk *w, int dir, const char *name, int depth, struct diag *d)
{
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return diag_errno(d, "cannot stat %s", w->path.s);
	if (S_ISREG(st.st_mode))
		return w->visit(w, dir, name, &st, d);
	if (!S_ISDIR(st.st_mode))
		return diag_set(d, "%s is neither a regular file nor a directory, which a dataset "
				"cannot hold", w->path.s);
	if (depth >= DEPTH_MAX)
		return diag_set(d, "%s: directories nested more than %d deep", w->path.s, DEPTH_MAX);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return diag_errno(d, "cannot open the directory %s", w->path.s);
	return walk_dir(w, fd, depth + 1, d);
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static int walk_name(struct walk *w, int dir, const char *name, int depth, struct diag *d)
{
	size_t len = w->path.len;
	int rc;

	if (len)
		buf_addc(&w->path, '/');
	buf_adds(&w->path, name);
	if (w->path.failed)
		return diag_nomem(d);
	/* A line of the manifest ends where the name ends. */
	if (strchr(name, '\n'))
		return diag_set(d, "%s: a name in a dataset cannot hold a newline", w->path.s);
	rc = walk_entry(w, dir, name, depth, d);
	w->path.len = len;
	w->path.s[len] = '\0';
	return rc;
}

/* Takes fd over. */
static int walk_dir(struct walk *w, int fd, int depth, struct diag *d)
{
	DIR *list = fdopendir(fd);
	struct dirent *e;
	int rc = 0;

	if (!list) {
		diag_errno(d, "cannot list %s", w->path.s);
		close(fd);
		return -1;
	}
	while (rc == 0 && (errno = 0, e = readdir(list)))
		if (!is_dots(e->d_name))
			rc = walk_name(w, fd, e->d_name, depth, d);
	if (rc == 0 && errno)
		rc = diag_errno(d, "cannot list %s", w->path.s);
	closedir(list);
	return rc;
}

/* The top, through a symlink if it is one: 1: a directory, *fd is open; 0: a
 * file, *fd is open for reading, *st describes it; -1. */
static int open_top(int dir, const char *name, int *fd, struct stat *st, struct diag *d)
{
	/* O_NONBLOCK: a FIFO must not stop us here. */
	*fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0)
		return diag_errno(d, "cannot open %s", name);
	if (fstat(*fd, st) < 0)
		diag_errno(d, "cannot stat %s", name);
	else if (S_ISDIR(st->st_mode))
		return 1;
	else if (S_ISREG(st->st_mode))
		return 0;
	else
		diag_set(d, "%s is neither a regular file nor a directory", name);
	close(*fd);
	return -1;
}

/* --- measuring ----------------------------------------------------------------- */

struct entry {
	char *path;
	uint64_t size;
	struct digest digest;
};

struct entries {
	struct entry *item;
	uint32_t count, room;
};

static int keep(struct walk *w, int dir, const char *name, const struct stat *st, struct diag *d)
{
	struct entries *all = w->ctx;
	struct entry *e;

	(void)st;
	if (all->count == all->room) {
		uint32_t room = all->room ? all->room * 2 : 64;
		struct entry *more = realloc(all->item, room * sizeof *more);

		if (!more)
			return diag_nomem(d);
		all->item = more;
		all->room = room;
	}
	e = &all->item[all->count];
	if (digest_file(dir, name, &e->digest, &e->size, d) < 0)
		return -1;
	e->path = strdup(w->path.s);
	if (!e->path)
		return diag_nomem(d);
	all->count++;
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

static void list_entry(const struct entry *e, struct buf *line)
{
	char hex[DIGEST_TEXT];

	digest_format(&e->digest, hex);
	buf_addf(line, "%s %" PRIu64 " %s\n", hex, e->size, e->path);
}

/* The digest of the manifest, which itself is kept only if somebody wants it. */
static int sum_up(const struct entries *all, struct dataset_measure *m, struct buf *manifest,
		  struct diag *d)
{
	struct buf line = BUF_INIT;
	struct digest_state sha;
	bool failed = false;

	digest_init(&sha);
	for (uint32_t i = 0; i < all->count; i++) {
		buf_reset(&line);
		list_entry(&all->item[i], &line);
		digest_add(&sha, line.s, line.len);
		failed |= line.failed;
		m->bytes += all->item[i].size;
		if (manifest)
			buf_add(manifest, line.s, line.len);
	}
	digest_end(&sha, &m->digest);
	m->files = all->count;
	buf_free(&line);
	return failed || (manifest && manifest->failed) ? diag_nomem(d) : 0;
}

static int measure_dir(int fd, struct dataset_measure *m, struct buf *manifest, struct diag *d)
{
	struct entries all = { NULL, 0, 0 };
	struct walk w = { BUF_INIT, keep, &all };
	int rc = walk_dir(&w, fd, 0, d);

	if (rc == 0) {
		if (all.count > 1)
			qsort(all.item, all.count, sizeof *all.item, by_path);
		rc = sum_up(&all, m, manifest, d);
	}
	for (uint32_t i = 0; i < all.count; i++)
		free(all.item[i].path);
	free(all.item);
	buf_free(&w.path);
	return rc;
}

static int measure_file(int fd, const char *name, struct dataset_measure *m, struct buf *manifest,
			struct diag *d)
{
	struct digest_state sha;
	struct buf chunk = BUF_INIT;
	const size_t size = 1 << 18;
	ssize_t n = -1;

	if (!buf_reserve(&chunk, size))
		return diag_nomem(d);
	digest_init(&sha);
	while ((n = read(fd, chunk.s, size)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		digest_add(&sha, chunk.s, (size_t)n);
		m->bytes += (uint64_t)n;
	}
	if (n < 0)
		diag_errno(d, "cannot read %s", name);
	buf_free(&chunk);
	if (n < 0)
		return -1;
	digest_end(&sha, &m->digest);
	m->files = 1;
	if (manifest) {
		const char *slash = strrchr(name, '/');
		struct entry e = { (char *)(slash ? slash + 1 : name), m->bytes, m->digest };

		list_entry(&e, manifest);
	}
	return manifest && manifest->failed ? diag_nomem(d) : 0;
}

int dataset_measure(int dir, const char *name, struct dataset_measure *m, struct buf *manifest,
		    struct diag *d)
{
	struct stat st;
	int fd, rc, kind = open_top(dir, name, &fd, &st, d);

	if (kind < 0)
		return -1;
	*m = (struct dataset_measure){ .directory = kind == 1 };
	if (kind)
		return measure_dir(fd, m, manifest, d);
	rc = measure_file(fd, name, m, manifest, d);
	close(fd);
	return rc;
}

/* --- fingerprint ------------------------------------------------------------------ */

/* Added up, so that the order in which a directory lists its names is no matter. */
static int add_up(struct walk *w, int dir, const char *name, const struct stat *st,
		  struct diag *d)
{
	struct dataset_prints *p = w->ctx;
	uint64_t what[7] = { (uint64_t)st->st_size, (uint64_t)st->st_mtim.tv_sec,
			     (uint64_t)st->st_mtim.tv_nsec, (uint64_t)st->st_ino,
			     hash64(w->path.s, w->path.len, 1),
			     (uint64_t)st->st_ctim.tv_sec, (uint64_t)st->st_ctim.tv_nsec };

	(void)dir;
	(void)name;
	(void)d;
	p->content += hash64(what, 5 * sizeof *what, 2);
	p->any += hash64(what, sizeof what, 3);
	return 0;
}

int dataset_prints(int dir, const char *name, struct dataset_prints *p, struct diag *d)
{
	struct walk w = { BUF_INIT, add_up, p };
	struct stat st;
	int fd, rc, kind = open_top(dir, name, &fd, &st, d);

	if (kind < 0)
		return -1;
	p->content = p->any = (uint64_t)kind;
	if (kind) {
		rc = walk_dir(&w, fd, 0, d);
		buf_free(&w.path);
		return rc;
	}
	close(fd);
	return add_up(&w, dir, name, &st, d);
}

int dataset_fingerprint(int dir, const char *name, uint64_t *fingerprint, struct diag *d)
{
	struct dataset_prints p = { 0 };
	int rc = dataset_prints(dir, name, &p, d);

	if (rc == 0)
		*fingerprint = p.content;
	return rc;
}
