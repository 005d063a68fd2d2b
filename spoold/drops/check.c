/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "catalogue.h"
#include "check_ask.h"
#include "gang.h"
#include "inbox.h"
#include "instant.h"
#include "io.h"
#include "offers.h"
#include "plan/offer.h"
#include "prices.h"
#include "request.h"
#include "reserved.h"
#include "shapes.h"
#include "site_table.h"
#include "site_time.h"
#include "size.h"
#include "sums.h"

static const struct { int got, err; } errnos[] = {
	{ CHECK_NO, ENOSPC }, { CHECK_DEAR, EDQUOT }, { CHECK_FORBIDDEN, EACCES }, { CHECK_STALE, ESTALE },
	{ CHECK_NAMELESS, EINVAL },
};
enum { ERRNOS = sizeof errnos / sizeof *errnos };

int check_errno(int got)
{
	for (int i = 0; i < ERRNOS; i++)
		if (errnos[i].got == got)
			return errnos[i].err;
	return 0;
}

int check_no(int err)
{
	for (int i = 0; i < ERRNOS; i++)
		if (errnos[i].err == err)
			return errnos[i].got;
	return CHECK_NO;
}

/* What the running spoold last wrote down about the sites. */
static int load_sites(struct hub *h, struct diag *d)
{
	DIR *p = io_list(h->spool.run_sites, ".", d);
	int r = 0;
	struct dirent *e;

	if (!p)
		return -1;
	while (r == 0 && (e = readdir(p))) {
		struct buf text = BUF_INIT;
		char name[256];
		size_t len = strlen(e->d_name);
		uint16_t site;

		if (len <= 5 || strcmp(e->d_name + len - 5, ".yaml"))
			continue;
		snprintf(name, sizeof name, "%.*s", (int)(len - 5), e->d_name);
		if (!spool_site_name_ok(name) ||
		    io_read(h->spool.run_sites, e->d_name, 64u << 20, &text, NULL) < 0)
			continue;
		site = site_table_add(h, name, d);
		r = site == NO_SITE ? -1 : site_table_learn(h, site, text.s, text.len, false, d);
		buf_free(&text);
	}
	closedir(p);
	return r;
}

/* The earliest start that delays nothing promised; false: none in its windows, or
 * it is not known what is promised, as we do not serve the spool. */
static bool start_at(struct hub *h, uint32_t i, const struct shape *s, int64_t *start)
{
	struct timeline_window w[s->windows ? s->windows : 1];
	uint32_t which[s->windows ? s->windows : 1];
	uint64_t amount[TIMELINE_KINDS];
	struct timeline_found found;
	struct place *p = &h->sites.site[i]->time;
	unsigned n;

	if (h->spool.lock < 0 || !place_known(p) || !place_wish(p, s, amount))
		return false;
	n = site_time_windows(h, s, w, which);
	if (!n || !place_fit(p, amount, w, n, &found))
		return false;
	*start = found.start;
	return true;
}

/* price: that it may have to wait for money; may be empty. */
static void say_site(struct hub *h, uint32_t i, const struct shape *s, const struct match *m,
		     const char *price, struct buf *out)
{
	int64_t start;

	buf_addf(out, "  %s", h->sites.site[i]->name);
	if (start_at(h, i, s, &start)) {
		buf_adds(out, ": from ");
		instant_format(start, out);
	}
	if (m->held || m->missing) {
		buf_adds(out, ": ");
		size_human(m->held, out);
		buf_adds(out, " of its data is there, ");
		size_human(m->missing, out);
		buf_adds(out, " to fetch");
	}
	if (*price)
		buf_addf(out, ": %s", price);
	buf_addc(out, '\n');
}

/* What would be offered, as said to who only asks: nothing is held. */
static void say_offer(struct hub *h, int number, const struct offer_slot *o, struct buf *out)
{
	const char *comma = "";

	buf_addf(out, "  offer %d: %s, from ", number, h->sites.site[o->site]->name);
	instant_format(o->start, out);
	buf_addf(out, ", %ju cores", (uintmax_t)o->amount[PLACE_CORES]);
	if (o->amount[PLACE_MEMORY]) {
		buf_adds(out, ", ");
		size_human(o->amount[PLACE_MEMORY], out);
	}
	if (o->bounded) {
		buf_adds(out, ", for ");
		duration_format(o->length, out);
	}
	buf_adds(out, ", price ");
	number_write(out, o->price);
	buf_adds(out, ": ");
	for (unsigned bit = 1; bit <= OFFER_OTHER; bit <<= 1)
		if (o->why & bit) {
			buf_addf(out, "%s%s", comma, offer_reason_name(bit));
			comma = ", ";
		}
	buf_addc(out, '\n');
}

