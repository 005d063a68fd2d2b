/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "jobfile.h"
#include "reservation_file.h"
#include "transaction_file.h"
#include "tree.h"

/* The hub answers at the latest when eight messages have none: spoold/sites/say.c. */
enum { MOST_UNDER_WAY = 3, MOST_UNANSWERED = 8 };

struct judging {
	struct life *l;
	int flags;
	struct buf *out;
	int wrong;
	struct { int jobs, tasks, rejected, wholes; char id[37]; } seen[LIFE_DROPS];
	struct buf effects, accounts;
	int messages[4], asking[4];	/* north down, north up, south down, south up */
};

__attribute__((format(printf, 2, 3)))
static void wrong(struct judging *j, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_addf(j->out, "%s\n", text);
	j->wrong++;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* --- one job file ---------------------------------------------------------------- */

/* Only legal transitions, attempts never going back. */
static void judge_history(struct judging *j, const char *path, const struct buf *text)
{
	enum phase at = PHASE_PENDING;
	struct line_reader r;
	struct line l;
	long attempt = 0;

	if (jobfile_events(&r, text->s, text->len, NULL) < 0) {
		wrong(j, "%s: no history", path);
		return;
	}
	while (line_next(&r, &l, NULL) > 0) {
		const struct node *phase = node_get(l.map, "phase"), *n = node_get(l.map, "attempt");
		int to = phase ? phase_parse(phase->text, strlen(phase->text)) : -1;
		long now = n ? atol(n->text) : attempt;

		if (to < 0)
			continue;
		if (to != (int)at && !phase_may(at, (enum phase)to))
			wrong(j, "%s: from %s to %s", path, phase_name(at), phase_name((enum phase)to));
		if (to == (int)at && to != PHASE_PENDING)
			wrong(j, "%s: %s twice", path, phase_name(at));
		if (to == PHASE_WAITING ? now != attempt + 1 : now != attempt)
			wrong(j, "%s: attempt %ld after %ld", path, now, attempt);
		attempt = now;
		at = (enum phase)to;
	}
	line_close(&r);
}

static int drop_named(const struct judging *j, const char *drop)
{
	for (int i = 0; i < j->l->kind->drops; i++) {
		size_t n = strlen(j->l->kind->drop[i].name);

		if (!strncmp(drop, j->l->kind->drop[i].name, n) && drop[n] == '.')
			return i;
	}
	return -1;
}

/* --- results and effects ------------------------------------------------------------------ */

static void judge_content(struct judging *j, const char *name, const char *file, const char *want)
{
	struct buf text = life_read(j->l, file);

	/* A task of an array says which it is behind that. */
	if (strncmp(text.s, want, strlen(want)) || (ends_with(want, "\n") && text.len != strlen(want)))
		wrong(j, "%s of %s is \"%.100s\"", file, name, text.s);
	buf_free(&text);
}

static void judge_result(struct judging *j, const struct life_drop *p, const char *id, const char *name)
{
	char file[PATH_MAX];
	struct buf text;

	if (p->result) {
		snprintf(file, sizeof file, "disk/spool/results/%s/%s", id, p->result);
		judge_content(j, name, file, p->content);
	}
	if (p->stored) {
		snprintf(file, sizeof file, "disk/store/%s", p->stored);
		judge_content(j, name, file, p->content);
	}
	if (strcmp(name, "large"))
		return;
	snprintf(file, sizeof file, "disk/spool/results/%s/stdout", id);
	text = life_read(j->l, file);
	if (text.len != 6 * 20000)
		wrong(j, "%zu bytes of the large result came home", text.len);
	buf_free(&text);
}

static int count_lines(const char *text, const char *line)
{
	size_t n = strlen(line);
	int found = 0;

	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n')
		found += !strncmp(p, line, n) && p[n] == '\n';
	return found;
}

static void judge_effects(struct judging *j, const struct job_state *st)
{
	char line[512];

	for (uint32_t attempt = 1; attempt <= st->attempt; attempt++) {
		int n;

		snprintf(line, sizeof line, "%s %u", st->record.name, attempt);
		n = count_lines(j->effects.s, line);
		if (n > 1)
			wrong(j, "%s was run %d times in attempt %u", st->record.name, n, attempt);
		if (attempt == st->attempt && !n && st->phase != PHASE_CANCELLED)
			wrong(j, "%s never ran in its last attempt, %u", st->record.name, attempt);
	}
}

/* One line at least for its last attempt. */
static void judge_used(struct judging *j, const struct job_state *st, const char *id)
{
	char key[64];

	snprintf(key, sizeof key, "%s,%u,", id, st->attempt);
	if (!strstr(j->accounts.s, key))
		wrong(j, "accounting: nothing of %s", st->record.name);
}

/* --- jobs, reservations, transactions -------------------------------------------------------- */

static void judge_end(struct judging *j, const struct life_drop *p, const struct job_state *st,
		      const char *id)
{
	const char *name = st->record.name;

	if (p->jobs && !st->record.member)
		wrong(j, "%s does not name its transaction", name);
	if (strcmp(phase_name(st->phase), p->end))
		wrong(j, "job %s is %s, should be %s", name, phase_name(st->phase), p->end);
	if (st->record.tasks)
		return;
	if (j->flags & JUDGE_ONE_ATTEMPT && st->attempt > 1)
		wrong(j, "job %s took %u attempts", name, st->attempt);
	judge_result(j, p, id, name);
	if (p->effect) {
		judge_effects(j, st);
		judge_used(j, st, id);
	}
}

static void judge_job(struct judging *j, const char *path, const char *name)
{
	char file[PATH_MAX], phase[32], id[37];
	struct diag d = DIAG_INIT;
	struct job_state st;
	struct buf text;
	int i;

	snprintf(file, sizeof file, "disk/%s", path);
	snprintf(phase, sizeof phase, "%.*s", (int)strcspn(path + 11, "/"), path + 11);
	snprintf(id, sizeof id, "%.36s", name);
	text = life_read(j->l, file);
	if (jobfile_read(text.s, text.len, &st, &d) < 0) {
		wrong(j, "%s cannot be read: %s", path, d.text);
		goto out;
	}
	if (st.whole < text.len)
		wrong(j, "%s has a torn end", path);
	if (strcmp(phase_name(st.phase), phase))
		wrong(j, "%s: its history says %s", path, phase_name(st.phase));
	judge_history(j, path, &text);
	i = drop_named(j, st.record.drop);
	if (i < 0 || !j->l->kind->drop[i].end) {
		wrong(j, "%s was made from the drop %s", path, st.record.drop);
		goto out;
	}
	*(st.record.task ? &j->seen[i].tasks : &j->seen[i].jobs) += 1;
	memcpy(j->seen[i].id, id, sizeof id);
	judge_end(j, &j->l->kind->drop[i], &st, id);
out:
	buf_free(&text);
}

/* The file of a reservation or a transaction: of which drop, and in its place. */
static void judge_whole(struct judging *j, const char *path, bool slot)
{
	char file[PATH_MAX], phase[32], drop[256] = "";
	const char *says = "nothing", *at = strchr(path + strlen("spool/"), '/') + 1;
	struct reservation_state r;
	struct transaction_state x;
	struct buf text;
	size_t whole = 0;
	int i;

	snprintf(file, sizeof file, "disk/%s", path);
	snprintf(phase, sizeof phase, "%.*s", (int)strcspn(at, "/"), at);
	text = life_read(j->l, file);
	if (slot && reservation_file_read(text.s, text.len, &r, NULL) == 0) {
		says = reservation_phase_name(r.phase);
		snprintf(drop, sizeof drop, "%s", r.record.drop);
		whole = r.whole;
	} else if (!slot && transaction_file_read(text.s, text.len, &x, NULL) == 0) {
		says = transaction_phase_name(x.phase);
		snprintf(drop, sizeof drop, "%s", x.record.drop);
		whole = x.whole;
		free(x.member);
	}
	i = drop_named(j, drop);
	if (i < 0 || j->l->kind->drop[i].slot != slot) {
		wrong(j, "%s was made from the drop %s", path, drop);
	} else {
		j->seen[i].wholes++;
		if (whole != text.len || strcmp(says, phase) ||
		    strcmp(phase, slot ? j->l->kind->drop[i].end : "ended"))
			wrong(j, "%s: its history says %s", path, says);
	}
	buf_free(&text);
}

/* --- what lies where ----------------------------------------------------------------- */

/* One that only says that the site lives asks for no answer: some of those may
 * stay beside what is under way, and do where passes take long. */
static void judge_message(struct judging *j, const char *path)
{
	const char *site = path + strlen("spool/sites/");
	int box = (!strncmp(site, "south/", 6) ? 2 : 0) + (strstr(site, "/up/") ? 1 : 0);
	struct buf text = BUF_INIT;
	char file[PATH_MAX];
	bool asks;

	snprintf(file, sizeof file, "disk/%s", path);
	text = life_read(j->l, file);
	asks = !strstr(site, "/up/") || (text.len && strstr(text.s, "\n--- {report: "));
	buf_free(&text);
	if (++j->messages[box] == MOST_UNDER_WAY + MOST_UNANSWERED + 1)
		wrong(j, "more than %d messages in %s", MOST_UNDER_WAY + MOST_UNANSWERED, path);
	if (asks && ++j->asking[box] == MOST_UNDER_WAY + 1)
		wrong(j, "more than three messages that ask for an answer in %s", path);
}

static void judge_rejected(struct judging *j, const char *path, const char *name)
{
	char file[PATH_MAX];
	struct buf reason;
	int i = drop_named(j, name);

	if (!ends_with(name, ".yaml"))
		return;
	if (i >= 0)
		j->seen[i].rejected++;
	else if (strncmp(name, "trust-", 6))
		wrong(j, "%s: who has dropped that?", path);
	snprintf(file, sizeof file, "disk/%.*s.reason", (int)strlen(path) - 5, path);
	reason = life_read(j->l, file);
	if (!reason.len || reason.s[reason.len - 1] != '\n')
		wrong(j, "%s has no whole reason beside it", path);
	buf_free(&reason);
}

static bool below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && path[n] == '/';
}

