/* SPDX-License-Identifier: GPL-2.0-or-later */
/* io.h: files in, files out, published; trees; names. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "tap.h"

static char tmp[] = "/tmp/unit-io.XXXXXX";
static int dir;				/* tmp, open; the working directory is elsewhere */
static struct diag d;

static const char *slurp(const char *name)
{
	static struct buf b = BUF_INIT;

	buf_reset(&b);
	if (name && io_read(dir, name, 1 << 20, &b, NULL))
		return "(cannot be read)";
	if (!name)
		buf_free(&b);
	return b.s;
}

static bool exists(const char *name)
{
	return !faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

static int mode_of(const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) ? -1 : (int)(st.st_mode & 07777);
}

static int count_entries(void)
{
	int n = 0, fd = openat(dir, ".", O_RDONLY | O_DIRECTORY);
	DIR *list = fdopendir(fd);

	while (readdir(list))
		n++;
	closedir(list);
	return n - 2;
}

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void make_empty(const char *name)
{
	close(openat(dir, name, O_WRONLY | O_CREAT, 0644));
}

static void test_read(void)
{
	struct buf b = BUF_INIT;

	is_int(io_create(dir, "r", 0644, "hello", 5, &d), 0, "io_create");
	is_int(io_read(dir, "r", 5, &b, &d), 0, "a file of exactly max bytes");
	is_str(b.s, "hello", "its bytes");
	is_int(io_read(dir, "r", SIZE_MAX, &b, &d), 0, "no limit");
	is_str(b.s, "hellohello", "are appended");

	is_int(io_read(dir, "r", 4, &b, &d), -1, "one byte more than max");
	is_int(errno, EFBIG, "errno EFBIG");
	is_int(d.err, EFBIG, "diag has EFBIG");
	is_str(d.text, "r is too large, expected at most 4 bytes", "names the limit");
	is_int(b.len, 10, "the buffer is as before");

	is_int(io_read(dir, "nothing", 4, &b, &d), -1, "a missing file");
	is_int(errno, ENOENT, "errno ENOENT");
	is_str(d.text, "cannot open nothing: No such file or directory", "text");
	is_int(io_read(dir, "r", 4, &b, NULL), -1, "a NULL diag is allowed");

	make_empty("empty");
	buf_free(&b);
	is_int(io_read(dir, "empty", 0, &b, &d), 0, "an empty file, max 0");
	is_str(b.s, "", "is empty");
	is_int(io_read(AT_FDCWD, "/proc/self/stat", 65536, &b, &d), 0, "/proc: size 0, still read");
	ok(b.len > 20, "has bytes");
	is_int(strlen(b.s), b.len, "and a NUL behind them");
	is_int(io_read(AT_FDCWD, "/proc/self/stat", 7, &b, &d), -1, "/proc: too large");
	is_int(errno, EFBIG, "found while reading");
	ok(b.len == strlen(b.s), "the buffer is as before");
	buf_free(&b);
	unlinkat(dir, "r", 0);
	unlinkat(dir, "empty", 0);
}

static void test_large(void)
{
	size_t n = 3000001;
	char *bytes = malloc(n);
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(i * 7 + i / 1000);
	is_int(io_create(dir, "big", 0600, bytes, n, &d), 0, "3 MB");
	is_int(io_read(dir, "big", n, &b, &d), 0, "read again");
	ok(b.len == n && !memcmp(b.s, bytes, n), "the same bytes");
	is_int(io_copy(dir, "big", dir, "big2", 0640, &d), 0, "copied");
	buf_reset(&b);
	is_int(io_read(dir, "big2", SIZE_MAX, &b, &d), 0, "read the copy");
	ok(b.len == n && !memcmp(b.s, bytes, n), "the same bytes");
	is_int(mode_of("big2"), 0640, "with the mode asked for");
	free(bytes);
	buf_free(&b);
	unlinkat(dir, "big", 0);
	unlinkat(dir, "big2", 0);
}

