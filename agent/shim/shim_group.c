/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim_group.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "shim_place.h"
#include "shim_started.h"

enum { CPU_PERIOD_US = 100000, CPU_QUOTA_MIN_US = 1000 };

/* Of version 1: the controller, and a file that only its groups have. */
static const struct {
	const char *name, *file;
} controller[SHIM_CONTROLLERS] = {
	[SHIM_FREEZER] = { "freezer", "freezer.state" },
	[SHIM_MEM]     = { "memory", "memory.limit_in_bytes" },
	[SHIM_CPU]     = { "cpu", "cpu.cfs_quota_us" },
	[SHIM_PIDS]    = { "pids", "pids.max" },
};

bool shim_group_limits(const struct shim_group *g, enum shim_controller c)
{
	return g->version == 2 || g->dir[c];
}

const char *shim_group_word(const struct shim_group *g, const struct shim_limits *l)
{
	if (!g->version || (l->memory && !shim_group_limits(g, SHIM_MEM)))
		return "rlimit";
	return g->version == 2 ? "cgroup-v2" : "cgroup-v1";
}

void shim_group_free(struct shim_group *g)
{
	for (int c = 0; c < SHIM_CONTROLLERS; c++)
		free(g->dir[c]);
	*g = (struct shim_group){ 0 };
}

/* --- plan ------------------------------------------------------------------------- */

