/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finished - put jobs into a spool that have ended, as a hub leaves them.
 *
 *	finished SPOOL N
 */
#include <fcntl.h>

#include "bench.h"
#include "instant.h"
#include "io.h"
#include "jobfile.h"
#include "spool.h"

static const char request[] = "task:\n  type: process\n  spec:\n    command: [/bin/true]\n";

static void add_end(struct buf *b, const struct job_record *r)
{
	line_begin(b);
	line_text(b, "phase", "completed");
	line_time(b, "time", r->time + SECOND_US);
	line_text(b, "site", "north");
	line_int(b, "attempt", 1);
	line_int(b, "exit", 0);
	line_end(b);
}

int main(int argc, char **argv)
{
	struct job_record r = { .owner = 1000, .user = "ann", .drop = "job.yaml", .source = "1-2-3",
				.shape = 1, .retries = 0 };
	struct buf b = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct spool s;
	char name[SPOOL_JOB_NAME];

	if (argc != 3)
		bench_die("finished SPOOL N");
	if (spool_open(&s, argv[1], SPOOL_READ, &d) < 0)
		bench_die(d.text);
	for (long i = 0; i < atol(argv[2]); i++) {
		uuid_v7_new(&r.id);
		r.time = instant_now();
		buf_reset(&b);
		jobfile_begin(&b, &r, request, sizeof request - 1);
		add_end(&b, &r);
		spool_job_name(&r.id, name);
		if (io_create(s.jobs[PHASE_COMPLETED], name, 0600, b.s, b.len, &d) < 0)
			bench_die(d.text);
	}
	if (spool_flush(&s, &d) < 0)
		bench_die(d.text);
	buf_free(&b);
	spool_close(&s);
	return 0;
}
