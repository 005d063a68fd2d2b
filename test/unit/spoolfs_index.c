/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index without a mount: lists by value, numbers used again, what becomes stale. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "index.h"
#include "names.h"
#include "tap.h"

static struct spool spool = { .root = -1 };
static struct index ix;

static struct uuid id_of(uint8_t n)
{
	return (struct uuid){ .b = { 1, [6] = 0x70, [8] = 0x80, [15] = n } };
}

/* As if it had been read from a file. */
static void load(uint8_t n, enum phase phase, const char *site, const char *more)
{
	struct job_record r = { .id = id_of(n), .owner = 1000, .time = 1795318420000000, .shape = 7,
				.user = "ann", .drop = "d.yaml", .source = "1-2-3" };
	struct facts f = FACTS_INIT;
	struct uuid id = id_of(n);
	uint32_t number;

	snprintf(r.name, sizeof r.name, "%s", n % 2 ? "odd" : "even");
	jobfile_begin(&f.text, &r, "task: x\n", 8);
	buf_addf(&f.text, "--- {phase: %s, time: 2026-11-22T03:00:00.000Z, site: %s, attempt: 1%s}\n",
		 phase_name(phase), site, more);
	story_read(&f.story, &id, phase, f.text.s, f.text.len);
	story_status(&f.story, &f.status);
	story_why(&f.story, &f.why);
	f.owner = r.owner;
	snprintf(f.shape, sizeof f.shape, "x%016x", 7);
	number = index_put(&ix, &id, phase);
	ok(number && index_apply(&ix, number, &f) == 0, "job %u is %s", n, phase_name(phase));
	facts_free(&f);
}

static uint32_t count(enum by by, const char *text)
{
	uint32_t number = value_find(&ix.by[by], text, strlen(text)), n = 0, i;

	for (i = number ? ix.by[by].v[number].head : 0; i; i = ix.job[i].list[by].next)
		n++;
	if (number)
		is_int(n, ix.by[by].v[number].count, "%s is counted right", text);
	return n;
}

static struct job *job(uint8_t n)
{
	struct uuid id = id_of(n);

	return &ix.job[index_find(&ix, &id)];
}

/* How many notes speak of this name; then none are left. */
static int stale_names(const char *name)
{
	int n = 0;

	for (size_t i = 0; i < ix.stale.n; i++)
		n += ix.stale.item[i].name && !strcmp(ix.stale.item[i].name, name);
	stale_free(&ix.stale);
	return n;
}

static void test_lists(void)
{
	for (uint8_t n = 1; n <= 5; n++)
		load(n, PHASE_WAITING, "north", "");
	is_int(count(BY_PHASE, "waiting"), 5, "by phase");
	is_int(count(BY_NAME, "odd"), 3, "by name");
	is_int(count(BY_USER, "ann"), 5, "by user");
	load(3, PHASE_RUNNING, "south", "");
	is_int(count(BY_PHASE, "waiting"), 4, "one has left");
	is_int(count(BY_PHASE, "running"), 1, "and come");
	is_int(count(BY_SITE, "north"), 4, "from one site");
	is_int(count(BY_SITE, "south"), 1, "to another");
	is_int(count(BY_NAME, "odd"), 3, "with the same name");
	load(3, PHASE_RUNNING, "north", "");
	is_int(value_find(&ix.by[BY_SITE], "south", 5), 0, "a site without jobs is gone");
	is_int(job(3)->attempt, 1, "the attempt is known");
}

static void test_stale(void)
{
	stale_free(&ix.stale);
	load(1, PHASE_RUNNING, "north", "");
	is_int(stale_names("status"), 0, "nobody looked: nothing is stale");
	index_see(&ix, job(1), JOB_SEEN_FILES | JOB_SEEN_LINK << BY_PHASE);
	uint64_t before = index_ino(&ix, job(1), TREE_STATUS), log = index_ino(&ix, job(1), TREE_LOG);
	load(1, PHASE_RELEASING, "north", "");
	ok(index_ino(&ix, job(1), TREE_STATUS) != before, "the next status is another inode");
	ok(index_ino(&ix, job(1), TREE_LOG) == log, "the log is the same");
	is_int(stale_names("01000000-0000-7000-8000-000000000001"), 1, "the link that was seen is stale");
	index_see(&ix, job(1), JOB_SEEN_FILES);
	load(1, PHASE_COMPLETED, "north", ", exit: 0");
	is_int(stale_names("status"), 1, "what was seen is stale");
	load(1, PHASE_COMPLETED, "north", ", exit: 1");
	is_int(stale_names("status"), 0, "once");
}