/* What is not a regular file is refused: never waited for, never followed. */
static void test_not_regular(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct buf b = BUF_INIT;
	int s;

	make_empty("real");
	symlinkat("real", dir, "link");
	mkfifoat(dir, "fifo", 0644);
	mkdirat(dir, "sub", 0755);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(a.sun_path, sizeof a.sun_path, "%s/sock", tmp);
	ok(!bind(s, (struct sockaddr *)&a, sizeof a), "a socket is there");

	is_int(io_read(dir, "link", 9, &b, &d), -1, "read: symlink refused");
	is_int(errno, ELOOP, "ELOOP");
	is_str(d.text, "link is a symbolic link, expected a regular file", "text");
	is_int(io_append(dir, "link", "x", 1, &d), -1, "append: symlink refused");
	is_int(io_copy(dir, "link", dir, "c", 0644, &d), -1, "copy from: symlink refused");
	is_int(io_copy(dir, "real", dir, "link", 0644, &d), -1, "copy to: symlink refused");
	is_str(d.text, "cannot create link: File exists", "text");
	is_int(io_create(dir, "link", 0644, "x", 1, &d), -1, "create: symlink refused");
	is_str(slurp("real"), "", "the file behind it is untouched");

	is_int(io_read(dir, "fifo", 9, &b, &d), -1, "read: FIFO refused at once");
	is_str(d.text, "fifo is not a regular file", "text");
	is_int(errno, EINVAL, "EINVAL");
	is_int(io_append(dir, "fifo", "x", 1, &d), -1, "append: FIFO refused at once");
	is_str(d.text, "fifo is not a regular file", "text");
	is_int(io_read(dir, "sub", 9, &b, &d), -1, "read: directory refused");
	is_int(errno, EISDIR, "EISDIR");
	is_str(d.text, "sub is not a regular file", "text");
	is_int(io_append(dir, "sub", "x", 1, &d), -1, "append: directory refused");
	is_str(d.text, "sub is not a regular file", "text");
	is_int(io_read(dir, "sock", 9, &b, &d), -1, "read: socket refused");
	is_str(d.text, "sock is not a regular file", "text");
	is_int(io_read(AT_FDCWD, "/dev/null", 9, &b, &d), -1, "read: device refused");
	is_int(io_read(dir, "real/x", 9, &b, &d), -1, "a file used as a directory");
	is_str(d.text, "cannot open real/x: Not a directory", "text");
	ok(!exists("c"), "nothing was made");
	close(s);
	for (const char **n = (const char *[]){ "real", "link", "fifo", "sock", "sub", NULL }; *n; n++)
		is_int(io_remove_tree(dir, *n, &d), 0, "remove_tree takes %s", *n);
	is_int(count_entries(), 0, "all gone");
	buf_free(&b);
}

static volatile sig_atomic_t alarms;

/* Not for ever: where a system call takes longer than this, nothing else would happen. */
static void on_alarm(int sig)
{
	static const struct itimerval soon = { { 0, 0 }, { 0, 2000 } };

	(void)sig;
	if (++alarms < 50)
		setitimer(ITIMER_REAL, &soon, NULL);
}

/* A pipe that fills, with signals all the time: short writes and EINTR. */
static void test_interrupted(void)
{
	struct itimerval off = { { 0, 0 }, { 0, 0 } };
	struct sigaction sa = { .sa_handler = on_alarm };
	static char out[1 << 20];
	struct buf in = BUF_INIT;
	int p[2], status;
	pid_t child;

	for (size_t i = 0; i < sizeof out; i++)
		out[i] = (char)(i >> 3);
	sigaction(SIGALRM, &sa, NULL);
	if (pipe2(p, O_CLOEXEC))
		bail("pipe2: %s", strerror(errno));
	fflush(stdout);
	child = fork();
	if (!child) {
		close(p[0]);
		on_alarm(0);
		_exit(io_write_fd(p[1], out, sizeof out, NULL) ? 1 : 0);
	}
	close(p[1]);
	for (on_alarm(0); alarms < 10; )
		pause();			/* meanwhile the pipe is full */
	is_int(io_read_fd(p[0], sizeof out, &in, &d), 0, "read through signals");
	setitimer(ITIMER_REAL, &off, NULL);
	close(p[0]);
	waitpid(child, &status, 0);
	is_int(status, 0, "written through signals");
	ok(in.len == sizeof out && !memcmp(in.s, out, in.len), "every byte");
	signal(SIGALRM, SIG_DFL);
	buf_free(&in);
}

