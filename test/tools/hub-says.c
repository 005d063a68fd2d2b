/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hub-says - one message of a hub, as told on standard input, for tests of the
 * site's side alone.
 *
 *	hub-says SITES/NAME NAME <<EOF
 *	assign ID ATTEMPT FILE [CORES [MEMORY [WALLTIME]]]
 *	input STORAGE DATASET BYTES DIGEST [FILES [URL...]]	of the assign that
 *		follows; BYTES and DIGEST may be -, and so what will come
 *	gpus COUNT [TYPE]	of the assign that follows
 *	start SECONDS		the same, from now on
 *	ask NUMBER [look] [whole]
 *	cancel ID ATTEMPT [REASON...]
 *	settle ID ATTEMPT
 *	{...}			a line as it is to stand there
 *	EOF
 *
 * FILE holds the request.  The message acknowledges all that is in up/.  Prints
 * its number.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"
#include "mailbox.h"
#include "message.h"
#include "size.h"

enum { INPUTS = 8 };

enum { URLS = 8 };

struct input {
	char name[65], dataset[129], bytes[32], digest[80], urls[2000];
	unsigned files;
	const char *url[URLS];
};

static struct input inputs[INPUTS];
static uint32_t n_inputs;

enum { GPUS = 8 };
static struct message_gpu gpus[GPUS];
static char gpu_type[GPUS][80];
static uint32_t n_gpus, start;

static void die(const char *what, const struct diag *d)
{
	fprintf(stderr, "hub-says: %s: %s\n", what, d ? d->text : "");
	exit(1);
}

static void fill(struct message_input *m, struct input *in, struct diag *d)
{
	char *save = NULL, *url;

	*m = (struct message_input){ .name = in->name, .dataset = in->dataset, .files = in->files };
	m->from.item = in->url;
	for (url = strtok_r(in->urls, " ", &save); url && m->from.count < URLS;
	     url = strtok_r(NULL, " ", &save))
		in->url[m->from.count++] = url;
	m->unknown = !strcmp(in->digest, "-");
	if (!m->unknown && (size_parse(in->bytes, strlen(in->bytes), &m->bytes, d) < 0 ||
			    digest_parse(in->digest, strlen(in->digest), &m->digest, d) < 0))
		die(in->name, d);
}

static void ask(struct buf *b, char *rest)
{
	struct message_ask m = { .number = (uint32_t)strtoul(rest, NULL, 10),
				 .look = strstr(rest, "look"), .whole = strstr(rest, "whole") };

	message_write_ask(b, &m);
}

static struct uuid id_of(const char *text)
{
	struct diag d;
	struct uuid u;

	if (uuid_parse(text, strlen(text), &u, &d) < 0)
		die(text, &d);
	return u;
}

static void assign(struct buf *b, char *rest)
{
	struct message_assign m = { .user = "tester", .cores = 1, .lease = instant_now() + HOUR_US };
	struct message_input in[INPUTS];
	struct buf body = BUF_INIT;
	struct diag d = DIAG_INIT;
	char id[64], file[4096], memory[64] = "0", wall[64] = "";

	if (sscanf(rest, "%63s %u %4095s %u %63s %63s", id, &m.attempt, file, &m.cores, memory,
		   wall) < 3)
		die(rest, NULL);
	m.job = id_of(id);
	if (io_read(AT_FDCWD, file, 1 << 20, &body, &d) < 0 ||
	    size_parse(memory, strlen(memory), &m.memory, &d) < 0 ||
	    (*wall && duration_parse(wall, strlen(wall), &m.walltime, &d) < 0))
		die(rest, &d);
	for (uint32_t i = 0; i < n_inputs; i++)
		fill(&in[i], &inputs[i], &d);
	m.input = in;
	m.inputs = n_inputs;
	m.gpu = gpus;
	m.gpus = n_gpus;
	m.start = start ? m.lease - HOUR_US + start * SECOND_US : 0;
	n_inputs = n_gpus = start = 0;
	m.body = body.s;
	m.body_len = body.len;
	message_write_assign(b, &m);
	buf_free(&body);
}

