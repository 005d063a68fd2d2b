/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hub is a directory that can be reached: its mailboxes are used as they
 * lie there, and a sync has nothing to do.  With `carry` the mailboxes lie
 * here, and somebody else takes care of the way.
 */
#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy.h"
#include "io.h"

static void set_paths(struct transport *t, const char *base)
{
	if (asprintf(&t->down, "%s/down", base) < 0)
		t->down = NULL;
	if (asprintf(&t->up, "%s/up", base) < 0)
		t->up = NULL;
}

/* What the hub tells a site is for nobody else to read. */
static int make_boxes(struct transport *t, const char *base, struct diag *d)
{
	struct stat st;

	if (!t->down || !t->up)
		return diag_nomem(d);
	/* Who may not make them may still use them, once the hub has. */
	if (stat(base, &st) < 0 && io_mkdirs(base, 0750, d) < 0)
		return -1;
	if (stat(t->down, &st) < 0 && io_mkdirs(t->down, 0755, d) < 0)
		return -1;
	if (stat(t->up, &st) < 0 && io_mkdirs(t->up, 0755, d) < 0)
		return -1;
	return 0;
}

/* --- path ------------------------------------------------------------------ */

static int path_open(struct transport *t, struct diag *d)
{
	char *base;
	struct stat st;
	int rc;

	if (asprintf(&base, "%s/sites", t->set->hub) < 0)
		return diag_nomem(d);
	rc = stat(base, &st);
	free(base);
	if (rc < 0)
		return diag_errno(d, "there is no spool at %s", t->set->hub);
	if (asprintf(&base, "%s/sites/%s", t->set->hub, t->set->site) < 0)
		return diag_nomem(d);
	set_paths(t, base);
	rc = make_boxes(t, base, d);
	free(base);
	return rc;
}

static int nothing_to_do(struct transport *t, struct diag *d)
{
	(void)t;
	(void)d;
	return 0;
}

static int path_fetch(struct transport *t, const char *digest, const char *dir, struct diag *d)
{
	struct diag ignored;
	int down = open(t->down, O_RDONLY | O_DIRECTORY | O_CLOEXEC), data = -1, to = -1, rc = -1;

	if (down >= 0)
		data = io_opendir(down, "data", &ignored);
	if (down < 0 || (data < 0 && errno != ENOENT)) {
		diag_errno(d, "cannot open %s/data", t->down);
		goto out;
	}
	if (data < 0 || (faccessat(data, digest, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
			 errno == ENOENT)) {
		rc = 1;
		goto out;
	}
	to = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		diag_errno(d, "cannot open %s", dir);
	else if (io_remove_tree(to, digest, d) == 0)
		rc = copy_tree(data, digest, to, digest, d);
out:
	if (to >= 0)
		close(to);
	if (data >= 0)
		close(data);
	if (down >= 0)
		close(down);
	return rc;
}

const struct transport_kind transport_path = {
	NULL, path_open, nothing_to_do, nothing_to_do, nothing_to_do, nothing_to_do, path_fetch,
	false,
};

/* --- carry ------------------------------------------------------------------- */

static bool carry_mine(const char *hub)
{
	return !strcmp(hub, "carry") || !strncmp(hub, "carry:", 6);
}

static int carry_open(struct transport *t, struct diag *d)
{
	const char *hub = t->set->hub;
	const char *base = hub[5] == ':' ? hub + 6 : t->set->state;

	if (base[0] != '/')
		return diag_set(d, "hub: found \"%s\", expected an absolute path behind carry:", hub);
	set_paths(t, base);
	return make_boxes(t, base, d);
}

const struct transport_kind transport_carry = {
	carry_mine, carry_open, nothing_to_do, nothing_to_do, nothing_to_do, nothing_to_do, path_fetch,
	false,
};
