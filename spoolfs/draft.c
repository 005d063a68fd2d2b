/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "draft_part.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "drop_name.h"
#include "instant.h"
#include "io.h"
#include "request.h"

enum {
	MOST_DRAFTS = 1000,		/* of one user */
	MOST_BYTES = 64 << 20,
	KEEP_REFUSED = 600,		/* seconds that the reason can be asked for */
	KEEP_IDLE = 3600,		/* ... that a draft nobody has open is kept */
	SWEEP_EVERY = 10,
};

void drafts_init(struct drafts *ds, const struct spool *s)
{
	*ds = (struct drafts){ .spool = s, .root = geteuid() == 0 };
	pthread_mutex_init(&ds->lock, NULL);
}

static void destroy(struct draft *d)
{
	free(d->name);
	free(d->reason);
	buf_free(&d->text);
	free(d);
}

void drafts_free(struct drafts *ds)
{
	while (ds->first) {
		struct draft *d = ds->first;

		ds->first = d->next;
		destroy(d);
	}
	pthread_mutex_destroy(&ds->lock);
}

/* --- the list; all under the lock ------------------------------------------------- */

time_t draft_seconds(void)
{
	return instant_steady() / SECOND_US;
}

struct draft *draft_find(const struct drafts *ds, const char *name)
{
	struct draft *d = ds->first;

	while (d && (!d->name || strcmp(d->name, name)))
		d = d->next;
	return d;
}

/* What the spool has: the draft is only what is left of writing it. */
bool draft_in_spool(const struct draft *d)
{
	return d->taken && d->version == d->judged;
}

/* What shows under the name: a draft, unless the spool has it. */
struct draft *draft_shown(const struct drafts *ds, const char *name)
{
	struct draft *d = draft_find(ds, name);

	return d && !draft_in_spool(d) ? d : NULL;
}

void draft_destroy(struct drafts *ds, struct draft *d)
{
	struct draft **at = &ds->first;

	while (*at && *at != d)
		at = &(*at)->next;
	if (*at)
		*at = d->next;
	destroy(d);
}

/* The name is free afterwards; the draft stays while somebody has it open. */
void draft_nameless(struct drafts *ds, struct draft *d)
{
	if (!d)
		return;
	free(d->name);
	d->name = NULL;
	if (!d->opens)
		draft_destroy(ds, d);
}

static void sweep(struct drafts *ds)
{
	time_t now = draft_seconds();
	struct draft *d, *next;

	if (now - ds->swept < SWEEP_EVERY)
		return;
	ds->swept = now;
	for (d = ds->first; d; d = next) {
		next = d->next;
		if (!d->opens && now - d->used > (d->refused ? KEEP_REFUSED : KEEP_IDLE))
			draft_destroy(ds, d);
	}
}

bool draft_within_limits(const struct drafts *ds, uid_t uid, size_t more, unsigned drafts)
{
	size_t bytes = more;

	for (const struct draft *d = ds->first; d; d = d->next)
		if (d->author.uid == uid) {
			bytes += d->text.len;
			drafts++;
		}
	return bytes <= MOST_BYTES && drafts <= MOST_DRAFTS;
}

void draft_touch(struct draft *d)
{
	clock_gettime(CLOCK_REALTIME, &d->mtime);
	d->used = draft_seconds();
}

int draft_make(struct drafts *ds, const struct author *a, const char *name, struct draft **out)
{
	struct draft *d;

	if (!draft_within_limits(ds, a->uid, 0, 1))
		return EDQUOT;
	d = calloc(1, sizeof(*d));
	if (!d || !(d->name = strdup(name))) {
		free(d);
		return ENOMEM;
	}
	d->author = *a;
	d->mode = 0600;
	d->text = (struct buf)BUF_INIT;
	d->next = ds->first;
	ds->first = d;
	draft_touch(d);
	*out = d;
	return 0;
}

void draft_set_reason(struct draft *d, const char *reason)
{
	free(d->reason);
	d->reason = reason ? strdup(reason) : NULL;
}

/* --- the real files ------------------------------------------------------------------- */

