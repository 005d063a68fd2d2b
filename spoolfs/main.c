/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spoolfs - mount the view of a spool.  docs/spoolfs.8
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "loop.h"
#include "notify.h"
#include "view.h"

struct options {
	bool foreground;
	const char *extra;	/* of -o */
	const char *spool, *mount;
};

static const char usage_text[] =
	"usage: spoolfs [-f] [-o OPTION[,OPTION...]] SPOOL MOUNT\n"
	"       spoolfs --help | --version\n"
	"       -f  stay in the foreground\n"
	"       -o  options of mount(8) and fuse(8), such as allow_other\n";

static int complain(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int complain(int code, const char *fmt, ...)
{
	va_list ap;

	fputs("spoolfs: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return code;
}

/* --- what libfuse has to say ------------------------------------------------------- */

/* Kept until somebody wants to know, so that there is one message, not three. */
static char last_words[300];

static void listen_to_fuse(enum fuse_log_level level, const char *fmt, va_list ap)
{
	size_t n;

	if (level > FUSE_LOG_WARNING)
		return;
	vsnprintf(last_words, sizeof last_words, fmt, ap);
	n = strlen(last_words);
	if (n && last_words[n - 1] == '\n')
		last_words[n - 1] = '\0';
}

/* --- signals -------------------------------------------------------------------------- */

static struct notify *running;

static void on_exit_signal(int sig)
{
	int saved = errno;

	(void)sig;
	if (running)
		notify_ask_exit(running);
	errno = saved;
}

static void on_nudge(int sig)
{
	(void)sig;
}

/* SIGUSR1 is how the loop is woken; see loop.h. */
static void catch_signals(void)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction sa = { .sa_handler = on_exit_signal };

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		sigaction(ends[i], &sa, NULL);
	sa.sa_handler = on_nudge;
	sigaction(SIGUSR1, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

/* --- the view ------------------------------------------------------------------------------ */

static int view_open(struct view *v, const char *path, struct diag *d)
{
	struct stat st;

	if (spool_open(&v->spool, path, SPOOL_READ, d) < 0)
		return -1;
	if (fstat(v->spool.root, &st) < 0)
		return diag_errno(d, "cannot stat %s", path);
	v->uid = st.st_uid;
	v->gid = st.st_gid;
	v->root = geteuid() == 0;
	v->mounted = index_clock();
	waits_init(&v->waits);
	editions_init(&v->editions);
	handles_init(&v->handles);
	accepts_init(&v->accepts);
	accounts_init(&v->accounts);
	archives_init(&v->archives);
	questions_init(&v->questions);
	drafts_init(&v->drafts, &v->spool);
	if (!events_init(&v->events) || !names_init(&v->names) || !sites_init(&v->sites))
		return diag_nomem(d);
	if (index_init(&v->index, &v->spool, d) < 0)
		return -1;
	v->index.events = &v->events;
	return 0;
}

static void view_close(struct view *v)
{
	handles_free(v);
	index_free(&v->index);
	sites_free(&v->sites);
	names_free(&v->names);
	questions_free(&v->questions);
	archives_free(&v->archives);
	accounts_free(&v->accounts);
	accepts_free(&v->accepts);
	drafts_free(&v->drafts);
	editions_free(&v->editions);
	spool_close(&v->spool);
}

/* --- the session ------------------------------------------------------------------------------ */

static int add_option(struct fuse_args *args, const char *key, const char *value)
{
	char *opts = NULL, *text;
	int rc;

	if (asprintf(&text, "%s%s", key, value) < 0)
		return -1;
	/* A comma in a path would begin the next option. */
	rc = fuse_opt_add_opt_escaped(&opts, text);
	free(text);
	if (rc == 0)
		rc = fuse_opt_add_arg(args, "-o");
	if (rc == 0)
		rc = fuse_opt_add_arg(args, opts);
	free(opts);
	return rc;
}

static int add_options(struct fuse_args *args, const struct options *o, const struct view *v)
{
	int rc = fuse_opt_add_arg(args, "spoolfs");

	if (rc == 0)
		rc = add_option(args, "fsname=", v->spool.path);
	if (rc == 0)
		rc = add_option(args, "subtype=spoolfs", "");
	if (rc == 0)
		rc = add_option(args, "default_permissions", "");
	/* Root serves all users of the machine; that is what it is mounted for. */
	if (rc == 0 && v->root)
		rc = add_option(args, "allow_other", "");
	if (rc == 0 && o->extra) {
		rc = fuse_opt_add_arg(args, "-o");
		if (rc == 0)
			rc = fuse_opt_add_arg(args, o->extra);
	}
	return rc;
}

static int make_session(struct view *v, const struct options *o)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);

	if (add_options(&args, o, v) == 0)
		v->se = fuse_session_new(&args, &view_ops, sizeof view_ops, v);
	fuse_opt_free_args(&args);
	if (v->se)
		return 0;
	return complain(EX_USAGE, "%s", *last_words ? last_words : "no memory for a session");
}

/* Job files have mode 0600: without their owner's rights nothing can be shown. */
static int check_rights(const struct view *v)
{
	struct stat st;

	if (v->root || fstat(v->spool.jobs[PHASE_PENDING], &st) < 0 || st.st_uid == geteuid())
		return 0;
	return complain(EX_NOPERM, "the jobs of %s belong to the user with uid %lu; run spoolfs as that "
			"user, or as root", v->spool.path, (unsigned long)st.st_uid);
}

/* fusermount3 says less, and libfuse says it three times. */
static int check_device(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno == EACCES || errno == EPERM)
		return complain(EX_UNAVAILABLE, "cannot mount: /dev/fuse may not be used by this user (%s); "
				"ask the administrator, or run spoolfs as root", strerror(errno));
	return complain(EX_UNAVAILABLE, "cannot mount: /dev/fuse: %s (is the fuse module loaded?)",
			strerror(errno));
}

