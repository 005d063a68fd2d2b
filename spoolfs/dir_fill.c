/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of dir_part.h that takes names down: one function for a kind of directory. */
#include "dir_part.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool add(struct dir *d, struct dir_item it, const char *name)
{
	size_t cap = d->cap ? d->cap * 2 : 32;
	struct dir_item *more;

	if (d->n == d->cap) {
		more = realloc(d->item, cap * sizeof(*more));
		if (!more) {
			d->error = ENOMEM;
			return false;
		}
		d->item = more;
		d->cap = cap;
	}
	it.name = d->names.len;
	if (name)
		buf_add(&d->names, name, strlen(name) + 1);
	d->item[d->n++] = it;
	if (d->names.failed)
		d->error = ENOMEM;
	return !d->error;
}

static void fill_fixed(struct dir *d)
{
	const struct tree_name *n;

	for (n = tree_names(tree_kind(d->ino)); n->name; n++)
		add(d, (struct dir_item){ .ino = tree_sibling(d->ino, n->kind), .type = n->mode }, n->name);
}

/* Words that only archived jobs have, each once. */
struct more_words { struct dir *d; struct view *v; const struct who *who; enum by by; struct values seen; };

static bool add_word(void *ctx, const struct archived *a)
{
	struct more_words *m = ctx;
	const char *word = a->word[m->by];
	bool fresh = false, known;

	if (!who_sees_word(m->who, m->by, a->owner))
		return true;
	index_rdlock(&m->v->index);
	known = !*word || value_find(&m->v->index.by[m->by], word, strlen(word));
	index_unlock(&m->v->index);
	if (known || !value_get(&m->seen, word, strlen(word), &fresh) || !fresh)
		return true;
	return add(m->d, (struct dir_item){ .type = S_IFDIR }, word);
}

static void fill_values(struct dir *d, struct view *v, const struct who *who)
{
	enum by by = (enum by)(tree_kind(d->ino) - TREE_BY);
	const struct values *s = &v->index.by[by];
	struct more_words more = { d, v, who, by, { 0 } };

	if (by != BY_PHASE)
		index_wait(&v->index);
	index_rdlock(&v->index);
	for (uint32_t i = 1; i < s->n; i++)
		if (s->v[i].text && who_sees_value(v, who, by, i))
			add(d, (struct dir_item){ .ino = index_value_ino(&v->index, by, i), .type = S_IFDIR },
			    s->v[i].text);
	index_unlock(&v->index);
	if (by != BY_PHASE) {
		values_init(&more.seen);
		archives_each(v, by, NULL, add_word, &more);
		values_free(&more.seen);
	}
}

struct archived_ids { struct dir *d; const struct who *who; enum by by; };

static bool add_archived(void *ctx, const struct archived *a)
{
	struct archived_ids *x = ctx;
	char id[UUID_TEXT];

	uuid_format(&a->id, id);
	return !who_sees_word(x->who, x->by, a->owner) || add(x->d, (struct dir_item){ .type = S_IFLNK }, id);
}

static void fill_links(struct dir *d, struct view *v, const struct who *who)
{
	enum by by = (enum by)(tree_kind(d->ino) - TREE_VALUE);
	char text[NAME_MAX + 1] = "";
	const struct value *value;
	uint32_t i;

	if (by != BY_PHASE)
		index_wait(&v->index);
	index_rdlock(&v->index);
	value = value_at(&v->index.by[by], tree_index(d->ino), tree_gen(d->ino));
	for (i = value ? value->head : 0; i; i = v->index.job[i].list[by].next)
		if (!v->index.job[i].archived && who_sees_word(who, by, v->index.job[i].owner))
			add(d, (struct dir_item){ .ino = index_ino(&v->index, &v->index.job[i], TREE_LINK),
					      .type = S_IFLNK, .job = i }, NULL);
	if (value)
		snprintf(text, sizeof text, "%s", value->text);
	index_unlock(&v->index);
	if (*text && (by != BY_PHASE || phase_final((enum phase)phase_parse(text, strlen(text)))))
		archives_each(v, by, text, add_archived, &(struct archived_ids){ d, who, by });
}

static bool add_free(void *ctx, const char *name)
{
	return add(ctx, (struct dir_item){ .type = S_IFREG }, name);
}

struct site_ctx { struct dir *d; struct view *v; };

static bool add_site(void *ctx, const char *name)
{
	struct site_ctx *c = ctx;
	uint32_t number = sites_find(&c->v->sites, &c->v->spool, name);

	return !number || add(c->d, (struct dir_item){ .ino = tree_ino(TREE_SITE, number, 0, 0),
						   .type = S_IFDIR }, name);
}

