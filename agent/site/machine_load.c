/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine_load.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "grow.h"
#include "instant.h"
#include "io.h"

#define EVERY (10 * SECOND_US)
#define FIRST_US 50000

struct process {
	pid_t pid, parent;
	uint64_t own, children;		/* ticks */
	uint64_t memory;
	int8_t ours;			/* -1: not known yet */
	bool above;			/* of us: what it has waited for may be ours */
};

struct all { struct process *item; uint32_t count, room; };

static bool slurp(int dir, const char *name, char *text, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* --- processes --------------------------------------------------------------------- */

/* Behind the name, which may hold anything: S ppid pgrp session tty tpgid flags minflt
 * cminflt majflt cmajflt utime stime cutime cstime ... rss as the 22nd of these. */
static bool read_process(const char *text, struct process *p)
{
	const char *rest = strrchr(text, ')');
	unsigned long long u, s, cu, cs;
	long rss;
	int parent;

	if (!rest || sscanf(rest + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu "
				      "%*d %*d %*d %*d %*u %*u %ld", &parent, &u, &s, &cu, &cs,
			    &rss) != 6)
		return false;
	*p = (struct process){ .pid = (pid_t)strtol(text, NULL, 10), .parent = parent,
			       .own = u + s, .children = cu + cs, .ours = -1,
			       .memory = rss > 0 ? (uint64_t)rss * (uint64_t)sysconf(_SC_PAGESIZE) : 0 };
	return true;
}

static bool add(struct all *all, const struct process *p)
{
	if (!grow(&all->item, all->count, &all->room, sizeof *all->item))
		return false;
	all->item[all->count++] = *p;
	return true;
}

static int by_pid(const void *a, const void *b)
{
	pid_t x = ((const struct process *)a)->pid, y = ((const struct process *)b)->pid;

	return (x > y) - (x < y);
}

static void read_all(int dir, struct all *all)
{
	DIR *list = fdopendir(dup(dir));
	struct process p;
	struct dirent *e;
	char name[300], text[1024];

	while (list && (e = readdir(list))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(name, sizeof name, "%s/stat", e->d_name);
		if (slurp(dir, name, text, sizeof text) && read_process(text, &p) && !add(all, &p))
			break;
	}
	if (list)
		closedir(list);
	if (all->count)
		qsort(all->item, all->count, sizeof *all->item, by_pid);
}

static struct process *find(const struct all *all, pid_t pid)
{
	const struct process key = { .pid = pid };

	return all->count ? bsearch(&key, all->item, all->count, sizeof key, by_pid) : NULL;
}

static bool is_one(const pid_t *ours, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (ours[i] == pid)
			return true;
	return false;
}

/* By the first of its ancestors of which it is known. */
static bool decide(const struct all *all, struct process *p, const pid_t *ours, size_t n, int depth)
{
	struct process *parent;

	if (p->ours >= 0)
		return p->ours;
	parent = depth < 1000 ? find(all, p->parent) : NULL;
	p->ours = is_one(ours, n, p->pid) ||
		  (parent && parent != p && decide(all, parent, ours, n, depth + 1));
	return p->ours;
}

/* Whoever waits for us, or for our shims once they are orphans, has our use in its
 * children's. */
static void mark_above(const struct all *all, const pid_t *ours, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct process *p = find(all, ours[i]);

		for (int depth = 0; p && depth < 1000; depth++) {
			p = find(all, p->parent);
			if (!p || p->above)
				break;
			p->above = true;
		}
	}
}

/* --- one look ----------------------------------------------------------------------- */

static void look_at_cpu(int dir, struct load_look *out)
{
	unsigned long long user, nice, system, idle, wait, irq, soft;
	static const char running[] = "procs_running ";
	char *text = malloc(65536), *at;

	if (text && slurp(dir, "stat", text, 65536)) {
		if (sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle,
			   &wait, &irq, &soft) == 7)
			out->busy = user + nice + system + irq + soft;
		at = strstr(text, running);
		out->queue = at ? (uint32_t)strtoul(at + sizeof running - 1, NULL, 10) : 0;
		out->queue -= out->queue > 0;	/* that is us */
	}
	free(text);
}

