/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "receive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect.h"
#include "ended.h"
#include "instant.h"
#include "io.h"
#include "line.h"
#include "machine_load.h"
#include "probes.h"
#include "room.h"
#include "start.h"
#include "sync.h"

/* So many in one turn: what was received is flushed and started before more is read. */
enum { MESSAGES_A_TURN = 64 };
/* A fresh look takes no longer, though a store may hang. */
enum { ANSWER_MS = 5000 };

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

/* --- assign ------------------------------------------------------------------- */

/*
 * Straight under its name: until a flush has passed the message that brought it
 * is not acknowledged, and a file that a crash has torn is thrown away and
 * written anew when the message is read again.
 */
static int write_waiting(struct agent *a, const struct attempt *at, const char *raw, size_t len,
			 struct diag *d)
{
	struct buf text = BUF_INIT;
	char name[ATTEMPT_KEY + 8];
	int rc;

	snprintf(name, sizeof name, "%s.yaml", at->key);
	line_begin(&text);
	line_int(&text, "received", (long long)at->message);
	line_int(&text, "line", at->line);
	line_end(&text);
	buf_add(&text, raw, len);
	unlinkat(a->st.waiting, name, 0);
	rc = text.failed ? diag_nomem(d)
			 : io_create(a->st.waiting, name, 0600, text.s, text.len, d);
	buf_free(&text);
	return rc;
}

/* What can never run here is told so at once; the hub had old news of us. */
static int refuse_too_big(struct agent *a, struct attempt *at, struct diag *d)
{
	const struct room all = room_all(a);
	char text[200];

	if (room_fits(&all, at))
		return 0;
	if (at->cores <= a->cores && at->memory <= a->memory)
		snprintf(text, sizeof text, "it needs GPUs that this site does not have");
	else
		snprintf(text, sizeof text, "it needs %u cores and %" PRIu64 " bytes of memory, this site "
			 "has %u and %" PRIu64, at->cores, at->memory, a->cores, a->memory);
	return ended_without_running(a, at, PHASE_FAILED, "site", text, d);
}

/* What the job asks for; a limit that nobody has named is that of the site, or a day. */
static int64_t walltime_of(const struct agent *a, const struct message_assign *m)
{
	return m->walltime ? m->walltime : a->set->walltime ? a->set->walltime : DAY_US;
}

/* Entered before the attempt's own file is made.  1: it is taken; 0: it has been
 * refused; -1. */
static int enter(struct agent *a, struct attempt *at, const struct message_assign *m,
		 struct diag *d)
{
	const struct ledger_entry e = { at->key, at->cores, at->memory, walltime_of(a, m) };
	int64_t now = instant_now();
	char why[100];

	if (ledger_allows(&a->ledger, &a->set->pull.day, &e, now, why, sizeof why)) {
		ledger_take(&a->ledger, &e, now);
		if (!policy_has_day(&a->set->pull))
			return 1;
		a->tell.soft = true;
		return ledger_write(&a->ledger, a->st.root, d) < 0 ? -1 : 1;
	}
	ledger_refuse(&a->ledger, at->key, why, now);
	return ended_without_running(a, at, PHASE_FAILED, "policy", why, d) < 0 ? -1 : 0;
}

static int assign(struct agent *a, uint64_t message, uint32_t line, const struct line *l,
		  struct tree *t, const char *raw, size_t len, struct diag *d)
{
	struct message_assign m;
	struct attempt *at;
	int got;

	if (message_read_assign(t, l, &m, d) < 0)
		return -1;
	if (attempts_find(&a->held, &m.job, m.attempt))
		return 0;
	at = attempts_add(&a->held, &m.job, m.attempt, ATTEMPT_WAITING);
	if (!at)
		return diag_nomem(d);
	at->message = message;
	at->line = line;
	a->held.scheduled += m.start != 0;
	if (attempt_fill(at, &m, d) < 0 || (got = enter(a, at, &m, d)) < 0 ||
	    (got && write_waiting(a, at, raw, len, d) < 0)) {
		attempts_remove(&a->held, at);
		return -1;
	}
	if (!got)
		return 0;
	a->unstaged = true;
	return refuse_too_big(a, at, d);
}

/* --- cancel, settle --------------------------------------------------------------- */

/*
 * An attempt that nobody here has heard of is told as cancelled: it was lost
 * with this site's state, or it has been settled and the hub will say so again.
 */
