/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * latency - from rename(2) into an inbox to the job's process running, one job
 * at a time.
 *
 *	latency SPOOL STARTED N		STARTED: the program started.c
 *
 * The hub serves SPOOL, one site is in `watch`.  The next job is dropped when
 * the last one has ended and is settled.  Prints the median and the 99th
 * percentile, in seconds.
 */
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "buf.h"
#include "io.h"
#include "move.h"
#include "spool.h"

enum { MOST = 10000, PATIENCE_MS = 20000 };

static char socket_path[100];

static int listen_there(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(socket_path, sizeof socket_path, "/tmp/spool-bench-%d", (int)getpid());
	memcpy(at.sun_path, socket_path, sizeof socket_path);
	unlink(socket_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
		bench_die(socket_path);
	return fd;
}

static void wait_until_idle(const struct spool *s)
{
	struct timespec pause = { 0, 10000000 };
	int64_t start = bench_ns();

	for (int p = 0; !phase_final((enum phase)p); p++)
		while (!move_none_left(s->jobs[p])) {
			if (bench_since(start) > 60)
				bench_die("a job does not end");
			nanosleep(&pause, NULL);
		}
	/* The hub has told the site, and the site has cleared up. */
	nanosleep(&pause, NULL);
}

static double measure(const struct spool *s, int fd, const char *started, int i)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct buf text = BUF_INIT;
	struct diag d = DIAG_INIT;
	int64_t begin, then;
	char name[32];

	snprintf(name, sizeof name, "latency-%d.yaml", i);
	buf_addf(&text, "name: latency-%d\ntask:\n  type: process\n  spec:\n    command: [%s, %s]\n", i,
		 started, socket_path);
	if (io_create(s->root, name, 0644, text.s, text.len, &d) < 0)
		bench_die(d.text);
	begin = bench_ns();
	if (renameat(s->root, name, s->inbox, name) < 0)
		bench_die(name);
	if (poll(&p, 1, PATIENCE_MS) != 1 || read(fd, &then, sizeof then) != sizeof then)
		bench_die("the job was not started");
	buf_free(&text);
	return (double)(then - begin) / 1e9;
}

int main(int argc, char **argv)
{
	static double took[MOST];
	int n = argc == 4 ? atoi(argv[3]) : 0, fd = listen_there();
	struct diag d = DIAG_INIT;
	struct spool s;

	if (n < 1 || n > MOST)
		bench_die("latency SPOOL STARTED N, N at most 10000");
	if (spool_open(&s, argv[1], SPOOL_READ, &d) < 0)
		bench_die(d.text);
	chmod(socket_path, 0666);
	for (int i = 0; i < n; i++) {
		took[i] = measure(&s, fd, argv[2], i);
		wait_until_idle(&s);
	}
	printf("%.6f %.6f\n", bench_quantile(took, (size_t)n, 0.5), bench_quantile(took, (size_t)n, 0.99));
	unlink(socket_path);
	spool_close(&s);
	return 0;
}
