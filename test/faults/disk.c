/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk_model.h"
#include "io.h"

/* --- a recording ------------------------------------------------------------------ */

__attribute__((noreturn))
static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(70);
}

struct disk *disk_new(const char *top, bool apart)
{
	struct disk *k = calloc(1, sizeof *k);

	if (!k)
		die("calloc");
	snprintf(k->top, sizeof k->top, "%s", top);
	snprintf(k->root, sizeof k->root, "%.4000s/disk", top);
	k->apart = apart;
	model_init(&k->now);
	return k;
}

void disk_free(struct disk *k)
{
	for (long i = 0; k && i < k->changes; i++) {
		free(k->change[i].bytes);
		free(k->change[i].name);
		free(k->change[i].name2);
		free(k->change[i].text);
	}
	if (k) {
		model_free(&k->now);
		free(k->change);
	}
	free(k);
}

static char *copy(const char *s)
{
	char *p = strdup(s);

	if (!p)
		die("strdup");
	return p;
}

static struct change *new_change(struct disk *k, enum change_kind kind)
{
	struct change *c;
	struct stat st;
	char effects[PATH_MAX + 16];

	if (k->changes == k->room) {
		k->room = k->room * 2 + 1024;
		k->change = realloc(k->change, (size_t)k->room * sizeof *k->change);
		if (!k->change)
			die("realloc");
	}
	snprintf(effects, sizeof effects, "%s/effects", k->top);
	c = &k->change[k->changes++];
	*c = (struct change){ .kind = kind, .forced = k->forced };
	c->effects = stat(effects, &st) == 0 ? st.st_size : 0;
	return c;
}

/* Below the root, without its slash; NULL: somewhere else. */
static const char *below(const struct disk *k, const char *path)
{
	size_t n = strlen(k->root);

	if (strncmp(path, k->root, n) || (path[n] && path[n] != '/'))
		return NULL;
	return path[n] ? path + n + 1 : "";
}

static int disk_of(const struct disk *k, const char *path)
{
	if (!k->apart || !strncmp(path, "spool", 5))
		return DISK_HUB;
	return !strncmp(path, "north", 5) ? DISK_NORTH : DISK_SOUTH;
}

static void describe(struct change *c, const char *what, const char *a, const char *b)
{
	char text[2 * PATH_MAX + 64];

	snprintf(text, sizeof text, "%s %s%s%s", what, a, b ? " to " : "", b ? b : "");
	c->text = copy(text);
}

/* Record it, and do it to what is now. */
static void commit(struct disk *k, struct change *c)
{
	model_apply(&k->now, c, c->length);
}

static void record_content(struct disk *k, const char *path, const char *what)
{
	struct buf text = BUF_INIT;
	char full[2 * PATH_MAX];
	int inode = model_find(&k->now, path);
	struct change *c;
	struct stat st;

	snprintf(full, sizeof full, "%s/%s", k->root, path);
	if (inode < 0 || stat(full, &st) < 0 || !S_ISREG(st.st_mode) ||
	    io_read(AT_FDCWD, full, 64 << 20, &text, NULL) < 0) {
		buf_free(&text);
		return;
	}
	c = new_change(k, CHANGE_CONTENT);
	c->disk = disk_of(k, path);
	c->inode = inode;
	c->length = text.len;
	c->bytes = buf_detach(&text);
	c->mtime = st.st_mtim;
	describe(c, what, path, NULL);
	commit(k, c);
}

/* Where a path lies: its directory and its last part. */
static bool split(const struct disk *k, const char *path, int *dir, const char **name)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];

	snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - path) : 0, path);
	*dir = model_find(&k->now, parent);
	*name = slash ? slash + 1 : path;
	return *dir >= 0;
}

static void record_new(struct disk *k, const char *path, const char *what)
{
	char full[2 * PATH_MAX], target[PATH_MAX];
	struct buf text = BUF_INIT;
	const char *name;
	struct change *c;
	struct stat st;
	ssize_t n;
	int dir;

	snprintf(full, sizeof full, "%s/%s", k->root, path);
	if (!split(k, path, &dir, &name) || lstat(full, &st) < 0)
		return;
	c = new_change(k, CHANGE_NEW);
	c->disk = disk_of(k, path);
	c->dir = dir;
	c->name = copy(name);
	c->inode = model_new_inode(&k->now);
	c->mode = st.st_mode;
	c->real = model_identify(full);
	c->mtime = st.st_mtim;
	if (S_ISLNK(st.st_mode) && (n = readlink(full, target, sizeof target - 1)) > 0) {
		target[n] = '\0';
		c->bytes = copy(target);
		c->length = (size_t)n;
	}
	if (k->forced && io_read(AT_FDCWD, full, 1 << 20, &text, NULL) == 0) {
		c->length = text.len;
		c->bytes = buf_detach(&text);
	}
	describe(c, what, path, NULL);
	commit(k, c);
}

static void record_names(struct disk *k, enum change_kind kind, const char *from, const char *to,
			 const char *what)
{
	int dir, dir2 = -1;
	const char *name, *name2 = NULL;
	struct change *c;

	if (!split(k, from, &dir, &name) || (to && !split(k, to, &dir2, &name2)) ||
	    model_find(&k->now, from) < 0)
		return;
	c = new_change(k, kind);
	c->disk = disk_of(k, to ? to : from);
	c->inode = model_find(&k->now, from);
	c->dir = dir;
	c->name = copy(name);
	c->dir2 = dir2;
	c->name2 = to ? copy(name2) : NULL;
	describe(c, what, from, to);
	commit(k, c);
}

