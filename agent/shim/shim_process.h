/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_process - the runner for tasks of type process: any program that is there.
 *
 *	task: {type: process, spec: {command: [sort, -u, words]}}
 *	task: {type: process, spec: {command: "sort -u words | wc -l"}}
 *
 * A list is a program, searched in PATH, and its arguments; a text is given to
 * /bin/sh -c.  Which it was: in JOBDIR/spec/command each item of a list is
 * ended by a NUL, and a text holds none.  It becomes the task; when it cannot:
 * 127, there is no such program; 126, it cannot be executed.
 * If the request names modules or an environment, libload.sh, beside the
 * runner, makes them ready and then becomes the task.
 *
 * It is a runner like all others, runners/process, and yet the same file as
 * spool-shim, by a second name: so the shim, which is about to execute it, sees
 * that it is that already, and one start of a program is spared for each job.
 * Any other file under that name is executed as any other runner is.
 */
#ifndef AGENT_SHIM_PROCESS_H
#define AGENT_SHIM_PROCESS_H

#include <stdbool.h>

/* Were we called as the runner? */
bool shim_process_called(const char *argv0);
/* Is the runner at this path our own file? */
bool shim_process_is(const char *runner);

/* `process probe` and `process start JOBDIR`; the exit status. */
int shim_process_main(int argc, char **argv);
/* Become the task; runner: the path by which that was called.  Returns only when
 * that failed: the exit status. */
int shim_process_start(const char *runner, const char *job);

#endif
