/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory this program lies in, without a trailing slash. */
static int own_directory(char out[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
	char *slash;

	if (n <= 0)
		return -1;
	out[n] = '\0';
	slash = strrchr(out, '/');
	if (!slash)
		return -1;
	*slash = '\0';
	return 0;
}

char *runner_beside(const char *name)
{
	char dir[PATH_MAX], *path;

	if (own_directory(dir) < 0)
		return strdup(name);
	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static int acceptable(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return e->d_name[0] != '.' && strncmp(e->d_name, "lib", 3) && e->d_name[n - 1] != '~';
}

static int add(struct candidates *c, int dir, const char *base, const char *name, struct diag *d)
{
	struct candidate *more, *one;
	char path[PATH_MAX], stamp[80];
	struct stat st;

	if (fstatat(dir, name, &st, 0) < 0 || !S_ISREG(st.st_mode) ||
	    faccessat(dir, name, X_OK, 0) < 0)
		return 0;
	if (snprintf(path, sizeof path, "%s/%s", base, name) >= (int)sizeof path)
		return 0;
	snprintf(stamp, sizeof stamp, "%llu-%lld.%09ld-%lld", (unsigned long long)st.st_ino,
		 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (long long)st.st_size);
	more = realloc(c->item, (c->count + 1) * sizeof *more);
	if (!more)
		return diag_nomem(d);
	c->item = more;
	one = &c->item[c->count];
	*one = (struct candidate){ .answer = BUF_INIT };
	one->path = tree_strdup(&c->tree, path, strlen(path));
	one->stamp = tree_strdup(&c->tree, stamp, strlen(stamp));
	if (!one->path || !one->stamp)
		return diag_nomem(d);
	c->count++;
	return 0;
}

/* A directory that is not there has no runners. */
static int look_into(struct candidates *c, const char *base, struct diag *d)
{
	struct dirent **names;
	int n = scandir(base, &names, acceptable, alphasort), dir, rc = 0;

	if (n < 0)
		return 0;
	dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < n; i++) {
		if (rc == 0 && dir >= 0)
			rc = add(c, dir, base, names[i]->d_name, d);
		free(names[i]);
	}
	free(names);
	if (dir >= 0)
		close(dir);
	return rc;
}

int candidates_find(struct candidates *c, const struct settings *set, struct diag *d)
{
	static const char *const builtin[] = { "../runners", "../libexec/spool/runners" };
	char own[PATH_MAX], path[PATH_MAX];

	*c = (struct candidates){ NULL, 0, TREE_INIT };
	for (uint32_t i = 0; i < set->runners.count; i++)
		if (look_into(c, set->runners.item[i], d) < 0)
			return -1;
	if (own_directory(own) < 0)
		return 0;
	for (size_t i = 0; i < sizeof builtin / sizeof *builtin; i++) {
		if (snprintf(path, sizeof path, "%s/%s", own, builtin[i]) >= (int)sizeof path)
			continue;
		if (look_into(c, path, d) < 0)
			return -1;
	}
	return 0;
}

void candidates_free(struct candidates *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		buf_free(&c->item[i].answer);
	free(c->item);
	tree_free(&c->tree);
	*c = (struct candidates){ NULL, 0, TREE_INIT };
}
