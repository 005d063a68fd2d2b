/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archives.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive_part.h"
#include "io.h"
#include "list_word.h"
#include "loop.h"
#include "title.h"
#include "view.h"

enum { LIST_MAX = 64 << 20, FILE_MAX = 16 << 20 };
static const int64_t look_every = 1000000000;

void archives_init(struct archives *a)
{
	*a = (struct archives){ .count = 0 };
	pthread_mutex_init(&a->lock, NULL);
}

void archives_free(struct archives *a)
{
	for (uint32_t i = 0; i < ARCHIVES_CONTENTS; i++)
		contents_free(a->contents[i]);
	free(a->archive);
	pthread_mutex_destroy(&a->lock);
}

/* --- which archives there are; under the lock ---------------------------------------- */

static bool is_known(const struct archives *a, const char *path)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (!strcmp(a->archive[i].path, path))
			return true;
	return false;
}

/* The first and the last id of a list. */
static bool range_of(const struct buf *list, struct archive_of *one)
{
	const char *last = list->len > 1 ? memrchr(list->s, '\n', list->len - 1) : NULL;

	last = last ? last + 1 : list->s;
	return list->len > UUID_LEN && uuid_parse(list->s, UUID_LEN, &one->first, NULL) == 0 &&
	       strlen(last) > UUID_LEN && uuid_parse(last, UUID_LEN, &one->last, NULL) == 0;
}

static int read_list(struct view *v, const struct archive_of *one, struct buf *list)
{
	char path[80];

	snprintf(path, sizeof path, "%.*s.list", (int)(strlen(one->path) - strlen(".tar.zst")), one->path);
	return io_read(v->spool.root, path, LIST_MAX, list, NULL);
}

static void add_archive(struct view *v, const char *path)
{
	struct archives *a = &v->archives;
	struct archive_of one = { .path = "" }, *more;
	struct buf list = BUF_INIT;

	snprintf(one.path, sizeof one.path, "%s", path);
	if (!is_known(a, path) && read_list(v, &one, &list) == 0 && range_of(&list, &one)) {
		more = realloc(a->archive, (a->count + 1) * sizeof *more);
		if (more) {
			a->archive = more;
			a->archive[a->count++] = one;
		}
	}
	buf_free(&list);
}

static void look_at_year(struct view *v, const char *year)
{
	char path[64];
	struct dirent *e;
	DIR *p;

	snprintf(path, sizeof path, "archive/%.8s", year);
	p = io_list(v->spool.root, path, NULL);
	while (p && (e = readdir(p))) {
		size_t n = strlen(e->d_name);

		if (e->d_name[0] == '.' || n > 32 || n < 9 || strcmp(e->d_name + n - 8, ".tar.zst"))
			continue;
		snprintf(path, sizeof path, "archive/%.8s/%.32s", year, e->d_name);
		add_archive(v, path);
	}
	if (p)
		closedir(p);
}

/* An archive never changes, and a new one is not missed for longer than a moment. */
static void look(struct view *v)
{
	DIR *p = NULL;
	struct dirent *e;

	if (index_clock() - v->archives.looked < look_every)
		return;
	loop_slow();
	p = io_list(v->spool.root, "archive", NULL);
	while (p && (e = readdir(p)))
		if (e->d_name[0] != '.' && strlen(e->d_name) <= 8)
			look_at_year(v, e->d_name);
	if (p)
		closedir(p);
	v->archives.looked = index_clock();
}

/* --- lines ------------------------------------------------------------------------------- */

static void take_word(char out[NAME_MAX + 1], char *word)
{
	struct buf b = BUF_INIT;

	list_unescape(word);
	title_component(word, strlen(word), &b);
	snprintf(out, NAME_MAX + 1, "%s", b.s);
	buf_free(&b);
}

/* formats/list_word.h; the line is cut into its words. */
static bool parse_line(char *line, struct archived *out)
{
	char *word[6] = { line }, *at = line;
	int phase;

	for (int i = 1; i < 6; i++) {
		at = strchr(at, ' ');
		if (!at)
			return false;
		*at++ = '\0';
		word[i] = at;
	}
	phase = phase_parse(word[1], strlen(word[1]));
	if (phase < 0 || uuid_parse(word[0], strlen(word[0]), &out->id, NULL) < 0)
		return false;
	out->phase = (enum phase)phase;
	out->owner = (uid_t)strtoul(word[2], NULL, 10);
	take_word(out->word[BY_PHASE], word[1]);
	take_word(out->word[BY_USER], word[3]);
	take_word(out->word[BY_SITE], word[4]);
	take_word(out->word[BY_NAME], word[5]);
	return true;
}

void archives_each(struct view *v, enum by by, const char *value,
		   bool (*call)(void *ctx, const struct archived *a), void *ctx)
{
	struct buf list = BUF_INIT;
	bool more = true;

	pthread_mutex_lock(&v->archives.lock);
	look(v);
	for (uint32_t i = 0; more && i < v->archives.count; i++) {
		char *next, *line;

		buf_reset(&list);
		if (i == 0)
			loop_slow();
		if (read_list(v, &v->archives.archive[i], &list) < 0)
			continue;
		for (line = list.s; more && (next = strchr(line, '\n')); line = next + 1) {
			struct archived one;

			*next = '\0';
			if (parse_line(line, &one) && (!value || !strcmp(one.word[by], value)))
				more = call(ctx, &one);
		}
	}
	pthread_mutex_unlock(&v->archives.lock);
	buf_free(&list);
}

