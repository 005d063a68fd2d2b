/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "io.h"

enum { PROC_MAX = 1 << 20, FILE_MAX_BYTES = 65536 };

static void slurp(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (io_read_fd(fd, PROC_MAX, out, NULL) < 0)
		buf_reset(out);
	close(fd);
}

void shim_places_read(struct shim_places *p)
{
	*p = (struct shim_places){ BUF_INIT, BUF_INIT };
	slurp("/proc/self/mountinfo", &p->mounts);
	slurp("/proc/self/cgroup", &p->own);
}

void shim_places_free(struct shim_places *p)
{
	buf_free(&p->mounts);
	buf_free(&p->own);
}

bool shim_place_get(const char *dir, const char *file, struct buf *out)
{
	char path[PATH_MAX];
	int fd;
	bool done;

	buf_reset(out);
	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >= (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = io_read_fd(fd, FILE_MAX_BYTES, out, NULL) == 0;
	close(fd);
	return done;
}

bool shim_place_put(const char *dir, const char *file, const char *text)
{
	char path[PATH_MAX];
	int fd, saved;
	bool done;

	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >= (int)sizeof(path))
		return false;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	saved = errno;
	close(fd);
	errno = saved;
	return done;
}

/* Words are separated by any of these; commas for mount options. */
bool shim_place_word(const char *text, const char *word)
{
	size_t n = strlen(word), len;

	for (; *text; text += len) {
		text += strspn(text, " ,\n");
		len = strcspn(text, " ,\n");
		if (len == n && !memcmp(text, word, n))
			return true;
	}
	return false;
}

static bool may_write(const char *dir)
{
	return faccessat(AT_FDCWD, dir, W_OK, AT_EACCESS) == 0;
}

/* --- /proc/self/mountinfo -------------------------------------------------------- */

struct mount {
	char root[PATH_MAX];	/* which part of the hierarchy is mounted */
	char point[PATH_MAX];	/* where */
};

/*
 * "36 35 98:0 ROOT POINT options [optional fields] - FSTYPE SOURCE OPTIONS".
 * Names with blanks stand there escaped; nobody mounts cgroups on such.
 */
static bool parse_mount(const char *line, size_t len, const char *type, const char *controller,
			struct mount *m)
{
	char text[PATH_MAX * 3], *dash, fstype[32], options[512];

	if (len >= sizeof(text))
		return false;
	memcpy(text, line, len);
	text[len] = '\0';
	dash = strstr(text, " - ");
	if (!dash || sscanf(dash, " - %31s %*s %511s", fstype, options) != 2 ||
	    strcmp(fstype, type))
		return false;
	if (controller && !shim_place_word(options, controller))
		return false;
	return sscanf(text, "%*s %*s %*s %4095s %4095s", m->root, m->point) == 2;
}

static bool find_mount(const struct shim_places *p, const char *type, const char *controller,
		       struct mount *m)
{
	const char *s = p->mounts.s;

	for (size_t len; *s; s += len + (s[len] == '\n')) {
		len = strcspn(s, "\n");
		if (parse_mount(s, len, type, controller, m))
			return true;
	}
	return false;
}

/* --- /proc/self/cgroup: "4:memory,cpu:/path", version 2 "0::/path" ------------------ */

static bool own_path(const struct shim_places *p, const char *controller, char out[PATH_MAX])
{
	const char *s = p->own.s;

	for (size_t len; *s; s += len + (s[len] == '\n')) {
		char list[256] = "";
		const char *second;
		bool mine;

		len = strcspn(s, "\n");
		second = strchr(s, ':');
		if (!second)
			return false;
		sscanf(second, ":%255[^:\n]", list);
		mine = controller ? shim_place_word(list, controller) : second[1] == ':';
		second = strchr(second + 1, ':');
		if (!mine || !second || (size_t)(second - s) > len)
			continue;
		snprintf(out, PATH_MAX, "%.*s", (int)(len - (size_t)(second + 1 - s)), second + 1);
		return true;
	}
	return false;
}

