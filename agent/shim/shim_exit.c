/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim_exit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"

enum { CAUSE_MAX = 4096 };

static const struct {
	enum shim_cause cause;
	const char *word;
} causes[] = {
	{ SHIM_JOB,      "job" },
	{ SHIM_SITE,     "site" },
	{ SHIM_WALLTIME, "limit-walltime" },
	{ SHIM_MEMORY,   "limit-memory" },
	{ SHIM_STOPPED,  "stopped" },
};

static const char *cause_word(enum shim_cause cause)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++)
		if (causes[i].cause == cause)
			return causes[i].word;
	return "site";
}

static bool cause_parse(const char *word, size_t n, enum shim_cause *out)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++) {
		if (strlen(causes[i].word) == n && !memcmp(causes[i].word, word, n)) {
			*out = causes[i].cause;
			return true;
		}
	}
	return false;
}

void shim_exit_status(struct shim_exit *e, int status)
{
	e->signalled = WIFSIGNALED(status);
	e->code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

void shim_exit_text(struct shim_exit *e, const char *fmt, ...)
{
	size_t used = strlen(e->text);
	va_list ap;

	if (used && used + 2 < sizeof(e->text)) {
		memcpy(e->text + used, "; ", sizeof("; "));
		used += 2;
	}
	va_start(ap, fmt);
	vsnprintf(e->text + used, sizeof(e->text) - used, fmt, ap);
	va_end(ap);
	for (char *s = e->text; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			*s = ' ';
}

/* --- reading ------------------------------------------------------------------ */

static bool take_code(struct shim_exit *e, bool signalled, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (end == value || *end || n < 0 || n > 255 || (signalled && (!n || n >= NSIG)))
		return false;
	e->signalled = signalled;
	e->code = (int)n;
	return true;
}

static bool take_real(double *out, const char *value)
{
	char *end;
	double v = strtod(value, &end);

	if (end == value || *end || !isfinite(v) || v < 0)
		return false;
	*out = v;
	return true;
}

static bool take_bytes(uint64_t *out, const char *value)
{
	char *end;

	if (*value < '0' || *value > '9')
		return false;
	*out = strtoull(value, &end, 10);
	return !*end;
}

bool shim_exit_line(struct shim_exit *e, const char *line)
{
	const char *value = strchr(line, ' ');
	size_t n = value ? (size_t)(value - line) : 0;

#define IS(word) (n == sizeof(word) - 1 && !memcmp(line, word, n))
	if (!value)
		return false;
	value++;
	if (IS("exit") || IS("signal"))
		return take_code(e, IS("signal"), value);
	if (IS("cause"))
		return cause_parse(value, strlen(value), &e->cause);
	if (IS("start"))
		return !instant_parse(value, strlen(value), &e->start, NULL);
	if (IS("end"))
		return !instant_parse(value, strlen(value), &e->end, NULL);
	if (IS("wall"))
		return take_real(&e->wall, value);
	if (IS("user"))
		return take_real(&e->user, value);
	if (IS("system"))
		return take_real(&e->system, value);
	if (IS("maxrss"))
		return take_bytes(&e->maxrss, value);
	if (IS("peak"))
		return take_bytes(&e->peak, value);
	if (IS("text")) {
		shim_exit_text(e, "%s", value);
		return true;
	}
#undef IS
	return false;
}

void shim_exit_cause(int dir, struct shim_exit *e)
{
	struct buf b = BUF_INIT;
	size_t n;

	if (io_read(dir, "cause", CAUSE_MAX, &b, NULL) == 0) {
		b.s[strcspn(b.s, "\n")] = '\0';
		n = strcspn(b.s, " ");
		if (cause_parse(b.s, n, &e->cause)) {
			e->text[0] = '\0';
			shim_exit_text(e, "%s", b.s + n + (b.s[n] == ' '));
		}
	}
	buf_free(&b);
}

/* --- publishing ------------------------------------------------------------------ */

static void compose(struct buf *b, const struct shim_exit *e)
{
	buf_addf(b, "%s %d\ncause %s\nstart ", e->signalled ? "signal" : "exit", e->code,
		 cause_word(e->cause));
	instant_format(e->start, b);
	buf_adds(b, "\nend ");
	instant_format(e->end, b);
	buf_addf(b, "\nwall %.3f\nuser %.3f\nsystem %.3f\nmaxrss %llu\n", e->wall, e->user,
		 e->system, (unsigned long long)e->maxrss);
	if (e->peak)
		buf_addf(b, "peak %llu\n", (unsigned long long)e->peak);
	if (e->boot)
		buf_addf(b, "boot %s\n", e->boot);
	buf_addf(b, "limits %s\n", e->limits);
	if (e->text[0])
		buf_addf(b, "text %s\n", e->text);
}

/* 1: flushed; 0: there is nothing to flush; -1. */
static int flush_file(int dir, const char *name, struct diag *d)
{
	struct stat st;
	int fd, rc;

	rc = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);
	if (rc == 0 && (!S_ISREG(st.st_mode) || !st.st_size))
		return 0;
	fd = rc < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)	/* the job may have done what it likes with it */
		return io_disk_failed(errno) ? diag_errno(d, "cannot flush %s", name) : 0;
	rc = fsync(fd);
	if (rc < 0)
		diag_errno(d, "cannot flush %s", name);
	close(fd);
	return rc < 0 ? -1 : 1;
}

static bool has_entries(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e = NULL;
	bool any = !list && errno != ENOENT;	/* who cannot tell flushes */

	if (!list) {
		if (fd >= 0)
			close(fd);
		return any;
	}
	while ((errno = 0, e = readdir(list)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			break;
	any = e || errno;
	closedir(list);
	return any;
}

/*
 * Once `exit` is there the agent sends home what lies beside it.  After a power
 * cut it must not find files that are empty only because nobody flushed them.
 * One syncfs(2) for results, and for outputs that go to a store, of which there
 * may be thousands; most jobs have none, and little output.
 */
static int flush_outputs(int dir, struct diag *d)
{
	int out, err;

	if (has_entries(dir, "work/results") || has_entries(dir, "work/outputs"))
		return syncfs(dir) < 0 ? diag_errno(d, "cannot flush the results") : 0;
	out = flush_file(dir, "stdout", d);
	err = out < 0 ? -1 : flush_file(dir, "stderr", d);
	if (err < 0)
		return -1;
	/* Their names, too, before that of `exit`. */
	return (out || err) && fsync(dir) < 0 ? diag_errno(d, "cannot flush the names of its output") : 0;
}

int shim_exit_publish(int dir, const struct shim_exit *e, struct diag *d)
{
	struct shim_exit told = *e;
	struct buf b = BUF_INIT;
	struct diag why = DIAG_INIT;
	int rc;

	/* A disk that cannot keep the results is the site's failure. */
	if (!e->boot && flush_outputs(dir, &why) < 0) {
		told.cause = SHIM_SITE;
		shim_exit_text(&told, "%s", why.text);
	}
	compose(&b, &told);
	rc = b.failed ? diag_nomem(d) : io_publish(dir, "exit", 0644, b.s, b.len,
						   (e->boot ? 0 : IO_SYNC) | IO_EXCL, d);
	buf_free(&b);
	return rc;
}
