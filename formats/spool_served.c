/* SPDX-License-Identifier: GPL-2.0-or-later */
/* To ask for the lock, even a shared one, could keep a spoold from starting:
 * so it is looked for among those that the kernel lists. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "io.h"
#include "spool.h"

enum { LOCKS_MAX = 8 << 20 };

/* "12: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF" */
static bool is_ours(const char *line, unsigned long inode, long pid)
{
	char kind[16];
	unsigned long found;
	long holder;

	return sscanf(line, "%*d: %15s %*s %*s %ld %*x:%*x:%lu", kind, &holder, &found) == 3 &&
	       !strcmp(kind, "FLOCK") && holder == pid && found == inode;
}

bool spool_served(const struct spool *s)
{
	struct buf text = BUF_INIT;
	struct stat st;
	bool found = false;
	long pid = 0;

	if (io_read(s->run, "lock", 32, &text, NULL) < 0 || sscanf(text.s, "%ld", &pid) != 1 ||
	    fstatat(s->run, "lock", &st, AT_SYMLINK_NOFOLLOW) < 0) {
		buf_free(&text);
		return false;
	}
	buf_reset(&text);
	if (io_read(AT_FDCWD, "/proc/locks", LOCKS_MAX, &text, NULL) == 0)
		for (const char *at = text.s; at && *at && !found; at = strchr(at, '\n')) {
			at += *at == '\n';
			found = is_ours(at, (unsigned long)st.st_ino, pid);
		}
	buf_free(&text);
	return found;
}
