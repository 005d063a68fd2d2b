/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spool-agent - a site: pulls work, stages data, runs jobs, reports.
 * docs/spool-agent.8; how it goes about it: agent.h, pass.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "about.h"
#include "pass.h"
#include "status.h"
#include "tend.h"
#include "settings_env.h"

enum { PATIENCE_MS = 3000, STEP_MS = 5 };

static int usage(FILE *to, int code)
{
	fputs("usage: spool-agent -c FILE run|watch|probe|status|scrub\n"
	      "       spool-agent --help | --version\n", to);
	return code;
}

static int complain(const struct diag *d, const char *file, int code)
{
	struct buf text = BUF_INIT;

	diag_format(d, file, &text);
	fprintf(stderr, "spool-agent: %s\n", text.s);
	buf_free(&text);
	return code;
}

/* Descriptors 0 to 2 are taken, by something: what we open must not become one. */
static void secure_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* One descriptor for each running job. */
static void raise_limits(void)
{
	struct rlimit r;

	if (!getrlimit(RLIMIT_NOFILE, &r) && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

/* --- verbs ------------------------------------------------------------------------ */

/* What tends between two passes has the lock for moments only. */
static int open_patiently(struct agent *a, const struct settings *set, struct diag *d)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	int got = agent_open(a, set, true, d);

	for (int ms = 0; got == 0 && ms < PATIENCE_MS && tend_there(set->state); ms += STEP_MS) {
		nanosleep(&step, NULL);
		got = agent_open(a, set, true, d);
	}
	return got;
}

static int do_run(const struct settings *set)
{
	struct diag d = DIAG_INIT;
	struct agent a;
	int got, code;

	block_signals();
	got = open_patiently(&a, set, &d);
	if (got <= 0)	/* another pass is under way: that one will do */
		return got == 0 ? EX_OK : complain(&d, NULL, EX_TEMPFAIL);
	code = pass_run(&a);
	tend_start(&a);
	agent_close(&a);
	return code;
}

static int do_watch(const struct settings *set)
{
	struct diag d = DIAG_INIT;
	struct agent a;
	int got, code;

	block_signals();
	raise_limits();
	got = open_patiently(&a, set, &d);
	if (got == 0) {
		fprintf(stderr, "spool-agent: another agent of the site %s is at work\n", set->site);
		return EX_TEMPFAIL;
	}
	if (got < 0)
		return complain(&d, NULL, EX_TEMPFAIL);
	a.watch = true;
	code = pass_watch(&a);
	agent_close(&a);
	return code;
}

/* Nothing is changed: no state, no lock, no memory of what the runners said. */
static int do_probe(const struct settings *set)
{
	struct agent a = { .set = set, .log = LOG_INIT, .st = { .root = -1 } };
	struct buf out = BUF_INIT;
	struct diag d = DIAG_INIT;
	int code = EX_OK;

	a.trash = a.tell.site_told = (struct buf)BUF_INIT;
	a.heard = (struct heard)HEARD_INIT;
	if (about_probe(&a, &out, &d) < 0)
		code = complain(&d, NULL, EX_OSERR);
	else
		fputs(out.s, stdout);
	buf_free(&out);
	return code;
}

static int do_status(const struct settings *set)
{
	struct buf out = BUF_INIT;
	struct diag d = DIAG_INIT;
	int code = EX_OK;

	if (status_write(set, &out, &d) < 0)
		code = complain(&d, NULL, EX_IOERR);
	else
		fputs(out.s, stdout);
	buf_free(&out);
	return code;
}

static void say_rotten(const struct cache_entry *e, void *ctx)
{
	char hex[DIGEST_TEXT];

	(void)ctx;
	digest_format(&e->digest, hex);
	printf("rotten: %s %s\n", hex, e->name);
}

/* Exit status 1: something was rotten, and has gone. */
static int do_scrub(const struct settings *set)
{
	struct diag d = DIAG_INIT;
	struct cache c;
	int found;

	if (cache_peek(&c, set->cache, &d) < 0)
		return d.err == ENOENT ? EX_OK : complain(&d, NULL, EX_IOERR);
	found = cache_scrub(&c, say_rotten, NULL, &d);
	cache_close(&c);
	if (found < 0)
		return complain(&d, NULL, EX_IOERR);
	printf("%d rotten\n", found);
	return found > 0;
}

static const struct verb {
	const char *name;
	int (*fn)(const struct settings *set);
} verbs[] = {
	{ "run", do_run }, { "watch", do_watch }, { "probe", do_probe }, { "status", do_status },
	{ "scrub", do_scrub },
	{ "tend", tend },		/* what `run` leaves behind; see tend.h */
};

int main(int argc, char **argv)
{
	const struct verb *verb = NULL;
	const char *file = NULL;
	struct diag d = DIAG_INIT;
	struct settings set;
	int c, code;

	secure_descriptors();
	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(stdout, EX_OK);
	if (argc == 2 && !strcmp(argv[1], "--version"))
		return puts("spool-agent " SPOOL_VERSION), EX_OK;
	while ((c = getopt(argc, argv, "c:")) == 'c')
		file = optarg;
	for (size_t i = 0; c == -1 && optind == argc - 1 && i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(argv[optind], verbs[i].name))
			verb = &verbs[i];
	if (!file || !verb)
		return usage(stderr, EX_USAGE);
	if (settings_read(&set, file, &d) < 0)
		return complain(&d, file, d.err == ENOENT ? EX_NOINPUT : EX_CONFIG);
	code = settings_env_use(&set) < 0 ? EX_OSERR : verb->fn(&set);
	settings_free(&set);
	return code;
}
