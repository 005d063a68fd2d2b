/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace - run programs, and be there at each of their system calls that counts.
 *
 * ptrace(2) with a seccomp filter: only the calls of the wanted sets stop, all
 * others run at full speed.  Everything that is forked or executed below is
 * followed too, and stays ours until it ends: a seccomp filter cannot be taken
 * off, and without a tracer the calls would fail.  So whoever has started
 * something keeps calling one of the functions below until trace_alive() is 0.
 * One thread does it all: there is one order of events.
 *
 *	struct trace t = { .sets = CALL_CHANGES, .hook = my_hook, .ctx = me };
 *	status = trace_run(&t, argv, log_fd, deadline);
 *	daemon = trace_start(&t, argv, log_fd);
 *	trace_settle(&t, deadline);
 *	trace_end(&t);
 */
#ifndef TEST_FAULTS_TRACE_H
#define TEST_FAULTS_TRACE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "calls.h"

struct trace_call {
	pid_t tid, pid;
	const char *program;		/* base name of what it executes */
	const struct call_type *type;
	uint64_t arg[6];
	int64_t result;			/* at the exit only: as the kernel gives it */
	/* Absolute; the file behind a descriptor, or the first path.  "": not a file. */
	char path[PATH_MAX], path2[PATH_MAX];
};

enum trace_verdict {
	TRACE_GO,			/* nothing more of this call */
	/* Call the hook again at its exit.  Until then no other call that counts is
	 * made: exits come in the order of what was done. */
	TRACE_WATCH,
	TRACE_KILL,			/* SIGKILL for the process: the call is not made */
	TRACE_FAIL,			/* the call is not made and fails with t->error */
	TRACE_SHORT,			/* only t->length bytes of it */
};

struct trace;
typedef enum trace_verdict trace_hook(struct trace *t, struct trace_call *c, bool exit);

struct tracee;

struct trace {
	int sets;
	trace_hook *hook;
	void *ctx;
	int error;
	uint64_t length;
	/* May be NULL: one that was started has ended, status as from waitpid(2). */
	void (*ended)(struct trace *t, pid_t pid, int status);
	/* private */
	struct tracee *first;
	pid_t main;
	int status;
	bool main_ended;
};

/* Start argv and follow everything until it ends itself; what it left running
 * goes on when one of these functions is called again.  Its status as from
 * waitpid(2); -1: it did not end within so many seconds, and was killed.
 * out: for standard output and error. */
int trace_run(struct trace *t, char *const argv[], int out, double seconds);
/* Start argv, which stays; its process. */
pid_t trace_start(struct trace *t, char *const argv[], int out);
/* Let all run until nobody has anything to do but wait; false: the time is up. */
bool trace_settle(struct trace *t, double seconds);
/* Let what is left run until done says so, or the time is up: false. */
bool trace_until(struct trace *t, bool (*done)(struct trace *t, void *ctx), void *ctx, double seconds);
/* How many processes (not threads) of this program are there; NULL: of all. */
int trace_alive(const struct trace *t, const char *program);
/* Kill what is left. */
void trace_end(struct trace *t);

double trace_clock(void);

#endif
