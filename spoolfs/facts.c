/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"

enum { TRIES = 100, WHY_MAX = 1 << 20, REASON_MAX = 200 };

int64_t facts_nanoseconds(const struct timespec *t)
{
	return t->tv_sec * 1000000000ll + t->tv_nsec;
}

static int open_in(const struct spool *s, enum phase p, const char *name)
{
	return openat(s->jobs[p], name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/* The file moves while we look for it; it moves slower than we look. */
static int open_job(const struct spool *s, const struct uuid *id, enum phase *phase)
{
	char name[SPOOL_JOB_NAME];
	int fd, at;

	spool_job_name(id, name);
	for (int i = 0; i < TRIES; i++) {
		fd = open_in(s, *phase, name);
		if (fd >= 0 || errno != ENOENT)
			return fd;
		at = spool_job_find(s, id);
		if (at < 0)
			break;
		*phase = (enum phase)at;
	}
	errno = ENOENT;
	return -1;
}

static int read_job(struct facts *f, int fd, struct diag *d)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return diag_errno(d, "cannot stat a job file");
	f->owner = st.st_uid;
	f->mtime = facts_nanoseconds(&st.st_mtim);
	f->size = st.st_size;
	if (!S_ISREG(st.st_mode) || st.st_size > FACTS_MAX_BYTES)
		return diag_set(d, "no regular file of at most %u bytes", FACTS_MAX_BYTES);
	if (!buf_reserve(&f->text, (size_t)st.st_size + 1))
		return diag_nomem(d);
	/* One read for the ordinary case: of a regular file it is short at the end only. */
	n = read(fd, f->text.s, (size_t)st.st_size + 1);
	if (n < 0)
		return diag_errno(d, "cannot read a job file");
	f->text.len = (size_t)n;
	f->text.s[n] = '\0';
	return n <= st.st_size ? 0 : io_read_fd(fd, FACTS_MAX_BYTES, &f->text, d);
}

void why_load(struct why *w, const struct spool *s, const char *shape)
{
	char name[sizeof "why/" + FACTS_SHAPE];
	struct stat st;
	int fd;

	buf_reset(&w->text);
	w->mtime = 0;
	snprintf(name, sizeof name, "why/%s", shape);
	fd = openat(s->run, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && io_read_fd(fd, WHY_MAX, &w->text, NULL) == 0)
		w->mtime = facts_nanoseconds(&st.st_mtim);
	close(fd);
}

/* The sentences of story_why() repeat what PHASE and SITE say. */
static void explain(struct facts *f, const struct spool *s, bool shared)
{
	const struct story *st = &f->story;

	/* What keeps a pending job may be nothing that others of its shape share. */
	bool alone = st->phase == PHASE_PENDING && (st->state.held || st->state.waits);

	f->shape[0] = '\0';
	if (!alone)
		snprintf(f->shape, sizeof f->shape, "x%016" PRIx64, st->state.record.shape);
	f->plain = !st->bad && !st->reasons.len && !alone;
	story_why(st, &f->why);
	buf_reset(&f->shared.text);
	f->shared.mtime = 0;
	if (shared && !st->bad && !alone && st->phase == PHASE_PENDING)
		why_load(&f->shared, s, f->shape);
}

const struct buf *facts_why(const struct facts *f)
{
	return f->shared.text.len ? &f->shared.text : &f->why;
}

/* Open and read the file; *phase is the hint, and then where it lay. */
static int fetch(struct facts *f, const struct spool *s, const struct uuid *id, enum phase *phase,
		 struct diag *d)
{
	int fd = open_job(s, id, phase), rc;

	if (fd < 0)
		return diag_errno(d, "cannot open a job file");
	buf_reset(&f->text);
	rc = read_job(f, fd, d);
	close(fd);
	return rc;
}

/* Out of the text, all the others. */
static int tell(struct facts *f, const struct spool *s, const struct uuid *id, enum phase phase,
		bool shared, struct diag *d)
{
	buf_reset(&f->why);
	buf_reset(&f->status);
	story_read(&f->story, id, phase, f->text.s, f->text.len);
	if (!f->story.bad)
		f->owner = f->story.state.record.owner;
	story_status(&f->story, &f->status);
	explain(f, s, shared);
	if (f->text.failed || f->why.failed || f->status.failed || f->story.log.failed)
		return diag_nomem(d);
	return 0;
}

int facts_of_text(struct facts *f, const struct spool *s, const struct uuid *id, enum phase phase,
		  struct diag *d)
{
	return tell(f, s, id, phase, false, d);
}

int facts_load(struct facts *f, const struct spool *s, const struct uuid *id, enum phase hint,
	       bool shared, struct diag *d)
{
	enum phase phase = hint;

	return fetch(f, s, id, &phase, d) < 0 ? -1 : tell(f, s, id, phase, shared, d);
}

int facts_recall(struct facts *f, const struct spool *s, const struct uuid *id, enum phase phase,
		 int64_t size, struct diag *d)
{
	enum phase now = phase;

	if (fetch(f, s, id, &now, d) < 0)
		return -1;
	if (f->text.len > (uint64_t)size) {
		f->text.len = (size_t)size;
		f->text.s[size] = '\0';
	}
	return tell(f, s, id, phase, false, d);
}

void facts_free(struct facts *f)
{
	buf_free(&f->text);
	buf_free(&f->why);
	buf_free(&f->shared.text);
	buf_free(&f->status);
	story_free(&f->story);
}

void facts_reason(const struct buf *why, struct buf *out)
{
	size_t start = out->len;

	for (size_t i = 0; i < why->len && !(i == why->len - 1 && why->s[i] == '\n'); i++) {
		unsigned char c = (unsigned char)why->s[i];

		/* Not in the middle of a character. */
		if (out->len - start >= REASON_MAX && (c & 0xc0) != 0x80) {
			buf_adds(out, "...");
			return;
		}
		/* Figures are for who asks for the whole. */
		while (c == '\n' && !strncmp(why->s + i + 1, "  ", 2))
			i += 1 + strcspn(why->s + i + 1, "\n");
		if (c == '\n' && i + 1 >= why->len)
			return;
		if (c == '\n')
			buf_adds(out, "; ");
		else
			buf_addc(out, c < ' ' ? ' ' : (char)c);
	}
}

void facts_eta(const struct buf *why, struct buf *out)
{
	static const char form[] = "\neta %24[-0-9T:.Z], between %24[-0-9T:.Z] and %24[-0-9T:.Z],";
	char middle[INSTANT_TEXT + 1], low[INSTANT_TEXT + 1], high[INSTANT_TEXT + 1];
	const char *at = why->len ? strstr(why->s, "\neta ") : NULL;

	if (at && sscanf(at, form, middle, low, high) == 3)
		buf_addf(out, "eta: %s\neta-low: %s\neta-high: %s\n", middle, low, high);
}
