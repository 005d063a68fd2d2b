/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store_talk - one request to an http or S3 server, by libcurl: what store_curl.c and
 * store_upload.c have in common.
 *
 *	talk_call(&t, w, set, w->at, hash, d)	0: hang up afterwards
 *	... options, t.fd ...
 *	talk_perform(&t, w, &timing, d)
 *	talk_hang_up(&t)
 */
#ifndef AGENT_STORE_TALK_H
#define AGENT_STORE_TALK_H

#include "buf.h"
#include "curl_load.h"
#include "store.h"

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
	bool giving;			/* what the server says about it is thrown away, */
	bool listening;			/* or kept in `said` */
	uint64_t base, limit;		/* from here so many bytes of fd are given */
	uint64_t sent;
	char etag[200];			/* what the server calls it; "" : it did not say */
	struct progress *p;
	int broken;			/* errno of a disk that does not take it */
	uint64_t moved;			/* over the wire */
};

/* The calls of libcurl, once talk_call() has succeeded. */
extern const struct curl_calls *talk_lib;

bool talk_is_s3(const struct store_way *w);
/* hash: of what we send, as hexadecimal digits. */
int talk_call(struct talk *t, const struct store_way *w, const struct settings *set,
	      const char *url, const char *hash, struct diag *d);
/* Send limit bytes of fd from base on, until p->dir has a file `cancelled`. */
void talk_give(struct talk *t, int fd, uint64_t base, uint64_t limit, struct progress *p);
/* 0; 1: it is not there; -1. */
int talk_perform(struct talk *t, const struct store_way *w, struct store_timing *timing,
		 struct diag *d);
long talk_status(struct talk *t);
/* A CURLINFO in microseconds or bytes. */
int64_t talk_number(struct talk *t, CURLINFO what);
void talk_hang_up(struct talk *t);
/* Where what comes begins in fd; false: errno. */
bool talk_begin(struct talk *t, long code);

/* What has no bytes has this. */
extern const char talk_empty_hash[];

#endif