/* Which archive has it, and in which phase it ended; under the lock. */
static const struct archive_of *find(struct view *v, const struct uuid *id, enum phase *phase)
{
	const struct archive_of *found = NULL;
	struct buf list = BUF_INIT;
	char key[UUID_TEXT + 2];

	key[0] = '\n';
	uuid_format(id, key + 1);
	key[UUID_TEXT] = ' ';
	key[UUID_TEXT + 1] = '\0';
	look(v);
	for (uint32_t i = 0; !found && i < v->archives.count; i++) {
		const struct archive_of *one = &v->archives.archive[i];
		const char *at;
		int p;

		if (uuid_cmp(id, &one->first) < 0 || uuid_cmp(id, &one->last) > 0)
			continue;
		buf_reset(&list);
		buf_addc(&list, '\n');
		if (read_list(v, one, &list) < 0 || !(at = memmem(list.s, list.len, key, UUID_LEN + 2)))
			continue;
		at += UUID_LEN + 2;
		p = phase_parse(at, strcspn(at, " \n"));
		if (p >= 0) {
			*phase = (enum phase)p;
			found = one;
		}
	}
	buf_free(&list);
	return found;
}

/* --- a job ---------------------------------------------------------------------------------- */

static int load(struct view *v, const struct uuid *id, struct facts *f)
{
	const struct archive_of *one;
	enum phase phase = PHASE_COMPLETED;
	struct stat st;
	char path[80], name[SPOOL_JOB_NAME];
	int err;

	one = find(v, id, &phase);
	if (!one)
		return ENOENT;
	loop_slow();
	spool_job_name(id, name);
	snprintf(path, sizeof path, "jobs/%s/%s", phase_name(phase), name);
	buf_reset(&f->text);
	err = archive_read(v, one, path, FILE_MAX, &f->text, &st);
	if (err)
		return err;
	f->owner = st.st_uid;
	f->mtime = facts_nanoseconds(&st.st_mtim);
	f->size = st.st_size;
	return facts_of_text(f, &v->spool, id, phase, NULL) < 0 ? EIO : 0;
}

int archives_facts(struct view *v, const struct uuid *id, struct facts *f)
{
	int err;

	pthread_mutex_lock(&v->archives.lock);
	err = load(v, id, f);
	pthread_mutex_unlock(&v->archives.lock);
	return err;
}

/* The index gets no larger by those that nobody asks for any more. */
static void make_room(struct view *v, const struct uuid *id)
{
	struct archives *a = &v->archives;
	uint32_t number;

	if (a->brought_n == ARCHIVES_BROUGHT) {
		number = index_find(&v->index, &a->brought[a->brought_at]);
		if (number && v->index.job[number].archived)
			index_remove(&v->index, number);
	} else {
		a->brought_n++;
	}
	a->brought[a->brought_at] = *id;
	a->brought_at = (a->brought_at + 1) % ARCHIVES_BROUGHT;
}

uint32_t archives_bring(struct view *v, const struct uuid *id, uint16_t *gen)
{
	struct facts f = FACTS_INIT;
	uint32_t number = 0;

	pthread_mutex_lock(&v->archives.lock);
	if (load(v, id, &f) == 0) {
		index_wrlock(&v->index);
		number = index_find(&v->index, id);
		if (!number) {
			make_room(v, id);
			number = index_put(&v->index, id, f.story.phase);
			if (number) {
				v->index.job[number].archived = 1;
				index_apply(&v->index, number, &f);
			}
		}
		if (number)
			*gen = v->index.job[number].gen;
		index_unlock(&v->index);
	}
	pthread_mutex_unlock(&v->archives.lock);
	facts_free(&f);
	return number;
}

/* --- its results ------------------------------------------------------------------------------ */

static const struct contents *contents_of(struct view *v, const struct uuid *id)
{
	struct archives *a = &v->archives;
	const struct archive_of *one;
	enum phase phase;

	for (uint32_t i = 0; i < ARCHIVES_CONTENTS; i++)
		if (a->contents[i] && !uuid_cmp(&a->contents[i]->id, id))
			return a->contents[i];
	one = find(v, id, &phase);
	if (!one)
		return NULL;
	loop_slow();
	contents_free(a->contents[a->contents_at]);
	a->contents[a->contents_at] = contents_read(v, one, id);
	a->contents_at = (a->contents_at + 1) % ARCHIVES_CONTENTS;
	return a->contents[(a->contents_at + ARCHIVES_CONTENTS - 1) % ARCHIVES_CONTENTS];
}

int archives_stat(struct view *v, const struct uuid *id, const char *path, struct stat *st)
{
	const struct contents *c;
	int err;

	pthread_mutex_lock(&v->archives.lock);
	c = contents_of(v, id);
	err = c ? contents_stat(c, path, st) : ENOENT;
	pthread_mutex_unlock(&v->archives.lock);
	return err;
}

void archives_list(struct view *v, const struct uuid *id, const char *path,
		   bool (*call)(void *ctx, const char *name, mode_t type), void *ctx)
{
	const struct contents *c;

	pthread_mutex_lock(&v->archives.lock);
	c = contents_of(v, id);
	if (c)
		contents_list(c, path, call, ctx);
	pthread_mutex_unlock(&v->archives.lock);
}

int archives_open(struct view *v, const struct uuid *id, const char *path, int *fd)
{
	const struct archive_of *one;
	char text[UUID_TEXT];
	struct buf name = BUF_INIT;
	enum phase phase;
	int err = ENOENT;

	uuid_format(id, text);
	buf_addf(&name, "results/%s/%s", text, path);
	pthread_mutex_lock(&v->archives.lock);
	one = find(v, id, &phase);
	if (one) {
		loop_slow();
		err = archive_extract(v, one, name.s, fd);
	}
	pthread_mutex_unlock(&v->archives.lock);
	buf_free(&name);
	return err;
}
