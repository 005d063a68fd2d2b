/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "watch.h"

enum { PATIENCE_MS = 60000, MAX = 64 };

static char top[] = "/tmp/watch-test-XXXXXX";
static struct watch *w;
static struct diag d;

static const char *at(const char *name)
{
	static char path[4][300];
	static int turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", top, name);
	return p;
}

static void put(const char *name)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, "x", 1) != 1)
		bail("%s: %s", name, strerror(errno));
	close(fd);
}

static bool readable(int ms)
{
	struct pollfd p = { .fd = watch_fd(w), .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* What the takes of one wait add up to, for one tag. */
struct seen {
	uint32_t events;
	bool gone, names_lost, all;
	int n_names;
	char names[400];
};

static void collect(struct seen *s, int tag)
{
	struct watch_hint h[MAX];
	int n = watch_take(w, h, MAX);

	for (int i = 0; i < n; i++) {
		s->all |= h[i].tag == WATCH_ALL;
		if (h[i].tag != tag)
			continue;
		s->events |= h[i].events;
		s->gone |= h[i].gone;
		s->names_lost |= h[i].names_lost;
		s->n_names += h[i].n_names;
		for (int j = 0; j < h[i].n_names; j++) {
			size_t used = strlen(s->names);

			snprintf(s->names + used, sizeof(s->names) - used, "%s ", h[i].names[j]);
		}
	}
}

/* Hints come in pieces: gather until what is wanted has been seen. */
static struct seen wait_for(int tag, uint32_t events, bool gone)
{
	struct seen s = { 0 };
	time_t end = time(NULL) + PATIENCE_MS / 1000;

	while (((s.events & events) != events || s.gone < gone) && time(NULL) < end)
		if (readable(1000))
			collect(&s, tag);
	return s;
}

static void forget_all(void)
{
	struct watch_hint h[MAX];

	while (readable(50))
		watch_take(w, h, MAX);
}

static void test_events(void)
{
	struct seen s;

	mkdir(at("a"), 0755);
	mkdir(at("b"), 0755);
	is_int(watch_add(w, at("a"), WATCH_WRITTEN | WATCH_ARRIVED, 7, &d), 0, "added");
	put("a/one");
	s = wait_for(7, WATCH_WRITTEN, false);
	is_int(s.events, WATCH_WRITTEN, "only the kind that was asked for");
	is_str(s.names, "one ", "with its name");
	ok(!s.all && !s.gone && !s.names_lost, "and nothing else");
	put("b/two");
	rename(at("b/two"), at("a/two"));
	s = wait_for(7, WATCH_ARRIVED, false);
	is_str(s.names, "two ", "rename(2) into the directory");
	unlink(at("a/two"));
	ok(!readable(100), "what was not asked for does not wake");
	is_int(watch_add(w, at("a"), WATCH_DELETED, 7, &d), 0, "other events, same tag");
	unlink(at("a/one"));
	s = wait_for(7, WATCH_DELETED, false);
	is_int(s.events, WATCH_DELETED, "take the place of the first");
}

static void test_two_tags(void)
{
	struct seen s;

	is_int(watch_add(w, at("a"), WATCH_WRITTEN, 8, &d), 0, "a second tag, same directory");
	is_int(watch_add(w, at("b"), WATCH_WRITTEN, 8, &d), 0, "and a second directory");
	put("a/x");
	s = wait_for(8, WATCH_WRITTEN, false);
	is_str(s.names, "x ", "the first directory");
	put("b/y");
	s = wait_for(8, WATCH_WRITTEN, false);
	is_str(s.names, "y ", "the second");
	watch_remove(w, 8);
	put("b/z");
	ok(!readable(100), "a removed tag is silent");
	unlink(at("a/x"));
	s = wait_for(7, WATCH_DELETED, false);
	is_int(s.events, WATCH_DELETED, "the other tag goes on");
	watch_remove(w, 8);
	ok(true, "removing it twice is fine");
}

static void test_gone(void)
{
	struct seen s;

	mkdir(at("g"), 0755);
	is_int(watch_add(w, at("g"), WATCH_WRITTEN, 20, &d), 0, "added");
	for (int i = 0; i < 3; i++) {
		rmdir(at("g"));
		s = wait_for(20, 0, true);
		ok(s.gone, "rmdir is told");
		mkdir(at("g"), 0755);
		is_int(watch_add(w, at("g"), WATCH_WRITTEN, 20, &d), 0, "made anew, added anew");
		put("g/f");
		s = wait_for(20, WATCH_WRITTEN, false);
		is_str(s.names, "f ", "and heard");
		unlink(at("g/f"));
	}
	rename(at("g"), at("h"));
	s = wait_for(20, 0, true);
	ok(s.gone, "so is renaming the directory itself");
	put("h/f");
	ok(!readable(100), "which is not followed");
	unlink(at("h/f"));
	rmdir(at("h"));
	watch_remove(w, 20);
	forget_all();
}

static void test_errors(void)
{
	errno = 0;
	is_int(watch_add(w, at("none"), WATCH_WRITTEN, 1, &d), -1, "not there");
	is_int(errno, ENOENT, "errno says so");
	like(d.text, "/none: No such file or directory", "the text too");
	is_int(watch_add(w, at("a"), WATCH_WRITTEN, -5, &d), -1, "a tag below 0");
	like(d.text, "tag -5", "the text says so");
	ok(!watch_open(&d) && errno == EBUSY, "a second instance is refused");
	like(d.text, "watches already", "with a reason");
}

/* The bound on names holds, and says that it cut. */
static void test_many_names(void)
{
	struct seen s = { 0 };
	char name[40];

	is_int(watch_add(w, at("b"), WATCH_CREATED | WATCH_WRITTEN, 30, &d), 0, "added");
	for (int i = 0; i < WATCH_NAMES_MAX + 100; i++) {
		snprintf(name, sizeof(name), "b/n%d", i);
		put(name);
	}
	put("b/last");
	/* Nothing was taken meanwhile: wait until the thread has read it all,
	 * which shows in names_lost. */
	for (time_t end = time(NULL) + 10; !s.names_lost && time(NULL) < end;) {
		if (readable(1000))
			collect(&s, 30);
		ok(s.n_names <= WATCH_NAMES_MAX, "at most %d names", WATCH_NAMES_MAX);
		if (!s.names_lost)
			s = (struct seen){ 0 };
	}
	ok(s.names_lost || s.all, "losing names is told");
	watch_remove(w, 30);
	forget_all();
}

/* Little by little: the rest stays and keeps the descriptor readable. */
static void test_small_takes(void)
{
	struct watch_hint h[1];
	char name[40];
	bool heard[5] = { 0 };
	int left = 5;

	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		mkdir(at(name), 0755);
		watch_add(w, at(name), WATCH_WRITTEN, 40 + i, &d);
	}
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "s%d/f", i);
		put(name);
	}
	while (left && readable(PATIENCE_MS))
		if (watch_take(w, h, 1) == 1 && h->tag >= 40 && !heard[h->tag - 40]) {
			heard[h->tag - 40] = true;
			left--;
		}
	is_int(left, 0, "every tag came, one by one");
	is_int(watch_take(w, h, 1), 0, "then nothing");
	for (int i = 0; i < 5; i++)
		watch_remove(w, 40 + i);
}

