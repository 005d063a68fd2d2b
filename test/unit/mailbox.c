/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mailbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "tap.h"

static char tmp[] = "/tmp/unit-mailbox.XXXXXX";
static int dir;

static void empty(void)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY);
	DIR *p = fdopendir(fd);
	struct dirent *e;

	while ((e = readdir(p)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			io_remove_tree(dir, e->d_name, NULL);
	closedir(p);
}

/* The names in the directory, sorted by what they are: small sets only. */
static const char *names(void)
{
	static char out[1000];
	struct dirent **e;
	int n = scandir(tmp, &e, NULL, alphasort);

	out[0] = '\0';
	for (int i = 0; i < n; i++) {
		if (strcmp(e[i]->d_name, ".") && strcmp(e[i]->d_name, ".."))
			snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s", *out ? " " : "", e[i]->d_name);
		free(e[i]);
	}
	free(e);
	return out;
}

static struct mail_header header(uint64_t ack)
{
	struct mail_header h = { .from = "hub", .to = "north", .ack = ack, .time = INT64_C(1795316400123000) };

	uuid_parse("01939a3c-0000-7000-8000-000000000001", UUID_LEN, &h.ack_box, NULL);
	return h;
}

static int hide(struct mailbox *m, const char *item, uint64_t ack, struct diag *d)
{
	struct mail_header h = header(ack);
	struct buf b = BUF_INIT;
	int r;

	mailbox_begin(m, &b, &h);
	line_begin(&b);
	line_text(&b, "item", item);
	line_end(&b);
	r = mailbox_hide(m, &b, 1, d);
	buf_free(&b);
	return r;
}

static void send(struct mailbox *m, const char *item, uint64_t ack)
{
	struct diag d = DIAG_INIT;

	if (hide(m, item, ack, &d) < 0 || mailbox_show(m, &d) < 0)
		bail("%s", d.text);
}

static int open_box(struct mailbox *m, mailbox_vouch *vouch, struct diag *d)
{
	*d = (struct diag)DIAG_INIT;
	return mailbox_open(m, dir, vouch, NULL, d);
}

/* --- names ------------------------------------------------------------------ */

static void numbers(void)
{
	static const uint64_t good[] = { 1, 42, 99999999, 100000000, 999999999999999999u };
	static const char *const bad[] = {
		"", "1.yaml", "0000001.yaml", "00000000.yaml", "00000001", "00000001.yml", "00000001.yaml~",
		".00000001.yaml", "00000001.yaml.tmp", "000000001.yaml", "1000000000000000000.yaml",
		"x0000001.yaml", "-0000001.yaml", "00000001 .yaml", "+0000001.yaml", "files",
	};
	char name[MAILBOX_NAME];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		mailbox_name(good[i], name);
		ok(mailbox_number(name) == good[i], "the name %s is read back", name);
	}
	mailbox_name(42, name);
	is_str(name, "00000042.yaml", "eight digits, so that names sort");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(mailbox_number(bad[i]) == 0, "no message: \"%s\"", bad[i]);
}

/* --- writing and reading -------------------------------------------------------- */

static void a_message(void)
{
	struct mailbox m;
	struct mail_header h, want = header(17);
	struct buf text = BUF_INIT;
	struct line_reader r;
	struct line l;
	struct diag d;

	empty();
	is_int(open_box(&m, NULL, &d), 0, "an empty directory is a mailbox: %s", d.text);
	ok(!m.first && !m.last && uuid_is_v7(&m.box), "with a new box");
	is_int(hide(&m, "one", 17, &d), 0, "a message is written: %s", d.text);
	is_str(names(), ".00000001.yaml.tmp", "under its hidden name");
	is_int(mailbox_read(dir, 1, &text, &h, &d), 0, "where nobody reads it");
	is_int(m.last, 0, "it does not count");
	is_int(hide(&m, "one again", 17, &d), 0, "and can be written again");
	is_int(mailbox_show(&m, &d), 0, "until it is shown");
	is_str(names(), "00000001.yaml", "by one rename");
	is_int(mailbox_show(&m, &d), 0, "showing again does nothing");
	is_int(m.first * 10 + m.last, 11, "it is the first and the last");
	is_int(m.newest.ack, 17, "the newest acknowledges");

	is_int(mailbox_read(dir, 1, &text, &h, &d), 1, "it can be read: %s", d.text);
	ok(h.number == 1 && h.ack == 17 && !strcmp(h.from, "hub") && !strcmp(h.to, "north") &&
	   h.time == want.time && !uuid_cmp(&h.box, &m.box) && !uuid_cmp(&h.ack_box, &want.ack_box),
	   "with its header");
	is_int(mailbox_lines(&r, &text, &d), 0, "its lines can be walked");
	is_int(line_next(&r, &l, &d), 1, "there is one");
	ok(line_key_equals(&l, "item", "one again"), "the one that was written last");
	is_int(line_next(&r, &l, &d), 0, "and no more");
	line_close(&r);
	is_int(mailbox_read(dir, 2, &text, &h, &d), 0, "the next is not there yet");
	buf_free(&text);
}