static void job(struct buf *b, enum message_kind kind, char *rest)
{
	struct message_job m = { .attempt = 0 };
	char id[64], reason[200] = "";

	if (sscanf(rest, "%63s %u %199[^\n]", id, &m.attempt, reason) < 2)
		die(rest, NULL);
	m.job = id_of(id);
	m.reason = *reason ? reason : NULL;
	message_write_job(b, kind, &m);
}

static bool read_input(const char *line, struct input *in)
{
	*in = (struct input){ .files = 0 };
	return sscanf(line, "input %64s %128s %31s %79s %u %1999[^\n]", in->name, in->dataset, in->bytes,
		      in->digest, &in->files, in->urls) >= 4;
}

static bool read_gpus(const char *line)
{
	struct message_gpu *g = &gpus[n_gpus];
	int got = sscanf(line, "gpus %u %79s", &g->count, gpu_type[n_gpus]);

	g->type = got == 2 ? gpu_type[n_gpus] : NULL;
	return got >= 1;
}

static uint32_t say(struct buf *b, char *line)
{
	struct input *in = &inputs[n_inputs];

	if (!strncmp(line, "assign ", 7))
		assign(b, line + 7);
	else if (!strncmp(line, "cancel ", 7))
		job(b, SAY_CANCEL, line + 7);
	else if (!strncmp(line, "settle ", 7))
		job(b, SAY_SETTLE, line + 7);
	else if (!strncmp(line, "ask ", 4))
		ask(b, line + 4);
	else if (*line == '{')
		buf_addf(b, "--- %.*s\n", (int)strcspn(line, "\n"), line);
	else if (n_inputs < INPUTS && read_input(line, in))
		return n_inputs++, 0;
	else if (n_gpus < GPUS && read_gpus(line))
		return n_gpus++, 0;
	else if (sscanf(line, "start %u", &start) == 1)
		return 0;
	else
		die(line, NULL);
	return 1;
}

/* Acknowledge the site's newest message.  Its directory is not ours to tidy, so
 * no mailbox_open() here. */
static void take_ack(int site, struct mail_header *h)
{
	struct mail_header newest;
	struct buf text = BUF_INIT;
	int fd = openat(site, "up", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *up = fd < 0 ? NULL : fdopendir(fd);
	uint64_t last = 0;
	struct dirent *e;

	while (up && (e = readdir(up)))
		if (mailbox_number(e->d_name) > last)
			last = mailbox_number(e->d_name);
	if (last && mailbox_read(fd, last, &text, &newest, NULL) == 1) {
		h->ack = last;
		h->ack_box = newest.box;
	}
	buf_free(&text);
	if (up)
		closedir(up);
}

int main(int argc, char **argv)
{
	struct mail_header h = { .time = instant_now() };
	struct buf b = BUF_INIT;
	struct mailbox m;
	struct diag d = DIAG_INIT;
	char line[8192];
	uint32_t lines = 0;
	int site, down;

	if (argc != 3)
		die("usage: hub-says SITES/NAME NAME", NULL);
	site = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	down = site < 0 ? -1 : openat(site, "down", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (down < 0 || mailbox_open(&m, down, NULL, NULL, &d) < 0)
		die(argv[1], &d);
	snprintf(h.from, sizeof h.from, "hub");
	snprintf(h.to, sizeof h.to, "%s", argv[2]);
	take_ack(site, &h);
	mailbox_begin(&m, &b, &h);
	while (fgets(line, sizeof line, stdin))
		lines += say(&b, line);
	if (mailbox_hide(&m, &b, lines, &d) < 0 || mailbox_show(&m, &d) < 0)
		die(argv[1], &d);
	printf("%" PRIu64 "\n", m.last);
	buf_free(&b);
	return 0;
}
