/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lifetime.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grow.h"
#include "heap.h"
#include "instant.h"
#include "io.h"
#include "transition.h"

enum { MARK_PATH = 16 + UUID_TEXT, JOB_MAX = 64 << 20, AT_ONCE = 100 };
static const char dir_name[] = ".lifetimes";
static const int64_t again_after = MINUTE_US;

static void mark_path(const struct uuid *id, char out[MARK_PATH])
{
	char text[UUID_TEXT];

	uuid_format(id, text);
	snprintf(out, MARK_PATH, "%s/%s", dir_name, text);
}

bool lifetime_likely(const char *request, size_t len)
{
	return memmem(request, len, "lifetime", 8);
}

bool lifetime_holds(const struct hub *h, const struct uuid *job)
{
	char path[MARK_PATH];

	if (!h->lifetimes.count)
		return false;
	mark_path(job, path);
	return io_there(h->spool.results, path, NULL) != 0;
}

/* --- the soonest first --------------------------------------------------------------- */

static bool sooner(const void *a, const void *b, const void *of)
{
	(void)of;
	return ((const struct lifetime *)a)->due < ((const struct lifetime *)b)->due;
}

static int push(struct lifetimes *q, int64_t due, const struct uuid *id)
{
	if (!grow(&q->item, q->count, &q->cap, sizeof *q->item))
		return -1;
	q->item[q->count] = (struct lifetime){ due, *id };
	heap_up(q->item, sizeof *q->item, q->count++, sooner, NULL);
	return 0;
}

static struct lifetime pop(struct lifetimes *q)
{
	struct lifetime first = q->item[0];

	q->item[0] = q->item[--q->count];
	heap_down(q->item, sizeof *q->item, q->count, 0, sooner, NULL);
	return first;
}

void lifetime_free(struct hub *h)
{
	free(h->lifetimes.item);
	h->lifetimes = (struct lifetimes){ 0 };
}

/* --- marks --------------------------------------------------------------------------- */