static void visit(void *ctx, const char *path, const char *name, const struct stat *st)
{
	static const char *const empty[] = {
		"spool/inbox", "north/waiting", "north/preparing", "north/running", "north/ended",
		"south/waiting", "south/preparing", "south/running", "south/ended",
	};
	struct judging *j = ctx;

	/* The cache keeps notes beside what it holds. */
	if (ends_with(name, ".tmp") || (name[0] == '.' && !strstr(path, "/cache/")))
		wrong(j, "%s is left", path);
	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
		if (below(path, empty[i]))
			wrong(j, "%s is left", path);
	if (!S_ISREG(st->st_mode))
		return;
	if (strstr(path, "/up/files/"))
		wrong(j, "%s is left", path);
	else if (below(path, "spool/sites") && (strstr(path, "/up/0") || strstr(path, "/down/0")))
		judge_message(j, path);
	else if (below(path, "spool/jobs"))
		judge_job(j, path, name);
	else if (below(path, "spool/reservations") || below(path, "spool/transactions"))
		judge_whole(j, path, below(path, "spool/reservations"));
	else if (below(path, "spool/rejected"))
		judge_rejected(j, path, name);
}

/* --- what was used ------------------------------------------------------------------------- */

static int count_commas(const char *line)
{
	int n = 0;

	for (; *line && *line != '\n'; line++)
		n += *line == ',';
	return n;
}

