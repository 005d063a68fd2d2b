/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spoold - the hub's daemon.
 *
 *	spoold --init SPOOL		make a spool
 *	spoold --add-site NAME SPOOL	make a site's mailbox
 *	spoold [--once] SPOOL		serve it
 *	spoold --check FILE SPOOL	could this be run?
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth_check.h"
#include "catalogue.h"
#include "check.h"
#include "hub.h"
#include "instant.h"
#include "io.h"
#include "metrics.h"
#include "payload.h"
#include "recover.h"
#include "site_table.h"
#include "sums.h"
#include "turn.h"
#include "watch.h"
#include "why.h"

static const char usage_text[] =
	"usage: spoold --init SPOOL\n"
	"       spoold --add-site NAME SPOOL\n"
	"       spoold [--once] SPOOL\n"
	"       spoold --check FILE SPOOL\n";

/* --- watching ------------------------------------------------------------------------ */

enum { TAG_ROOT, TAG_INBOX, TAG_SITES, TAG_DATA, TAG_WHATIF, TAG_MAIL };	/* TAG_MAIL + site */

struct watching {
	struct watch *watch;		/* NULL: by the clock alone */
};

static const uint32_t arrivals = WATCH_WRITTEN | WATCH_ARRIVED;
static const uint32_t places = WATCH_CREATED | WATCH_ARRIVED | WATCH_DELETED | WATCH_LEFT;

static void add_watch(struct hub *h, struct watching *w, const char *below, uint32_t events, int tag)
{
	struct buf path = BUF_INIT;
	struct diag d = DIAG_INIT;

	buf_addf(&path, "%s%s", h->spool.path, below);
	if (watch_add(w->watch, path.s, events, tag, &d) < 0)
		hub_log("%s is looked at by the clock only: %s", path.s, d.text);
	buf_free(&path);
}

/* Watches that are missing, for what is new or was made anew; and as things may
 * have happened before there was a watch, it is looked at again. */
static void watch_places(struct hub *h, struct watching *w, struct agenda *a)
{
	char below[96];

	if (!w->watch)
		return;
	if (!h->inbox_watched) {
		watch_remove(w->watch, TAG_INBOX);
		add_watch(h, w, "/inbox", arrivals, TAG_INBOX);
		h->inbox_watched = a->inbox = true;
	}
	for (uint32_t i = 0; i < h->sites.count; i++) {
		struct site *s = h->sites.site[i];

		if (s->watched || s->up < 0)
			continue;
		watch_remove(w->watch, TAG_MAIL + (int)i);
		snprintf(below, sizeof below, "/sites/%s/up", s->name);
		add_watch(h, w, below, WATCH_ARRIVED, TAG_MAIL + (int)i);
		s->watched = true;
		agenda_mail(a, (uint16_t)i);
	}
}

/* Called before the sites' mailboxes are opened, two descriptors for each: the
 * library behind it needs one below 1024. */
static struct watch *open_watch(void)
{
	struct diag d = DIAG_INIT;
	struct watch *watch = watch_open(&d);

	if (!watch)
		hub_log("watching is not possible, the spool is looked at by the clock: %s", d.text);
	return watch;
}

static void watch_begin(struct hub *h, struct watching *w, struct agenda *a)
{
	if (!w->watch)
		return;
	add_watch(h, w, "", places, TAG_ROOT);
	add_watch(h, w, "/sites", places, TAG_SITES);
	add_watch(h, w, "/data", arrivals | places, TAG_DATA);
	add_watch(h, w, "/whatif", arrivals, TAG_WHATIF);
	watch_places(h, w, a);
}

