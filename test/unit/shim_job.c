/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plain texts between agent, shim and runners. */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "shim_exit.h"
#include "shim_job.h"
#include "shim_started.h"

static struct diag d;

static void test_limits(void)
{
	struct shim_limits l;

	is_int(shim_limits_parse(&l, "", &d), 0, "no limits");
	ok(l.walltime == 0 && l.memory == 0 && l.cores == 0 && l.pids == 0, "mean none");
	ok(l.grace == 10, "the grace is 10 s");
	is_int(shim_limits_parse(&l, "walltime 90.5\nmemory 17179869184\ncores 0.5\ngrace 0\n"
				 "pids 100\ncgroup /sys/fs/cgroup/site\n", &d), 0, "all of them");
	ok(l.walltime == 90.5 && l.cores == 0.5 && l.grace == 0, "seconds and cores");
	is_int((long long)l.memory, 17179869184, "bytes");
	is_int((long long)l.pids, 100, "processes");
	is_str(l.cgroup, "/sys/fs/cgroup/site", "a place");
	is_int(shim_limits_parse(&l, "colour green\nwalltime 1", &d), 0, "unknown words are for later");
	ok(l.walltime == 1, "and the last line needs no newline");
	static const char *const bad[] = {
		"walltime", "walltime ", "walltime -1", "walltime nan", "walltime 1e999",
		"memory 1G", "memory 99999999999999999999", "memory -5", "cgroup spool", NULL,
	};
	for (int i = 0; bad[i]; i++) {
		is_int(shim_limits_parse(&l, bad[i], &d), -1, "bad: %s", bad[i]);
		like(d.text, "found '", "and said what was found");
	}
	shim_limits_parse(&l, "cores 1\nmemory x\n", &d);
	is_str(d.text, "found 'memory x', expected a number", "the whole message");
	is_int(d.line, 2, "with the line");
}

static void test_exit_lines(void)
{
	struct shim_exit e = { .limits = "rlimit" };

	ok(shim_exit_line(&e, "exit 3") && !e.signalled && e.code == 3, "exit");
	ok(shim_exit_line(&e, "signal 9") && e.signalled && e.code == 9, "signal");
	ok(shim_exit_line(&e, "cause limit-memory") && e.cause == SHIM_MEMORY, "cause");
	ok(shim_exit_line(&e, "user 1.25") && e.user == 1.25, "user");
	ok(shim_exit_line(&e, "maxrss 4096") && e.maxrss == 4096, "maxrss");
	ok(shim_exit_line(&e, "start 2026-11-22T03:00:00Z") && e.start > 0, "start");
	ok(shim_exit_line(&e, "text on node 7"), "text");
	is_str(e.text, "on node 7", "to the end of the line");
	static const char *const bad[] = {
		"", "exit", "exit ", "exit 256", "exit -1", "exit 1 2", "signal 0", "signal 99",
		"cause bad luck", "user -1", "user inf", "maxrss 1k", "start now", "colour green",
		NULL,
	};
	for (int i = 0; bad[i]; i++)
		ok(!shim_exit_line(&e, bad[i]), "bad: \"%s\"", bad[i]);
	is_int(e.code, 9, "which changed nothing");
	shim_exit_text(&e, "a\nb\tc\033");
	is_str(e.text, "on node 7; a b c ", "text stays one line");
	for (int i = 0; i < 100; i++)
		shim_exit_text(&e, "and so on and so on");
	ok(strlen(e.text) < sizeof(e.text), "and within its bounds");
}

static void test_files(void)
{
	char top[] = "/tmp/shim-test-XXXXXX";
	struct shim_exit e = { .limits = "rlimit", .code = 2, .wall = 1.5, .maxrss = 8192 };
	struct buf b = BUF_INIT;
	const char *s;
	size_t n;
	int dir, fd;

	if (!mkdtemp(top) || (dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		bail("mkdtemp");
	is_int(shim_started_take(dir, &d), -1, "not started");
	is_int(errno, ENOENT, "says errno");
	ok(!shim_started_alive(dir), "nobody is alive");
	fd = shim_started_make(dir, "run", "cgroup /a\ncgroup /b\n", true, &d);
	ok(fd >= 0, "started");
	ok(shim_started_alive(dir), "now somebody is");
	is_int(shim_started_make(dir, "run", "", true, &d), -1, "not twice");
	is_int(errno, EEXIST, "says errno");
	is_int(shim_started_take(dir, &d), -1, "the lock is held");
	is_str(d.text, "its shim is alive", "which is told");
	close(fd);
	ok(!shim_started_alive(dir), "until it is closed");
	is_int(shim_started_read(dir, &b, &d), 0, "read");
	s = shim_started_line(b.s, NULL, "pid", &n);
	ok(s && atoi(s) == getpid(), "our pid");
	s = shim_started_line(b.s, NULL, "cgroup", &n);
	ok(s && n == 2 && !memcmp(s, "/a", 2), "the first cgroup");
	s = shim_started_line(b.s, s, "cgroup", &n);
	ok(s && n == 2 && !memcmp(s, "/b", 2), "the second");
	ok(!shim_started_line(b.s, s, "cgroup", &n), "no third");
	ok(!shim_started_line(b.s, NULL, "p", &n), "whole words only");

	is_int(shim_exit_publish(dir, &e, &d), 0, "the end is published");
	buf_reset(&b);
	is_int(io_read(dir, "exit", 10000, &b, &d), 0, "and read");
	is_str(b.s, "exit 2\ncause job\nstart 1970-01-01T00:00:00.000Z\n"
	       "end 1970-01-01T00:00:00.000Z\nwall 1.500\nuser 0.000\nsystem 0.000\n"
	       "maxrss 8192\nlimits rlimit\n", "as the manual has it");
	is_int(shim_exit_publish(dir, &e, &d), -1, "never twice");
	is_int(d.err, EEXIST, "says the diagnosis");
	io_create(dir, "cause", 0644, "site no licence\nmore\n", 21, &d);
	shim_exit_cause(dir, &e);
	ok(e.cause == SHIM_SITE, "a runner's cause");
	is_str(e.text, "no licence", "and its words");
	close(dir);
	buf_free(&b);
	io_remove_tree(AT_FDCWD, top, &d);
}

static void test_env(void)
{
	char top[] = "/tmp/shim-test-XXXXXX";
	struct shim_job j = SHIM_JOB_INIT;
	bool path = false, mine = false;
	int n = 0;

	if (!mkdtemp(top))
		bail("mkdtemp");
	setenv("PATH", "/outer", 1);
	setenv("SECRET", "1", 1);
	is_int(shim_job_open(&j, top, &d), 0, "opened");
	io_create(j.dir, "env", 0644, "A=1\0PATH=/inner\0\0B=", 20, &d);
	is_int(shim_job_read(&j, &d), 0, "read");
	for (; j.envp[n]; n++) {
		path |= !strcmp(j.envp[n], "PATH=/inner");
		mine |= !strncmp(j.envp[n], "SPOOL_JOBDIR=/tmp/shim-test-", 28);
		ok(strcmp(j.envp[n], "PATH=/outer") && strncmp(j.envp[n], "SECRET", 6), "variable %d",
		   n);
	}
	ok(path && mine, "what has to be there is");
	ok(n >= 4, "an empty one is left out, the last needs no NUL");
	shim_job_close(&j);
	is_int(shim_job_open(&j, "/nowhere", &d), -1, "no such directory");
	io_remove_tree(AT_FDCWD, top, &d);
}

int main(void)
{
	test_limits();
	test_exit_lines();
	test_files();
	test_env();
	return done();
}
