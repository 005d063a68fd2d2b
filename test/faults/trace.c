/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct tracee {
	struct tracee *next;
	pid_t tid, pid;
	char program[64];
	struct trace_call *call;	/* whose exit is waited for */
	bool shortened;			/* it got a smaller argument */
	bool held;			/* before a call, until another's is over */
	bool started;			/* by trace_start() */
};

enum { QUIET_LOOKS = 3 };
static const double QUIET_SECONDS = 0.002;

static const int options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD |
			   PTRACE_O_EXITKILL;

double trace_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

__attribute__((noreturn))
static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(70);
}

/* --- who is there ------------------------------------------------------------------ */

static struct tracee *find(const struct trace *t, pid_t tid)
{
	struct tracee *p;

	for (p = t->first; p && p->tid != tid; p = p->next)
		;
	return p;
}

static pid_t group_of(pid_t tid)
{
	char path[64], line[256];
	long pid = tid;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "Tgid: %ld", &pid) == 1)
			break;
	if (f)
		fclose(f);
	return (pid_t)pid;
}

static void name_program(struct tracee *p)
{
	char link[64], path[PATH_MAX];
	const char *slash;
	ssize_t n;

	snprintf(link, sizeof link, "/proc/%d/exe", (int)p->pid);
	n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	snprintf(p->program, sizeof p->program, "%.63s", slash ? slash + 1 : path);
}

static struct tracee *add(struct trace *t, pid_t tid)
{
	struct tracee *p = calloc(1, sizeof *p);

	if (!p)
		die("calloc");
	p->tid = tid;
	p->pid = group_of(tid);
	name_program(p);
	p->next = t->first;
	t->first = p;
	return p;
}

int trace_alive(const struct trace *t, const char *program)
{
	int n = 0;

	for (const struct tracee *p = t->first; p; p = p->next)
		n += p->tid == p->pid && (!program || !strcmp(p->program, program));
	return n;
}

/* --- what a call means -------------------------------------------------------------- */

static bool read_text(pid_t pid, uint64_t at, char *to, size_t size)
{
	size_t len = 0;

	while (len < size - 1) {
		size_t n = 4096 - ((at + len) & 4095);
		struct iovec local, remote;
		ssize_t got;

		if (n > size - 1 - len)
			n = size - 1 - len;
		local = (struct iovec){ to + len, n };
		/* An address there, not here. */
		remote = (struct iovec){ (void *)(uintptr_t)(at + len), n };	/* NOLINT(performance-no-int-to-ptr) */
		got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
		if (got <= 0)
			break;
		if (memchr(to + len, '\0', (size_t)got))
			return true;
		len += (size_t)got;
	}
	to[len] = '\0';
	return len == size - 1;
}

/* What the descriptor stands for: "" for what is no file. */
static void path_of_fd(const struct tracee *p, int fd, char out[PATH_MAX])
{
	char link[64];
	ssize_t n;

	if (fd == AT_FDCWD)
		snprintf(link, sizeof link, "/proc/%d/cwd", (int)p->tid);
	else
		snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)p->tid, fd);
	n = readlink(link, out, PATH_MAX - 1);
	out[n > 0 && out[0] == '/' ? n : 0] = '\0';
}

/* "a/./b//c/" to "a/b/c"; ".." is not used by anything that we look at. */
static void tidy(char *path)
{
	char *to = path;

	for (char *c = path; *c;) {
		while (*c == '/')
			c++;
		if (c[0] == '.' && (!c[1] || c[1] == '/')) {
			c++;
			continue;
		}
		if (!*c)
			break;
		*to++ = '/';
		while (*c && *c != '/')
			*to++ = *c++;
	}
	*to = '\0';
}

static void path_below(const struct tracee *p, int dir, uint64_t at, char out[PATH_MAX])
{
	char name[PATH_MAX], base[PATH_MAX];

	if (!at || !read_text(p->tid, at, name, sizeof name)) {
		out[0] = '\0';
		return;
	}
	base[0] = '\0';
	if (name[0] != '/')
		path_of_fd(p, dir, base);
	if (snprintf(out, PATH_MAX, "%s/%s", base, name) >= PATH_MAX)
		out[0] = '\0';
	tidy(out);
}

static struct trace_call *describe(struct tracee *p, const struct user_regs_struct *r)
{
	const struct call_type *type = call_find((long)r->orig_rax);
	struct trace_call *c = type ? malloc(sizeof *c) : NULL;

	if (!c)
		return NULL;
	c->tid = p->tid;
	c->pid = p->pid;
	c->program = p->program;
	c->type = type;
	c->result = 0;
	memcpy(c->arg, (uint64_t[]){ r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9 }, sizeof c->arg);
	c->path[0] = c->path2[0] = '\0';
	if (type->fd >= 0)
		path_of_fd(p, (int)c->arg[(int)type->fd], c->path);
	if (type->path >= 0)
		path_below(p, type->dir >= 0 ? (int)c->arg[(int)type->dir] : AT_FDCWD,
			   c->arg[(int)type->path], c->path);
	if (type->path2 >= 0)
		path_below(p, type->dir2 >= 0 ? (int)c->arg[(int)type->dir2] : AT_FDCWD,
			   c->arg[(int)type->path2], c->path2);
	return c;
}

