/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hub is behind rsync, over ssh or as a daemon.
 *
 * rsync writes each file under a hidden name and renames it, so a transfer
 * that is cut off leaves whole messages or none.  Messages never change, so
 * size and mtime tell all.  Every filter is the strict one: what is not a
 * message is neither taken nor, by --delete, touched.
 */
#include "transport.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "exec.h"

enum { CLOSED = 12, PARTIAL = 23, VANISHED = 24 };	/* rsync's exit codes */

struct rsync {
	const char *argv[32];
	int argc;
	char password[4096 + 32];
};

static void add(struct rsync *c, const char *arg)
{
	c->argv[c->argc++] = arg;
	c->argv[c->argc] = NULL;
}

static bool is_daemon(const char *hub)
{
	return !strncmp(hub, "rsync://", 8);
}

static void begin(struct rsync *c, const struct transport *t)
{
	c->argc = 0;
	add(c, "rsync");
	add(c, "-rt");
	add(c, "--timeout=120");
	if (is_daemon(t->set->hub)) {
		add(c, "--contimeout=30");
		/* Short questions and answers: without it each waits for a
		 * delayed acknowledgement, 40 ms, some times in a connection. */
		add(c, "--sockopts=TCP_NODELAY");
		if (t->set->password_file) {
			snprintf(c->password, sizeof c->password, "--password-file=%s",
				 t->set->password_file);
			add(c, c->password);
		}
		return;
	}
	/* Nobody is there to type a password. */
	add(c, "-e");
	add(c, t->set->ssh ? t->set->ssh : "ssh -o BatchMode=yes -o ConnectTimeout=30");
}

/* Lines that say no more than that it did not work, or nothing about it. */
static bool says_little(const char *line)
{
	static const char *const words[] = {
		"\n", "rsync error:", "rsync: connection unexpectedly closed", "Warning: Permanently",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strncmp(line, words[i], strlen(words[i])))
			return true;
	return false;
}

/* The first line that tells more; else the first. */
static void reason(const struct buf *err, char *out, size_t size)
{
	const char *best = err->len ? err->s : "it said nothing", *p = err->s;

	while (*p && says_little(p)) {
		p = strchrnul(p, '\n');
		p += *p == '\n';
	}
	if (*p)
		best = p;
	snprintf(out, size, "%.*s", (int)strcspn(best, "\n"), best);
}

/* rrsync looks before rsync does, and says it by ending the connection. */
static bool is_absent(int status, const char *err)
{
	if (!WIFEXITED(status) || !strstr(err, "No such file or directory"))
		return false;
	return WEXITSTATUS(status) == PARTIAL ||
	       (WEXITSTATUS(status) == CLOSED && strstr(err, "rrsync error"));
}

/* It has ended.  0; 1: what we asked for is not there; -1: *d says what rsync said. */
static int judge(int status, const struct buf *err, const char *what, struct diag *d)
{
	char text[320];

	if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == VANISHED))
		return 0;
	if (is_absent(status, err->s))
		return 1;
	reason(err, text, sizeof text);
	return WIFEXITED(status) ?
	       diag_set(d, "%s: rsync ended with %d: %s", what, WEXITSTATUS(status), text) :
	       diag_set(d, "%s: rsync was killed by signal %d", what, WTERMSIG(status));
}

enum { BUSY_TRIES = 40, BUSY_PAUSE_US = 250000 };

/* rrsync lets one connection at a time into a directory; data comes by one of
 * its own.  Whoever is refused has sent nothing, and tries again for a while. */
static bool try_again(int rc, const struct buf *err, int *tries)
{
	if (rc >= 0 || !err->s || !strstr(err->s, "Another instance of rrsync") || ++*tries == BUSY_TRIES)
		return false;
	usleep(BUSY_PAUSE_US);
	return true;
}

/* Run it; see judge(). */
static int finish(struct rsync *c, const char *what, struct diag *d)
{
	int status, rc, tries = 0;
	bool again;

	do {
		struct buf err = BUF_INIT;

		rc = exec_run((char *const *)c->argv, 0, NULL, &err, &status, d);
		if (rc == 0)
			rc = judge(status, &err, what, d);
		again = try_again(rc, &err, &tries);
		buf_free(&err);
	} while (again);
	return rc;
}

/* --- opening ------------------------------------------------------------------ */

static bool rsync_mine(const char *hub)
{
	return strchr(hub, ':') || (strchr(hub, '@') && !strchr(hub, '/'));
}

static int rsync_open(struct transport *t, struct diag *d)
{
	const char *hub = t->set->hub, *end = hub + strlen(hub) - 1;
	const char *slash = *end == '/' || *end == ':' ? "" : strchr(hub, ':') ? "/" : ":";

	if (asprintf(&t->down, "%s/down", t->set->state) < 0)
		t->down = NULL;
	if (asprintf(&t->up, "%s/up", t->set->state) < 0)
		t->up = NULL;
	if (asprintf(&t->remote, "%s%s", hub, slash) < 0)
		t->remote = NULL;
	if (!t->down || !t->up || !t->remote)
		return diag_nomem(d);
	if (hub[0] == '-')
		return diag_set(d, "hub: found \"%s\", expected no leading dash", hub);
	return io_mkdirs(t->down, 0700, d) < 0 || io_mkdirs(t->up, 0700, d) < 0 ? -1 : 0;
}