/* Stop the reading thread's process from reading: its queue runs over. */
static void test_overflow(void)
{
	struct seen s = { 0 };
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
	int limit = 0, me = getpid(), status;
	pid_t child;

	if (f && fscanf(f, "%d", &limit) != 1)
		limit = 0;
	if (f)
		fclose(f);
	if (!limit || limit > 200000) {
		skip("max_queued_events is not known, or too many");
		return;
	}
	watch_add(w, at("b"), WATCH_ARRIVED | WATCH_LEFT, 50, &d);
	put("b/p");
	child = fork();
	if (!child) {
		kill(me, SIGSTOP);
		for (int i = 0; i < limit; i++) {
			rename(at("b/p"), at("b/q"));
			rename(at("b/q"), at("b/p"));
		}
		kill(me, SIGCONT);
		_exit(0);
	}
	waitpid(child, &status, 0);
	for (time_t end = time(NULL) + 10; !s.all && time(NULL) < end;)
		if (readable(1000))
			collect(&s, 50);
	ok(s.all, "an overflow says: look at everything");
	watch_remove(w, 50);
	forget_all();
	watch_add(w, at("b"), WATCH_WRITTEN, 51, &d);
	put("b/p");
	s = wait_for(51, WATCH_WRITTEN, false);
	is_str(s.names, "p ", "and goes on behind it");
	watch_remove(w, 51);
}

