/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec - other programs: run one and read what it says, or set one going.
 *
 * Children get /dev/null as standard input, no descriptor of ours, no blocked
 * signal, and a session of their own, so that what is typed at a terminal
 * does not reach them.
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
 * pending for us.
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

/* Set it going; its standard output and error go to /dev/null.  env NULL: ours. */
int exec_start(char *const argv[], pid_t *pid, struct diag *d);

/* Is SIGTERM or SIGINT pending (both are blocked all the time)? */
int exec_interrupted(void);

#endif
