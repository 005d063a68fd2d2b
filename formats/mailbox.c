/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mailbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "field.h"
#include "io.h"

void mailbox_name(uint64_t number, char name[MAILBOX_NAME])
{
	snprintf(name, MAILBOX_NAME, "%08" PRIu64 ".yaml", number % 1000000000000000000u);
}

uint64_t mailbox_number(const char *name)
{
	uint64_t n = 0;
	size_t digits = strspn(name, "0123456789");

	if (digits < 8 || digits > 18 || strcmp(name + digits, ".yaml") ||
	    (digits > 8 && name[0] == '0'))
		return 0;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (uint64_t)(name[i] - '0');
	return n;
}

static void hidden_name(uint64_t number, char name[MAILBOX_NAME + 8])
{
	char shown[MAILBOX_NAME];

	mailbox_name(number, shown);
	snprintf(name, MAILBOX_NAME + 8, ".%s.tmp", shown);
}

static uint64_t hidden_number(const char *name)
{
	char shown[MAILBOX_NAME + 8];
	size_t len = strlen(name);

	if (name[0] != '.' || len < 6 || len > sizeof shown || strcmp(name + len - 4, ".tmp"))
		return 0;
	memcpy(shown, name + 1, len - 5);
	shown[len - 5] = '\0';
	return mailbox_number(shown);
}

/* --- header and end ------------------------------------------------------ */

struct raw_header {
	int64_t message, ack, time;
	const char *from, *to;
	struct uuid box, ack_box;
};

static const struct field header_fields[] = {
	{ "message", FIELD_INT, offsetof(struct raw_header, message), .required = true },
	{ "from", FIELD_NAME, offsetof(struct raw_header, from), .required = true },
	{ "to", FIELD_NAME, offsetof(struct raw_header, to), .required = true },
	{ "box", FIELD_UUID, offsetof(struct raw_header, box), .required = true },
	{ "ack", FIELD_INT, offsetof(struct raw_header, ack), .required = true },
	{ "ack-box", FIELD_UUID, offsetof(struct raw_header, ack_box) },
	{ "time", FIELD_INSTANT, offsetof(struct raw_header, time), .required = true },
	{ .name = NULL },
};

static int read_header(const struct line *l, struct mail_header *h, struct diag *d)
{
	struct raw_header raw = { .message = 0 };

	if (field_read(l->map, "the header of a message", header_fields, &raw, d) < 0)
		return -1;
	if (raw.message < 1 || raw.ack < 0)
		return diag_at(d, l->number, 0, "message numbers begin at 1, acknowledgements at 0");
	*h = (struct mail_header){ .number = (uint64_t)raw.message, .box = raw.box,
				   .ack = (uint64_t)raw.ack, .ack_box = raw.ack_box, .time = raw.time };
	snprintf(h->from, sizeof h->from, "%s", raw.from);
	snprintf(h->to, sizeof h->to, "%s", raw.to);
	return 0;
}

/* The end line is written last; a message that was cut anywhere lacks it. */
static int check_end(const char *text, size_t len, uint64_t number, struct diag *d)
{
	char want[48];
	const char *last = len > 1 ? memrchr(text, '\n', len - 1) : NULL;
	int n = snprintf(want, sizeof want, "--- {end: %" PRIu64 ", lines: ", number);

	last = last ? last + 1 : text;
	if (!len || text[len - 1] != '\n' || text + len - last < n || memcmp(last, want, (size_t)n))
		return diag_set(d, "not whole: it does not end with `%s...}`", want);
	return 0;
}

static int check_message(const char *text, size_t len, uint64_t number, struct mail_header *h,
			 struct diag *d)
{
	struct line_reader r;
	struct line l;
	int got;

