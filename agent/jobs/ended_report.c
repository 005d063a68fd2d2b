/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ended_report.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "boot.h"
#include "instant.h"
#include "io.h"
#include "line.h"
#include "message.h"
#include "payload.h"

enum { REPORT_MAX = 32 << 20 };

/*
 * The end was written down as the line to be told.  It lay where the job could
 * write: one line about this attempt, or it does not go to the hub.  Nor does it
 * if an earlier process wrote it, and what it names is not there: 1.
 */
static int check_report(const struct agent *a, const struct attempt *at, const struct buf *text,
			bool doubted, struct diag *d)
{
	struct message_report m;
	struct line_reader r;
	struct line l;
	int rc = -1;

	line_open(&r, text->s, text->len);
	if (line_next(&r, &l, d) <= 0 || message_kind(&l, d) != SAY_REPORT ||
	    message_read_report(&r.tree, &l, &m, d) < 0)
		diag_set(d, "its report cannot be read");
	else if (uuid_cmp(&m.job, &at->job) || m.attempt != at->number ||
		 !phase_final((enum phase)m.phase) || line_next(&r, &l, NULL) != 0)
		diag_set(d, "its report is about something else");
	else
		rc = at->found && payload_check(a->st.files, &m, doubted, d) < 0;
	line_close(&r);
	return rc;
}

/* Not the report as it was written, but what it says instead. */
static int instead(struct agent *a, struct attempt *at, struct buf *text, const char *cause,
		   const struct diag *why)
{
	const struct message_report r = {
		.job = at->job, .attempt = at->number, .phase = PHASE_FAILED, .time = instant_now(),
		.exit = -1, .signal = -1, .cause = cause, .text = why->text,
	};

	log_diag(&a->log, at->key, why);
	buf_reset(text);
	message_write_report(text, &r);
	return text->failed ? -1 : 0;
}

/* Of an earlier boot, and who wrote its end did not flush it: see boot.h.
 * What never ran has no `limits`, and was flushed as all that is told here. */
static int is_doubted(struct agent *a, const struct attempt *at, struct diag *d)
{
	int dir = at->found ? state_opendir(a->st.ended, at->key, NULL) : -1;
	int doubted = dir >= 0 ? boot_was_other(dir, d) : 0;

	if (doubted > 0)
		doubted = !boot_exit_good(dir);
	if (dir >= 0)
		close(dir);
	return doubted;
}

/* It is told later. */
static int not_now(struct agent *a, struct attempt *at, const struct diag *d)
{
	if (!at->trouble)
		log_diag(&a->log, "cannot tell of an end", d);
	at->trouble = true;
	return -1;
}

/*
 * A report that is doubted is told if it is whole, and so is what it names.  The
 * hub may have acted on it when the power went: a disk that has lost our
 * message's name, and some of what the hub wrote, needs the same report again.
 */
int ended_report(struct agent *a, struct attempt *at, struct buf *text)
{
	struct diag d = DIAG_INIT;
	char path[ATTEMPT_KEY + 16];
	int doubted = is_doubted(a, at, &d), rc, bad = 0;

	if (doubted < 0)
		return not_now(a, at, &d);
	snprintf(path, sizeof path, "%s/report", at->key);
	rc = io_read(a->st.ended, path, REPORT_MAX, text, &d);
	if (rc == 0 && (bad = check_report(a, at, text, doubted, &d)) == 0)
		return 0;
	if (doubted) {
		diag_set(&d, "the machine went down before its end was on disk");
		return instead(a, at, text, "site", &d);
	}
	if (rc == 0)
		return instead(a, at, text, bad > 0 ? "site" : "job", &d);
	if (d.err == ENOENT || d.err == ELOOP || d.err == EFBIG)
		return instead(a, at, text, "job", &d);
	return not_now(a, at, &d);
}
