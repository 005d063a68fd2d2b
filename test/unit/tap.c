/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks of tap.h can fail: each is run in a child whose output is read
 * back, because a test library that never says "not ok" tests nothing.
 */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void passing(void)
{
	ok(true, "fine");
	is_int(-3, -3, "minus %d", 3);
	is_str(NULL, NULL, "no strings");
	like("a needle in hay", "needle", "found");
}

static void failing(void)
{
	ok(1 + 1 == 3, "sums");
	is_int(4, 5, "four is five");
	is_str("two\nlines", NULL, "text is none");
	like(NULL, "x", "nothing holds x");
}

static void odd(void)
{
	skip("no such device");
	ok(true, "a # TODO\nin two lines");
	note("heard\n");
}

static void stopping(void)
{
	bail("no %s", "disk");
}

/* Run checks() as a test file of its own; its output in out, its exit status back. */
static int run(void (*checks)(void), char *out, size_t size)
{
	int fds[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	fflush(stdout);
	if (pipe(fds) < 0 || (pid = fork()) < 0)
		bail("no child");
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		checks();
		exit(done());
	}
	close(fds[1]);
	while (len < size - 1 && (n = read(fds[0], out + len, size - 1 - len)) > 0)
		len += n;
	out[len] = '\0';
	close(fds[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

int main(void)
{
	char passed[4096], failed[4096], strange[4096], stopped[4096];
	int pass, fail, strangely, stop;

	/* Children first: they go on counting from where we are. */
	pass = run(passing, passed, sizeof(passed));
	fail = run(failing, failed, sizeof(failed));
	strangely = run(odd, strange, sizeof(strange));
	stop = run(stopping, stopped, sizeof(stopped));

	is_int(pass, 0, "a test that passes exits 0");
	is_str(passed, "ok 1 - fine\nok 2 - minus 3\nok 3 - no strings\nok 4 - found\n1..4\n",
	       "and says so");
	is_int(fail, 1, "a test that fails exits 1");
	like(failed, "not ok 1 - sums\n#   at test/unit/tap.c:", "ok fails and says where");
	like(failed, "#   false: 1 + 1 == 3\n", "and shows the condition");
	like(failed, "not ok 2 - four is five\n", "is_int fails");
	like(failed, "#   got:  4\n#   want: 5\n", "and shows both");
	like(failed, "#   got : \"two\\n\n#     lines\"\n#   want: NULL\n",
	     "is_str fails, shows both, in comments only");
	like(failed, "not ok 4 - nothing holds x\n", "like fails for NULL");
	like(failed, "# 4 of 4 failed\n", "the sum is told");
	is_int(strangely, 0, "a skipped check is no failure");
	is_str(strange, "ok 1 # SKIP no such device\nok 2 - a \\# TODO\\nin two lines\n"
	       "# heard\\n\n1..2\n", "no description turns into a directive");
	is_int(stop, 1, "bail exits 1");
	is_str(stopped, "not ok 1 - cannot go on: no disk\n", "and is a failure");
	return done();
}