/* A program that is started must not inherit a descriptor of ours. */
static void test_exec(void)
{
	char out[64] = "";
	FILE *p = popen("ls -l /proc/self/fd | grep -cE 'inotify|eventfd|watch-bell'", "r");

	if (!p || !fgets(out, sizeof(out), p))
		bail("popen");
	pclose(p);
	is_str(out, "0\n", "close-on-exec");
}

static void test_reopen(void)
{
	struct seen s;

	watch_add(w, at("a"), WATCH_WRITTEN, 60, &d);
	for (int i = 0; i < 50; i++)
		put("a/stale");
	watch_close(w);
	w = watch_open(&d);
	ok(w, "opened again");
	if (!w)
		bail("%s", d.text);
	ok(!readable(100), "nothing stale is left");
	watch_add(w, at("a"), WATCH_WRITTEN, 61, &d);
	put("a/fresh");
	s = wait_for(61, WATCH_WRITTEN, false);
	is_str(s.names, "fresh ", "and it works");
	watch_close(NULL);
}

static void test_many_watches(void)
{
	struct seen s;
	char name[40];
	int bad = 0;

	for (int i = 0; i < 1200; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		mkdir(at(name), 0755);
		bad += watch_add(w, at(name), WATCH_WRITTEN, 1000 + i, &d) < 0;
	}
	is_int(bad, 0, "1,200 watches");
	put("m0/f");
	put("m777/f");
	s = wait_for(1777, WATCH_WRITTEN, false);
	is_str(s.names, "f ", "each with its own tag");
}

/* In a user namespace of our own the limits are ours to lower. */
static bool limit(const char *what, const char *value)
{
	char path[64];
	int fd;
	bool done;

	snprintf(path, sizeof(path), "/proc/sys/user/max_inotify_%s", what);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	done = fd >= 0 && write(fd, value, strlen(value)) > 0;
	if (fd >= 0)
		close(fd);
	return done;
}

enum { NO_NAMESPACE = 77 };

static int in_limits(void)
{
	int bad = 0, n = 0;

	if (unshare(CLONE_NEWUSER) < 0 || !limit("instances", "0"))
		return NO_NAMESPACE;
	w = watch_open(&d);
	bad |= w || errno != EMFILE || !strstr(d.text, "max_user_instances");
	if (!limit("instances", "5") || !limit("watches", "4"))
		return NO_NAMESPACE;
	w = watch_open(&d);
	if (!w)
		return 2;
	for (const char *const *p = (const char *const []){ "/", "/tmp", "/etc", "/usr", NULL }; *p; p++)
		n += watch_add(w, *p, WATCH_WRITTEN, 1, &d) == 0;
	bad |= (n != 3) << 2;		/* the bell is the fourth */
	bad |= (errno != ENOSPC || !strstr(d.text, "max_user_watches")) << 3;
	bad |= (watch_add(w, "/tmp", WATCH_WRITTEN, 1, &d) < 0) << 4;
	watch_close(w);
	w = NULL;
	return bad;
}

static void test_limits(void)
{
	int status = -1;
	pid_t child = fork();

	if (!child)
		_exit(in_limits());
	waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_NAMESPACE)
		skip("user namespaces are not to be had");
	else
		is_int(status, 0, "no instance left, no watch left: errors that say so");
}

int main(void)
{
	if (!mkdtemp(top))
		bail("mkdtemp");
	test_limits();
	w = watch_open(&d);
	if (!w)
		bail("%s", d.text);
	test_events();
	test_two_tags();
	test_gone();
	test_errors();
	test_many_names();
	test_small_takes();
	test_overflow();
	test_exec();
	test_reopen();
	test_many_watches();
	watch_close(w);
	io_remove_tree(AT_FDCWD, top, &d);
	return done();
}