/* The size is what fstat(2) said a moment ago: the file may have changed since. */
static void test_sized(void)
{
	static const size_t sizes[] = { 0, 1, 9, 10, 11, 1000 };
	struct buf b = BUF_INIT;
	int fd;

	io_create(dir, "ten", 0600, "0123456789", 10, &d);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		fd = io_open_read(dir, "ten", &d);
		buf_reset(&b);
		is_int(io_read_sized(fd, sizes[i], 10, &b, &d), 0, "ten bytes, called %zu", sizes[i]);
		is_str(b.s, "0123456789", "all of them");
		close(fd);
	}
	fd = io_open_read(dir, "ten", &d);
	is_int(io_read_sized(fd, 5, 9, &b, &d), -1, "more than max, called less");
	is_int(errno, EFBIG, "EFBIG");
	is_str(b.s, "0123456789", "the buffer is as before");
	close(fd);
	unlinkat(dir, "ten", 0);
	buf_free(&b);
}

static void test_fd(void)
{
	struct buf b = BUF_INIT;
	int p[2], fd;
	char c;

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK))
		bail("pipe2: %s", strerror(errno));
	is_int(io_write_fd(p[1], "0123456789", 10, &d), 0, "io_write_fd");
	is_int(io_write_fd(p[1], "", 0, &d), 0, "nothing to write");
	buf_adds(&b, "x");
	is_int(io_read_fd(p[0], 4, &b, &d), -1, "more than max");
	is_int(errno, EFBIG, "EFBIG");
	is_str(d.text, "the input is too large, expected at most 4 bytes", "text");
	is_str(b.s, "x", "the buffer is as before");
	ok(read(p[0], &c, 1) == 1 && c == '5', "max + 1 bytes were read, no more");
	is_int(io_read_fd(p[0], 99, &b, &d), -1, "an error of read(2)");
	is_str(d.text, "cannot read the input: Resource temporarily unavailable", "text");
	is_str(b.s, "x", "the buffer is as before");
	close(p[0]);
	close(p[1]);
	is_int(io_read_fd(-1, 9, &b, &d), -1, "a bad descriptor");
	is_int(errno, EBADF, "EBADF");

	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	is_int(io_write_fd(fd, "x", 1, &d), -1, "disk full");
	is_int(errno, ENOSPC, "ENOSPC");
	is_str(d.text, "cannot write the output: No space left on device", "text");
	is_int(d.err, ENOSPC, "diag has ENOSPC");
	close(fd);
	buf_free(&b);
}

