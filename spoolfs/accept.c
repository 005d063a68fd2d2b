/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "accept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "draft_part.h"
#include "instant.h"
#include "io.h"
#include "line.h"
#include "loop.h"
#include "patience.h"
#include "view.h"

enum {
	KEEP_ANSWERS = 1000,
	KEEP_SECONDS = 3600,
	OFFER_MAX = 2 << 20,
};

struct said {
	struct said *next;
	struct uuid job;
	time_t when;
	char text[];
};

/* --- what was answered ------------------------------------------------------------- */

void accepts_init(struct accepts *a)
{
	*a = (struct accepts){ .first = NULL };
	pthread_mutex_init(&a->lock, NULL);
}

void accepts_free(struct accepts *a)
{
	while (a->first) {
		struct said *one = a->first;

		a->first = one->next;
		free(one);
	}
	pthread_mutex_destroy(&a->lock);
}

static void drop_said(struct accepts *a, struct said **at)
{
	struct said *one = *at;

	*at = one->next;
	free(one);
	a->count--;
}

/* Forget what was said of this job, what is old, and the oldest of too many. */
static void tidy(struct accepts *a, const struct uuid *job, time_t now)
{
	struct said **at = &a->first;
	unsigned n = 0;

	while (*at)
		if (!uuid_cmp(&(*at)->job, job) || now - (*at)->when > KEEP_SECONDS || ++n >= KEEP_ANSWERS)
			drop_said(a, at);
		else
			at = &(*at)->next;
}

