/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * S3 requests are signed by the library (AWS Signature Version 4).  It signs what
 * the headers say of the payload, and they have to say it.
 */
#include "store_talk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"

const struct curl_calls *talk_lib;
const char talk_empty_hash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

enum { CONNECT_MAX = 30, SAID_MAX = 1 << 16 };


bool talk_is_s3(const struct store_way *w)
{
	return !strncmp(w->url, "s3:", 3);
}

static void header(struct talk *t, const char *fmt, const char *value)
{
	char *line;
	struct curl_slist *more;

	if (asprintf(&line, fmt, value) < 0)
		return;
	more = talk_lib->append(t->headers, line);
	if (more)
		t->headers = more;
	free(line);
}

/* --- what comes ---------------------------------------------------------------- */

long talk_status(struct talk *t)
{
	long code = 0;

	talk_lib->getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
	return code;
}

static bool well(long code)
{
	return code >= 200 && code < 300;
}

/* 200: all of it, from the start; 206: from where we asked. */
bool talk_begin(struct talk *t, long code)
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
	long code = talk_status(t);

	(void)one;
	if (!well(code)) {
		if (t->said.len < 2000)
			buf_add(&t->said, bytes, n);
		return n;
	}
	if (t->listening && t->said.len < SAID_MAX)
		buf_add(&t->said, bytes, n);
	if (t->giving || t->listening)
		return n;
	if (!t->begun && !talk_begin(t, code))
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
	size_t room = one * n;
	ssize_t got;

	if (room > t->limit - t->sent)
		room = (size_t)(t->limit - t->sent);
	do
		got = pread(t->fd, bytes, room, (off_t)(t->base + t->sent));
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return CURL_READFUNC_ABORT;
	t->sent += (uint64_t)got;
	t->moved = t->sent;
	progress_moved(t->p, t->base + t->sent);
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

static size_t hear(char *bytes, size_t one, size_t n, void *ctx)
{
	static const char etag[] = "etag:";
	struct talk *t = ctx;
	size_t skip = sizeof etag - 1;

	(void)one;
	if (n > skip && !strncasecmp(bytes, etag, skip)) {
		while (skip < n && (bytes[skip] == ' ' || bytes[skip] == '\t'))
			skip++;
		snprintf(t->etag, sizeof t->etag, "%.*s", (int)(n - skip), bytes + skip);
		t->etag[strcspn(t->etag, "\r\n")] = '\0';
	}
	return n;
}

/* Each second, also when nothing moves: is it still wanted? */
static int go_on(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct talk *t = ctx;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return t->p && faccessat(t->p->dir, "cancelled", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void talk_give(struct talk *t, int fd, uint64_t base, uint64_t limit, struct progress *p)
{
	t->fd = fd;
	t->p = p;
	t->base = base;
	t->limit = limit;
	t->giving = true;
	talk_lib->setopt(t->curl, CURLOPT_UPLOAD, 1L);
	talk_lib->setopt(t->curl, CURLOPT_READFUNCTION, give);
	talk_lib->setopt(t->curl, CURLOPT_READDATA, t);
	talk_lib->setopt(t->curl, CURLOPT_SEEKFUNCTION, rewind_to);
	talk_lib->setopt(t->curl, CURLOPT_SEEKDATA, t);
	talk_lib->setopt(t->curl, CURLOPT_HEADERFUNCTION, hear);
	talk_lib->setopt(t->curl, CURLOPT_HEADERDATA, t);
	talk_lib->setopt(t->curl, CURLOPT_NOPROGRESS, 0L);
	talk_lib->setopt(t->curl, CURLOPT_XFERINFOFUNCTION, go_on);
	talk_lib->setopt(t->curl, CURLOPT_XFERINFODATA, t);
	talk_lib->setopt(t->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)limit);
}

/* --- opening ---------------------------------------------------------------------- */

void talk_hang_up(struct talk *t)
{
	talk_lib->cleanup(t->curl);
	talk_lib->free_all(t->headers);
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
	talk_lib->setopt(t->curl, CURLOPT_AWS_SIGV4, provider);
	if (t->secret.token)
		header(t, "x-amz-security-token: %s", t->secret.token);
}

/* Who we are: only to the store itself, never to where it may send us. */
static void introduce(struct talk *t, const struct store_way *w, const char *hash)
{
	if (talk_is_s3(w))
		sign(t, w, hash);
	else if (t->secret.token)
		header(t, "Authorization: Bearer %s", t->secret.token);
	else if (t->secret.user)
		talk_lib->setopt(t->curl, CURLOPT_HTTPAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
	if (t->secret.user) {
		talk_lib->setopt(t->curl, CURLOPT_USERNAME, t->secret.user);
		talk_lib->setopt(t->curl, CURLOPT_PASSWORD, t->secret.password ? t->secret.password : "");
	} else if (!t->secret.token && !talk_is_s3(w)) {
		talk_lib->setopt(t->curl, CURLOPT_FOLLOWLOCATION, 1L);
		talk_lib->setopt(t->curl, CURLOPT_MAXREDIRS, 8L);
	}
}

/* hash: of what we send. */
int talk_call(struct talk *t, const struct store_way *w, const struct settings *set,
	      const char *url, const char *hash, struct diag *d)
{
	long patience = (long)(set->patience / SECOND_US);

	*t = (struct talk){ .fd = -1, .said = BUF_INIT, .url = BUF_INIT, .secret.tree = TREE_INIT };
	talk_lib = curl_load(d);
	if (!talk_lib || (w->store->credentials && settings_secret_read(w->store, &t->secret, d) < 0))
		return -1;
	t->curl = talk_lib->init();
	if (!t->curl) {
		tree_free(&t->secret.tree);
		return diag_set(d, "libcurl does not start");
	}
	buf_adds(&t->url, url);
	talk_lib->setopt(t->curl, CURLOPT_URL, t->url.s);
	talk_lib->setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
	talk_lib->setopt(t->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	talk_lib->setopt(t->curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	talk_lib->setopt(t->curl, CURLOPT_ERRORBUFFER, t->error);
	talk_lib->setopt(t->curl, CURLOPT_USERAGENT, "spool-agent/" SPOOL_VERSION);
	talk_lib->setopt(t->curl, CURLOPT_CONNECTTIMEOUT, patience < CONNECT_MAX ? patience
										: (long)CONNECT_MAX);
	talk_lib->setopt(t->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	talk_lib->setopt(t->curl, CURLOPT_LOW_SPEED_TIME, patience);
	talk_lib->setopt(t->curl, CURLOPT_WRITEFUNCTION, take);
	talk_lib->setopt(t->curl, CURLOPT_WRITEDATA, t);
	introduce(t, w, hash);
	return 0;
}

int64_t talk_number(struct talk *t, CURLINFO what)
{
	curl_off_t us = 0;

	talk_lib->getinfo(t->curl, what, &us);
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
int talk_perform(struct talk *t, const struct store_way *w, struct store_timing *timing,
		 struct diag *d)
{
	CURLcode rc;
	char said[80];
	long code;

	talk_lib->setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
	rc = talk_lib->perform(t->curl);
	code = talk_status(t);
	timing->first = talk_number(t, CURLINFO_STARTTRANSFER_TIME_T);
	timing->moving = talk_number(t, CURLINFO_TOTAL_TIME_T) - timing->first;
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
		return diag_set(d, "%.300s: %s", w->url, t->error[0] ? t->error : talk_lib->strerror(rc));
	return well(code) ? 0 : diag_set(d, "%.300s: the server answers with status %ld%s", w->url, code,
					 said);
}
