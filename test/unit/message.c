/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What readers refuse lies in test/documents/message/; here is that what was
 * written comes back, and that whatever is written can be read. */
#include "message.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "instant.h"
#include "tap.h"

/* One line out of text, into *l; the reader stays open for its strings. */
static bool take(struct line_reader *r, const struct buf *b, struct line *l)
{
	struct diag d = DIAG_INIT;

	line_open(r, b->s, b->len);
	if (line_next(r, l, &d) == 1)
		return true;
	note("%d:%d: %s\n%s", d.line, d.col, d.text, b->s);
	return false;
}

static const struct uuid job = { { 1, 0x93, 0xa2, 0xb4, 0x5c, 0x6d, 0x7e, 0x8f, 0x90, 0x12, 0x34,
				   0x56, 0x78, 0x9a, 0xbc, 0xde } };

static void assigns(void)
{
	static const char body[] = "task: {type: process}";
	struct message_input inputs[] = {
		{ "words", "words-2", 6922426, { { 1 } } }, { "0", "1e5", 0, { { 2 } } },
	};
	struct message_assign m = {
		.job = job, .attempt = 3, .owner = 1000, .user = "ann", .name = "square: root, {2}",
		.lease = 1795316400123000, .cores = 2, .memory = 1ull << 30,
		.walltime = 90 * MINUTE_US, .length = HOUR_US, .start = 3 * DAY_US, .input = inputs, .inputs = 2, .body = body,
		.body_len = sizeof body - 1,
	}, back;
	struct tree t = TREE_INIT;
	struct buf b = BUF_INIT;
	struct line_reader r;
	struct diag d = DIAG_INIT;
	struct line l;

	message_write_assign(&b, &m);
	if (!ok(take(&r, &b, &l), "an assignment is a line"))
		return;
	is_int(message_kind(&l, &d), SAY_ASSIGN, "that can be told apart");
	is_int(message_read_assign(&t, &l, &back, &d), 0, "and read: %s", d.text);
	ok(!uuid_cmp(&back.job, &job), "job");
	is_int(back.attempt, 3, "attempt");
	is_int(back.owner, 1000, "owner");
	is_str(back.user, "ann", "user");
	is_str(back.name, m.name, "name");
	is_int(back.lease, m.lease, "lease");
	is_int(back.cores, 2, "cores");
	is_int(back.memory, 1 << 30, "memory");
	is_int(back.walltime, m.walltime, "walltime");
	is_int(back.length, m.length, "length");
	is_int(back.start, m.start, "start");
	is_int(back.inputs, 2, "inputs");
	is_str(back.input[0].dataset, "words-2", "their datasets");
	is_str(back.input[1].name, "0", "and names, though they look like numbers");
	ok(digest_eq(&back.input[0].digest, &inputs[0].digest), "and digests");
	ok(back.body_len == m.body_len && !memcmp(back.body, body, m.body_len), "the request");
	line_close(&r);

	buf_reset(&b);
	m = (struct message_assign){ .job = job, .attempt = 1, .owner = 7, .cores = 1,
				     .body = "---\na: b\n", .body_len = 9 };
	message_write_assign(&b, &m);
	ok(take(&r, &b, &l), "the least assignment is a line");
	is_int(message_read_assign(&t, &l, &back, &d), 0, "and can be read: %s", d.text);
	is_str(back.user, "7", "who has no name is a number");
	is_str(back.name, NULL, "the job has none");
	ok(back.body_len == 9 && !memcmp(back.body, "---\na: b\n", 9), "its own separator is kept");
	line_close(&r);
	buf_free(&b);
	tree_free(&t);
}

static void jobs(void)
{
	struct message_job m = { job, 2, "no \"longer\" needed\n" }, back;
	struct buf b = BUF_INIT;
	struct line_reader r;
	struct diag d;
	struct line l;

	for (int k = SAY_CANCEL; k <= SAY_SETTLE; k++) {
		buf_reset(&b);
		message_write_job(&b, (enum message_kind)k, &m);
		take(&r, &b, &l);
		is_int(message_kind(&l, &d), k, "cancel and settle are told apart");
		is_int(message_read_job(&l, &back, &d), 0, "and read");
		ok(!uuid_cmp(&back.job, &job) && back.attempt == 2, "job and attempt");
		is_str(back.reason, m.reason, "reason");
		line_close(&r);
	}
	buf_free(&b);
}

