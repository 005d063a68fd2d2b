/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * datasets/NAME/: where each dataset lies, how large it is, who uses it.
 *
 *	where	a line for each place: hub, store, URL or site; bytes; digest
 *	size  digest	of the hub's version, or of the first that is known
 *	users	a line for each job that has not ended, of those that the caller sees
 *
 * Names come from SPOOL/data/ and from what sites say that they hold.  What is
 * sensitive is shown to those alone who use it, or may read the hub's copy.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dataset_doc.h"
#include "io.h"
#include "title.h"
#include "view.h"

enum { DOC_MAX = 16 << 20, NOTE_MAX = 4096 };

static const char *const files[] = { "where", "size", "digest", "users", NULL };

/* --- what the hub has --------------------------------------------------------------- */

struct known {
	struct tree tree;
	struct dataset_doc doc;		/* data/NAME.yaml, if `told` */
	bool told, there;		/* there: data/NAME is */
	struct stat st;			/* of it, or of its document */
	unsigned long long bytes;	/* measured; digest "" : not yet */
	char digest[DIGEST_TEXT];
};

static void read_doc(struct view *v, const char *name, struct known *k)
{
	struct buf text = BUF_INIT;
	char file[NAME_MAX + 8];

	snprintf(file, sizeof file, "%.240s.yaml", name);
	if (io_read(v->spool.data, file, DOC_MAX, &text, NULL) == 0 &&
	    tree_parse(&k->tree, text.s, text.len, &tree_limits_site, NULL) == 0)
		k->told = dataset_doc_read(&k->tree, k->tree.root, &k->doc, NULL) == 0;
	if (k->told && !k->there && fstatat(v->spool.data, file, &k->st, 0) < 0)
		k->told = false;
	if (k->told && k->doc.known) {
		k->bytes = k->doc.size;
		digest_format(&k->doc.digest, k->digest);
	}
	buf_free(&text);
}

/* What the hub measured: run/catalogue/NAME.yaml. */
static void read_note(struct view *v, const char *name, struct known *k)
{
	struct buf text = BUF_INIT;
	struct tree t = TREE_INIT;
	const struct node *bytes, *digest;
	char file[NAME_MAX + 32];

	snprintf(file, sizeof file, "catalogue/%.240s.yaml", name);
	if (io_read(v->spool.run, file, NOTE_MAX, &text, NULL) == 0 &&
	    tree_parse(&t, text.s, text.len, NULL, NULL) == 0) {
		bytes = node_get(t.root, "bytes");
		digest = node_get(t.root, "digest");
		if (bytes && digest) {
			sscanf(bytes->text, "%llu", &k->bytes);
			snprintf(k->digest, sizeof k->digest, "%s", digest->text);
		}
	}
	tree_free(&t);
	buf_free(&text);
}

static void know(struct view *v, const char *name, struct known *k)
{
	*k = (struct known){ .tree = TREE_INIT };
	if (!io_name_ok(name) || v->spool.data < 0)
		return;
	k->there = fstatat(v->spool.data, name, &k->st, 0) == 0;
	read_doc(v, name, k);
	if (k->there && !*k->digest)
		read_note(v, name, k);
}

/* --- who may know of it --------------------------------------------------------------- */

static bool states_sensitivity(struct view *v, const char *name)
{
	const struct values *s = &v->index.by[BY_SHAPE];
	bool found = false;

	index_rdlock(&v->index);
	for (uint32_t i = 1; i < s->n && !found; i++)
		found = s->v[i].text && s->v[i].wants.sensitive && wants_dataset(&s->v[i].wants, name);
	index_unlock(&v->index);
	return found;
}

static bool is_hidden(struct view *v, const struct who *who, const char *name, const struct known *k)
{
	bool sensitive = (k->told && k->doc.sensitivity) || (k->there && !(k->st.st_mode & 0004));

	if (who->all || ((k->there || k->told) && k->st.st_uid == who->uid))
		return false;
	if (k->there && k->st.st_mode & 0040 && who_in(who, k->st.st_gid))
		return false;
	return (sensitive || states_sensitivity(v, name)) && !wants_by(v, who, name);
}

