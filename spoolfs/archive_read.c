/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One archive, read from its beginning to what is wanted. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive_part.h"
#include "io.h"
#include "view.h"

enum { BLOCK = 128 << 10, IN_MEMORY = 16 << 20 };

static struct archive *open_archive(struct view *v, const struct archive_of *one, int *fd)
{
	struct archive *a = archive_read_new();

	*fd = openat(v->spool.root, one->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (a && *fd >= 0 && archive_read_support_filter_zstd(a) == ARCHIVE_OK &&
	    archive_read_support_format_tar(a) == ARCHIVE_OK &&
	    archive_read_open_fd(a, *fd, BLOCK) == ARCHIVE_OK)
		return a;
	archive_read_free(a);
	if (*fd >= 0)
		close(*fd);
	return NULL;
}

static void close_archive(struct archive *a, int fd)
{
	archive_read_free(a);
	close(fd);
}

/* The entry of this name, a regular file; NULL: there is none. */
static struct archive_entry *seek_to(struct archive *a, const char *path)
{
	struct archive_entry *e;

	while (archive_read_next_header(a, &e) >= ARCHIVE_WARN) {
		const char *name = archive_entry_pathname(e);

		if (name && !strcmp(name, path) && archive_entry_filetype(e) == AE_IFREG)
			return e;
	}
	return NULL;
}

int archive_read(struct view *v, const struct archive_of *one, const char *path, size_t max,
		 struct buf *out, struct stat *st)
{
	int fd, err = ENOENT;
	struct archive *a = open_archive(v, one, &fd);
	struct archive_entry *e;
	la_ssize_t n;

	if (!a)
		return EIO;
	e = seek_to(a, path);
	if (e && archive_entry_size(e) <= (int64_t)max) {
		*st = *archive_entry_stat(e);
		err = buf_reserve(out, (size_t)st->st_size) ? 0 : ENOMEM;
		n = err ? 0 : archive_read_data(a, out->s, (size_t)st->st_size);
		if (!err && n != st->st_size)
			err = EIO;
		out->len = n > 0 ? (size_t)n : 0;
		out->s[out->len] = '\0';
	}
	close_archive(a, fd);
	return err;
}

/* Small ones in memory, others where temporary files lie. */
static int scratch(int64_t size)
{
	const char *dir = getenv("TMPDIR");

	return size <= IN_MEMORY ? memfd_create("spoolfs", MFD_CLOEXEC)
				 : open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

int archive_extract(struct view *v, const struct archive_of *one, const char *path, int *fd)
{
	int from, err = ENOENT;
	struct archive *a = open_archive(v, one, &from);
	struct archive_entry *e;

	if (!a)
		return EIO;
	e = seek_to(a, path);
	*fd = e ? scratch(archive_entry_size(e)) : -1;
	if (e)
		err = *fd < 0 ? errno : archive_read_data_into_fd(a, *fd) == ARCHIVE_OK ? 0 : EIO;
	if (err && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	close_archive(a, from);
	return err;
}

/* --- contents ------------------------------------------------------------------------- */

static bool add(struct contents *c, const char *path, const struct stat *st)
{
	struct content *more = realloc(c->item, (c->count + 1) * sizeof *more);

	if (!more)
		return false;
	c->item = more;
	more[c->count] = (struct content){ strdup(path), *st };
	return more[c->count].path && ++c->count;
}

struct contents *contents_read(struct view *v, const struct archive_of *one, const struct uuid *id)
{
	char prefix[UUID_TEXT + 16], text[UUID_TEXT];
	struct contents *c = calloc(1, sizeof *c);
	struct archive *a;
	struct archive_entry *e;
	bool began = false;
	int fd;

	if (!c)
		return NULL;
	c->id = *id;
	uuid_format(id, text);
	snprintf(prefix, sizeof prefix, "results/%s/", text);
	a = open_archive(v, one, &fd);
	while (a && archive_read_next_header(a, &e) >= ARCHIVE_WARN) {
		const char *name = archive_entry_pathname(e);
		bool ours = name && !strncmp(name, prefix, strlen(prefix));

		/* They lie together. */
		if (!ours && began)
			break;
		began |= ours;
		if (ours && archive_entry_filetype(e) == AE_IFREG &&
		    !add(c, name + strlen(prefix), archive_entry_stat(e)))
			break;
	}
	if (a)
		close_archive(a, fd);
	return c;
}

void contents_free(struct contents *c)
{
	for (uint32_t i = 0; c && i < c->count; i++)
		free(c->item[i].path);
	if (c)
		free(c->item);
	free(c);
}

/* Does the item lie in this directory, at any depth?  What is left of its path. */
static const char *below(const char *item, const char *dir)
{
	size_t n = strlen(dir);

	if (!n)
		return item;
	return !strncmp(item, dir, n) && item[n] == '/' ? item + n + 1 : NULL;
}

int contents_stat(const struct contents *c, const char *path, struct stat *st)
{
	for (uint32_t i = 0; i < c->count; i++) {
		*st = c->item[i].st;
		if (!strcmp(c->item[i].path, path))
			return 0;
		if (below(c->item[i].path, path)) {
			st->st_mode = S_IFDIR | 0755;
			st->st_size = 0;
			return 0;
		}
	}
	return ENOENT;
}

void contents_list(const struct contents *c, const char *path,
		   bool (*call)(void *ctx, const char *name, mode_t type), void *ctx)
{
	struct buf seen = BUF_INIT;

	for (uint32_t i = 0; i < c->count; i++) {
		const char *rest = below(c->item[i].path, path), *slash = rest ? strchr(rest, '/') : NULL;
		bool known = false;

		if (!rest)
			continue;
		for (size_t at = 0; at < seen.len; at += strlen(seen.s + at) + 1)
			known |= slash && strlen(seen.s + at) == (size_t)(slash - rest) &&
				 !strncmp(seen.s + at, rest, (size_t)(slash - rest));
		if (known)
			continue;
		if (!slash) {
			call(ctx, rest, S_IFREG);
			continue;
		}
		buf_add(&seen, rest, (size_t)(slash - rest));
		buf_addc(&seen, '\0');
		call(ctx, seen.s + seen.len - (size_t)(slash - rest) - 1, S_IFDIR);
	}
	buf_free(&seen);
}
