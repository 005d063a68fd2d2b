/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "question.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "draft_part.h"
#include "drop_name.h"
#include "io.h"
#include "patience.h"
#include "refusal.h"
#include "request.h"
#include "view.h"

enum { MOST_QUESTIONS = 50 /* of one user */, KEEP = 600 /* seconds */, ANSWER_MAX = 16 << 20 };

struct question {
	struct question *next;
	struct author author;
	char *name;		/* NULL: removed */
	struct buf text, answer;
	unsigned version, asked;	/* of the text */
	unsigned opens;
	time_t used;
	struct timespec mtime;
};

void questions_init(struct questions *q)
{
	*q = (struct questions){ .first = NULL };
	pthread_mutex_init(&q->lock, NULL);
}

static void destroy(struct questions *qs, struct question *q)
{
	struct question **at = &qs->first;

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	free(q->name);
	buf_free(&q->text);
	buf_free(&q->answer);
	free(q);
}

void questions_free(struct questions *qs)
{
	while (qs->first)
		destroy(qs, qs->first);
	pthread_mutex_destroy(&qs->lock);
}

/* --- the list; under the lock ------------------------------------------------------ */

static struct question *find(const struct questions *qs, uid_t uid, const char *name)
{
	struct question *q = qs->first;

	while (q && !(q->name && q->author.uid == uid && !strcmp(q->name, name)))
		q = q->next;
	return q;
}

static void sweep(struct questions *qs)
{
	time_t now = draft_seconds();
	struct question *q, *next;

	for (q = qs->first; q; q = next) {
		next = q->next;
		if (!q->opens && (!q->name || now - q->used > KEEP))
			destroy(qs, q);
	}
}

static void touch(struct question *q)
{
	q->used = draft_seconds();
	clock_gettime(CLOCK_REALTIME, &q->mtime);
}

static int make(struct questions *qs, const struct author *a, const char *name, struct question **out)
{
	unsigned n = 0;
	struct question *q;

	for (q = qs->first; q; q = q->next)
		n += q->author.uid == a->uid;
	if (n >= MOST_QUESTIONS)
		return EDQUOT;
	q = calloc(1, sizeof *q);
	if (!q || !(q->name = strdup(name))) {
		free(q);
		return ENOMEM;
	}
	q->author = *a;
	q->text = q->answer = (struct buf)BUF_INIT;
	q->next = qs->first;
	qs->first = q;
	*out = q;
	return 0;
}

/* "job.answer" is what is answered to job.yaml; false: it is no answer's name. */
static bool is_answer(const char *name)
{
	size_t n = strlen(name), m = strlen(".answer");

	return n > m && !strcmp(name + n - m, ".answer");
}

static struct question *find_answered(const struct questions *qs, uid_t uid, const char *name)
{
	size_t n = strlen(name) - strlen(".answer");
	struct question *q;

	for (q = qs->first; q; q = q->next)
		if (q->name && q->author.uid == uid && q->answer.len && !strncmp(q->name, name, n) &&
		    q->name[n] == '.' && !strchr(q->name + n + 1, '.'))
			break;
	return q;
}

/* --- by the kernel's calls ----------------------------------------------------------- */

static void empty(struct question *q)
{
	q->version += q->text.len > 0;
	buf_reset(&q->text);
	buf_reset(&q->answer);
}

int question_open(struct view *v, const struct author *a, const char *name, bool create,
		  bool truncate, struct question **out)
{
	struct questions *qs = &v->questions;
	int err = 0;

	if (!v->root && a->uid != geteuid())
		return EACCES;
	if (create && (is_answer(name) || !drop_name_ends_well(name) || !io_name_ok(name)))
		return EINVAL;
	pthread_mutex_lock(&qs->lock);
	sweep(qs);
	*out = find(qs, a->uid, name);
	if (!*out)
		err = create ? make(qs, a, name, out) : ENOENT;
	if (!err) {
		if (truncate)
			empty(*out);
		(*out)->opens++;
		touch(*out);
	}
	pthread_mutex_unlock(&qs->lock);
	return err;
}

