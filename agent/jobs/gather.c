/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gather.h"

#include <stdio.h>
#include <string.h>

#include "instant.h"
#include "io.h"
#include "message.h"
#include "outputs.h"
#include "results.h"
#include "shim_exit.h"

enum { EXIT_MAX = 65536, REASON_MAX = 4096 };
/* So long after its end an attempt waits for a disk that fails. */
#define PATIENCE (10 * 60 * SECOND_US)
/* And so long its outputs wait for a store. */
#define OUTPUT_PATIENCE DAY_US

struct end {
	struct shim_exit exit;
	char limits[32];
	struct buf reason;		/* of the hub, for cancelling it */
	bool cancelled, outputs;
	struct buf text;
};

/* --- what the shim wrote ------------------------------------------------------- */

static void take_line(struct end *e, const char *line)
{
	/* The one word that the shim itself keeps as a constant. */
	if (!strncmp(line, "limits ", 7))
		snprintf(e->limits, sizeof e->limits, "%s", line + 7);
	else
		shim_exit_line(&e->exit, line);
}

static int read_exit(struct end *e, int dir, struct diag *d)
{
	struct buf text = BUF_INIT;
	struct diag why = DIAG_INIT;
	int rc = io_read(dir, "exit", EXIT_MAX, &text, d);

	/* Who cannot tell how it ended has not done well. */
	e->exit.cause = SHIM_SITE;
	e->exit.code = 255;
	for (char *line = text.s, *end; rc == 0 && *line; line = end) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		take_line(e, line);
	}
	buf_free(&text);
	e->cancelled = io_read(dir, "cancelled", REASON_MAX, &e->reason, &why) == 0;
	if (e->cancelled || !io_disk_failed(why.err))
		return rc;
	if (d)
		*d = why;
	return -1;
}

/* --- what it means -------------------------------------------------------------- */

static bool did_well(const struct end *e)
{
	return !e->exit.signalled && e->exit.code == 0 && e->exit.cause == SHIM_JOB;
}

/* It has done well, and was cancelled before its outputs were where they had to go. */
static bool unwanted(const struct end *e)
{
	return e->cancelled && e->outputs && did_well(e);
}

static void judge(const struct end *e, struct message_report *r)
{
	bool well = did_well(e);

	r->phase = unwanted(e) ? PHASE_CANCELLED : well ? PHASE_COMPLETED : PHASE_FAILED;
	if (well)
		return;
	switch (e->exit.cause) {
	case SHIM_STOPPED:
		r->phase = e->cancelled ? PHASE_CANCELLED : PHASE_FAILED;
		r->cause = e->cancelled ? NULL : "operator";
		return;
	case SHIM_SITE:
		r->cause = "site";
		return;
	default:
		r->cause = "job";
	}
}

static void compose_text(struct end *e, const struct results *files, const struct outputs *out)
{
	if (e->cancelled && (e->exit.cause == SHIM_STOPPED || unwanted(e)))
		buf_addf(&e->text, "%s%s", e->reason.s,
			 e->reason.len && e->exit.text[0] ? "; " : "");
	buf_adds(&e->text, e->exit.text);
	if (out->refused)
		buf_addf(&e->text, "%s%s", e->text.len ? "; " : "", out->why);
	else if ((!did_well(e) || unwanted(e)) && !out->storeds && e->outputs)
		buf_addf(&e->text, "%sits outputs were not sent", e->text.len ? "; " : "");
	results_remark(files, &e->text);
}

static void fill(struct message_report *r, const struct end *e, const struct attempt *at,
		 const struct results *files, const struct outputs *out)
{
	*r = (struct message_report){
		.job = at->job, .attempt = at->number, .time = instant_now(),
		.exit = e->exit.signalled ? -1 : e->exit.code,
		.signal = e->exit.signalled ? e->exit.code : -1,
		.text = e->text.len ? e->text.s : NULL,
		.start = e->exit.start, .end = e->exit.end,
		.wall = e->exit.wall, .user = e->exit.user, .system = e->exit.system,
		.maxrss = e->exit.peak > e->exit.maxrss ? e->exit.peak : e->exit.maxrss,
		.limits = e->limits[0] ? e->limits : NULL,
		.stored = out->stored, .storeds = out->storeds,
		.staged = at->staged, .file = files->file, .files = files->files,
	};
	judge(e, r);
	if (r->phase == PHASE_COMPLETED && out->refused) {
		r->phase = PHASE_FAILED;
		r->cause = "site";
	}
}

/* --- all of it --------------------------------------------------------------------- */

static int look_for_outputs(struct end *e, int dir, bool late, struct diag *d)
{
	int any = outputs_any(dir, d);

	e->outputs = any != 0;
	if (any >= 0 || late)
		return 0;
	outputs_put_off(dir, d->text);
	return -1;
}

int gather_size(int dir, uint64_t *bytes, struct diag *d)
{
	struct results files = { .give_up = true };
	int rc = results_list(&files, dir, d);

	*bytes = outputs_any(dir, NULL) != 0 ? UINT64_MAX : files.bytes;
	results_free(&files);
	return rc;
}

int gather(const struct settings *set, int dir, int files_dir, const struct attempt *at,
	   struct diag *d)
{
	struct end e = { .reason = BUF_INIT, .text = BUF_INIT };
	struct results files = RESULTS_INIT;
	struct outputs out = OUTPUTS_INIT;
	struct message_report r;
	struct buf line = BUF_INIT;
	struct diag why = DIAG_INIT;
	int64_t age;
	int rc = -1;

	if (read_exit(&e, dir, d) < 0)
		goto out;
	age = e.exit.end ? instant_now() - e.exit.end : 0;
	files.give_up = age > PATIENCE;
	if (look_for_outputs(&e, dir, age > OUTPUT_PATIENCE, d ? d : &why) < 0)
		goto out;
	if (unwanted(&e))
		(void)!outputs_withdraw(set, dir, &why);
	else if (did_well(&e) &&
		 outputs_send(&out, set, dir, age > OUTPUT_PATIENCE, d ? d : &why) < 0)
		goto out;
	if (results_list(&files, dir, d) < 0 ||
	    results_send(&files, dir, files_dir, at->key, d) < 0)
		goto out;
	compose_text(&e, &files, &out);
	fill(&r, &e, at, &files, &out);
	message_write_report(&line, &r);
	rc = line.failed ? diag_nomem(d)
			 : io_publish(dir, "report", 0600, line.s, line.len, 0, d);
out:
	buf_free(&line);
	results_free(&files);
	outputs_free(&out);
	buf_free(&e.reason);
	buf_free(&e.text);
	return rc;
}
