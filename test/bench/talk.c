/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * talk - one site that has a job and says again and again that it runs.
 *
 *	talk SPOOL SITE N
 *
 * The site is one of sites.c and has been given a job.  Each of N messages is
 * written when the hub has acknowledged the one before.  Prints the seconds.
 */
#include <fcntl.h>
#include <stdbool.h>

#include "bench.h"
#include "instant.h"
#include "io.h"
#include "mailbox.h"
#include "message.h"
#include "spool.h"

static struct { int down; struct mailbox up; uint64_t heard; const char *name; } it;

static int open_box(const struct spool *s, const char *below)
{
	struct diag d = DIAG_INIT;
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", it.name, below);
	fd = io_opendir(s->sites, path, &d);
	if (fd < 0)
		bench_die(d.text);
	return fd;
}

/* Read the hub's next message, if it is there. */
static bool hear(struct buf *text, struct mail_header *head)
{
	if (mailbox_read(it.down, it.heard + 1, text, head, NULL) != 1)
		return false;
	it.heard++;
	return true;
}

/* The first job that was assigned; all messages are acknowledged afterwards. */
static void find_job(struct uuid *job, struct uuid *box)
{
	struct buf text = BUF_INIT;
	struct mail_header head;
	struct line_reader r;
	struct message_assign m;
	struct tree t = TREE_INIT;
	struct line l;
	bool found = false;

	while (hear(&text, &head)) {
		*box = head.box;
		if (mailbox_lines(&r, &text, NULL) == 0)
			while (!found && line_next(&r, &l, NULL) > 0)
				if (message_kind(&l, NULL) == SAY_ASSIGN && !message_read_assign(&t, &l, &m, NULL)) {
					*job = m.job;
					found = true;
				}
		line_close(&r);
	}
	errno = 0;
	if (!found)
		bench_die("no job was assigned to this site");
	tree_free(&t);
	buf_free(&text);
}

static void say(const struct uuid *job, const struct uuid *box)
{
	struct message_report m = { .job = *job, .attempt = 1, .phase = PHASE_RUNNING,
				    .time = instant_now(), .exit = -1, .signal = -1 };
	struct mail_header head = { .to = "hub", .ack = it.heard, .ack_box = *box, .time = m.time };
	struct diag d = DIAG_INIT;
	struct buf b = BUF_INIT;

	snprintf(head.from, sizeof head.from, "%s", it.name);
	mailbox_begin(&it.up, &b, &head);
	message_write_report(&b, &m);
	if (mailbox_hide(&it.up, &b, 1, &d) < 0 || mailbox_show(&it.up, &d) < 0)
		bench_die(d.text);
	buf_free(&b);
}

static void wait_for_ack(void)
{
	struct timespec pause = { 0, 100000 };
	struct buf text = BUF_INIT;
	struct mail_header head = { .ack = 0 };
	int64_t start = bench_ns();
	struct diag d = DIAG_INIT;

	while (head.ack < it.up.last)
		if (!hear(&text, &head)) {
			if (bench_since(start) > 20)
				bench_die("the hub does not answer");
			nanosleep(&pause, NULL);
		}
	if (mailbox_trim(&it.up, head.ack, &d) < 0)
		bench_die(d.text);
	buf_free(&text);
}

int main(int argc, char **argv)
{
	struct diag d = DIAG_INIT;
	struct uuid job, box;
	struct spool s;
	int64_t start;

	if (argc != 4)
		bench_die("talk SPOOL SITE N");
	if (spool_open(&s, argv[1], SPOOL_READ, &d) < 0)
		bench_die(d.text);
	it.name = argv[2];
	it.down = open_box(&s, "down");
	if (mailbox_open(&it.up, open_box(&s, "up"), NULL, NULL, &d) < 0)
		bench_die(d.text);
	find_job(&job, &box);
	start = bench_ns();
	for (int i = 0; i < atoi(argv[3]); i++) {
		say(&job, &box);
		wait_for_ack();
	}
	printf("%.6f\n", bench_since(start));
	spool_close(&s);
	return 0;
}