static void test_publish(void)
{
	char two55[256], deep[PATH_MAX + 10];
	struct stat before, after;

	is_int(io_publish(dir, "p", 0644, "one", 3, 0, &d), 0, "published");
	is_str(slurp("p"), "one", "its bytes");
	is_int(count_entries(), 1, "no hidden file stays");
	fstatat(dir, "p", &before, 0);
	is_int(io_publish(dir, "p", 0600, "two", 3, IO_SYNC, &d), 0, "replaced, flushed");
	fstatat(dir, "p", &after, 0);
	is_str(slurp("p"), "two", "its bytes");
	ok(before.st_ino != after.st_ino, "by a new file");
	is_int(mode_of("p"), 0600, "with its own mode");

	is_int(io_publish(dir, "p", 0644, "three", 5, IO_EXCL, &d), -1, "IO_EXCL: there already");
	is_int(errno, EEXIST, "EEXIST");
	is_int(d.err, EEXIST, "in diag as well");
	is_str(d.text, "cannot publish p: File exists", "text");
	is_str(slurp("p"), "two", "untouched");
	is_int(count_entries(), 1, "no hidden file stays");
	is_int(io_publish(dir, "q", 0644, "q", 1, IO_EXCL | IO_SYNC, &d), 0, "IO_EXCL: new");
	is_str(slurp("q"), "q", "its bytes");
	is_int(io_publish(dir, "e", 0644, NULL, 0, 0, &d), 0, "an empty file");
	is_str(slurp("e"), "", "is empty");

	is_int(io_publish(AT_FDCWD, "", 0644, "x", 1, 0, &d), -1, "no name");
	is_str(d.text, "cannot publish \"\": expected the name of a file", "text");
	is_int(io_publish(dir, "sub/", 0644, "x", 1, 0, &d), -1, "no base name");
	is_int(io_publish(dir, "no/x", 0644, "x", 1, 0, &d), -1, "no such directory");
	is_str(d.text, "cannot create no/.x.tmp: No such file or directory", "text");
	mkdirat(dir, "sub", 0755);
	is_int(io_publish(dir, "sub", 0644, "x", 1, 0, &d), -1, "a directory has the name");
	is_str(d.text, "cannot publish sub: Is a directory", "text");
	ok(!exists(".sub.tmp"), "no hidden file stays");
	is_int(io_publish(dir, "sub/x", 0644, "x", 1, IO_SYNC, &d), 0, "below a directory");
	is_str(slurp("sub/x"), "x", "its bytes");
	snprintf(deep, sizeof deep, "%s/sub/x", tmp);
	is_int(io_publish(AT_FDCWD, deep, 0644, "abs", 3, IO_SYNC, &d), 0, "an absolute path");
	is_str(slurp("sub/x"), "abs", "its bytes");

	memset(two55, 'n', 255);
	two55[255] = '\0';
	is_int(io_publish(dir, two55, 0644, "long", 4, IO_EXCL, &d), 0, "a name of 255 bytes");
	is_str(slurp(two55), "long", "its bytes");
	memset(deep, 'x', sizeof deep);
	deep[sizeof deep - 1] = '\0';
	is_int(io_publish(dir, deep, 0644, "x", 1, 0, &d), -1, "a name that is too long");
	is_int(errno, ENAMETOOLONG, "ENAMETOOLONG");

	is_int(io_remove_tree(dir, "sub", &d), 0, "clean up");
	unlinkat(dir, "p", 0);
	unlinkat(dir, "q", 0);
	unlinkat(dir, "e", 0);
	unlinkat(dir, two55, 0);
	is_int(count_entries(), 0, "all gone");
}

/* What a writer killed half way leaves under the hidden name. */
static void test_publish_leftovers(void)
{
	make_empty("victim");
	is_int(io_append(dir, "victim", "precious", 8, &d), 0, "a file not to be touched");

	is_int(io_create(dir, ".p.tmp", 0644, "torn", 4, &d), 0, "a torn hidden file");
	memset(&d, 0, sizeof d);
	is_int(io_publish(dir, "p", 0644, "p", 1, 0, &d), 0, "does not hinder");
	is_str(d.text, "", "and is no news");
	is_str(slurp("p"), "p", "its bytes");

	linkat(dir, "victim", dir, ".p.tmp", 0);
	is_int(io_publish(dir, "p", 0644, "p2", 2, 0, &d), 0, "a second name of another file");
	is_str(slurp("victim"), "precious", "is not written through");
	symlinkat("victim", dir, ".p.tmp");
	is_int(io_publish(dir, "p", 0644, "p3", 2, 0, &d), 0, "a symlink");
	is_str(slurp("victim"), "precious", "is not followed");
	is_str(slurp("p"), "p3", "its bytes");
	mkdirat(dir, ".p.tmp", 0755);
	is_int(io_publish(dir, "p", 0644, "p4", 2, 0, &d), -1, "a directory is an error");
	is_str(d.text, "cannot create .p.tmp: Is a directory", "text");
	is_str(slurp("p"), "p3", "the old file stays");

	unlinkat(dir, ".p.tmp", AT_REMOVEDIR);
	unlinkat(dir, "p", 0);
	unlinkat(dir, "victim", 0);
}

/* The mode asked for is the mode, whatever the umask. */
static void test_modes(void)
{
	mode_t old = umask(077);
	char path[PATH_MAX];

	is_int(io_create(dir, "f", 0644, "x", 1, &d), 0, "create under umask 077");
	is_int(mode_of("f"), 0644, "0644");
	is_int(io_publish(dir, "g", 0664, "x", 1, 0, &d), 0, "publish under umask 077");
	is_int(mode_of("g"), 0664, "0664");
	is_int(io_copy(dir, "f", dir, "h", 0640, &d), 0, "copy under umask 077");
	is_int(mode_of("h"), 0640, "0640");
	is_int(io_mkdir(dir, "inbox", 01733, &d), 0, "mkdir under umask 077");
	is_int(mode_of("inbox"), 01733, "01733");
	snprintf(path, sizeof path, "%s/a/b/c", tmp);
	is_int(io_mkdirs(path, 0755, &d), 0, "mkdirs under umask 077");
	is_int(mode_of("a/b/c"), 0755, "the last: as asked");
	is_int(mode_of("a/b"), 0700, "the others: by the umask");
	umask(old);
	is_int(io_mkdir(dir, "a/b", 0777, &d), 0, "mkdir of what is there");
	is_int(mode_of("a/b"), 0700, "leaves its mode alone");
	for (const char **n = (const char *[]){ "f", "g", "h", "inbox", "a", NULL }; *n; n++)
		io_remove_tree(dir, *n, &d);
	is_int(count_entries(), 0, "all gone");
}

