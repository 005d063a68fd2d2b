/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "patience.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "loop.h"
#include "refusal.h"
#include "view.h"

enum { WAIT_MS = 5000, EAGER_MS = 100, MOST_WAITING = 8 };

static int waiting;

bool patience(bool (*done)(void *ctx), void *ctx)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	bool is = false;
	int ms = 0;

	loop_slow();
	if (__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST) > MOST_WAITING)
		ms = WAIT_MS;
	while (!(is = done(ctx)) && ms < WAIT_MS) {
		if (ms > EAGER_MS)
			pause.tv_nsec = 10000000;
		nanosleep(&pause, NULL);
		ms += (int)(pause.tv_nsec / 1000000);
	}
	__atomic_sub_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	return is;
}

struct asked { int inbox; const char *name; };

/* The hub removes the drop when it has done what it says, or when the reason
 * why not lies in rejected/. */
static bool has_gone(void *ctx)
{
	const struct asked *a = ctx;

	return faccessat(a->inbox, a->name, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

bool patience_command(struct view *v, const char *drop, int *err, struct buf *said)
{
	struct buf text = BUF_INIT;
	char file[NAME_MAX + 1];
	const char *sentence;
	size_t len;

	*err = 0;
	if (!patience(has_gone, &(struct asked){ v->spool.inbox, drop }))
		return false;
	snprintf(file, sizeof file, "%.*s.reason", (int)(strlen(drop) - strlen(".yaml")), drop);
	if (io_read(v->spool.rejected, file, 4096, &text, NULL) == 0) {
		len = text.len;
		*err = refusal_read(text.s, &len);
		*err = *err ? *err : EINVAL;
		/* "accept-....yaml: the sentence" */
		sentence = strstr(text.s, ".yaml: ");
		sentence = sentence ? sentence + strlen(".yaml: ") : text.s;
		if (said)
			buf_add(said, sentence, (size_t)(text.s + len - sentence));
	}
	buf_free(&text);
	return true;
}
