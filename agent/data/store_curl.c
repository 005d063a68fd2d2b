/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http, https and S3, by libcurl.  A file that came half way is asked for from
 * there on; a server that sends all of it again is taken at its word.
 *
 * S3 requests are signed by the library (AWS Signature Version 4).  It signs what
 * the headers say of the payload, and they have to say it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "curl_load.h"
#include "instant.h"
#include "io.h"
#include "store.h"

static const struct curl_calls *lib;

static const char *const schemes[] = { "http", "https", "s3", NULL };
static const char empty_hash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

enum { PROBE = 256 << 10, CONNECT_MAX = 30 };

struct talk {
	CURL *curl;
	struct curl_slist *headers;
	struct store_secret secret;
	char error[CURL_ERROR_SIZE];
	struct buf said;		/* what the server says instead */
	struct buf url;
	/* get */
	int fd;				/* -1: what comes is thrown away */
	uint64_t have;			/* bytes in it */
	bool begun;
	/* put */
	bool giving;			/* what the server says about it is thrown away */
	uint64_t sent;
	struct progress *p;
	int broken;			/* errno of a disk that does not take it */
	uint64_t moved;			/* over the wire */
};

static bool is_s3(const struct store_way *w)
{
	return !strncmp(w->url, "s3:", 3);
}

static void header(struct talk *t, const char *fmt, const char *value)
{
	char *line;
	struct curl_slist *more;

	if (asprintf(&line, fmt, value) < 0)
		return;
	more = lib->append(t->headers, line);
	if (more)
		t->headers = more;
	free(line);
}

/* --- what comes ---------------------------------------------------------------- */

static long status(struct talk *t)
{
	long code = 0;

	lib->getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
	return code;
}

static bool well(long code)
{
	return code >= 200 && code < 300;
}

/* 200: all of it, from the start; 206: from where we asked. */
static bool begin(struct talk *t, long code)
{
	t->begun = true;
	if (t->fd < 0)
		return true;
	if (code != 206) {
		t->have = 0;
		if (ftruncate(t->fd, 0) < 0)
			return false;
	}
	return lseek(t->fd, (off_t)t->have, SEEK_SET) >= 0;
}

static size_t take(char *bytes, size_t one, size_t n, void *ctx)
{
	struct talk *t = ctx;
	long code = status(t);

	(void)one;
	if (!well(code)) {
		if (t->said.len < 2000)
			buf_add(&t->said, bytes, n);
		return n;
	}
	if (t->giving)
		return n;
	if (!t->begun && !begin(t, code))
		return 0;
	if (t->fd >= 0 && io_write_fd(t->fd, bytes, n, NULL) < 0) {
		t->broken = errno;
		return 0;
	}
	t->have += n;
	t->moved += n;
	if (t->p)
		progress_moved(t->p, t->have);
	return n;
}

static size_t give(char *bytes, size_t one, size_t n, void *ctx)
{
	struct talk *t = ctx;
	ssize_t got;

	do
		got = pread(t->fd, bytes, one * n, (off_t)t->sent);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return CURL_READFUNC_ABORT;
	t->sent += (uint64_t)got;
	t->moved = t->sent;
	progress_moved(t->p, t->sent);
	return (size_t)got;
}