static int resize(struct question *q, size_t size)
{
	size_t old = q->text.len;

	if (size > REQUEST_MAX_BYTES)
		return EFBIG;
	if (size > old && !buf_reserve(&q->text, size - old))
		return ENOMEM;
	if (size > old)
		memset(q->text.s + old, 0, size - old);
	if (size != old) {
		q->text.len = size;
		q->text.s[size] = '\0';
		q->version++;
	}
	return 0;
}

int question_resize(struct view *v, struct question *q, size_t size)
{
	int err;

	pthread_mutex_lock(&v->questions.lock);
	err = resize(q, size);
	pthread_mutex_unlock(&v->questions.lock);
	return err;
}

int question_write(struct view *v, struct question *q, const void *bytes, size_t n, off_t off)
{
	size_t end = (size_t)off + n;
	int err = 0;

	pthread_mutex_lock(&v->questions.lock);
	if (end > q->text.len)
		err = resize(q, end);
	if (!err) {
		memcpy(q->text.s + off, bytes, n);
		q->version++;
		touch(q);
	}
	pthread_mutex_unlock(&v->questions.lock);
	return err;
}

void question_read(struct view *v, struct question *q, size_t n, off_t off, struct buf *out)
{
	pthread_mutex_lock(&v->questions.lock);
	if ((size_t)off < q->text.len)
		buf_add(out, q->text.s + off, n < q->text.len - (size_t)off ? n : q->text.len - (size_t)off);
	pthread_mutex_unlock(&v->questions.lock);
}

void question_close(struct view *v, struct question *q)
{
	pthread_mutex_lock(&v->questions.lock);
	q->used = draft_seconds();
	q->opens--;
	sweep(&v->questions);
	pthread_mutex_unlock(&v->questions.lock);
}

int question_remove(struct view *v, const struct author *a, const char *name)
{
	struct question *q;

	pthread_mutex_lock(&v->questions.lock);
	q = find(&v->questions, a->uid, name);
	if (q) {
		free(q->name);
		q->name = NULL;
	}
	sweep(&v->questions);
	pthread_mutex_unlock(&v->questions.lock);
	return q ? 0 : is_answer(name) ? EPERM : ENOENT;
}

/* --- asking ----------------------------------------------------------------------------- */

struct asked { const struct view *v; char file[64]; struct buf *answer; };

static bool has_come(void *ctx)
{
	struct asked *a = ctx;
	char path[96];

	snprintf(path, sizeof path, "run/whatif/%s.answer", a->file);
	return io_read(a->v->spool.root, path, ANSWER_MAX, a->answer, NULL) == 0;
}

/* The errno of what the hub says, which is not for people's eyes. */
static int read_answer(struct buf *answer)
{
	size_t len = answer->len;
	int err;

	/* It names the file that we made; the caller knows another. */
	if (!strncmp(answer->s, "INVALID\n", 8))
		return EINVAL;
	err = refusal_read(answer->s, &len);
	if (err) {
		answer->len = len;
		buf_addc(answer, '\n');
	}
	return err;
}

