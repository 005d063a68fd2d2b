/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rejected.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

static const char lost[] = "the reason was lost when the power failed; drop it again to hear it\n";

/* NAME.yaml to NAME.reason */
static bool reason_of(const char *name, char out[256])
{
	size_t n = strlen(name);

	if (name[0] == '.' || n < 6 || n > 250 || strcmp(name + n - 5, ".yaml"))
		return false;
	snprintf(out, 256, "%.*s.reason", (int)n - 5, name);
	return true;
}

/* It ends with a newline, as all do. */
static bool whole(int dir, const char *reason)
{
	struct buf text = BUF_INIT;
	bool good = io_read(dir, reason, 1 << 20, &text, NULL) == 0 && text.len &&
		    text.s[text.len - 1] == '\n';

	buf_free(&text);
	return good;
}

static int give_reason(int dir, const char *reason, uid_t owner, struct diag *d)
{
	bool foreign = geteuid() == 0 && owner != 0;

	if (io_publish(dir, reason, foreign ? 0600 : 0644, lost, sizeof lost - 1, 0, d) < 0)
		return -1;
	if (foreign && fchownat(dir, reason, owner, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0)
		return diag_errno(d, "cannot give rejected/%s to its author", reason);
	return 0;
}

static int look(struct hub *h, int dir, const char *name, const struct timespec *since, struct diag *d)
{
	char reason[256];
	struct stat st;

	if (!reason_of(name, reason) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_ctim.tv_sec < since->tv_sec || whole(dir, reason))
		return 0;
	h->unflushed = true;
	return give_reason(dir, reason, st.st_uid, d);
}

int rejected_recover(struct hub *h, const struct timespec *since, struct diag *d)
{
	DIR *p = io_list(h->spool.rejected, ".", d);
	struct dirent *e;
	int r = 0;

	if (!p)
		return -1;
	while (r == 0 && (errno = 0, e = readdir(p)))
		r = look(h, dirfd(p), e->d_name, since, d);
	if (r == 0 && errno)
		r = diag_errno(d, "cannot list rejected/");
	closedir(p);
	return r;
}
