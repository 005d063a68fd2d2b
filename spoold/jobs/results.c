/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "results.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

static void hidden_name(const struct message_report *r, char out[64])
{
	char id[UUID_TEXT];

	uuid_format(&r->job, id);
	snprintf(out, 64, ".%s.%u.tmp", id, r->attempt);
}

static int wrong(struct diag *d, const char *name, const char *what)
{
	diag_set(d, "%.300s: %s", name, what);
	if (d)
		d->err = EBADMSG;
	errno = EBADMSG;
	return -1;
}

/* Only the disk's own failures are ours to try again; whatever else goes wrong
 * with a name comes from who chose it, and must not hold up other sites. */
static int blame(struct diag *d, const char *name)
{
	return io_disk_failed(errno) ? -1 : wrong(d, name, strerror(errno));
}

/*
 * Open the directory that the file named by path lies in, made where missing
 * if `make`.  The path was checked by the reader: relative, no "..".  Symlinks,
 * which a site may well lay into files/, are not followed.
 */
static int open_parent(int dir, const char *path, bool make, const char **last, struct diag *d)
{
	int at = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	const char *slash;

	*last = path;
	if (at < 0)
		return diag_errno(d, "cannot open a directory of results");
	while ((slash = strchr(*last, '/'))) {
		char part[256];
		int next, saved;

		snprintf(part, sizeof part, "%.*s", (int)(slash - *last), *last);
		next = make && io_mkdir(at, part, 0755, d) < 0 ? -1 : io_opendir(at, part, d);
		saved = errno;
		close(at);
		errno = saved;
		if (next < 0)
			return -1;
		at = next;
		*last = slash + 1;
	}
	return at;
}

static int copy_payload(int files, const struct message_file *f, int to, const char *as, struct diag *d)
{
	const char *last;
	int from = open_parent(files, f->payload, false, &last, d), r, saved;

	if (from < 0)
		return -1;
	r = io_copy(from, last, to, as, 0644, d);
	saved = errno;
	close(from);
	errno = saved;
	return r;
}

enum arrival { ABSENT, SHORT, EXACT, TOO_LONG, STRANGE };

/* By its size; what is no regular file is for the copying to refuse. */
static enum arrival arrival_of(int files, const struct message_file *f)
{
	const char *last;
	int from = files < 0 ? -1 : open_parent(files, f->payload, false, &last, NULL);
	struct stat st;
	int rc;

	if (from < 0)
		return errno == ENOENT || files < 0 ? ABSENT : STRANGE;
	rc = fstatat(from, last, &st, AT_SYMLINK_NOFOLLOW);
	close(from);
	if (rc < 0)
		return ABSENT;
	if (!S_ISREG(st.st_mode))
		return STRANGE;
	return (uint64_t)st.st_size == f->size ? EXACT : (uint64_t)st.st_size < f->size ? SHORT : TOO_LONG;
}

static int not_the_named(struct diag *d, const char *payload)
{
	diag_set(d, "payload %.300s: its SHA-256 is not the one that the message names", payload);
	if (d)
		d->err = EBADMSG;
	return -1;
}

static int fetch_payload(int files, const struct message_file *f, int to, const char *as, struct diag *d)
{
	struct digest digest;
	uint64_t size;

	/* Not copied without need: a transport that does not rename lets it grow,
	 * and what is longer than its site says may be of any length. */
	switch (arrival_of(files, f)) {
	case ABSENT:
	case SHORT:
		return 0;
	case TOO_LONG:
		return not_the_named(d, f->payload);
	default:
		break;
	}
	if (copy_payload(files, f, to, as, d) < 0)
		return errno == ENOENT ? 0 : blame(d, f->payload);
	if (digest_file(to, as, &digest, &size, d) < 0)
		return -1;
	if (size == f->size && digest_eq(&digest, &f->digest))
		return 1;
	unlinkat(to, as, 0);
	return size < f->size ? 0 : not_the_named(d, f->payload);
}

static int fetch_one(int files, int dir, const struct message_file *f, struct diag *d)
{
	const char *last = f->path;
	int at = open_parent(dir, f->path, true, &last, d), r;

	if (at < 0)
		return blame(d, f->path);
	if (faccessat(at, last, F_OK, AT_SYMLINK_NOFOLLOW) == 0 && f->payload) {
		struct digest digest;
		uint64_t size;

		/* From an earlier try, when another file had not arrived. */
		r = digest_file(at, last, &digest, &size, d) == 0 && digest_eq(&digest, &f->digest);
		if (!r)
			unlinkat(at, last, 0);
		if (r) {
			close(at);
			return 1;
		}
	}
	if (f->payload) {
		r = files < 0 ? 0 : fetch_payload(files, f, at, last, d);
	} else {
		unlinkat(at, last, 0);
		r = io_create(at, last, 0644, f->text, f->len, d) < 0 ? blame(d, f->path) : 1;
	}
	close(at);
	return r;
}

