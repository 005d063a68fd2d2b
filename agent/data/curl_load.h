/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * curl_load - libcurl, when it is needed.
 *
 * It comes with some thirty other libraries, which take 25 ms to be loaded: a
 * pass that moves no data does not pay for them.
 */
#ifndef AGENT_CURL_LOAD_H
#define AGENT_CURL_LOAD_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "diag.h"

struct curl_calls {
	CURL *(*init)(void);
	CURLcode (*setopt)(CURL *, CURLoption, ...);
	CURLcode (*perform)(CURL *);
	CURLcode (*getinfo)(CURL *, CURLINFO, ...);
	void (*cleanup)(CURL *);
	const char *(*strerror)(CURLcode);
	struct curl_slist *(*append)(struct curl_slist *, const char *);
	void (*free_all)(struct curl_slist *);
};

/* NULL: *d says why it cannot be had. */
const struct curl_calls *curl_load(struct diag *d);

#endif
