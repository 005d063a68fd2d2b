/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spool-shim - one small process for each running job.  docs/spool-shim.8
 *
 *	caller ---- fork ----> shim, in a session of its own
 *	  | waits for one		makes `started`		(never twice)
 *	  | word through a		tells the caller	0 or why not
 *	  v pipe, exits			starts the task, waits, kills what is left
 *					publishes `exit`
 *
 * Where it may be killed, and what the next `--reap` finds: shim_started.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "io.h"
#include "shim_exit.h"
#include "shim_job.h"
#include "shim_process.h"
#include "shim_reap.h"
#include "shim_run.h"
#include "shim_started.h"

enum {
	EXIT_STARTED_BEFORE = 79,	/* beside those of sysexits.h */
};
static const double publish_pause = 2;	/* seconds; a full disk may be emptied */
static const double publish_patience = 3600;
static const double precious = 1;	/* seconds; so much work is flushed at once */

struct options {
	bool foreground, reap, resume;
	const char *verbs;
	double interval;		/* 0: not in mode poll */
	const char *job, *runner;
};

struct word {				/* through the pipe */
	int status;
	char text[500];
};

static const char usage_text[] =
	"usage: spool-shim [--foreground] [--verbs=LIST] JOBDIR RUNNER\n"
	"       spool-shim [--foreground] --poll=SECONDS [--resume] JOBDIR RUNNER\n"
	"       spool-shim --reap JOBDIR [RUNNER]\n"
	"       spool-shim --help | --version\n";

/* --- the beginning ---------------------------------------------------------- */

static int fail(struct word *w, int status, const char *text)
{
	w->status = status;
	snprintf(w->text, sizeof(w->text), "%s", text);
	return -1;
}

/* The caller's terminal is not ours to keep. */
static void leave_caller(const struct shim_job *j)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null >= 0)
		close(null);
	shim_log_to(j);
}

static int make_dirs(const struct shim_job *j, struct diag *d)
{
	if (mkdirat(j->dir, "work", 0755) < 0 && errno != EEXIST)
		return diag_errno(d, "cannot make work");
	if (mkdirat(j->dir, "work/results", 0755) < 0 && errno != EEXIST)
		return diag_errno(d, "cannot make work/results");
	return 0;
}

/* A shim that polled before us has gone; go on under its `started`. */
static int take_over(const struct shim_job *j, struct word *w)
{
	struct diag d = DIAG_INIT;
	int fd = shim_started_take(j->dir, &d), there;

	if (fd < 0)
		return fail(w, errno == EWOULDBLOCK ? EX_TEMPFAIL : EX_NOINPUT, d.text);
	there = io_there(j->dir, "exit", &d);
	if (there != 0) {
		close(fd);
		return there < 0 ? fail(w, EX_NOINPUT, d.text)
				 : fail(w, EXIT_STARTED_BEFORE, "it has ended already");
	}
	return fd;
}

/*
 * Whoever made the directory will not start it in another boot, and flushes
 * before the end is told: see boot.h.  Not for what a power cut does not undo
 * by itself, which needs what `started` says: a batch job, something prepared.
 */
static bool others_flush(const struct shim_job *j, const struct shim_run *r)
{
	char now[SHIM_BOOT];

	return r->interval <= 0 && !(r->verbs & (SHIM_CAN_PREPARE | SHIM_CAN_CLEANUP)) &&
	       j->limits.boot[0] && shim_boot(now) && !strcmp(now, j->limits.boot);
}

static int mark_started(const struct shim_job *j, const struct shim_run *r, struct word *w)
{
	struct buf more = BUF_INIT;
	struct diag d = DIAG_INIT;
	int fd;

	buf_addf(&more, "verbs start%s%s%s\n", r->verbs & SHIM_CAN_PREPARE ? " prepare" : "",
		 r->verbs & SHIM_CAN_STOP ? " stop" : "",
		 r->verbs & SHIM_CAN_CLEANUP ? " cleanup" : "");
	shim_group_describe(&r->group, &more);
	fd = shim_started_make(j->dir, r->interval > 0 ? "poll" : "run", more.s,
			       !others_flush(j, r), &d);
	if (fd < 0 && errno == EEXIST)
		fail(w, EXIT_STARTED_BEFORE, "it was started before");
	else if (fd < 0)
		fail(w, EX_CANTCREAT, d.text);
	buf_free(&more);
	return fd;
}

