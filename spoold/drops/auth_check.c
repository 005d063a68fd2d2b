/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth_check.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth.h"
#include "instant.h"
#include "io.h"

enum { CHECKS = 64, AT_ONCE = 4, WORDS = 200 };
static const int64_t again_after = MINUTE_US;

enum state { FREE, RUNNING, HOLDS, FAILS, UNKNOWN };

/* What one program says of one drop. */
struct auth_check {
	enum state state;
	struct drop_mark mark;
	const struct config_auth *method;
	pid_t pid;
	int out;		/* where it writes its words */
	int64_t at;		/* RUNNING: when its time is over; else when it ended */
	char words[WORDS];
};

/* --- the table ------------------------------------------------------------------- */

static bool same_drop(const struct drop_mark *a, const struct drop_mark *b)
{
	return a->ino == b->ino && a->born == b->born && a->size == b->size && a->hash == b->hash;
}

static struct auth_check *find(struct hub *h, const struct drop_mark *m, const struct config_auth *c)
{
	for (int i = 0; h->checks && i < CHECKS; i++) {
		struct auth_check *k = &h->checks[i];

		if (k->state != FREE && k->method == c && same_drop(&k->mark, m))
			return k;
	}
	return NULL;
}

/* A free entry, or that of the answer that nobody has asked for the longest;
 * NULL: enough are running. */
static struct auth_check *room(struct hub *h)
{
	struct auth_check *best = NULL;
	int running = 0;

	for (int i = 0; i < CHECKS; i++) {
		struct auth_check *k = &h->checks[i];

		running += k->state == RUNNING;
		if (k->state == RUNNING || (best && best->state == FREE))
			continue;
		if (!best || k->state == FREE || k->at < best->at)
			best = k;
	}
	return running < AT_ONCE ? best : NULL;
}

void auth_check_forget(struct hub *h, const struct drop_mark *m)
{
	for (int i = 0; h->checks && i < CHECKS; i++)
		if (h->checks[i].state != RUNNING && same_drop(&h->checks[i].mark, m))
			h->checks[i].state = FREE;
}

void auth_check_free(struct hub *h)
{
	for (int i = 0; h->checks && i < CHECKS; i++) {
		if (h->checks[i].state != RUNNING)
			continue;
		kill(-h->checks[i].pid, SIGKILL);
		close(h->checks[i].out);
	}
	free(h->checks);
	h->checks = NULL;
}

/* --- the program -------------------------------------------------------------------- */

