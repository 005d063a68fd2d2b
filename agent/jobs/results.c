/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "results.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

/* inline: one file; all inline texts of one report. */
enum { INLINE_MAX = 4096, INLINE_SUM = 65536, DEPTH_MAX = 64 };

/* --- listing ----------------------------------------------------------------- */

static int add(struct results *r, const char *path, const char *from, uint64_t size,
	       struct diag *d)
{
	struct result *more = r->item;

	if (r->count % 64 == 0)
		more = realloc(r->item, (r->count + 64) * sizeof *more);
	if (!more)
		return diag_nomem(d);
	r->item = more;
	more[r->count] = (struct result){ strdup(path), strdup(from), size };
	if (!more[r->count].path || !more[r->count].from) {
		free(more[r->count].path);
		free(more[r->count].from);
		return diag_nomem(d);
	}
	r->count++;
	r->bytes += size;
	return 0;
}

static void skip(struct results *r, const char *path)
{
	if (!r->skipped++)
		snprintf(r->first_skipped, sizeof r->first_skipped, "%s", path);
}

/* After an error: is it what the job has made of the name, or is it that the
 * disk fails, or that we are short of something?  That may pass. */
static int unreadable(struct results *r, const char *path, struct diag *d)
{
	switch (errno) {
	case ENOENT:
	case ELOOP:
	case ENOTDIR:
	case EACCES:
	case EPERM:
	case ENAMETOOLONG:
		break;
	default:
		if (!r->give_up)
			return diag_errno(d, "cannot read the result %s", path);
	}
	skip(r, path);
	return 0;
}

static int list_stream(struct results *r, int dir, const char *name, struct diag *d)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : unreadable(r, name, d);
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return 0;
	return add(r, name, name, (uint64_t)st.st_size, d);
}

static int list_dir(struct results *r, int fd, struct buf *path, int depth, struct diag *d);

static int list_entry(struct results *r, int dir, const char *name, struct buf *path, int depth,
		      struct diag *d)
{
	struct stat st;
	char from[1100], other[1100];
	int fd;

	if (!message_path_ok(path->s)) {
		skip(r, path->s);
		return 0;
	}
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return unreadable(r, path->s, d);
	if (S_ISREG(st.st_mode)) {
		/* What the job calls so must not take the place of the streams. */
		bool taken = !strcmp(path->s, "stdout") || !strcmp(path->s, "stderr");

		snprintf(from, sizeof from, "work/results/%s", path->s);
		snprintf(other, sizeof other, "results/%s", path->s);
		return add(r, taken ? other : path->s, from, (uint64_t)st.st_size, d);
	}
	if (!S_ISDIR(st.st_mode) || depth >= DEPTH_MAX) {
		skip(r, path->s);
		return 0;
	}
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? unreadable(r, path->s, d) : list_dir(r, fd, path, depth + 1, d);
}

/* Takes fd over. */
static int list_dir(struct results *r, int fd, struct buf *path, int depth, struct diag *d)
{
	DIR *list = fdopendir(fd);
	struct dirent *e;
	size_t len = path->len;
	int rc = 0;

	if (!list) {
		close(fd);
		return diag_errno(d, "cannot list the results");
	}
	while (rc == 0 && (errno = 0, e = readdir(list))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		buf_addf(path, "%s%s", len ? "/" : "", e->d_name);
		rc = path->failed ? diag_nomem(d) : list_entry(r, fd, e->d_name, path, depth, d);
		path->len = len;
		if (path->cap)
			path->s[len] = '\0';
	}
	if (rc == 0 && errno)
		rc = diag_errno(d, "cannot list the results");
	closedir(list);
	return rc;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct result *)a)->path, ((const struct result *)b)->path);
}

/* Both steps by themselves: the job may have put a link in their place. */
static int open_results(int dir)
{
	int work = openat(dir, "work", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), fd, saved;

	if (work < 0)
		return -1;
	fd = openat(work, "results", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	saved = errno;
	close(work);
	errno = saved;
	return fd;
}

int results_list(struct results *r, int dir, struct diag *d)
{
	struct buf path = BUF_INIT;
	uint32_t streams;
	int fd, rc;

	if (list_stream(r, dir, "stdout", d) < 0 || list_stream(r, dir, "stderr", d) < 0)
		return -1;
	streams = r->count;
	fd = open_results(dir);
	if (fd >= 0)
		rc = list_dir(r, fd, &path, 0, d);
	else
		rc = errno == ENOENT ? 0 : unreadable(r, "results", d);
	buf_free(&path);
	if (r->count - streams > 1)
		qsort(r->item + streams, r->count - streams, sizeof *r->item, by_path);
	return rc;
}

/* --- sending ------------------------------------------------------------------- */

/* A directory below JOBDIR, each component by itself, so that no link is followed. */
static int open_parent(int dir, const char *from, const char **name)
{
	const char *slash;
	char part[256];
	int at = dir, next, saved;

	while ((slash = strchr(from, '/'))) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - from), from);
		next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		saved = errno;
		if (at != dir)
			close(at);
		errno = saved;
		if (next < 0)
			return -1;
		at = next;
		from = slash + 1;
	}
	*name = from;
	return at == dir ? dup(dir) : at;
}