/* 0: *answer holds what the hub says; else it holds a sentence. */
static int ask(struct view *v, const struct author *author, const struct buf *text, struct buf *answer)
{
	struct asked a = { .v = v, .answer = answer };
	int dir, err;

	if (!spool_served(&v->spool)) {
		buf_adds(answer, "no spoold serves the spool now: nobody can answer\n");
		return EAGAIN;
	}
	dir = openat(v->spool.root, "whatif", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno;
	snprintf(a.file, sizeof a.file, "ask-%llx.yaml", (unsigned long long)index_clock());
	err = submit_publish_at(dir, v->root, author, a.file, text->s, text->len, false);
	if (!err && !patience(has_come, &a)) {
		unlinkat(dir, a.file, 0);
		buf_reset(answer);
		buf_adds(answer, "spoold has not answered in time\n");
		err = EAGAIN;
	}
	close(dir);
	return err ? err : read_answer(answer);
}

/* The author's name for it, in place of ours. */
static void rename_in(struct buf *answer, const char *name)
{
	const char *from = strstr(answer->s, "ask-"), *to = from ? strstr(from, ".yaml") : NULL;
	struct buf b = BUF_INIT;

	if (strncmp(answer->s, "INVALID\n", 8) || !to)
		return;
	buf_add(&b, answer->s, (size_t)(from - answer->s));
	buf_adds(&b, name);
	buf_adds(&b, to + strlen(".yaml"));
	buf_free(answer);
	*answer = b;
}

int question_flush(struct view *v, struct question *q)
{
	struct buf text = BUF_INIT, answer = BUF_INIT;
	struct author author;
	unsigned version;
	int err;

	pthread_mutex_lock(&v->questions.lock);
	version = q->version;
	author = q->author;
	if (version != q->asked && q->name)
		buf_add(&text, q->text.s, q->text.len);
	pthread_mutex_unlock(&v->questions.lock);
	if (!text.len)
		return 0;
	err = ask(v, &author, &text, &answer);
	pthread_mutex_lock(&v->questions.lock);
	if (q->name)
		rename_in(&answer, q->name);
	q->asked = version;
	buf_free(&q->answer);
	q->answer = answer;
	touch(q);
	pthread_mutex_unlock(&v->questions.lock);
	buf_free(&text);
	return err;
}

/* --- looking ------------------------------------------------------------------------------- */

bool question_reason(struct view *v, uid_t uid, const char *name, struct buf *out)
{
	const struct question *q;

	pthread_mutex_lock(&v->questions.lock);
	q = is_answer(name) ? find_answered(&v->questions, uid, name) : find(&v->questions, uid, name);
	if (q)
		buf_add(out, q->answer.s, q->answer.len);
	pthread_mutex_unlock(&v->questions.lock);
	return out->len > 0;
}

static int whatif_stat(struct view *v, const struct who *who, uint64_t top, const char *path,
		       struct stat *st)
{
	const struct question *q;
	bool answer = is_answer(path);

	(void)top;
	pthread_mutex_lock(&v->questions.lock);
	sweep(&v->questions);
	q = answer ? find_answered(&v->questions, who->uid, path) : find(&v->questions, who->uid, path);
	if (q) {
		st->st_mode = S_IFREG | (answer ? 0400 : 0600);
		st->st_uid = q->author.uid;
		st->st_gid = q->author.gid;
		st->st_mtim = st->st_ctim = st->st_atim = q->mtime;
	}
	pthread_mutex_unlock(&v->questions.lock);
	return q ? 0 : ENOENT;
}

static void whatif_list(struct view *v, const struct who *who, uint64_t top, const char *path,
			room_add *add, void *ctx)
{
	char name[NAME_MAX + 16];

	(void)top, (void)path;
	pthread_mutex_lock(&v->questions.lock);
	for (const struct question *q = v->questions.first; q; q = q->next) {
		if (!q->name || q->author.uid != who->uid || !add(ctx, q->name, S_IFREG))
			continue;
		snprintf(name, sizeof name, "%.*s.answer", (int)(strrchr(q->name, '.') - q->name), q->name);
		if (q->answer.len)
			add(ctx, name, S_IFREG);
	}
	pthread_mutex_unlock(&v->questions.lock);
}

static int whatif_text(struct view *v, const struct who *who, uint64_t top, const char *path,
		       struct buf *out)
{
	const struct question *q;

	(void)top;
	if (is_answer(path))
		return question_reason(v, who->uid, path, out) ? 0 : ENOENT;
	pthread_mutex_lock(&v->questions.lock);
	q = find(&v->questions, who->uid, path);
	if (q)
		buf_add(out, q->text.s, q->text.len);
	pthread_mutex_unlock(&v->questions.lock);
	return q ? 0 : ENOENT;
}

const struct room whatif_room = { whatif_stat, whatif_list, whatif_text };
