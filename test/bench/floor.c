/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * floor - the system calls that nobody can spare who turns files of an inbox
 * into durable job files and messages, and nothing else.
 *
 *	floor STAGING SPOOL N
 *
 * For each file of STAGING, which a child moves to inbox/ as it does for the
 * hub: open, read, close; create, write, close of a job file; unlink.  For
 * each batch of at most 4096: a message for each site created, written and
 * renamed, and one syncfs.  Nothing is parsed, matched or checked.  The spool
 * is one that no hub serves, so that the directories lie on the disk as a
 * hub's do.  Prints the seconds from the first rename to the last message's.
 */
#include <stdbool.h>

#include "buf.h"
#include "io.h"
#include "move.h"
#include "spool.h"

enum { BATCH = 4096, RECORD = 250, EVENT = 120, ASSIGN = 230, SITES_MAX = 64 };

static struct {
	struct spool spool;
	char name[BATCH][32];
	int names, batch, sites;
	struct { int down; struct buf mail; } site[SITES_MAX];
} it;

static char padding[RECORD + EVENT + ASSIGN];

static void find_sites(void)
{
	DIR *list = fdopendir(openat(it.spool.sites, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *e;
	char path[300];

	while (list && it.sites < SITES_MAX && (e = readdir(list))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/down", e->d_name);
		it.site[it.sites].down = io_opendir(it.spool.sites, path, NULL);
		it.site[it.sites++].mail = (struct buf)BUF_INIT;
	}
	if (!list || !it.sites)
		bench_die("the spool has no sites");
	closedir(list);
}

static void list_inbox(void)
{
	DIR *list = fdopendir(openat(it.spool.inbox, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *e;

	it.names = 0;
	while (it.names < BATCH && (e = readdir(list)))
		if (e->d_name[0] != '.')
			snprintf(it.name[it.names++], sizeof it.name[0], "%.31s", e->d_name);
	closedir(list);
}

static void read_drop(const char *name, struct buf *text)
{
	int fd = openat(it.spool.inbox, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	buf_reset(text);
	if (fd < 0 || !buf_reserve(text, 4096) || (n = read(fd, text->s, 4096)) < 0)
		bench_die(name);
	text->len = (size_t)n;
	close(fd);
}

static void write_file(int dir, const char *name, const struct buf *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text->s, text->len) != (ssize_t)text->len || close(fd) < 0)
		bench_die(name);
}

static void take(int i, struct buf *body, struct buf *text)
{
	struct buf *mail = &it.site[i % it.sites].mail;
	char name[64];

	read_drop(it.name[i], body);
	buf_reset(text);
	buf_add(text, padding, RECORD);
	buf_add(text, body->s, body->len);
	buf_add(text, padding, EVENT);
	snprintf(name, sizeof name, "01939000-%04x-7%03x-%04x-%012x.yaml", it.batch & 0xffff, i & 0xfff,
		 (unsigned)random() & 0xffff, (unsigned)random());
	write_file(it.spool.jobs[PHASE_WAITING], name, text);
	buf_add(mail, padding, ASSIGN);
	buf_add(mail, body->s, body->len);
}

static void send_mail(bool show)
{
	char hidden[32], name[32];

	for (int i = 0; i < it.sites; i++) {
		snprintf(hidden, sizeof hidden, ".%08d.yaml.tmp", it.batch + 1);
		snprintf(name, sizeof name, "%08d.yaml", it.batch + 1);
		if (!show)
			write_file(it.site[i].down, hidden, &it.site[i].mail);
		else if (renameat(it.site[i].down, hidden, it.site[i].down, name) < 0)
			bench_die(name);
		if (show)
			buf_reset(&it.site[i].mail);
	}
}

static int take_batch(void)
{
	static struct buf body = BUF_INIT, text = BUF_INIT;

	list_inbox();
	if (!it.names)
		return 0;
	for (int i = 0; i < it.names; i++)
		take(i, &body, &text);
	send_mail(false);
	if (syncfs(it.spool.jobs[PHASE_WAITING]) < 0)
		bench_die("syncfs");
	for (int i = 0; i < it.names; i++)
		if (unlinkat(it.spool.inbox, it.name[i], 0) < 0)
			bench_die("unlink");
	send_mail(true);
	it.batch++;
	return it.names;
}

int main(int argc, char **argv)
{
	struct diag d = DIAG_INIT;
	int64_t start;
	int done = 0, n;
	char inbox[4096];
	pid_t mover;

	if (argc != 4 || (n = atoi(argv[3])) < 1)
		bench_die("floor STAGING SPOOL N");
	if (spool_open(&it.spool, argv[2], SPOOL_LOCK, &d) < 0)
		bench_die(d.text);
	memset(padding, 'x', sizeof padding);
	find_sites();
	snprintf(inbox, sizeof inbox, "%s/inbox", argv[2]);
	start = bench_ns();
	mover = move_begin(argv[1], inbox);
	while (done < n)
		done += take_batch();
	printf("%.6f\n", bench_since(start));
	bench_join(mover);
	spool_close(&it.spool);
	return 0;
}