/* Only who serves the spool knows what is promised. */
static void say_offers(struct hub *h, const struct shape *s, const struct candidate *c, struct buf *out)
{
	struct offer_slot slot[OFFER_MOST];
	int n = h->spool.lock < 0 ? 0 : offers_choose(h, s, c, h->now + h->config.offer_lifetime, slot,
						      h->config.offers_most, NULL);

	for (int i = 0; i < n; i++)
		say_offer(h, i + 1, &slot[i], out);
}

static int answer_inside(struct hub *h, uint32_t shape, uid_t uid, struct buf *out)
{
	struct reserved_answer a;
	enum reserved_verdict v = reserved_look(h, shape, uid, &a);
	int got = v == RESERVED_NO ? check_no(a.err) : CHECK_YES;

	if (v >= RESERVED_AHEAD && accounts_afford(h, accounts_find(h, uid), shape, a.site, &a.why) < 0)
		got = CHECK_DEAR;
	buf_addf(out, "%s\n  %s", got == CHECK_YES ? "YES" : "NO",
		 v >= RESERVED_AHEAD ? h->sites.site[a.site]->name : a.why.s);
	if (v >= RESERVED_AHEAD && a.why.len)
		buf_addf(out, ": %s", a.why.s);
	if (v == RESERVED_AHEAD || (v == RESERVED_WAIT && a.wake != INT64_MAX)) {
		buf_adds(out, v == RESERVED_AHEAD ? " from " : " ");
		instant_format(v == RESERVED_AHEAD ? a.start : a.wake, out);
	}
	buf_addc(out, '\n');
	buf_free(&a.why);
	return got;
}

/* What the sites say to one shape. */
struct poll {
	uint32_t shape, user;
	struct candidate *c;
	struct buf where, reasons;	/* of those that can have it; of the others */
	uint32_t yes, dear, denied;	/* the price alone is in the way; permission is */
};

static void poll_site(struct hub *h, struct poll *p, uint32_t i)
{
	const struct shape *s = &h->shapes.row[p->shape].shape;
	const struct site *site = h->sites.site[i];
	struct buf why = BUF_INIT, price = BUF_INIT;
	struct match m;
	int afford = 1;

	match_site(s, &site->doc, &h->config, &h->catalogue, &m, &why);
	if (m.may)
		afford = accounts_afford(h, p->user, p->shape, (uint16_t)i, &price);
	if (m.may && afford >= 0) {
		say_site(h, i, s, &m, price.s, &p->where);
		p->c[i] = (struct candidate){ .match = m, .later = afford > 0, .wants = afford > 0 };
		p->yes++;
	} else {
		buf_addf(&p->reasons, "%s%s: %s", p->reasons.len ? "; " : "", site->name, m.may ? price.s : why.s);
		p->dear += m.may;
		p->denied += m.denied;
	}
	buf_free(&why);
	buf_free(&price);
}

static int answer(struct hub *h, uint32_t shape, uid_t uid, struct buf *out)
{
	const struct shape *s = &h->shapes.row[shape].shape;
	struct poll p = { .shape = shape, .user = accounts_find(h, uid), .where = BUF_INIT, .reasons = BUF_INIT };

	if (s->not_after < h->now) {
		buf_adds(out, "NO\n  the time in which it could have started has passed\n");
		return CHECK_STALE;
	}
	if (s->reservation)
		return answer_inside(h, shape, uid, out);
	p.c = calloc(h->sites.count + 1, sizeof *p.c);
	if (!p.c)
		out->failed = true;
	for (uint32_t i = 0; p.c && i < h->sites.count; i++)
		if (h->sites.site[i]->known)
			poll_site(h, &p, i);
	if (p.yes) {
		buf_addf(out, "YES\n%s", p.where.s);
		say_offers(h, s, p.c, out);
	} else {
		buf_addf(out, "NO\n  %s\n", p.reasons.len ? p.reasons.s : "no site has told about itself yet");
	}
	free(p.c);
	buf_free(&p.where);
	buf_free(&p.reasons);
	return p.yes ? CHECK_YES : p.dear ? CHECK_DEAR : p.denied ? CHECK_FORBIDDEN : CHECK_NO;
}

