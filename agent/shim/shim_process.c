/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { NOT_EXECUTABLE = 126, NOT_FOUND = 127, COMMAND_MAX = 1 << 21 };

static const char name[] = "process";

struct command {
	char *text;		/* with one NUL more than the file */
	size_t len;
};

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool shim_process_called(const char *argv0)
{
	return argv0 && !strcmp(last_part(argv0), name);
}

bool shim_process_is(const char *runner)
{
	struct stat a, b;

	return !strcmp(last_part(runner), name) && stat(runner, &a) == 0 &&
	       stat("/proc/self/exe", &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int probe(void)
{
	puts("type: process\nverbs: [start]");
	return EX_OK;
}

static int bad(const char *what)
{
	fprintf(stderr, "process: %s\n", what);
	return EX_DATAERR;
}

static int read_command(const char *job, struct command *c)
{
	char path[4096 + 32];
	struct stat st;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/spec/command", job);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		fprintf(stderr, "process: %s: %s\n", path, strerror(errno));
		return -1;
	}
	if (S_ISREG(st.st_mode) && st.st_size <= COMMAND_MAX)
		c->text = malloc((size_t)st.st_size + 1);
	if (!c->text) {
		close(fd);
		return -1;
	}
	while (c->len < (size_t)st.st_size) {
		got = read(fd, c->text + c->len, (size_t)st.st_size - c->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		c->len += (size_t)got;
	}
	c->text[c->len] = '\0';
	close(fd);
	return 0;
}

static char **split(const struct command *c)
{
	size_t n = 0;
	char **argv;

	for (size_t i = 0; i < c->len; i += strlen(c->text + i) + 1)
		n++;
	argv = calloc(n + 1, sizeof(*argv));
	if (!argv)
		return NULL;
	n = 0;
	for (size_t i = 0; i < c->len; i += strlen(c->text + i) + 1)
		argv[n++] = c->text + i;
	return argv;
}

/* Returns only when it could not: the exit status that shells use for that. */
static int become(char **argv)
{
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	return errno == ENOENT || errno == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
}

int shim_process_start(const char *job)
{
	struct command c = { 0 };
	char *shell[] = { "/bin/sh", "-c", NULL, NULL };
	char **argv;
	int status;

	if (read_command(job, &c) < 0)
		return bad("there is no command");
	if (!c.len) {
		status = bad("the command is empty");
	} else if (c.text[c.len - 1]) {
		shell[2] = c.text;
		status = become(shell);
	} else if ((argv = split(&c))) {
		status = become(argv);
		free(argv);
	} else {
		status = bad("out of memory");
	}
	free(c.text);
	return status;
}

int shim_process_main(int argc, char **argv)
{
	if (argc >= 2 && !strcmp(argv[1], "probe"))
		return probe();
	if (argc == 3 && !strcmp(argv[1], "start"))
		return shim_process_start(argv[2]);
	fputs("usage: process probe | process start JOBDIR\n", stderr);
	return EX_USAGE;
}