/* A file size limit stands for the full disk: part is written, then an error. */
static void test_disk_full(void)
{
	struct rlimit old, small;
	static char bytes[20000];

	is_int(io_create(dir, "a", 0644, bytes, 6000, &d), 0, "a file to append to");
	is_int(io_create(dir, "src", 0644, bytes, sizeof bytes, &d), 0, "a file to copy");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 10000;
	setrlimit(RLIMIT_FSIZE, &small);
	is_int(io_create(dir, "f", 0644, bytes, sizeof bytes, &d), -1, "create: full");
	is_str(d.text, "cannot write f: File too large", "text");
	is_int(errno, EFBIG, "errno survives the clean-up");
	ok(!exists("f"), "no half file stays");
	is_int(io_publish(dir, "f", 0644, bytes, sizeof bytes, 0, &d), -1, "publish: full");
	ok(!exists("f") && !exists(".f.tmp"), "nothing stays");
	is_int(io_append(dir, "a", bytes, sizeof bytes, &d), -1, "append: full");
	is_str(d.text, "cannot write a: File too large", "text");
	is_int(io_copy(dir, "src", dir, "f", 0644, &d), -1, "copy: full");
	is_str(d.text, "cannot write f: File too large", "text");
	ok(!exists("f"), "no half copy stays");
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_DFL);

	struct stat st;
	fstatat(dir, "a", &st, 0);
	is_int(st.st_size, 6000, "a torn append is taken back");
	unlinkat(dir, "a", 0);
	unlinkat(dir, "src", 0);
}

static void test_append(void)
{
	is_int(io_append(dir, "a", "x", 1, &d), -1, "append to nothing");
	is_str(d.text, "cannot open a: No such file or directory", "text");
	make_empty("a");
	is_int(io_append(dir, "a", "one\n", 4, &d), 0, "append");
	is_int(io_append(dir, "a", "two\n", 4, &d), 0, "append again");
	is_int(io_append(dir, "a", NULL, 0, &d), 0, "append nothing");
	is_str(slurp("a"), "one\ntwo\n", "both are there");
	unlinkat(dir, "a", 0);
}

static void test_copy(void)
{
	struct buf b = BUF_INIT;

	is_int(io_create(dir, "a", 0644, "bytes", 5, &d), 0, "a file");
	is_int(io_copy(dir, "a", dir, "b", 0644, &d), 0, "copied");
	is_str(slurp("b"), "bytes", "its bytes");
	is_int(io_copy(dir, "a", dir, "b", 0644, &d), -1, "the target is there");
	is_int(errno, EEXIST, "EEXIST");
	is_str(d.text, "cannot create b: File exists", "text");
	is_int(io_copy(dir, "none", dir, "c", 0644, &d), -1, "no source");
	ok(!exists("c"), "no target");
	make_empty("e");
	is_int(io_copy(dir, "e", dir, "f", 0600, &d), 0, "an empty file");
	is_str(slurp("f"), "", "is empty");
	is_int(io_copy(AT_FDCWD, "/proc/self/mountinfo", dir, "m", 0600, &d), 0,
	       "from another file system, of unknown size");
	io_read(AT_FDCWD, "/proc/self/mountinfo", 1 << 20, &b, &d);
	is_str(slurp("m"), b.s, "its bytes");
	buf_free(&b);
	for (const char **n = (const char *[]){ "a", "b", "e", "f", "m", NULL }; *n; n++)
		unlinkat(dir, *n, 0);
}

