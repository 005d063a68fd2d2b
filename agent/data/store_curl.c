/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http, https and S3, by libcurl.  A file that came half way is asked for from
 * there on; a server that sends all of it again is taken at its word.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "store_talk.h"
#include "store_upload.h"

static const char *const schemes[] = { "http", "https", "s3", NULL };

enum { PROBE = 256 << 10 };

/* --- get -------------------------------------------------------------------------- */

static int get_into(struct talk *t, const struct store_way *w, uint64_t size, struct progress *p,
		    struct store_timing *timing, struct diag *d)
{
	char range[32];
	int rc;

	t->p = p;
	if (t->have) {
		snprintf(range, sizeof range, "%" PRIu64 "-", t->have);
		talk_lib->setopt(t->curl, CURLOPT_RANGE, range);
	}
	rc = talk_perform(t, w, timing, d);
	if (rc < 0 && talk_status(t) == 416) {	/* there is less of it than we have */
		if (ftruncate(t->fd, 0) < 0)
			return diag_errno(d, "cannot shorten");
		return rc;
	}
	if (rc == 0 && !t->begun && !talk_begin(t, talk_status(t)))	/* an empty file */
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
	rc = talk_call(&t, w, set, w->at, talk_empty_hash, d);
	if (rc == 0) {
		t.fd = fd;
		/* What has no size may have another one by now. */
		t.have = size == STORE_UNKNOWN ? 0 : (uint64_t)st.st_size;
		rc = get_into(&t, w, size, p, timing, d);
		talk_hang_up(&t);
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

	if (fd < 0)
		return -1;
	if (talk_is_s3(w) && size > w->store->part) {
		rc = upload(w, set, fd, size, g, p, timing, d);
		close(fd);
		return rc;
	}
	digest_format(g, hex);
	rc = talk_call(&t, w, set, w->at, hex, d);
	if (rc == 0) {
		talk_give(&t, fd, 0, size, p);
		rc = talk_perform(&t, w, timing, d);
		code = talk_status(&t);
		timing->moving = talk_number(&t, CURLINFO_TOTAL_TIME_T) -
				 talk_number(&t, CURLINFO_PRETRANSFER_TIME_T);
		timing->first = 0;
		/* Not allowed, not found, no such method: so it stays. */
		if (rc < 0 && (code == 401 || code == 403 || code == 405))
			rc = 1;
		talk_hang_up(&t);
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
	int rc = talk_call(&t, w, set, w->at, talk_empty_hash, d);

	if (rc < 0)
		return -1;
	snprintf(range, sizeof range, "0-%d", PROBE - 1);
	if (w->store->probe)
		talk_lib->setopt(t.curl, CURLOPT_RANGE, range);
	else
		talk_lib->setopt(t.curl, CURLOPT_NOBODY, 1L);
	rc = talk_perform(&t, w, timing, d);
	if (rc == 1 || (rc < 0 && talk_status(&t)))
		rc = w->store->probe ? -1 : 0;
	talk_hang_up(&t);
	return rc;
}

const struct store_kind store_curl = { schemes, curl_get, curl_put, curl_probe };
