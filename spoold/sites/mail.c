/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "export.h"
#include "live.h"
#include "message.h"
#include "payload.h"
#include "report.h"
#include "say.h"
#include "site_table.h"

/* --- one message ----------------------------------------------------------------- */

static int act_on_line(struct hub *h, uint16_t site, const struct line *l, struct diag *d)
{
	struct message_report r;
	struct tree t = TREE_INIT;
	int got;

	if (message_kind(l, d) == SAY_SITE) {
		got = site_table_learn(h, site, l->body ? l->body : "", l->body_len, true, d);
		h->sites.site[site]->given.told |= got == 0;
		if (got == 0) {
			export_clean(h, site);
			live_heard(h, site);
		}
		return got;
	}
	got = message_read_report(&t, l, &r, d);
	if (got == 0) {
		got = report_act(h, site, &r, d);
		h->sites.site[site]->reply_due = true;
		say_mark(h, site);
	}
	tree_free(&t);
	return got;
}

static int act(struct hub *h, uint16_t site, const struct buf *text, struct diag *d)
{
	struct line_reader reader;
	struct line l;
	int got = mailbox_lines(&reader, text, d), next = 0;

	while (got == 0 && (next = line_next(&reader, &l, d)) > 0)
		got = act_on_line(h, site, &l, d);
	line_close(&reader);
	return got < 0 || next < 0 ? -1 : 0;
}

/* --- one mailbox ------------------------------------------------------------------ */

/* The site lost its state and begins anew: what it held is gone. */
static void new_box(struct hub *h, uint16_t site, const struct mail_header *head)
{
	struct site *s = h->sites.site[site];
	static const struct uuid none;
	struct diag d = DIAG_INIT;

	if (uuid_cmp(&s->peer, &none)) {
		hub_log("%s begins a new mailbox; the jobs it held are given to others", s->name);
		while (s->held.count)
			if (report_lost(h, s->held.head, "the site lost its state", &d) < 0) {
				hub_trouble(h, "taking jobs back", &d);
				break;
			}
	}
	s->peer = head->box;
	s->cursor = 0;
	say_mark(h, site);
}

static int check_header(struct hub *h, uint16_t site, const struct mail_header *head, struct diag *d)
{
	struct site *s = h->sites.site[site];

	if (!strcmp(head->from, s->name))
		return 0;
	diag_set(d, "the message says it is from \"%.64s\", and lies in the mailbox of %s", head->from,
		 s->name);
	d->err = EBADMSG;
	return -1;
}

static void stop_mailbox(struct site *s, uint64_t number, const struct diag *d)
{
	char file[MAILBOX_NAME];
	struct buf why = BUF_INIT;

	mailbox_name(number, file);
	diag_format(d, file, &why);
	if (!s->stuck || strncmp(s->stuck_why, why.s, sizeof s->stuck_why - 1))
		hub_log("the mail of %s is stopped: %s", s->name, why.s);
	s->stuck = true;
	snprintf(s->stuck_why, sizeof s->stuck_why, "%s", why.s);
	buf_free(&why);
}

static int read_message(struct hub *h, uint16_t site, uint64_t number, struct buf *text,
			struct mail_header *head, struct diag *d)
{
	int got = mailbox_read(h->sites.site[site]->up, number, text, head, d);

	return got == 1 && check_header(h, site, head, d) < 0 ? -1 : got;
}

static void note_old_box(struct site *s)
{
	if (!s->old_box)
		hub_log("message 1 in the mail of %s is of an older box and not looked at; if the site has "
			"lost its state, its clock is behind", s->name);
	s->old_box = true;
}

/*
 * A message numbered 1 in a box that we do not know is a new beginning.  Boxes
 * are named by the time at which they were made: what comes out of an older
 * one was copied late.
 */
static int find_message(struct hub *h, uint16_t site, struct buf *text, struct mail_header *head,
			struct diag *d)
{
	struct site *s = h->sites.site[site];
	struct diag old = DIAG_INIT;
	int got = read_message(h, site, s->cursor + 1, text, head, d);

	if (got < 0 || (got == 1 && uuid_cmp(&head->box, &s->peer) == 0))
		return got;
	if (s->cursor)
		got = read_message(h, site, 1, text, head, &old);
	if (got != 1 || uuid_cmp(&head->box, &s->peer) == 0)
		return 0;	/* nothing, or an old message that was put back */
	if (uuid_cmp(&head->box, &s->peer) < 0) {
		note_old_box(s);
		return 0;
	}
	new_box(h, site, head);
	return 1;
}

