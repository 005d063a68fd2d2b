/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * full - the hub's disk is really full for a while: a small tmpfs, of another
 * size at each point, by bytes or by inodes.  Then it grows, and all goes on.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harm.h"

enum { SIZES = 48, PAGE = 4096, FULL_SECONDS = 3 };

static bool mount_disk(const char *at, long point, bool again)
{
	long step = point / 2;
	char how[80];

	/* An empty spool has 36 inodes, and its first files two pages. */
	if (again)
		snprintf(how, sizeof how, "size=64m,nr_inodes=10000");
	else if (point % 2)
		snprintf(how, sizeof how, "size=64m,nr_inodes=%ld", 36 + 2 * step);
	else
		snprintf(how, sizeof how, "size=%ld", (4 + step) * PAGE);
	return mount("tmpfs", at, "tmpfs", again ? MS_REMOUNT : 0, how) == 0;
}

static void try_point(struct harm *h)
{
	struct life l = { LIFE_OF(h->o), .forgiving = true };
	char top[PATH_MAX], disk[PATH_MAX + 16];

	harm_top(h, top);
	snprintf(disk, sizeof disk, "%s/disk/spool", top);
	life_begin(&l, top, h->o->build);
	mkdir(disk, 0755);
	if (!mount_disk(disk, h->point, false)) {
		buf_addf(&h->wrong, "cannot mount a tmpfs: %s\n", strerror(errno));
		life_end(&l);
		return;
	}
	life_run(&l, FULL_SECONDS);
	snprintf(h->what, sizeof h->what, "a disk with %ld %s, then more",
		 h->point % 2 ? 36 + h->point / 2 * 2 : 4 + h->point / 2, h->point % 2 ? "inodes" : "pages");
	if (!mount_disk(disk, 0, true))
		buf_addf(&h->wrong, "cannot give the tmpfs more: %s\n", strerror(errno));
	l.forgiving = false;
	harm_finish(h, &l, 0);
	umount2(disk, MNT_DETACH);
	harm_top(h, top);	/* removes what is left */
}

int full_all(const struct harm_options *o)
{
	/* Nobody else sees our mounts, and they go with us. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		printf("# cannot mount here: %s\n", strerror(errno));
		return 77;
	}
	return harm_all(o, "a full disk", 2 * SIZES, try_point);
}