static void reports(void)
{
	struct message_file files[] = {
		{ .path = "stdout", .text = "a\n\"b\"\\\t\xc3\xa4\x01", .len = 10 },
		{ .path = "out/x y.dat", .payload = "0193.1.0", .size = 5ull << 30,
		  .digest = { { 9 } } },
		{ .path = "stderr", .text = "", .len = 0 },
		{ .path = "true", .text = "null", .len = 4 },
	};
	struct message_report m = {
		.job = job, .attempt = 1, .phase = PHASE_FAILED, .time = 1795316400123000,
		.exit = 1, .signal = -1, .cause = "job", .text = "exit status 1",
		.start = 1795316400000000, .end = 1795316401000000, .wall = 1.25, .user = 0.5,
		.system = 0.000001, .maxrss = 12345678, .limits = "cgroup-v1", .staged = 77,
		.file = files, .files = 4,
	}, back;
	struct tree t = TREE_INIT;
	struct buf b = BUF_INIT;
	struct line_reader r;
	struct diag d = DIAG_INIT;
	struct line l;

	for (size_t i = 0; i < 4; i++)
		if (!files[i].payload) {
			files[i].size = files[i].len;
			digest_bytes(files[i].text, files[i].len, &files[i].digest);
		}
	message_write_report(&b, &m);
	if (!ok(take(&r, &b, &l), "a report is a line"))
		return;
	is_int(message_kind(&l, &d), SAY_REPORT, "that can be told apart");
	is_int(message_read_report(&t, &l, &back, &d), 0, "and read: %s", d.text);
	is_int(back.phase, PHASE_FAILED, "phase");
	is_int(back.time, m.time, "time");
	is_int(back.exit, 1, "exit");
	is_int(back.signal, -1, "no signal");
	is_str(back.cause, "job", "cause");
	is_str(back.text, "exit status 1", "text");
	ok(back.start == m.start && back.end == m.end, "start and end");
	ok(back.wall == m.wall && back.user == m.user && back.system == m.system, "seconds");
	ok(back.maxrss == m.maxrss && back.staged == m.staged, "bytes");
	is_str(back.limits, "cgroup-v1", "limits");
	if (is_int(back.files, 4, "files")) {
		is_str(back.file[0].text, files[0].text, "inline, with control characters");
		is_int(back.file[0].len, 10, "of this length");
		is_str(back.file[1].payload, "0193.1.0", "or as payload");
		is_str(back.file[1].text, NULL, "and then without text");
		ok(back.file[1].size == 5ull << 30, "size");
		is_int(back.file[2].len, 0, "an empty one");
		is_str(back.file[3].text, "null", "one that looks like something else");
	}
	line_close(&r);
	buf_free(&b);
	tree_free(&t);
}

static void running(void)
{
	struct message_report m = { .job = job, .attempt = 1, .phase = PHASE_RUNNING, .exit = -1,
				    .signal = -1, .time = 1795316400123000 }, back;
	struct tree t = TREE_INIT;
	struct buf b = BUF_INIT;
	struct line_reader r;
	struct diag d;
	struct line l;

	message_write_report(&b, &m);
	is_str(b.s, "--- {report: 0193a2b4-5c6d-7e8f-9012-3456789abcde, attempt: 1, "
	       "phase: running, time: 2026-11-22T03:00:00.123Z}\n",
	       "what does not apply is not written");
	take(&r, &b, &l);
	is_int(message_read_report(&t, &l, &back, &d), 0, "and need not be there");
	ok(back.exit == -1 && back.signal == -1 && !back.cause && !back.files, "nor is it then");
	line_close(&r);
	buf_free(&b);
	tree_free(&t);
}