/* Where our own group is seen.  False: outside of what is mounted here. */
static bool own_dir(const struct shim_places *p, const struct mount *m, const char *controller,
		    char out[PATH_MAX])
{
	char path[PATH_MAX];
	size_t n = strcmp(m->root, "/") ? strlen(m->root) : 0;

	if (!own_path(p, controller, path) || strncmp(path, m->root, n))
		return false;
	if (path[n] && path[n] != '/')
		return false;
	n += !strcmp(path + n, "/");
	return snprintf(out, PATH_MAX, "%s%s", m->point, path + n) < PATH_MAX;
}

static char *own_spool(const struct mount *m, bool *topmost)
{
	char dir[PATH_MAX + 8];

	if (geteuid() != 0 || !may_write(m->point))
		return NULL;
	snprintf(dir, sizeof(dir), "%s/spool", m->point);
	*topmost = true;
	return strdup(dir);
}

/* --- version 1 ------------------------------------------------------------------ */

/* What was asked for lies below one controller's mount; the same path below
 * this one's is meant. */
static char *asked_v1(const struct shim_places *p, const struct mount *m, const char *asked)
{
	static const char *const all[] = { "freezer", "memory", "cpu", "pids" };
	char dir[PATH_MAX * 2];
	struct mount other;
	size_t n;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (!find_mount(p, "cgroup", all[i], &other))
			continue;
		n = strlen(other.point);
		if (strncmp(asked, other.point, n) || asked[n] != '/')
			continue;
		snprintf(dir, sizeof(dir), "%s%s", m->point, asked + n);
		return may_write(dir) ? strdup(dir) : NULL;
	}
	return NULL;
}

char *shim_place_v1(const struct shim_places *p, const char *controller, const char *asked,
		    bool *topmost)
{
	struct mount m;
	char dir[PATH_MAX];

	if (!find_mount(p, "cgroup", controller, &m))
		return NULL;
	if (*asked)
		return asked_v1(p, &m, asked);
	if (own_dir(p, &m, controller, dir) && strcmp(dir, m.point) && may_write(dir))
		return strdup(dir);
	return own_spool(&m, topmost);
}

/* --- version 2 ------------------------------------------------------------------ */

static bool has_all(const char *dir, const char *file, const char *const *controllers)
{
	struct buf b = BUF_INIT;
	bool all = shim_place_get(dir, file, &b);

	for (; all && *controllers; controllers++)
		all = shim_place_word(b.s, *controllers);
	buf_free(&b);
	return all;
}

/*
 * A group with processes in it cannot hand controllers down, and ours has at
 * least this one: so with limits the place is some group above it that does
 * hand them down already, as service managers arrange it for their users.
 */
static char *climb(char *dir, const char *point, const char *const *controllers)
{
	size_t stop = strlen(point);

	for (;;) {
		if (may_write(dir) && has_all(dir, "cgroup.subtree_control", controllers) &&
		    strlen(dir) > stop)
			return strdup(dir);
		if (strlen(dir) <= stop)
			return NULL;
		*strrchr(dir, '/') = '\0';
	}
}

static bool is_cgroup2(const char *dir)
{
	struct statfs fs;

	return statfs(dir, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

char *shim_place_v2(const struct shim_places *p, const char *const *controllers,
		    const char *asked, bool *topmost)
{
	struct mount m;
	char dir[PATH_MAX];
	char *found = NULL;

	if (*asked) {
		if (is_cgroup2(asked) && may_write(asked) &&
		    has_all(asked, "cgroup.controllers", controllers))
			return strdup(asked);
		return NULL;
	}
	if (!find_mount(p, "cgroup2", NULL, &m))
		return NULL;
	if (own_dir(p, &m, NULL, dir))
		found = climb(dir, m.point, controllers);
	if (!found && has_all(m.point, "cgroup.controllers", controllers))
		found = own_spool(&m, topmost);
	return found;
}