/* Each line is as whole as the first, which names the columns. */
static void read_accounts(struct judging *j)
{
	char dir[PATH_MAX + 64];
	struct buf *all = &j->accounts;
	struct dirent *e;
	DIR *p;

	snprintf(dir, sizeof dir, "%s/disk/spool/accounting", j->l->top);
	p = opendir(dir);
	while (p && (e = readdir(p)))
		if (e->d_name[0] != '.')
			io_read(dirfd(p), e->d_name, 1 << 20, all, NULL);
	if (p)
		closedir(p);
	for (const char *line = all->s; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (count_commas(line) != count_commas(all->s))
			wrong(j, "accounting: %.*s", (int)strcspn(line, "\n"), line);
}

static void judge_drop(struct judging *j, int i)
{
	const struct life_drop *p = &j->l->kind->drop[i];
	bool whole = p->slot || p->jobs;

	if (j->seen[i].wholes != whole)
		wrong(j, "the drop %s was taken %d times", p->name, j->seen[i].wholes);
	if (j->seen[i].jobs != (p->slot || !p->end ? 0 : p->jobs ? p->jobs : 1))
		wrong(j, "%d jobs were made of the drop %s", j->seen[i].jobs, p->name);
	if (j->seen[i].tasks != p->tasks)
		wrong(j, "%d tasks were made of the drop %s", j->seen[i].tasks, p->name);
	if (j->seen[i].rejected != p->wrong && (p->end || p->wrong))
		wrong(j, "the drop %s was rejected %d times", p->name, j->seen[i].rejected);
}

/* Nobody of ours is alive, so one with processes is another's: its name comes
 * from the number of an inode, which is used again. */
static bool is_left(const char *group)
{
	double until = trace_clock() + 2;
	char path[PATH_MAX];
	struct buf pids = BUF_INIT;
	bool left;

	snprintf(path, sizeof path, "%s/cgroup.procs", group);
	do {
		buf_reset(&pids);
		left = io_read(AT_FDCWD, path, 1 << 20, &pids, NULL) == 0 && !pids.len;
	} while (left && trace_clock() < until && usleep(20000) == 0);
	buf_free(&pids);
	return left;
}

/* The one of the name `spool` is the parent of all. */
static void judge_groups(struct judging *j)
{
	const struct buf *b = &j->l->groups;

	for (size_t i = 0; i < b->len; i += strlen(b->s + i) + 1)
		if (!ends_with(b->s + i, "/spool") && is_left(b->s + i))
			wrong(j, "the cgroup %s is left", b->s + i);
}

static bool none(struct trace *t, void *ctx)
{
	(void)ctx;
	return trace_alive(t, NULL) == 0;
}

int judge(struct life *l, int flags, struct buf *out)
{
	struct judging j = { .l = l, .flags = flags, .out = out };
	char disk[PATH_MAX + 8];

	if (!trace_until(&l->trace, none, NULL, 5))
		wrong(&j, "%d processes are left", trace_alive(&l->trace, NULL));
	judge_groups(&j);
	j.effects = life_read(l, "effects");
	j.accounts = (struct buf)BUF_INIT;
	read_accounts(&j);
	snprintf(disk, sizeof disk, "%s/disk", l->top);
	tree_walk(disk, visit, &j);
	for (int i = 0; i < l->kind->drops; i++)
		judge_drop(&j, i);
	for (const char *p = l->trouble.s; *p; p += strcspn(p, "\n"), p += *p == '\n')
		wrong(&j, "%.*s", (int)strcspn(p, "\n"), p);
	buf_free(&j.effects);
	buf_free(&j.accounts);
	return j.wrong;
}