/* Everything that may fail for reasons that the caller should hear of.  The
 * descriptor of the lock, which is held until we exit; or -1. */
static int begin(struct shim_job *j, struct shim_run *r, struct word *w)
{
	struct diag d = DIAG_INIT;

	if (shim_job_read(j, &d) < 0)
		return fail(w, EX_DATAERR, d.text);
	if (r->resume)
		return take_over(j, w);
	if (make_dirs(j, &d) < 0)
		return fail(w, EX_CANTCREAT, d.text);
	if (r->interval <= 0)
		shim_group_plan(&r->group, j);
	return mark_started(j, r, w);
}

/* --- the end ------------------------------------------------------------------ */

/* Whatever wakes us meanwhile: our own attempt does, for one. */
static void pause_for(double seconds)
{
	for (double end = shim_clock() + seconds; shim_clock() < end;)
		shim_wait(end - shim_clock());
}

/* The job was so foolish: nobody can ever look for its end there. */
static bool has_gone(int dir)
{
	struct stat st;

	return fstat(dir, &st) == 0 && st.st_nlink == 0;
}

static int publish(const struct shim_job *j, const struct shim_exit *e)
{
	double end = shim_clock() + publish_patience;
	struct diag d = DIAG_INIT;

	while (shim_exit_publish(j->dir, e, &d) < 0 && d.err != EEXIST) {
		shim_log("%s", d.text);
		if (shim_clock() >= end || has_gone(j->dir))
			return EX_IOERR;
		pause_for(publish_pause);
	}
	return EX_OK;
}

static int live(struct shim_job *j, struct shim_run *r)
{
	struct shim_exit e = { .limits = "none" };

	if (!r->resume && shim_stop_file(j)) {
		e.signalled = true;
		e.code = SIGTERM;
		e.cause = SHIM_STOPPED;
		e.start = e.end = instant_now();
		shim_exit_text(&e, "stopped before it was started");
		return publish(j, &e);
	}
	if (!r->resume && !shim_prepare(r, &e))
		shim_kill_all(&r->group);
	else if (r->interval <= 0)
		shim_run(r, &e);
	else if (!shim_poll(r, &e))
		return EX_TEMPFAIL;
	shim_cleanup(r);
	if (e.wall < precious && others_flush(j, r))
		e.boot = j->limits.boot;
	return publish(j, &e);
}

/* --- detaching ---------------------------------------------------------------- */

static void tell(int fd, const struct word *w)
{
	if (fd >= 0 && write(fd, w, sizeof(*w)) < 0)
		shim_log("the caller has gone");
}

static int supervise(struct shim_job *j, struct shim_run *r, int caller)
{
	struct word w = { .status = EX_OK };
	int lock, status;

	setsid();
	shim_run_prepare(j);
	lock = begin(j, r, &w);
	if (lock >= 0)
		leave_caller(j);
	tell(caller, &w);
	if (caller >= 0)
		close(caller);
	if (lock < 0 && caller < 0)
		fprintf(stderr, "spool-shim: %s\n", w.text);
	if (lock < 0)
		return w.status;
	status = live(j, r);
	close(lock);
	return status;
}

static int detach(struct shim_job *j, struct shim_run *r)
{
	struct word w;
	ssize_t got;
	int fd[2], status;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		perror("spool-shim");
		return EX_OSERR;
	}
	if (pid == 0) {
		close(fd[0]);
		status = supervise(j, r, fd[1]);
		shim_job_close(j);
		shim_group_free(&r->group);
		_exit(status);
	}
	close(fd[1]);
	do
		got = read(fd[0], &w, sizeof(w));
	while (got < 0 && errno == EINTR);
	close(fd[0]);
	if (got != sizeof(w))
		return EX_OSERR;
	if (w.status)
		fprintf(stderr, "spool-shim: %s: %s\n", j->path, w.text);
	return w.status;
}

