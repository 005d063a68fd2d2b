/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

static int make(int dir, const char *name, int *fd, struct diag *d)
{
	if (io_mkdir(dir, name, 0700, d) < 0)
		return -1;
	*fd = io_opendir(dir, name, d);
	return *fd < 0 ? -1 : 0;
}

/* A path that a person chose: links in it are followed. */
static int open_path(const char *path, int *fd, struct diag *d)
{
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? diag_errno(d, "cannot open the directory %s", path) : 0;
}

static int open_mail(struct state *s, const char *down, const char *up, struct diag *d)
{
	struct stat a, b;

	if (open_path(down, &s->down, d) < 0 || open_path(up, &s->up, d) < 0)
		return -1;
	if (io_mkdir(s->up, "files", 0755, d) < 0)
		return -1;
	s->files = io_opendir(s->up, "files", d);
	if (s->files < 0)
		return -1;
	if (fstat(s->root, &a) < 0 || fstat(s->up, &b) < 0)
		return diag_errno(d, "cannot stat %s", up);
	s->up_apart = a.st_dev != b.st_dev;
	return 0;
}

int state_open(struct state *s, const char *path, const char *down, const char *up,
	       struct diag *d)
{
	*s = (struct state){ path, -1, -1, -1, -1, -1, -1, -1, -1, -1, false };
	if (io_mkdirs(path, 0700, d) < 0 || open_path(path, &s->root, d) < 0 ||
	    make(s->root, "waiting", &s->waiting, d) < 0 ||
	    make(s->root, "preparing", &s->preparing, d) < 0 ||
	    make(s->root, "running", &s->running, d) < 0 ||
	    make(s->root, "ended", &s->ended, d) < 0 ||
	    (down && open_mail(s, down, up, d) < 0)) {
		state_close(s);
		return -1;
	}
	return 0;
}

void state_close(struct state *s)
{
	int *all[] = { &s->lock, &s->files, &s->up, &s->down, &s->ended, &s->running,
		       &s->preparing, &s->waiting, &s->root };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (*all[i] >= 0)
			close(*all[i]);
		*all[i] = -1;
	}
}

int state_lock(struct state *s, struct diag *d)
{
	int fd = openat(s->root, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return diag_errno(d, "cannot open %s/lock", s->path);
	if (!flock(fd, LOCK_EX | LOCK_NB)) {
		s->lock = fd;
		return 1;
	}
	if (errno == EWOULDBLOCK) {
		close(fd);
		return 0;
	}
	diag_errno(d, "cannot lock %s/lock", s->path);
	close(fd);
	return -1;
}

void state_forget_lock(struct state *s)
{
	/* Closing one of two descriptors of the same lock does not let go of it. */
	if (s->lock >= 0)
		close(s->lock);
	s->lock = -1;
}

int state_opendir(int dir, const char *key, struct diag *d)
{
	struct stat st;
	int fd = io_opendir(dir, key, d);

	if (fd >= 0 || errno != EACCES)
		return fd;
	/* What has this name was made by us, and a rename by the job would need
	 * the directory above.  Never through a link, all the same. */
	if (!fstatat(dir, key, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode))
		(void)!fchmodat(dir, key, 0700, 0);
	return io_opendir(dir, key, d);
}

int state_flush(const struct state *s, struct diag *d)
{
	if (syncfs(s->root) < 0)
		return diag_errno(d, "cannot flush %s", s->path);
	if (s->up_apart && syncfs(s->up) < 0)
		return diag_errno(d, "cannot flush the mailbox");
	return 0;
}
