/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store_upload.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "store_talk.h"

enum { MEMO_MAX = 4 << 20, ID_MAX = 1024, PARTS_MAX = 10000, PIECE = 1 << 20 };

static const char memo[] = "upload";

struct uploading {
	const struct store_way *w;
	const struct settings *set;
	int fd;
	uint64_t size, part;
	const struct digest *digest;
	struct progress *p;
	struct store_timing *timing;
	struct diag *d;
	char id[ID_MAX];
	struct buf tags;		/* a line for each part that is there */
	uint64_t parts;
};

/* --- what is remembered ------------------------------------------------------------ */

static void head(const struct uploading *u, struct buf *out)
{
	char hex[DIGEST_TEXT];

	digest_format(u->digest, hex);
	buf_addf(out, "%s\n%" PRIu64 " %" PRIu64 " %s\n", u->w->url, u->size, u->part, hex);
}

/* Of the very same file?  A line that is not whole is none. */
static bool recall(struct uploading *u)
{
	struct buf text = BUF_INIT, want = BUF_INIT;
	const char *line, *end;
	bool same = false;

	head(u, &want);
	if (io_read(u->p->dir, memo, MEMO_MAX, &text, NULL) == 0 && !want.failed &&
	    !strncmp(text.s, want.s, want.len) && (end = strchr(text.s + want.len, '\n'))) {
		line = text.s + want.len;
		snprintf(u->id, sizeof u->id, "%.*s", (int)(end - line), line);
		same = u->id[0] && (size_t)(end - line) < sizeof u->id;
		for (line = end + 1; same && (end = strchr(line, '\n')); line = end + 1, u->parts++)
			buf_add(&u->tags, line, (size_t)(end + 1 - line));
	}
	buf_free(&text);
	buf_free(&want);
	return same && !u->tags.failed;
}

static int remember(struct uploading *u)
{
	struct buf text = BUF_INIT;
	int rc;

	head(u, &text);
	buf_addf(&text, "%s\n", u->id);
	rc = text.failed ? diag_nomem(u->d)
			 : io_publish(u->p->dir, memo, 0600, text.s, text.len, 0, u->d);
	buf_free(&text);
	return rc;
}

static int remember_part(struct uploading *u, const char *tag)
{
	char line[256];
	int n = snprintf(line, sizeof line, "%s\n", tag);

	buf_add(&u->tags, line, (size_t)n);
	u->parts++;
	return io_append(u->p->dir, memo, line, (size_t)n, u->d);
}

bool upload_url(int dir, struct buf *url)
{
	struct buf text = BUF_INIT;
	const char *end;
	bool any = io_read(dir, memo, MEMO_MAX, &text, NULL) == 0 && (end = strchr(text.s, '\n'));

	if (any)
		buf_add(url, text.s, (size_t)(end - text.s));
	buf_free(&text);
	return any && !url->failed;
}

/* --- requests ------------------------------------------------------------------------ */

/* Of a query every other byte is signed encoded. */
static char *with_query(const struct store_way *w, uint64_t part, const char *id)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s?", w->at);
	if (part)
		buf_addf(&b, "partNumber=%" PRIu64 "&", part);
	buf_adds(&b, id ? "uploadId=" : "uploads=");
	for (const char *s = id ? id : ""; *s; s++) {
		const char one[2] = { *s, '\0' };

		if (*s == '/')
			buf_adds(&b, "%2F");
		else
			store_escape(&b, one);
	}
	return buf_detach(&b);
}

/* Of the first element with this name, which is all that is looked at. */
static bool element(const char *xml, const char *name, char *out, size_t size)
{
	char tag[40];
	const char *at, *end;

	snprintf(tag, sizeof tag, "<%s>", name);
	at = strstr(xml, tag);
	if (!at)
		return false;
	at += strlen(tag);
	end = strchr(at, '<');
	if (!end || (size_t)(end - at) >= size || end == at)
		return false;
	snprintf(out, size, "%.*s", (int)(end - at), at);
	return true;
}

/* Not allowed, or no such method: so it stays. */
static int judge(struct talk *t, int rc)
{
	long code = talk_status(t);

	return rc < 0 && (code == 401 || code == 403 || code == 405) ? 1 : rc;
}

/* As store_kind.put. */
static int post(struct uploading *u, const char *id, const struct buf *body, struct buf *said)
{
	struct store_timing timing = { 0 };
	struct talk t;
	struct digest g;
	char hex[DIGEST_TEXT], *url = with_query(u->w, 0, id);
	int rc = -1;

	if (!url)
		return diag_nomem(u->d);
	digest_bytes(body->s, body->len, &g);
	digest_format(&g, hex);
	if (talk_call(&t, u->w, u->set, url, hex, u->d) == 0) {
		t.listening = true;
		talk_lib->setopt(t.curl, CURLOPT_POST, 1L);
		talk_lib->setopt(t.curl, CURLOPT_POSTFIELDSIZE, (long)body->len);
		talk_lib->setopt(t.curl, CURLOPT_POSTFIELDS, body->s);
		rc = judge(&t, talk_perform(&t, u->w, &timing, u->d));
		buf_add(said, t.said.s, t.said.len);
		talk_hang_up(&t);
	}
	free(url);
	return rc;
}

static int begin(struct uploading *u)
{
	static const struct buf nothing = BUF_INIT;
	struct buf said = BUF_INIT;
	int rc = post(u, NULL, &nothing, &said);

	if (rc == 0 && !element(said.s, "UploadId", u->id, sizeof u->id))
		rc = diag_set(u->d, "%.300s: the server begins no upload", u->w->url);
	buf_free(&said);
	return rc ? rc : remember(u);
}