static int check_job(struct hub *h, struct tree *t, uid_t uid, struct buf *out, struct diag *d)
{
	struct request r;
	uint32_t shape;

	if (request_read(t, t->root, &r, d) < 0 || (shape = shapes_intern(h, &r, d)) == NO_SHAPE)
		return CHECK_INVALID;
	return answer(h, shape, uid, out);
}

static int check_reservation(struct hub *h, struct tree *t, uid_t uid, struct buf *out, struct diag *d)
{
	struct reservation slot;
	int got = -1, err = 0;

	if (reservation_read(t, t->root, &slot, d) == 0)
		got = reserved_check(h, &slot, uid, out, &err, d);
	return got < 0 ? CHECK_INVALID : got ? CHECK_YES : check_no(err);
}

static int check_transaction(struct hub *h, struct tree *t, uid_t uid, struct buf *out, struct diag *d)
{
	struct transaction x;

	return transaction_read(t, t->root, &x, d) < 0 ? CHECK_INVALID : gang_check(h, &x, uid, out, d);
}

/* Who asks has an account, so that a budget is known, also of one who never had a job. */
static int know(struct hub *h, uid_t uid, struct diag *d)
{
	char name[64];

	inbox_user_name(uid, name);
	return accounts_user(h, uid, name, d) == NO_ACCOUNT ? -1 : 0;
}

int check_document(struct hub *h, struct tree *t, uid_t uid, struct buf *out, struct diag *d)
{
	struct command c;

	if (know(h, uid, d) < 0)
		return CHECK_INVALID;
	switch (drop_kind(t->root, d)) {
	case DROP_JOB:
		return check_job(h, t, uid, out, d);
	case DROP_COMMAND:
		if (command_read(t->root, &c, d) < 0)
			return CHECK_INVALID;
		buf_adds(out, "YES\n  a valid command\n");
		return CHECK_YES;
	case DROP_RESERVATION:
		return check_reservation(h, t, uid, out, d);
	case DROP_TRANSACTION:
		return check_transaction(h, t, uid, out, d);
	default:
		return CHECK_INVALID;
	}
}

/* What was spent, where that matters; what is under way is known to who serves the spool. */
static int load_accounts(struct hub *h, uid_t uid, struct diag *d)
{
	if (know(h, uid, d) < 0)
		return -1;
	return accounts_limited(h, accounts_find(h, uid)) ? sums_open(h, d) : 0;
}

static int check_text(struct hub *h, const char *text, size_t len, struct buf *out, struct diag *d)
{
	struct tree t = TREE_INIT;
	int got = CHECK_INVALID;

	if (tree_parse(&t, text, len, NULL, d) == 0)
		got = check_document(h, &t, getuid(), out, d);
	tree_free(&t);
	return got;
}

static bool load_all(struct hub *h, struct diag *d)
{
	return load_sites(h, d) == 0 && load_accounts(h, getuid(), d) == 0 && catalogue_read(h, d) == 0 &&
	       reserved_recover(h, NULL, NULL, d) == 0 && reserved_hold_all(h, d) == 0;
}

/* Of what it says alone, then with what is known; who may not read that asks. */
static int check_read(struct hub *h, const struct buf *text, struct buf *out, struct diag *d)
{
	size_t skip = text->len >= 3 && !memcmp(text->s, "\xef\xbb\xbf", 3) ? 3 : 0;
	bool alone = h->spool.run_sites < 0 || h->spool.data < 0;
	int got = CHECK_INVALID;

	if (alone || load_all(h, d))
		got = check_text(h, text->s + skip, text->len - skip, out, d);
	if (!alone || got == CHECK_INVALID)
		return got;
	buf_reset(out);
	return check_ask(&h->spool, text, out, d);
}

int check_file(struct hub *h, const char *file, struct buf *out, struct diag *d)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), got = CHECK_INVALID;
	struct buf text = BUF_INIT;

	*d = (struct diag)DIAG_INIT;
	if (fd < 0)
		diag_errno(d, "cannot open it");
	else if (io_read_fd(fd, REQUEST_MAX_BYTES, &text, d) == 0)
		got = check_read(h, &text, out, d);
	if (got == CHECK_INVALID) {
		diag_format(d, file, out);
		buf_addc(out, '\n');
	}
	if (fd >= 0)
		close(fd);
	buf_free(&text);
	return got;
}
