/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of io.h that is about directories. */
#include "io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Deeper than this a subdirectory is moved up instead of gone down into. */
enum { DEPTH_MAX = 64, RESCANS_MAX = 16 };

static const char *kind(mode_t mode)
{
	return S_ISLNK(mode) ? "a symbolic link" : S_ISREG(mode) ? "a regular file" : "a special file";
}

static int fail_not_a_directory(struct diag *d, const char *name, mode_t mode)
{
	diag_set(d, "%s is %s, expected a directory", name, kind(mode));
	if (d)
		d->err = ENOTDIR;
	errno = ENOTDIR;
	return -1;
}

int io_opendir(int dir, const char *name, struct diag *d)
{
	struct stat st;
	int fd;

	do
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	while (fd < 0 && errno == EINTR);
	if (fd >= 0)
		return fd;
	if (errno == ENOTDIR && !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return fail_not_a_directory(d, name, st.st_mode);
	return diag_errno(d, "cannot open the directory %s", name);
}

int io_there(int dir, const char *name, struct diag *d)
{
	if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	if (errno == ENOENT || errno == ENOTDIR)
		return 0;
	return diag_errno(d, "cannot look for %s", name);
}

bool io_disk_failed(int err)
{
	return err == ENOSPC || err == EDQUOT || err == EIO || err == EROFS || err == ENOMEM ||
	       err == EMFILE || err == ENFILE;
}

DIR *io_list(int dir, const char *name, struct diag *d)
{
	int fd = io_opendir(dir, name, d);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !list) {
		diag_errno(d, "cannot list %s", name);
		close(fd);
	}
	return list;
}

/* The umask may have taken bits away that the caller needs (an inbox is 1733). */
static int set_mode(int dir, const char *name, mode_t mode, struct diag *d)
{
	struct stat st;
	int fd, rc = 0;

	if (!fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && (st.st_mode & mode) == mode)
		return 0;
	fd = io_opendir(dir, name, d);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || fchmod(fd, (st.st_mode & 07777) | mode) < 0)
		rc = diag_errno(d, "cannot set the mode of the directory %s", name);
	close(fd);
	return rc;
}

static int make(int dir, const char *name, mode_t mode, int stat_flags, struct diag *d)
{
	struct stat st;

	if (!mkdirat(dir, name, mode))
		return set_mode(dir, name, mode, d);
	if (errno != EEXIST || fstatat(dir, name, &st, stat_flags) < 0)
		return diag_errno(d, "cannot make the directory %s", name);
	if (!S_ISDIR(st.st_mode))
		return fail_not_a_directory(d, name, st.st_mode);
	return 0;
}

int io_mkdir(int dir, const char *name, mode_t mode, struct diag *d)
{
	return make(dir, name, mode, AT_SYMLINK_NOFOLLOW, d);
}

/* Anything may refuse to make a directory that is there (read-only, automounted). */
static int make_parent(const char *path, struct diag *d)
{
	struct stat st;
	int err;

	if (!mkdir(path, 0777))
		return 0;
	err = errno;
	if (stat(path, &st) < 0) {
		errno = err;
		return diag_errno(d, "cannot make the directory %s", path);
	}
	return S_ISDIR(st.st_mode) ? 0 : fail_not_a_directory(d, path, st.st_mode);
}

/* Unlike the others this is for a path a person chose, so links in it are followed. */
int io_mkdirs(const char *path, mode_t mode, struct diag *d)
{
	size_t len = strlen(path);
	char part[PATH_MAX];

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (!len || len >= sizeof part) {
		errno = len ? ENAMETOOLONG : ENOENT;
		return diag_errno(d, "cannot make the directory \"%s\"", path);
	}
	memcpy(part, path, len);
	part[len] = '\0';
	for (char *p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (make_parent(part, d))
			return -1;
		*p = '/';
	}
	return make(AT_FDCWD, part, mode, 0, d);
}

int io_sync_dir(int fd, struct diag *d)
{
	struct stat st;

	while (fsync(fd) < 0) {
		if (errno == EINTR)
			continue;
		/* How a file system without fsync for directories says so. */
		if (errno == EINVAL && !fstat(fd, &st) && S_ISDIR(st.st_mode))
			return 0;
		return diag_errno(d, "cannot flush the directory");
	}
	return 0;
}

