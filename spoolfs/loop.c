/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

enum { MOST_THREADS = 32 };

/* One session in a process, as there is one watch. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t vacant;		/* somebody has to lead, or all has ended */
	struct fuse_session *se;
	bool led, ended;
	pthread_t leader;
	pthread_t thread[MOST_THREADS];
	int threads, idle;
	int error;
} loop = { .lock = PTHREAD_MUTEX_INITIALIZER, .vacant = PTHREAD_COND_INITIALIZER };

static __thread bool leading;

/* One request.  False: there will be no more. */
static bool serve_one(struct fuse_buf *buf)
{
	int n = fuse_session_exited(loop.se) ? 0 : fuse_session_receive_buf(loop.se, buf);

	if (n == -EINTR || n == -EAGAIN)
		return true;
	if (n > 0)
		fuse_session_process_buf(loop.se, buf);
	else if (n < 0)
		loop.error = -n;
	return n > 0;
}

/* Called and left with the lock held. */
static void lead(struct fuse_buf *buf)
{
	bool more = true;

	loop.led = leading = true;
	loop.leader = pthread_self();
	pthread_mutex_unlock(&loop.lock);
	while (more && leading)
		more = serve_one(buf);
	pthread_mutex_lock(&loop.lock);
	if (!leading)
		return;
	leading = loop.led = false;
	loop.ended = true;
	pthread_cond_broadcast(&loop.vacant);
}

static void *follow(void *arg)
{
	struct fuse_buf buf = { .mem = NULL };

	(void)arg;
	pthread_mutex_lock(&loop.lock);
	while (!loop.ended) {
		if (!loop.led) {
			lead(&buf);
			continue;
		}
		loop.idle++;
		pthread_cond_wait(&loop.vacant, &loop.lock);
		loop.idle--;
	}
	pthread_mutex_unlock(&loop.lock);
	free(buf.mem);
	return NULL;
}

/* Everything but the nudge is for the main thread. */
static bool one_more(void)
{
	sigset_t most, old;
	bool fine;

	if (loop.threads == MOST_THREADS)
		return false;
	sigfillset(&most);
	sigdelset(&most, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &most, &old);
	fine = pthread_create(&loop.thread[loop.threads], NULL, follow, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	loop.threads += fine;
	return fine;
}

void loop_slow(void)
{
	if (!leading)
		return;
	pthread_mutex_lock(&loop.lock);
	/* Nobody to take over: all wait until we are done. */
	if (loop.idle || one_more()) {
		leading = loop.led = false;
		pthread_cond_signal(&loop.vacant);
	}
	pthread_mutex_unlock(&loop.lock);
}

void loop_nudge(void)
{
	pthread_mutex_lock(&loop.lock);
	if (loop.led)
		pthread_kill(loop.leader, SIGUSR1);
	pthread_mutex_unlock(&loop.lock);
}

int loop_run(struct fuse_session *se)
{
	loop.se = se;
	follow(NULL);
	for (int i = 0; i < loop.threads; i++)
		pthread_join(loop.thread[i], NULL);
	return loop.error;
}
