/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "field.h"
#include "instant.h"
#include "io.h"
#include "settings_env.h"

enum { FILE_MAX = 1 << 20, CACHE_COPY = 16 << 20 };

#define S(member) offsetof(struct settings, member)

static const struct field settings_fields[] = {
	{ "site", FIELD_NAME, S(site), .required = true },
	{ "hub", FIELD_TEXT, S(hub), .required = true, .max = PATH_MAX },
	{ "ssh", FIELD_TEXT, S(ssh) },
	{ "password-file", FIELD_TEXT, S(password_file), .max = PATH_MAX },
	{ "state", FIELD_TEXT, S(state), .max = PATH_MAX },
	{ "cgroup", FIELD_TEXT, S(cgroup), .max = PATH_MAX },
	{ "machine-root", FIELD_TEXT, S(machine_root), .max = PATH_MAX },
	{ "cores", FIELD_COUNT, S(cores), .min = 1, .max = 1000000 },
	{ "memory", FIELD_SIZE, S(memory) },
	{ "disk", FIELD_SIZE, S(disk) },
	{ "interval", FIELD_DURATION, S(interval) },
	{ "walltime", FIELD_DURATION, S(walltime) },
	{ "transfers", FIELD_COUNT, S(transfers), .min = 1, .max = 64 },
	{ "patience", FIELD_DURATION, S(patience), .min = SECOND_US },
	{ "stores", FIELD_IGNORE, 0 },
	{ "groups", FIELD_IGNORE, 0 },
	{ "tags", FIELD_IGNORE, 0 },
	{ "clearances", FIELD_IGNORE, 0 },
	{ "dependencies", FIELD_IGNORE, 0 },
	{ "datasets", FIELD_IGNORE, 0 },
	{ "runners", FIELD_IGNORE, 0 },
	{ "gpus", FIELD_IGNORE, 0 },
	{ "flavours", FIELD_IGNORE, 0 },
	{ "down", FIELD_IGNORE, 0 },
	{ "compute", FIELD_IGNORE, 0 },
	{ "environment", FIELD_IGNORE, 0 },
	{ "cache", FIELD_IGNORE, 0 },
	{ "pull", FIELD_IGNORE, 0 },
	{ "prices", FIELD_IGNORE, 0 },
	{ .name = NULL },
};

static const struct field dataset_fields[] = {
	{ "name", FIELD_NAME, offsetof(struct settings_dataset, name), .required = true, .max = 128 },
	{ "path", FIELD_TEXT, offsetof(struct settings_dataset, path), .required = true,
	  .max = PATH_MAX },
	{ .name = NULL },
};

static const struct field gpu_fields[] = {
	{ "type", FIELD_TEXT, offsetof(struct site_gpu, type), .required = true },
	{ "count", FIELD_COUNT, offsetof(struct site_gpu, count), .required = true, .min = 1 },
	{ "memory", FIELD_SIZE, offsetof(struct site_gpu, memory) },
	{ .name = NULL },
};

static const struct field cache_fields[] = {
	{ "size", FIELD_SIZE, S(cache_size) },
	{ "high", FIELD_SIZE, S(cache_high) },
	{ "low", FIELD_SIZE, S(cache_low) },
	{ "copy", FIELD_SIZE, S(cache_copy) },
	{ "scrub", FIELD_DURATION, S(scrub) },
	{ "path", FIELD_TEXT, S(cache), .max = PATH_MAX },
	{ .name = NULL },
};

/* --- paths ---------------------------------------------------------------- */

/* cron may give no HOME. */
static const char *home(void)
{
	const char *h = getenv("HOME");
	const struct passwd *pw;

	if (h && h[0] == '/')
		return h;
	pw = getpwuid(getuid());
	return pw && pw->pw_dir ? pw->pw_dir : "/";
}

static const char *join(struct tree *t, const char *a, const char *b)
{
	size_t n = strlen(a) + strlen(b) + 2;
	char *s = tree_alloc(t, n);

	if (s)
		snprintf(s, n, "%s/%s", strcmp(a, "/") ? a : "", b);
	return s;
}

/* Absolute, or from the home directory, or from where the file lies. */
static const char *resolve(struct settings *s, const char *base, const char *path)
{
	if (path[0] == '/')
		return path;
	if (path[0] == '~' && path[1] == '/')
		return join(&s->tree, home(), path + 2);
	return join(&s->tree, base, path);
}

/* The hub is a path unless it looks like HOST:, USER@HOST, rsync:// or a word of ours. */
static bool hub_is_path(const char *hub)
{
	return !strchr(hub, ':') && strcmp(hub, "carry") &&
	       (!strchr(hub, '@') || strchr(hub, '/'));
}

static int resolve_all(struct settings *s, const char *base, struct diag *d)
{
	if (s->state)
		s->state = resolve(s, base, s->state);
	else
		s->state = join(&s->tree, join(&s->tree, home(), ".local/share/spool-agent"),
				s->site);
	if (s->state && s->cache)
		s->cache = resolve(s, base, s->cache);
	else if (s->state)
		s->cache = join(&s->tree, s->state, "cache");
	if (hub_is_path(s->hub))
		s->hub = resolve(s, base, s->hub);
	s->machine_root = s->machine_root ? resolve(s, base, s->machine_root) : "/";
	if (s->password_file)
		s->password_file = resolve(s, base, s->password_file);
	for (uint32_t i = 0; i < s->datasets; i++)
		s->dataset[i].path = resolve(s, base, s->dataset[i].path);
	for (uint32_t i = 0; i < s->stores; i++)
		if (s->store[i].credentials)
			s->store[i].credentials = resolve(s, base, s->store[i].credentials);
	for (uint32_t i = 0; i < s->runners.count; i++)
		s->runners.item[i] = resolve(s, base, s->runners.item[i]);
	return s->state && s->cache && s->hub ? 0 : diag_nomem(d);
}

