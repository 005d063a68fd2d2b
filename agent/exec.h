/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec - other programs: run one and read what it says, or set one going.
 *
 * Children get /dev/null as standard input if nothing else is said, no
 * descriptor of ours, no blocked signal, and a session of their own, so that
 * what is typed at a terminal does not reach them.
 */
#ifndef AGENT_EXEC_H
#define AGENT_EXEC_H

#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "diag.h"

enum { EXEC_OUTPUT_MAX = 1 << 20 };

/*
 * Run argv[0] (searched in PATH) until it ends, at most seconds (0: no limit;
 * it is killed with its session then, err ETIMEDOUT).  out and err (may be the
 * same, may be NULL) get what it prints, up to EXEC_OUTPUT_MAX bytes.
 * *status is as from waitpid(2).  -1 also with EINTR when SIGTERM or SIGINT is
 * pending for us: where they are not blocked all the time they are meanwhile, so
 * that whoever is ended by one of them takes along what it runs.
 */
int exec_run(char *const argv[], int seconds, struct buf *out, struct buf *err, int *status,
	      struct diag *d);

/* Several at once, as exec_run with one common limit. */
struct exec_job {
	char *const *argv;
	struct buf out;		/* caller: BUF_INIT before, buf_free after */
	int status;		/* -1: could not be started, or had to be killed */
	int error;		/* why it could not be started; 0 */
	pid_t pid;		/* used inside */
	int fd;
};
int exec_all(struct exec_job *jobs, int n, int seconds, struct diag *d);

/*
 * One that is started before all that it reads is known: it does what it can,
 * and waits for its standard input.  Our end of that no child inherits, except
 * by fork(2); whoever dies closes it.
 */
struct exec_call {
	const char *name;	/* argv[0], the caller's */
	pid_t pid;		/* 0: none */
	int in;			/* its standard input; -1: closed */
	int err;		/* its standard error */
};
#define EXEC_CALL_NONE { NULL, 0, -1, -1 }

int exec_call(char *const argv[], struct exec_call *c, struct diag *d);
/* That is all it gets to read.  Short: what a pipe holds. */
void exec_say(struct exec_call *c, const char *text);
/* Wait for its end, as exec_run. */
int exec_end(struct exec_call *c, struct buf *err, int *status, struct diag *d);
/* End it now, if it is there; what it has not been told it will never do. */
void exec_hang_up(struct exec_call *c);

/* Set it going; its standard output and error go to /dev/null.  env NULL: ours. */
int exec_start(char *const argv[], pid_t *pid, struct diag *d);

/* Is SIGTERM or SIGINT pending (where both are blocked)? */
int exec_interrupted(void);

#endif