/* --- stops ----------------------------------------------------------------------------- */

/* ESRCH: it was killed meanwhile, and its end will be told. */
static void go(struct tracee *p, int how, int sig)
{
	if (ptrace(how, p->tid, 0, sig) < 0 && errno != ESRCH)
		die("ptrace");
}

static void skip_call(struct tracee *p, struct user_regs_struct *r, int err)
{
	r->orig_rax = (unsigned long long)-1;
	r->rax = (unsigned long long)-err;
	ptrace(PTRACE_SETREGS, p->tid, 0, r);
	go(p, PTRACE_CONT, 0);
}

static void set_argument(struct tracee *p, struct user_regs_struct *r, int arg, uint64_t value)
{
	unsigned long long *reg[] = { &r->rdi, &r->rsi, &r->rdx, &r->r10, &r->r8, &r->r9 };

	*reg[arg] = value;
	ptrace(PTRACE_SETREGS, p->tid, 0, r);
}

static void watch_call(struct tracee *p, struct trace_call *c)
{
	free(p->call);
	p->call = c;
	go(p, PTRACE_SYSCALL, 0);
}

/* A system call leaves its arguments as they were, and compilers rely on that. */
static void shorten_call(struct tracee *p, struct trace_call *c, struct user_regs_struct *r,
			 uint64_t length)
{
	set_argument(p, r, c->type->length, length);
	p->shortened = true;
	watch_call(p, c);
}

static void restore_argument(struct tracee *p)
{
	const struct trace_call *c = p->call;
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, p->tid, 0, &r) == 0)
		set_argument(p, &r, c->type->length, c->arg[(int)c->type->length]);
	p->shortened = false;
}

static bool some_call_is_watched(const struct trace *t)
{
	const struct tracee *p;

	for (p = t->first; p && !p->call; p = p->next)
		;
	return p;
}

/* While a call is watched no other one is let in: exits are told in the order of
 * what was done. */
static void at_entry(struct trace *t, struct tracee *p)
{
	struct user_regs_struct r;
	struct trace_call *c;

	p->held = some_call_is_watched(t);
	if (p->held)
		return;
	if (ptrace(PTRACE_GETREGS, p->tid, 0, &r) < 0) {
		go(p, PTRACE_CONT, 0);
		return;
	}
	c = describe(p, &r);
	switch (c ? t->hook(t, c, false) : TRACE_GO) {
	case TRACE_WATCH:
		watch_call(p, c);
		return;
	case TRACE_KILL:
		kill(p->pid, SIGKILL);
		break;
	case TRACE_FAIL:
		skip_call(p, &r, t->error);
		break;
	case TRACE_SHORT:
		shorten_call(p, c, &r, t->length);
		return;
	default:
		go(p, PTRACE_CONT, 0);
	}
	free(c);
}

/* The call that was watched is over: those that wait for that, one after the other. */
static void let_in(struct trace *t)
{
	for (struct tracee *p = t->first; p && !some_call_is_watched(t); p = p->next)
		if (p->held)
			at_entry(t, p);
}

static void drop(struct trace *t, pid_t tid)
{
	for (struct tracee **p = &t->first, *gone; *p; p = &(*p)->next)
		if ((*p)->tid == tid) {
			gone = *p;
			*p = gone->next;
			free(gone->call);
			free(gone);
			break;
		}
	let_in(t);
}

static void at_exit(struct trace *t, struct tracee *p)
{
	struct user_regs_struct r;
	enum trace_verdict v = TRACE_GO;

	if (p->call && p->shortened) {
		restore_argument(p);
	} else if (p->call && ptrace(PTRACE_GETREGS, p->tid, 0, &r) == 0) {
		p->call->result = (int64_t)r.rax;
		v = t->hook(t, p->call, true);
	}
	free(p->call);
	p->call = NULL;
	if (v == TRACE_KILL)
		kill(p->pid, SIGKILL);
	else
		go(p, PTRACE_CONT, 0);
	let_in(t);
}

static void at_stop(struct trace *t, struct tracee *p, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		at_entry(t, p);
		return;
	case PTRACE_EVENT_EXEC:
		name_program(p);
		go(p, PTRACE_CONT, 0);
		return;
	case PTRACE_EVENT_STOP:
		if (sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU)
			go(p, PTRACE_LISTEN, 0);
		else
			go(p, PTRACE_CONT, 0);
		return;
	case 0:
		break;
	default:	/* fork and its kin: the child reports by itself */
		go(p, PTRACE_CONT, 0);
		return;
	}
	if (sig == (SIGTRAP | 0x80))
		at_exit(t, p);
	else
		go(p, PTRACE_CONT, sig);
}

