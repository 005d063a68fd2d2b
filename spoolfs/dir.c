/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory's names are taken down when it is first read, so that a listing
 * is of one moment and its offsets mean something.  jobs/ needs no such copy:
 * a job's number is its offset.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "view.h"

/* Free names know no number: it would have to be counted and forgotten. */
enum { NO_INO = 0xffffffff };

struct item {
	uint64_t ino;		/* 0: a free name */
	mode_t type;
	size_t name;		/* where it begins in names; with a job: not used */
	uint32_t job;		/* its number; 0: none */
};

struct dir {
	fuse_ino_t ino;
	bool filled;
	bool failed;		/* out of memory while it was filled */
	struct item *item;
	size_t n, cap;
	struct buf names;
};

struct dir *dir_open(fuse_ino_t ino)
{
	struct dir *d = malloc(sizeof(*d));

	if (d)
		*d = (struct dir){ .ino = ino, .names = BUF_INIT };
	return d;
}

void dir_close(struct dir *d)
{
	if (!d)
		return;
	free(d->item);
	buf_free(&d->names);
	free(d);
}

/* --- taking names down ------------------------------------------------------------------- */

static bool add(struct dir *d, struct item it, const char *name)
{
	size_t cap = d->cap ? d->cap * 2 : 32;
	struct item *more;

	if (d->n == d->cap) {
		more = realloc(d->item, cap * sizeof(*more));
		if (!more) {
			d->failed = true;
			return false;
		}
		d->item = more;
		d->cap = cap;
	}
	it.name = d->names.len;
	if (name)
		buf_add(&d->names, name, strlen(name) + 1);
	d->item[d->n++] = it;
	d->failed |= d->names.failed;
	return !d->failed;
}

