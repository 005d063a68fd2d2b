/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "places.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool replaced(int at, const char *path, int fd)
{
	struct stat open, there;

	return fstat(fd, &open) < 0 || fstatat(at, path, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
	       open.st_ino != there.st_ino || open.st_dev != there.st_dev;
}

static void check_site(struct hub *h, struct site *s)
{
	char path[80];

	snprintf(path, sizeof path, "%s/up", s->name);
	if (s->up >= 0 && replaced(h->spool.sites, path, s->up)) {
		close(s->up);
		s->up = -1;
		s->watched = false;
	}
	snprintf(path, sizeof path, "%s/down", s->name);
	if (s->down >= 0 && replaced(h->spool.sites, path, s->down)) {
		close(s->down);
		s->down = s->out.dir = -1;
	}
}

bool places_check(struct hub *h)
{
	struct diag d = DIAG_INIT;

	for (uint32_t i = 0; i < h->sites.count; i++)
		check_site(h, h->sites.site[i]);
	if (!replaced(h->spool.root, "inbox", h->spool.inbox))
		return false;
	leave_wait(h);
	if (spool_reopen_inbox(&h->spool, &d) < 0) {
		hub_trouble(h, "opening inbox/ anew", &d);
		return false;
	}
	h->inbox_watched = false;
	return true;
}