static void message_taken(struct hub *h, uint16_t site, const struct mail_header *head)
{
	struct site *s = h->sites.site[site];
	struct diag d = DIAG_INIT;

	s->cursor = head->number;
	s->stuck = false;
	s->heard = h->ticks;
	learned_heard(h, s);
	if (s->given.told)
		site_day_told(h, s, uuid_cmp(&head->ack_box, &s->out.box) == 0 ? head->ack : 0);
	s->spoke = true;
	h->count.messages_in++;
	say_mark(h, site);
	if (uuid_cmp(&head->ack_box, &s->out.box) == 0 && mailbox_trim(&s->out, head->ack, &d) < 0)
		hub_site_trouble(h, s, 0, "trimming its mailbox", &d);
}

/* Of errors only those of the disk and of the process are ours: a site may put
 * a directory, a FIFO or a link in the place of a message. */
static bool sites_fault(const struct diag *d)
{
	static const int ours[] = {
		EIO, ENOSPC, EDQUOT, EROFS, ENOMEM, EMFILE, ENFILE, EACCES, EPERM, ESTALE, EINTR, EAGAIN, ENODEV,
	};

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (d->err == ours[i])
			return false;
	return true;
}

/* Who acts writes what is all sites' concern; a mailbox is that of one. */
static void trouble(struct hub *h, struct site *s, bool acting, const struct diag *d)
{
	if (acting)
		hub_trouble(h, s->name, d);
	else
		hub_site_trouble(h, s, TROUBLE_HEARING, "its mail cannot be read", d);
}

/* 1: one message was taken; 0: none to take now. */
static int take_one(struct hub *h, uint16_t site, struct buf *text)
{
	struct site *s = h->sites.site[site];
	struct mail_header head = { .number = s->cursor + 1 };
	struct diag d = DIAG_INIT;
	int got = find_message(h, site, text, &head, &d);
	bool acting;

	if (got == 1)
		got = payload_check(h, site, &head, text, &d);
	acting = got == 1;
	if (got == 1)
		got = act(h, site, text, &d) < 0 ? -1 : 1;
	if (got >= 0)
		s->trouble &= (uint8_t)~TROUBLE_HEARING;
	if (got == 1)
		message_taken(h, site, &head);
	else if (got < 0 && sites_fault(&d))
		stop_mailbox(s, s->cursor + 1, &d);
	else if (got < 0)
		trouble(h, s, acting, &d);
	else
		s->stuck = false;	/* what was wrong is not there any more */
	return got == 1;
}

uint32_t mail_take(struct hub *h, uint16_t site, bool *more)
{
	struct buf text = BUF_INIT;
	uint32_t n = 0;

	*more = false;
	/* Without the own mailbox it is not known what was taken already. */
	if (h->sites.site[site]->up < 0 || h->sites.site[site]->out.dir < 0)
		return 0;
	while (n < 64 && take_one(h, site, &text))
		n++;
	*more = n == 64;
	buf_free(&text);
	return n;
}

/* --- leases ------------------------------------------------------------------------ */

/* One whose agreed start has not come, or hardly, is kept: the site has its
 * schedule, and needs nobody to start it. */
static bool is_lost(const struct hub *h, const struct job *job)
{
	return !job->agreed || job->phase >= PHASE_RUNNING || h->now - job->start > h->config.lease;
}

static uint32_t count_lost(const struct hub *h, const struct site *s)
{
	uint32_t n = 0;

	for (uint32_t j = s->held.head; j != NO_JOB; j = h->jobs.job[j].next)
		n += is_lost(h, &h->jobs.job[j]);
	return n;
}

static void give_back(struct hub *h, uint16_t site)
{
	struct site *s = h->sites.site[site];
	struct diag d = DIAG_INIT;

	for (uint32_t j = s->held.head, next; j != NO_JOB; j = next) {
		struct job job = h->jobs.job[j];

		next = job.next;
		if (!is_lost(h, &job))
			continue;
		if (report_lost(h, j, "the site has been silent for longer than the lease", &d) < 0) {
			hub_trouble(h, "taking jobs back", &d);
			return;
		}
		say_cancel(h, site, &job.id, job.attempt, "the lease ran out");
	}
}

void mail_check_leases(struct hub *h)
{
	for (uint32_t i = 0; i < h->sites.count; i++) {
		struct site *s = h->sites.site[i];
		uint32_t lost;

		/* It has said much, and is being listened to. */
		if (payload_busy(s))
			s->heard = h->ticks;
		lost = s->held.count && h->ticks - s->heard > h->config.lease ? count_lost(h, s) : 0;

		if (lost) {
			hub_log("%s has been silent for too long; %u jobs are given to others", s->name, lost);
			give_back(h, (uint16_t)i);
		}
	}
}
