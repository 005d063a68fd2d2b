/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * documents - whatever is dropped or sent, the readers stay upright.
 *
 * The first byte says which reader.  What they must keep to besides:
 *  - a refusal says why, and where;
 *  - what was accepted as a request asks for at least one core, and each of its
 *    tasks has an index of its own;
 *  - a transaction has jobs, none of which is an array or waits for another;
 *  - the occurrences of a reservation lie one behind the other;
 *  - a site that was read and written is the same when read and written again,
 *    and so is one that was made whole by what it said before;
 *  - a dataset that was read and written is the same when read again;
 *  - a report that was read can be written, and what is written be read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "dataset_doc.h"
#include "holdings.h"
#include "line.h"
#include "message.h"
#include "prices.h"
#include "request.h"
#include "reservation.h"
#include "site.h"
#include "transaction.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void refused(const struct diag *d)
{
	must(d->text[0] && d->line >= 0 && d->col >= 0);
}

/* --- drops ---------------------------------------------------------------------- */

static void a_request(const struct request *r)
{
	const struct array *a = &r->array;
	struct demand need;

	request_demand(r, &need);
	must(need.cores > 0 && r->type && *r->type);
	must(a->tasks <= ARRAY_TASKS && a->parts <= ARRAY_PARTS && !a->tasks == !a->parts);
	for (uint32_t i = 0; i < a->tasks; i += 1 + a->tasks / 100)
		must(array_index(a, i) <= ARRAY_INDEX && array_place(a, array_index(a, i)) == i);
	must(array_index(a, a->tasks) == UINT32_MAX);
}

static void a_transaction(const struct transaction *x)
{
	must(x->jobs > 0 && x->jobs <= 1000);
	must(x->same != SAME_SITE || x->layout != LAYOUT_SPREAD);
	for (uint32_t i = 0; i < x->jobs; i++) {
		must(x->job[i].node && !x->job[i].request.array.tasks && !x->job[i].request.afters);
		a_request(&x->job[i].request);
	}
}

static void some_slots(const struct slots *s)
{
	int64_t n = slots_count(s), from, to, before = s->start;

	for (int64_t i = 0; i < n; i += 1 + n / 100) {
		slots_nth(s, i, &from, &to);
		must(from >= before && to > from && to <= s->expires);
		must(slots_after(s, from) == i && slots_after(s, to) == i + 1);
		before = to;
	}
	must(slots_after(s, s->expires) == n);
}

static void a_reservation(const struct reservation *r)
{
	must(r->windows > 0 && r->times <= RESERVATION_OCCURRENCES);
	must(!r->every == (!r->times && !r->until));
	for (uint32_t i = 0; i < r->windows; i++) {
		const struct reservation_window *w = &r->window[i];
		struct slots s = reservation_slots(r, w, w->has_start ? w->start.from : 0);

		must(w->duration > 0 && (!r->every || r->every >= w->duration));
		some_slots(&s);
	}
}

static void fuzz_drop(const char *text, size_t len)
{
	struct diag d[5] = { DIAG_INIT, DIAG_INIT, DIAG_INIT, DIAG_INIT, DIAG_INIT };
	struct tree t = TREE_INIT;
	struct request r;
	struct command c;
	struct reservation slot;
	struct transaction x;

	if (tree_parse(&t, text, len, NULL, &d[0]) < 0) {
		refused(&d[0]);
		goto out;
	}
	if (drop_kind(t.root, &d[1]) < 0)
		refused(&d[1]);
	if (command_read(t.root, &c, &d[2]) < 0)
		refused(&d[2]);
	if (request_read(&t, t.root, &r, &d[0]) == 0)
		a_request(&r);
	else
		must(d[0].line > 0 && d[0].text[0]);
	if (reservation_read(&t, t.root, &slot, &d[3]) == 0)
		a_reservation(&slot);
	else
		must(d[3].line > 0 && d[3].text[0]);
	if (transaction_read(&t, t.root, &x, &d[4]) == 0)
		a_transaction(&x);
	else
		must(d[4].line > 0 && d[4].text[0]);
out:
	tree_free(&t);
}

/* --- sites ---------------------------------------------------------------------- */

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

static bool read_site(struct tree *t, const char *text, size_t len, struct site_doc *s)
{
	struct diag d = DIAG_INIT;

	return tree_parse(t, text, len, &tree_limits_site, &d) == 0 && site_read(t, t->root, s, &d) == 0;
}

/* What a site said, a line "...", and what it says next. */
static void fuzz_news(const char *text, size_t len)
{
	const char *cut = memmem(text, len, "\n...\n", 5);
	size_t first = cut ? (size_t)(cut - text) + 1 : len;
	struct holdings all = HOLDINGS_INIT;
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct tree t = TREE_INIT, u = TREE_INIT;
	struct site_doc known, news;

	if (cut && read_site(&t, text, first, &known) && holdings_hear(&all, &known, NULL) == 1 &&
	    read_site(&u, cut + 5, len - first - 4, &news) && holdings_hear(&all, &news, NULL) == 1) {
		holdings_show(&all, &news);
		must(!news.cache.since && !news.drops);
		site_write(&once, &news);
		must(rewrite_site(once.s, once.len, &twice));
		must(!strcmp(once.s, twice.s));
	}
	holdings_free(&all);
	tree_free(&u);
	tree_free(&t);
	buf_free(&once);
	buf_free(&twice);
}

/* --- what the administrator writes -------------------------------------------------- */

static void some_accounts(const struct config_accounts *a)
{
	must(a->half_life > 0 && a->expected > 0);
	for (uint32_t i = 0; i < a->users; i++)
		must(a->user[i].share > 0 && config_user(a, a->user[i].name));
	for (uint32_t i = 0; i < a->groups; i++) {
		must(a->group[i].share > 0 && config_group(a, a->group[i].name));
		for (uint32_t j = 0; j < a->group[i].users.count; j++)
			must(config_group_of(a, a->group[i].users.item[j]) != NULL);
	}
}

static void fuzz_config(const char *text, size_t len)
{
	struct diag d = DIAG_INIT;
	struct config c;

	if (config_read(&c, text, len, &d) < 0)
		refused(&d);
	else
		some_accounts(&c.accounts);
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

/* --- messages ----------------------------------------------------------------------- */

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
		fuzz_drop, fuzz_site, fuzz_config, fuzz_message,
	};

	if (size && data[0] == 'd')
		fuzz_dataset((const char *)data + 1, size - 1);
	else if (size && data[0] == 'n')
		fuzz_news((const char *)data + 1, size - 1);
	else if (size)
		readers[data[0] % 4]((const char *)data + 1, size - 1);
	return 0;
}
