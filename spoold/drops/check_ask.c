/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "io.h"
#include "refusal.h"
#include "uuid.h"

enum { PATIENCE = 500, ANSWER_MAX = 16 << 20 };	/* hundredths of a second */

/* Whole before it is seen, as any drop. */
static int put(const struct spool *s, const char *question, const char *hidden, const struct buf *text,
	       struct diag *d)
{
	if (io_create(s->root, hidden, 0644, text->s, text->len, d) < 0)
		return -1;
	if (renameat(s->root, hidden, s->root, question) == 0)
		return 0;
	diag_errno(d, "cannot ask");
	unlinkat(s->root, hidden, 0);
	return -1;
}

/* 1: it is there; 0: not yet; -1: it is not for us, as who serves could not give it away. */
static int fetch(const struct spool *s, const char *name, struct buf *out)
{
	if (io_read(s->root, name, ANSWER_MAX, out, NULL) == 0)
		return 1;
	return errno == EACCES ? -1 : 0;
}

int check_ask(const struct spool *s, const struct buf *text, struct buf *out, struct diag *d)
{
	char id[UUID_TEXT], question[64], hidden[64], answer[80];
	struct uuid u;
	size_t len;
	int got = 0;

	uuid_v7_new(&u);
	uuid_format(&u, id);
	snprintf(question, sizeof question, "whatif/%s.yaml", id);
	snprintf(hidden, sizeof hidden, "whatif/.%s.tmp", id);
	snprintf(answer, sizeof answer, "run/whatif/%s.yaml.answer", id);
	if (put(s, question, hidden, text, d) < 0)
		return CHECK_UNKNOWN;
	for (int i = 0; i < PATIENCE && !(got = fetch(s, answer, out)); i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	if (got <= 0) {
		unlinkat(s->root, question, 0);
		diag_set(d, "what is known of sites and data is for who runs the hub, and no spoold has answered");
		return CHECK_UNKNOWN;
	}
	/* For views only. */
	len = out->len;
	if (refusal_read(out->s, &len)) {
		out->len = len;
		buf_addc(out, '\n');
	}
	return !strncmp(out->s, "YES", 3) ? CHECK_YES : CHECK_NO;
}
