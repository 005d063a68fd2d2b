/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jobfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instant.h"
#include "tap.h"

static const char request[] = "task: {type: process}\nname: x\n";
static const int64_t then = INT64_C(1795316400123000);

static struct job_record record(void)
{
	struct job_record r = { .owner = 1000, .user = "ann", .name = "square root", .drop = "sqrt.yaml",
				.source = "1234-17000.000000001-210", .time = then,
				.shape = UINT64_C(0xfedcba9876543210) };

	uuid_parse("01939a3c-0000-7000-8000-000000000001", UUID_LEN, &r.id, NULL);
	return r;
}

static void add_event(struct buf *b, const char *phase, const char *site, int attempt, int message)
{
	line_begin(b);
	line_text(b, "phase", phase);
	line_time(b, "time", then + (int64_t)b->len * SECOND_US);
	if (site)
		line_text(b, "site", site);
	if (attempt)
		line_int(b, "attempt", attempt);
	if (message)
		line_int(b, "message", message);
	line_end(b);
}

static void whole_story(struct buf *b)
{
	struct job_record r = record();

	jobfile_begin(b, &r, request, strlen(request));
	add_event(b, "waiting", "north", 1, 17);
	add_event(b, "running", "north", 1, 0);
	add_event(b, "pending", NULL, 1, 0);
	add_event(b, "waiting", "south", 2, 4);
	line_begin(b);
	line_text(b, "command", "cancel");
	line_time(b, "time", then);
	line_end(b);
	add_event(b, "cancelled", "south", 2, 0);
}

static void reads_a_record(void)
{
	struct job_record r = record();
	struct buf b = BUF_INIT;
	struct job_state st;
	struct diag d = DIAG_INIT;

	jobfile_begin(&b, &r, request, strlen(request));
	is_int(jobfile_read(b.s, b.len, &st, &d), 0, "a new job is read: %s", d.text);
	ok(!uuid_cmp(&st.record.id, &r.id), "with its id");
	is_int(st.record.owner, 1000, "owner");
	is_str(st.record.user, "ann", "user");
	is_str(st.record.name, "square root", "name");
	is_str(st.record.drop, "sqrt.yaml", "drop");
	is_str(st.record.source, r.source, "source");
	is_int(st.record.time, then, "time");
	ok(st.record.shape == r.shape, "and shape");
	ok(st.body_len == strlen(request) && !memcmp(st.body, request, st.body_len), "and the request");
	is_int(st.body_line, 3, "which begins on line 3");
	is_int(st.phase, PHASE_PENDING, "it is pending");
	is_int(st.since, then, "since it was taken");
	is_int(st.attempt, 0, "and was never assigned");
	is_str(st.site, "", "to nobody");
	is_int(st.whole, b.len, "and is whole");
	buf_free(&b);
}

static void follows_the_story(void)
{
	struct buf b = BUF_INIT;
	struct job_state st;
	struct diag d = DIAG_INIT;
	struct { enum phase phase; const char *site; unsigned attempt, message; bool cancelling; } want[] = {
		{ PHASE_PENDING, "", 0, 0, false }, { PHASE_WAITING, "north", 1, 17, false },
		{ PHASE_RUNNING, "north", 1, 17, false }, { PHASE_PENDING, "", 1, 17, false },
		{ PHASE_WAITING, "south", 2, 4, false }, { PHASE_WAITING, "south", 2, 4, true },
		{ PHASE_CANCELLED, "south", 2, 4, false },
	};
	size_t at, step = 0;
	bool all = true;

	whole_story(&b);
	at = (size_t)(strstr(b.s, "name: x\n") + 8 - b.s);
	/* Cut at every byte behind the request: the last whole line counts. */
	for (size_t cut = at; cut <= b.len; cut++) {
		char *copy = malloc(cut + 1);

		memcpy(copy, b.s, cut);
		if (cut > at && b.s[cut - 1] == '\n')
			step++, at = cut;
		if (jobfile_read(copy, cut, &st, &d) < 0 || st.phase != want[step].phase ||
		    strcmp(st.site, want[step].site) || st.attempt != want[step].attempt ||
		    st.message != want[step].message || st.cancelling != want[step].cancelling ||
		    st.whole != at) {
			note("cut at %zu: %s %s, attempt %u, whole %zu, not %zu: %s", cut,
			     phase_name(st.phase), st.site, st.attempt, st.whole, at, d.text);
			all = false;
		}
		free(copy);
	}
	ok(all, "torn at any byte, the last whole line tells the state");
	is_int(step, 6, "through all of them");
	buf_free(&b);
}

static void torn_record(void)
{
	struct buf b = BUF_INIT;
	struct job_state st;
	size_t whole;
	bool all = true;

	whole_story(&b);
	whole = (size_t)(strstr(b.s, "name: x\n") + 8 - b.s);
	for (size_t cut = 0; cut < whole; cut++) {
		char *copy = malloc(cut + 1);
		struct diag d = DIAG_INIT;

		memcpy(copy, b.s, cut);
		if (jobfile_read(copy, cut, &st, &d) == 0 || d.err != ENODATA) {
			note("cut at %zu: %s (%d)", cut, d.text, d.err);
			all = false;
		}
		free(copy);
	}
	ok(all, "torn before the end of the request, it was never finished");
	buf_free(&b);
}

