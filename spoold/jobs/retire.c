/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "retire.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"
#include "reservation_file.h"
#include "transaction_file.h"
#include "lifetime.h"

enum { MOST_JOBS = 10000 };

/* A directory with files of what has ended. */
struct shelf { char name[40]; int dir, phase; };	/* phase: of jobs; -1: of others */

struct old_job { struct uuid id; const struct shelf *shelf; };

struct packing {
	struct hub *h;
	struct archive *a;
	struct diag *d;
	struct shelf shelf[16];
	int shelves;
	struct old_job job[MOST_JOBS];
	int jobs;
	int64_t due;			/* when the first of the others is old enough */
};

/* --- what is old enough -------------------------------------------------------------- */

/* It ended when its file was last written.  An id tells when the job was made,
 * and so spares most of a million files the look. */
static int64_t ended(int dir, const char *name, const struct uuid *id, int64_t enough)
{
	int64_t made = uuid_is_v7(id) ? (int64_t)uuid_time_ms(id) * 1000 : 0;
	struct stat st;

	if (made > enough)
		return made;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return INT64_MAX;
	return (int64_t)st.st_mtim.tv_sec * SECOND_US;
}

static void add_shelf(struct packing *p, const char *above, const char *name, int dir, int phase)
{
	struct shelf *s = &p->shelf[p->shelves++];

	snprintf(s->name, sizeof s->name, "%s/%s", above, name);
	s->dir = dir;
	s->phase = phase;
}

static void add_shelves(struct packing *p)
{
	const struct spool *s = &p->h->spool;

	for (int i = 0; i < PHASES; i++)
		if (phase_final((enum phase)i))
			add_shelf(p, "jobs", phase_name((enum phase)i), s->jobs[i], i);
	for (int i = RESERVATION_EXPIRED; i < RESERVATION_PHASES; i++)
		add_shelf(p, "reservations", reservation_phase_name((enum reservation_phase)i),
			  s->reservations[i], -1);
	add_shelf(p, "transactions", transaction_phase_name(TRANSACTION_ENDED),
		  s->transactions[TRANSACTION_ENDED], -1);
}

static int list_shelf(struct packing *p, const struct shelf *shelf)
{
	int64_t after = p->h->config.archive_after, enough = p->h->now - after, end;
	DIR *dir = io_list(shelf->dir, ".", p->d);
	struct dirent *e;

	if (!dir)
		return -1;
	while (p->jobs < MOST_JOBS && (e = readdir(dir))) {
		struct old_job *j = &p->job[p->jobs];

		if (!spool_job_id(e->d_name, &j->id))
			continue;
		end = ended(dirfd(dir), e->d_name, &j->id, enough);
		if (end > enough && end < p->due - after)
			p->due = end + after;
		if (end > enough || lifetime_holds(p->h, &j->id))
			continue;
		j->shelf = shelf;
		p->jobs++;
	}
	closedir(dir);
	return 0;
}

/* --- packing --------------------------------------------------------------------------- */

static int archive_failed(struct packing *p, const char *what)
{
	errno = archive_errno(p->a);
	return diag_set(p->d, "%s: %s", what, archive_error_string(p->a));
}

static int copy_bytes(struct packing *p, int fd, const char *path)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof bytes)) > 0)
		if (archive_write_data(p->a, bytes, (size_t)n) < 0)
			return archive_failed(p, path);
	return n < 0 ? diag_errno(p->d, "cannot read %s", path) : 0;
}

static int pack_file(struct packing *p, int dir, const char *name, const char *path)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), r;
	struct archive_entry *e;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? 0 : diag_errno(p->d, "cannot open %s", path);
	e = archive_entry_new();
	if (!e || fstat(fd, &st) < 0) {
		archive_entry_free(e);
		close(fd);
		return diag_errno(p->d, "cannot pack %s", path);
	}
	archive_entry_copy_stat(e, &st);
	archive_entry_set_pathname(e, path);
	r = S_ISREG(st.st_mode) ? archive_write_header(p->a, e) : ARCHIVE_FAILED;
	archive_entry_free(e);
	if (!S_ISREG(st.st_mode))
		r = 0;
	else
		r = r < ARCHIVE_WARN ? archive_failed(p, path) : copy_bytes(p, fd, path);
	close(fd);
	return r;
}

static int pack_tree(struct packing *p, int dir, const char *name, const char *path)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
	DIR *in = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!in) {
		if (fd >= 0)
			close(fd);
		return errno == ENOTDIR || errno == ELOOP ? pack_file(p, dir, name, path)
		     : errno == ENOENT ? 0 : diag_errno(p->d, "cannot open %s", path);
	}
	while (r == 0 && (errno = 0, e = readdir(in))) {
		struct buf below = BUF_INIT;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		buf_addf(&below, "%s/%s", path, e->d_name);
		r = below.failed ? diag_nomem(p->d) : pack_tree(p, dirfd(in), e->d_name, below.s);
		buf_free(&below);
	}
	if (r == 0 && errno)
		r = diag_errno(p->d, "cannot list %s", path);
	closedir(in);
	return r;
}

/* Jobs first, so that who looks for one need not read what others left. */
static int pack_job(struct packing *p, const struct old_job *j)
{
	char name[SPOOL_JOB_NAME], path[128];

	spool_job_name(&j->id, name);
	snprintf(path, sizeof path, "%s/%s", j->shelf->name, name);
	return pack_file(p, j->shelf->dir, name, path);
}

