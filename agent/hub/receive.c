/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "receive.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "act.h"
#include "io.h"
#include "sync.h"

/* So many in one turn: what was received is flushed and started before more is read. */
enum { MESSAGES_A_TURN = 64 };

static const struct uuid no_box;

/* --- acknowledgements -------------------------------------------------------- */

static void take_ack(struct agent *a, const struct mail_header *h)
{
	struct diag d = DIAG_INIT;

	if (uuid_cmp(&h->ack_box, &a->up.box) || h->ack <= a->mail.acked)
		return;
	a->mail.acked = h->ack;
	if (mailbox_trim(&a->up, h->ack, &d) < 0)
		log_diag(&a->log, "cannot remove what the hub has", &d);
}

int receive_open(struct agent *a, struct diag *d)
{
	struct buf text = BUF_INIT;
	struct mail_header h;

	(void)d;
	a->mail = (struct mail_state){ .cursor = 0 };
	if (!a->up.last)
		return 0;
	a->mail.cursor = a->up.newest.ack;
	a->mail.cursor_box = a->up.newest.ack_box;
	/* The newest message of the hub is never deleted: it says what it has of ours. */
	if (a->mail.cursor && mailbox_read(a->st.down, a->mail.cursor, &text, &h, NULL) == 1 &&
	    !uuid_cmp(&h.box, &a->mail.cursor_box))
		take_ack(a, &h);
	buf_free(&text);
	return 0;
}

/* --- which message is next ----------------------------------------------------------- */

static int check_header(struct agent *a, const struct mail_header *h, struct diag *d)
{
	if (strcmp(h->to, a->set->site))
		return diag_set(d, "it is for the site %s, expected %s", h->to, a->set->site);
	if (uuid_cmp(&h->box, &a->mail.cursor_box) && uuid_cmp(&a->mail.cursor_box, &no_box))
		return diag_set(d, "it is of another sequence than the messages before it");
	return 0;
}

/*
 * The hub's newest message is never deleted.  If neither the one we read last
 * nor a later one is there, but others are, then the hub lost its directory
 * and began again.
 */
static bool began_again(struct agent *a)
{
	struct buf text = BUF_INIT;
	struct mail_header h;
	char name[MAILBOX_NAME];
	bool again = false;

	mailbox_name(a->mail.cursor, name);
	if (!a->mail.cursor || faccessat(a->st.down, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return false;
	if (mailbox_read(a->st.down, 1, &text, &h, NULL) == 1)
		again = uuid_cmp(&h.box, &a->mail.cursor_box) != 0;
	buf_free(&text);
	return again;
}

/*
 * A site that lost its state begins a new sequence, which the hub takes for
 * that if it was made later than the one it knows.  Our clock may have gone
 * back since; what the hub says last tells what it knows.
 */
static void be_newer(struct uuid *box, const struct uuid *known)
{
	const struct uuid was = *box;

	if (uuid_cmp(box, known) <= 0)
		uuid_v7_make(uuid_time_ms(known) + 1, was.b + 6, box);
}

/* Was this message written by a hub that knows us, or knows nobody yet? */
static int is_for_us(struct agent *a, uint64_t number, struct buf *text, struct diag *d)
{
	struct mail_header h;
	int got = mailbox_read(a->st.down, number, text, &h, d);

	if (got <= 0)
		return got;
	if (!a->up.last)
		be_newer(&a->up.box, &h.ack_box);
	return !uuid_cmp(&h.ack_box, &no_box) || !uuid_cmp(&h.ack_box, &a->up.box);
}

static uint64_t lowest_above(struct agent *a, uint64_t number)
{
	int fd = openat(a->st.down, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	uint64_t n, lowest = 0;
	struct dirent *e;

	while (list && (e = readdir(list))) {
		n = mailbox_number(e->d_name);
		if (n > number && (!lowest || n < lowest))
			lowest = n;
	}
	if (list)
		closedir(list);
	return lowest;
}

/*
 * We have no cursor: this site is new, or it lost its directory.  What the hub
 * wrote before it heard of us was for the one before us, and has been given to
 * others; the last of that is kept until we acknowledge it.  So we begin where
 * a message for us follows one that is not.  1: *first is its number; 0: not there
 * yet; -1: nobody knows whom the message *first is for.
 */
static int first_for_us(struct agent *a, struct buf *text, uint64_t *first, struct diag *d)
{
	uint64_t previous = 0, n;

	for (n = lowest_above(a, 0); n; previous = n, n = lowest_above(a, n)) {
		int got = is_for_us(a, n, text, d);

		*first = n;
		if (got < 0)
			return -1;
		if (got > 0)
			return n == 1 || previous == n - 1;
	}
	return 0;
}

static void stop(struct agent *a, uint64_t number, const struct diag *d)
{
	char what[64];

	a->mail.stopped = true;
	snprintf(what, sizeof what, "the hub's message %" PRIu64 ", line %d", number, d->line);
	log_diag(&a->log, what, d);
}

/* Besides header and end there is a line, which will have to be acknowledged. */
static bool has_lines(const struct buf *text)
{
	const char *first = strstr(text->s, "\n--- {");

	return first && strstr(first + 1, "\n--- {");
}

/* 1: acted on; 0: there is none; -1: it stays unread. */
static int receive_one(struct agent *a, struct buf *text)
{
	uint64_t number = a->mail.cursor + 1;
	struct diag d = DIAG_INIT;
	struct mail_header h;
	uint32_t lines = 0;
	int got = a->mail.cursor ? 1 : first_for_us(a, text, &number, &d);

	if (got < 0)
		stop(a, number, &d);
	if (got <= 0)
		return got;
	got = mailbox_read(a->st.down, number, text, &h, &d);
	if (got == 0 && began_again(a)) {
		log_say(&a->log, "the hub began a new sequence of messages");
		a->mail.cursor = 0;
		a->mail.cursor_box = no_box;
		return 1;
	}
	if (got == 0)
		return 0;
	/* One pass: there will be an answer, and to act may take its time. */
	if (got > 0 && !a->watch && has_lines(text))
		sync_call(a);
	if (got < 0 || check_header(a, &h, &d) < 0 ||
	    act(a, number, text, &lines, &d) < 0) {
		stop(a, number, &d);
		return -1;
	}
	a->mail.stopped = false;
	a->mail.cursor = number;
	a->mail.cursor_box = h.box;
	/* A message without lines only acknowledges; to acknowledge that at once
	 * would never end. */
	a->mail.owe_ack |= lines > 0;
	take_ack(a, &h);
	return 1;
}

bool receive(struct agent *a)
{
	struct buf text = BUF_INIT;
	int got = 1;

	for (int i = 0; i < MESSAGES_A_TURN && got > 0; i++)
		got = receive_one(a, &text);
	buf_free(&text);
	return got > 0;
}