static void going_on(void)
{
	struct mailbox m, again;
	struct diag d;

	empty();
	open_box(&m, NULL, &d);
	for (int i = 1; i <= 5; i++)
		send(&m, "x", (uint64_t)i);
	is_int(open_box(&again, NULL, &d), 0, "opened again: %s", d.text);
	ok(again.first == 1 && again.last == 5 && again.newest.ack == 5 && !uuid_cmp(&again.box, &m.box),
	   "it goes on where it was");
	mailbox_trim(&again, 3, &d);
	is_str(names(), "00000004.yaml 00000005.yaml", "what was acknowledged is deleted");
	mailbox_trim(&again, 3, &d);
	mailbox_trim(&again, 0, &d);
	is_str(names(), "00000004.yaml 00000005.yaml", "once");
	mailbox_trim(&again, 99, &d);
	is_str(names(), "00000005.yaml", "but never the newest");
	open_box(&again, NULL, &d);
	send(&again, "x", 0);
	is_str(names(), "00000005.yaml 00000006.yaml", "which knows the next number");
	is_int(open_box(&m, NULL, &d), 0, "also after it was opened again");
	ok(m.first == 5 && m.last == 6, "with both");
	unlinkat(dir, "00000005.yaml", 0);
	mailbox_trim(&m, 5, &d);
	send(&m, "y", 0);
	is_str(names(), "00000006.yaml 00000007.yaml", "what somebody else has deleted is no error");
}

static void strangers(void)
{
	static const char *const names_of_others[] = {
		"0000007.yaml", "notes.txt", ".hidden", "00000009.yaml~", "files", ".00000009.yaml.XyZ123", "lost+found",
	};
	struct mailbox m;
	struct diag d;

	empty();
	open_box(&m, NULL, &d);
	send(&m, "x", 0);
	for (size_t i = 0; i < sizeof names_of_others / sizeof *names_of_others; i++)
		if (i == 4 || i == 6)
			mkdirat(dir, names_of_others[i], 0755);
		else
			io_create(dir, names_of_others[i], 0644, "?", 1, NULL);
	is_int(open_box(&m, NULL, &d), 0, "what else lies there does not matter: %s", d.text);
	ok(m.first == 1 && m.last == 1, "and is not counted");
	send(&m, "y", 0);
	is_int(m.last, 2, "nor in the way");
}

/* --- what is no message ----------------------------------------------------------- */

#define HEAD "--- {message: 1, from: hub, to: north, box: 01939a3c-0000-7000-8000-000000000001, ack: 0, " \
	     "time: 2026-11-22T03:00:00.123Z}\n"
#define END "--- {end: 1, lines: 0}\n"

static void refuses(void)
{
	static const struct { const char *text, *said; } bad[] = {
		{ "", "an empty file; a message begins with a header line" },
		{ "\n", "expected a line of the form" },
		{ "hello\n", "expected a line of the form" },
		{ HEAD, "not whole: it does not end with `--- {end: 1, lines: ...}`" },
		{ HEAD "--- {item: x}\n", "not whole" },
		{ HEAD "--- {end: 1, lines: 0}", "not whole" },
		{ HEAD "--- {end: 2, lines: 0}\n", "not whole" },
		{ HEAD "--- {end: 11, lines: 0}\n", "not whole" },
		{ HEAD END "\n", "not whole" },
		{ END, "unknown field \"end\" in the header of a message" },
		{ "--- {message: 2, from: a, to: b, box: 01939a3c-0000-7000-8000-000000000001, ack: 0, "
		  "time: 2026-11-22T03:00:00Z}\n--- {end: 2, lines: 0}\n", "its header says message 2, its name 1" },
		{ "--- {message: 0, from: a, to: b, box: 01939a3c-0000-7000-8000-000000000001, ack: 0, "
		  "time: 2026-11-22T03:00:00Z}\n" END, "message numbers begin at 1" },
		{ "--- {message: 1, from: a, to: b, box: 01939a3c-0000-7000-8000-000000000001, ack: -1, "
		  "time: 2026-11-22T03:00:00Z}\n" END, "acknowledgements at 0" },
		{ "--- {message: 1, from: a, to: b, box: x, ack: 0, time: 2026-11-22T03:00:00Z}\n" END, "box" },
		{ "--- {message: 1, from: a, to: ../b, box: 01939a3c-0000-7000-8000-000000000001, ack: 0, "
		  "time: 2026-11-22T03:00:00Z}\n" END, "to: expected a name" },
		{ "--- {message: 1, to: b, box: 01939a3c-0000-7000-8000-000000000001, ack: 0, "
		  "time: 2026-11-22T03:00:00Z}\n" END, "from" },
	};
	struct buf text = BUF_INIT;
	struct mail_header h;
	struct diag d;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		empty();
		io_create(dir, "00000001.yaml", 0644, bad[i].text, strlen(bad[i].text), NULL);
		d = (struct diag)DIAG_INIT;
		errno = 0;
		is_int(mailbox_read(dir, 1, &text, &h, &d), -1, "refused: message %zu", i);
		like(d.text, bad[i].said, "with the reason");
		ok(d.err == EBADMSG && errno == EBADMSG, "as what the writer has to answer for");
	}
	empty();
	mkdirat(dir, "00000001.yaml", 0755);
	is_int(mailbox_read(dir, 1, &text, &h, &d), -1, "a directory is no message: %s", d.text);
	empty();
	is_int(symlinkat("/etc/passwd", dir, "00000001.yaml"), 0, "a link");
	is_int(mailbox_read(dir, 1, &text, &h, &d), -1, "is none either: %s", d.text);
	buf_free(&text);
}

