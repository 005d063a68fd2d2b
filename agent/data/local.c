/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "local.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "background.h"
#include "dataset.h"
#include "field.h"
#include "io.h"
#include "line.h"

/* So long a fingerprint is believed: a big tree costs a stat for each file. */
enum { BELIEVE_SECONDS = 600, NAME_MAX_HERE = 144 };

static void file_name(char out[NAME_MAX_HERE], const struct local_dataset *ds, const char *before,
		      const char *behind)
{
	snprintf(out, NAME_MAX_HERE, "%s%s%s", before, ds->name, behind);
}

static int set_items(struct locals *l, const struct settings *set, struct diag *d)
{
	l->item = calloc(set->datasets, sizeof *l->item);
	if (!l->item)
		return diag_nomem(d);
	l->count = set->datasets;
	for (uint32_t i = 0; i < l->count; i++) {
		l->item[i].name = set->dataset[i].name;
		l->item[i].path = set->dataset[i].path;
	}
	return 0;
}

int locals_open(struct locals *l, const struct settings *set, struct state *st, struct diag *d)
{
	*l = (struct locals){ .dir = -1 };
	if (!set->datasets)
		return 0;
	if (io_mkdir(st->root, "measured", 0700, d) < 0)
		return -1;
	l->dir = io_opendir(st->root, "measured", d);
	if (l->dir >= 0 && set_items(l, set, d) == 0)
		return 0;
	locals_close(l);
	return -1;
}

int locals_probe(struct locals *l, const struct settings *set, struct log *log, struct diag *d)
{
	struct dataset_measure m;
	struct diag why = DIAG_INIT;

	*l = (struct locals){ .dir = -1 };
	if (!set->datasets)
		return 0;
	if (set_items(l, set, d) < 0)
		return -1;
	for (uint32_t i = 0; i < l->count; i++) {
		struct local_dataset *ds = &l->item[i];

		ds->known = dataset_measure(AT_FDCWD, ds->path, &m, NULL, &why) == 0;
		if (!ds->known) {
			log_error(log, "the dataset %s at %s is not offered: %s", ds->name, ds->path,
				  why.text);
			continue;
		}
		ds->bytes = m.bytes;
		ds->digest = m.digest;
	}
	return 0;
}

void locals_close(struct locals *l)
{
	if (l->dir >= 0)
		close(l->dir);
	free(l->item);
	*l = (struct locals){ .dir = -1 };
}

/* --- what was measured ----------------------------------------------------------- */

struct record { const char *path, *fingerprint, *digest; uint64_t bytes; };

static int read_record(const struct locals *l, struct local_dataset *ds)
{
	static const struct field fields[] = {
		{ "path", FIELD_TEXT, offsetof(struct record, path), .required = true, .max = 4096 },
		{ "fingerprint", FIELD_TEXT, offsetof(struct record, fingerprint), .required = true },
		{ "size", FIELD_SIZE, offsetof(struct record, bytes), .required = true },
		{ "digest", FIELD_TEXT, offsetof(struct record, digest), .required = true },
		{ .name = NULL },
	};
	struct record r = { .path = NULL };
	struct line_reader reader;
	struct line line;
	struct buf text = BUF_INIT;
	char name[NAME_MAX_HERE];
	int rc = -1;

	file_name(name, ds, "", ".yaml");
	if (io_read(l->dir, name, 8192, &text, NULL) < 0)
		goto out;
	line_open(&reader, text.s, text.len);
	if (line_next(&reader, &line, NULL) > 0 &&
	    field_read(line.map, "a measurement", fields, &r, NULL) == 0 &&
	    !strcmp(r.path, ds->path) &&
	    digest_parse(r.digest, strlen(r.digest), &ds->digest, NULL) == 0) {
		ds->bytes = r.bytes;
		ds->fingerprint = strtoull(r.fingerprint, NULL, 16);
		rc = 0;
	}
	line_close(&reader);
out:
	buf_free(&text);
	return rc;
}

static int write_record(const struct locals *l, const struct local_dataset *ds)
{
	struct buf text = BUF_INIT;
	char name[NAME_MAX_HERE], hex[DIGEST_TEXT], print[24];
	int rc;

	digest_format(&ds->digest, hex);
	snprintf(print, sizeof print, "%016" PRIx64, ds->fingerprint);
	file_name(name, ds, "", ".yaml");
	line_begin(&text);
	line_text(&text, "path", ds->path);
	line_text(&text, "fingerprint", print);
	line_int(&text, "size", (long long)ds->bytes);	/* `bytes` would announce a body */
	line_text(&text, "digest", hex);
	line_end(&text);
	rc = text.failed ? -1 : io_publish(l->dir, name, 0600, text.s, text.len, 0, NULL);
	buf_free(&text);
	return rc;
}