static void test_directories(void)
{
	char path[PATH_MAX];
	int fd;

	is_int(io_mkdir(dir, "d", 0750, &d), 0, "mkdir");
	is_int(mode_of("d"), 0750, "its mode");
	is_int(io_mkdir(dir, "d", 0755, &d), 0, "mkdir again");
	is_int(io_mkdir(dir, "x/y", 0755, &d), -1, "mkdir makes no parents");
	is_str(d.text, "cannot make the directory x/y: No such file or directory", "text");
	make_empty("f");
	is_int(io_mkdir(dir, "f", 0755, &d), -1, "a file has the name");
	is_int(errno, ENOTDIR, "ENOTDIR");
	is_str(d.text, "f is a regular file, expected a directory", "text");
	symlinkat("d", dir, "l");
	is_int(io_mkdir(dir, "l", 0755, &d), -1, "a link to a directory has the name");
	is_str(d.text, "l is a symbolic link, expected a directory", "text");

	fd = io_opendir(dir, "d", &d);
	ok(fd >= 0, "opendir");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "close-on-exec");
	is_int(io_sync_dir(fd, &d), 0, "sync_dir");
	close(fd);
	is_int(io_sync_dir(fd, &d), -1, "sync_dir of nothing");
	is_str(d.text, "cannot flush the directory: Bad file descriptor", "text");
	is_int(io_opendir(dir, "l", &d), -1, "opendir follows no link");
	is_str(d.text, "l is a symbolic link, expected a directory", "text");
	is_int(io_opendir(dir, "f", &d), -1, "opendir of a file");
	is_str(d.text, "f is a regular file, expected a directory", "text");
	is_int(io_opendir(dir, "n", &d), -1, "opendir of nothing");
	is_int(errno, ENOENT, "ENOENT");
	is_str(d.text, "cannot open the directory n: No such file or directory", "text");

	snprintf(path, sizeof path, "%s/l/a//b/./c//", tmp);
	is_int(io_mkdirs(path, 0700, &d), 0, "mkdirs, through a link, with odd slashes");
	is_int(mode_of("d/a/b/c"), 0700, "it is there");
	is_int(io_mkdirs(path, 0755, &d), 0, "mkdirs again");
	is_int(mode_of("d/a/b/c"), 0700, "changes no mode");
	snprintf(path, sizeof path, "%s/f/a", tmp);
	is_int(io_mkdirs(path, 0755, &d), -1, "mkdirs through a file");
	is_int(errno, ENOTDIR, "ENOTDIR");
	snprintf(path, sizeof path, "%s/f is a regular file, expected a directory", tmp);
	is_str(d.text, path, "text");
	snprintf(path, sizeof path, "%s/f", tmp);
	is_int(io_mkdirs(path, 0755, &d), -1, "mkdirs onto a file");
	is_int(io_mkdirs("/", 0755, &d), 0, "mkdirs of /");
	is_int(io_mkdirs("", 0755, &d), -1, "mkdirs of nothing");
	is_str(d.text, "cannot make the directory \"\": No such file or directory", "text");
	for (const char **n = (const char *[]){ "d", "f", "l", NULL }; *n; n++)
		is_int(io_remove_tree(dir, *n, &d), 0, "remove %s", *n);
}

/* "l" is a link that leads to itself: what is behind it nobody can tell. */
static void test_there(void)
{
	is_int(symlinkat("l", dir, "l"), 0, "(a link to itself)");
	is_int(io_there(dir, "nothing", &d), 0, "a name that is not there");
	is_int(io_there(dir, "nothing/below", &d), 0, "nor its directory");
	is_int(io_there(dir, "l", &d), 1, "a link is there by itself");
	is_int(io_there(dir, "l/below", &d), -1, "what cannot be looked for is not told to be absent");
	is_int(d.err, ELOOP, "and why");
	is_int(io_there(dir, "l/below", NULL), -1, "also without words");
	unlinkat(dir, "l", 0);
}