/*
 * One removal.  The tree is a stranger's: as deep as it likes, with
 * directories nobody may write, with file systems mounted in it.
 */
struct removal {
	const char  *name;	/* the tree, for messages */
	int          top;	/* its descriptor */
	unsigned     moved;	/* subdirectories moved up so far, names them too */
	int          rc;	/* -1: something failed, and *d tells the first thing */
	int          err;	/* its errno */
	struct diag *d;
};

static void remove_failed(struct removal *r, const char *name)
{
	if (r->rc)
		return;
	if (r->top < 0)
		diag_errno(r->d, "cannot remove %s", name);
	else
		diag_errno(r->d, "cannot remove %s in %s", name, r->name);
	r->rc = -1;
	r->err = errno;
}

/* Not followed: O_PATH pins what the name stands for, /proc reaches exactly that. */
static int make_accessible(int dir, const char *name)
{
	char path[64];
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	rc = chmod(path, 0700);
	close(fd);
	return rc;
}

/*
 * Open a directory to empty it.  A mount point is refused: what lies below it
 * is not part of the tree (a dataset bound into a job's sandbox).  Removing an
 * entry needs write permission, which a job may have taken away.
 */
static int open_to_empty(int dir, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct statx st;
	int fd, err;

	fd = openat(dir, name, flags);
	if (fd < 0 && errno == EACCES && !make_accessible(dir, name))
		fd = openat(dir, name, flags);
	if (fd < 0)
		return -1;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MODE, &st) < 0)
		goto fail;
	if (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) {
		errno = EBUSY;
		goto fail;
	}
	if ((st.stx_mode & 0300) != 0300)
		(void)!fchmod(fd, 0700);	/* if it was needed, removing will fail */
	return fd;
fail:
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* A hidden name at the top; the next scan of the top finds it there. */
static void move_up(struct removal *r, int dir, const char *name)
{
	char to[32];

	make_accessible(dir, name);	/* its ".." changes, so it must be writable itself */
	do {
		snprintf(to, sizeof to, ".deep.%u", r->moved++);
		if (!renameat(dir, name, r->top, to) || errno == ENOENT)
			return;
	} while (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR);
	remove_failed(r, name);
}

static void remove_dir(struct removal *r, int dir, const char *name, int depth);

static void remove_entry(struct removal *r, int dir, const char *name, int depth)
{
	if (!unlinkat(dir, name, 0) || errno == ENOENT)
		return;
	if (errno != EISDIR) {
		remove_failed(r, name);
		return;
	}
	if (depth < DEPTH_MAX)
		remove_dir(r, dir, name, depth);
	else
		move_up(r, dir, name);
}

/* All entries of one directory, once; takes fd over. */
static void remove_entries(struct removal *r, int fd, const char *name, int depth)
{
	DIR *list = fdopendir(fd);
	struct dirent *e;

	if (!list) {
		remove_failed(r, name);
		close(fd);
		return;
	}
	while (errno = 0, (e = readdir(list)))
		if (!is_dots(e->d_name))
			remove_entry(r, fd, e->d_name, depth);
	if (errno)
		remove_failed(r, name);
	closedir(list);
}

/*
 * Somebody may still be writing there, and at the top what was moved up
 * appears: look again, but not for ever when nothing of ours is the reason.
 */
static void remove_dir(struct removal *r, int dir, const char *name, int depth)
{
	bool top = r->top < 0;
	int rescans = 0;

	for (;;) {
		unsigned moved = r->moved;
		int fd = open_to_empty(dir, name);

		if (fd < 0) {
			if (errno != ENOENT)
				remove_failed(r, name);
			break;
		}
		if (top)
			r->top = fd;
		remove_entries(r, fd, name, depth + 1);
		if (top)
			r->top = -1;
		if (!unlinkat(dir, name, AT_REMOVEDIR) || errno == ENOENT)
			break;
		if ((errno != ENOTEMPTY && errno != EEXIST) || r->rc ||
		    (moved == r->moved && ++rescans > RESCANS_MAX)) {
			remove_failed(r, name);
			break;
		}
	}
}

int io_remove_tree(int dir, const char *name, struct diag *d)
{
	struct removal r = { .name = name, .top = -1, .d = d };

	remove_entry(&r, dir, name, 0);
	if (r.rc)
		errno = r.err;
	return r.rc;
}
