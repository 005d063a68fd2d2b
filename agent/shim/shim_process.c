/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { NOT_EXECUTABLE = 126, NOT_FOUND = 127, COMMAND_MAX = 1 << 21 };

static const char name[] = "process", shell[] = "/bin/sh", loader[] = "libload.sh";

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

static int bad(const char *what)
{
	fprintf(stderr, "process: %s\n", what);
	return EX_DATAERR;
}

/* libload.sh lies beside the runner. */
static bool find_loader(const char *runner, char path[PATH_MAX])
{
	int dir = (int)(last_part(runner) - runner);

	return snprintf(path, PATH_MAX, "%.*s%s", dir, runner, loader) < PATH_MAX;
}

/* Which software there is, is told by the loader. */
static int probe(const char *runner)
{
	char path[PATH_MAX];

	puts("type: process\nverbs: [start]");
	if (fflush(stdout) == 0 && find_loader(runner, path) && access(path, R_OK) == 0)
		execl(shell, shell, path, name, "probe", NULL);
	return EX_OK;
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

/* The words of the loader, if it is needed, stand before those of the command. */
enum { LOADING = 5 };

static char **split(struct command *c)
{
	bool text = c->text[c->len - 1] != '\0';
	size_t n = LOADING + 2;
	char **argv;

	for (size_t i = 0; i < c->len; i += strlen(c->text + i) + 1)
		n++;
	argv = calloc(n + 1, sizeof(*argv));
	if (!argv)
		return NULL;
	n = LOADING;
	if (text) {
		argv[n++] = (char *)shell;
		argv[n++] = "-c";
	}
	for (size_t i = 0; i < c->len; i += strlen(c->text + i) + 1)
		argv[n++] = c->text + i;
	return argv;
}

static bool names(const char *job, const char *software)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/spec/%s", job, software);
	return stat(path, &st) == 0 && st.st_size > 0;
}

/* Returns only when it could not: the exit status that shells use for that. */
static int become(char **argv)
{
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	return errno == ENOENT || errno == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
}

/* The loader's shell becomes the command, when all is loaded. */
static int load_and_become(const char *runner, const char *job, char **argv)
{
	char path[PATH_MAX];
	const char *load[LOADING] = { shell, path, name, "start", job };

	if (!find_loader(runner, path))
		return bad("its path is too long");
	memcpy(argv, load, sizeof(load));
	return become(argv);
}

int shim_process_start(const char *runner, const char *job)
{
	struct command c = { 0 };
	char **argv;
	int status;

	if (read_command(job, &c) < 0)
		return bad("there is no command");
	if (!c.len) {
		status = bad("the command is empty");
	} else if ((argv = split(&c))) {
		status = names(job, "modules") || names(job, "environment")
			? load_and_become(runner, job, argv) : become(argv + LOADING);
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
		return probe(argv[0]);
	if (argc == 3 && !strcmp(argv[1], "start"))
		return shim_process_start(argv[0], argv[2]);
	fputs("usage: process probe | process start JOBDIR\n", stderr);
	return EX_USAGE;
}
