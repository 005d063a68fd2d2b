/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "attempt.h"
#include "cache.h"
#include "instant.h"
#include "io.h"
#include "ledger.h"
#include "line.h"
#include "progress.h"
#include "size.h"

enum { LOCKS_MAX = 1 << 24 };

static int acceptable(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* A heading with the count, and one line for each attempt. */
static void add_phase(struct buf *out, const char *state, const char *phase, const char *suffix)
{
	struct dirent **names;
	struct uuid job;
	uint32_t number;
	char path[4200];
	int n, shown = 0;

	snprintf(path, sizeof path, "%s/%s", state, phase);
	n = scandir(path, &names, acceptable, alphasort);
	buf_addf(out, "%s:", phase);
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (attempt_key_parse(name, suffix, &job, &number)) {
			buf_addf(out, "\n- %.*s", (int)(strlen(name) - strlen(suffix)), name);
			shown++;
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	buf_adds(out, shown ? "\n" : " []\n");
}

/* Is there a lock on this file?  Not by trying: for as long as we had it, a pass
 * would believe that another one is at work. */
static bool locked(int dir, const char *name)
{
	struct buf text = BUF_INIT;
	char inode[48];
	struct stat st;
	bool found = false;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	snprintf(inode, sizeof inode, "%02x:%02x:%llu ", major(st.st_dev), minor(st.st_dev),
		 (unsigned long long)st.st_ino);
	fd = open("/proc/locks", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && io_read_fd(fd, LOCKS_MAX, &text, NULL) == 0)
		found = strstr(text.s, inode) != NULL;
	if (fd >= 0)
		close(fd);
	buf_free(&text);
	return found;
}

static void add_sync(struct buf *out, int dir)
{
	struct stat st;

	buf_adds(out, "synced: ");
	if (fstatat(dir, "synced", &st, AT_SYMLINK_NOFOLLOW) < 0) {
		buf_adds(out, "never\n");
		return;
	}
	instant_format(st.st_mtim.tv_sec * SECOND_US + st.st_mtim.tv_nsec / 1000, out);
	buf_addc(out, '\n');
}

static void add_error(struct buf *out, int dir)
{
	struct buf text = BUF_INIT;

	if (io_read(dir, "error", 4096, &text, NULL) == 0 && text.len) {
		buf_adds(out, "error: ");
		line_scalar(out, text.s, text.len);
		buf_addc(out, '\n');
	}
	buf_free(&text);
}

static void add_cache(struct buf *out, const struct settings *set)
{
	struct cache c;

	if (access(set->cache, R_OK) < 0 || cache_peek(&c, set->cache, NULL) < 0)
		return;
	buf_addf(out, "cache: {datasets: %u, bytes: ", c.count);
	size_format(c.bytes, out);
	buf_adds(out, "}\n");
	cache_close(&c);
}

/* "{from: URL, done: ..., bytes: ..., percent: ..., rate: ..., left: ...}" */
static void add_transfer(struct buf *out, const struct progress_seen *p)
{
	buf_adds(out, "{from: ");
	line_scalar(out, p->url, strlen(p->url));
	buf_adds(out, ", done: ");
	size_human(p->done, out);
	if (p->total) {
		buf_adds(out, ", bytes: ");
		size_human(p->total, out);
		buf_addf(out, ", percent: %u", (unsigned)(100.0 * (double)p->done / (double)p->total));
	}
	if (p->rate) {
		buf_adds(out, ", rate: ");
		size_human(p->rate, out);
		buf_adds(out, "/s");
	}
	if (p->rate && p->total > p->done) {
		buf_adds(out, ", left: ");
		duration_format((int64_t)((p->total - p->done) / p->rate + 1) * SECOND_US, out);
	}
	buf_addc(out, '}');
}

/* What children write while they live; what was not written for a minute is of none. */
static void add_transfers(struct buf *out, const struct settings *set)
{
	static const char suffix[] = ".progress";
	DIR *dir = opendir(set->cache);
	const char *comma = "";
	struct dirent *e;

	buf_adds(out, "transfers: [");
	while (dir && (e = readdir(dir))) {
		size_t n = strlen(e->d_name);
		struct progress_seen p;
		struct stat st;

		if (n <= strlen(suffix) || strcmp(e->d_name + n - strlen(suffix), suffix) ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || time(NULL) - st.st_mtime > 60 ||
		    !progress_read(dirfd(dir), e->d_name, &p))
			continue;
		buf_adds(out, comma);
		add_transfer(out, &p);
		comma = ", ";
	}
	buf_adds(out, "]\n");
	if (dir)
		closedir(dir);
}

static void add_amounts(struct buf *out, const char *key, const struct policy_day *day)
{
	buf_addf(out, "%s: {", key);
	if (day->jobs != UINT32_MAX)
		buf_addf(out, "jobs: %u, ", day->jobs);
	if (day->cores != UINT32_MAX)
		buf_addf(out, "cores: %u, ", day->cores);
	if (day->memory != UINT64_MAX) {
		buf_adds(out, "memory: ");
		size_format(day->memory, out);
		buf_adds(out, ", ");
	}
	if (day->walltime != INT64_MAX) {
		buf_adds(out, "walltime: ");
		duration_format(day->walltime, out);
		buf_adds(out, ", ");
	}
	out->len -= out->len > 2 && out->s[out->len - 1] == ' ' ? 2 : 0;
	buf_addc(out, '}');
}

/* What is asked for, until when, what was granted today and refused. */
static void add_pull(struct buf *out, const struct settings *set, int dir)
{
	int64_t now = instant_now();
	struct policy_now policy;
	struct policy_day left;
	struct ledger l;

	policy_at(&set->pull, now, &policy);
	buf_addf(out, "pull: {now: %s", policy.open ? "open" : "closed");
	if (policy.change) {
		buf_adds(out, ", until: ");
		instant_format(policy.change, out);
	}
	if (isinf(policy.load))
		buf_adds(out, ", load: inf");
	else
		buf_addf(out, ", load: %g%%", policy.load * 100);
	if (policy.jobs != UINT32_MAX)
		buf_addf(out, ", jobs: %u", policy.jobs);
	buf_adds(out, "}\n");
	if (ledger_open(&l, dir, now, NULL) == 0) {
		buf_adds(out, "today: {");
		ledger_left(&l, &set->pull.day, &left);
		add_amounts(out, "asked", &left);
		buf_adds(out, ", ");
		add_amounts(out, "granted", &l.taken);
		buf_addf(out, ", refused: %u}\n", l.refused);
		ledger_close(&l);
	}
}

int status_write(const struct settings *set, struct buf *out, struct diag *d)
{
	static const struct { const char *name, *suffix; } phases[] = {
		{ "waiting", ".yaml" }, { "preparing", ".yaml" }, { "running", ".yaml" }, { "ended", "" },
	};
	int dir = open(set->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 && errno != ENOENT)
		return diag_errno(d, "cannot open %s", set->state);
	buf_addf(out, "site: %s\nhub: ", set->site);
	line_scalar(out, set->hub, strlen(set->hub));
	buf_adds(out, "\nstate: ");
	line_scalar(out, set->state, strlen(set->state));
	buf_addf(out, "\nagent: %s\n", dir >= 0 && locked(dir, "lock") ? "at work" :
		 dir >= 0 && locked(dir, "tend.lock") ? "between two passes" : "none");
	if (dir >= 0) {
		add_sync(out, dir);
		add_error(out, dir);
		for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
			add_phase(out, set->state, phases[i].name, phases[i].suffix);
		add_transfers(out, set);
		add_cache(out, set);
		add_pull(out, set, dir);
		close(dir);
	} else {
		buf_adds(out, "synced: never\n");
	}
	return out->failed ? diag_nomem(d) : 0;
}
