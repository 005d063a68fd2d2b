/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log - STATE/log, one line for each thing that happened, for the administrator.
 *
 *	2026-11-22T03:00:00.123Z started 0193....1 (process, 1 core)
 *	2026-11-22T03:00:02.001Z ! cannot sync: rsync: connection refused
 *
 * Lines are gathered and written once a turn (log_flush), so that a busy site
 * pays one write(2) for many.  At 1 MiB the file becomes log.1.  A log that
 * cannot be written stops nothing.  Errors, marked "!", go to standard error
 * as well, once for the same text in a row: cron mails what it sees there.
 */
#ifndef AGENT_LOG_H
#define AGENT_LOG_H

#include "buf.h"
#include "diag.h"

struct log {
	int dir;		/* STATE; -1: standard error only */
	struct buf pending;
	char last_error[600];	/* "" : none since the last good pass */
	int errors;		/* how many were said since log_open */
};
#define LOG_INIT { -1, BUF_INIT, "", 0 }

/* From here on in this STATE too; it stays the caller's.  Removes what a crash left. */
void log_open(struct log *l, int state);
void log_say(struct log *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_error(struct log *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* An error said by somebody below, with words before it: "WHAT: TEXT". */
void log_diag(struct log *l, const char *what, const struct diag *d);
/* The pass went well, or not: STATE/error says which, for `status`. */
void log_good(struct log *l);
void log_keep_error(struct log *l);
void log_flush(struct log *l);
void log_free(struct log *l);

#endif