	*h = (struct mail_header){ .number = 0 };
	line_open(&r, text, len);
	got = line_next(&r, &l, d);
	if (got == 0)
		got = diag_set(d, "an empty file; a message begins with a header line");
	if (got > 0)
		got = read_header(&l, h, d);
	line_close(&r);
	if (got < 0)
		return -1;
	if (h->number != number)
		return diag_at(d, 1, 0, "its header says message %" PRIu64 ", its name %" PRIu64,
			       h->number, number);
	return check_end(text, len, number, d);
}

/* --- reading ------------------------------------------------------------- */

int mailbox_read(int dir, uint64_t number, struct buf *text, struct mail_header *h, struct diag *d)
{
	char name[MAILBOX_NAME];

	buf_reset(text);
	mailbox_name(number, name);
	if (io_read(dir, name, MAILBOX_MAX_BYTES, text, d) < 0)
		return errno == ENOENT ? 0 : -1;
	if (check_message(text->s, text->len, number, h, d) < 0) {
		if (d)
			d->err = EBADMSG;
		errno = EBADMSG;
		return -1;
	}
	return 1;
}

int mailbox_lines(struct line_reader *r, const struct buf *text, struct diag *d)
{
	const char *last = memrchr(text->s, '\n', text->len - 1);
	struct line l;

	/* mailbox_read has seen the end line; leave it out of the walk. */
	line_open(r, text->s, (size_t)(last + 1 - text->s));
	return line_next(r, &l, d) > 0 ? 0 : -1;
}

/* --- writing ------------------------------------------------------------- */

struct listing {
	uint64_t first, last;
	uint64_t *hidden;
	size_t hiddens;
};

static int remember_hidden(struct listing *ls, uint64_t n, struct diag *d)
{
	uint64_t *more = realloc(ls->hidden, (ls->hiddens + 1) * sizeof *more);

	if (!more)
		return diag_nomem(d);
	ls->hidden = more;
	ls->hidden[ls->hiddens++] = n;
	return 0;
}

static int list(int dir, struct listing *ls, struct diag *d)
{
	DIR *p = io_list(dir, ".", d);
	int r = 0;
	struct dirent *e;

	if (!p)
		return -1;
	while (r == 0 && (errno = 0, e = readdir(p))) {
		uint64_t n = mailbox_number(e->d_name), h = hidden_number(e->d_name);

		if (h)
			r = remember_hidden(ls, h, d);
		if (!n)
			continue;
		if (!ls->first || n < ls->first)
			ls->first = n;
		if (n > ls->last)
			ls->last = n;
	}
	if (r == 0 && errno)
		r = diag_errno(d, "cannot list a mailbox");
	closedir(p);
	return r;
}

/* A crash left a hidden message.  It is shown if it is the next one, whole,
 * and the owner finds all that it tells of on disk; else nobody has seen it. */
static int settle_hidden(struct mailbox *m, uint64_t number, mailbox_vouch *vouch, void *ctx,
			 struct diag *d)
{
	char hidden[MAILBOX_NAME + 8], name[MAILBOX_NAME];
	struct buf text = BUF_INIT;
	struct mail_header h;
	bool good;
	int r;

	hidden_name(number, hidden);
	mailbox_name(number, name);
	good = number == m->last + 1 && io_read(m->dir, hidden, MAILBOX_MAX_BYTES, &text, NULL) == 0 &&
	       check_message(text.s, text.len, number, &h, NULL) == 0 &&
	       (!m->last || !uuid_cmp(&h.box, &m->box)) && (!vouch || vouch(text.s, text.len, ctx));
	buf_free(&text);
	if (!good) {
		r = unlinkat(m->dir, hidden, 0);
		return r < 0 && errno != ENOENT ? diag_errno(d, "cannot remove %s", hidden) : 0;
	}
	if (renameat(m->dir, hidden, m->dir, name) < 0)
		return diag_errno(d, "cannot show message %s", name);
	m->last = number;
	if (!m->first)
		m->first = number;
	m->newest = h;
	m->box = h.box;
	return 0;
}

