/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * documents - whatever is dropped or sent, the readers stay upright.
 *
 * The first byte says which reader.  What they must keep to besides:
 *  - a refusal says why, and where;
 *  - what was accepted as a request asks for at least one core;
 *  - a site that was read and written is the same when read and written again;
 *  - a dataset that was read and written is the same when read again;
 *  - a report that was read can be written, and what is written be read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "dataset_doc.h"
#include "line.h"
#include "message.h"
#include "request.h"
#include "site.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void refused(const struct diag *d)
{
	must(d->text[0] && d->line >= 0 && d->col >= 0);
}

static void fuzz_request(const char *text, size_t len)
{
	struct diag d = DIAG_INIT;
	struct tree t = TREE_INIT;
	struct request r;
	struct command c;
	struct demand need;

	if (tree_parse(&t, text, len, NULL, &d) < 0) {
		refused(&d);
		goto out;
	}
	if (drop_kind(t.root, &d) < 0)
		refused(&d);
	if (command_read(t.root, &c, &d) < 0)
		refused(&d);
	if (request_read(&t, t.root, &r, &d) < 0) {
		must(d.line > 0);
		refused(&d);
		goto out;
	}
	request_demand(&r, &need);
	must(need.cores > 0 && r.type && *r.type);
out:
	tree_free(&t);
}

static bool rewrite_site(const char *text, size_t len, struct buf *out)
{
	struct diag d = DIAG_INIT;
	struct tree t = TREE_INIT;
	struct site_doc s;
	bool good = tree_parse(&t, text, len, &tree_limits_site, &d) == 0 &&
		    site_read(&t, t.root, &s, &d) == 0;

	if (good)
		site_write(out, &s);
	else
		refused(&d);
	tree_free(&t);
	return good;
}

static void fuzz_site(const char *text, size_t len)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;

	if (rewrite_site(text, len, &once)) {
		must(rewrite_site(once.s, once.len, &twice));
		must(!strcmp(once.s, twice.s));
	}
	buf_free(&once);
	buf_free(&twice);
}

static void fuzz_config(const char *text, size_t len)
{
	struct diag d = DIAG_INIT;
	struct config c;

	if (config_read(&c, text, len, &d) < 0)
		refused(&d);
	must(c.lease > 0 && c.bandwidth > 0 && c.batch > 0);
	config_free(&c);
}

static void fuzz_dataset(const char *text, size_t len)
{
	struct diag d = DIAG_INIT;
	struct tree t = TREE_INIT, again = TREE_INIT;
	struct buf b = BUF_INIT;
	struct dataset_doc s, twice;

	if (tree_parse(&t, text, len, &tree_limits_site, &d) < 0 ||
	    dataset_doc_read(&t, t.root, &s, &d) < 0) {
		refused(&d);
	} else {
		dataset_doc_write(&b, &s);
		must(tree_parse(&again, b.s, b.len, &tree_limits_site, &d) == 0 &&
		     dataset_doc_read(&again, again.root, &twice, &d) == 0);
		must(twice.files == s.files && twice.size == s.size &&
		     digest_eq(&twice.digest, &s.digest));
	}
	tree_free(&again);
	tree_free(&t);
	buf_free(&b);
}

static void rewrite_report(const struct message_report *m)
{
	struct buf b = BUF_INIT;
	struct tree t = TREE_INIT;
	struct message_report again;
	struct line_reader r;
	struct diag d;
	struct line l;

	message_write_report(&b, m);
	line_open(&r, b.s, b.len);
	must(line_next(&r, &l, &d) == 1);
	must(message_read_report(&t, &l, &again, &d) == 0);
	must(again.files + again.omitted >= m->files);
	line_close(&r);
	tree_free(&t);
	buf_free(&b);
}

static void fuzz_line(const struct line *l)
{
	struct diag d = DIAG_INIT;
	struct tree t = TREE_INIT;
	struct message_assign a;
	struct message_job j;
	struct message_report r;
	struct message_ask q;

	if (message_read_ask(l, &q, &d) < 0)
		refused(&d);
	if (message_kind(l, &d) < 0)
		refused(&d);
	if (message_read_assign(&t, l, &a, &d) < 0)
		refused(&d);
	else
		must(a.attempt > 0 && a.body);
	if (message_read_job(l, &j, &d) < 0)
		refused(&d);
	if (message_read_report(&t, l, &r, &d) < 0)
		refused(&d);
	else
		rewrite_report(&r);
	tree_free(&t);
}

static void fuzz_message(const char *text, size_t len)
{
	struct line_reader r;
	struct diag d = DIAG_INIT;
	struct line l;

	line_open(&r, text, len);
	while (line_next(&r, &l, &d) > 0)
		fuzz_line(&l);
	line_close(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const char *, size_t) = {
		fuzz_request, fuzz_site, fuzz_config, fuzz_message,
	};

	if (size && data[0] == 'd')
		fuzz_dataset((const char *)data + 1, size - 1);
	else if (size)
		readers[data[0] % 4]((const char *)data + 1, size - 1);
	return 0;
}