static void say(struct view *v, const struct uuid *job, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct view *v, const struct uuid *job, const char *fmt, ...)
{
	struct accepts *a = &v->accepts;
	time_t now = draft_seconds();
	struct said *one;
	char text[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	one = malloc(sizeof *one + strlen(text) + 1);
	pthread_mutex_lock(&a->lock);
	tidy(a, job, now);
	if (one) {
		*one = (struct said){ .next = a->first, .job = *job, .when = now };
		memcpy(one->text, text, strlen(text) + 1);
		a->first = one;
		a->count++;
	}
	pthread_mutex_unlock(&a->lock);
}

static bool add_said(struct view *v, const struct uuid *job, struct buf *out)
{
	const struct said *one;
	bool found;

	pthread_mutex_lock(&v->accepts.lock);
	for (one = v->accepts.first; one && uuid_cmp(&one->job, job); one = one->next)
		;
	found = one && draft_seconds() - one->when <= KEEP_SECONDS;
	if (found)
		buf_addf(out, "%s\n", one->text);
	pthread_mutex_unlock(&v->accepts.lock);
	return found;
}

static bool add_number(void *ctx, const char *name)
{
	struct buf *b = ctx;

	buf_addf(b, "%s%u", b->len ? ", " : "", offer_number(name));
	return true;
}

/* As it is, when nobody has asked for anything lately. */
static void add_state(struct view *v, uint64_t ino, const struct job *j, struct buf *out)
{
	struct buf list = BUF_INIT;

	if (j->phase == PHASE_OFFERED) {
		offer_each(v, ino, "offered", add_number, &list);
		buf_addf(out, "nothing is accepted yet; open offers: %s\n", list.len ? list.s : "none");
	} else {
		offer_each(v, ino, "accepted", add_number, &list);
		if (list.len)
			buf_addf(out, "accepted: %s\n", list.s);
		else
			buf_addf(out, "the job is %s; it has no open offers\n",
				 phase_name((enum phase)j->phase));
	}
	buf_free(&list);
}

bool accept_text(struct view *v, uint64_t ino, struct buf *out)
{
	struct job j;

	if (attr_need(v, ino, 0, &j))
		return false;
	if (add_said(v, &j.id, out))
		return true;
	add_state(v, ino, &j, out);
	return false;
}

/* --- whether it can be asked for at all ----------------------------------------------- */

static bool lies(struct view *v, const struct uuid *id, unsigned number, const char *state)
{
	char path[OFFER_PATH];

	offer_path(id, number, state, path);
	return faccessat(v->spool.root, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* When an offer ends, by its own first line; 0: it does not say. */
static int64_t expiry(struct view *v, const struct uuid *id, unsigned number)
{
	struct buf text = BUF_INIT;
	struct line_reader r;
	struct line l;
	const struct node *n = NULL;
	char path[OFFER_PATH];
	int64_t at = 0;

	offer_path(id, number, "offered", path);
	if (io_read(v->spool.root, path, OFFER_MAX, &text, NULL) == 0) {
		line_open(&r, text.s, text.len);
		if (line_next(&r, &l, NULL) > 0)
			n = node_get(l.map, "expires");
		if (n && instant_parse(n->text, n->len, &at, NULL) < 0)
			at = 0;
		line_close(&r);
	}
	buf_free(&text);
	return at;
}

static int no_such(struct view *v, const struct job *j, unsigned number)
{
	if (lies(v, &j->id, number, "expired")) {
		say(v, &j->id, "offer %u has expired", number);
		return ESTALE;
	}
	if (lies(v, &j->id, number, "rejected")) {
		say(v, &j->id, "offer %u was rejected", number);
		return ESTALE;
	}
	say(v, &j->id, "there is no offer %u; this job has had %u", number, j->offers);
	return EINVAL;
}

static int check(struct view *v, const struct author *a, const struct job *j, unsigned number)
{
	int64_t end;

	if ((a->uid != j->owner && a->uid != 0) || (!v->root && a->uid != geteuid())) {
		say(v, &j->id, "the job belongs to somebody else");
		return EACCES;
	}
	if (j->phase != PHASE_OFFERED) {
		say(v, &j->id, "the job is %s; it has no open offers", phase_name((enum phase)j->phase));
		return j->offers ? ESTALE : EINVAL;
	}
	if (!lies(v, &j->id, number, "offered"))
		return no_such(v, j, number);
	end = expiry(v, &j->id, number);
	if (end && end <= instant_now()) {
		say(v, &j->id, "offer %u has expired", number);
		return ESTALE;
	}
	return 0;
}

/* --- asking ------------------------------------------------------------------------------- */

static int drop(struct view *v, const struct author *a, const struct job *j, unsigned number,
		char name[80])
{
	char id[UUID_TEXT], text[160];
	int n;

	uuid_format(&j->id, id);
	snprintf(name, 80, "accept-%s-%llx.yaml", id, (unsigned long long)index_clock());
	n = snprintf(text, sizeof text, "{command: accept, job: %s, attempt: %u, offer: %u}\n", id,
		     j->attempt, number);
	return submit_publish(&v->spool, v->root, a, name, text, (size_t)n, false);
}

static int ask(struct view *v, const struct author *a, const struct job *j, unsigned number)
{
	char name[80];
	int err;
	bool served = spool_served(&v->spool);
	struct buf said = BUF_INIT;

	err = drop(v, a, j, number, name);
	if (err) {
		say(v, &j->id, "offer %u: the command cannot be written: %s", number, strerror(err));
		return err;
	}
	say(v, &j->id, "offer %u was asked for; %s", number, served ? "it is not answered yet" :
	    "no spoold serves the spool now, so the command waits in inbox/");
	if (served && patience_command(v, name, &err, &said)) {
		if (err)
			say(v, &j->id, "%s", said.s);
		else
			say(v, &j->id, "offer %u is accepted", number);
	}
	buf_free(&said);
	return err;
}

static int accept_number(struct view *v, const struct author *a, const struct job *j, unsigned number)
{
	int err = check(v, a, j, number);

	return err ? err : ask(v, a, j, number);
}

/* --- what is written, and what is moved ------------------------------------------------------ */

static bool first_number(void *ctx, const char *name)
{
	*(unsigned *)ctx = offer_number(name);
	return false;
}

int accept_words(struct view *v, const struct author *a, uint64_t ino, const char *words, size_t len)
{
	struct job j;
	char name[16];
	unsigned number;
	int err = attr_need(v, ino, 0, &j);

	if (err)
		return err;
	while (len && strchr(" \t\r\n", words[len - 1]))
		len--;
	while (len && strchr(" \t", *words))
		words++, len--;
	snprintf(name, sizeof name, "%.*s.yaml", len < 4 ? (int)len : 0, words);
	number = offer_number(name);
	loop_slow();
	/* They are numbered with the best first. */
	if (len == 4 && !memcmp(words, "best", 4)) {
		number = 1;
		offer_each(v, ino, "offered", first_number, &number);
	}
	if (!number) {
		say(v, &j.id, "expected the number of an offer, or best");
		return EINVAL;
	}
	return accept_number(v, a, &j, number);
}

int accept_file(struct view *v, const struct author *a, uint64_t ino, const char *name)
{
	unsigned number = offer_number(name);
	struct job j;
	int err = attr_need(v, ino, 0, &j);

	loop_slow();
	return err ? err : number ? accept_number(v, a, &j, number) : EINVAL;
}