static int cancel_unknown(struct agent *a, const struct message_job *m, struct diag *d)
{
	struct attempt *at = attempts_add(&a->held, &m->job, m->attempt, ATTEMPT_WAITING);

	if (!at)
		return diag_nomem(d);
	if (ended_without_running(a, at, PHASE_CANCELLED, NULL, "this site does not hold it", d) == 0)
		return 0;
	attempts_remove(&a->held, at);
	return -1;
}

static int cancel(struct agent *a, const struct line *l, struct diag *d)
{
	struct message_job m;
	struct attempt *at;

	if (message_read_job(l, &m, d) < 0)
		return -1;
	at = attempts_find(&a->held, &m.job, m.attempt);
	if (!at)
		return cancel_unknown(a, &m, d);
	switch (at->state) {
	case ATTEMPT_WAITING:
	case ATTEMPT_PREPARING:
	case ATTEMPT_READY:
		return ended_without_running(a, at, PHASE_CANCELLED, NULL, m.reason, d);
	case ATTEMPT_RUNNING:
	case ATTEMPT_COLLECTING:
		return collect_stop(a, at, m.reason, d);
	default:
		return 0;	/* it has ended already, and that is what is told */
	}
}

static int settle(struct agent *a, const struct line *l, struct diag *d)
{
	struct message_job m;
	struct attempt *at;

	if (message_read_job(l, &m, d) < 0)
		return -1;
	at = attempts_find(&a->held, &m.job, m.attempt);
	if (!at || at->state != ATTEMPT_ENDED)
		return 0;
	return ended_settle(a, at, d);
}

/* --- ask ------------------------------------------------------------------------------ */

static int ask(struct agent *a, const struct line *l, struct diag *d)
{
	struct message_ask m;

	if (message_read_ask(l, &m, d) < 0)
		return -1;
	a->tell.asked = m.number;
	a->tell.answer_by = instant_steady_ms() + ANSWER_MS;
	a->tell.whole |= m.whole;
	if (m.look) {
		probes_start(a, true);
		machine_load(a, true);
	}
	a->tell.soft = true;
	return 0;
}

/* --- messages ---------------------------------------------------------------------- */

static int act(struct agent *a, uint64_t message, uint32_t line, const struct line *l,
	       struct tree *t, const char *raw, size_t len, struct diag *d)
{
	switch (message_kind(l, d)) {
	case SAY_ASSIGN:
		return assign(a, message, line, l, t, raw, len, d);
	case SAY_CANCEL:
		return cancel(a, l, d);
	case SAY_SETTLE:
		return settle(a, l, d);
	case SAY_ASK:
		return ask(a, l, d);
	case SAY_SITE:
	case SAY_REPORT:
		return diag_at(d, l->number, 0, "a line that only a site says");
	default:
		/* The hub may be newer than we are; what it says of jobs is known since the first version. */
		if (!l->map->child)
			return -1;
		log_say(&a->log, "the hub says something that is not known here (%.60s); it is left out",
			l->map->child->key);
		return 0;
	}
}

static int act_on_all(struct agent *a, uint64_t message, const struct buf *text, uint32_t *lines,
		      struct diag *d)
{
	struct line_reader r;
	struct line l;
	int got = -1;

	*lines = 0;
	if (mailbox_lines(&r, text, d) < 0)
		goto out;
	for (;;) {
		const char *raw = r.at;

		got = line_next(&r, &l, d);
		if (got <= 0)
			break;
		if (act(a, message, ++*lines, &l, &r.tree, raw, (size_t)(r.at - raw), d) < 0) {
			got = -1;
			break;
		}
	}
out:
	line_close(&r);
	return got;
}

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
static int is_for_us(struct agent *a, uint64_t number, struct buf *text)
{
	struct mail_header h;
	int got = mailbox_read(a->st.down, number, text, &h, NULL);

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
 * a message for us follows one that is not.  0: not there yet.
 */
static uint64_t first_for_us(struct agent *a, struct buf *text)
{
	uint64_t previous = 0, n;

	for (n = lowest_above(a, 0); n; previous = n, n = lowest_above(a, n))
		if (is_for_us(a, n, text) > 0)
			return n == 1 || previous == n - 1 ? n : 0;
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
	int got;

	if (!a->mail.cursor && is_for_us(a, 1, text) <= 0) {
		number = first_for_us(a, text);
		if (!number)
			return 0;
	}
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
	    act_on_all(a, number, text, &lines, &d) < 0) {
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
