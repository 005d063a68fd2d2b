/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datasets: what counts for the digest, what does not, and what is refused. */
#include "dataset.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "tap.h"

static int top;

static void put(const char *name, const char *text)
{
	int fd = openat(top, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bail("cannot write %s", name);
	close(fd);
}

static void make(const char *name)
{
	if (mkdirat(top, name, 0755) < 0)
		bail("cannot make %s", name);
}

static struct digest digest_of(const char *text)
{
	struct digest g;

	digest_bytes(text, strlen(text), &g);
	return g;
}

static void test_file(void)
{
	struct dataset_measure m;
	struct buf manifest = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct digest want = digest_of("hello\n");

	put("words", "hello\n");
	ok(dataset_measure(top, "words", &m, &manifest, &d) == 0, "a file is measured");
	is_int(m.bytes, 6, "its bytes");
	is_int(m.files, 1, "one file");
	ok(!m.directory, "no directory");
	ok(digest_eq(&m.digest, &want), "the digest is that of its bytes");
	is_str(manifest.s, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 6 "
	       "words\n", "the manifest has one line");
	buf_free(&manifest);

	ok(symlinkat("words", top, "link") == 0 && dataset_measure(top, "link", &m, NULL, &d) == 0 &&
	   digest_eq(&m.digest, &want), "a symlink at the top is followed");
	put("empty", "");
	want = digest_of("");
	ok(dataset_measure(top, "empty", &m, NULL, &d) == 0 && m.bytes == 0 &&
	   digest_eq(&m.digest, &want), "an empty file");
}

#define H_A "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"	/* "a" */
#define H_B "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"	/* "b" */
#define H_C "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6"	/* "c" */

static void test_tree(void)
{
	static const char lines[] =
		H_A " 1 .hidden\n"
		H_A " 1 a b\n"
		H_B " 1 sub-1\n"
		H_C " 1 sub/deep/c\n"
		H_A " 1 sub/z\n";
	struct dataset_measure m, again;
	struct buf manifest = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct digest want = digest_of(lines);

	make("tree");
	make("tree/sub");
	make("tree/sub/deep");
	make("tree/void");
	put("tree/sub/z", "a");
	put("tree/sub/deep/c", "c");
	put("tree/sub-1", "b");
	put("tree/a b", "a");
	put("tree/.hidden", "a");
	ok(dataset_measure(top, "tree", &m, &manifest, &d) == 0, "a tree is measured");
	is_str(manifest.s, lines, "the manifest is sorted by the whole path, bytewise");
	ok(digest_eq(&m.digest, &want), "the digest is that of the manifest");
	is_int(m.bytes, 5, "bytes of all files");
	is_int(m.files, 5, "files");
	ok(m.directory, "a directory");
	buf_free(&manifest);

	fchmodat(top, "tree/a b", 0600, 0);
	unlinkat(top, "tree/void", AT_REMOVEDIR);
	ok(dataset_measure(top, "tree", &again, NULL, &d) == 0 && digest_eq(&again.digest, &m.digest),
	   "modes and empty directories do not count");
	renameat(top, "tree/a b", top, "tree/a c");
	ok(dataset_measure(top, "tree", &again, NULL, &d) == 0 && !digest_eq(&again.digest, &m.digest),
	   "names do");
	make("void");
	want = digest_of("");
	ok(dataset_measure(top, "void", &m, NULL, &d) == 0 && m.files == 0 &&
	   digest_eq(&m.digest, &want), "an empty directory has the digest of nothing");
}

static void test_refused(void)
{
	struct dataset_measure m;
	struct diag d = DIAG_INIT;

	make("bad");
	make("bad/in");
	ok(symlinkat("/etc/passwd", top, "bad/in/escape") == 0 &&
	   dataset_measure(top, "bad", &m, NULL, &d) < 0, "a symlink below is refused");
	like(d.text, "in/escape is neither", "and named");
	unlinkat(top, "bad/in/escape", 0);
	ok(mkfifoat(top, "bad/pipe", 0600) == 0 && dataset_measure(top, "bad", &m, NULL, &d) < 0,
	   "a FIFO is refused, not read");
	unlinkat(top, "bad/pipe", 0);
	put("bad/two\nlines", "x");
	ok(dataset_measure(top, "bad", &m, NULL, &d) < 0, "a name with a newline is refused");
	ok(mkfifoat(top, "pipe", 0600) == 0 && dataset_measure(top, "pipe", &m, NULL, &d) < 0,
	   "a FIFO at the top too");
	ok(dataset_measure(top, "nowhere", &m, NULL, &d) < 0, "and what is not there");
	like(d.text, "cannot open nowhere", "with its name");
}

/* What was changed and made to look as before. */
static void test_prints(void)
{
	struct dataset_prints a = { 0 }, b = { 0 };
	struct diag d = DIAG_INIT;
	struct timespec old[2] = { { 1000, 5 }, { 1000, 5 } };

	put("feigned", "one");
	utimensat(top, "feigned", old, 0);
	ok(dataset_prints(top, "feigned", &a, &d) == 0 &&
	   dataset_prints(top, "feigned", &b, &d) == 0 && a.content == b.content && a.any == b.any,
	   "what is left alone has the same prints");
	/* As soon as the file system's clock has gone on. */
	for (int tries = 0; a.any == b.any && tries < 300; tries++) {
		usleep(20000);
		put("feigned", "two");
		utimensat(top, "feigned", old, 0);
		if (dataset_prints(top, "feigned", &b, &d) < 0)
			break;
	}
	ok(a.content == b.content && a.any != b.any, "a time that was set back shows in one of them");
}

static void test_fingerprint(void)
{
	uint64_t a, b, file;
	struct diag d = DIAG_INIT;
	struct timespec old[2] = { { 1000, 5 }, { 1000, 5 } };

	ok(dataset_fingerprint(top, "tree", &a, &d) == 0 &&
	   dataset_fingerprint(top, "tree", &b, &d) == 0 && a == b, "a tree left alone stays the same");
	put("tree/sub/z", "aa");
	ok(dataset_fingerprint(top, "tree", &b, &d) == 0 && a != b, "a longer file shows");
	utimensat(top, "tree/sub/z", old, 0);
	ok(dataset_fingerprint(top, "tree", &a, &d) == 0 && a != b, "a newer one too");
	renameat(top, "tree/sub/z", top, "tree/sub/y");
	ok(dataset_fingerprint(top, "tree", &b, &d) == 0 && a != b, "and another name");
	ok(dataset_fingerprint(top, "words", &file, &d) == 0 &&
	   dataset_fingerprint(top, "link", &a, &d) == 0, "files and links have one");
	put("words2", "hello\n");
	renameat(top, "words2", top, "words");
	ok(dataset_fingerprint(top, "words", &b, &d) == 0 && b != file,
	   "the same bytes in another file show");
	test_prints();
	ok(dataset_fingerprint(top, "nowhere", &a, &d) < 0, "nothing has none");
}

static void test_deep(void)
{
	struct dataset_measure m;
	struct diag d = DIAG_INIT;
	int fd = top, next = -1;

	make("deep");
	for (int i = 0; i < 140; i++) {
		next = i ? (mkdirat(fd, "d", 0755), openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
			 : openat(fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd != top)
			close(fd);
		fd = next;
	}
	close(fd);
	ok(dataset_measure(top, "deep", &m, NULL, &d) < 0, "140 levels are refused");
	like(d.text, "nested more than 128", "saying so");
}

int main(void)
{
	char dir[] = "/tmp/dataset.XXXXXX";

	if (!mkdtemp(dir) || (top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		bail("no temporary directory");
	test_file();
	test_tree();
	test_refused();
	test_fingerprint();
	test_deep();
	close(top);
	io_remove_tree(AT_FDCWD, dir, NULL);
	return done();
}