static void fill_fixed(struct dir *d)
{
	const struct tree_name *n;

	for (n = tree_names(tree_kind(d->ino)); n->name; n++)
		add(d, (struct item){ .ino = tree_sibling(d->ino, n->kind), .type = n->mode }, n->name);
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
	return add(m->d, (struct item){ .type = S_IFDIR }, word);
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
			add(d, (struct item){ .ino = index_value_ino(&v->index, by, i), .type = S_IFDIR },
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
	return !who_sees_word(x->who, x->by, a->owner) || add(x->d, (struct item){ .type = S_IFLNK }, id);
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
			add(d, (struct item){ .ino = index_ino(&v->index, &v->index.job[i], TREE_LINK),
					      .type = S_IFLNK, .job = i }, NULL);
	if (value)
		snprintf(text, sizeof text, "%s", value->text);
	index_unlock(&v->index);
	if (*text && (by != BY_PHASE || phase_final((enum phase)phase_parse(text, strlen(text)))))
		archives_each(v, by, text, add_archived, &(struct archived_ids){ d, who, by });
}

static bool add_free(void *ctx, const char *name)
{
	return add(ctx, (struct item){ .type = S_IFREG }, name);
}

struct site_ctx { struct dir *d; struct view *v; };

static bool add_site(void *ctx, const char *name)
{
	struct site_ctx *c = ctx;
	uint32_t number = sites_find(&c->v->sites, &c->v->spool, name);

	return !number || add(c->d, (struct item){ .ino = tree_ino(TREE_SITE, number, 0, 0),
						   .type = S_IFDIR }, name);
}

static void fill_datasets(struct dir *d, struct view *v, const struct who *who)
{
	struct buf names = BUF_INIT;

	sites_datasets(&v->sites, &v->spool, tree_index(d->ino), &names);
	for (size_t at = 0; at < names.len; at += strlen(names.s + at) + 1)
		if (!wants_hidden(v, who, names.s + at))
			add_free(d, names.s + at);
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

	return !shown(d, name) || add(d, (struct item){ .type = type }, name);
}

/* What was rejected may have a name that is nobody else's business. */
static bool is_theirs(int dir, const char *name, const struct who *who)
{
	struct stat st;

	return who->all || (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_uid == who->uid);
}

static void fill_real(struct dir *d, struct view *v, const struct who *who)
{
	struct dirent *e;
	DIR *dir = NULL;
	int fd = -1;
	char path[PATH_MAX];
	struct uuid id;

	if (pass_archived(v, d->ino, &id, path)) {
		archives_list(v, &id, path, add_result, d);
		return;
	}
	if (pass_open(v, d->ino, O_RDONLY | O_DIRECTORY, &fd) == 0)
		dir = fdopendir(fd);
	if (!dir && fd >= 0)
		close(fd);
	while (dir && (e = readdir(dir)))
		if (shown(d, e->d_name) && (tree_kind(d->ino) != TREE_REJECTED || is_theirs(fd, e->d_name, who)))
			add(d, (struct item){ .type = DTTOIF(e->d_type) }, e->d_name);
	if (dir)
		closedir(dir);
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
	return add(ctx, (struct item){ .type = type }, name);
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

static void fill(struct dir *d, struct view *v, fuse_req_t req)
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

/* --- giving them out ------------------------------------------------------------------------ */

struct out {
	fuse_req_t req;
	char *at;
	size_t left;
	bool plus;
};

/* False: no room for it. */
static bool give(struct out *o, const char *name, const struct fuse_entry_param *e, off_t next)
{
	size_t n = o->plus ? fuse_add_direntry_plus(o->req, o->at, o->left, name, e, next) :
			     fuse_add_direntry(o->req, o->at, o->left, name, &e->attr, next);

	if (n > o->left)
		return false;
	o->at += n;
	o->left -= n;
	return true;
}

static bool give_dots(struct out *o, fuse_ino_t ino, off_t *off)
{
	/* Without a node id the kernel takes only the name: it knows these two. */
	struct fuse_entry_param e = { .attr = { .st_ino = ino, .st_mode = S_IFDIR } };

	for (; *off < 2; ++*off)
		if (!give(o, *off ? ".." : ".", &e, *off + 1))
			return false;
	return true;
}

/* Attributes, if they are wanted; false: it has gone since the names were taken. */
static bool describe(struct view *v, const struct out *o, fuse_ino_t ino, mode_t type,
		     int see, struct fuse_entry_param *e)
{
	int kind = tree_kind(ino);
	struct job j;

	*e = (struct fuse_entry_param){ .attr = { .st_ino = ino, .st_mode = type } };
	if (!o->plus)
		return true;
	if (tree_is_job(kind)) {
		if (attr_need(v, ino, see, &j))
			return false;
		ino = index_ino_of(tree_index(ino), &j, kind);
		attr_job(v, &j, ino, &e->attr, &e->attr_timeout);
	} else if (attr_get(v, o->req, ino, &e->attr, &e->attr_timeout)) {
		return false;
	}
	e->ino = ino;
	e->entry_timeout = tree_is_site(kind) || (kind == TREE_VALUE + BY_NAME && v->root) ? VIEW_NOT : VIEW_LONG;
	return true;
}

/* A link that was listed may have moved to another value since. */
static bool still_there(struct view *v, const struct dir *d, const struct item *it, char id[UUID_TEXT])
{
	enum by by = (enum by)(tree_kind(d->ino) - TREE_VALUE);
	const struct job *j;
	bool there;

	index_rdlock(&v->index);
	j = index_job(&v->index, it->job, tree_gen(it->ino));
	there = j && j->value[by] == tree_index(d->ino);
	if (there)
		uuid_format(&j->id, id);
	index_unlock(&v->index);
	return there;
}

static bool give_item(struct view *v, struct out *o, const struct dir *d, const struct item *it,
		      off_t next)
{
	bool is_link = tree_is_value(tree_kind(d->ino));
	int see = is_link ? JOB_SEEN_LINK << (tree_kind(d->ino) - TREE_VALUE) : JOB_SEEN_FILES;
	struct fuse_entry_param e;
	char id[UUID_TEXT];

	if (!it->ino) {
		e = (struct fuse_entry_param){ .attr = { .st_ino = NO_INO, .st_mode = it->type } };
		return give(o, d->names.s + it->name, &e, next);
	}
	/* Described first: what is seen is told when it moves after this. */
	if (!describe(v, o, it->ino, it->type, see, &e))
		return true;
	if (is_link && !still_there(v, d, it, id))
		return true;
	return give(o, is_link ? id : d->names.s + it->name, &e, next);
}

static bool next_job(struct view *v, uint32_t *number, struct uuid *id, fuse_ino_t *ino)
{
	struct index *ix = &v->index;
	bool found;

	index_rdlock(ix);
	while (*number < ix->n && (!ix->job[*number].used || ix->job[*number].archived))
		++*number;
	found = *number < ix->n;
	if (found) {
		*id = ix->job[*number].id;
		*ino = index_ino(ix, &ix->job[*number], TREE_JOB);
	}
	index_unlock(ix);
	return found;
}

static void give_jobs(struct view *v, struct out *o, off_t off)
{
	uint32_t number = (uint32_t)off - 1;
	struct fuse_entry_param e;
	char name[UUID_TEXT];
	struct uuid id;
	fuse_ino_t ino;

	for (; next_job(v, &number, &id, &ino); number++) {
		if (!describe(v, o, ino, S_IFDIR, JOB_SEEN_ENTRY, &e))
			continue;
		uuid_format(&id, name);
		if (!give(o, name, &e, (off_t)number + 2))
			break;
	}
}

ssize_t dir_read(struct view *v, fuse_req_t req, struct dir *d, fuse_ino_t ino, char *buf,
		 size_t size, off_t off, bool plus)
{
	struct out o = { .req = req, .at = buf, .left = size, .plus = plus };

	if (!give_dots(&o, ino, &off))
		return o.at - buf;
	if (tree_kind(ino) == TREE_JOBS) {
		give_jobs(v, &o, off);
		return o.at - buf;
	}
	/* rewinddir(3) reads anew, as it does everywhere. */
	if (!d->filled || off == 2) {
		d->n = 0;
		buf_reset(&d->names);
		fill(d, v, req);
	}
	if (d->failed)
		return -ENOMEM;
	for (size_t i = (size_t)off - 2; i < d->n; i++)
		if (!give_item(v, &o, d, &d->item[i], (off_t)i + 3))
			break;
	return o.at - buf;
}