static void test_shape(void)
{
	struct why w = { .text = BUF_INIT, .mtime = 5 };

	load(2, PHASE_PENDING, "", "");
	ok(!index_shape(&ix, job(2)), "a shape that nothing is said of");
	index_see(&ix, job(2), JOB_SEEN_FILES);
	buf_adds(&w.text, "north: no\nsouth: no\n");
	index_explain(&ix, "x0000000000000007", &w);
	ok(index_shape(&ix, job(2)), "is explained");
	ok(!index_shape(&ix, job(3)), "to those that wait");
	is_str(value_text(&ix.reasons, index_shape(&ix, job(2))->reason), "north: no; south: no",
	       "in one line");
	is_int(stale_names("why"), 1, "and who asked before is told");
	buf_free(&w.text);
	index_explain(&ix, "x0000000000000007", &(struct why)WHY_INIT);
	ok(!index_shape(&ix, job(2)), "until it is taken back");
}

static void test_numbers(void)
{
	struct uuid id = id_of(5);
	uint32_t number = index_find(&ix, &id);
	uint64_t old = index_ino(&ix, job(5), TREE_JOB);

	index_remove(&ix, number);
	is_int(index_find(&ix, &id), 0, "a job that left is not found");
	ok(!index_job(&ix, tree_index(old), tree_gen(old)), "nor by its inode");
	load(9, PHASE_WAITING, "north", "");
	is_int(tree_index(index_ino(&ix, job(9), TREE_JOB)), number, "its number is used again");
	ok(!index_job(&ix, tree_index(old), tree_gen(old)), "and is another's");
	index_turn(&ix, number);
	ok(index_ino(&ix, job(9), TREE_JOB) != tree_ino(TREE_JOB, number, job(9)->gen, 0),
	   "a removed directory comes back as another");
	for (uint32_t n = 0; n < 5000; n++) {
		struct uuid many = { .b = { 2, [12] = (uint8_t)(n >> 8), [15] = (uint8_t)n } };

		if (!index_put(&ix, &many, PHASE_PENDING))
			bail("no memory");
	}
	is_int(count(BY_PHASE, "pending"), 5001, "many");
	for (uint32_t i = ix.n - 1; i; i--)
		if (ix.job[i].used)
			index_remove(&ix, i);
	is_int(ix.live, 0, "and none");
	is_int(count(BY_PHASE, "pending"), 0, "in no list");
	is_int(ix.by[BY_USER].live + ix.by[BY_NAME].live + ix.by[BY_SITE].live + ix.reasons.live, 0,
	       "and no values are left but the phases");
}

static void test_names(void)
{
	struct names s;
	char path[PATH_MAX];
	uint64_t a, b, top;

	names_init(&s);
	a = names_look(&s, TREE_REJECTED, "a");
	b = names_look(&s, a, "b");
	ok(names_path(&s, b, &top, path), "a path");
	is_str(path, "a/b", "of two");
	is_int((long long)top, TREE_REJECTED, "below rejected");
	ok(names_look(&s, TREE_REJECTED, "a") == a, "one number for one name");
	names_move(&s, TREE_REJECTED, "a", "c");
	ok(names_path(&s, b, &top, path) && !strcmp(path, "c/b"), "renamed");
	names_drop(&s, TREE_REJECTED, "c");
	ok(!names_path(&s, b, &top, path), "dropped");
	ok(names_look(&s, TREE_REJECTED, "c") != a, "another file of that name is another number");
	names_forget(&s, b, 1);
	names_forget(&s, a, 1);
	names_forget(&s, a, 1);
	ok(!names_path(&s, a, &top, path), "forgotten");
	names_free(&s);
}

int main(void)
{
	if (index_init(&ix, &spool, NULL) < 0)
		bail("no memory");
	test_lists();
	test_stale();
	test_shape();
	test_numbers();
	test_names();
	index_free(&ix);
	return done();
}