bool wants_hidden(struct view *v, const struct who *who, const char *dataset)
{
	struct known k;
	bool hidden;

	if (who->all)
		return false;
	know(v, dataset, &k);
	hidden = is_hidden(v, who, dataset, &k);
	tree_free(&k.tree);
	return hidden;
}

/* --- at sites ---------------------------------------------------------------------------- */

struct at_sites { struct view *v; const char *name; struct buf *out; bool found; };

static bool look_at_site(void *ctx, const char *site)
{
	struct at_sites *a = ctx;
	struct buf text = BUF_INIT;
	unsigned long long bytes = 0;
	char digest[DIGEST_TEXT] = "";

	/* "bytes: N\ndigest: D\n" */
	if (sites_dataset(&a->v->sites, &a->v->spool, sites_find(&a->v->sites, &a->v->spool, site),
			  a->name, &text)) {
		a->found = true;
		sscanf(text.s, "bytes: %llu\ndigest: %64s", &bytes, digest);
		if (a->out)
			buf_addf(a->out, "site %s: %llu bytes, %s\n", site, bytes, digest);
	}
	buf_free(&text);
	return !a->found || a->out;
}

static bool at_sites(struct view *v, const char *name, struct buf *out)
{
	struct at_sites a = { v, name, out, false };

	sites_each(&v->spool, look_at_site, &a);
	return a.found;
}

/* --- texts ---------------------------------------------------------------------------------- */

static void add_where(struct view *v, const char *name, const struct known *k, struct buf *out)
{
	if (k->there && *k->digest)
		buf_addf(out, "hub: %llu bytes, %s\n", k->bytes, k->digest);
	else if (k->there)
		buf_adds(out, "hub: not measured yet\n");
	for (uint32_t i = 0; k->told && i < k->doc.replicas; i++) {
		const struct dataset_replica *r = &k->doc.replica[i];

		if (r->store)
			buf_addf(out, "store %s: %s\n", r->store, r->path);
		else if (r->url)
			buf_addf(out, "%s\n", r->url);
	}
	at_sites(v, name, out);
}

static void add_users(struct view *v, const struct who *who, const char *name, struct buf *out)
{
	const struct index *ix = &v->index;
	const struct values *s = &ix->by[BY_SHAPE];
	char id[UUID_TEXT];

	index_wait(&v->index);
	index_rdlock(&v->index);
	for (uint32_t i = 1; i < s->n; i++) {
		if (!s->v[i].text || !wants_dataset(&s->v[i].wants, name))
			continue;
		for (uint32_t j = s->v[i].head; j; j = ix->job[j].list[BY_SHAPE].next) {
			const struct job *job = &ix->job[j];

			if (!who_sees(who, job->owner) || phase_final((enum phase)job->phase))
				continue;
			uuid_format(&job->id, id);
			buf_addf(out, "%s %s %s\n", id, phase_name((enum phase)job->shown),
				 value_text(&ix->by[BY_USER], job->value[BY_USER]));
		}
	}
	index_unlock(&v->index);
}

static void add_text(struct view *v, const struct who *who, const char *name, const char *file,
		     const struct known *k, struct buf *out)
{
	struct buf where = BUF_INIT;
	unsigned long long bytes = k->bytes;
	char digest[DIGEST_TEXT];
	const char *comma;

	snprintf(digest, sizeof digest, "%s", k->digest);
	if (!*digest) {
		/* The first site's version will do. */
		at_sites(v, name, &where);
		comma = strstr(where.s, ": ");
		if (comma)
			sscanf(comma, ": %llu bytes, %64s", &bytes, digest);
		buf_free(&where);
	}
	if (!strcmp(file, "where"))
		add_where(v, name, k, out);
	else if (!strcmp(file, "users"))
		add_users(v, who, name, out);
	else if (!strcmp(file, "size") && *digest)
		buf_addf(out, "%llu\n", bytes);
	else if (!strcmp(file, "digest") && *digest)
		buf_addf(out, "%s\n", digest);
}

/* --- the room ------------------------------------------------------------------------------- */