/* Copied partly: at no byte does a part of a message pass for one. */
static void parts(void)
{
	struct mailbox m;
	struct buf whole = BUF_INIT, text = BUF_INIT;
	struct mail_header h;
	struct diag d;
	struct line_reader r;
	struct line l;
	bool all = true;
	/* A request that looks like the end of the message it travels in. */
	static const char forged[] = "a: |\n  x\n--- {end: 1, lines: 1}\n--- {b: 1}\n";

	empty();
	open_box(&m, NULL, &d);
	h = header(0);
	mailbox_begin(&m, &text, &h);
	line_begin(&text);
	line_text(&text, "item", "x");
	line_body(&text, forged, strlen(forged));
	if (mailbox_hide(&m, &text, 1, &d) < 0 || mailbox_show(&m, &d) < 0)
		bail("%s", d.text);
	io_read(dir, "00000001.yaml", 1 << 20, &whole, NULL);
	for (size_t cut = 0; cut < whole.len; cut++) {
		int got;

		unlinkat(dir, "00000001.yaml", 0);
		io_create(dir, "00000001.yaml", 0644, whole.s, cut, NULL);
		got = mailbox_read(dir, 1, &text, &h, &d);
		if (got == 1) {
			/* Up to the forged end: then the walk finds that the body is short. */
			got = mailbox_lines(&r, &text, &d);
			while (got == 0 && (got = line_next(&r, &l, &d)) > 0)
				got = 0;
			line_close(&r);
			got = got < 0 && d.err == ENODATA ? -1 : 1;
		}
		if (got != -1) {
			note("cut at %zu of %zu: %d", cut, whole.len, got);
			all = false;
		}
	}
	ok(all, "a message of %zu bytes, cut anywhere, is no message", whole.len);
	buf_free(&whole);
	buf_free(&text);
}

/* --- crashes ------------------------------------------------------------------------ */

static bool yes(const char *text, size_t len, void *ctx) { return (void)ctx, text && len; }
static bool no(const char *text, size_t len, void *ctx) { return (void)ctx, !text && !len; }

/*
 * Between the first byte of the hidden file and its rename a crash may leave
 * any part of it, with or without what it tells of.
 */
static void crashes(void)
{
	struct mailbox m, after;
	struct buf hidden = BUF_INIT;
	struct diag d;
	bool all = true;

	for (int before = 0; before < 3; before++) {
		empty();
		open_box(&m, NULL, &d);
		for (int i = 0; i < before; i++)
			send(&m, "old", 0);
		hide(&m, "new", 5, &d);
		buf_reset(&hidden);
		char name[40], shown[MAILBOX_NAME];

		mailbox_name(m.hidden, shown);
		snprintf(name, sizeof name, ".%s.tmp", shown);
		io_read(dir, name, 1 << 20, &hidden, NULL);
		for (size_t cut = 0; cut <= hidden.len; cut++)
			for (int vouched = 0; vouched < 2; vouched++) {
				bool there = cut == hidden.len && vouched;

				unlinkat(dir, name, 0);
				unlinkat(dir, shown, 0);
				io_create(dir, name, 0644, hidden.s, cut, NULL);
				if (open_box(&after, vouched ? yes : no, &d) < 0 ||
				    after.last != (uint64_t)before + there || after.hidden ||
				    faccessat(dir, name, F_OK, 0) == 0 ||
				    (faccessat(dir, shown, F_OK, 0) == 0) != there ||
				    (there && after.newest.ack != 5) ||
				    (there && uuid_cmp(&after.box, &m.box))) {
					note("%d before, cut at %zu of %zu, vouched %d: last %llu, %s, %s", before, cut,
					     hidden.len, vouched, (unsigned long long)after.last, names(), d.text);
					all = false;
				}
			}
	}
	ok(all, "a hidden message is shown if it is whole and vouched for, else removed");
	buf_free(&hidden);
}

