/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lines - our own handwriting, as it may come back.
 *
 *  - tree_parse_line gives the tree, or the refusal, that tree_parse gives;
 *  - whatever bytes are written as a scalar, the line can be read again;
 *  - what line_next has walked over can be walked over again, and no further;
 *  - cut anywhere, what was whole before is still found;
 *  - what is whole of a job's file tells the same state as the file;
 *  - so does what is whole of a reservation's or a transaction's file;
 *  - a message that mailbox_read takes has lines that can be walked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "jobfile.h"
#include "line.h"
#include "mailbox.h"
#include "reservation_file.h"
#include "transaction_file.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* --- two readers of one line ---------------------------------------------------- */

static void must_be_same(const struct node *a, const struct node *b)
{
	for (; a && b; a = a->next, b = b->next) {
		must(a->kind == b->kind && a->quoted == b->quoted && a->count == b->count);
		must(a->line == b->line && a->col == b->col);
		must(a->key_line == b->key_line && a->key_col == b->key_col);
		must(!a->key == !b->key && (!a->key || !strcmp(a->key, b->key)));
		must(a->len == b->len && !memcmp(a->text, b->text, a->len + 1));
		must_be_same(a->child, b->child);
	}
	must(!a && !b);
}

static void two_readers(const char *text, size_t len)
{
	struct tree fast = TREE_INIT, slow = TREE_INIT;
	struct diag f = DIAG_INIT, s = DIAG_INIT;
	int rf = tree_parse_line(&fast, text, len, 1, 1, &f), rs = tree_parse(&slow, text, len, NULL, &s);

	if (rs == 0 && (!slow.root || slow.root->kind != NODE_MAP)) {
		must(rf < 0);
	} else {
		must(rf == rs);
		if (rf < 0)
			must(!strcmp(f.text, s.text) && f.line == s.line && f.col == s.col);
		else
			must_be_same(fast.root, slow.root);
	}
	tree_free(&fast);
	tree_free(&slow);
}

/* --- what is written ---------------------------------------------------------------- */

static void a_scalar(const char *text, size_t len)
{
	struct buf b = BUF_INIT;
	struct line_reader r;
	struct line l;
	struct diag d = DIAG_INIT;

	line_begin(&b);
	line_textn(&b, "text", text, len);
	line_text(&b, "after", "it");
	line_end(&b);
	line_open(&r, b.s, b.len);
	if (line_next(&r, &l, &d) == 1) {
		must(l.map->count == 2 && line_key_equals(&l, "after", "it"));
		must(line_next(&r, &l, &d) == 0);
	} else {
		must(memchr(text, 0, len) != NULL);
	}
	line_close(&r);
	buf_free(&b);
}

static void a_body(const char *text, size_t len)
{
	struct buf b = BUF_INIT;
	struct line_reader r;
	struct line l;
	struct diag d = DIAG_INIT;

	line_begin(&b);
	line_body(&b, text, len);
	line_begin(&b);
	line_text(&b, "after", "it");
	line_end(&b);
	line_open(&r, b.s, b.len);
	must(line_next(&r, &l, &d) == 1 && l.body && l.body_len == len && !memcmp(l.body, text, len));
	must(line_next(&r, &l, &d) == 1 && line_key_equals(&l, "after", "it"));
	must(line_next(&r, &l, &d) == 0);
	line_close(&r);
	buf_free(&b);
}

/* --- what is read ------------------------------------------------------------------------ */

static int walk(const char *text, size_t len, size_t *at, struct diag *d)
{
	struct line_reader r;
	struct line l;
	int n = 0, got;

	*d = (struct diag)DIAG_INIT;
	line_open(&r, text, len);
	while ((got = line_next(&r, &l, d)) > 0) {
		must(l.text >= text && l.text + l.len <= text + len && l.map && l.map->kind == NODE_MAP);
		must(!l.body || (l.body >= text && l.body + l.body_len <= text + len));
		must(l.map->line == l.number);
		n++;
	}
	*at = (size_t)(r.at - text);
	must(*at <= len && (got == 0) == (*at == len));
	must(got == 0 || d->text[0]);
	line_close(&r);
	return n;
}

