/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Renaming and removing: how editors and rsync bring a file to its name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "draft_part.h"
#include "drop_name.h"
#include "io.h"

/* The reason stays to be asked for under the name that was refused. */
static void remember_refusal(struct drafts *ds, const struct author *a, const char *name,
			     const char *reason)
{
	struct draft *d = draft_find(ds, name);

	if (!d && draft_make(ds, a, name, &d))
		return;
	if (!d->opens)
		d->refused = true;
	d->used = draft_seconds();
	draft_set_reason(d, reason);
}

static int submit_as(struct drafts *ds, struct draft *d, const char *to)
{
	int err;

	d->opens++;
	err = draft_submit(ds, d, to);
	d->opens--;
	if (err) {
		if (d->reason)
			remember_refusal(ds, &d->author, to, d->reason);
		draft_set_reason(d, NULL);
		return err;
	}
	draft_nameless(ds, draft_find(ds, to));
	draft_nameless(ds, d);
	return 0;
}

static int rename_draft(struct drafts *ds, struct draft *d, const char *to)
{
	char *name;

	if (!drop_name_temporary(to))
		return submit_as(ds, d, to);
	name = strdup(to);
	if (!name)
		return ENOMEM;
	draft_nameless(ds, draft_find(ds, to));
	free(d->name);
	d->name = name;
	return 0;
}

/* Withdrawn: an editor makes a backup of it, and will write it anew. */
static int rename_away(struct drafts *ds, const struct author *a, const char *from, const char *to)
{
	struct draft *d;
	int err;

	draft_nameless(ds, draft_find(ds, to));
	err = draft_from_real(ds, a, from, false, &d);
	if (err)
		return err;
	if (unlinkat(ds->spool->inbox, from, 0) < 0) {
		err = errno;
		draft_destroy(ds, d);
		return err;
	}
	return rename_draft(ds, d, to);
}

static bool there_is(const struct drafts *ds, const char *name)
{
	const struct draft *d = draft_shown(ds, name);
	struct stat st;

	return (d && !d->refused) || draft_real_stat(ds, name, &st) == 0;
}

static int rename_locked(struct drafts *ds, const struct author *a, const char *from,
			 const char *to, unsigned flags)
{
	struct draft *d = draft_shown(ds, from);

	if (flags & RENAME_NOREPLACE && there_is(ds, to))
		return EEXIST;
	if (d && !d->refused)
		return rename_draft(ds, d, to);
	if (drop_name_temporary(to))
		return rename_away(ds, a, from, to);
	draft_nameless(ds, draft_find(ds, to));
	return renameat2(ds->spool->inbox, from, ds->spool->inbox, to, flags) < 0 ? errno : 0;
}

int draft_rename(struct drafts *ds, const struct author *a, const char *from, const char *to,
		 unsigned flags)
{
	int err;

	if (flags & ~(unsigned)RENAME_NOREPLACE || (!drop_name_temporary(to) && !io_name_ok(to)))
		return EINVAL;
	if (!strcmp(from, to))
		return 0;
	pthread_mutex_lock(&ds->lock);
	err = rename_locked(ds, a, from, to, flags);
	pthread_mutex_unlock(&ds->lock);
	return err;
}

int draft_unlink(struct drafts *ds, const char *name)
{
	struct draft *d;
	int err = 0;

	pthread_mutex_lock(&ds->lock);
	d = draft_shown(ds, name);
	if (d)
		draft_nameless(ds, d);
	else if (name[0] == '.')
		err = ENOENT;
	else if (unlinkat(ds->spool->inbox, name, 0) < 0)
		err = errno;
	pthread_mutex_unlock(&ds->lock);
	return err;
}