/* Only jobs have any. */
static int pack_results(struct packing *p, const struct old_job *j)
{
	char id[UUID_TEXT], path[128];

	if (j->shelf->phase < 0)
		return 0;
	uuid_format(&j->id, id);
	snprintf(path, sizeof path, "results/%s", id);
	return pack_tree(p, p->h->spool.results, id, path);
}

static int by_id(const void *a, const void *b)
{
	return uuid_cmp(&((const struct old_job *)a)->id, &((const struct old_job *)b)->id);
}

static int pack_all(struct packing *p, int fd)
{
	int r = 0;

	p->a = archive_write_new();
	if (!p->a)
		return diag_nomem(p->d);
	if (archive_write_set_format_pax_restricted(p->a) != ARCHIVE_OK ||
	    archive_write_add_filter_zstd(p->a) != ARCHIVE_OK ||
	    archive_write_open_fd(p->a, fd) != ARCHIVE_OK)
		r = archive_failed(p, "cannot begin an archive");
	for (int i = 0; r == 0 && i < p->jobs; i++)
		r = pack_job(p, &p->job[i]);
	for (int i = 0; r == 0 && i < p->jobs; i++)
		r = pack_results(p, &p->job[i]);
	if (r == 0 && archive_write_close(p->a) != ARCHIVE_OK)
		r = archive_failed(p, "cannot finish an archive");
	archive_write_free(p->a);
	return r;
}

/* --- publishing -------------------------------------------------------------------------- */

/* archive/YYYY and the first name of today that is free. */
static int open_year(struct hub *h, char name[40], struct diag *d)
{
	time_t t = (time_t)(h->now / SECOND_US);
	char year[16];
	struct tm tm;
	int top = io_opendir(h->spool.root, "archive", d), dir, there;

	if (top < 0)
		return -1;
	gmtime_r(&t, &tm);
	snprintf(year, sizeof year, "%04d", (tm.tm_year + 1900) % 10000);
	dir = io_mkdir(top, year, 0755, d) < 0 ? -1 : io_opendir(top, year, d);
	close(top);
	for (unsigned i = 1; dir >= 0; i++) {
		if (i == 1)
			snprintf(name, 40, "%02d-%02d.tar.zst", tm.tm_mon + 1, tm.tm_mday);
		else
			snprintf(name, 40, "%02d-%02d.%u.tar.zst", tm.tm_mon + 1, tm.tm_mday, i);
		there = io_there(dir, name, d);
		if (there == 0)
			break;
		if (there < 0) {
			close(dir);
			dir = -1;
		}
	}
	return dir;
}

static int publish_list(struct packing *p, int dir, const char *archive)
{
	struct buf list = BUF_INIT;
	char name[48];
	int r;

	for (int i = 0; i < p->jobs; i++)
		if (p->job[i].shelf->phase >= 0)
			retire_list_add(p->h, &p->job[i].id, (enum phase)p->job[i].shelf->phase, &list);
	retire_list_name(archive, name);
	r = list.failed ? diag_nomem(p->d) : io_publish(dir, name, 0600, list.s, list.len, IO_SYNC, p->d);
	buf_free(&list);
	return r;
}

static int publish(struct packing *p, int dir, const char *name)
{
	char hidden[48];
	int fd, r;

	snprintf(hidden, sizeof hidden, ".%s.tmp", name);
	unlinkat(dir, hidden, 0);
	fd = openat(dir, hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return diag_errno(p->d, "cannot create archive %s", name);
	r = pack_all(p, fd);
	if (r == 0)
		r = publish_list(p, dir, name);
	if (r == 0 && fsync(fd) < 0)
		r = diag_errno(p->d, "cannot flush archive %s", name);
	close(fd);
	if (r == 0 && renameat2(dir, hidden, dir, name, RENAME_NOREPLACE) < 0)
		r = diag_errno(p->d, "cannot show archive %s", name);
	if (r == 0)
		r = io_sync_dir(dir, p->d);
	if (r < 0)
		unlinkat(dir, hidden, 0);
	return r;
}

static void remove_packed(struct packing *p)
{
	for (int i = 0; i < p->jobs; i++) {
		char name[SPOOL_JOB_NAME], id[UUID_TEXT];

		spool_job_name(&p->job[i].id, name);
		uuid_format(&p->job[i].id, id);
		/* The job last: while it is there, results are looked for. */
		if (io_remove_tree(p->h->spool.results, id, NULL) < 0 ||
		    unlinkat(p->job[i].shelf->dir, name, 0) < 0)
			hub_log("%s is archived, and cannot be removed: %s", id, strerror(errno));
	}
	p->h->unflushed = true;
	p->h->count.archived += (uint64_t)p->jobs;
}

int retire_run(struct hub *h, int64_t *due, struct diag *d)
{
	struct packing *p = calloc(1, sizeof *p);
	char name[40];
	int dir, r = 0, n;

	if (!p)
		return diag_nomem(d);
	p->h = h;
	p->d = d;
	p->due = h->now + h->config.archive_after;
	add_shelves(p);
	for (int i = 0; r == 0 && i < p->shelves; i++)
		r = list_shelf(p, &p->shelf[i]);
	if (r == 0 && p->jobs) {
		qsort(p->job, (size_t)p->jobs, sizeof *p->job, by_id);
		dir = open_year(h, name, d);
		r = dir < 0 ? -1 : publish(p, dir, name);
		if (dir >= 0)
			close(dir);
		if (r == 0)
			remove_packed(p);
	}
	n = p->jobs;
	*due = n == MOST_JOBS ? h->now : p->due;
	free(p);
	return r < 0 ? -1 : n;
}
