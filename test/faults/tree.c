/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "digest.h"

static void walk(const char *top, const char *below, tree_visit *visit, void *ctx)
{
	char path[2 * PATH_MAX];
	struct dirent *e;
	DIR *p;

	snprintf(path, sizeof path, "%s/%s", top, below);
	p = opendir(path);
	while (p && (e = readdir(p))) {
		char next[PATH_MAX];
		struct stat st;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    fstatat(dirfd(p), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		snprintf(next, sizeof next, "%s%s%s", below, *below ? "/" : "", e->d_name);
		visit(ctx, next, e->d_name, &st);
		if (S_ISDIR(st.st_mode))
			walk(top, next, visit, ctx);
	}
	if (p)
		closedir(p);
}

void tree_walk(const char *top, tree_visit *visit, void *ctx)
{
	walk(top, "", visit, ctx);
}

uint64_t tree_hash(const void *bytes, size_t n)
{
	return hash64(bytes, n, 7);
}
