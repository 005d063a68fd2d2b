/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk_model.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "tree.h"

__attribute__((noreturn))
static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(70);
}

struct model_identity model_identify(const char *path)
{
	struct model_identity id = { 0 };
	struct statx st;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &st) == 0) {
		id.ino = st.stx_ino;
		if (st.stx_mask & STATX_BTIME)
			id.born = (struct timespec){ st.stx_btime.tv_sec, st.stx_btime.tv_nsec };
	}
	return id;
}

/* --- inodes and names -------------------------------------------------------------- */

static struct model_inode *inode_at(struct model *m, int inode)
{
	while (inode >= m->inode_room) {
		int room = m->inode_room * 2 + 256;

		m->inode = realloc(m->inode, (size_t)room * sizeof *m->inode);
		if (!m->inode)
			die("realloc");
		memset(m->inode + m->inode_room, 0, (size_t)(room - m->inode_room) * sizeof *m->inode);
		m->inode_room = room;
	}
	if (inode >= m->inodes)
		m->inodes = inode + 1;
	return &m->inode[inode];
}

void model_init(struct model *m)
{
	*m = (struct model){ .next = 1 };
	inode_at(m, 0)->mode = S_IFDIR | 0755;
}

void model_free(struct model *m)
{
	for (int i = 0; i < m->names; i++)
		free(m->name[i].name);
	free(m->name);
	free(m->inode);
}

int model_new_inode(struct model *m)
{
	return m->next++;
}

static struct model_name *lookup(const struct model *m, int dir, const char *name, size_t len)
{
	for (int i = 0; i < m->names; i++)
		if (m->name[i].dir == dir && !strncmp(m->name[i].name, name, len) &&
		    !m->name[i].name[len])
			return &m->name[i];
	return NULL;
}

static void enter(struct model *m, int dir, const char *name, int inode)
{
	struct model_name *n = lookup(m, dir, name, strlen(name));

	if (!n) {
		if (m->names == m->name_room) {
			m->name_room = m->name_room * 2 + 256;
			m->name = realloc(m->name, (size_t)m->name_room * sizeof *m->name);
			if (!m->name)
				die("realloc");
		}
		n = &m->name[m->names++];
		n->dir = dir;
		n->name = strdup(name);
	}
	n->inode = inode;
}

static void leave(struct model *m, int dir, const char *name)
{
	struct model_name *n = lookup(m, dir, name, strlen(name));

	if (!n)
		return;
	free(n->name);
	*n = m->name[--m->names];
}

int model_find(const struct model *m, const char *path)
{
	int at = 0;

	while (*path) {
		size_t len = strcspn(path, "/");
		const struct model_name *n = lookup(m, at, path, len);

		if (!n)
			return -1;
		at = n->inode;
		path += len + (path[len] == '/');
	}
	return at;
}

static void change_inode(struct model_inode *i, const struct change *c, size_t length)
{
	i->mtime = c->mtime;
	if (c->kind == CHANGE_NEW)
		i->real = c->real;
	if (c->kind != CHANGE_CONTENT)
		i->mode = c->mode;
	if (c->kind != CHANGE_ATTRIBUTES) {
		i->bytes = c->bytes;
		i->length = c->kind == CHANGE_NEW ? c->length : length;
	}
}

void model_apply(struct model *m, const struct change *c, size_t length)
{
	const struct model_name *n;

	switch (c->kind) {
	case CHANGE_NEW:
		change_inode(inode_at(m, c->inode), c, length);
		enter(m, c->dir, c->name, c->inode);
		break;
	case CHANGE_CONTENT:
	case CHANGE_ATTRIBUTES:
		change_inode(inode_at(m, c->inode), c, length);
		break;
	case CHANGE_RENAME:
		n = lookup(m, c->dir, c->name, strlen(c->name));
		if (n) {
			int moved = n->inode;

			leave(m, c->dir, c->name);
			enter(m, c->dir2, c->name2, moved);
		}
		break;
	case CHANGE_LINK:
		enter(m, c->dir2, c->name2, c->inode);
		break;
	case CHANGE_REMOVE:
		leave(m, c->dir, c->name);
		break;
	default:
		break;
	}
}

/* --- to a real file system ------------------------------------------------------------ */

struct writing {
	const struct model *m;
	const char *to;
	char (*first)[PATH_MAX];	/* of each inode: where it was written first */
	struct { struct model_identity old, new; } moved[64];	/* of drops that still lie in inbox/ */
	int moves;
};

/* It is another boot now: wherever this one's id stands, it is an earlier one's. */
static void forget_boot(struct buf *text)
{
	static struct buf id;
	char *at = text->s;

	if (!id.len) {
		id = (struct buf)BUF_INIT;
		io_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 100, &id, NULL);
		id.s[strcspn(id.s, "\n")] = '\0';
	}
	while (id.s[0] && (at = strstr(at, id.s))) {
		*at = *at == '0' ? '1' : '0';
		at += strlen(id.s);
	}
}

