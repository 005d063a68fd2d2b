/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a draft to a drop, or to a refusal. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "draft_part.h"
#include "drop_name.h"
#include "loop.h"
#include "request.h"

static void refuse(struct drafts *ds, const struct author *a, const char *name,
		   const struct buf *text, const struct diag *diag, char **reason)
{
	struct buf b = BUF_INIT;

	diag_format(diag, name, &b);
	submit_refuse(ds->spool, a, name, text ? text->s : NULL, text ? text->len : 0, b.s);
	*reason = buf_detach(&b);
}

/* Without the lock: a large document takes its time.  *reason is set, for the
 * caller to free, when the document itself was at fault. */
static int judge(struct drafts *ds, const struct author *a, const char *name,
		 const struct buf *text, bool too_large, bool sync, char **reason)
{
	struct diag diag = DIAG_INIT;

	if (too_large) {
		diag_set(&diag, "larger than the %u bytes that a document may have",
			 REQUEST_MAX_BYTES);
		refuse(ds, a, name, NULL, &diag, reason);
		return EFBIG;
	}
	if (submit_check(name, text->s, text->len, &diag) < 0) {
		refuse(ds, a, name, text, &diag, reason);
		return EINVAL;
	}
	return submit_publish(ds->spool, ds->root, a, name, text->s, text->len, sync);
}

/* Called and left with the lock held; d stays, as the caller has it open. */
int draft_submit(struct drafts *ds, struct draft *d, const char *as)
{
	struct author author = d->author;
	unsigned version = d->version;
	bool large = d->too_large, sync = d->sync;
	struct buf text = BUF_INIT;
	char *name = strdup(as), *reason = NULL;
	int err;

	buf_add(&text, d->text.s, d->text.len);
	pthread_mutex_unlock(&ds->lock);
	loop_slow();
	err = text.failed || !name ? ENOMEM : judge(ds, &author, name, &text, large, sync, &reason);
	pthread_mutex_lock(&ds->lock);
	d->judged = version;
	d->taken = !err;
	draft_set_reason(d, reason);
	free(reason);
	free(name);
	buf_free(&text);
	return err;
}

static bool to_submit(const struct draft *d)
{
	return d->name && d->version != d->judged && !drop_name_temporary(d->name);
}

/*
 * close(2) comes for every descriptor, also those that a shell's children have
 * inherited, and nothing in it says which is the last.  If the process that
 * closes, or the one that opened it, still has it open for writing, there is
 * more to come.  Where that cannot be seen, and the closer is not the opener,
 * release will judge, though it can tell nobody but rejected/.
 */
static bool more_to_come(const struct draft *d, pid_t closer)
{
	pid_t opener = d->author.pid;
	uint64_t ino = d->ino;

	if (closer <= 0)
		return false;
	if (submit_holds(closer, ino) == 1)
		return true;
	return opener != closer && opener > 0 && submit_holds(opener, ino) != 0;
}

int draft_flush(struct drafts *ds, struct draft *d, const struct author *a)
{
	int err = 0;

	pthread_mutex_lock(&ds->lock);
	if (to_submit(d) && !more_to_come(d, a->pid))
		err = draft_submit(ds, d, d->name);
	pthread_mutex_unlock(&ds->lock);
	return err;
}

int draft_sync(struct drafts *ds, struct draft *d)
{
	int err = 0;

	pthread_mutex_lock(&ds->lock);
	d->sync = true;
	if (draft_in_spool(d) && syncfs(ds->spool->inbox) < 0)
		err = errno;
	pthread_mutex_unlock(&ds->lock);
	return err;
}

void draft_release(struct drafts *ds, struct draft *d)
{
	pthread_mutex_lock(&ds->lock);
	if (d->opens == 1 && to_submit(d))
		draft_submit(ds, d, d->name);
	d->used = draft_seconds();
	if (--d->opens == 0) {
		if (!d->name || draft_in_spool(d)) {
			draft_destroy(ds, d);
		} else if (d->reason) {
			d->refused = true;
			buf_free(&d->text);
			d->too_large = false;
			d->version = d->judged = 0;
		}
	}
	pthread_mutex_unlock(&ds->lock);
}
