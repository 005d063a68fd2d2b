/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "field.h"
#include "io.h"

static const char config_text[] =
	"# The administrator's file; spool-config(5) describes every field.\n"
	"# What is not stated here has the value that stands behind the #.\n"
	"#\n"
	"# lease: PT1H                   silence of a site after which its work is given away\n"
	"# offers: {lifetime: PT10M, most: 4}\n"
	"# archive: {after: P7D}         when finished jobs move to archive/\n"
	"# policy: {unplaceable: fail, bandwidth: 12.5MB}\n"
	"# clearances: {clinical: [north]}\n"
	"# sites: {north: {groups: [eu], enabled: true}}\n";

static const struct { const char *name; mode_t mode; } layout[] = {
	{ "inbox", 01733 },	/* anybody may drop, nobody may list or remove others' */
	{ "rejected", 0711 }, { "jobs", 0755 },
	{ "offers", 0755 }, { "offers/offered", 0755 }, { "offers/accepted", 0755 },
	{ "offers/rejected", 0755 }, { "offers/expired", 0755 },
	{ "reservations", 0755 }, { "reservations/active", 0755 },
	{ "reservations/expired", 0755 }, { "reservations/released", 0755 },
	{ "transactions", 0755 }, { "transactions/pending", 0755 },
	{ "transactions/placed", 0755 }, { "transactions/ended", 0755 },
	{ "sites", 0755 }, { "data", 0751 }, { "results", 0755 }, { "accounting", 0750 },
	{ "archive", 0755 }, { "run", 0755 }, { "run/why", 0750 }, { "run/sites", 0750 },
	{ "run/catalogue", 0750 }, { "run/whatif", 0711 },
	{ "whatif", 01733 },	/* as inbox/ */
};

/* What the hub alone writes and others have no business in, as it may name what is
 * sensitive.  Older versions made it for all to read. */
static const char *const closed[] = { "accounting", "run/why", "run/sites", "run/catalogue" };

/* umask must not take bits away: the inbox's mode is part of the design. */
static int make_dir(int root, const char *name, mode_t mode, struct diag *d)
{
	if (mkdirat(root, name, mode) == 0)
		return fchmodat(root, name, mode, 0) < 0 ? diag_errno(d, "cannot chmod %s", name) : 0;
	if (errno == EEXIST)
		return 0;
	return diag_errno(d, "cannot make the directory %s", name);
}

static int fill_layout(int root, struct diag *d)
{
	char name[32];

	for (size_t i = 0; i < sizeof layout / sizeof *layout; i++)
		if (make_dir(root, layout[i].name, layout[i].mode, d) < 0)
			return -1;
	for (int p = 0; p < PHASES; p++) {
		snprintf(name, sizeof name, "jobs/%s", phase_name((enum phase)p));
		if (make_dir(root, name, 0755, d) < 0)
			return -1;
	}
	if (io_publish(root, "config.yaml", 0644, config_text, sizeof config_text - 1,
		       IO_SYNC | IO_EXCL, d) < 0 && errno != EEXIST)
		return -1;
	return 0;
}

int spool_init(const char *path, struct diag *d)
{
	int root, r;

	if (io_mkdirs(path, 0755, d) < 0)
		return -1;
	root = io_opendir(AT_FDCWD, path, d);
	if (root < 0)
		return -1;
	r = fill_layout(root, d);
	if (r == 0 && syncfs(root) < 0)
		r = diag_errno(d, "cannot flush %s", path);
	close(root);
	return r;
}

/* A spool that was made by an older version has none of some. */
static int open_newer(struct spool *s, bool lock, struct diag *d)
{
	static const char *const names[6] = {
		"reservations/active", "reservations/expired", "reservations/released",
		"transactions/pending", "transactions/placed", "transactions/ended",
	};

	if (lock && make_dir(s->root, "transactions", 0755, d) < 0)
		return -1;
	for (int i = 0; i < 6; i++) {
		int *fd = i < 3 ? &s->reservations[i] : &s->transactions[i - 3];

		if (lock && make_dir(s->root, names[i], 0755, d) < 0)
			return -1;
		*fd = io_opendir(s->root, names[i], lock ? d : NULL);
		if (*fd < 0 && lock)
			return -1;
	}
	return 0;
}

static int close_to_others(const struct spool *s, struct diag *d)
{
	struct stat st;

	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
		if (fstatat(s->root, closed[i], &st, 0) == 0 && st.st_mode & 07 &&
		    fchmodat(s->root, closed[i], st.st_mode & 07770, 0) < 0)
			return diag_errno(d, "cannot chmod %s", closed[i]);
	return 0;
}

