/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "about.h"
#include "ended_report.h"
#include "instant.h"
#include "io.h"
#include "line.h"
#include "probes.h"

enum {
	GAP_US = 2000,			/* between two messages that tell of ends, */
	BUSY_GAP_US = 20000,		/* when we have more to do meanwhile */
	SOFT_US = 100000,		/* news that may be old by then */
	LOOK_US = 5000000,		/* between two looks at the machine */
	MESSAGE_MAX = 16 << 20,		/* more goes into the next one */
};

#define SIGN_OF_LIFE (30 * SECOND_US)
#define AGAIN_AFTER  (60 * SECOND_US)	/* acknowledged, and yet not settled */

/* --- what has been told --------------------------------------------------------- */

static void recall_report(struct agent *a, const struct line *l, struct tree *t, uint64_t number)
{
	struct message_report r;
	struct attempt *at;

	if (message_read_report(t, l, &r, NULL) < 0)
		return;
	at = attempts_find(&a->held, &r.job, r.attempt);
	if (!at || (at->state == ATTEMPT_ENDED && !phase_final((enum phase)r.phase)))
		return;
	at->told_phase = r.phase;
	at->told_in = number;
	at->told_at = instant_steady();
}

static void recall_message(struct agent *a, uint64_t number, struct buf *text)
{
	struct mail_header h;
	struct line_reader r;
	struct line l;

	if (mailbox_read(a->st.up, number, text, &h, NULL) != 1 ||
	    mailbox_lines(&r, text, NULL) < 0)
		return;
	while (line_next(&r, &l, NULL) > 0)
		if (message_kind(&l, NULL) == SAY_REPORT)
			recall_report(a, &l, &r.tree, number);
	line_close(&r);
}

/* The site document as told last, and by its mtime when. */
static void recall_site(struct agent *a)
{
	struct stat st;

	if (io_read(a->st.root, "told.yaml", 64 << 20, &a->tell.site_told, NULL) == 0 &&
	    !fstatat(a->st.root, "told.yaml", &st, AT_SYMLINK_NOFOLLOW))
		a->tell.site_last = st.st_mtim.tv_sec * SECOND_US + st.st_mtim.tv_nsec / 1000;
}

int tell_open(struct agent *a, struct diag *d)
{
	struct buf text = BUF_INIT;
	uint64_t number = a->up.first > a->mail.acked ? a->up.first : a->mail.acked + 1;

	(void)d;
	if (a->held.count)
		for (; number && number <= a->up.last; number++)
			recall_message(a, number, &text);
	buf_free(&text);
	/* Who begins a new sequence has told nothing. */
	if (a->up.last) {
		recall_site(a);
		heard_open(&a->heard, a->st.root);
	}
	a->tell.final = true;		/* let the first message look at all of them */
	a->tell.soft = true;
	return 0;
}

/* --- is there anything to say? ----------------------------------------------------- */

static bool in_up(const struct agent *a, const struct attempt *at)
{
	return at->told_phase >= 0 && at->told_in > a->mail.acked && at->told_in <= a->up.last;
}

static bool untold_end(const struct agent *a, const struct attempt *at, int64_t now)
{
	if (in_up(a, at))
		return false;
	return at->told_phase < 0 || at->told_in > a->up.last || now - at->told_at > AGAIN_AFTER;
}

static bool untold_phase(const struct agent *a, const struct attempt *at, enum phase phase)
{
	return at->told_phase != (int)phase || at->told_in > a->up.last;
}

static int64_t sign_of_life(const struct agent *a)
{
	int64_t every = a->watch ? SIGN_OF_LIFE : a->set->interval / 2;
	uint64_t unread = a->up.last > a->mail.acked ? a->up.last - a->mail.acked : 0;

	/* A hub that is away for a week need not find a week of them. */
	return every * (int64_t)(1 + unread / 16);
}

static bool site_changed(struct agent *a)
{
	struct buf now = BUF_INIT;
	bool changed = false;

	if (about_digest(a, &now, NULL) == 0)
		changed = now.len != a->tell.site_told.len ||
			  memcmp(now.s, a->tell.site_told.s, now.len);
	buf_free(&now);
	return changed;
}

static bool site_due(struct agent *a)
{
	int64_t age = instant_now() - a->tell.site_last;

	return (a->tell.asked && !probes_awaited(a)) || !a->tell.site_last || age < 0 || age >= sign_of_life(a) || site_changed(a);
}

/* Sooner is better than never: what the caller sleeps at most. */
static void sooner(int *wait, int64_t us)
{
	int ms = us <= 0 ? 0 : (int)((us + 999) / 1000);

	if (*wait < 0 || ms < *wait)
		*wait = ms;
}

bool tell_due(struct agent *a, bool force, int *wait)
{
	int64_t now = instant_steady(), since = now - a->tell.last, gap;

	if (force)
		return true;
	if ((a->tell.soft || a->mail.owe_ack) && !a->tell.soft_since)
		a->tell.soft_since = now;
	gap = a->held.in[ATTEMPT_READY].count ? BUSY_GAP_US + 2000 * a->flush_ms : GAP_US;
	if (a->tell.final && since >= gap)
		return true;
	if (a->tell.soft_since && now - a->tell.soft_since >= SOFT_US)
		return true;
	if (now >= a->tell.look) {
		a->tell.look = now + LOOK_US;
		if (site_due(a))
			return true;
	}
	if (a->tell.final)
		sooner(wait, gap - since);
	if (a->tell.soft_since)
		sooner(wait, a->tell.soft_since + SOFT_US - now);
	sooner(wait, a->tell.look - now);
	return false;
}