static int check_mountpoint(const struct options *o, const struct view *v)
{
	struct stat at, spool;

	if (stat(o->mount, &at) < 0) {
		if (errno == ENOTCONN)
			return complain(EX_UNAVAILABLE, "%s: a spoolfs that died is still mounted there; "
					"`fusermount3 -u %s` removes it", o->mount, o->mount);
		return complain(EX_NOINPUT, "cannot mount on %s: %s", o->mount, strerror(errno));
	}
	if (!S_ISDIR(at.st_mode))
		return complain(EX_NOINPUT, "cannot mount on %s: it is no directory", o->mount);
	if (fstat(v->spool.root, &spool) == 0 && at.st_dev == spool.st_dev && at.st_ino == spool.st_ino)
		return complain(EX_USAGE, "cannot mount on %s: it is the spool itself", o->mount);
	return 0;
}

/* --- from the terminal into the background -------------------------------------------------------- */

static void report_up(int report)
{
	char ok = 0;
	int null;

	if (report < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (chdir("/") < 0)
		complain(0, "cannot change to /: %s", strerror(errno));
	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	if (write(report, &ok, 1) < 0)
		ok = 1;		/* nobody waits any more; that is no reason to stop */
	close(report);
}

/* Everything from here on happens in the process that stays. */
static int serve(const struct options *o, int report)
{
	struct view v = { .se = NULL };
	struct diag d = DIAG_INIT;
	char *where = NULL;
	int code;

	if (view_open(&v, o->spool, &d) < 0)
		return complain(EX_NOINPUT, "%s", d.text);
	submit_clean(&v.spool);
	code = check_rights(&v);
	if (!code)
		code = check_device();
	if (!code)
		code = check_mountpoint(o, &v);
	if (!code)
		code = make_session(&v, o);
	if (code)
		goto out;
	running = notify_start(&v, &d);
	if (!running) {
		code = complain(EX_OSERR, "%s", d.text);
		goto out;
	}
	catch_signals();
	/* Absolute, as we go to / and shall find it again at the end. */
	where = realpath(o->mount, NULL);
	if (!where || fuse_session_mount(v.se, where) != 0) {
		code = complain(EX_UNAVAILABLE, "cannot mount on %s%s%s", o->mount,
				*last_words ? ": " : "", last_words);
		notify_stop(running);
		goto out;
	}
	report_up(report);
	if (loop_run(v.se) != 0)
		code = EX_OSERR;
	notify_stop(running);
	fuse_session_unmount(v.se);
out:
	free(where);
	/* These answer who still waits, and so go before the session. */
	events_free(&v.events);
	waits_free(&v.waits);
	if (v.se)
		fuse_session_destroy(v.se);
	view_close(&v);
	return code;
}

/* The caller's process ends when the mount is up, or with the code of why not. */
static int wait_until_up(int report, pid_t child)
{
	int status = 0;
	char ok;
	ssize_t n;

	do
		n = read(report, &ok, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		return 0;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

static int serve_in_background(const struct options *o)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return complain(EX_OSERR, "pipe: %s", strerror(errno));
	child = fork();
	if (child < 0)
		return complain(EX_OSERR, "fork: %s", strerror(errno));
	if (child > 0) {
		close(ends[1]);
		return wait_until_up(ends[0], child);
	}
	close(ends[0]);
	setsid();
	return serve(o, ends[1]);
}

static int usage(void)
{
	fputs(usage_text, stderr);
	return EX_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option known[] = {
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 },
	};
	struct options o = { .extra = NULL };
	int c;

	while ((c = getopt_long(argc, argv, "fo:hV", known, NULL)) >= 0) {
		switch (c) {
		case 'f':
			o.foreground = true;
			break;
		case 'o':
			o.extra = optarg;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		case 'V':
			puts("spoolfs " SPOOL_VERSION);
			return 0;
		default:
			return usage();
		}
	}
	if (argc - optind != 2)
		return usage();
	o.spool = argv[optind];
	o.mount = argv[optind + 1];
	fuse_set_log_func(listen_to_fuse);
	return o.foreground ? serve(&o, -1) : serve_in_background(&o);
}