static bool believed(const struct locals *l, const struct local_dataset *ds)
{
	char name[NAME_MAX_HERE];
	struct stat st, top;
	time_t now = time(NULL);

	file_name(name, ds, "", ".yaml");
	if (fstatat(l->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || stat(ds->path, &top) < 0)
		return false;
	/* A single file is no work to look at; a tree that got or lost names at
	 * its top shows that in its mtime. */
	return S_ISDIR(top.st_mode) && st.st_mtime <= now && now - st.st_mtime < BELIEVE_SECONDS &&
	       top.st_mtime < st.st_mtime;
}

/* Is what was measured still so? */
static bool unchanged(const struct locals *l, const struct local_dataset *ds)
{
	char name[NAME_MAX_HERE];
	uint64_t print;

	if (believed(l, ds))
		return true;
	if (dataset_fingerprint(AT_FDCWD, ds->path, &print, NULL) < 0 || print != ds->fingerprint)
		return false;
	file_name(name, ds, "", ".yaml");
	utimensat(l->dir, name, NULL, 0);
	return true;
}

/* --- measuring ------------------------------------------------------------------------ */

struct work { const struct locals *l; struct local_dataset *ds; };

static int child(void *ctx)
{
	struct work *w = ctx;
	struct dataset_measure m;
	uint64_t before, after;

	/* Of what changes while it is read nobody knows what it was. */
	if (dataset_fingerprint(AT_FDCWD, w->ds->path, &before, NULL) < 0 ||
	    dataset_measure(AT_FDCWD, w->ds->path, &m, NULL, NULL) < 0 ||
	    dataset_fingerprint(AT_FDCWD, w->ds->path, &after, NULL) < 0 || before != after)
		return 1;
	w->ds->bytes = m.bytes;
	w->ds->digest = m.digest;
	w->ds->fingerprint = after;
	return write_record(w->l, w->ds) < 0;
}

static void measure(struct locals *l, struct local_dataset *ds, struct state *st, struct log *log)
{
	struct work w = { l, ds };
	struct diag d = DIAG_INIT;
	char lock[NAME_MAX_HERE];
	uint64_t print;

	if (dataset_fingerprint(AT_FDCWD, ds->path, &print, &d) < 0) {
		log_error(log, "the dataset %s at %s is not offered: %s", ds->name, ds->path, d.text);
		return;
	}
	file_name(lock, ds, ".", ".lock");
	if (background_start(st, l->dir, lock, child, &w, &ds->pid, &d) < 0)
		log_diag(log, "cannot measure a dataset", &d);
	else if (ds->pid && l->started)
		l->started(ds->pid, l->ctx);
}

void locals_check(struct locals *l, struct state *st, struct log *log)
{
	for (uint32_t i = 0; i < l->count; i++) {
		struct local_dataset *ds = &l->item[i];

		if (ds->pid)
			continue;
		ds->known = (ds->known || read_record(l, ds) == 0) && unchanged(l, ds);
		if (!ds->known)
			measure(l, ds, st, log);
	}
}

bool locals_ended(struct locals *l, pid_t pid, struct log *log)
{
	for (uint32_t i = 0; i < l->count; i++) {
		struct local_dataset *ds = &l->item[i];

		if (ds->pid != pid)
			continue;
		ds->pid = 0;
		ds->known = read_record(l, ds) == 0 && unchanged(l, ds);
		if (ds->known)
			log_say(log, "the dataset %s has %" PRIu64 " bytes", ds->name, ds->bytes);
		else
			log_error(log, "the dataset %s at %s could not be measured", ds->name, ds->path);
		return true;
	}
	return false;
}

void locals_wait(struct locals *l, int ms, struct log *log)
{
	int status;

	for (uint32_t i = 0; i < l->count; i++)
		if (l->item[i].pid && background_wait(l->item[i].pid, ms, &status))
			locals_ended(l, l->item[i].pid, log);
}

const struct local_dataset *locals_find(struct locals *l, const struct digest *g)
{
	for (uint32_t i = 0; i < l->count; i++) {
		struct local_dataset *ds = &l->item[i];

		if (ds->known && digest_eq(&ds->digest, g) && unchanged(l, ds))
			return ds;
	}
	return NULL;
}