static void paths(void)
{
	static const char *const good[] = {
		"a", "out/x", "a.b/..c/d..", ".hidden", "...", "a b", "\xc3\xa4", "-", "a:b", "a\\b",
	};
	static const char *const bad[] = {
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "./a", "a/.", "a\nb",
		"a\x7f", "\x1b[0m", "a\xff", "\xc3", "\xc2\x85", "a/\xc0\xae\xc0\xae/b",
	};
	char longest[1026];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ok(message_path_ok(good[i]), "a path: %s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!message_path_ok(bad[i]), "no path: %zu of these", i + 1);
	memset(longest, 'x', 1025);
	longest[1025] = '\0';
	ok(!message_path_ok(longest + 1025 - 256), "no path: a name longer than 255 bytes");
	ok(message_path_ok(longest + 1025 - 255), "a path: 255 bytes");
	for (int i = 100; i < 1000; i += 100)
		longest[i] = '/';
	ok(!message_path_ok(longest), "no path: longer than 1024 bytes");
	ok(message_path_ok(longest + 1), "a path: 1024 bytes");
}

static void texts(void)
{
	char *large = malloc(MESSAGE_INLINE_MAX + 1);

	if (!large)
		bail("no memory");
	memset(large, 'x', MESSAGE_INLINE_MAX + 1);
	ok(message_text_ok(large, MESSAGE_INLINE_MAX), "inline: up to this size");
	ok(!message_text_ok(large, MESSAGE_INLINE_MAX + 1), "not inline: larger");
	free(large);
	ok(message_text_ok("", 0), "inline: nothing");
	ok(message_text_ok("a\n\t\x01\x1b\x7f", 6), "inline: control characters");
	ok(!message_text_ok("a\0b", 3), "not inline: NUL");
	ok(!message_text_ok("a\xff", 2), "not inline: no UTF-8");
	ok(!message_text_ok("a\xc3", 2), "not inline: half a character");
	ok(!message_text_ok("a\xc2\x85", 3), "not inline: control characters beyond ASCII");
}

/* Texts of any bytes but NUL. */
static const char *any_text(char *room, size_t most)
{
	size_t n = chance(most);

	if (chance(4) == 0)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		room[i] = chance(3) ? (char)('a' + chance(26)) : (char)chance(UINT64_MAX);
		if (!room[i])
			room[i] = ' ';
	}
	room[n] = '\0';
	return room;
}

static double any_seconds(void)
{
	switch (chance(6)) {
	case 0: return NAN;
	case 1: return INFINITY;
	case 2: return -1;
	case 3: return 1e300;
	default: return (double)chance(100000) / 1000;
	}
}

struct garbage {
	struct message_report m;
	char text[3000], cause[20], limits[100], path[8][40], payload[8][40], content[8][200];
	struct message_file file[8];
};

static void make_garbage(struct garbage *g)
{
	struct message_report *m = &g->m;

	*m = (struct message_report){
		.job = job, .attempt = 1 + (uint32_t)chance(9),
		.phase = PHASE_WAITING + (int)chance(7), .time = (int64_t)chance(UINT64_MAX),
		.exit = (int)chance(600) - 100, .signal = (int)chance(200) - 50,
		.cause = any_text(g->cause, sizeof g->cause), .text = any_text(g->text, sizeof g->text),
		.start = (int64_t)chance(UINT64_MAX), .end = (int64_t)chance(UINT64_MAX), .wall = any_seconds(),
		.user = any_seconds(), .system = any_seconds(), .maxrss = chance(UINT64_MAX),
		.limits = any_text(g->limits, sizeof g->limits), .staged = chance(UINT64_MAX), .file = g->file,
		.files = (uint32_t)chance(8),
	};
	for (uint32_t i = 0; i < m->files; i++) {
		struct message_file *f = &g->file[i];
		const char *path = any_text(g->path[i], sizeof g->path[i]);

		*f = (struct message_file){ .path = path ? path : "stdout", .size = chance(UINT64_MAX) };
		f->payload = any_text(g->payload[i], sizeof g->payload[i]);
		if (f->payload)
			continue;
		f->text = any_text(g->content[i], sizeof g->content[i]);
		f->size = f->len = f->text ? strlen(f->text) : 0;
		digest_bytes(f->text ? f->text : "", f->len, &f->digest);
	}
}