/* 0 or an errno; hidden names are nobody's business. */
int draft_real_stat(const struct drafts *ds, const char *name, struct stat *st)
{
	if (name[0] == '.')
		return ENOENT;
	if (fstatat(ds->spool->inbox, name, st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	/* A drop is between its author and the hub. */
	st->st_mode &= S_IFMT | 0700;
	return 0;
}

static int real_load(const struct drafts *ds, const char *name, struct buf *out)
{
	return io_read(ds->spool->inbox, name, REQUEST_MAX_BYTES, out, NULL) < 0 ? errno : 0;
}

static void fill_stat(const struct draft *d, struct stat *st)
{
	*st = (struct stat){ .st_mode = S_IFREG | (d->mode & 0700), .st_nlink = d->name ? 1 : 0,
			     .st_uid = d->author.uid, .st_gid = d->author.gid,
			     .st_size = (off_t)d->text.len, .st_mtim = d->mtime,
			     .st_ctim = d->mtime, .st_atim = d->mtime };
}

int draft_stat(struct drafts *ds, const char *name, struct stat *st)
{
	const struct draft *d;
	int err = 0;

	pthread_mutex_lock(&ds->lock);
	sweep(ds);
	d = draft_shown(ds, name);
	if (d)
		fill_stat(d, st);
	else
		err = draft_real_stat(ds, name, st);
	pthread_mutex_unlock(&ds->lock);
	return err;
}

void draft_fstat(struct drafts *ds, struct draft *d, struct stat *st)
{
	pthread_mutex_lock(&ds->lock);
	fill_stat(d, st);
	pthread_mutex_unlock(&ds->lock);
}

/* In the list: not what was refused, though its reason can be asked for. */
static bool shows(const struct draft *d)
{
	return d->name && !draft_in_spool(d) && !(d->reason && d->version == d->judged);
}

void draft_each(struct drafts *ds, bool (*call)(void *ctx, const char *name), void *ctx)
{
	int fd = openat(ds->spool->inbox, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	bool more = true;

	if (!dir && fd >= 0)
		close(fd);
	pthread_mutex_lock(&ds->lock);
	for (const struct draft *d = ds->first; more && d; d = d->next)
		if (shows(d))
			more = call(ctx, d->name);
	while (more && dir && (e = readdir(dir))) {
		const struct draft *d = draft_find(ds, e->d_name);

		if (e->d_name[0] != '.' && !(d && shows(d)))
			more = call(ctx, e->d_name);
	}
	pthread_mutex_unlock(&ds->lock);
	if (dir)
		closedir(dir);
}

bool draft_reason(struct drafts *ds, const char *name, struct buf *out)
{
	const struct draft *d;
	bool found;

	pthread_mutex_lock(&ds->lock);
	d = draft_find(ds, name);
	found = d && d->reason;
	if (found)
		buf_adds(out, d->reason);
	pthread_mutex_unlock(&ds->lock);
	return found;
}

/* --- opening ---------------------------------------------------------------------------- */

/* A drop that the hub has not taken yet is written again: it becomes a draft,
 * and the new text takes its place in the spool when it is whole. */
int draft_from_real(struct drafts *ds, const struct author *a, const char *name, bool truncate,
		     struct draft **out)
{
	struct author owner = *a;
	struct stat st;
	int err = draft_real_stat(ds, name, &st);

	if (err)
		return err;
	if (!S_ISREG(st.st_mode))
		return EINVAL;
	owner.uid = st.st_uid;
	owner.gid = st.st_gid;
	err = draft_make(ds, &owner, name, out);
	if (err || truncate)
		return err;
	err = real_load(ds, name, &(*out)->text);
	if (err)
		draft_destroy(ds, *out);
	return err;
}

static void empty(struct draft *d)
{
	if (d->text.len)
		d->version++;
	buf_reset(&d->text);
	d->too_large = false;
}

/* What is left of a refused one serves as the beginning of its next try. */
static void begin_again(struct draft *d, const struct author *a, bool truncate)
{
	if (truncate)
		empty(d);
	if (d->refused)
		d->author = *a;
	d->refused = false;
}

static int open_locked(struct drafts *ds, const struct author *a, const char *name, bool create,
		       mode_t mode, bool truncate, struct draft **out)
{
	struct draft *d = draft_find(ds, name);
	int err = 0;

	if (d && draft_in_spool(d)) {
		/* Still open somewhere; that writer keeps what it has. */
		draft_nameless(ds, d);
		d = NULL;
	}
	if (d && create && !d->refused)
		return EEXIST;
	if (d)
		begin_again(d, a, truncate);
	else if (create)
		err = draft_make(ds, a, name, &d);
	else
		err = draft_from_real(ds, a, name, truncate, &d);
	if (err)
		return err;
	if (create)
		d->mode = mode;
	d->author.pid = a->pid;
	d->opens++;
	draft_touch(d);
	*out = d;
	return 0;
}

int draft_open(struct drafts *ds, const struct author *a, const char *name, bool create,
	       mode_t mode, bool truncate, struct draft **out)
{
	int err;

	/* Without root what we write is ours: nobody else's job may come of it. */
	if (!ds->root && a->uid != geteuid())
		return EACCES;
	if (create && !drop_name_temporary(name) && !io_name_ok(name))
		return EINVAL;
	pthread_mutex_lock(&ds->lock);
	sweep(ds);
	err = open_locked(ds, a, name, create, mode, truncate, out);
	pthread_mutex_unlock(&ds->lock);
	return err;
}

int draft_open_read(struct drafts *ds, const char *name, struct draft **out, int *fd)
{
	int err = 0;

	*out = NULL;
	*fd = -1;
	pthread_mutex_lock(&ds->lock);
	*out = draft_shown(ds, name);
	if (*out)
		(*out)->opens++;
	pthread_mutex_unlock(&ds->lock);
	if (*out)
		return 0;
	if (name[0] == '.')
		return ENOENT;
	*fd = openat(ds->spool->inbox, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (*fd < 0)
		err = errno;
	return err;
}

void draft_opened(struct draft *d, uint64_t ino)
{
	d->ino = ino;
}
