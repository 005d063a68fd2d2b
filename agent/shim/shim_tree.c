/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim_tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "io.h"

enum { STAT_MAX = 1024, ENVIRON_MAX = 1 << 21, PIDS_MAX = 100000 };
enum { NOBODY = -1 };		/* not 0: that is the parent of init and of the kernel's threads */

struct process { pid_t pid, parent; };
struct table { struct process *p; size_t n, cap; };

void shim_pids_add(struct shim_pids *p, pid_t pid)
{
	pid_t *more;

	if (p->n == p->cap) {
		more = realloc(p->pid, (p->cap * 2 + 16) * sizeof(*more));
		/* Without memory: found again in the next round. */
		if (!more)
			return;
		p->pid = more;
		p->cap = p->cap * 2 + 16;
	}
	p->pid[p->n++] = pid;
}

void shim_pids_free(struct shim_pids *p)
{
	free(p->pid);
	*p = (struct shim_pids){ 0 };
}

static bool has(const struct shim_pids *p, pid_t pid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->pid[i] == pid)
			return true;
	return false;
}

void shim_pids_signal(const struct shim_pids *p, int sig)
{
	for (size_t i = 0; i < p->n; i++)
		kill(p->pid[i], sig);
}

/* A file of /proc/PID, whole, with a NUL behind it.  False: gone, or not ours. */
static bool slurp(pid_t pid, const char *file, size_t max, struct buf *out)
{
	char path[64];
	int fd;
	bool done;

	buf_reset(out);
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = io_read_fd(fd, max, out, NULL) == 0 && out->len;
	close(fd);
	return done;
}

/* --- the whole table ---------------------------------------------------------- */

static void table_add(struct table *t, pid_t pid, pid_t parent)
{
	struct process *more;

	if (t->n == t->cap) {
		more = realloc(t->p, (t->cap * 2 + 256) * sizeof(*more));
		if (!more)
			return;
		t->p = more;
		t->cap = t->cap * 2 + 256;
	}
	t->p[t->n++] = (struct process){ pid, parent };
}

static void table_read(struct table *t)
{
	struct buf b = BUF_INIT;
	struct dirent *e;
	DIR *dir = opendir("/proc");

	while (dir && (e = readdir(dir))) {
		pid_t pid = atoi(e->d_name);
		const char *s;
		char state;
		int parent;

		if (pid <= 0 || !slurp(pid, "stat", STAT_MAX, &b))
			continue;
		s = strrchr(b.s, ')');
		if (s && sscanf(s + 1, " %c %d", &state, &parent) == 2)
			table_add(t, pid, parent);
	}
	if (dir)
		closedir(dir);
	buf_free(&b);
}

/* Everybody whose parent is among those found.  Zombies too: one may be only the
 * first thread of a process that lives. */
static void add_descendants(const struct table *t, struct shim_pids *out, pid_t root)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < t->n; i++) {
			pid_t pid = t->p[i].pid;

			if (pid == getpid() || has(out, pid))
				continue;
			if (t->p[i].parent != root && !has(out, t->p[i].parent))
				continue;
			shim_pids_add(out, pid);
			more = has(out, pid);
		}
	}
}

void shim_tree_below(pid_t root, struct shim_pids *out)
{
	struct table t = { 0 };

	out->n = 0;
	table_read(&t);
	add_descendants(&t, out, root);
	free(t.p);
}

static bool is_marked(pid_t pid, const char *mark, struct buf *b)
{
	size_t n = strlen(mark);

	if (!slurp(pid, "environ", ENVIRON_MAX, b))
		return false;
	for (const char *s = b->s; s < b->s + b->len; s += strlen(s) + 1)
		if (!strncmp(s, mark, n) && !s[n])
			return true;
	return false;
}

void shim_tree_marked(const char *path, struct shim_pids *out)
{
	struct table t = { 0 };
	struct buf b = BUF_INIT, mark = BUF_INIT;

	out->n = 0;
	buf_addf(&mark, "SPOOL_JOBDIR=%s", path);
	table_read(&t);
	for (size_t i = 0; i < t.n; i++)
		if (t.p[i].pid != getpid() && is_marked(t.p[i].pid, mark.s, &b))
			shim_pids_add(out, t.p[i].pid);
	add_descendants(&t, out, NOBODY);
	buf_free(&b);
	buf_free(&mark);
	free(t.p);
}

/* --- at a glance -------------------------------------------------------------- */

static void add_children_of(pid_t pid, pid_t task, struct shim_pids *out, struct buf *b)
{
	char file[64];
	char *s, *end;

	snprintf(file, sizeof(file), "task/%d/children", (int)task);
	if (!slurp(pid, file, ENVIRON_MAX, b))
		return;
	for (s = b->s; out->n < PIDS_MAX; s = end) {
		long child = strtol(s, &end, 10);

		if (end == s)
			return;
		shim_pids_add(out, (pid_t)child);
	}
}

static void add_children(pid_t pid, struct shim_pids *out, struct buf *b)
{
	char path[64];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		if (isdigit((unsigned char)*e->d_name))
			add_children_of(pid, atoi(e->d_name), out, b);
	if (dir)
		closedir(dir);
}

void shim_tree_glance(pid_t root, struct shim_pids *out)
{
	struct buf b = BUF_INIT;

	out->n = 0;
	add_children(root, out, &b);
	for (size_t i = 0; i < out->n; i++)
		add_children(out->pid[i], out, &b);
	buf_free(&b);
}

/* --- memory -------------------------------------------------------------------- */

static uint64_t resident(pid_t pid, struct buf *b)
{
	unsigned long long size, pages;

	if (!slurp(pid, "statm", STAT_MAX, b) || sscanf(b->s, "%llu %llu", &size, &pages) != 2)
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t share(pid_t pid, struct buf *b)
{
	unsigned long long kib = 0;
	const char *s;

	if (!slurp(pid, "smaps_rollup", 8192, b))
		return resident(pid, b);
	s = strstr(b->s, "\nPss:");
	if (!s || sscanf(s, " Pss: %llu", &kib) != 1)
		return resident(pid, b);
	return kib * 1024;
}

uint64_t shim_pids_memory(const struct shim_pids *p, int exact)
{
	struct buf b = BUF_INIT;
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n; i++)
		sum += exact ? share(p->pid[i], &b) : resident(p->pid[i], &b);
	buf_free(&b);
	return sum;
}