/* The parts are there, and become the file. */
static int complete(struct uploading *u)
{
	struct buf body = BUF_INIT, said = BUF_INIT;
	char code[80];
	uint64_t number = 1;
	int rc;

	buf_adds(&body, "<CompleteMultipartUpload>");
	for (const char *line = u->tags.s, *end; (end = strchr(line, '\n')); line = end + 1)
		buf_addf(&body, "<Part><PartNumber>%" PRIu64 "</PartNumber><ETag>%.*s</ETag></Part>",
			 number++, (int)(end - line), line);
	buf_adds(&body, "</CompleteMultipartUpload>");
	rc = body.failed ? diag_nomem(u->d) : post(u, u->id, &body, &said);
	/* It may have begun to answer before it knew. */
	if (rc == 0 && strstr(said.s, "<Error>"))
		rc = diag_set(u->d, "%.300s: the server cannot put its parts together (%s)", u->w->url,
			      element(said.s, "Code", code, sizeof code) ? code : "no reason");
	buf_free(&said);
	buf_free(&body);
	return rc;
}

/* --- parts ------------------------------------------------------------------------------ */

static int hash_part(const struct uploading *u, uint64_t from, uint64_t n, char hex[DIGEST_TEXT])
{
	char *piece = malloc(PIECE);
	struct digest_state s;
	struct digest g;
	ssize_t got = 1;

	if (!piece)
		return diag_nomem(u->d);
	digest_init(&s);
	while (n && got > 0) {
		got = pread(u->fd, piece, n < PIECE ? (size_t)n : PIECE, (off_t)from);
		if (got > 0) {
			digest_add(&s, piece, (size_t)got);
			from += (uint64_t)got;
			n -= (uint64_t)got;
		}
	}
	digest_end(&s, &g);
	digest_format(&g, hex);
	free(piece);
	if (got < 0)
		return diag_errno(u->d, "cannot read what is to be sent");
	return n ? diag_set(u->d, "what is to be sent became shorter") : 0;
}

static int send_part(struct uploading *u)
{
	uint64_t from = u->parts * u->part, n = u->size - from < u->part ? u->size - from : u->part;
	struct store_timing timing = { 0 };
	char hex[DIGEST_TEXT], *url = with_query(u->w, u->parts + 1, u->id);
	struct talk t;
	int rc = -1;

	if (!url)
		return diag_nomem(u->d);
	if (hash_part(u, from, n, hex) < 0 || talk_call(&t, u->w, u->set, url, hex, u->d) < 0) {
		free(url);
		return -1;
	}
	talk_give(&t, u->fd, from, n, u->p);
	rc = judge(&t, talk_perform(&t, u->w, &timing, u->d));
	u->timing->bytes += timing.bytes;
	u->timing->moving += talk_number(&t, CURLINFO_TOTAL_TIME_T) -
			     talk_number(&t, CURLINFO_PRETRANSFER_TIME_T);
	if (rc == 0)
		rc = t.etag[0] ? remember_part(u, t.etag)
			       : diag_set(u->d, "%.300s: the server names no ETag", u->w->url);
	talk_hang_up(&t);
	free(url);
	return rc;
}

/* The server does not know it any more: from the start, the next time. */
static int forgotten(struct uploading *u, bool continued, int rc)
{
	if (rc <= 0 || !continued)
		return rc;
	unlinkat(u->p->dir, memo, 0);
	return -1;
}

int upload(const struct store_way *w, const struct settings *set, int fd, uint64_t size,
	   const struct digest *g, struct progress *p, struct store_timing *t, struct diag *d)
{
	struct uploading u = { .w = w, .set = set, .fd = fd, .size = size, .part = w->store->part,
			       .digest = g, .p = p, .timing = t, .d = d, .tags = BUF_INIT };
	bool continued;
	int rc = 0;

	while ((size + u.part - 1) / u.part > PARTS_MAX)
		u.part *= 2;
	continued = recall(&u);
	if (!continued) {
		buf_reset(&u.tags);
		u.parts = 0;
		rc = begin(&u);
	}
	while (rc == 0 && u.parts * u.part < size)
		rc = send_part(&u);
	if (rc == 0)
		rc = complete(&u);
	if (rc == 0)
		unlinkat(p->dir, memo, 0);
	buf_free(&u.tags);
	return forgotten(&u, continued, rc);
}

/* --- giving up ---------------------------------------------------------------------------- */

static bool read_id(int dir, char id[ID_MAX])
{
	struct buf text = BUF_INIT;
	const char *line = NULL, *end = NULL;
	bool good = false;

	if (io_read(dir, memo, MEMO_MAX, &text, NULL) == 0 && (line = strchr(text.s, '\n')) &&
	    (line = strchr(line + 1, '\n')) && (end = strchr(line + 1, '\n')) &&
	    end - line - 1 < ID_MAX) {
		snprintf(id, ID_MAX, "%.*s", (int)(end - line - 1), line + 1);
		good = id[0];
	}
	buf_free(&text);
	return good;
}

int upload_abort(const struct store_way *w, const struct settings *set, int dir, struct diag *d)
{
	struct store_timing timing = { 0 };
	char id[ID_MAX], *url;
	struct talk t;
	int rc = -1;

	if (!read_id(dir, id)) {
		unlinkat(dir, memo, 0);
		return 0;
	}
	url = with_query(w, 0, id);
	if (!url)
		return diag_nomem(d);
	if (talk_call(&t, w, set, url, talk_empty_hash, d) == 0) {
		t.listening = true;
		talk_lib->setopt(t.curl, CURLOPT_CUSTOMREQUEST, "DELETE");
		rc = talk_perform(&t, w, &timing, d);
		talk_hang_up(&t);
	}
	free(url);
	if (rc < 0)
		return -1;
	unlinkat(dir, memo, 0);
	return 0;
}
