/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rsync://[USER@]HOST[:PORT]/MODULE/PATH, a daemon, and ssh://[USER@]HOST[:PORT]/PATH,
 * rsync over ssh.  A thread looks how far it is.
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exec.h"
#include "instant.h"
#include "io.h"
#include "store.h"

enum { PARTIAL = 23, LOOK_MS = 200 };

static const char *const schemes[] = { "rsync", "ssh", NULL };

struct call {
	char *argv[24];
	int argc;
	char *own[24];			/* of argv, to be freed */
	int owned;
	bool no_flush;			/* it ended because of --fsync */
	struct store_secret secret;
};

static void add(struct call *c, const char *arg)
{
	c->argv[c->argc++] = (char *)arg;
	c->argv[c->argc] = NULL;
}

static void add_own(struct call *c, char *arg)
{
	c->own[c->owned++] = arg;
	add(c, arg ? arg : "");
}

static char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *format(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return s;
}

/* rsync's own spelling: ssh://u@h:22/a -> u@h:/a with -e "ssh -p 22". */
static char *address(struct call *c, const struct store_way *w, const struct settings *set)
{
	const char *ssh = set->ssh ? set->ssh : "ssh -o BatchMode=yes -o ConnectTimeout=30";
	const char *host = w->at + strlen("ssh://"), *slash, *colon;
	struct buf path = BUF_INIT;
	char *all;

	store_unescape(&path, w->at);
	if (!strncmp(w->at, "rsync://", 8)) {
		add(c, "--contimeout=30");
		add(c, "--sockopts=TCP_NODELAY");
		return buf_detach(&path);
	}
	buf_free(&path);
	slash = strchrnul(host, '/');
	colon = memchr(host, ':', (size_t)(slash - host));
	store_unescape(&path, slash);
	add(c, "-e");
	if (colon)
		add_own(c, format("%s -p %.*s", ssh, (int)(slash - colon - 1), colon + 1));
	else
		add(c, ssh);
	all = format("%.*s:%s", (int)((colon ? colon : slash) - host), host, path.s);
	buf_free(&path);
	return all;
}

static int begin(struct call *c, const struct store_way *w, const struct settings *set,
		 struct diag *d)
{
	*c = (struct call){ .secret.tree = TREE_INIT };
	if (w->store->credentials && settings_secret_read(w->store, &c->secret, d) < 0)
		return -1;
	if (c->secret.password && setenv("RSYNC_PASSWORD", c->secret.password, 1) < 0)
		return diag_nomem(d);
	add(c, "rsync");
	add_own(c, format("--timeout=%lld", (long long)(set->patience / SECOND_US)));
	return 0;
}

static void end(struct call *c)
{
	for (int i = 0; i < c->owned; i++)
		free(c->own[i]);
	unsetenv("RSYNC_PASSWORD");
	tree_free(&c->secret.tree);
}

/* By an rsync before 3.2.4 here or there, by what a daemon does not allow, or by
 * an rrsync that knows fewer options. */
static bool is_about_flushing(const char *err)
{
	return strstr(err, "--fsync") || strstr(err, "invalid rsync-command");
}

static int run(struct call *c, const struct store_way *w, struct diag *d)
{
	struct buf err = BUF_INIT;
	int status, rc = -1;

	for (int i = 0; i < c->owned; i++)
		if (!c->own[i])
			return diag_nomem(d);
	if (exec_run(c->argv, 0, NULL, &err, &status, d) < 0)
		goto out;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		rc = 0;
	else if (WIFEXITED(status) && WEXITSTATUS(status) == PARTIAL &&
		 strstr(err.s, "No such file or directory"))
		rc = 1;
	c->no_flush = rc && is_about_flushing(err.s);
	if (rc)
		diag_set(d, "%.300s: rsync: %.*s", w->url, (int)strcspn(err.s, "\n"), err.s);
out:
	buf_free(&err);
	return rc;
}

/* --- how far ------------------------------------------------------------------------ */

struct looking {
	int dir;
	const char *name;
	struct progress *p;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool over;
	pthread_t thread;
	bool threaded;
};