static int set_mark(struct hub *h, const struct uuid *id, int64_t due, struct diag *d)
{
	struct timespec t = { due / SECOND_US, due % SECOND_US * 1000 };
	char path[MARK_PATH];
	int fd, r;

	mark_path(id, path);
	h->unflushed = true;
	if (io_mkdir(h->spool.results, dir_name, 0755, d) < 0)
		return -1;
	fd = openat(h->spool.results, path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return diag_errno(d, "cannot create results/%s", path);
	r = futimens(fd, (struct timespec[2]){ t, t });
	if (r < 0)
		diag_errno(d, "cannot date results/%s", path);
	close(fd);
	return r == 0 && push(&h->lifetimes, due, id) < 0 ? diag_nomem(d) : r;
}

int lifetime_recover(struct hub *h, struct diag *d)
{
	DIR *p;
	struct dirent *e;
	int r = io_there(h->spool.results, dir_name, d);

	if (r <= 0)
		return r;
	r = 0;
	p = io_list(h->spool.results, dir_name, d);
	while (r == 0 && p && (errno = 0, e = readdir(p))) {
		struct stat st;
		struct uuid id;

		if (uuid_parse(e->d_name, strlen(e->d_name), &id, NULL) < 0)
			continue;
		if (fstatat(dirfd(p), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			r = errno == ENOENT ? 0 : diag_errno(d, "cannot look at results/%s/%s", dir_name,
							     e->d_name);
		else if (push(&h->lifetimes, (int64_t)st.st_mtim.tv_sec * SECOND_US +
					st.st_mtim.tv_nsec / 1000, &id) < 0)
			r = diag_nomem(d);
	}
	if (r == 0 && p && errno)
		r = diag_errno(d, "cannot list results/%s", dir_name);
	if (p)
		closedir(p);
	return p ? r : -1;
}

/* --- what a job has ------------------------------------------------------------------- */

static bool lives(const struct storage *s)
{
	return s->managed && s->lifetime && !strcmp(s->type, "persistent");
}

static int read_request(const struct job_state *st, struct tree *t, struct request *r)
{
	struct diag d = DIAG_INIT;

	return tree_parse(t, st->body, st->body_len, NULL, &d) == 0 && request_read(t, t->root, r, &d) == 0
		? 0 : -1;
}

int lifetime_begin(struct hub *h, uint32_t j, struct diag *d)
{
	struct buf text = BUF_INIT;
	struct tree t = TREE_INIT;
	int64_t first = INT64_MAX;
	struct job_state st;
	struct request r;
	int got = 0;

	if (!h->jobs.job[j].lasting)
		return 0;
	got = transition_state(h, j, &text, &st, d);
	if (got == 0 && read_request(&st, &t, &r) == 0)
		for (uint32_t i = 0; i < r.storages; i++)
			if (lives(&r.storage[i]) && r.storage[i].lifetime < first)
				first = r.storage[i].lifetime;
	if (got == 0 && first != INT64_MAX)
		got = set_mark(h, &h->jobs.job[j].id, h->now + first, d);
	tree_free(&t);
	buf_free(&text);
	return got;
}

/* When the time of this storage is over; INT64_MAX: never, or it has gone. */
static int64_t ends(int results, const struct job_state *st, const struct storage *s)
{
	if (!lives(s) || io_there(results, s->name, NULL) == 0)
		return INT64_MAX;
	return st->since + s->lifetime;
}

/* Once, however often we were killed before it had gone. */
static void add_note(const struct buf *text, const struct job_state *st, const struct storage *s, int64_t now,
		     struct buf *line)
{
	const char *events = st->body + st->body_len;
	struct buf word = BUF_INIT;

	line_begin(&word);
	line_text(&word, "note", "the lifetime of its storage is over");
	line_text(&word, "released", s->name);
	line_time(&word, "time", now);
	line_end(&word);
	/* Up to the time it is the same each time. */
	if (word.failed)
		line->failed = true;
	else if (!memmem(events, (size_t)(text->s + text->len - events), word.s,
		    (size_t)((char *)memmem(word.s, word.len, ", time: ", 8) - word.s)))
		buf_add(line, word.s, word.len);
	buf_free(&word);
}

/* Storage whose time is over goes, and the file tells so before.  Returns when
 * the next one's is. */
static int64_t release(struct hub *h, int results, int jobs, const char *name, const struct buf *text,
		       const struct job_state *st, const struct request *r, struct diag *d)
{
	int64_t next = INT64_MAX;
	struct buf line = BUF_INIT;

	for (uint32_t i = 0; i < r->storages; i++)
		if (ends(results, st, &r->storage[i]) <= h->now)
			add_note(text, st, &r->storage[i], h->now, &line);
	h->unflushed = true;
	if (line.failed || (line.len && io_append(jobs, name, line.s, line.len, d) < 0)) {
		buf_free(&line);
		return h->now + again_after;
	}
	buf_free(&line);
	for (uint32_t i = 0; i < r->storages; i++) {
		int64_t end = ends(results, st, &r->storage[i]);

		if (end <= h->now)
			end = io_remove_tree(results, r->storage[i].name, NULL) < 0
				? h->now + again_after : INT64_MAX;
		if (end < next)
			next = end;
	}
	return next;
}

static int64_t release_job(struct hub *h, int phase, const struct uuid *id, struct diag *d)
{
	struct buf text = BUF_INIT;
	char name[SPOOL_JOB_NAME], dir[UUID_TEXT];
	int results, jobs = h->spool.jobs[phase];
	struct tree t = TREE_INIT;
	int64_t next = INT64_MAX;
	struct job_state st;
	struct request r;

	spool_job_name(id, name);
	uuid_format(id, dir);
	results = openat(h->spool.results, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (results >= 0 && io_read(jobs, name, JOB_MAX, &text, d) == 0 &&
	    jobfile_read(text.s, text.len, &st, d) == 0 && read_request(&st, &t, &r) == 0)
		next = release(h, results, jobs, name, &text, &st, &r, d);
	if (results >= 0)
		close(results);
	tree_free(&t);
	buf_free(&text);
	return next;
}

static void look(struct hub *h, const struct lifetime *l)
{
	int phase = spool_job_find(&h->spool, &l->job);
	struct diag d = DIAG_INIT;
	int64_t next = INT64_MAX;
	char path[MARK_PATH];

	/* One that has not ended ends later, and begins anew then. */
	if (phase >= 0 && phase_final((enum phase)phase))
		next = release_job(h, phase, &l->job, &d);
	mark_path(&l->job, path);
	if (next != INT64_MAX ? set_mark(h, &l->job, next, &d) < 0
			      : unlinkat(h->spool.results, path, 0) < 0 && errno != ENOENT)
		hub_log("results/%s: %s", path, d.text[0] ? d.text : strerror(errno));
}

int64_t lifetime_tick(struct hub *h)
{
	struct lifetimes *q = &h->lifetimes;

	for (int n = 0; n < AT_ONCE && q->count && q->item[0].due <= h->now; n++) {
		struct lifetime l = pop(q);

		look(h, &l);
	}
	return q->count ? q->item[0].due : INT64_MAX;
}