/* --- composing ------------------------------------------------------------------------ */

static int add_site(struct agent *a, struct buf *b, struct diag *d)
{
	struct buf doc = BUF_INIT;
	int rc = about_write(a, &doc, d);

	if (rc == 0) {
		line_begin(b);
		line_text(b, "site", a->set->site);
		line_body(b, doc.s, doc.len);
	}
	buf_free(&doc);
	return rc;
}

static void mark(struct agent *a, struct attempt *at, enum phase phase)
{
	at->told_phase = (int)phase;
	at->told_in = a->up.last + 1;
	at->told_at = instant_steady();
}

static void add_phase(struct agent *a, struct attempt *at, enum phase phase, struct buf *b,
		      uint32_t *lines)
{
	const struct message_report r = {
		.job = at->job, .attempt = at->number, .phase = phase, .time = instant_now(),
		.exit = -1, .signal = -1, .start = at->started,
		.text = phase == PHASE_PREPARING || phase == PHASE_RELEASING ? at->remark : NULL,
	};

	if (!untold_phase(a, at, phase))
		return;
	message_write_report(b, &r);
	++*lines;
	mark(a, at, phase);
}

static void add_end(struct agent *a, struct attempt *at, struct buf *b, uint32_t *lines)
{
	struct buf text = BUF_INIT;
	int rc = ended_report(a, at, &text);

	if (rc == 0)
		buf_add(b, text.s, text.len);
	buf_free(&text);
	if (rc < 0)
		return;
	++*lines;
	mark(a, at, PHASE_COMPLETED);	/* any final phase serves as the mark */
}

static void add_ends(struct agent *a, struct buf *b, uint32_t *lines)
{
	int64_t now = instant_steady();

	a->tell.final = false;
	for (struct attempt *at = a->held.in[ATTEMPT_ENDED].first; at; at = at->next) {
		if (!untold_end(a, at, now))
			continue;
		if (b->len > MESSAGE_MAX) {
			a->tell.final = true;
			return;
		}
		add_end(a, at, b, lines);
	}
}

static void add_phases(struct agent *a, struct buf *b, uint32_t *lines)
{
	struct attempt *at;

	for (at = a->held.in[ATTEMPT_PREPARING].first; at; at = at->next)
		add_phase(a, at, PHASE_PREPARING, b, lines);
	for (at = a->held.in[ATTEMPT_READY].first; at; at = at->next)
		if (at->chosen)
			add_phase(a, at, PHASE_RUNNING, b, lines);
	for (at = a->held.in[ATTEMPT_RUNNING].first; at; at = at->next)
		add_phase(a, at, PHASE_RUNNING, b, lines);
	for (at = a->held.in[ATTEMPT_COLLECTING].first; at; at = at->next)
		add_phase(a, at, PHASE_RELEASING, b, lines);
}

int tell_compose(struct agent *a, struct diag *d)
{
	struct mail_header h = { .ack = a->mail.cursor, .ack_box = a->mail.cursor_box,
				 .time = instant_now() };
	struct buf b = BUF_INIT;
	uint32_t lines = 0;
	int rc = 0;

	snprintf(h.from, sizeof h.from, "%s", a->set->site);
	snprintf(h.to, sizeof h.to, "hub");
	mailbox_begin(&a->up, &b, &h);
	a->tell.with_site = site_due(a);
	if (a->tell.with_site) {
		rc = add_site(a, &b, d);
		lines++;
	}
	if (rc == 0) {
		add_ends(a, &b, &lines);
		add_phases(a, &b, &lines);
	}
	a->tell.soft = false;
	a->tell.soft_since = 0;
	if (rc == 0 && b.failed)
		rc = diag_nomem(d);
	if (rc == 0 && (lines || a->mail.owe_ack))
		rc = mailbox_hide(&a->up, &b, lines, d) < 0 ? -1 : 1;
	buf_free(&b);
	if (rc > 0)
		a->dirty = true;
	if (rc < 0)
		a->tell.soft = a->tell.final = true;
	return rc;
}

/* --- shown -------------------------------------------------------------------------------- */

static void note_site(struct agent *a)
{
	buf_reset(&a->tell.site_told);
	a->tell.site_last = instant_now();
	if (about_digest(a, &a->tell.site_told, NULL) == 0)
		(void)!io_publish(a->st.root, "told.yaml", 0600, a->tell.site_told.s,
				  a->tell.site_told.len, 0, NULL);
}

int tell_show(struct agent *a, struct diag *d)
{
	if (mailbox_show(&a->up, d) < 0) {
		a->tell.soft = a->tell.final = true;
		return -1;
	}
	/* The one before the last is safe now, and those before it may go. */
	(void)!mailbox_trim(&a->up, a->mail.acked, NULL);
	a->tell.last = instant_steady();
	a->mail.owe_ack = false;
	if (a->tell.with_site) {
		heard_shown(&a->heard, a->st.root);
		a->tell.whole = false;
		note_site(a);
		if (!probes_awaited(a))
			a->tell.asked = 0;
	}
	a->tell.with_site = false;
	return 0;
}
