/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instant.h"
#include "samples.h"
#include "store_upload.h"

/* --- addresses ------------------------------------------------------------------ */

void store_escape(struct buf *out, const char *path)
{
	for (const char *s = path; *s; s++)
		if ((isalnum((unsigned char)*s) && !(*s & 0x80)) || strchr("-._~/", *s))
			buf_addc(out, *s);
		else
			buf_addf(out, "%%%02X", (unsigned char)*s);
}

void store_unescape(struct buf *out, const char *path)
{
	for (const char *s = path; *s; s++) {
		char hex[3] = { s[0] == '%' ? s[1] : 0, s[0] == '%' && s[1] ? s[2] : 0, 0 };

		if (isxdigit((unsigned char)hex[0]) && isxdigit((unsigned char)hex[1])) {
			buf_addc(out, (char)strtol(hex, NULL, 16));
			s += 2;
		} else {
			buf_addc(out, *s);
		}
	}
}

const struct settings_store *store_of(const struct settings *set, const char *url)
{
	const struct settings_store *best = NULL;
	size_t longest = 0;

	for (uint32_t i = 0; i < set->stores; i++) {
		size_t n = strlen(set->store[i].url);

		if (n > longest && !strncmp(url, set->store[i].url, n)) {
			best = &set->store[i];
			longest = n;
		}
	}
	return best;
}

/* No part of it may climb out of the store. */
static bool climbs(const char *rest)
{
	struct buf plain = BUF_INIT;
	bool bad;

	store_unescape(&plain, rest);
	bad = plain.failed || !strncmp(plain.s, "../", 3) || strstr(plain.s, "/../") ||
	      !strcmp(plain.s, "..") ||
	      (plain.len > 2 && !strcmp(plain.s + plain.len - 3, "/..")) ||
	      strlen(plain.s) != plain.len;
	buf_free(&plain);
	return bad;
}

static const char *const slash_slash = "://";

static int find_way(const struct settings *set, const char *url, struct store_way *w,
		    struct diag *d)
{
	const char *rest, *slash;
	int n;

	*w = (struct store_way){ .store = store_of(set, url), .url = url };
	if (!w->store)
		return diag_set(d, "%.300s is in none of the stores that this site knows", url);
	rest = url + strlen(w->store->url);
	if (climbs(rest))
		return diag_set(d, "%.300s climbs out of its store", url);
	if (!strncmp(url, "s3://", 5))
		rest = url + 5;		/* the bucket is part of what the server is asked for */
	if (!w->store->endpoint) {
		n = snprintf(w->at, sizeof w->at, "%s", url);
	} else {
		slash = w->store->endpoint[strlen(w->store->endpoint) - 1] == '/' ? "" : "/";
		n = snprintf(w->at, sizeof w->at, "%s%s%s", w->store->endpoint, slash, rest);
	}
	return n < (int)sizeof w->at ? 0 : diag_set(d, "%.300s is too long", url);
}

static bool has_scheme(const char *const *schemes, const char *url)
{
	size_t n = (size_t)(strstr(url, slash_slash) - url);

	for (; *schemes; schemes++)
		if (strlen(*schemes) == n && !strncmp(url, *schemes, n))
			return true;
	return false;
}

/* By the address itself for S3, which is http underneath; else by where it leads. */
static const struct store_kind *kind_of(const struct store_way *w)
{
	static const struct store_kind *const kinds[] = { &store_file, &store_curl, &store_rsync };
	const char *url = !strncmp(w->url, "s3:", 3) || !strstr(w->at, slash_slash) ? w->url : w->at;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (has_scheme(kinds[i]->schemes, url))
			return kinds[i];
	return NULL;
}

static const struct store_kind *way(const struct settings *set, const char *url,
				    struct store_way *w, struct diag *d)
{
	const struct store_kind *k;

	if (find_way(set, url, w, d) < 0)
		return NULL;
	k = kind_of(w);
	if (!k)
		diag_set(d, "%.300s: nobody here can reach this kind of store", url);
	return k;
}

/* --- calls --------------------------------------------------------------------------- */

/* Returns rc. */
static int remember(const struct settings *set, const struct store_way *w, enum sample_kind kind,
		    const struct store_timing *t, int rc, const struct diag *d)
{
	if (rc < 0)
		samples_failed(set, w->store->name, d->text);
	else if (rc == 0 && (t->first || t->bytes))
		samples_add(set, w->store->name, kind, t);
	return rc;
}

int store_get(const struct settings *set, const char *url, int dir, const char *name,
	      uint64_t size, struct progress *p, struct diag *d)
{
	struct store_timing t = { 0 };
	struct store_way w;
	const struct store_kind *k = way(set, url, &w, d);
	int rc;

	if (!k)
		return 1;
	p->url = url;
	rc = k->get(&w, set, dir, name, size, p, &t, d);
	return remember(set, &w, SAMPLE_GET, &t, rc, d);
}

int store_put(const struct settings *set, const char *url, int dir, const char *name,
	      uint64_t size, const struct digest *g, struct progress *p, struct diag *d)
{
	struct store_timing t = { 0 };
	struct store_way w;
	const struct store_kind *k = way(set, url, &w, d);
	int rc;

	if (!k)
		return 1;
	if (w.store->read_only) {
		diag_set(d, "the store %s is only read from here", w.store->name);
		return 1;
	}
	p->url = url;
	rc = k->put(&w, set, dir, name, size, g, p, &t, d);
	return remember(set, &w, SAMPLE_PUT, &t, rc, d);
}

int store_withdraw(const struct settings *set, int dir, struct diag *d)
{
	struct buf url = BUF_INIT;
	struct store_way w;
	int rc = 0;

	if (upload_url(dir, &url))
		rc = find_way(set, url.s, &w, d) < 0 ? -1 : upload_abort(&w, set, dir, d);
	buf_free(&url);
	return rc;
}

int store_probe(const struct settings *set, const struct settings_store *s,
		struct store_timing *t, struct diag *d)
{
	struct store_way w;
	const struct store_kind *k;
	char url[4096];
	int rc;

	*t = (struct store_timing){ 0 };
	snprintf(url, sizeof url, "%s%s", s->url, s->probe ? s->probe : "");
	k = way(set, url, &w, d);
	if (!k)
		return -1;
	w.store = s;
	rc = k->probe(&w, set, t, d);
	return remember(set, &w, SAMPLE_PROBE, t, rc, d);
}
