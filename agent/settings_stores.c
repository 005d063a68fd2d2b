/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings_stores.h"

#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataset_doc.h"
#include "field.h"
#include "io.h"

enum { SECRET_MAX = 65536, PART = 64 << 20, PART_MIN = 1 << 20 };

#define S(member) offsetof(struct settings_store, member)

static const struct field store_fields[] = {
	{ "name", FIELD_NAME, S(name), .required = true },
	{ "url", FIELD_TEXT, S(url), .required = true, .max = 2000 },
	{ "endpoint", FIELD_TEXT, S(endpoint), .max = 2000 },
	{ "region", FIELD_NAME, S(region) },
	{ "credentials", FIELD_TEXT, S(credentials), .max = PATH_MAX },
	{ "probe", FIELD_TEXT, S(probe), .max = 1000 },
	{ "read-only", FIELD_BOOL, S(read_only) },
	{ "part", FIELD_SIZE, S(part) },
	{ .name = NULL },
};

/* "https://" alone is a store, too: all that is there. */
static bool url_ok(const char *url)
{
	size_t n = strlen(url);

	return url[n - 1] == '/' && (dataset_url_ok(url) || !strcmp(url, "http://") ||
				     !strcmp(url, "https://"));
}

static bool has_scheme(const char *url, const char *scheme)
{
	size_t n = strlen(scheme);

	return !strncmp(url, scheme, n) && !strncmp(url + n, "://", 3);
}

static int check(const struct node *at, const struct settings_store *s, struct diag *d)
{
	const struct node *url = node_get(at, "url");

	if (!url_ok(s->url))
		return diag_at(d, url->line, url->col, "url: expected an address of file, http, https, "
			       "s3, rsync, ssh or site that ends with \"/\", found \"%.200s\"", s->url);
	if (!s->endpoint && (has_scheme(s->url, "s3") || has_scheme(s->url, "site")))
		return diag_at(d, at->line, at->col, "the store %s has no \"endpoint\", and its address "
			       "does not say where it is", s->name);
	if (s->part < PART_MIN) {
		at = node_get(at, "part");
		return diag_at(d, at->line, at->col, "part: found \"%.40s\", expected at least 1MiB",
			       at->text);
	}
	return 0;
}

int settings_stores_read(struct tree *t, const struct node *v, struct settings_store **store,
			 uint32_t *stores, struct diag *d)
{
	uint32_t n = 0;

	for (const struct node *at = node_first(v); at; at = node_after(v, at))
		n++;
	*stores = 0;
	if (!n)
		return 0;
	*store = tree_alloc(t, n * sizeof **store);
	if (!*store)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at)) {
		struct settings_store *s = &(*store)[(*stores)++];

		*s = (struct settings_store){ .region = "us-east-1", .part = PART };
		if (field_read(at, "a store", store_fields, s, d) < 0 || check(at, s, d) < 0)
			return -1;
		for (const struct settings_store *other = *store; other < s; other++)
			if (!strcmp(other->name, s->name))
				return diag_at(d, at->line, at->col, "there is a store %s already", s->name);
	}
	return 0;
}

/* --- secrets ------------------------------------------------------------------ */

struct secret {
	const char *user, *password, *access, *secret, *token;
};

static const struct field secret_fields[] = {
	{ "user", FIELD_TEXT, offsetof(struct secret, user) },
	{ "password", FIELD_TEXT, offsetof(struct secret, password), .max = 4000 },
	{ "access-key", FIELD_TEXT, offsetof(struct secret, access) },
	{ "secret-key", FIELD_TEXT, offsetof(struct secret, secret), .max = 4000 },
	{ "token", FIELD_TEXT, offsetof(struct secret, token), .max = 16000 },
	{ .name = NULL },
};

/* Ours, and nobody else's to read. */
static int read_private(const char *path, struct buf *text, struct diag *d)
{
	struct stat st;
	int fd = io_open_read(AT_FDCWD, path, d), rc = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		diag_errno(d, "cannot stat %s", path);
	else if (st.st_uid != geteuid() || (st.st_mode & 077))
		diag_set(d, "%s has to belong to this user and be readable by nobody else (chmod 600)",
			 path);
	else
		rc = io_read_fd(fd, SECRET_MAX, text, d);
	close(fd);
	return rc;
}

int settings_secret_read(const struct settings_store *s, struct store_secret *out,
			 struct diag *d)
{
	struct buf text = BUF_INIT;
	struct secret v = { NULL };
	int rc;

	*out = (struct store_secret){ .tree = TREE_INIT };
	rc = read_private(s->credentials, &text, d);
	if (rc == 0)
		rc = tree_parse(&out->tree, text.s, text.len, NULL, d);
	if (rc == 0)
		rc = field_read(out->tree.root, "credentials", secret_fields, &v, d);
	if (text.cap)
		explicit_bzero(text.s, text.cap);
	buf_free(&text);
	if (rc < 0) {
		tree_free(&out->tree);
		return -1;
	}
	out->user = v.access ? v.access : v.user;
	out->password = v.secret ? v.secret : v.password;
	out->token = v.token;
	return 0;
}