/* --- the command line ----------------------------------------------------------- */

static int usage(void)
{
	fputs(usage_text, stderr);
	return EX_USAGE;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{ "foreground", no_argument, NULL, 'f' },
		{ "poll", required_argument, NULL, 'p' },
		{ "resume", no_argument, NULL, 'r' },
		{ "reap", no_argument, NULL, 'R' },
		{ "verbs", required_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "f", known, NULL)) != -1) {
		o->foreground |= c == 'f';
		o->resume |= c == 'r';
		o->reap |= c == 'R';
		if (c == 'v')
			o->verbs = optarg;
		if (c == 'p') {
			o->interval = strtod(optarg, &end);
			if (*end || !(o->interval >= 0.01 && o->interval <= 86400))
				return -1;
		}
		if (c == '?')
			return -1;
	}
	if (optind >= argc || argc - optind > 2)
		return -1;
	o->job = argv[optind];
	o->runner = argv[optind + 1];
	if (o->reap)
		return o->resume || o->interval > 0 ? -1 : 0;
	return o->runner && (!o->resume || o->interval > 0) ? 0 : -1;
}

static int reap(struct shim_job *j, const char *runner)
{
	struct diag d = DIAG_INIT;
	int err;

	if (shim_job_read(j, &d) < 0)
		shim_log("%s", d.text);
	shim_run_prepare(j);
	if (shim_reap(j, runner, &d) == 0)
		return EX_OK;
	err = errno;
	fprintf(stderr, "spool-shim: %s: %s\n", j->path, d.text);
	return err == EWOULDBLOCK ? EX_TEMPFAIL : err == ENOENT ? EX_NOINPUT : EX_IOERR;
}

/* Nothing that we open may become 0, 1 or 2, which are replaced later on; and
 * what the caller had open is not kept open by us. */
static int tidy_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	return fd < 0 ? -1 : close_range(3, ~0U, 0);
}

static int run(const struct options *o, struct shim_job *j, const char *runner)
{
	struct shim_run r = { .job = j, .runner = runner, .verbs = shim_verbs(o->verbs),
			      .interval = o->interval, .resume = o->resume };
	int status;

	if (o->reap)
		return reap(j, runner);
	status = o->foreground ? supervise(j, &r, -1) : detach(j, &r);
	shim_group_free(&r.group);
	return status;
}

int main(int argc, char **argv)
{
	struct shim_job j = SHIM_JOB_INIT;
	struct options o = { .verbs = "" };
	struct diag d = DIAG_INIT;
	char *runner = NULL;
	int status;

	if (shim_process_called(argv[0]))
		return shim_process_main(argc, argv);
	if (argc == 2 && !strcmp(argv[1], "--help"))
		return fputs(usage_text, stdout) < 0 ? EX_IOERR : EX_OK;
	if (argc == 2 && !strcmp(argv[1], "--version"))
		return puts("spool-shim " SPOOL_VERSION) < 0 ? EX_IOERR : EX_OK;
	if (parse(argc, argv, &o) < 0)
		return usage();
	if (tidy_descriptors() < 0) {
		perror("spool-shim: /dev/null");
		return EX_OSERR;
	}
	if (shim_job_open(&j, o.job, &d) < 0) {
		fprintf(stderr, "spool-shim: %s\n", d.text);
		return EX_NOINPUT;
	}
	if (o.runner)
		runner = realpath(o.runner, NULL);
	if (o.runner && (!runner || access(runner, X_OK) < 0)) {
		fprintf(stderr, "spool-shim: cannot run %s: %s\n", o.runner, strerror(errno));
		status = EX_UNAVAILABLE;
	} else {
		status = run(&o, &j, runner);
	}
	free(runner);
	shim_job_close(&j);
	return status;
}
