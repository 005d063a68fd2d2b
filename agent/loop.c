/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect.h"
#include "watch.h"

enum { EVENTS = 64, HINTS = 8 };

/* What an epoll event is about: the address of one of these, or an attempt. */
static char about_signal, about_mail, about_child;

struct child { struct child *next; pid_t pid; int fd; };

struct loop {
	int epoll, signals;
	struct watch *watch;		/* NULL: down/ is looked at by the clock */
	struct child *child;
};

static int add(const struct loop *l, int fd, void *about)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = about };

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e);
}

static int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* --- opening --------------------------------------------------------------------- */

static void open_watch(struct agent *a, struct loop *l)
{
	struct diag d = DIAG_INIT;

	l->watch = watch_open(&d);
	if (l->watch && watch_add(l->watch, a->hub.down, WATCH_ARRIVED, 0, &d) == 0 &&
	    add(l, watch_fd(l->watch), &about_mail) == 0)
		return;
	log_diag(&a->log, "down/ is looked at by the clock only", &d);
	watch_close(l->watch);
	l->watch = NULL;
}

int loop_open(struct agent *a, struct diag *d)
{
	struct loop *l = calloc(1, sizeof *l);
	sigset_t set;

	if (!l)
		return diag_nomem(d);
	a->loop = l;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->epoll < 0 || l->signals < 0 || add(l, l->signals, &about_signal) < 0) {
		diag_errno(d, "cannot wait for signals");
		loop_close(a);
		return -1;
	}
	if (!a->hub.kind->remote)
		open_watch(a, l);
	/* Datasets that are being measured since before there was a loop. */
	for (uint32_t i = 0; i < a->locals.count; i++)
		if (a->locals.item[i].pid)
			loop_child(a, a->locals.item[i].pid);
	return 0;
}

void loop_close(struct agent *a)
{
	struct loop *l = a->loop;

	if (!l)
		return;
	watch_close(l->watch);
	while (l->child) {
		struct child *c = l->child;

		l->child = c->next;
		close(c->fd);
		free(c);
	}
	if (l->signals >= 0)
		close(l->signals);
	if (l->epoll >= 0)
		close(l->epoll);
	free(l);
	a->loop = NULL;
}

bool loop_sees(const struct agent *a)
{
	return a->loop->watch != NULL;
}

/* --- who is waited for ------------------------------------------------------------- */

void loop_watch(struct agent *a, struct attempt *at)
{
	if (!a->loop)
		return;
	at->pidfd = open_pidfd(at->pid);
	if (at->pidfd < 0)
		return;
	if (add(a->loop, at->pidfd, at) == 0)
		return;
	close(at->pidfd);
	at->pidfd = -1;
}

void loop_forget(struct agent *a, struct attempt *at)
{
	if (at->pidfd < 0)
		return;
	/* A forked child may still have the descriptor: closing ours alone would
	 * leave the event behind. */
	if (a->loop)
		epoll_ctl(a->loop->epoll, EPOLL_CTL_DEL, at->pidfd, NULL);
	close(at->pidfd);
	at->pidfd = -1;
}

void loop_child(struct agent *a, pid_t pid)
{
	struct child *c;

	if (!a->loop)
		return;
	c = calloc(1, sizeof *c);
	if (!c)
		return;
	c->pid = pid;
	c->fd = open_pidfd(pid);
	if (c->fd < 0 || add(a->loop, c->fd, &about_child) < 0) {
		if (c->fd >= 0)
			close(c->fd);
		free(c);
		return;
	}
	c->next = a->loop->child;
	a->loop->child = c;
}

/* --- waiting --------------------------------------------------------------------------- */

static void drop_hints(struct loop *l)
{
	struct watch_hint hints[HINTS];

	while (watch_take(l->watch, hints, HINTS) == HINTS)
		;
}

/* Each that has ended is told to whoever has to do with it. */
static void reap_children(struct agent *a)
{
	struct child **at = &a->loop->child;
	int status;

	while (*at) {
		struct child *c = *at;

		if (waitpid(c->pid, &status, WNOHANG) == 0) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		epoll_ctl(a->loop->epoll, EPOLL_CTL_DEL, c->fd, NULL);
		close(c->fd);
		child_ended(a, c->pid, status);
		free(c);
		at = &a->loop->child;	/* the list may have changed */
	}
}

int loop_wait(struct agent *a, int ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(a->loop->epoll, events, EVENTS, ms), what = 0;

	for (int i = 0; i < n; i++) {
		void *about = events[i].data.ptr;

		if (about == &about_signal) {
			what |= LOOP_STOP;
		} else if (about == &about_mail) {
			drop_hints(a->loop);
			what |= LOOP_MAIL;
		} else if (about == &about_child) {
			what |= LOOP_CHILD;
		} else {
			collect_one(a, about);
			what |= LOOP_ENDS;
		}
	}
	if (what & LOOP_CHILD)
		reap_children(a);
	return what;
}
