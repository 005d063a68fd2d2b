/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "draft.h"
#include "drop_name.h"
#include "io.h"
#include "request.h"
#include "reservation.h"
#include "transaction.h"

#define HIDDEN ".spoolfs-"	/* ".spoolfs-PID-N": what we write before it is named */
enum { LEFT_BEHIND = 3600, TRIES = 100 };

/* --- checking ------------------------------------------------------------------------ */

static int check_kind(struct tree *t, struct diag *diag)
{
	struct request request;
	struct command command;
	struct reservation reservation;
	struct transaction transaction;

	switch (drop_kind(t->root, diag)) {
	case -1:
		return -1;
	case DROP_JOB:
		return request_read(t, t->root, &request, diag);
	case DROP_COMMAND:
		return command_read(t->root, &command, diag);
	case DROP_RESERVATION:
		return reservation_read(t, t->root, &reservation, diag);
	case DROP_TRANSACTION:
		return transaction_read(t, t->root, &transaction, diag);
	default:
		return 0;
	}
}

int submit_check(const char *name, const char *text, size_t len, struct diag *diag)
{
	struct tree t = TREE_INIT;
	int rc;

	if (!drop_name_ends_well(name))
		return diag_set(diag, "the name does not end in .yaml, .yml or .json");
	rc = tree_parse(&t, text, len, NULL, diag);

	if (rc == 0)
		rc = check_kind(&t, diag);
	tree_free(&t);
	return rc;
}

/* --- into the spool -------------------------------------------------------------------- */

/* Written, owned, and flushed if asked for; still hidden. */
static int write_hidden(int dir, bool root, const struct author *a,
			const char *hidden, const char *text, size_t len, bool sync)
{
	int fd = openat(dir, hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = 0;

	if (fd < 0)
		return errno;
	if (io_write_fd(fd, text, len, NULL) < 0 || (root && fchown(fd, a->uid, a->gid) < 0) ||
	    (sync && fsync(fd) < 0))
		err = errno;
	if (close(fd) < 0 && !err)
		err = errno;
	if (err)
		unlinkat(dir, hidden, 0);
	return err;
}

/* Only one's own drop may be replaced, as in any directory with a sticky bit. */
static int show(int dir, const struct author *a, const char *hidden,
		const char *name)
{
	struct stat st;

	for (int i = 0; i < TRIES; i++) {
		if (renameat2(dir, hidden, dir, name, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return errno;
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (st.st_uid != a->uid && a->uid != 0)
			return EACCES;
		if (renameat(dir, hidden, dir, name) == 0)
			return 0;
	}
	return EAGAIN;
}

int submit_publish_at(int dir, bool root, const struct author *a, const char *name,
		      const char *text, size_t len, bool sync)
{
	static unsigned serial;
	char hidden[64];
	int err;

	snprintf(hidden, sizeof hidden, HIDDEN "%ld-%u", (long)getpid(),
		 __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED));
	err = write_hidden(dir, root, a, hidden, text, len, sync);
	if (err)
		return err;
	err = show(dir, a, hidden, name);
	if (err)
		unlinkat(dir, hidden, 0);
	else if (sync && fsync(dir) < 0)
		err = errno;
	return err;
}

int submit_publish(const struct spool *s, bool root, const struct author *a, const char *name,
		   const char *text, size_t len, bool sync)
{
	return submit_publish_at(s->inbox, root, a, name, text, len, sync);
}

void submit_refuse(const struct spool *s, const struct author *a, const char *name,
		   const char *text, size_t len, const char *reason)
{
	/* Best effort: the author is told by errno in any case. */
	spool_reject(s, name, text, len, a->uid, reason, NULL, NULL);
}

void submit_clean(const struct spool *s)
{
	int fd = openat(s->inbox, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	time_t now = time(NULL);
	struct dirent *e;
	struct stat st;

	if (!dir && fd >= 0)
		close(fd);
	/* Another spoolfs may be at work: only what has been left for long. */
	while (dir && (e = readdir(dir)))
		if (!strncmp(e->d_name, HIDDEN, strlen(HIDDEN)) &&
		    fstatat(s->inbox, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_mtime + LEFT_BEHIND < now)
			unlinkat(s->inbox, e->d_name, 0);
	if (dir)
		closedir(dir);
}

/* --- who else has it open ------------------------------------------------------------------ */

/* fdinfo names the inode without asking the file system, which is us. */
static bool fd_is(int dir, const char *name, uint64_t ino)
{
	unsigned long long found = 0;
	unsigned flags = 0;
	char text[512], *at;
	ssize_t n;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "flags:");
	if (at)
		sscanf(at, "flags: %o", &flags);
	at = strstr(text, "ino:");
	if (at)
		sscanf(at, "ino: %llu", &found);
	return found == ino && (flags & O_ACCMODE) != O_RDONLY;
}

int submit_holds(pid_t pid, uint64_t ino)
{
	struct dirent *e;
	char path[40];
	int found = 0;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%ld/fdinfo", (long)pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	while (!found && (e = readdir(dir)))
		found = e->d_name[0] != '.' && fd_is(dirfd(dir), e->d_name, ino);
	closedir(dir);
	return found;
}