/* rsync's own hidden names, which only this rsync makes there: when one was
 * killed, the next may delete them. */
static const char left_by_a_killed_one[] = "--filter=R .*.??????";

/* --- mail ----------------------------------------------------------------------- */

static int run(struct rsync *c, const char *from, const char *from_rest, const char *to,
	       const char *to_rest, const char *what, struct diag *d)
{
	char *a = NULL, *b = NULL;
	int rc = -1;

	if (asprintf(&a, "%s%s", from, from_rest) < 0)
		a = NULL;
	if (asprintf(&b, "%s%s", to, to_rest) < 0)
		b = NULL;
	if (a && b) {
		add(c, "--");
		add(c, a);
		add(c, b);
		rc = finish(c, what, d);
	} else {
		diag_nomem(d);
	}
	free(a);
	free(b);
	return rc;
}

static int rsync_sync_down(struct transport *t, struct diag *d)
{
	struct rsync c;
	int rc;

	begin(&c, t);
	add(&c, "--delete");
	add(&c, left_by_a_killed_one);
	add(&c, "--include=/[0-9]*.yaml");
	add(&c, "--exclude=*");
	rc = run(&c, t->remote, "down/", t->down, "/", "cannot fetch messages", d);
	/* A hub that has not heard of this site yet: that is an empty mailbox. */
	return rc > 0 ? 0 : rc;
}

static const char there_is_no_up[] = "cannot send messages: the hub has no up/ for this site";

/* Also when it cannot be read: rsync will say why. */
static bool has_payload(const struct transport *t)
{
	int up = open(t->up, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = up < 0 ? -1 : openat(up, "files", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	bool found = !list;

	while (!found && list && (e = readdir(list)))
		found = e->d_name[0] != '.';
	if (list)
		closedir(list);
	if (up >= 0)
		close(up);
	return found;
}

/* Before the messages that name it. */
static int send_payload(struct transport *t, struct diag *d)
{
	struct rsync c;

	if (!has_payload(t))
		return 0;
	begin(&c, t);
	add(&c, "--partial-dir=.rsync-partial");
	add(&c, "--exclude=.*");
	return run(&c, t->up, "/files/", t->remote, "up/files/", "cannot send results", d);
}

/*
 * rsync looks at what there is to be sent when it has read the name of it from
 * its standard input: until then it can be connected already.  An input that
 * ends without a name sends nothing, and takes nothing away.
 */
static int dial(struct transport *t, struct diag *d)
{
	struct rsync c;
	char *to;
	int rc;

	if (asprintf(&to, "%sup/", t->remote) < 0)
		return diag_nomem(d);
	begin(&c, t);
	add(&c, "--delete-after");
	add(&c, left_by_a_killed_one);
	add(&c, "--exclude=.*");
	add(&c, "--files-from=-");
	add(&c, "--no-relative");
	add(&c, "--");
	add(&c, t->up);
	add(&c, to);
	rc = exec_call((char *const *)c.argv, &t->sending, d);
	free(to);
	return rc;
}

/* Not where it would have to wait for gigabytes on another connection. */
static int rsync_call_up(struct transport *t, struct diag *d)
{
	return t->sending.pid || has_payload(t) ? 0 : dial(t, d);
}

static int rsync_send_up(struct transport *t, struct diag *d)
{
	int rc;

	/* Payload that has come since the call: see rsync_call_up. */
	if (has_payload(t))
		exec_hang_up(&t->sending);
	rc = send_payload(t, d);
	if (rc == 0 && !t->sending.pid)
		rc = dial(t, d);
	if (rc == 0) {
		exec_say(&t->sending, "./\n");
		return 0;
	}
	exec_hang_up(&t->sending);
	return rc > 0 ? diag_set(d, there_is_no_up) : rc;
}

static int rsync_end_up(struct transport *t, struct diag *d)
{
	int status, rc, tries = 0;
	bool again;

	do {
		struct buf err = BUF_INIT;

		rc = exec_end(&t->sending, &err, &status, d);
		if (rc == 0)
			rc = judge(status, &err, "cannot send messages", d);
		again = try_again(rc, &err, &tries);
		buf_free(&err);
		if (again && (rc = dial(t, d)) == 0)
			exec_say(&t->sending, "./\n");
	} while (again && rc == 0);
	return rc > 0 ? diag_set(d, there_is_no_up) : rc;
}

/* --- data -------------------------------------------------------------------------- */

static int rsync_fetch(struct transport *t, const char *digest, const char *dir, struct diag *d)
{
	struct rsync c;
	char *from;
	int rc;

	if (asprintf(&from, "%sdown/data/", t->remote) < 0)
		return diag_nomem(d);
	begin(&c, t);
	add(&c, "--partial");
	add(&c, "--chmod=D755,F444");
	add(&c, "--delete");
	rc = run(&c, from, digest, dir, "/", "cannot fetch data", d);
	free(from);
	return rc;
}

const struct transport_kind transport_rsync = {
	rsync_mine, rsync_open, rsync_sync_down, rsync_call_up, rsync_send_up, rsync_end_up,
	rsync_fetch, true,
};
