/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"

enum { LOG_MAX = 1 << 20, PENDING_MAX = 1 << 16 };

void log_open(struct log *l, int state)
{
	l->dir = state;
	/* Written after a pass that failed: what a crash left would lie there until the next. */
	unlinkat(state, ".error.tmp", 0);
}

static void add_line(struct log *l, const char *mark, const char *text)
{
	instant_format(instant_now(), &l->pending);
	buf_addf(&l->pending, " %s", mark);
	/* One line stays one line, whatever an error text brought along. */
	for (; *text; text++)
		buf_addc(&l->pending, (unsigned char)*text < ' ' ? ' ' : *text);
	buf_addc(&l->pending, '\n');
	if (l->pending.failed)
		buf_reset(&l->pending);
	if (l->pending.len > PENDING_MAX)
		log_flush(l);
}

void log_say(struct log *l, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	add_line(l, "", text);
}

static void error_text(struct log *l, const char *text)
{
	l->errors++;
	if (!strncmp(l->last_error, text, sizeof l->last_error - 1))
		return;
	snprintf(l->last_error, sizeof l->last_error, "%s", text);
	fprintf(stderr, "spool-agent: %s\n", text);
	add_line(l, "! ", text);
}

void log_error(struct log *l, const char *fmt, ...)
{
	char text[sizeof l->last_error];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	error_text(l, text);
}

void log_diag(struct log *l, const char *what, const struct diag *d)
{
	char text[sizeof l->last_error];

	snprintf(text, sizeof text, "%s: %s", what, d->text);
	error_text(l, text);
}

void log_good(struct log *l)
{
	l->last_error[0] = '\0';
	if (l->dir >= 0)
		unlinkat(l->dir, "error", 0);
}

void log_keep_error(struct log *l)
{
	if (l->dir >= 0 && l->last_error[0])
		(void)!io_publish(l->dir, "error", 0600, l->last_error, strlen(l->last_error), 0,
				  NULL);
}

static void rotate(int dir)
{
	struct stat st;

	if (!fstatat(dir, "log", &st, AT_SYMLINK_NOFOLLOW) && st.st_size > LOG_MAX)
		(void)!renameat(dir, "log", dir, "log.1");
}

void log_flush(struct log *l)
{
	int fd;

	if (!l->pending.len)
		return;
	if (l->dir >= 0) {
		rotate(l->dir);
		fd = openat(l->dir, "log", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			    0644);
		if (fd >= 0) {
			(void)!io_write_fd(fd, l->pending.s, l->pending.len, NULL);
			close(fd);
		}
	}
	buf_reset(&l->pending);
}

void log_free(struct log *l)
{
	log_flush(l);
	buf_free(&l->pending);
}
