/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check-document - what do our parsers say to a document?
 *
 *	check-document request|command|reservation|transaction|site|config|dataset|message FILE...
 *
 * One line for each file: "FILE: ok", or "FILE:LINE:COL: why not".  Exit 0
 * when all are good, 2 when one is not, 1 when one cannot be read.  A message
 * is a stream of line documents; what they enclose is checked as well.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "dataset_doc.h"
#include "io.h"
#include "line.h"
#include "message.h"
#include "request.h"
#include "reservation.h"
#include "site.h"
#include "transaction.h"

typedef int checker(const char *text, size_t len, struct diag *d);

static int check_request(const char *text, size_t len, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct request r;
	int rc = tree_parse(&t, text, len, NULL, d);

	if (!rc)
		rc = request_read(&t, t.root, &r, d);
	tree_free(&t);
	return rc;
}

static int check_command(const char *text, size_t len, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct command c;
	int rc = tree_parse(&t, text, len, NULL, d);

	if (!rc)
		rc = command_read(t.root, &c, d);
	tree_free(&t);
	return rc;
}

static int check_reservation(const char *text, size_t len, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct reservation r;
	int rc = tree_parse(&t, text, len, NULL, d);

	if (!rc)
		rc = reservation_read(&t, t.root, &r, d);
	tree_free(&t);
	return rc;
}

static int check_transaction(const char *text, size_t len, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct transaction x;
	int rc = tree_parse(&t, text, len, NULL, d);

	if (!rc)
		rc = transaction_read(&t, t.root, &x, d);
	tree_free(&t);
	return rc;
}

static int check_site(const char *text, size_t len, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct site_doc s;
	int rc = tree_parse(&t, text, len, &tree_limits_site, d);

	if (!rc)
		rc = site_read(&t, t.root, &s, d);
	tree_free(&t);
	return rc;
}

static int check_config(const char *text, size_t len, struct diag *d)
{
	struct config c;
	int rc = config_read(&c, text, len, d);

	if (!rc)
		config_free(&c);
	return rc;
}

static int check_dataset(const char *text, size_t len, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct dataset_doc s;
	int rc = tree_parse(&t, text, len, &tree_limits_site, d);

	if (!rc)
		rc = dataset_doc_read(&t, t.root, &s, d);
	tree_free(&t);
	return rc;
}

static int check_body(const struct line *l, checker *check, struct diag *d)
{
	int rc = check(l->body, l->body_len, d);

	if (rc < 0 && d->line)
		d->line += l->body_line - 1;
	return rc;
}

static int check_line(struct tree *t, const struct line *l, struct diag *d)
{
	struct message_assign a;
	struct message_job j;
	struct message_report r;
	struct message_ask q;

	switch (message_kind(l, d)) {
	case SAY_ASSIGN:
		if (message_read_assign(t, l, &a, d) < 0)
			return -1;
		return check_body(l, check_request, d);
	case SAY_CANCEL:
	case SAY_SETTLE:
		return message_read_job(l, &j, d);
	case SAY_REPORT:
		return message_read_report(t, l, &r, d);
	case SAY_ASK:
		return message_read_ask(l, &q, d);
	case SAY_SITE:
		return l->body ? check_body(l, check_site, d)
			       : diag_at(d, l->number, 0, "a site without its document");
	default:
		return -1;
	}
}

static int check_message(const char *text, size_t len, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct line_reader r;
	struct line l;
	int rc;

	line_open(&r, text, len);
	while ((rc = line_next(&r, &l, d)) > 0) {
		rc = check_line(&t, &l, d);
		tree_free(&t);
		if (rc < 0)
			break;
	}
	line_close(&r);
	return rc;
}

static const struct { const char *kind; checker *check; } checkers[] = {
	{ "request", check_request }, { "command", check_command }, { "site", check_site },
	{ "config", check_config }, { "dataset", check_dataset }, { "message", check_message },
	{ "reservation", check_reservation }, { "transaction", check_transaction },
};

static int check_file(checker *check, const char *file)
{
	struct buf text = BUF_INIT, said = BUF_INIT;
	struct diag d = DIAG_INIT;
	int status = 0;

	if (io_read(AT_FDCWD, file, 64u << 20, &text, &d) < 0) {
		fprintf(stderr, "%s: %s\n", file, d.text);
		status = 1;
	} else if (check(text.s, text.len, &d) < 0) {
		diag_format(&d, file, &said);
		puts(said.s);
		status = 2;
	} else {
		printf("%s: ok\n", file);
	}
	buf_free(&text);
	buf_free(&said);
	return status;
}

int main(int argc, char **argv)
{
	checker *check = NULL;
	int status = 0;

	for (size_t i = 0; argc > 2 && i < sizeof checkers / sizeof *checkers; i++)
		if (!strcmp(argv[1], checkers[i].kind))
			check = checkers[i].check;
	if (!check) {
		fputs("usage: check-document request|command|reservation|transaction|site|config|dataset|message FILE...\n", stderr);
		return 64;
	}
	for (int i = 2; i < argc; i++) {
		int one = check_file(check, argv[i]);

		if (one && status != 1)
			status = one;
	}
	return status;
}