/* --- lists ------------------------------------------------------------------ */

static uint32_t count_items(const struct node *v)
{
	uint32_t n = 0;

	for (const struct node *i = node_first(v); i; i = node_after(v, i))
		n++;
	return n;
}

static int read_words(struct settings *s, const struct node *root, const char *key,
		      enum field_type type, struct text_list *out, struct diag *d)
{
	return text_list_read(&s->tree, node_get(root, key), key, type, out, d);
}

/* A list of mappings, all of one kind: what, size bytes each. */
static int read_maps(struct settings *s, const struct node *root, const char *key,
		     const char *what, const struct field *fields, size_t size, void **out,
		     uint32_t *count, struct diag *d)
{
	const struct node *v = node_get(root, key);
	char *items;

	if (!v || v->kind == NODE_NULL)
		return 0;
	items = tree_alloc(&s->tree, (count_items(v) + 1) * size);
	if (!items)
		return diag_nomem(d);
	*out = items;
	for (const struct node *i = node_first(v); i; i = node_after(v, i)) {
		memset(items + *count * size, 0, size);
		if (field_read(i, what, fields, items + (*count)++ * size, d) < 0)
			return -1;
	}
	return 0;
}

static int read_lists(struct settings *s, const struct node *root, struct diag *d)
{
	if (read_words(s, root, "groups", FIELD_NAME, &s->groups, d) < 0 ||
	    read_words(s, root, "tags", FIELD_NAME, &s->tags, d) < 0 ||
	    read_words(s, root, "clearances", FIELD_NAME, &s->clearances, d) < 0 ||
	    read_words(s, root, "dependencies", FIELD_NAME, &s->dependencies, d) < 0 ||
	    read_words(s, root, "runners", FIELD_TEXT, &s->runners, d) < 0)
		return -1;
	if (settings_env_read(s, node_get(root, "environment"), d) < 0 ||
	    site_read_flavours(&s->tree, node_get(root, "flavours"), &s->flavour, &s->flavours, d) < 0 ||
	    site_read_down(&s->tree, node_get(root, "down"), &s->down, &s->downs, d) < 0 ||
	    site_read_compute(&s->tree, node_get(root, "compute"), &s->compute, &s->computes, d) < 0)
		return -1;
	if (read_maps(s, root, "datasets", "a dataset", dataset_fields, sizeof *s->dataset,
		      (void **)&s->dataset, &s->datasets, d) < 0)
		return -1;
	return read_maps(s, root, "gpus", "a kind of GPU", gpu_fields, sizeof *s->gpu,
			 (void **)&s->gpu, &s->gpus, d);
}

/* --- all of it ------------------------------------------------------------------ */

static int read_root(struct settings *s, const char *base, struct diag *d)
{
	const struct node *root = s->tree.root, *cache;

	if (!root)
		return diag_set(d, "the file is empty, expected at least `site` and `hub`");
	if (field_read(root, "the agent's configuration", settings_fields, s, d) < 0)
		return -1;
	cache = node_get(root, "cache");
	if (cache && field_read(cache, "cache", cache_fields, s, d) < 0)
		return -1;
	if (cache && s->cache_low != UINT64_MAX && s->cache_low > s->cache_high)
		return diag_at(d, cache->line, cache->col, "cache: low is above high");
	if (s->cache_high != UINT64_MAX && s->cache_low == UINT64_MAX)
		s->cache_low = s->cache_high;
	if (settings_stores_read(&s->tree, node_get(root, "stores"), &s->store, &s->stores, d) < 0)
		return -1;
	if (policy_read(&s->tree, node_get(root, "pull"), &s->pull, d) < 0 ||
	    prices_read(node_get(root, "prices"), &s->prices, d) < 0 || read_lists(s, root, d) < 0)
		return -1;
	if (s->cgroup && s->cgroup[0] != '/')
		return diag_at(d, node_get(root, "cgroup")->line, node_get(root, "cgroup")->col,
			       "cgroup: found \"%.60s\", expected an absolute path", s->cgroup);
	return resolve_all(s, base, d);
}

static int parse(struct settings *s, const char *real, struct diag *d)
{
	struct buf text = BUF_INIT;
	char base[PATH_MAX];
	int rc;

	snprintf(base, sizeof base, "%s", real);
	base[strrchr(base, '/') == base ? 1 : strrchr(base, '/') - base] = '\0';
	rc = io_read(AT_FDCWD, real, FILE_MAX, &text, d);
	if (!rc)
		rc = tree_parse(&s->tree, text.s, text.len, NULL, d);
	if (!rc)
		rc = (s->path = tree_strdup(&s->tree, real, strlen(real))) ? 0 : diag_nomem(d);
	if (!rc)
		rc = read_root(s, base, d);
	buf_free(&text);
	return rc;
}

int settings_read(struct settings *s, const char *file, struct diag *d)
{
	char *real;
	int rc;

	*s = (struct settings){ .tree = TREE_INIT, .cache_size = UINT64_MAX,
				.cache_high = UINT64_MAX, .cache_low = UINT64_MAX, .scrub = 30 * DAY_US,
				.cache_copy = CACHE_COPY,
				.interval = 5 * MINUTE_US, .transfers = 2,
				.prices = PRICES_UNSAID };
	real = realpath(file, NULL);
	if (!real)
		return diag_errno(d, "cannot open it");
	rc = parse(s, real, d);
	free(real);
	if (rc < 0)
		settings_free(s);
	return rc;
}

void settings_free(struct settings *s)
{
	tree_free(&s->tree);
	*s = (struct settings){ .tree = TREE_INIT };
}