uint64_t results_bytes(const struct message_report *r)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < r->files; i++)
		if (r->file[i].payload)
			sum += r->file[i].size < UINT64_MAX - sum ? r->file[i].size : UINT64_MAX - sum;
	return sum;
}

int results_arrived(struct hub *h, uint16_t site, const struct message_report *r)
{
	int files = io_opendir(h->sites.site[site]->up, "files", NULL), there = 1;

	for (uint32_t i = 0; there && i < r->files; i++)
		if (r->file[i].payload)
			there = arrival_of(files, &r->file[i]) >= EXACT;
	if (files >= 0)
		close(files);
	return there;
}

int results_fetch(struct hub *h, uint16_t site, const struct message_report *r, struct diag *d)
{
	int dir, files, got = 1;
	char name[64];

	if (!r->files)
		return 1;
	hidden_name(r, name);
	h->unflushed = true;
	if (io_mkdir(h->spool.results, name, 0700, d) < 0 ||
	    (dir = io_opendir(h->spool.results, name, d)) < 0)
		return -1;
	files = io_opendir(h->sites.site[site]->up, "files", NULL);
	for (uint32_t i = 0; got == 1 && i < r->files; i++)
		got = fetch_one(files, dir, &r->file[i], d);
	if (files >= 0)
		close(files);
	close(dir);
	return got;
}

/* The owner may read what he paid for; nobody else may. */
static int give_tree(int dir, const char *name, uid_t owner, struct diag *d);

static int give_entries(int fd, uid_t owner, struct diag *d)
{
	DIR *p = fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!p) {
		close(fd);
		return diag_errno(d, "cannot list results");
	}
	while (r == 0 && (errno = 0, e = readdir(p)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			r = give_tree(dirfd(p), e->d_name, owner, d);
	if (r == 0 && errno)
		r = diag_errno(d, "cannot list results");
	closedir(p);
	return r;
}

static int give_tree(int dir, const char *name, uid_t owner, struct diag *d)
{
	int fd;

	if (fchownat(dir, name, owner, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0)
		return diag_errno(d, "cannot give results to their owner");
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? 0 : give_entries(fd, owner, d);
}

int results_show(struct hub *h, const struct message_report *r, uid_t owner, struct diag *d)
{
	char name[64], id[UUID_TEXT];
	int there;

	if (!r->files)
		return 0;
	hidden_name(r, name);
	uuid_format(&r->job, id);
	h->unflushed = true;
	results_forget_before(h, r);
	if (geteuid() == 0 && owner != 0 && give_tree(h->spool.results, name, owner, d) < 0)
		return -1;
	there = io_there(h->spool.results, name, d);
	if (there < 0)
		return -1;
	if (!there && faccessat(h->spool.results, id, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;	/* shown by a run that was killed before the transition */
	if (renameat(h->spool.results, name, h->spool.results, id) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return diag_errno(d, "cannot show results/%s", id);
	/* Of an earlier attempt, or of a run that was killed here. */
	if (io_remove_tree(h->spool.results, id, d) < 0)
		return -1;
	return renameat(h->spool.results, name, h->spool.results, id) < 0
		? diag_errno(d, "cannot show results/%s", id) : 0;
}

static int move_one(int from, int to, const char *path, struct diag *d)
{
	const char *last = path, *last_to = path;
	int a = open_parent(from, path, false, &last, d);
	int b = a < 0 ? -1 : open_parent(to, path, true, &last_to, d), rc = -1;

	if (b >= 0)
		rc = renameat(a, last, b, last_to);
	/* Moved by a run that was killed before the end of this; or what lies there
	 * is of another kind, and stays. */
	if (rc < 0 && !io_disk_failed(errno))
		rc = 0;
	if (rc < 0)
		diag_errno(d, "cannot show results: %.300s", path);
	if (a >= 0)
		close(a);
	if (b >= 0)
		close(b);
	return rc;
}

int results_show_again(struct hub *h, const struct message_report *r, uid_t owner, struct diag *d)
{
	char name[64], id[UUID_TEXT];
	int from, to, rc;

	uuid_format(&r->job, id);
	rc = r->files ? io_there(h->spool.results, id, d) : 0;
	if (rc <= 0)
		return rc < 0 ? -1 : results_show(h, r, owner, d);
	rc = 0;
	hidden_name(r, name);
	h->unflushed = true;
	from = io_opendir(h->spool.results, name, d);
	if (from < 0)
		return errno == ENOENT ? 0 : -1;
	to = io_opendir(h->spool.results, id, d);
	for (uint32_t i = 0; to >= 0 && rc == 0 && i < r->files; i++)
		rc = move_one(from, to, r->file[i].path, d);
	close(from);
	if (to >= 0)
		close(to);
	if (rc == 0 && geteuid() == 0 && owner != 0)
		rc = give_tree(h->spool.results, id, owner, d);
	return to < 0 ? -1 : rc;
}

void results_forget(struct hub *h, const struct message_report *r)
{
	char name[64];

	if (!r->files)
		return;
	hidden_name(r, name);
	io_remove_tree(h->spool.results, name, NULL);
}