static void test_remove_tree(void)
{
	char path[200], text[300];

	is_int(io_remove_tree(dir, "nothing", &d), 0, "a name that is not there");
	is_int(io_remove_tree(dir, "nothing/below", &d), 0, "nor its directory");
	mkdirat(dir, "keep", 0755);
	make_empty("keep/me");
	mkdirat(dir, "t", 0755);
	symlinkat("../keep", dir, "t/link");
	symlinkat("/nonexistent", dir, "t/dangling");
	make_empty("t/.hidden");
	mkfifoat(dir, "t/fifo", 0);
	mkdirat(dir, "t/empty", 0755);
	for (int i = 0; i < 300; i++) {
		snprintf(path, sizeof path, "t/%03d", i);
		mkdirat(dir, path, 0755);
		snprintf(path, sizeof path, "t/%03d/a file", i);
		make_empty(path);
	}
	symlinkat("keep", dir, "s");
	is_int(io_remove_tree(dir, "s", &d), 0, "a link to a directory");
	ok(!exists("s") && exists("keep/me"), "only the link goes");
	is_int(io_remove_tree(dir, "t", &d), 0, "a tree of all sorts");
	ok(!exists("t"), "is gone");
	ok(exists("keep/me"), "links in it were not followed");
	snprintf(path, sizeof path, "%s/keep", tmp);
	is_int(io_remove_tree(AT_FDCWD, path, &d), 0, "by its path");
	ok(!exists("keep"), "is gone");
	snprintf(path, sizeof path, "%s/f", tmp);
	make_empty("f");
	is_int(io_remove_tree(dir, "f/below", &d), -1, "below a file");
	snprintf(text, sizeof text, "cannot remove f/below: Not a directory");
	is_str(d.text, text, "text");
	is_int(errno, ENOTDIR, "errno is kept");
	is_int(io_remove_tree(dir, "f", &d), 0, "a file");
	is_int(count_entries(), 0, "all gone");
}

/* Deeper than descriptors, stack and PATH_MAX would allow, with a wall at each end. */
static void test_remove_deep(void)
{
	const int depth = 3000;
	int at = dup(dir), next;

	for (int i = 0; i < depth; i++) {
		mkdirat(at, "d", 0755);
		close(openat(at, "file", O_WRONLY | O_CREAT, 0600));
		next = openat(at, "d", O_RDONLY | O_DIRECTORY);
		close(at);
		at = next;
		if (i % 500 == 70)
			close(openat(at, ".deep.3", O_WRONLY | O_CREAT, 0600));
	}
	close(at);
	unlinkat(dir, "file", 0);
	mkdirat(dir, "d/.deep.0", 0755);		/* left by a removal that was killed */
	make_empty("d/.deep.0/x");
	make_empty("d/.deep.1");
	is_int(io_remove_tree(dir, "d", &d), 0, "a tree %d deep", depth);
	ok(!exists("d"), "is gone");
}

/* In a child, so that root becomes an ordinary user for whom modes count. */
static void as_user(int (*what)(void), const char *says)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		if (!getuid() && (setgid(65534) || setuid(65534)))
			_exit(99);
		_exit(what());
	}
	waitpid(child, &status, 0);
	is_int(status, 0, "%s", says);
}

static int remove_walled(void)
{
	mkdirat(dir, "w", 0755);
	mkdirat(dir, "w/a", 0755);
	make_empty("w/a/f");
	mkdirat(dir, "w/b", 0755);
	make_empty("w/b/f");
	fchmodat(dir, "w/a", 0, 0);
	fchmodat(dir, "w/b", 0555, 0);
	fchmodat(dir, "w", 0500, 0);
	return io_remove_tree(dir, "w", NULL) || exists("w");
}

static int remove_deep_walled(void)
{
	int at = dup(dir), next;

	for (int i = 0; i < 200; i++) {
		mkdirat(at, "d", 0755);
		next = openat(at, "d", O_RDONLY | O_DIRECTORY);
		if (i)
			fchmod(at, 0555);
		close(at);
		at = next;
	}
	close(at);
	return io_remove_tree(dir, "d", NULL) || exists("d");
}

static int remove_refused(void)
{
	if (io_remove_tree(dir, "root-owned", &d) != -1 || errno != EACCES)
		return 1;
	return strcmp(d.text, "cannot remove x in root-owned: Permission denied") != 0;
}

static int drop_unreadable(void)
{
	struct buf b = BUF_INIT;

	if (io_read(dir, "secret", 9, &b, &d) != -1 || errno != EACCES)
		return 1;
	return strcmp(d.text, "cannot open secret: Permission denied") != 0;
}