static void *look(void *ctx)
{
	struct looking *l = ctx;
	struct timespec until;
	struct stat st;

	pthread_mutex_lock(&l->lock);
	while (!l->over) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += LOOK_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&l->wake, &l->lock, &until);
		if (!fstatat(l->dir, l->name, &st, AT_SYMLINK_NOFOLLOW))
			progress_moved(l->p, (uint64_t)st.st_size);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

static void look_begin(struct looking *l, int dir, const char *name, struct progress *p)
{
	sigset_t all, usual;

	*l = (struct looking){ .dir = dir, .name = name, .p = p, .lock = PTHREAD_MUTEX_INITIALIZER,
			       .wake = PTHREAD_COND_INITIALIZER };
	/* Signals are for who attends rsync: see exec_run(). */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &usual);
	l->threaded = !pthread_create(&l->thread, NULL, look, l);
	pthread_sigmask(SIG_SETMASK, &usual, NULL);
}

static void look_end(struct looking *l)
{
	if (!l->threaded)
		return;
	pthread_mutex_lock(&l->lock);
	l->over = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
}

/* --- calls ------------------------------------------------------------------------------ */

static uint64_t size_of(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : (uint64_t)st.st_size;
}

/* /proc/self/fd/N would be rsync's own: the directory's name is what it needs. */
static char *name_here(int dir, const char *name)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
	n = readlink(link, path, sizeof path - 1);
	if (n < 0)
		return NULL;
	path[n] = '\0';
	return format("%s/%s", path, name);
}

static int rsync_get(const struct store_way *w, const struct settings *set, int dir,
		     const char *name, uint64_t size, struct progress *p, struct store_timing *t,
		     struct diag *d)
{
	uint64_t before = size_of(dir, name), after;
	int64_t start = instant_steady();
	struct looking l;
	struct call c;
	char *from;
	int rc;

	if (begin(&c, w, set, d) < 0)
		return -1;
	add(&c, "--inplace");
	from = address(&c, w, set);
	add(&c, "--");
	add_own(&c, from);
	add_own(&c, name_here(dir, name));
	look_begin(&l, dir, name, p);
	rc = run(&c, w, d);
	look_end(&l);
	end(&c);
	after = size_of(dir, name);
	t->bytes = after > before ? after - before : 0;
	t->moving = instant_steady() - start;
	if (rc == 0 && size != STORE_UNKNOWN && after != size)
		return diag_set(d, "%.300s: it has %llu bytes, expected %llu", w->url,
				(unsigned long long)after, (unsigned long long)size);
	return rc;
}

/* flush: before it has its name there. */
static int put(const struct store_way *w, const struct settings *set, int dir, const char *name,
	       bool *flush, struct diag *d)
{
	struct call c;
	char *to;
	int rc;

	if (begin(&c, w, set, d) < 0)
		return -1;
	add(&c, "--mkpath");
	add(&c, "--partial-dir=.rsync-partial");
	add(&c, "--chmod=F644");
	if (*flush)
		add(&c, "--fsync");
	to = address(&c, w, set);
	add(&c, "--");
	add_own(&c, name_here(dir, name));
	add_own(&c, to);
	rc = run(&c, w, d);
	*flush = !c.no_flush;
	end(&c);
	return rc;
}

static int rsync_put(const struct store_way *w, const struct settings *set, int dir,
		     const char *name, uint64_t size, const struct digest *g, struct progress *p,
		     struct store_timing *t, struct diag *d)
{
	int64_t start = instant_steady();
	bool flush = true;
	int rc = put(w, set, dir, name, &flush, d);

	(void)g;
	if (rc && !flush)
		rc = put(w, set, dir, name, &flush, d);
	t->bytes = size;
	t->moving = instant_steady() - start;
	progress_moved(p, size);
	return rc;
}

static int rsync_probe(const struct store_way *w, const struct settings *set,
		       struct store_timing *t, struct diag *d)
{
	int64_t start = instant_steady();
	struct call c;
	char *at;
	int rc;

	if (begin(&c, w, set, d) < 0)
		return -1;
	add(&c, "--list-only");
	at = address(&c, w, set);
	add(&c, "--");
	add_own(&c, at);
	rc = run(&c, w, d);
	end(&c);
	t->first = instant_steady() - start;
	return rc;
}

const struct store_kind store_rsync = { schemes, rsync_get, rsync_put, rsync_probe };