/* The request on its standard input, its first words from standard output. */
static int spawn(const struct config_auth *c, int in, int out, char *const env[], pid_t *pid)
{
	char *const argv[] = { (char *)c->check, (char *)c->type, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, usual;
	int err;

	sigemptyset(&none);
	sigfillset(&usual);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &usual);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	err = posix_spawn(pid, c->check, &files, &attr, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return err;
}

static int start(const struct config_auth *c, const struct drop *p, struct auth_check *k, struct diag *d)
{
	char owner[40];
	char *env[] = { "PATH=/usr/local/bin:/usr/bin:/bin", owner, NULL };
	int in = memfd_create("request", MFD_CLOEXEC), out = memfd_create("words", MFD_CLOEXEC);
	int err = 0;

	snprintf(owner, sizeof owner, "SPOOL_OWNER=%ju", (uintmax_t)p->st.st_uid);
	if (in < 0 || out < 0 || io_write_fd(in, p->text.s, p->text.len, d) < 0 ||
	    lseek(in, 0, SEEK_SET) < 0)
		err = errno;
	else
		err = spawn(c, in, out, env, &k->pid);
	if (in >= 0)
		close(in);
	if (err) {
		if (out >= 0)
			close(out);
		errno = err;
		return diag_errno(d, "cannot run %s", c->check);
	}
	k->out = out;
	return 0;
}

static void begin(struct hub *h, const struct drop *p, const struct config_auth *c)
{
	struct auth_check *k = room(h);
	struct diag d = DIAG_INIT;

	if (!k)
		return;
	*k = (struct auth_check){ .mark = p->mark, .method = c, .out = -1 };
	if (start(c, p, k, &d) == 0) {
		k->state = RUNNING;
		k->at = h->now + c->timeout;
		return;
	}
	hub_log("auth %s: %s", c->type, d.text);
	h->count.errors++;
	k->state = UNKNOWN;
	k->at = h->now;
}

/* The first line that it wrote, as far as it can be shown. */
static void read_words(struct auth_check *k)
{
	ssize_t n = pread(k->out, k->words, WORDS - 1, 0);

	close(k->out);
	k->out = -1;
	k->words[n > 0 ? n : 0] = 0;
	k->words[strcspn(k->words, "\r\n")] = 0;
	for (char *s = k->words; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

bool auth_check_reap(struct hub *h, pid_t pid, int status)
{
	struct auth_check *k = NULL;

	for (int i = 0; h->checks && i < CHECKS; i++)
		if (h->checks[i].state == RUNNING && h->checks[i].pid == pid)
			k = &h->checks[i];
	if (!k)
		return false;
	read_words(k);
	k->at = h->now;
	if (WIFEXITED(status) && WEXITSTATUS(status) <= 1) {
		k->state = WEXITSTATUS(status) ? FAILS : HOLDS;
		return true;
	}
	hub_log("auth %s: %s ended with %s %d, asked again in a minute", k->method->type,
		k->method->check, WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	h->count.errors++;
	k->state = UNKNOWN;
	return true;
}

bool auth_check_busy(const struct hub *h)
{
	for (int i = 0; h->checks && i < CHECKS; i++)
		if (h->checks[i].state == RUNNING)
			return true;
	return false;
}

int64_t auth_check_tick(struct hub *h)
{
	int64_t next = INT64_MAX;

	for (int i = 0; h->checks && i < CHECKS; i++) {
		struct auth_check *k = &h->checks[i];

		if (k->state == RUNNING && h->now >= k->at) {
			kill(-k->pid, SIGKILL);
			k->at = h->now + SECOND_US;	/* it is reaped before */
		} else if (k->state == UNKNOWN && h->now >= k->at + again_after) {
			k->state = FREE;
		}
		if (k->state == RUNNING && k->at < next)
			next = k->at;
		else if (k->state == UNKNOWN && k->at + again_after < next)
			next = k->at + again_after;
	}
	return next;
}

/* --- one drop ---------------------------------------------------------------------------- */

static void add_word(char *list, size_t size, const char *word)
{
	size_t n = strlen(list);

	snprintf(list + n, size - n, "%s%s", n ? " " : "", word);
}

/* One method of the request.  false: not known yet. */
static bool ask(struct hub *h, const struct drop *p, const struct config_auth *c,
		struct job_record *rec, struct buf *reasons)
{
	const struct auth_check *k = find(h, &p->mark, c);

	if (!k)
		begin(h, p, c);
	if (!k || k->state == RUNNING || k->state == UNKNOWN)
		return false;
	if (k->state == FAILS) {
		buf_addf(reasons, "%s%s: %s", reasons->len ? "; " : "", c->type,
			 k->words[0] ? k->words : "it does not hold");
		return true;
	}
	add_word(rec->auth, sizeof rec->auth, c->type);
	if (k->words[0])
		add_word(rec->identity, sizeof rec->identity, k->words);
	return true;
}

static bool asks_a_program(const struct hub *h, const struct request *r)
{
	for (uint32_t i = 0; i < r->auths; i++)
		if (config_auth(&h->config, r->auth[i].type))
			return true;
	return false;
}

/* Is there any method at all that this hub knows?  That needs no program. */
static int check_known(struct hub *h, const struct request *r, struct diag *d)
{
	const char *asked[r->auths + 1], *accepted[r->auths + 1];
	struct text_list list = { asked, r->auths };
	uint32_t n;

	for (uint32_t i = 0; i < r->auths; i++)
		asked[i] = r->auth[i].type;
	if (auth_accepted(&h->config, &list, accepted, &n) == AUTH_REJECTED)
		return diag_set(d, "auth: the method \"%.100s\" is not supported here", asked[0]);
	return 1;
}

int auth_check_ask(struct hub *h, const struct drop *p, const struct request *r,
		   struct job_record *rec, struct diag *d)
{
	struct buf reasons = BUF_INIT;
	bool known = true;
	int got = 1;

	if (!asks_a_program(h, r))
		return check_known(h, r, d);
	if (!h->checks && !(h->checks = calloc(CHECKS, sizeof *h->checks)))
		return diag_nomem(d);
	for (uint32_t i = 0; i < r->auths; i++) {
		const struct config_auth *c = config_auth(&h->config, r->auth[i].type);

		if (c)
			known &= ask(h, p, c, rec, &reasons);
		else if (config_auth_built_in(r->auth[i].type))
			add_word(rec->auth, sizeof rec->auth, r->auth[i].type);
	}
	if (known && !rec->auth[0])
		got = diag_set(d, "auth: %.*s", (int)reasons.len, reasons.s);
	buf_free(&reasons);
	return known ? got : 0;
}

int auth_check_drop(struct hub *h, const struct drop *p, const struct request *r,
		    struct job_record *rec, struct diag *d)
{
	int got = auth_check_ask(h, p, r, rec, d);

	if (got)
		auth_check_forget(h, &p->mark);
	return got;
}