static int read_newest(struct mailbox *m, struct diag *d)
{
	struct buf text = BUF_INIT;
	struct diag why = DIAG_INIT;
	char name[MAILBOX_NAME];
	int got = mailbox_read(m->dir, m->last, &text, &m->newest, &why);

	buf_free(&text);
	if (got == 1) {
		m->box = m->newest.box;
		return 0;
	}
	mailbox_name(m->last, name);
	diag_set(d, "the newest message, %s, cannot be read: %.300s", name, why.text);
	if (d)
		d->err = why.err;
	return -1;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int mailbox_open(struct mailbox *m, int dir, mailbox_vouch *vouch, void *ctx, struct diag *d)
{
	struct listing ls = { 0 };
	int r;

	*m = (struct mailbox){ .dir = dir };
	r = list(dir, &ls, d);
	m->first = ls.first;
	m->last = m->safe = ls.last;
	if (r == 0 && m->last)
		r = read_newest(m, d);
	if (ls.hiddens)
		qsort(ls.hidden, ls.hiddens, sizeof *ls.hidden, by_number);
	for (size_t i = 0; r == 0 && i < ls.hiddens; i++)
		r = settle_hidden(m, ls.hidden[i], vouch, ctx, d);
	free(ls.hidden);
	if (r == 0 && !m->last)
		uuid_v7_new(&m->box);
	return r;
}

void mailbox_begin(const struct mailbox *m, struct buf *b, const struct mail_header *h)
{
	static const struct uuid none;
	char id[37];

	line_begin(b);
	line_int(b, "message", (long long)m->last + 1);
	line_text(b, "from", h->from);
	line_text(b, "to", h->to);
	uuid_format(&m->box, id);
	line_text(b, "box", id);
	line_int(b, "ack", (long long)h->ack);
	if (uuid_cmp(&h->ack_box, &none)) {
		uuid_format(&h->ack_box, id);
		line_text(b, "ack-box", id);
	}
	line_time(b, "time", h->time);
	line_end(b);
}

int mailbox_hide(struct mailbox *m, struct buf *b, uint32_t lines, struct diag *d)
{
	char hidden[MAILBOX_NAME + 8];
	uint64_t number = m->last + 1;
	struct mail_header h;

	/* Whatever was hidden before is not what has to be said now. */
	m->hidden = 0;
	line_begin(b);
	line_int(b, "end", (long long)number);
	line_int(b, "lines", lines);
	line_end(b);
	if (b->failed)
		return diag_nomem(d);
	if (check_message(b->s, b->len, number, &h, d) < 0)
		return -1;
	hidden_name(number, hidden);
	if (unlinkat(m->dir, hidden, 0) < 0 && errno != ENOENT)
		return diag_errno(d, "cannot remove %s", hidden);
	if (io_create(m->dir, hidden, 0644, b->s, b->len, d) < 0)
		return -1;
	m->hidden = number;
	m->next = h;
	return 0;
}

int mailbox_show(struct mailbox *m, struct diag *d)
{
	char hidden[MAILBOX_NAME + 8], name[MAILBOX_NAME];

	if (!m->hidden)
		return 0;
	hidden_name(m->hidden, hidden);
	mailbox_name(m->hidden, name);
	if (renameat(m->dir, hidden, m->dir, name) < 0)
		return diag_errno(d, "cannot show message %s", name);
	/* The flush before this made the rename before it safe. */
	m->safe = m->last;
	m->last = m->hidden;
	m->newest = m->next;
	if (!m->first)
		m->first = m->last;
	m->hidden = 0;
	return 0;
}

int mailbox_trim(struct mailbox *m, uint64_t ack, struct diag *d)
{
	char name[MAILBOX_NAME];

	for (; m->first && m->first < m->safe && m->first <= ack; m->first++) {
		mailbox_name(m->first, name);
		if (unlinkat(m->dir, name, 0) < 0 && errno != ENOENT)
			return diag_errno(d, "cannot remove message %s", name);
	}
	return 0;
}