static void fill_datasets(struct dir *d, struct view *v, const struct who *who)
{
	struct buf names = BUF_INIT;

	sites_datasets(&v->sites, &v->spool, tree_index(d->ino), &names);
	for (size_t at = 0; at < names.len; at += strlen(names.s + at) + 1)
		if (!wants_hidden(v, who, names.s + at))
			add_free(d, names.s + at);
	if (names.failed)
		d->error = ENOMEM;
	buf_free(&names);
}

/* stdout and stderr lie there too, and have their place one level up. */
static bool shown(const struct dir *d, const char *name)
{
	if (tree_kind(d->ino) == TREE_RESULTS)
		return strcmp(name, "stdout") && strcmp(name, "stderr") && strcmp(name, ".") &&
		       strcmp(name, "..");
	return strcmp(name, ".") && strcmp(name, "..") &&
	       (tree_kind(d->ino) != TREE_REJECTED || name[0] != '.');
}

static bool add_result(void *ctx, const char *name, mode_t type)
{
	struct dir *d = ctx;

	return !shown(d, name) || add(d, (struct dir_item){ .type = type }, name);
}

/* What was rejected may have a name that is nobody else's business. */
static bool is_theirs(int dir, const char *name, const struct who *who)
{
	struct stat st;

	return who->all || (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_uid == who->uid);
}

/* The names of a real directory; fd is taken. */
static void fill_from(struct dir *d, int fd, const struct who *who)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		d->error = errno;
		close(fd);
		return;
	}
	while ((errno = 0, e = readdir(dir)))
		if (shown(d, e->d_name) && (tree_kind(d->ino) != TREE_REJECTED || is_theirs(fd, e->d_name, who)))
			add(d, (struct dir_item){ .type = DTTOIF(e->d_type) }, e->d_name);
	if (errno)
		d->error = errno;
	closedir(dir);
}

static void fill_real(struct dir *d, struct view *v, const struct who *who)
{
	int fd = -1, error;
	char path[PATH_MAX];
	struct uuid id;

	if (pass_archived(v, d->ino, &id, path)) {
		archives_list(v, &id, path, add_result, d);
		return;
	}
	error = pass_open(v, d->ino, O_RDONLY | O_DIRECTORY, &fd);
	if (error == 0)
		fill_from(d, fd, who);
	else if (error != ENOENT)
		d->error = error;
}

static void fill_offers(struct dir *d, struct view *v)
{
	offer_each(v, d->ino, tree_kind(d->ino) == TREE_OFFERS ? "offered" : "accepted", add_free, d);
}

/* Of what waits to be taken each sees their own. */
static void fill_inbox(struct dir *d, struct view *v, const struct who *who)
{
	size_t kept = 0;
	struct stat st;

	draft_each(&v->drafts, add_free, d);
	for (size_t i = 0; i < d->n; i++)
		if (who->all || (draft_stat(&v->drafts, d->names.s + d->item[i].name, &st) == 0 && st.st_uid == who->uid))
			d->item[kept++] = d->item[i];
	d->n = kept;
}

static bool add_made(void *ctx, const char *name, mode_t type)
{
	return add(ctx, (struct dir_item){ .type = type }, name);
}

/* False: it is not in a room. */
static bool fill_made(struct dir *d, struct view *v, const struct who *who)
{
	char path[PATH_MAX] = "";
	uint64_t top = d->ino;
	const struct room *room;

	if (tree_kind(d->ino) == TREE_NAME && !names_path(&v->names, d->ino, &top, path))
		return true;
	room = room_of(tree_kind(top));
	if (!room)
		return false;
	room->list(v, who, top, path, add_made, d);
	return true;
}

void dir_fill(struct dir *d, struct view *v, fuse_req_t req)
{
	int kind = tree_kind(d->ino);
	struct who who;

	who_init(&who, v, req);
	d->filled = true;
	if ((kind == TREE_NAME || room_of(kind)) && fill_made(d, v, &who))
		return;
	if (tree_is_by(kind))
		fill_values(d, v, &who);
	else if (tree_is_value(kind))
		fill_links(d, v, &who);
	else if (kind == TREE_SITES)
		sites_each(&v->spool, add_site, &(struct site_ctx){ d, v });
	else if (kind == TREE_INBOX)
		fill_inbox(d, v, &who);
	else if (kind == TREE_SITE_CACHE)
		fill_datasets(d, v, &who);
	else if (kind == TREE_OFFERS || kind == TREE_ACCEPTED)
		fill_offers(d, v);
	else if (kind == TREE_REJECTED || kind == TREE_RESULTS || kind == TREE_NAME)
		fill_real(d, v, &who);
	else
		fill_fixed(d);
}
