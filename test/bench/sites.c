/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sites - sites that say that they are there and take whatever comes.
 *
 *	sites SPOOL N [JOBS]
 *
 * Makes the mailboxes of b0 to b(N-1) and writes a first message with a site
 * document into each.  JOBS: what each wants to hold at most.
 */
#include <fcntl.h>

#include "bench.h"
#include "instant.h"
#include "io.h"
#include "mailbox.h"
#include "site.h"
#include "spool.h"

static void say_hello(struct spool *s, const char *name, uint32_t jobs, struct diag *d)
{
	static const char *types[] = { "process" };
	struct site_doc doc = {
		.prices = PRICES_UNSAID,
		.name = name, .time = instant_now(), .cores = 64, .free_cores = 64,
		.memory = 64ull << 30, .free_memory = 64ull << 30, .disk = 1ull << 40,
		.free_disk = 1ull << 40, .types = { types, 1 }, .pull_cores = UINT32_MAX,
		.pull_memory = UINT64_MAX, .pull_jobs = jobs,
	};
	struct mail_header head = { .to = "hub", .time = doc.time };
	struct buf text = BUF_INIT, b = BUF_INIT;
	struct mailbox box;
	char path[96];
	int up;

	snprintf(path, sizeof path, "%s/up", name);
	if (spool_site_make(s, name, d) < 0 || (up = io_opendir(s->sites, path, d)) < 0)
		bench_die(d->text);
	snprintf(head.from, sizeof head.from, "%s", name);
	site_write(&text, &doc);
	if (mailbox_open(&box, up, NULL, NULL, d) < 0)
		bench_die(d->text);
	mailbox_begin(&box, &b, &head);
	line_begin(&b);
	line_text(&b, "site", name);
	line_body(&b, text.s, text.len);
	if (mailbox_hide(&box, &b, 1, d) < 0 || mailbox_show(&box, d) < 0)
		bench_die(d->text);
	buf_free(&text);
	buf_free(&b);
	close(up);
}

int main(int argc, char **argv)
{
	uint32_t jobs = argc > 3 ? (uint32_t)atol(argv[3]) : UINT32_MAX;
	struct diag d = DIAG_INIT;
	struct spool s;
	char name[32];

	if (argc < 3 || argc > 4)
		bench_die("sites SPOOL N [JOBS]");
	if (spool_open(&s, argv[1], SPOOL_READ, &d) < 0)
		bench_die(d.text);
	for (int i = 0; i < atoi(argv[2]); i++) {
		snprintf(name, sizeof name, "b%d", i);
		say_hello(&s, name, jobs, &d);
	}
	spool_close(&s);
	return 0;
}