static void take_hint(struct hub *h, const struct watch_hint *hint, struct agenda *a)
{
	if (hint->tag == WATCH_ALL) {
		h->count.overflows++;
		agenda_all(a);
	} else if (hint->tag == TAG_INBOX) {
		a->inbox = true;
		a->sites |= hint->gone;
	} else if (hint->tag == TAG_SITES || hint->tag == TAG_ROOT) {
		a->sites = true;
	} else if (hint->tag == TAG_DATA) {
		a->data = true;
	} else if (hint->tag == TAG_WHATIF) {
		a->whatif = true;
	} else if ((uint32_t)(hint->tag - TAG_MAIL) < h->sites.count) {
		a->sites |= hint->gone;
		agenda_mail(a, (uint16_t)(hint->tag - TAG_MAIL));
	}
}

static void take_hints(struct hub *h, struct watching *w, struct agenda *a)
{
	struct watch_hint hint[64];
	int n;

	if (!w->watch)
		return;
	do {
		n = watch_take(w->watch, hint, 64);
		for (int i = 0; i < n; i++)
			take_hint(h, &hint[i], a);
	} while (n == 64);
}

/* --- the main loop ---------------------------------------------------------------------- */

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* True: asked to stop. */
static bool take_signals(struct hub *h, int fd, struct agenda *a)
{
	struct signalfd_siginfo si;
	bool stop = false;
	pid_t pid;
	int status;

	while (read(fd, &si, sizeof si) == sizeof si)
		stop |= si.ssi_signo != SIGCHLD;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (catalogue_reap(h, pid, status))
			a->data = true;
		else if (auth_check_reap(h, pid, status))
			a->inbox = true;
		else
			payload_reap(h, pid, a);
	return stop;
}