static void write_regular(struct writing *w, int inode, const char *path)
{
	const struct model_inode *i = &w->m->inode[inode];
	struct buf text = BUF_INIT;
	struct diag d = DIAG_INIT;

	buf_add(&text, i->bytes, i->length);
	forget_boot(&text);
	if (io_create(AT_FDCWD, path, i->mode & 07777, text.s, text.len, &d) < 0)
		die(d.text);
	buf_free(&text);
	if (strstr(path, "/inbox/") && w->moves < 64) {
		w->moved[w->moves].old = i->real;
		w->moved[w->moves++].new = model_identify(path);
	}
}

static void write_inode(struct writing *w, int inode, const char *path)
{
	const struct model_inode *i = &w->m->inode[inode];
	struct timespec times[2] = { i->mtime, i->mtime };
	bool made = true;

	if (w->first[inode][0]) {
		made = link(w->first[inode], path) == 0;
	} else if (S_ISDIR(i->mode)) {
		made = mkdir(path, 0755) == 0;
	} else if (S_ISLNK(i->mode)) {
		made = symlink(i->bytes, path) == 0;
	} else {
		write_regular(w, inode, path);
	}
	if (!made)
		die(path);
	snprintf(w->first[inode], PATH_MAX, "%s", path);
	if (S_ISDIR(i->mode))
		for (int n = 0; n < w->m->names; n++)
			if (w->m->name[n].dir == inode) {
				char below[PATH_MAX];

				snprintf(below, sizeof below, "%.3800s/%.255s", path, w->m->name[n].name);
				write_inode(w, w->m->name[n].inode, below);
			}
	if (!S_ISLNK(i->mode) && chmod(path, i->mode & 07777) < 0)
		die(path);
	utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

/* As it stands in a job's record. */
static void identity_text(const struct model_identity *id, char out[64])
{
	snprintf(out, 64, "source: %ju-%jd.%09ld-", (uintmax_t)id->ino, (intmax_t)id->born.tv_sec,
		 id->born.tv_nsec);
}

static bool has_record(const char *path)
{
	return !strncmp(path, "spool/jobs/", 11) || !strncmp(path, "spool/reservations/", 19) ||
	       !strncmp(path, "spool/transactions/", 19);
}

/* A job, a reservation or a transaction knows its drop by its inode and birth, which are others here. */
static void renumber(void *ctx, const char *path, const char *name, const struct stat *st)
{
	const struct writing *w = ctx;
	struct buf b = BUF_INIT, out = BUF_INIT;
	char full[PATH_MAX], old[64], new[64];

	(void)name;
	snprintf(full, sizeof full, "%.2000s/%.2000s", w->to, path);
	if (!S_ISREG(st->st_mode) || !has_record(path) ||
	    io_read(AT_FDCWD, full, 64 << 20, &b, NULL) < 0)
		return;
	for (int i = 0; i < w->moves; i++) {
		const char *at;

		identity_text(&w->moved[i].old, old);
		identity_text(&w->moved[i].new, new);
		at = strstr(b.s, old);
		if (!at)
			continue;
		buf_add(&out, b.s, (size_t)(at - b.s));
		buf_addf(&out, "%s%s", new, at + strlen(old));
		unlink(full);
		io_create(AT_FDCWD, full, st->st_mode & 07777, out.s, out.len, NULL);
		break;
	}
	buf_free(&b);
	buf_free(&out);
}

void model_write(const struct model *m, const char *to)
{
	struct writing w = { .m = m, .to = to };

	w.first = calloc((size_t)m->inodes, sizeof *w.first);
	if (!w.first)
		die("calloc");
	write_inode(&w, 0, to);
	if (w.moves)
		tree_walk(to, renumber, &w);
	free(w.first);
}

/* --- is the recording complete? ---------------------------------------------------------- */

struct comparing { const struct model *m; const char *root; struct buf *out; int found; };

static void compare(void *ctx, const char *path, const char *name, const struct stat *st)
{
	struct comparing *c = ctx;
	struct buf b = BUF_INIT;
	char full[2 * PATH_MAX];
	int i = model_find(c->m, path);

	(void)name;
	c->found++;
	snprintf(full, sizeof full, "%s/%s", c->root, path);
	if (i < 0) {
		buf_addf(c->out, "not recorded: %s\n", path);
		return;
	}
	if (!S_ISREG(st->st_mode) || io_read(AT_FDCWD, full, 64 << 20, &b, NULL) < 0)
		return;
	if (b.len != c->m->inode[i].length || (b.len && memcmp(b.s, c->m->inode[i].bytes, b.len)))
		buf_addf(c->out, "recorded otherwise: %s\n", path);
	buf_free(&b);
}

static int count_reachable(const struct model *m, int dir)
{
	int n = 0;

	for (int i = 0; i < m->names; i++)
		if (m->name[i].dir == dir)
			n += 1 + (S_ISDIR(m->inode[m->name[i].inode].mode)
				  ? count_reachable(m, m->name[i].inode) : 0);
	return n;
}

void model_compare(const struct model *m, const char *root, struct buf *out)
{
	struct comparing c = { m, root, out, 0 };
	int want = count_reachable(m, 0);

	tree_walk(root, compare, &c);
	if (want != c.found)
		buf_addf(out, "%d names recorded, %d there\n", want, c.found);
}