static void test_as_user(void)
{
	mode_t old = umask(0);

	fchmod(dir, 0777);
	as_user(remove_walled, "directories without permissions are removed by their owner");
	as_user(remove_deep_walled, "also far down");
	if (getuid()) {
		skip("not root: nothing here belongs to somebody else");
	} else {
		mkdirat(dir, "root-owned", 0755);
		make_empty("root-owned/x");
		io_create(dir, "secret", 0600, "x", 1, NULL);
		as_user(remove_refused, "somebody else's tree is refused, with the reason");
		as_user(drop_unreadable, "an unreadable file is refused, with the reason");
		io_remove_tree(dir, "root-owned", NULL);
		unlinkat(dir, "secret", 0);
	}
	umask(old);
	is_int(count_entries(), 0, "all gone");
}

/* A dataset bound into a sandbox must survive the sandbox's removal. */
static int remove_mounted(void)
{
	char data[100], in[100], want[100];

	if (unshare(CLONE_NEWNS) || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL))
		return 77;
	mkdirat(dir, "data", 0755);
	make_empty("data/precious");
	mkdirat(dir, "box", 0755);
	mkdirat(dir, "box/in", 0755);
	make_empty("box/other");
	snprintf(data, sizeof data, "%s/data", tmp);
	snprintf(in, sizeof in, "%s/box/in", tmp);
	if (mount(data, in, "none", MS_BIND, NULL))
		return 77;
	if (io_remove_tree(dir, "box", &d) != -1 || errno != EBUSY)
		return 1;
	snprintf(want, sizeof want, "cannot remove in in box: Device or resource busy");
	if (strcmp(d.text, want) || !exists("data/precious") || exists("box/other"))
		return 2;
	if (umount(in) || io_remove_tree(dir, "box", NULL))
		return 3;
	return exists("data/precious") ? 0 : 4;
}

static void test_mounted(void)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child)
		_exit(remove_mounted());
	waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip("no right to mount: what is mounted in a tree stays, could not be tried");
	else
		is_int(status, 0, "what is mounted in a tree is not emptied");
	io_remove_tree(dir, "data", NULL);
	io_remove_tree(dir, "box", NULL);
}

static void test_names(void)
{
	static const char *const good[] = {
		"a", "job.yaml", "a.b.c", "with space", "a..", "-x", "~", "gr\xc3\xbcn",
		"\xe2\x82\xac", "\xf0\x9f\x9a\x80", "\xed\x9f\xbf", "\xee\x80\x80",
		"\xf4\x8f\xbf\xbf", "\xc2\xa0", "a\"b", "a:b", NULL };
	static const char *const bad[] = {
		"", ".", "..", ".a", "a/b", "/", "a\\b", "a\nb", "a\tb", "\x01", "\x1f", "\x7f",
		"\xc2\x80", "\xc2\x9f", "\xff", "\xc3", "\xc3(", "\x80", "\xc0\xaf", "\xc1\xbf",
		"\xe0\x80\xaf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\xaf",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82",
		NULL };
	char name[260];

	for (const char *const *n = good; *n; n++)
		ok(io_name_ok(*n), "good name %ld", (long)(n - good));
	for (const char *const *n = bad; *n; n++)
		ok(!io_name_ok(*n), "bad name %ld", (long)(n - bad));
	memset(name, 'x', sizeof name);
	name[255] = '\0';
	ok(io_name_ok(name), "255 bytes");
	name[255] = 'x';
	name[256] = '\0';
	ok(!io_name_ok(name), "256 bytes");
}

int main(void)
{
	int fds;

	if (!mkdtemp(tmp) || (dir = open(tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		bail("no directory %s: %s", tmp, strerror(errno));
	umask(022);
	fds = count_fds();
	test_read();
	test_large();
	test_not_regular();
	test_interrupted();
	test_sized();
	test_fd();
	test_publish();
	test_publish_leftovers();
	test_modes();
	test_disk_full();
	test_append();
	test_copy();
	test_directories();
	test_there();
	test_remove_tree();
	test_remove_deep();
	test_as_user();
	test_mounted();
	test_names();
	slurp(NULL);
	is_int(count_fds(), fds, "no descriptor leaks");
	is_int(count_entries(), 0, "nothing is left behind");
	close(dir);
	rmdir(tmp);
	return done();
}