/* Not everybody may list inbox/: who only reads does without it. */
static int open_dirs(struct spool *s, bool lock, struct diag *d)
{
	const struct { const char *name; int *fd; } dirs[] = {
		{ "inbox", &s->inbox }, { "rejected", &s->rejected }, { "sites", &s->sites },
		{ "data", &s->data }, { "results", &s->results }, { "run", &s->run },
		{ "run/sites", &s->run_sites }, { "run/why", &s->run_why },
	};
	char name[32];

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		if ((*dirs[i].fd = io_opendir(s->root, dirs[i].name, d)) < 0 &&
		    (lock || errno != EACCES))
			return -1;
	for (int p = 0; p < PHASES; p++) {
		snprintf(name, sizeof name, "jobs/%s", phase_name((enum phase)p));
		if ((s->jobs[p] = io_opendir(s->root, name, d)) < 0)
			return -1;
	}
	if (lock && close_to_others(s, d) < 0)
		return -1;
	return open_newer(s, lock, d);
}

static int take_lock(struct spool *s, struct diag *d)
{
	char pid[24];

	s->lock = openat(s->run, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (s->lock < 0)
		return diag_errno(d, "cannot open run/lock");
	if (flock(s->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			diag_set(d, "another spoold works on %s", s->path);
		else
			diag_errno(d, "cannot lock run/lock");
		if (d)
			d->err = errno;
		return -1;
	}
	/* For people; the lock itself is the flock. */
	snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	if (ftruncate(s->lock, 0) < 0 || pwrite(s->lock, pid, strlen(pid), 0) < 0)
		return diag_errno(d, "cannot write run/lock");
	return 0;
}

int spool_open(struct spool *s, const char *path, int flags, struct diag *d)
{
	int saved;

	memset(s, 0xff, sizeof *s);	/* all descriptors -1 */
	s->path = realpath(path, NULL);
	if (!s->path)
		return diag_errno(d, "cannot open the spool %s", path);
	s->root = io_opendir(AT_FDCWD, s->path, d);
	if (s->root >= 0 && faccessat(s->root, "jobs/pending", F_OK, 0) < 0)
		diag_set(d, "%s is no spool: it has no jobs/pending (make one with `spoold --init`)", path);
	else if (s->root >= 0 && open_dirs(s, flags & SPOOL_LOCK, d) == 0 &&
		 (!(flags & SPOOL_LOCK) || take_lock(s, d) == 0))
		return 0;
	saved = errno;
	spool_close(s);
	errno = saved;
	return -1;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void spool_close(struct spool *s)
{
	int *const fds[] = { &s->lock, &s->inbox, &s->rejected, &s->sites, &s->data,
			     &s->results, &s->run_sites, &s->run_why, &s->run, &s->root };

	for (int p = 0; p < PHASES; p++)
		shut(&s->jobs[p]);
	for (int p = 0; p < 3; p++) {
		shut(&s->reservations[p]);
		shut(&s->transactions[p]);
	}
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		shut(fds[i]);
	free(s->path);
	s->path = NULL;
}

int spool_reopen_inbox(struct spool *s, struct diag *d)
{
	int fd;

	if (make_dir(s->root, "inbox", 01733, d) < 0 || (fd = io_opendir(s->root, "inbox", d)) < 0)
		return -1;
	close(s->inbox);
	s->inbox = fd;
	return 0;
}

int spool_flush(const struct spool *s, struct diag *d)
{
	return syncfs(s->root) < 0 ? diag_errno(d, "cannot flush %s", s->path) : 0;
}

void spool_job_name(const struct uuid *id, char name[SPOOL_JOB_NAME])
{
	uuid_format(id, name);
	memcpy(name + 36, ".yaml", 6);
}

bool spool_job_id(const char *name, struct uuid *id)
{
	return strlen(name) == SPOOL_JOB_NAME - 1 && !strcmp(name + 36, ".yaml") &&
	       uuid_parse(name, 36, id, NULL) == 0;
}

int spool_job_find(const struct spool *s, const struct uuid *id)
{
	/* A rename between two looks can hide a job once; not twice in a row. */
	char name[SPOOL_JOB_NAME];

	spool_job_name(id, name);
	for (int round = 0; round < 2; round++)
		for (int p = 0; p < PHASES; p++)
			if (faccessat(s->jobs[p], name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
				return p;
	return -1;
}

/* --- what cannot be taken -------------------------------------------------- */

/* A file name out of what somebody dropped: strange bytes become '_'. */
static void tame(const char *name, char out[200])
{
	size_t n = strlen(name);

	if (n > 5 && !strcmp(name + n - 5, ".yaml"))
		n -= 5;
	else if (n > 5 && !strcmp(name + n - 5, ".json"))
		n -= 5;
	if (n > 180)
		n = 180;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];

		out[i] = c <= ' ' || c == '/' || c == '\\' || c >= 0x7f ? '_' : (char)c;
	}
	out[n] = '\0';
	if (!n || out[0] == '.')
		out[0] = '_', out[n ? n : 1] = '\0';
}

static int put(int dir, const char *name, const void *bytes, size_t n, uid_t owner, struct diag *d)
{
	bool foreign = geteuid() == 0 && owner != 0;

	if (io_publish(dir, name, foreign ? 0600 : 0644, bytes, n, IO_EXCL, d) < 0)
		return -1;
	if (foreign && fchownat(dir, name, owner, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0)
		return diag_errno(d, "cannot give rejected/%s to its author", name);
	return 0;
}

/* The i-th name to try: NAME, NAME.2, ...; where many are in use, a random one. */
static void free_stem(char *stem, size_t size, const char *base, unsigned i)
{
	struct uuid id;
	char text[37];

	if (i == 1) {
		snprintf(stem, size, "%s", base);
	} else if (i < 10) {
		snprintf(stem, size, "%s.%u", base, i);
	} else {
		uuid_v7_new(&id);
		uuid_format(&id, text);
		snprintf(stem, size, "%s.%s", base, text + 24);
	}
}

/* Half done, if a crash came between the two steps below. */
static bool reason_alone(const struct spool *s, const char *stem)
{
	char file[256];

	snprintf(file, sizeof file, "%s.yaml", stem);
	return faccessat(s->rejected, file, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

int spool_reject_drop(const struct spool *s, const char *name, uid_t owner, const char *reason,
		      char out[256], struct diag *d)
{
	char base[200], stem[232], file[256];
	struct buf text = BUF_INIT;
	int r = -1;

	tame(name, base);
	buf_addf(&text, "%s\n", reason);
	for (unsigned i = 1; i < 100; i++) {
		free_stem(stem, sizeof stem, base, i);
		if (!reason_alone(s, stem))
			continue;
		snprintf(file, sizeof file, "%s.reason", stem);
		unlinkat(s->rejected, file, 0);
		r = text.failed ? diag_nomem(d) : put(s->rejected, file, text.s, text.len, owner, d);
		if (r < 0)
			break;
		snprintf(file, sizeof file, "%s.yaml", stem);
		r = renameat2(s->inbox, name, s->rejected, file, RENAME_NOREPLACE);
		if (r < 0 && errno != EEXIST)
			diag_errno(d, "cannot move the drop to rejected/%s", file);
		if (r == 0 || errno != EEXIST)
			break;
	}
	buf_free(&text);
	if (r == 0 && out)
		snprintf(out, 256, "%s", stem);
	return r;
}

int spool_reject(const struct spool *s, const char *name, const void *bytes, size_t n,
		 uid_t owner, const char *reason, char out[256], struct diag *d)
{
	char base[200], stem[232], file[256];
	struct buf text = BUF_INIT;
	int r = -1;

	tame(name, base);
	buf_addf(&text, "%s\n", reason);
	/* NAME.yaml takes the name; spool_reject_drop leaves such names alone. */
	for (unsigned i = 1; i < 100; i++) {
		free_stem(stem, sizeof stem, base, i);
		snprintf(file, sizeof file, "%s.yaml", stem);
		r = text.failed ? diag_nomem(d) : put(s->rejected, file, bytes, n, owner, d);
		if (r == 0 || errno != EEXIST)
			break;
	}
	if (r == 0) {
		snprintf(file, sizeof file, "%s.reason", stem);
		r = put(s->rejected, file, text.s, text.len, owner, d);
	}
	buf_free(&text);
	if (r == 0 && out)
		snprintf(out, 256, "%s", stem);
	return r;
}

/* --- sites ------------------------------------------------------------------ */

bool spool_site_name_ok(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+@");

	return n && n <= 64 && !name[n] && name[0] != '.' && name[0] != '-' && name[0] != '+' &&
	       name[0] != '@';
}

int spool_site_make(const struct spool *s, const char *site, struct diag *d)
{
	char name[80];

	if (!spool_site_name_ok(site))
		return diag_set(d, "\"%.64s\" is no name for a site: letters, digits and . _ - + @, at most 64",
				site);
	if (make_dir(s->sites, site, 0750, d) < 0)
		return -1;
	snprintf(name, sizeof name, "%s/down", site);
	if (make_dir(s->sites, name, 0755, d) < 0)
		return -1;
	snprintf(name, sizeof name, "%s/up", site);
	return make_dir(s->sites, name, 0755, d);
}
