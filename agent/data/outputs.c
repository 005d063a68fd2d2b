/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataset.h"
#include "dataset_doc.h"
#include "instant.h"
#include "io.h"
#include "request.h"
#include "store.h"

enum { REQUEST_FILE_MAX = 2 << 20, SENT_MAX = 64 << 20, LONGEST_PAUSE_S = 300 };

struct sending {
	struct outputs *o;
	const struct settings *set;
	int dir, top;			/* JOBDIR; JOBDIR/work/outputs */
	struct buf sent;		/* of earlier tries */
	struct progress p;
	struct diag *d;
};

bool outputs_unwanted(int dir)
{
	return faccessat(dir, "cancelled", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int outputs_any(int dir, struct diag *d)
{
	int any = io_there(dir, "work/outputs", d);

	/* The job has shut it, and nobody waits for that. */
	return any < 0 && (errno == EACCES || errno == ELOOP) ? 0 : any;
}

/* --- one file -------------------------------------------------------------------- */

static bool was_sent(const struct sending *s, const char *line)
{
	for (const char *at = strstr(s->sent.s, line); at; at = strstr(at + 1, line))
		if (at == s->sent.s || at[-1] == '\n')
			return true;
	return false;
}

/* Each component by itself: the job may have put a link there meanwhile. */
static int open_parent(int top, const char *path, const char **name, struct diag *d)
{
	int at = dup(top), next;
	const char *slash;
	char part[256];

	while (at >= 0 && (slash = strchr(path, '/'))) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
		next = io_opendir(at, part, d);
		close(at);
		at = next;
		path = slash + 1;
	}
	*name = path;
	return at;
}

/* Forgotten, it is only sent again. */
static void note_sent(const struct sending *s, const struct buf *line)
{
	int fd = openat(s->dir, "sent", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return;
	(void)!write(fd, line->s, line->len);
	close(fd);
}

/* As store_put. */
static int send_file(struct sending *s, const struct storage *st, int storage_dir,
		     const struct dataset_file *f)
{
	struct buf url = BUF_INIT, line = BUF_INIT;
	const char *name;
	int dir, rc = -1;

	buf_addf(&line, "%s %s\n", st->name, f->path);
	buf_addf(&url, "%s%s", st->to, st->to[strlen(st->to) - 1] == '/' ? "" : "/");
	store_escape(&url, f->path);
	dir = open_parent(storage_dir, f->path, &name, s->d);
	if (url.failed || line.failed)
		rc = diag_nomem(s->d);
	else if (was_sent(s, line.s))
		rc = 0;
	else if (dir >= 0)
		rc = store_put(s->set, url.s, dir, name, f->size, &f->digest, &s->p, s->d);
	if (rc == 0 && !was_sent(s, line.s))
		note_sent(s, &line);
	if (dir >= 0)
		close(dir);
	buf_free(&url);
	buf_free(&line);
	return rc;
}

/* --- one storage --------------------------------------------------------------------- */

static void add_stored(struct sending *s, const struct storage *st,
		       const struct dataset_measure *m, const struct dataset_file *file)
{
	s->o->stored[s->o->storeds++] = (struct message_stored){
		.name = st->name, .to = st->to, .files = m->files, .bytes = m->bytes,
		.digest = m->files == 1 ? file->digest : m->digest,
	};
}

int outputs_withdraw(const struct settings *set, int dir, struct diag *d)
{
	return store_withdraw(set, dir, d);
}

static int move_home(struct sending *s, const struct storage *st)
{
	char from[200], to[200];

	snprintf(from, sizeof from, "work/outputs/%s", st->name);
	snprintf(to, sizeof to, "work/results/%s", st->name);
	if (io_mkdir(s->dir, "work/results", 0755, s->d) < 0)
		return -1;
	return renameat(s->dir, from, s->dir, to) == 0 ? 0 : diag_errno(s->d, "cannot move %s", from);
}

/* What no store takes is brought home.  JOBDIR/home.NAME says so before it is
 * moved: whoever gathers again finds nothing to send, and has to tell the same. */
static int bring_home(struct sending *s, const struct storage *st)
{
	struct diag ignored = DIAG_INIT;
	char mark[200];

	(void)!store_withdraw(s->set, s->dir, &ignored);
	s->o->refused = true;
	snprintf(s->o->why, sizeof s->o->why, "the output %s came home instead: %.300s", st->name,
		 s->d->text);
	snprintf(mark, sizeof mark, "home.%s", st->name);
	if (io_publish(s->dir, mark, 0600, s->o->why, strlen(s->o->why), IO_SYNC, s->d) < 0)
		return -1;
	return move_home(s, st);
}

/* 1, 0; -1: that cannot be told now. */
static int is_home(struct sending *s, const struct storage *st)
{
	struct buf why = BUF_INIT;
	struct diag d = DIAG_INIT;
	char mark[200];
	int is = 1;

	snprintf(mark, sizeof mark, "home.%s", st->name);
	if (io_read(s->dir, mark, sizeof s->o->why, &why, &d) == 0) {
		s->o->refused = true;
		snprintf(s->o->why, sizeof s->o->why, "%s", why.s ? why.s : "");
	} else {
		is = io_disk_failed(d.err) ? -1 : 0;
		if (is < 0 && s->d)
			*s->d = d;
	}
	buf_free(&why);
	return is;
}

/* 0; 1: refused; -1. */
static int send_files(struct sending *s, const struct storage *st, int dir,
		      const struct dataset_file *file, uint32_t files)
{
	int rc = 0;

	s->p.before = 0;
	for (uint32_t i = 0; i < files && rc == 0; i++) {
		if (outputs_unwanted(s->dir))
			return diag_set(s->d, "its outputs are not wanted any more");
		rc = send_file(s, st, dir, &file[i]);
		s->p.before += file[i].size;
	}
	return rc;
}

static int send_storage(struct sending *s, const struct storage *st, bool late)
{
	struct dataset_measure m;
	struct dataset_file *file;
	struct buf manifest = BUF_INIT;
	uint32_t files;
	int dir = -1, rc = -1;

	if (dataset_measure(s->top, st->name, &m, &manifest, s->d) < 0) {
		/* A link, a device, a name that cannot be told: it stays so. */
		rc = s->d->err ? -1 : 1;
	} else if (dataset_manifest_read(&s->o->tree, manifest.s, manifest.len, &file, &files,
					 s->d) == 0 &&
		   (dir = io_opendir(s->top, st->name, s->d)) >= 0) {
		s->p.total = m.bytes;
		rc = send_files(s, st, dir, file, files);
		close(dir);
	}
	buf_free(&manifest);
	if (rc == 0)
		add_stored(s, st, &m, file);
	return rc > 0 || (rc < 0 && late) ? bring_home(s, st) : rc;
}

/* --- all of it ------------------------------------------------------------------------- */

void outputs_put_off(int dir, const char *words)
{
	struct buf old = BUF_INIT;
	char text[600];
	long tries = 1;

	if (io_read(dir, "sending", 4096, &old, NULL) == 0)
		tries = strtol(old.s, NULL, 10) + 1;
	snprintf(text, sizeof text, "%ld %s\n", tries, words);
	(void)!io_publish(dir, "sending", 0600, text, strlen(text), 0, NULL);
	buf_free(&old);
}

int outputs_wait(int dir, char *words, size_t size)
{
	struct buf text = BUF_INIT;
	struct stat st;
	int64_t due, now = instant_now();
	char *rest;
	long tries, pause = LONGEST_PAUSE_S;

	*words = '\0';
	if (io_read(dir, "sending", 4096, &text, NULL) < 0 || fstatat(dir, "sending", &st, 0) < 0) {
		buf_free(&text);
		return 0;
	}
	tries = strtol(text.s, &rest, 10);
	snprintf(words, size, "%.*s", (int)strcspn(rest + (*rest == ' '), "\n"), rest + (*rest == ' '));
	buf_free(&text);
	if (tries < 9 && (1L << tries) / 2 < pause)
		pause = (1L << tries) / 2;
	due = st.st_mtim.tv_sec * SECOND_US + pause * SECOND_US;
	return due <= now || due - now > 2 * pause * SECOND_US ? 0 : (int)((due - now) / 1000) + 1;
}

static int send_all(struct sending *s, const struct request *r, bool late)
{
	int rc = 0, any, home;

	s->o->stored = tree_alloc(&s->o->tree, (r->storages + 1) * sizeof *s->o->stored);
	if (!s->o->stored)
		return diag_nomem(s->d);
	for (uint32_t i = 0; i < r->storages && rc == 0; i++) {
		const struct storage *st = &r->storage[i];
		char name[200];

		snprintf(name, sizeof name, "work/outputs/%s", st->name);
		any = st->to ? io_there(s->dir, name, s->d) : 0;
		home = any >= 0 && st->to ? is_home(s, st) : 0;
		if (home < 0)
			rc = -1;
		else if (home)
			rc = any ? move_home(s, st) : 0;
		else
			rc = any > 0 ? send_storage(s, st, late) : any;
	}
	return rc;
}

/* The job has made it so that nobody may look, and that stays. */
static bool is_shut(const struct diag *d)
{
	return d->err == EACCES || d->err == ELOOP || d->err == ENOTDIR;
}

/* As the rest of this: it is tried again, or too late for that. */
static int failed(struct outputs *o, int dir, bool late, const struct diag *d)
{
	if (!late || !is_shut(d)) {
		outputs_put_off(dir, d->text);
		return -1;
	}
	o->refused = true;
	snprintf(o->why, sizeof o->why, "its outputs were not sent: %.300s", d->text);
	return 0;
}

int outputs_send(struct outputs *o, const struct settings *set, int dir, bool late,
		 struct diag *d)
{
	struct sending s = { .o = o, .set = set, .dir = dir, .top = -1, .sent = BUF_INIT, .d = d,
			     .p = { .dir = dir, .name = "progress", .url = "" } };
	struct buf text = BUF_INIT;
	struct request r;
	int rc = outputs_any(dir, d);

	if (rc == 0)
		return 0;
	if (rc < 0)
		goto out;
	rc = -1;
	if (io_read(dir, "request.yaml", REQUEST_FILE_MAX, &text, d) < 0 ||
	    tree_parse(&o->tree, text.s, text.len, NULL, d) < 0 ||
	    request_read(&o->tree, o->tree.root, &r, d) < 0)
		goto out;
	s.top = io_opendir(dir, "work/outputs", d);
	if (s.top < 0)
		goto out;
	(void)!io_read(dir, "sent", SENT_MAX, &s.sent, NULL);
	rc = send_all(&s, &r, late);
out:
	if (rc < 0)
		rc = failed(o, dir, late, d);
	unlinkat(dir, "progress", 0);
	if (s.top >= 0)
		close(s.top);
	buf_free(&s.sent);
	buf_free(&text);
	return rc;
}

void outputs_free(struct outputs *o)
{
	tree_free(&o->tree);
}
