/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "curl_load.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static struct curl_calls calls;

static const struct { const char *name; size_t offset; } symbols[] = {
	{ "curl_easy_init", offsetof(struct curl_calls, init) },
	{ "curl_easy_setopt", offsetof(struct curl_calls, setopt) },
	{ "curl_easy_perform", offsetof(struct curl_calls, perform) },
	{ "curl_easy_getinfo", offsetof(struct curl_calls, getinfo) },
	{ "curl_easy_cleanup", offsetof(struct curl_calls, cleanup) },
	{ "curl_easy_strerror", offsetof(struct curl_calls, strerror) },
	{ "curl_slist_append", offsetof(struct curl_calls, append) },
	{ "curl_slist_free_all", offsetof(struct curl_calls, free_all) },
};

const struct curl_calls *curl_load(struct diag *d)
{
	static bool loaded;
	void *lib = loaded ? NULL : dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

	if (loaded)
		return &calls;
	if (!lib) {
		diag_set(d, "libcurl is not to be had: %s", dlerror());
		return NULL;
	}
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		void *f = dlsym(lib, symbols[i].name);

		if (!f) {
			diag_set(d, "libcurl has no %s", symbols[i].name);
			dlclose(lib);
			return NULL;
		}
		memcpy((char *)&calls + symbols[i].offset, &f, sizeof f);
	}
	loaded = true;
	return &calls;
}
