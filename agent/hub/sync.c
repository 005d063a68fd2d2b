/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sync.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "background.h"
#include "io.h"

enum { TEXT = 80 };

static void touch(struct agent *a)
{
	int fd = openat(a->st.root, "synced", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return;
	futimens(fd, NULL);
	close(fd);
}

static void pushed_text(const struct agent *a, char out[TEXT])
{
	char box[UUID_TEXT];

	uuid_format(&a->up.box, box);
	snprintf(out, TEXT, "%s %" PRIu64 "\n", box, a->up.last);
}

static bool is_pushed(const struct agent *a)
{
	struct buf had = BUF_INIT;
	char want[TEXT];
	bool same;

	pushed_text(a, want);
	same = !a->up.last || (io_read(a->st.root, "pushed", TEXT, &had, NULL) == 0 &&
			       !strcmp(had.s, want));
	buf_free(&had);
	return same;
}

static int down(struct agent *a, struct diag *d)
{
	if (a->hub.kind->sync_down(&a->hub, d) < 0)
		return -1;
	touch(a);
	return 0;
}

/* 1: something is on its way; 0: the hub has it all. */
static int send(struct agent *a, struct diag *d)
{
	if (!a->hub.kind->remote || is_pushed(a))
		return 0;
	/* Over there it is visible for ever: here, too, after a power cut. */
	if (io_sync_dir(a->st.up, d) < 0 || a->hub.kind->send_up(&a->hub, d) < 0)
		return -1;
	background_private(-1);
	return 1;
}

static int sent(struct agent *a, struct diag *d)
{
	char text[TEXT];

	if (a->hub.kind->end_up(&a->hub, d) < 0)
		return -1;
	pushed_text(a, text);
	(void)!io_publish(a->st.root, "pushed", 0600, text, strlen(text), 0, NULL);
	touch(a);
	return 0;
}

static int said(struct agent *a, int rc, const struct diag *d)
{
	if (rc < 0)
		log_diag(&a->log, "cannot sync", d);
	return rc;
}

int sync_down(struct agent *a)
{
	struct diag d = DIAG_INIT;

	return said(a, down(a, &d), &d);
}

void sync_call(struct agent *a)
{
	struct diag d = DIAG_INIT;

	if (!a->hub.kind->remote)
		return;
	said(a, a->hub.kind->call_up(&a->hub, &d), &d);
	/* Who inherited it would keep rsync waiting for more. */
	background_private(a->hub.sending.in);
}

int sync_send(struct agent *a)
{
	struct diag d = DIAG_INIT;

	return said(a, send(a, &d), &d);
}

int sync_sent(struct agent *a)
{
	struct diag d = DIAG_INIT;

	return said(a, sent(a, &d), &d);
}

/* --- in a child ------------------------------------------------------------------ */

static int child(void *ctx)
{
	struct agent *a = ctx;
	struct diag d = DIAG_INIT;
	int got = send(a, &d);

	if (got >= 0 && (!got || sent(a, &d) == 0) && down(a, &d) == 0)
		return 0;
	(void)!io_publish(a->st.root, "sync.error", 0600, d.text, strlen(d.text), 0, NULL);
	return 1;
}

int sync_start(struct agent *a, pid_t *pid, struct diag *d)
{
	return background_start(&a->st, a->st.root, "sync.lock", child, a, pid, d);
}

int sync_ended(struct agent *a, int status)
{
	struct buf text = BUF_INIT;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (io_read(a->st.root, "sync.error", 4096, &text, NULL) == 0 && text.len)
		log_error(&a->log, "cannot sync: %s", text.s);
	else
		log_error(&a->log, "cannot sync: the child was killed");
	buf_free(&text);
	return -1;
}