static void on_status(struct trace *t, pid_t tid, int status)
{
	struct tracee *p = find(t, tid);

	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		if (tid == t->main) {
			t->main_ended = true;
			t->status = status;
		}
		if (p && p->started && t->ended)
			t->ended(t, tid, status);
		drop(t, tid);
		return;
	}
	if (!p)
		p = add(t, tid);
	if (WIFSTOPPED(status))
		at_stop(t, p, status);
}

/* Handle what there is; if there is nothing, wait for it.  False: nothing is
 * left to wait for, or the time is up. */
static bool step(struct trace *t, double until)
{
	struct timespec left;
	sigset_t chld;
	int status;
	pid_t tid = waitpid(-1, &status, __WALL | WNOHANG);
	double rest;

	if (tid > 0) {
		on_status(t, tid, status);
		return true;
	}
	rest = until - trace_clock();
	if (tid < 0 || rest <= 0)
		return false;
	left.tv_sec = (time_t)rest;
	left.tv_nsec = (long)((rest - (double)left.tv_sec) * 1e9);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigtimedwait(&chld, NULL, &left);
	return true;
}

bool trace_until(struct trace *t, bool (*done)(struct trace *t, void *ctx), void *ctx, double seconds)
{
	double until = trace_clock() + seconds;

	while (!done(t, ctx))
		if (!step(t, until))
			return done(t, ctx);
	return true;
}

/* --- starting ---------------------------------------------------------------------------- */

__attribute__((noreturn))
static void child(const struct sock_fprog *filter, char *const argv[], int out, int ready)
{
	sigset_t none;
	char c;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(out, 1);
	dup2(out, 2);
	if (read(ready, &c, 1) == 1 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter) == 0)
		execv(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static bool main_ended(struct trace *t, void *ctx)
{
	(void)ctx;
	return t->main_ended;
}

static void block_sigchld(void)
{
	sigset_t chld;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
}

/* As trace_run(), without waiting for anything. */
static struct tracee *begin(struct trace *t, char *const argv[], int out)
{
	static struct sock_fprog filter;
	static int filter_sets;
	struct tracee *p;
	int ready[2];
	pid_t pid;

	block_sigchld();
	if (filter_sets != t->sets && !call_filter(t->sets, &filter))
		die("calloc");
	filter_sets = t->sets;
	if (pipe2(ready, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		die("fork");
	if (pid == 0)
		child(&filter, argv, out, ready[0]);
	if (ptrace(PTRACE_SEIZE, pid, 0, options) < 0)
		die("PTRACE_SEIZE");
	p = add(t, pid);
	if (write(ready[1], "", 1) != 1)
		die("pipe");
	close(ready[0]);
	close(ready[1]);
	return p;
}

int trace_run(struct trace *t, char *const argv[], int out, double seconds)
{
	t->main_ended = false;
	t->main = begin(t, argv, out)->tid;
	if (trace_until(t, main_ended, NULL, seconds))
		return t->status;
	kill(t->main, SIGKILL);
	trace_until(t, main_ended, NULL, 10);
	return -1;
}

pid_t trace_start(struct trace *t, char *const argv[], int out)
{
	struct tracee *p = begin(t, argv, out);

	p->started = true;
	return p->tid;
}

/* --- is anybody at work? ------------------------------------------------------------------ */

static char state_of(pid_t tid)
{
	char path[64], text[256] = "";
	const char *end;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)tid);
	f = fopen(path, "re");
	if (f && !fgets(text, sizeof text, f))
		text[0] = '\0';
	if (f)
		fclose(f);
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : 'Z';
}

static bool all_asleep(const struct trace *t)
{
	for (const struct tracee *p = t->first; p; p = p->next)
		if (state_of(p->tid) != 'S')
			return false;
	return true;
}

static bool never(struct trace *t, void *ctx)
{
	(void)t;
	(void)ctx;
	return false;
}

/* Whoever is to be woken by a call is awake when it returns: so all of them
 * asleep, more than once, have nothing to do. */
bool trace_settle(struct trace *t, double seconds)
{
	double until = trace_clock() + seconds;

	for (int asleep = 0; asleep < QUIET_LOOKS;) {
		if (trace_clock() > until)
			return false;
		trace_until(t, never, NULL, QUIET_SECONDS);
		asleep = all_asleep(t) ? asleep + 1 : 0;
	}
	return true;
}

static bool none_left(struct trace *t, void *ctx)
{
	(void)ctx;
	return !t->first;
}

void trace_end(struct trace *t)
{
	for (int tries = 0; t->first && tries < 50; tries++) {
		for (struct tracee *p = t->first; p; p = p->next)
			kill(p->pid, SIGKILL);
		trace_until(t, none_left, NULL, 0.1);
	}
}
