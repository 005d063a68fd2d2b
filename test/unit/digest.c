/* SPDX-License-Identifier: GPL-2.0-or-later */
/* digest.h: the vectors of FIPS 180-4, files, text; SipHash's own vector. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "io.h"
#include "tap.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define TWO_BLOCKS "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
#define TWO "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
#define MILLION "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static const char *text_of(const struct digest *g)
{
	static char text[DIGEST_TEXT];

	digest_format(g, text);
	return text;
}

static void test_bytes(void)
{
	struct digest_state s;
	struct digest g;
	char as[1000];

	digest_bytes(NULL, 0, &g);
	is_str(text_of(&g), EMPTY, "nothing");
	digest_bytes("abc", 3, &g);
	is_str(text_of(&g), ABC, "abc");
	digest_bytes(TWO_BLOCKS, 56, &g);
	is_str(text_of(&g), TWO, "56 bytes");
	memset(as, 'a', sizeof as);
	digest_init(&s);
	for (int i = 0; i < 1000; i++) {
		digest_add(&s, as, 333);
		digest_add(&s, NULL, 0);
		digest_add(&s, as, 667);
	}
	digest_end(&s, &g);
	is_str(text_of(&g), MILLION, "a million a's in pieces");
}

static void test_file(void)
{
	char tmp[] = "/tmp/unit-digest.XXXXXX";
	char *as = malloc(1000000);
	struct diag d = DIAG_INIT;
	struct digest g;
	uint64_t size = 0;
	int dir;

	if (!mkdtemp(tmp) || (dir = open(tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		bail("no directory %s", tmp);
	memset(as, 'a', 1000000);
	io_create(dir, "as", 0600, as, 1000000, NULL);
	io_create(dir, "none", 0600, "", 0, NULL);
	symlinkat("as", dir, "link");
	mkfifoat(dir, "fifo", 0600);
	is_int(digest_file(dir, "as", &g, &size, &d), 0, "a file");
	is_str(text_of(&g), MILLION, "its digest");
	is_int(size, 1000000, "its size");
	is_int(digest_file(dir, "none", &g, NULL, &d), 0, "an empty file, no size wanted");
	is_str(text_of(&g), EMPTY, "its digest");
	is_int(digest_file(dir, "link", &g, NULL, &d), -1, "a symlink is refused");
	is_int(errno, ELOOP, "ELOOP");
	is_str(d.text, "link is a symbolic link, expected a regular file", "text");
	is_int(digest_file(dir, "fifo", &g, NULL, &d), -1, "a FIFO is refused at once");
	is_int(digest_file(dir, ".", &g, NULL, &d), -1, "a directory is refused");
	is_str(d.text, ". is not a regular file", "text");
	is_int(digest_file(dir, "x", &g, NULL, &d), -1, "a missing file");
	is_str(d.text, "cannot open x: No such file or directory", "text");
	is_int(errno, ENOENT, "ENOENT");
	is_int(io_remove_tree(AT_FDCWD, tmp, &d), 0, "clean up");
	close(dir);
	free(as);
}

static void test_text(void)
{
	struct diag d = DIAG_INIT;
	struct digest g, abc, before;
	char upper[65];

	digest_bytes("abc", 3, &abc);
	is_int(digest_parse(ABC, 64, &g, &d), 0, "parsed");
	ok(digest_eq(&g, &abc), "the same");
	for (int i = 0; i <= 64; i++)
		upper[i] = ABC[i] >= 'a' ? ABC[i] - 'a' + 'A' : ABC[i];
	memset(&g, 0, sizeof g);
	ok(!digest_eq(&g, &abc), "not the same");
	is_int(digest_parse(upper, 64, &g, &d), 0, "upper case");
	ok(digest_eq(&g, &abc), "is the same");
	before = g;
	is_int(digest_parse(EMPTY, 63, &g, &d), -1, "63 digits");
	is_str(d.text, "\"e3b0c44298fc1c149afbf4c8996fb92427ae4...\" is not a SHA-256 digest: "
	       "found the end, expected 64 hexadecimal digits", "the message");
	is_int(d.col, 64, "the column");
	is_int(digest_parse(EMPTY "0", 65, &g, &d), -1, "65 digits");
	is_str(d.text, "\"e3b0c44298fc1c149afbf4c8996fb92427ae4...\" is not a SHA-256 digest: "
	       "found \"0\", expected the end after 64 hexadecimal digits", "the message");
	is_int(digest_parse("3f2a...", 7, &g, &d), -1, "dots");
	is_str(d.text, "\"3f2a...\" is not a SHA-256 digest: found \"...\", "
	       "expected 64 hexadecimal digits", "the message");
	is_int(d.col, 5, "the column");
	is_int(digest_parse("", 0, &g, NULL), -1, "nothing");
	ok(digest_eq(&g, &before), "the value is as before");
}

static void test_hash(void)
{
	uint64_t low = UINT64_C(0x0706050403020100);
	unsigned char bytes[15];
	int differ = 0;

	for (int i = 0; i < 15; i++)
		bytes[i] = (unsigned char)i;
	ok(hash64(bytes, 15, low) == hash64(bytes, 15, low), "the same twice");
	ok(hash64(bytes, 15, low) != hash64(bytes, 15, low + 1), "another seed, another hash");
	ok(hash64(bytes, 15, low) != hash64(bytes, 14, low), "another length, another hash");
	ok(hash64(NULL, 0, 1) != hash64(NULL, 0, 2), "nothing has one too");
	for (int i = 0; i < 120; i++) {
		uint64_t before = hash64(bytes, 15, 5);

		bytes[i / 8] ^= (unsigned char)(1 << i % 8);
		differ += __builtin_popcountll(before ^ hash64(bytes, 15, 5));
		bytes[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	ok(differ > 120 * 29 && differ < 120 * 35, "one bit changes half of the hash's (%d of %d)",
	   differ, 120 * 64);
}

int main(void)
{
	test_bytes();
	test_file();
	test_text();
	test_hash();
	return done();
}