/* Milliseconds until there is something to do without being told. */
static int timeout(const struct hub *h, const struct agenda *a)
{
	int64_t until = a->next_scan, left;

	if (agenda_any(a) && !h->retry_at)
		return 0;
	if (a->wake < until)
		until = a->wake;
	if (a->stale && a->next_words < until)
		until = a->next_words;
	if (h->retry_at && (agenda_any(a) || h->retry_at < until))
		until = h->retry_at;
	left = until - instant_now();
	return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

static bool wait_for_something(struct hub *h, struct watching *w, int signals, struct agenda *a)
{
	struct pollfd p[2] = { { .fd = signals, .events = POLLIN },
			       { .fd = w->watch ? watch_fd(w->watch) : -1, .events = POLLIN } };

	if (poll(p, 2, timeout(h, a)) < 0 && errno != EINTR)
		hub_log("poll: %s", strerror(errno));
	take_hints(h, w, a);
	return take_signals(h, signals, a);
}

static int last_words(struct hub *h, int status)
{
	if (h->flush_failed) {
		hub_log("what the disk holds is not known: spoold has to be started again");
		io_forget_tree(h->spool.root);
		return EX_IOERR;
	}
	why_write(h, true);
	metrics_write(h);
	if (!h->unflushed)
		sums_write(h);
	learned_write(h, true);
	return status;
}

static int serve(struct hub *h, int signals, struct watch *watch)
{
	struct agenda a = { .wake = INT64_MAX };
	struct watching w = { .watch = watch };
	bool stop = false;

	/* First watch, then look: what comes in between is seen at least once. */
	watch_begin(h, &w, &a);
	agenda_all(&a);
	hub_log("serving %s", h->spool.path);
	while (!stop) {
		turn_run(h, &a);
		if (h->flush_failed)
			break;
		watch_places(h, &w, &a);
		stop = wait_for_something(h, &w, signals, &a);
	}
	free(a.mail);
	return last_words(h, EX_OK);
}

static int serve_once(struct hub *h, int signals)
{
	struct agenda a = { .wake = INT64_MAX };
	uint64_t errors = h->count.errors;
	bool stop = false;

	do {
		agenda_all(&a);
		while (!stop && turn_run(h, &a) && !h->retry_at) {
			agenda_all(&a);
			stop = take_signals(h, signals, &a);
		}
		if (stop || (!catalogue_busy(h) && !auth_check_busy(h) && !payload_any_busy(h)))
			break;
		poll(&(struct pollfd){ .fd = signals, .events = POLLIN }, 1, auth_check_busy(h) ? 1000 : -1);
		stop = take_signals(h, signals, &a);
	} while (!stop && !h->retry_at);
	free(a.mail);
	return last_words(h, errors == h->count.errors ? EX_OK : EX_IOERR);
}

/* --- the commands -------------------------------------------------------------------------- */

static int complain(const char *what, const struct diag *d, int status)
{
	struct buf b = BUF_INIT;

	diag_format(d, what, &b);
	fprintf(stderr, "spoold: %s\n", b.s);
	buf_free(&b);
	return status;
}

/* What has a line is the administrator's file. */
static int cannot_open(const struct diag *d)
{
	return complain(d->line ? "config.yaml" : NULL, d,
			d->err == EWOULDBLOCK ? EX_TEMPFAIL : d->err ? EX_NOINPUT : EX_CONFIG);
}

static int run(const char *path, bool once)
{
	struct rlimit files;
	struct diag d = DIAG_INIT;
	struct hub h;
	int signals = open_signals(), status;
	struct watch *watch;

	/* A file that we hold a lease on is opened for writing: nothing to do. */
	signal(SIGIO, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (signals < 0)
		return complain(NULL, (diag_errno(&d, "signalfd"), &d), EX_OSERR);
	if (hub_open(&h, path, SPOOL_LOCK, &d) < 0)
		return cannot_open(&d);
	watch = once ? NULL : open_watch();
	if (recover(&h, &d) < 0)
		status = complain(NULL, &d, EX_IOERR);
	else
		status = once ? serve_once(&h, signals) : serve(&h, signals, watch);
	watch_close(watch);
	hub_close(&h);
	close(signals);
	return status;
}

static int check(const char *file, const char *path)
{
	struct buf out = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct hub h;
	int status;

	if (hub_open(&h, path, SPOOL_READ, &d) < 0)
		return cannot_open(&d);
	status = check_file(&h, file, &out, &d);
	fputs(out.s, stdout);
	buf_free(&out);
	hub_close(&h);
	if (status == CHECK_UNKNOWN)
		return complain(NULL, &d, EX_NOPERM);
	return check_errno(status) ? CHECK_NO : status;
}

static int add_site(const char *name, const char *path)
{
	struct diag d = DIAG_INIT;
	struct spool s;
	int r;

	if (spool_open(&s, path, SPOOL_READ, &d) < 0)
		return complain(NULL, &d, EX_NOINPUT);
	r = spool_site_make(&s, name, &d);
	spool_close(&s);
	return r < 0 ? complain(NULL, &d, EX_CANTCREAT) : EX_OK;
}

static int init(const char *path)
{
	struct diag d = DIAG_INIT;

	return spool_init(path, &d) < 0 ? complain(NULL, &d, EX_CANTCREAT) : EX_OK;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "init", no_argument, NULL, 'i' }, { "once", no_argument, NULL, 'o' },
		{ "check", required_argument, NULL, 'c' }, { "add-site", required_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' }, { NULL, 0, NULL, 0 },
	};
	const char *argument = NULL;
	int opt, mode = 0;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == 'h')
			return fputs(usage_text, stdout) < 0 ? EX_IOERR : EX_OK;
		if (opt == 'v')
			return puts("spoold " SPOOL_VERSION) < 0 ? EX_IOERR : EX_OK;
		if (opt == '?' || mode) {
			fputs(usage_text, stderr);
			return EX_USAGE;
		}
		mode = opt;
		argument = optarg;
	}
	if (optind != argc - 1) {
		fputs(usage_text, stderr);
		return EX_USAGE;
	}
	switch (mode) {
	case 'i': return init(argv[optind]);
	case 'a': return add_site(argument, argv[optind]);
	case 'c': return check(argument, argv[optind]);
	default: return run(argv[optind], mode == 'o');
	}
}