int load_look(const char *proc, const pid_t *ours, size_t n, struct load_look *out)
{
	struct all all = { NULL, 0, 0 };
	int dir = open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*out = (struct load_look){ .at = instant_now() };
	if (dir < 0)
		return -1;
	look_at_cpu(dir, out);
	read_all(dir, &all);
	mark_above(&all, ours, n);
	for (size_t i = 0; i < all.count; i++) {
		struct process *p = &all.item[i];

		if (decide(&all, p, ours, n, 0))
			continue;
		out->others += p->own + (p->above ? 0 : p->children);
		out->others_memory += p->memory;
	}
	free(all.item);
	close(dir);
	return 0;
}

double load_pressure(const char *text)
{
	const char *at = strstr(text, "avg60=");
	double v = at && !strncmp(text, "some ", 5) ? strtod(at + 6, NULL) / 100 : 0;

	return v > 0 && v <= 1 ? v : 0;
}

/* --- two of them ------------------------------------------------------------------------ */

static void look_now(const struct agent *a, struct load_look *out)
{
	const struct attempt_list *running = &a->held.in[ATTEMPT_RUNNING];
	const struct attempt_list *ending = &a->held.in[ATTEMPT_COLLECTING];
	pid_t *ours = calloc((size_t)running->count + ending->count + 1, sizeof *ours);
	size_t n = 0;

	if (ours) {
		ours[n++] = getpid();
		for (const struct attempt *at = running->first; at; at = at->next)
			if (at->pid > 0)
				ours[n++] = at->pid;
		for (const struct attempt *at = ending->first; at; at = at->next)
			if (at->pid > 0)
				ours[n++] = at->pid;
	}
	(void)!load_look("/proc", ours, n, out);
	free(ours);
}

static bool recall(const struct agent *a, struct load_look *out)
{
	struct buf text = BUF_INIT;
	bool good = io_read(a->st.root, "looked", 200, &text, NULL) == 0 &&
		    sscanf(text.s, "%" SCNd64 " %" SCNu64 " %" SCNu64, &out->at, &out->busy,
			   &out->others) == 3;

	buf_free(&text);
	return good;
}

static void keep(const struct agent *a, const struct load_look *l)
{
	char text[100];
	int n = snprintf(text, sizeof text, "%" PRId64 " %" PRIu64 " %" PRIu64 "\n", l->at, l->busy,
			 l->others);

	if (!a->cache.peek)
		(void)!io_publish(a->st.root, "looked", 0600, text, (size_t)n, 0, NULL);
}

/* Counters that went back are of another boot. */
static bool usable(const struct load_look *was, const struct load_look *is)
{
	return was->at && is->at > was->at && is->busy >= was->busy;
}

static void compare(struct machine *m, const struct load_look *was, const struct load_look *is)
{
	double ticks = (double)sysconf(_SC_CLK_TCK) * (double)(is->at - was->at) / SECOND_US;

	m->busy = (double)(is->busy - was->busy) / ticks;
	m->others = is->others > was->others ? (double)(is->others - was->others) / ticks : 0;
	if (m->others > m->busy)
		m->others = m->busy;
	m->others_memory = is->others_memory;
	m->queue = is->queue;
	m->measured = is->at;
}

static void look_at_pressure(struct machine *m)
{
	static const char *const names[] = { "cpu", "memory", "io" };
	int dir = open("/proc/pressure", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char text[300];

	for (int i = 0; dir >= 0 && i < 3; i++)
		m->pressure[i] = slurp(dir, names[i], text, sizeof text) ? load_pressure(text) : 0;
	if (dir >= 0)
		close(dir);
}

void machine_load(struct agent *a, bool now)
{
	struct load_look was = { 0 }, is;
	struct timespec moment = { 0, FIRST_US * 1000 };

	if (a->machine.measured && !now && instant_now() - a->machine.measured < EVERY)
		return;
	look_now(a, &is);
	if (!recall(a, &was) || !usable(&was, &is) || (now && is.at - was.at > EVERY)) {
		was = is;
		nanosleep(&moment, NULL);
		look_now(a, &is);
	}
	if (!usable(&was, &is))
		return;
	compare(&a->machine, &was, &is);
	look_at_pressure(&a->machine);
	keep(a, &is);
}