/* The job may have made it so that not even we may read it; the hub has to. */
static void make_readable(int dir, const char *name)
{
	struct stat st;

	if (!fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode) &&
	    (st.st_mode & 07444) != 0444)
		(void)!fchmodat(dir, name, (st.st_mode & 0777) | 0444, 0);
}

static int link_or_copy(int dir, const char *name, int files, const char *payload, struct diag *d)
{
	/* From before a crash, or of another attempt to do this. */
	if (unlinkat(files, payload, 0) < 0 && errno != ENOENT)
		return diag_errno(d, "cannot remove %s", payload);
	if (linkat(dir, name, files, payload, 0) == 0)
		return 0;
	if (errno != EXDEV && errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP)
		return diag_errno(d, "cannot link %s to %s", name, payload);
	return io_copy(dir, name, files, payload, 0644, d);
}

static bool take_inline(struct results *r, uint32_t i, int dir, const char *name, size_t *sum)
{
	struct message_file *f = &r->file[r->files];
	struct buf *text = &r->texts[i];

	if (r->item[i].size > INLINE_MAX || *sum + r->item[i].size > INLINE_SUM)
		return false;
	buf_reset(text);
	if (io_read(dir, name, INLINE_MAX, text, NULL) < 0 || !message_text_ok(text->s, text->len))
		return false;
	*f = (struct message_file){ .path = r->item[i].path, .text = text->s, .len = text->len,
				    .size = text->len };
	digest_bytes(text->s, text->len, &f->digest);
	*sum += text->len;
	return true;
}

static int take_payload(struct results *r, uint32_t i, int dir, const char *name, int files,
			const char *key, uint32_t number, struct diag *d)
{
	struct message_file *f = &r->file[r->files];

	snprintf(r->payload[i], sizeof r->payload[i], "%s.%u", key, number);
	*f = (struct message_file){ .path = r->item[i].path, .payload = r->payload[i] };
	if (link_or_copy(dir, name, files, r->payload[i], d) < 0)
		return -1;
	return digest_file(files, r->payload[i], &f->digest, &f->size, d);
}

static int send_one(struct results *r, uint32_t i, int dir, int files, const char *key,
		    size_t *sum, uint32_t *payloads, struct diag *d)
{
	const char *name;
	int parent = open_parent(dir, r->item[i].from, &name), rc = 0;

	if (parent < 0)
		return unreadable(r, r->item[i].path, d);
	make_readable(parent, name);
	if (!take_inline(r, i, parent, name, sum)) {
		rc = take_payload(r, i, parent, name, files, key, *payloads, d);
		*payloads += rc == 0;
	}
	r->files += rc == 0;
	close(parent);
	return rc;
}

int results_send(struct results *r, int dir, int files, const char *key, struct diag *d)
{
	uint32_t n = r->count < MESSAGE_FILES_MAX ? r->count : MESSAGE_FILES_MAX, payloads = 0;
	size_t sum = 0;

	r->file = calloc(n + 1, sizeof *r->file);
	r->texts = calloc(n + 1, sizeof *r->texts);
	r->payload = calloc(n + 1, sizeof *r->payload);
	if (!r->file || !r->texts || !r->payload)
		return diag_nomem(d);
	for (uint32_t i = 0; i <= n; i++)
		r->texts[i] = (struct buf)BUF_INIT;
	for (uint32_t i = 0; i < n; i++)
		if (send_one(r, i, dir, files, key, &sum, &payloads, d) < 0)
			return -1;
	return 0;
}

void results_remark(const struct results *r, struct buf *text)
{
	if (r->skipped)
		buf_addf(text, "%s%u of the results could not be taken, being no regular file or by "
			 "its name: %s", text->len ? "; " : "", r->skipped, r->first_skipped);
	if (r->count > MESSAGE_FILES_MAX)
		buf_addf(text, "%sonly the first %d of %u files were taken", text->len ? "; " : "",
			 MESSAGE_FILES_MAX, r->count);
}

void results_free(struct results *r)
{
	uint32_t n = r->count < MESSAGE_FILES_MAX ? r->count : MESSAGE_FILES_MAX;

	for (uint32_t i = 0; r->texts && i < n; i++)
		buf_free(&r->texts[i]);
	for (uint32_t i = 0; i < r->count; i++) {
		free(r->item[i].path);
		free(r->item[i].from);
	}
	free(r->item);
	free(r->file);
	free(r->texts);
	free(r->payload);
	*r = (struct results)RESULTS_INIT;
}