static void writes_what_can_be_read(void)
{
	struct garbage *g = malloc(sizeof *g);
	struct tree t = TREE_INIT;
	struct buf b = BUF_INIT;
	int good = 0, rounds = 10000;
	uint32_t files = 0;

	if (!g)
		bail("no memory");
	for (; good < rounds; good++) {
		struct diag d = DIAG_INIT;
		struct message_report back;
		struct line_reader r;
		struct line l;
		bool read;

		make_garbage(g);
		buf_reset(&b);
		message_write_report(&b, &g->m);
		read = take(&r, &b, &l) && message_read_report(&t, &l, &back, &d) == 0;
		line_close(&r);
		if (!read) {
			note("%d:%d: %s\n%s", d.line, d.col, d.text, b.s);
			break;
		}
		files += back.files;
		tree_free(&t);
	}
	is_int(good, rounds, "whatever is reported can be read");
	ok(files > 100, "with files (%u)", files);
	buf_free(&b);
	free(g);
}

static void cuts(void)
{
	struct message_job m = { job, 1, NULL }, back;
	struct buf b = BUF_INIT, text = BUF_INIT;
	struct line_reader r;
	struct diag d;
	struct line l;

	for (int i = 0; i < 700; i++)
		buf_adds(&text, "\xc3\xa4");
	m.reason = text.s;
	message_write_job(&b, SAY_CANCEL, &m);
	take(&r, &b, &l);
	is_int(message_read_job(&l, &back, &d), 0, "a long text is cut");
	is_int(strlen(back.reason), MESSAGE_TEXT_MAX, "to this length");
	ok(message_text_ok(back.reason, strlen(back.reason)), "and not within a character");
	line_close(&r);
	buf_free(&b);
	buf_free(&text);
}

/* Not even a full line of files may be more than a reader takes. */
static void large_files(void)
{
	struct message_file file = { .len = MESSAGE_INLINE_MAX, .size = MESSAGE_INLINE_MAX };
	struct message_report m = { .job = job, .attempt = 1, .phase = PHASE_COMPLETED, .exit = 0,
				    .signal = -1, .files = 20, .omitted = 3 }, back;
	struct tree t = TREE_INIT;
	struct buf b = BUF_INIT;
	struct line_reader r;
	struct diag d = DIAG_INIT;
	struct line l;
	char *text = malloc(MESSAGE_INLINE_MAX);

	m.file = calloc(m.files, sizeof *m.file);
	if (!m.file || !text)
		bail("no memory");
	memset(text, 1, MESSAGE_INLINE_MAX);
	file.text = text;
	file.path = "stdout";
	digest_bytes(text, MESSAGE_INLINE_MAX, &file.digest);
	for (uint32_t i = 0; i < m.files; i++)
		m.file[i] = file;
	m.file[19] = (struct message_file){ .path = "small", .payload = "p" };
	m.file[18].path = "../bad";
	message_write_report(&b, &m);
	take(&r, &b, &l);
	is_int(message_read_report(&t, &l, &back, &d), 0, "very large files can be read: %s", d.text);
	is_int(back.files, 4, "as far as there was room");
	is_str(back.file[3].path, "small", "for each by itself");
	is_int(back.omitted, 19, "and the others are counted");
	line_close(&r);
	buf_free(&b);
	free(m.file);
	free(text);
	tree_free(&t);
}

static void many_files(void)
{
	struct message_report m = { .job = job, .attempt = 1, .phase = PHASE_COMPLETED, .exit = 0,
				    .signal = -1, .files = MESSAGE_FILES_MAX + 500 }, back;
	struct tree t = TREE_INIT;
	struct buf b = BUF_INIT;
	struct line_reader r;
	struct diag d = DIAG_INIT;
	struct line l;

	m.file = calloc(m.files, sizeof *m.file);
	if (!m.file)
		bail("no memory");
	for (uint32_t i = 0; i < m.files; i++)
		m.file[i] = (struct message_file){ .path = "a", .payload = "b" };
	message_write_report(&b, &m);
	take(&r, &b, &l);
	is_int(message_read_report(&t, &l, &back, &d), 0, "very many files can be read: %s", d.text);
	is_int(back.files, MESSAGE_FILES_MAX, "as far as they were written");
	is_int(back.omitted, 500, "and the others are counted");
	line_close(&r);
	buf_free(&b);
	free(m.file);
	tree_free(&t);
}

int main(void)
{
	assigns();
	jobs();
	reports();
	running();
	paths();
	texts();
	cuts();
	many_files();
	large_files();
	writes_what_can_be_read();
	return done();
}