/* The same for the whole life of the directory, whatever it is renamed to. */
static void group_name(const struct shim_job *j, char out[64])
{
	struct stat st = { 0 };

	fstat(j->dir, &st);
	snprintf(out, 64, "spool-%llx-%llx", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
}

/* base/name; base is taken over. */
static char *below(char *base, const char *name)
{
	char *dir = NULL;

	if (base && asprintf(&dir, "%s/%s", base, name) < 0)
		dir = NULL;
	free(base);
	return dir;
}

static void wanted(const struct shim_limits *l, const char *list[SHIM_CONTROLLERS])
{
	int n = 0;

	if (l->memory)
		list[n++] = controller[SHIM_MEM].name;
	if (l->cores > 0)
		list[n++] = controller[SHIM_CPU].name;
	if (l->pids)
		list[n++] = controller[SHIM_PIDS].name;
	list[n] = NULL;
}

static bool is_wanted(const struct shim_limits *l, int c)
{
	return c == SHIM_FREEZER || (c == SHIM_MEM && l->memory) ||
	       (c == SHIM_CPU && l->cores > 0) || (c == SHIM_PIDS && l->pids);
}

void shim_group_plan(struct shim_group *g, const struct shim_job *j)
{
	const char *list[SHIM_CONTROLLERS];
	struct shim_places places;
	char name[64];

	*g = (struct shim_group){ 0 };
	group_name(j, name);
	wanted(&j->limits, list);
	shim_places_read(&places);
	g->dir[0] = below(shim_place_v2(&places, list, j->limits.cgroup, &g->topmost), name);
	if (g->dir[0])
		g->version = 2;
	for (int c = 0; g->version != 2 && c < SHIM_CONTROLLERS; c++) {
		if (!is_wanted(&j->limits, c))
			continue;
		g->dir[c] = below(shim_place_v1(&places, controller[c].name, j->limits.cgroup,
						&g->topmost), name);
		if (g->dir[c])
			g->version = 1;
	}
	shim_places_free(&places);
}

void shim_group_describe(const struct shim_group *g, struct buf *out)
{
	for (int c = 0; c < SHIM_CONTROLLERS; c++)
		if (g->dir[c])
			buf_addf(out, "cgroup %s\n", g->dir[c]);
}

static void load_dir(struct shim_group *g, char *dir)
{
	struct statfs fs;
	char file[PATH_MAX];

	if (statfs(dir, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC && !g->version) {
		g->version = 2;
		g->dir[0] = dir;
		return;
	}
	for (int c = 0; c < SHIM_CONTROLLERS && g->version != 2; c++) {
		snprintf(file, sizeof(file), "%s/%s", dir, controller[c].file);
		if (!g->dir[c] && statfs(file, &fs) == 0 && fs.f_type == CGROUP_SUPER_MAGIC) {
			g->version = 1;
			g->dir[c] = dir;
			return;
		}
	}
	free(dir);
}

/* The file lies where the task could have written: take only our own name. */
void shim_group_load(struct shim_group *g, const struct shim_job *j, const char *started)
{
	const char *at = NULL;
	char name[64], *dir, *base;
	size_t len;

	*g = (struct shim_group){ 0 };
	group_name(j, name);
	while ((at = shim_started_line(started, at, "cgroup", &len))) {
		dir = strndup(at, len);
		base = dir ? strrchr(dir, '/') : NULL;
		if (base && !strcmp(base + 1, name))
			load_dir(g, dir);
		else
			free(dir);
	}
}

/* --- make ------------------------------------------------------------------------- */

static void put_number(const char *dir, const char *file, unsigned long long value, bool *good)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", value);
	if (!shim_place_put(dir, file, text))
		*good = false;
}

static unsigned long long quota(double cores)
{
	double us = cores * CPU_PERIOD_US;

	return us < CPU_QUOTA_MIN_US ? CPU_QUOTA_MIN_US : (unsigned long long)us;
}

/* Memory and swap together, where the kernel counts swap: else a job that is
 * too large would only become slow, and make all others slow. */
static bool set_v1(const struct shim_group *g, const struct shim_limits *l)
{
	bool good = true, ignored = true;

	if (g->dir[SHIM_MEM]) {
		put_number(g->dir[SHIM_MEM], "memory.limit_in_bytes", l->memory, &good);
		put_number(g->dir[SHIM_MEM], "memory.memsw.limit_in_bytes", l->memory, &ignored);
	}
	if (g->dir[SHIM_CPU]) {
		put_number(g->dir[SHIM_CPU], "cpu.cfs_period_us", CPU_PERIOD_US, &good);
		put_number(g->dir[SHIM_CPU], "cpu.cfs_quota_us", quota(l->cores), &good);
	}
	if (g->dir[SHIM_PIDS])
		put_number(g->dir[SHIM_PIDS], "pids.max", l->pids, &good);
	return good;
}

static bool set_v2(const struct shim_group *g, const struct shim_limits *l)
{
	bool good = true, ignored = true;
	char text[64];

	if (l->memory) {
		put_number(g->dir[0], "memory.max", l->memory, &good);
		put_number(g->dir[0], "memory.swap.max", 0, &ignored);
		put_number(g->dir[0], "memory.oom.group", 1, &ignored);
	}
	if (l->cores > 0) {
		snprintf(text, sizeof(text), "%llu %d", quota(l->cores), CPU_PERIOD_US);
		good = shim_place_put(g->dir[0], "cpu.max", text) && good;
	}
	if (l->pids)
		put_number(g->dir[0], "pids.max", l->pids, &good);
	return good;
}

/* Version 2: a group's children have a controller only if it hands it down. */
static void hand_down(const char *dir, const struct shim_limits *l)
{
	const char *list[SHIM_CONTROLLERS];
	char text[32];

	wanted(l, list);
	for (int i = 0; list[i]; i++) {
		snprintf(text, sizeof(text), "+%s", list[i]);
		shim_place_put(dir, "cgroup.subtree_control", text);
	}
}

static void make_parents(const struct shim_group *g, const char *dir, const struct shim_limits *l)
{
	char parent[PATH_MAX], *slash;

	snprintf(parent, sizeof(parent), "%s", dir);
	*strrchr(parent, '/') = '\0';
	if (g->topmost) {
		slash = strrchr(parent, '/');
		*slash = '\0';
		if (g->version == 2)
			hand_down(parent, l);
		*slash = '/';
		mkdir(parent, 0755);
	}
	if (g->version == 2)
		hand_down(parent, l);
}

/* One of this name can only be left over: of a job directory that was removed
 * under its shim, and whose inode is used again. */
static int make_dir(const struct shim_group *g, const char *dir)
{
	if (mkdir(dir, 0755) == 0)
		return 0;
	if (errno != EEXIST)
		return -1;
	shim_group_kill(g);
	rmdir(dir);
	return mkdir(dir, 0755);
}

int shim_group_make(struct shim_group *g, const struct shim_limits *l, struct diag *d)
{
	bool good = true;

	if (!g->version)
		return 0;
	for (int c = 0; good && c < SHIM_CONTROLLERS; c++) {
		if (!g->dir[c])
			continue;
		if (g->topmost || g->version == 2)
			make_parents(g, g->dir[c], l);
		if (make_dir(g, g->dir[c]) < 0) {
			diag_errno(d, "cannot make the cgroup %s", g->dir[c]);
			good = false;
		}
	}
	if (good && !(g->version == 2 ? set_v2(g, l) : set_v1(g, l))) {
		diag_errno(d, "cannot set the limits of the cgroup");
		good = false;
	}
	if (good)
		return 0;
	for (int c = 0; c < SHIM_CONTROLLERS; c++)
		if (g->dir[c])
			rmdir(g->dir[c]);
	shim_group_free(g);
	return -1;
}

/* --- fork ------------------------------------------------------------------------ */

/* Born inside: moving a process costs a grace period of the whole machine. */
static pid_t fork_into(const char *dir)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid;

	if (fd < 0)
		return -1;
	args.cgroup = (uint64_t)fd;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid)
		close(fd);
	return pid;
}

pid_t shim_group_fork(struct shim_group *g)
{
	pid_t pid;

	if (g->version != 2)
		return fork();
	g->inside = true;
	pid = fork_into(g->dir[0]);
	if (pid >= 0)
		return pid;
	g->inside = false;
	return fork();
}

/* "0" is whoever writes it.  Into `tasks`, for one single thread: unlike
 * cgroup.procs that takes no lock that all forks of the machine wait for. */
bool shim_group_enter(const struct shim_group *g)
{
	if (g->version == 2)
		return g->inside || shim_place_put(g->dir[0], "cgroup.procs", "0");
	for (int c = 0; c < SHIM_CONTROLLERS; c++)
		if (g->dir[c] && !shim_place_put(g->dir[c], "tasks", "0"))
			return false;
	return true;
}