static void put(const char *name, struct mailbox *m, uint64_t number)
{
	struct mail_header h = header(0);
	struct mailbox other = *m;
	struct buf b = BUF_INIT;

	other.last = number - 1;
	mailbox_begin(&other, &b, &h);
	line_begin(&b);
	line_int(&b, "end", (long long)number);
	line_int(&b, "lines", 0);
	line_end(&b);
	unlinkat(dir, name, 0);
	io_create(dir, name, 0644, b.s, b.len, NULL);
	buf_free(&b);
}

static void strange_hidden_ones(void)
{
	struct mailbox m, after;
	struct diag d;

	empty();
	open_box(&m, NULL, &d);
	send(&m, "x", 0);
	send(&m, "x", 0);
	put(".00000001.yaml.tmp", &m, 1);
	put(".00000005.yaml.tmp", &m, 5);
	is_int(open_box(&after, yes, &d), 0, "hidden ones that are not the next");
	is_str(names(), "00000001.yaml 00000002.yaml", "are removed");
	put(".00000003.yaml.tmp", &m, 4);
	open_box(&after, yes, &d);
	is_str(names(), "00000001.yaml 00000002.yaml", "so is one with another number inside");
	uuid_v7_new(&m.box);
	put(".00000003.yaml.tmp", &m, 3);
	open_box(&after, yes, &d);
	is_str(names(), "00000001.yaml 00000002.yaml", "or of another box");
	m.box = after.box;
	put(".00000003.yaml.tmp", &m, 3);
	put(".00000004.yaml.tmp", &m, 4);
	open_box(&after, yes, &d);
	is_str(names(), "00000001.yaml 00000002.yaml 00000003.yaml 00000004.yaml",
	       "two that follow each other are shown both");
	is_int(after.last, 4, "and counted");
	empty();
	open_box(&m, NULL, &d);
	put(".00000001.yaml.tmp", &m, 1);
	open_box(&after, yes, &d);
	ok(after.last == 1 && !uuid_cmp(&after.box, &m.box), "the very first one keeps its box");
}

/* The newest message is the writer's memory: without it, it must not guess. */
static void a_broken_newest(void)
{
	struct mailbox m;
	struct diag d;

	empty();
	open_box(&m, NULL, &d);
	send(&m, "x", 0);
	send(&m, "x", 0);
	is_int(unlinkat(dir, "00000002.yaml", 0), 0, "the newest");
	io_create(dir, "00000002.yaml", 0644, "", 0, NULL);
	is_int(open_box(&m, NULL, &d), -1, "cannot be read");
	like(d.text, "the newest message, 00000002.yaml, cannot be read: an empty file", "and it is said");
	is_int(d.err, EBADMSG, "whose fault that is");
	ok(faccessat(dir, "00000001.yaml", F_OK, 0) == 0, "nothing is deleted");
}

/* A commit that failed in the middle is tried again with more to say. */
static void tried_again(void)
{
	struct mailbox m;
	struct diag d = DIAG_INIT;
	struct buf text = BUF_INIT, wrong = BUF_INIT;
	struct mail_header h;

	empty();
	open_box(&m, NULL, &d);
	hide(&m, "first", 0, &d);
	buf_adds(&wrong, "not a header\n");
	is_int(mailbox_hide(&m, &wrong, 0, &d), -1, "what is no message is not hidden: %s", d.text);
	mkdirat(dir, "x", 0755);
	is_int(mailbox_show(&m, &d), 0, "then there is nothing to show");
	is_int(mailbox_read(dir, 1, &text, &h, &d), 0, "and nothing of the earlier try");
	hide(&m, "second", 0, &d);
	mailbox_show(&m, &d);
	is_int(mailbox_read(dir, 1, &text, &h, &d), 1, "the next try is shown");
	like(text.s, "item: second", "as it was written last");
	buf_free(&text);
	buf_free(&wrong);
}

int main(void)
{
	if (!mkdtemp(tmp) || (dir = open(tmp, O_RDONLY | O_DIRECTORY)) < 0)
		bail("no directory");
	numbers();
	a_message();
	going_on();
	strangers();
	refuses();
	parts();
	crashes();
	strange_hidden_ones();
	a_broken_newest();
	tried_again();
	close(dir);
	io_remove_tree(AT_FDCWD, tmp, NULL);
	return done();
}