static void record_flush(struct disk *k, enum change_kind kind, const char *path, const char *what)
{
	struct change *c = new_change(k, kind);

	c->disk = disk_of(k, path);
	c->inode = model_find(&k->now, path);
	describe(c, what, path, NULL);
}

/* Modes and times: as they are now, for ever. */
static void note_attributes(struct disk *k, const char *path)
{
	int inode = model_find(&k->now, path);
	char full[2 * PATH_MAX];
	struct stat st;

	snprintf(full, sizeof full, "%s/%s", k->root, path);
	if (inode < 0 || lstat(full, &st) < 0)
		return;
	struct change *c = new_change(k, CHANGE_ATTRIBUTES);

	c->disk = disk_of(k, path);
	c->inode = inode;
	c->mode = st.st_mode;
	c->mtime = st.st_mtim;
	describe(c, "attributes of", path, NULL);
	commit(k, c);
}

/* --- from calls ------------------------------------------------------------------------- */

bool disk_before(struct disk *k, const struct trace_call *c)
{
	return below(k, c->path) || (c->path2[0] && below(k, c->path2));
}

void disk_after(struct disk *k, const struct trace_call *c)
{
	const char *a = below(k, c->path), *b = below(k, c->path2), *what = c->type->name;
	bool remove_dir = c->type->flags == 2 && c->type->kind == CALL_UNLINK &&
			  c->arg[2] & AT_REMOVEDIR;

	if (c->result < 0 || !a || (c->path2[0] && !b))
		return;
	switch (c->type->kind) {
	case CALL_OPEN:
		if (model_find(&k->now, a) < 0)
			record_new(k, a, what);
		else if (c->type->flags < 0 || c->arg[(int)c->type->flags] & O_TRUNC)
			record_content(k, a, what);
		break;
	case CALL_MKDIR:
	case CALL_SYMLINK:
	case CALL_MKNOD:
		record_new(k, a, what);
		break;
	case CALL_DATA:
		record_content(k, a, what);
		break;
	case CALL_RENAME:
		record_names(k, CHANGE_RENAME, a, b, what);
		break;
	case CALL_LINK:
		record_names(k, CHANGE_LINK, a, b, what);
		break;
	case CALL_UNLINK:
	case CALL_RMDIR:
		record_names(k, CHANGE_REMOVE, a, NULL, remove_dir ? "rmdir" : what);
		break;
	case CALL_ATTRIBUTE:
		note_attributes(k, a);
		break;
	case CALL_SYNC:
		record_flush(k, CHANGE_FSYNC, a, what);
		break;
	case CALL_SYNCFS:
		record_flush(k, CHANGE_SYNCFS, a, what);
		break;
	default:
		break;
	}
}

void disk_appeared(struct disk *k, const char *path)
{
	const char *a = below(k, path);

	k->forced = true;
	record_new(k, a, "dropped");
	k->forced = false;
}

/* --- questions ----------------------------------------------------------------------------- */

long disk_changes(const struct disk *k)
{
	return k->changes;
}

void disk_describe(const struct disk *k, long at, char *out, size_t size)
{
	snprintf(out, size, "%s", at < k->changes ? k->change[at].text : "the end");
}

off_t disk_effects(const struct disk *k, long at)
{
	return at < k->changes ? k->change[at].effects : (off_t)1 << 40;
}

bool disk_has_appeared(const struct disk *k, long at, const char *path)
{
	char want[PATH_MAX + 64];

	snprintf(want, sizeof want, "dropped %s", path);
	for (long i = 0; i < at; i++)
		if (k->change[i].forced && !strcmp(k->change[i].text, want))
			return true;
	return false;
}

bool disk_flushed_at(const struct disk *k, long at)
{
	const struct change *c = &k->change[at - 1];

	return at > 0 && (c->forced || c->kind == CHANGE_FSYNC || c->kind == CHANGE_SYNCFS);
}

/* What a site wrote and the hub read on one disk may be taken back: the hub
 * flushes that disk before it answers. */
static bool is_message(const struct disk *k, const char *path)
{
	const char *slash = strrchr(path, '/');

	return strstr(path, "/sites/") && slash && slash[1] >= '0' && slash[1] <= '9' &&
	       ((k->apart && strstr(path, "/up/")) || strstr(path, "/down/"));
}

void disk_each_message(const struct disk *k, long at, disk_seen *seen, void *ctx)
{
	struct model m;

	model_init(&m);
	for (long i = 0; i < at; i++) {
		const struct change *c = &k->change[i];
		const char *to = c->kind == CHANGE_RENAME ? strstr(c->text, " to ") : NULL;

		model_apply(&m, c, c->length);
		if (to && is_message(k, to + 4))
			seen(ctx, to + 4, m.inode[c->inode].bytes, m.inode[c->inode].length);
	}
	model_free(&m);
}

void disk_compare(const struct disk *k, struct buf *out)
{
	model_compare(&k->now, k->root, out);
}
