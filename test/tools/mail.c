/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mail - write one message into a mailbox, so that a test can be a site.
 *
 *	mail [-n NUMBER] [-b BOX] [-a ACK -A BOX] DIR FROM TO <LINES
 *
 * Each line of standard input becomes a line document; `{site: north} FILE`
 * encloses FILE.  Without -n the message gets the next number, without -b the
 * box of the newest message, or a fixed one.  -a: the number that is
 * acknowledged, of the mailbox -A; both as the other end names them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"
#include "mailbox.h"

static int fail(const char *what, const struct diag *d)
{
	fprintf(stderr, "mail: %s: %s\n", what, d->text);
	return 1;
}

/* "{a: 1} FILE": the line without its bracket, and what it encloses. */
static int add_line(struct buf *b, char *line, struct diag *d)
{
	char *close = strrchr(line, '}');
	struct buf body = BUF_INIT;
	int r = 0;

	line[strcspn(line, "\n")] = '\0';
	if (!close || line[0] != '{')
		return diag_set(d, "expected {key: value, ...}, found %.100s", line);
	buf_adds(b, "--- ");
	if (!close[1]) {
		buf_adds(b, line);
		buf_addc(b, '\n');
		return 0;
	}
	buf_add(b, line, (size_t)(close - line));
	r = io_read(AT_FDCWD, close + 2, 64 << 20, &body, d);
	if (r == 0)
		line_body(b, body.s, body.len);
	buf_free(&body);
	return r;
}

static int write_message(struct mailbox *m, const struct mail_header *h, struct diag *d)
{
	static char line[1 << 20];
	struct buf b = BUF_INIT;
	uint32_t lines = 0;
	int r = 0;

	mailbox_begin(m, &b, h);
	while (r == 0 && fgets(line, sizeof line, stdin)) {
		r = add_line(&b, line, d);
		lines++;
	}
	if (r == 0 && ((r = mailbox_hide(m, &b, lines, d)) == 0))
		r = mailbox_show(m, d);
	buf_free(&b);
	return r;
}

int main(int argc, char **argv)
{
	struct mail_header h = { .time = instant_now() };
	const char *box = NULL, *ack_box = NULL;
	long long number = 0;
	struct diag d = DIAG_INIT;
	struct mailbox m;
	int opt, dir;

	while ((opt = getopt(argc, argv, "n:b:a:A:")) != -1)
		switch (opt) {
		case 'n': number = atoll(optarg); break;
		case 'b': box = optarg; break;
		case 'a': h.ack = strtoull(optarg, NULL, 10); break;
		case 'A': ack_box = optarg; break;
		default: return 64;
		}
	if (argc - optind != 3) {
		fputs("usage: mail [-n NUMBER] [-b BOX] [-a ACK -A BOX] DIR FROM TO <LINES\n", stderr);
		return 64;
	}
	snprintf(h.from, sizeof h.from, "%s", argv[optind + 1]);
	snprintf(h.to, sizeof h.to, "%s", argv[optind + 2]);
	dir = io_opendir(AT_FDCWD, argv[optind], &d);
	if (dir < 0 || mailbox_open(&m, dir, NULL, NULL, &d) < 0)
		return fail(argv[optind], &d);
	if (!m.last && !box)
		box = "01939a3c-0000-7000-8000-000000000001";
	if ((box && uuid_parse(box, strlen(box), &m.box, &d) < 0) ||
	    (ack_box && uuid_parse(ack_box, strlen(ack_box), &h.ack_box, &d) < 0))
		return fail("a box", &d);
	if (number)
		m.last = (uint64_t)number - 1;
	if (write_message(&m, &h, &d) < 0)
		return fail(argv[optind], &d);
	close(dir);
	return 0;
}