static void a_stream(const char *text, size_t len)
{
	struct diag d;
	size_t at, again, cut;
	int n = walk(text, len, &at, &d), m;

	must(walk(text, at, &again, &d) == n && again == at);
	/* A place in it that depends on what it is. */
	cut = at ? (len * 31 + (unsigned char)text[0]) % at : 0;
	m = walk(text, cut, &again, &d);
	must(m <= n && again <= cut && (again == cut || d.err == ENODATA));
	must(walk(text, again, &at, &d) == m && at == again);
}

static void a_job(const char *text, size_t len)
{
	struct job_state st, again;
	struct diag d = DIAG_INIT;

	if (jobfile_read(text, len, &st, &d) < 0) {
		must(d.text[0]);
		return;
	}
	must(st.whole <= len && st.body && st.body + st.body_len <= text + len && st.phase < PHASES);
	must(jobfile_read(text, st.whole, &again, &d) == 0);
	must(again.phase == st.phase && again.attempt == st.attempt && again.whole == st.whole &&
	     !strcmp(again.site, st.site) && again.cancelling == st.cancelling && again.lease == st.lease);
}

static void a_reservation(const char *text, size_t len)
{
	struct reservation_state st, again;
	struct diag d = DIAG_INIT;

	if (reservation_file_read(text, len, &st, &d) < 0) {
		must(d.text[0]);
		return;
	}
	must(st.whole <= len && st.body && st.body + st.body_len <= text + len);
	must(st.phase < RESERVATION_PHASES && st.site[0] && st.slots.duration > 0);
	must(reservation_file_read(text, st.whole, &again, &d) == 0);
	must(again.phase == st.phase && again.since == st.since && again.whole == st.whole);
	must(!memcmp(&again.slots, &st.slots, sizeof st.slots) && !strcmp(again.site, st.site));
}

static void a_transaction(const char *text, size_t len)
{
	struct transaction_state st, again;
	struct diag d = DIAG_INIT;

	if (transaction_file_read(text, len, &st, &d) < 0) {
		must(d.text[0] && !st.member);
		return;
	}
	must(st.whole <= len && st.body && st.body + st.body_len <= text + len);
	must(st.phase < TRANSACTION_PHASES && st.members > 0);
	must(transaction_file_read(text, st.whole, &again, &d) == 0);
	must(again.phase == st.phase && again.end == st.end && again.whole == st.whole);
	must(again.members == st.members && !strcmp(again.text, st.text));
	must(!memcmp(again.member, st.member, st.members * sizeof *st.member));
	free(again.member);
	free(st.member);
}

static char mail_path[] = "/tmp/fuzz-lines.XXXXXX";

static void remove_mail(void)
{
	io_remove_tree(AT_FDCWD, mail_path, NULL);
}

static int mail_dir(void)
{
	static int dir = -1;

	if (dir < 0) {
		must(mkdtemp(mail_path) != NULL);
		atexit(remove_mail);
		dir = open(mail_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		must(dir >= 0);
	}
	return dir;
}

static void a_message(const char *text, size_t len)
{
	struct buf b = BUF_INIT;
	struct mail_header h;
	struct diag d = DIAG_INIT;
	struct line_reader r;
	struct line l;

	unlinkat(mail_dir(), "00000001.yaml", 0);
	must(io_create(mail_dir(), "00000001.yaml", 0600, text, len, &d) == 0);
	if (mailbox_read(mail_dir(), 1, &b, &h, &d) == 1) {
		must(h.number == 1 && h.from[0] && h.to[0]);
		must(mailbox_lines(&r, &b, &d) == 0);
		while (line_next(&r, &l, &d) > 0)
			;
		line_close(&r);
	} else {
		must(d.text[0] && d.err == EBADMSG);
	}
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tests[])(const char *, size_t) = {
		two_readers, two_readers, a_scalar, a_body, a_stream, a_stream, a_job, a_message,
		a_reservation, a_transaction,
	};
	char *copy;

	if (!size)
		return 0;
	/* Of its own size, so that a step too far is seen. */
	copy = malloc(size);
	must(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	tests[(uint8_t)(data[0] - '0') % 10](copy, size - 1);
	free(copy);
	return 0;
}