/* A file system may leave zeros where data never came. */
static void zeros(void)
{
	struct buf b = BUF_INIT;
	struct job_state st;
	struct diag d = DIAG_INIT;
	size_t whole;

	whole_story(&b);
	whole = b.len;
	add_event(&b, "running", "south", 2, 0);
	memset(b.s + whole, 0, b.len - whole);
	is_int(jobfile_read(b.s, b.len, &st, &d), 0, "zeros behind the last line are a torn end: %s", d.text);
	is_int(st.whole, whole, "and are not part of it");
	is_int(st.phase, PHASE_CANCELLED, "what stands before counts");
	memset(b.s, 0, b.len);
	is_int(jobfile_read(b.s, b.len, &st, &d), -1, "a file of zeros");
	is_int(d.err, ENODATA, "was never finished");
	buf_free(&b);
}

static void names_of_any_kind(void)
{
	static const char *const names[] = {
		"\xff\xfe\xfd.yaml", "a\nb.yaml", " .yaml", "\"'\\.yaml", "--- {a: b}.yaml", "\xc3\xa4.yaml", "#.yaml",
		"\x01\x1b[0m.yaml", "null", "12", "a: b",
	};
	struct job_state st;
	struct diag d = DIAG_INIT;
	bool all = true;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct job_record r = record();
		struct buf b = BUF_INIT;

		snprintf(r.drop, sizeof r.drop, "%s", names[i]);
		snprintf(r.name, sizeof r.name, "%s", names[i]);
		jobfile_begin(&b, &r, request, strlen(request));
		add_event(&b, "waiting", "north", 1, 1);
		if (jobfile_read(b.s, b.len, &st, &d) < 0 || st.phase != PHASE_WAITING || st.whole != b.len ||
		    (i && strcmp(st.record.drop, names[i]))) {
			note("name %zu: %s", i, d.text);
			all = false;
		}
		buf_free(&b);
	}
	ok(all, "a drop may be called anything");
	for (int c = 1; c < 256 && all; c++) {
		struct job_record r = record();
		struct buf b = BUF_INIT;

		memset(r.drop, c, 255);
		memset(r.name, c, 255);
		memset(r.user, c, 63);
		jobfile_begin(&b, &r, request, strlen(request));
		if (jobfile_read(b.s, b.len, &st, &d) < 0) {
			note("255 times 0x%02x: %s", c, d.text);
			all = false;
		}
		buf_free(&b);
	}
	ok(all, "and that as long as a name can be");
}

/* Not torn but wrong: somebody's hand, or a disk.  Left alone, so it has to be told apart. */
static void refuses(void)
{
	static const struct { const char *find, *put, *said; int line; } bad[] = {
		{ "job: ", "jab: ", "unknown field \"jab\" in the record of a job", 1 },
		{ "owner: 1000", "owner: me", "owner: expected", 1 },
		{ "xfedcba9876543210", "0xedcba9876543210", "`shape` has to be x and 16 hexadecimal digits", 1 },
		{ "xfedcba9876543210", "xfedcba987654321g", "`shape` has to be x and 16 hexadecimal digits", 1 },
		{ "drop: sqrt.yaml, ", "", "drop", 1 },
		{ ", bytes: 30", "", "has no `bytes`", 1 },
		{ "bytes: 30", "bytes: 28", "does not end at the end of a line", 1 },
		{ "bytes: 30", "bytes: 22", "expected a line", 4 },
		{ "phase: running", "phase: jumping", "\"jumping\" is no phase of a job", 6 },
		{ "phase: running", "phase: [running]", "\"\" is no phase of a job", 6 },
		{ "attempt: 2", "attempt: x", "attempt: expected", 8 },
		{ "--- {phase: running", "-- {phase: running", "expected a line", 6 },
	};
	struct job_state st;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct buf b = BUF_INIT, c = BUF_INIT;
		struct diag d = DIAG_INIT;
		char *at;

		whole_story(&b);
		at = strstr(b.s, bad[i].find);
		if (!at)
			bail("%s", bad[i].find);
		buf_add(&c, b.s, (size_t)(at - b.s));
		buf_adds(&c, bad[i].put);
		buf_adds(&c, at + strlen(bad[i].find));
		is_int(jobfile_read(c.s, c.len, &st, &d), -1, "refused: %s", bad[i].put);
		like(d.text, bad[i].said, "with the reason");
		is_int(d.line, bad[i].line, "and the line");
		is_int(d.err, 0, "and is not taken for torn");
		buf_free(&b);
		buf_free(&c);
	}
}

static void walks_the_events(void)
{
	struct buf b = BUF_INIT;
	struct line_reader r;
	struct line l;
	struct diag d = DIAG_INIT;
	int n = 0;

	whole_story(&b);
	is_int(jobfile_events(&r, b.s, b.len, &d), 0, "the events can be walked");
	while (line_next(&r, &l, &d) > 0)
		n += line_key_equals(&l, "attempt", "1");
	is_int(n, 3, "all of them");
	line_close(&r);
	is_int(jobfile_events(&r, "", 0, &d), -1, "but not those of nothing");
	line_close(&r);
	buf_free(&b);
}

int main(void)
{
	reads_a_record();
	follows_the_story();
	torn_record();
	zeros();
	names_of_any_kind();
	refuses();
	walks_the_events();
	return done();
}