static int rewind_to(void *ctx, curl_off_t offset, int origin)
{
	struct talk *t = ctx;

	if (origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	t->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* --- opening ---------------------------------------------------------------------- */

static void hang_up(struct talk *t)
{
	lib->cleanup(t->curl);
	lib->free_all(t->headers);
	tree_free(&t->secret.tree);
	buf_free(&t->said);
	buf_free(&t->url);
}

static void sign(struct talk *t, const struct store_way *w, const char *hash)
{
	char provider[200];

	snprintf(provider, sizeof provider, "aws:amz:%s:s3", w->store->region);
	header(t, "x-amz-content-sha256: %s", hash);
	if (!t->secret.user)
		return;			/* a store that is open to all */
	lib->setopt(t->curl, CURLOPT_AWS_SIGV4, provider);
	if (t->secret.token)
		header(t, "x-amz-security-token: %s", t->secret.token);
}

/* Who we are: only to the store itself, never to where it may send us. */
static void introduce(struct talk *t, const struct store_way *w, const char *hash)
{
	if (is_s3(w))
		sign(t, w, hash);
	else if (t->secret.token)
		header(t, "Authorization: Bearer %s", t->secret.token);
	else if (t->secret.user)
		lib->setopt(t->curl, CURLOPT_HTTPAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
	if (t->secret.user) {
		lib->setopt(t->curl, CURLOPT_USERNAME, t->secret.user);
		lib->setopt(t->curl, CURLOPT_PASSWORD, t->secret.password ? t->secret.password : "");
	} else if (!t->secret.token && !is_s3(w)) {
		lib->setopt(t->curl, CURLOPT_FOLLOWLOCATION, 1L);
		lib->setopt(t->curl, CURLOPT_MAXREDIRS, 8L);
	}
}

/* hash: of what we send. */
static int call(struct talk *t, const struct store_way *w, const struct settings *set,
		const char *hash, struct diag *d)
{
	long patience = (long)(set->patience / SECOND_US);

	*t = (struct talk){ .fd = -1, .said = BUF_INIT, .url = BUF_INIT, .secret.tree = TREE_INIT };
	lib = curl_load(d);
	if (!lib || (w->store->credentials && settings_secret_read(w->store, &t->secret, d) < 0))
		return -1;
	t->curl = lib->init();
	if (!t->curl) {
		tree_free(&t->secret.tree);
		return diag_set(d, "libcurl does not start");
	}
	buf_adds(&t->url, w->at);
	lib->setopt(t->curl, CURLOPT_URL, t->url.s);
	lib->setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
	lib->setopt(t->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	lib->setopt(t->curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	lib->setopt(t->curl, CURLOPT_ERRORBUFFER, t->error);
	lib->setopt(t->curl, CURLOPT_USERAGENT, "spool-agent/" SPOOL_VERSION);
	lib->setopt(t->curl, CURLOPT_CONNECTTIMEOUT, patience < CONNECT_MAX ? patience
										: (long)CONNECT_MAX);
	lib->setopt(t->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	lib->setopt(t->curl, CURLOPT_LOW_SPEED_TIME, patience);
	lib->setopt(t->curl, CURLOPT_WRITEFUNCTION, take);
	lib->setopt(t->curl, CURLOPT_WRITEDATA, t);
	introduce(t, w, hash);
	return 0;
}

static int64_t number(struct talk *t, CURLINFO what)
{
	curl_off_t us = 0;

	lib->getinfo(t->curl, what, &us);
	return us;
}

/* The server's own word for it, out of S3's XML or a page. */
static void server_says(const struct talk *t, char *out, size_t size)
{
	const char *at = strstr(t->said.s, "<Code>"), *end;

	out[0] = '\0';
	if (at) {
		at += 6;
		end = strchrnul(at, '<');
		snprintf(out, size, " (%.*s)", (int)(end - at < 60 ? end - at : 60), at);
	}
}

/* 0; 1: it is not there; -1. */
static int perform(struct talk *t, const struct store_way *w, struct store_timing *timing,
		   struct diag *d)
{
	CURLcode rc;
	char said[80];
	long code;

	lib->setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
	rc = lib->perform(t->curl);
	code = status(t);
	timing->first = number(t, CURLINFO_STARTTRANSFER_TIME_T);
	timing->moving = number(t, CURLINFO_TOTAL_TIME_T) - timing->first;
	timing->bytes = t->moved;
	server_says(t, said, sizeof said);
	if (code == 404 || code == 410) {
		diag_set(d, "%.300s is not there: status %ld%s", w->url, code, said);
		return 1;
	}
	if (t->broken) {
		errno = t->broken;
		return diag_errno(d, "cannot write what comes");
	}
	if (rc != CURLE_OK)
		return diag_set(d, "%.300s: %s", w->url, t->error[0] ? t->error : lib->strerror(rc));
	return well(code) ? 0 : diag_set(d, "%.300s: the server answers with status %ld%s", w->url, code,
					 said);
}

/* --- get -------------------------------------------------------------------------- */

static int get_into(struct talk *t, const struct store_way *w, uint64_t size, struct progress *p,
		    struct store_timing *timing, struct diag *d)
{
	char range[32];
	int rc;

	t->p = p;
	if (t->have) {
		snprintf(range, sizeof range, "%" PRIu64 "-", t->have);
		lib->setopt(t->curl, CURLOPT_RANGE, range);
	}
	rc = perform(t, w, timing, d);
	if (rc < 0 && status(t) == 416) {	/* there is less of it than we have */
		if (ftruncate(t->fd, 0) < 0)
			return diag_errno(d, "cannot shorten");
		return rc;
	}
	if (rc == 0 && !t->begun && !begin(t, status(t)))	/* an empty file */
		return diag_errno(d, "cannot shorten");
	if (rc == 0 && size != STORE_UNKNOWN && t->have != size)
		return diag_set(d, "%.300s: %" PRIu64 " of %" PRIu64 " bytes came", w->url, t->have, size);
	return rc;
}

static int curl_get(const struct store_way *w, const struct settings *set, int dir,
		    const char *name, uint64_t size, struct progress *p, struct store_timing *timing,
		    struct diag *d)
{
	struct talk t;
	struct stat st;
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644), rc;

	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = diag_errno(d, "cannot open %s", name);
		goto out;
	}
	if (size != STORE_UNKNOWN && (uint64_t)st.st_size > size && ftruncate(fd, 0) == 0)
		st.st_size = 0;
	if (size != STORE_UNKNOWN && (uint64_t)st.st_size == size) {
		rc = 0;
		goto out;
	}
	rc = call(&t, w, set, empty_hash, d);
	if (rc == 0) {
		t.fd = fd;
		/* What has no size may have another one by now. */
		t.have = size == STORE_UNKNOWN ? 0 : (uint64_t)st.st_size;
		rc = get_into(&t, w, size, p, timing, d);
		hang_up(&t);
	}
out:
	if (fd >= 0)
		close(fd);
	return rc;
}

/* --- put ------------------------------------------------------------------------------ */

static int curl_put(const struct store_way *w, const struct settings *set, int dir,
		    const char *name, uint64_t size, const struct digest *g, struct progress *p,
		    struct store_timing *timing, struct diag *d)
{
	struct talk t;
	char hex[DIGEST_TEXT];
	long code;
	int fd = io_open_read(dir, name, d), rc;

	digest_format(g, hex);
	if (fd < 0)
		return -1;
	rc = call(&t, w, set, hex, d);
	if (rc == 0) {
		t.fd = fd;
		t.p = p;
		lib->setopt(t.curl, CURLOPT_UPLOAD, 1L);
		lib->setopt(t.curl, CURLOPT_READFUNCTION, give);
		lib->setopt(t.curl, CURLOPT_READDATA, &t);
		lib->setopt(t.curl, CURLOPT_SEEKFUNCTION, rewind_to);
		lib->setopt(t.curl, CURLOPT_SEEKDATA, &t);
		lib->setopt(t.curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size);
		t.giving = true;
		rc = perform(&t, w, timing, d);
		code = status(&t);
		timing->moving = number(&t, CURLINFO_TOTAL_TIME_T) -
				 number(&t, CURLINFO_PRETRANSFER_TIME_T);
		timing->first = 0;
		/* Not allowed, not found, no such method: so it stays. */
		if (rc < 0 && (code == 401 || code == 403 || code == 405))
			rc = 1;
		hang_up(&t);
	}
	close(fd);
	return rc;
}

/* --- probe --------------------------------------------------------------------------------- */

/* Any answer tells how far it is; how much comes, only a good one. */
static int curl_probe(const struct store_way *w, const struct settings *set,
		      struct store_timing *timing, struct diag *d)
{
	struct talk t;
	char range[32];
	int rc = call(&t, w, set, empty_hash, d);

	if (rc < 0)
		return -1;
	snprintf(range, sizeof range, "0-%d", PROBE - 1);
	if (w->store->probe)
		lib->setopt(t.curl, CURLOPT_RANGE, range);
	else
		lib->setopt(t.curl, CURLOPT_NOBODY, 1L);
	rc = perform(&t, w, timing, d);
	if (rc == 1 || (rc < 0 && status(&t)))
		rc = w->store->probe ? -1 : 0;
	hang_up(&t);
	return rc;
}

const struct store_kind store_curl = { schemes, curl_get, curl_put, curl_probe };