/* NAME or NAME/FILE; *file is "" for a directory.  0, or ENOENT. */
static int find(struct view *v, const struct who *who, const char *path, char name[NAME_MAX + 1],
		const char **file, struct known *k)
{
	const char *slash = strchr(path, '/');
	bool is = false;

	snprintf(name, NAME_MAX + 1, "%.*s", (int)(slash ? slash - path : NAME_MAX), path);
	*file = slash ? slash + 1 : "";
	for (int i = 0; files[i] && slash; i++)
		is |= !strcmp(files[i], *file);
	know(v, name, k);
	if ((slash && !is) || (!k->there && !k->told && !at_sites(v, name, NULL)) ||
	    is_hidden(v, who, name, k)) {
		tree_free(&k->tree);
		return ENOENT;
	}
	return 0;
}

static int data_stat(struct view *v, const struct who *who, uint64_t top, const char *path,
		     struct stat *st)
{
	char name[NAME_MAX + 1];
	const char *file;
	struct known k;

	(void)top;
	if (find(v, who, path, name, &file, &k))
		return ENOENT;
	st->st_mode = *file ? S_IFREG | 0444 : S_IFDIR | 0555;
	if (k.there)
		st->st_mtim = st->st_ctim = st->st_atim = k.st.st_mtim;
	tree_free(&k.tree);
	return 0;
}

static int data_text(struct view *v, const struct who *who, uint64_t top, const char *path,
		     struct buf *out)
{
	char name[NAME_MAX + 1];
	const char *file;
	struct known k;

	(void)top;
	if (find(v, who, path, name, &file, &k))
		return ENOENT;
	add_text(v, who, name, file, &k, out);
	tree_free(&k.tree);
	return *file ? 0 : EISDIR;
}

static bool add_name(struct buf *list, const char *name)
{
	for (size_t at = 0; at < list->len; at += strlen(list->s + at) + 1)
		if (!strcmp(list->s + at, name))
			return false;
	buf_add(list, name, strlen(name) + 1);
	return true;
}

struct site_names { struct view *v; struct buf *list; };

static bool add_of_site(void *ctx, const char *site)
{
	struct site_names *n = ctx;
	struct buf names = BUF_INIT;

	sites_datasets(&n->v->sites, &n->v->spool, sites_find(&n->v->sites, &n->v->spool, site), &names);
	for (size_t at = 0; at < names.len; at += strlen(names.s + at) + 1)
		add_name(n->list, names.s + at);
	buf_free(&names);
	return true;
}

/* data/NAME and data/NAME.yaml are of one dataset. */
static void add_of_hub(struct view *v, struct buf *list)
{
	DIR *p = v->spool.data >= 0 ? io_list(v->spool.data, ".", NULL) : NULL;
	char name[NAME_MAX + 1];
	struct dirent *e;

	while (p && (e = readdir(p))) {
		size_t n = strlen(e->d_name);
		struct known k;

		if (!io_name_ok(e->d_name))
			continue;
		snprintf(name, sizeof name, "%s", e->d_name);
		if (n > 5 && !strcmp(name + n - 5, ".yaml")) {
			name[n - 5] = '\0';
			know(v, name, &k);
			tree_free(&k.tree);
			if (!k.told)
				name[n - 5] = '.';
		}
		add_name(list, name);
	}
	if (p)
		closedir(p);
}

static void data_list(struct view *v, const struct who *who, uint64_t top, const char *path,
		      room_add *add, void *ctx)
{
	struct buf list = BUF_INIT;
	struct site_names n = { v, &list };

	(void)top;
	for (int i = 0; *path && files[i]; i++)
		add(ctx, files[i], S_IFREG);
	if (*path)
		return;
	add_of_hub(v, &list);
	sites_each(&v->spool, add_of_site, &n);
	for (size_t at = 0; at < list.len; at += strlen(list.s + at) + 1)
		if (!wants_hidden(v, who, list.s + at))
			add(ctx, list.s + at, S_IFDIR);
	buf_free(&list);
}

const struct room dataset_room = { data_stat, data_list, data_text };
