/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gang_extra.h"

#include <stdlib.h>
#include <string.h>

#include "after.h"
#include "auth_check.h"
#include "drop.h"
#include "shapes.h"

/* Of one transaction; each is asked about once, and its answer has to be kept
 * until the last is there. */
enum { DIFFERENT_AUTHS = 16 };

void gang_extra_free(struct gang_extra *e, uint32_t n)
{
	for (uint32_t i = 0; e && i < n; i++) {
		free(e[i].auth);
		free(e[i].identity);
		free(e[i].waits);
	}
	free(e);
}

static int keep(char **to, const char *text, struct diag *d)
{
	if (!text[0])
		return 0;
	free(*to);
	*to = strdup(text);
	return *to ? 0 : diag_nomem(d);
}

/* --- auth ----------------------------------------------------------------------------------- */

/* Members that say the same of themselves share a question: what the program
 * gets is the first of them, as if it had been dropped alone. */
static int question(struct hub *h, const struct drop *p, const struct transaction_job *m, struct drop *q)
{
	const struct node *auth = node_get(m->node, "auth");
	struct buf key = BUF_INIT;

	*q = *p;
	q->text = (struct buf)BUF_INIT;
	line_node(&q->text, m->node);
	buf_addc(&q->text, '\n');
	if (auth)
		line_node(&key, auth);
	q->mark.hash = shapes_hash(&h->shapes, key.s ? key.s : "", key.len);
	buf_free(&key);
	return q->text.failed || key.failed ? -1 : 0;
}

static bool is_new(const uint64_t *seen, uint32_t n, uint64_t hash)
{
	while (n-- > 0)
		if (seen[n] == hash)
			return false;
	return true;
}

static int at_auth(const struct transaction_job *m, struct diag *d)
{
	const struct node *auth = node_get(m->node, "auth");
	struct diag why = *d;

	return d->err || !auth ? -1 : diag_at(d, auth->line, auth->col, "%s", why.text);
}

static int ask_one(struct hub *h, const struct drop *q, const struct transaction_job *m, struct gang_extra *e,
		   struct diag *d)
{
	struct job_record rec = { 0 };
	int got = auth_check_ask(h, q, &m->request, &rec, d);

	if (got < 0)
		return at_auth(m, d);
	if (got > 0 && (keep(&e->auth, rec.auth, d) < 0 || keep(&e->identity, rec.identity, d) < 0))
		return -1;
	return got;
}

int gang_extra_auth(struct hub *h, const struct drop *p, const struct transaction *x, struct gang_extra *e,
		    struct diag *d)
{
	uint64_t seen[DIFFERENT_AUTHS];
	struct diag first = DIAG_INIT;
	uint32_t n = 0;
	int all = 1;

	for (uint32_t i = 0; i < x->jobs; i++) {
		struct diag why = DIAG_INIT;
		struct drop q;
		int got = question(h, p, &x->job[i], &q) < 0 ? diag_nomem(&why) : 1;

		if (got > 0 && is_new(seen, n, q.mark.hash)) {
			if (n == DIFFERENT_AUTHS)
				got = diag_at(&why, x->job[i].node->line, x->job[i].node->col, "jobs: more than %d "
					      "different ones of `auth` in one transaction", DIFFERENT_AUTHS);
			else
				seen[n++] = q.mark.hash;
		}
		if (got > 0)
			got = ask_one(h, &q, &x->job[i], &e[i], &why);
		buf_free(&q.text);
		if (got < 0 && all >= 0)
			first = why;
		all = got < 0 || all < 0 ? -1 : got < all ? got : all;
	}
	for (uint32_t i = 0; all && i < n; i++) {
		struct drop_mark mark = p->mark;

		mark.hash = seen[i];
		auth_check_forget(h, &mark);
	}
	if (all < 0)
		*d = first;
	return all;
}

/* --- after ---------------------------------------------------------------------------------- */

int gang_extra_after(struct hub *h, const struct transaction *x, uint32_t owner, struct gang_extra *e,
		     struct diag *d)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < x->jobs; i++) {
		const struct request *m = &x->job[i].request;
		struct after_id id[REQUEST_MAX_AFTER];
		struct buf list = BUF_INIT;

		if (!m->afters)
			continue;
		r = after_resolve(h, m, owner, id, d);
		if (r == 0) {
			after_list(id, m->afters, &list);
			r = list.failed ? diag_nomem(d) : keep(&e[i].waits, list.s, d);
		}
		buf_free(&list);
	}
	return r;
}

/* --- the file --------------------------------------------------------------------------------- */

void gang_extra_write(const struct hub *h, const struct gang_extra *e, const struct transaction_state *st,
		      struct buf *text)
{
	for (uint32_t i = 0; i < st->members; i++) {
		char id[UUID_TEXT];

		if (!e[i].auth && !e[i].waits)
			continue;
		uuid_format(&st->member[i].id, id);
		line_begin(text);
		line_text(text, "member", id);
		line_time(text, "time", h->now);
		if (e[i].auth)
			line_text(text, "auth", e[i].auth);
		if (e[i].identity)
			line_text(text, "identity", e[i].identity);
		if (e[i].waits)
			line_raw(text, "waits", e[i].waits);
		line_end(text);
	}
}

static int take_up(const struct line *l, struct gang_extra *e, struct diag *d)
{
	const struct node *auth = node_get(l->map, "auth"), *identity = node_get(l->map, "identity");
	const struct node *waits = node_get(l->map, "waits");
	struct node list;
	struct buf text = BUF_INIT;
	int r = 0;

	if (auth)
		r = keep(&e->auth, auth->text, d);
	if (r == 0 && identity)
		r = keep(&e->identity, identity->text, d);
	if (r == 0 && waits) {
		list = *waits;
		list.key = NULL;
		line_node(&text, &list);
		r = text.failed ? diag_nomem(d) : keep(&e->waits, text.s, d);
	}
	buf_free(&text);
	return r;
}

/* The lines have the order of the members. */
int gang_extra_read(const char *text, size_t len, const struct transaction_state *st, struct gang_extra *e,
		    struct diag *d)
{
	struct line_reader r;
	struct line l;
	uint32_t i = 0;
	int got = jobfile_events(&r, text, len, d);

	while (got == 0 && line_next(&r, &l, NULL) > 0) {
		const struct node *member = node_get(l.map, "member");
		struct uuid id;

		if (!member || uuid_parse(member->text, member->len, &id, NULL) < 0)
			continue;
		while (i < st->members && uuid_cmp(&st->member[i].id, &id))
			i++;
		if (i < st->members)
			got = take_up(&l, &e[i], d);
	}
	line_close(&r);
	return got;
}
