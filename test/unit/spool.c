/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "io.h"
#include "tap.h"

static char tmp[] = "/tmp/unit-spool.XXXXXX";
static char path[64];
static struct spool s;
static struct diag d;

static bool exists(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static const char *slurp(int dir, const char *name)
{
	static struct buf b = BUF_INIT;

	if (!name) {
		buf_free(&b);
		return NULL;
	}
	buf_reset(&b);
	return io_read(dir, name, 1 << 20, &b, NULL) < 0 ? "(cannot be read)" : b.s;
}

static unsigned mode_of(const char *name)
{
	struct stat st;
	char full[128];

	snprintf(full, sizeof full, "%s/%s", path, name);
	return lstat(full, &st) < 0 ? 0 : st.st_mode & 07777;
}

static void makes(void)
{
	static const struct { const char *name; int mode; } other[] = {
		{ "inbox", 01733 }, { "rejected", 0711 }, { "data", 0751 }, { "accounting", 0750 },
		{ "run/why", 0750 }, { "run/sites", 0750 }, { "run/catalogue", 0750 }, { "run/whatif", 0711 },
	};
	static const char *const dirs[] = {
		"jobs", "jobs/pending", "jobs/offered", "jobs/waiting", "jobs/preparing",
		"jobs/running", "jobs/releasing", "jobs/completed", "jobs/failed", "jobs/cancelled", "jobs/expired",
		"offers/offered", "offers/accepted", "offers/rejected", "offers/expired", "reservations/active",
		"reservations/expired", "reservations/released", "sites", "results", "archive",
		"run",
	};
	struct config c;
	struct buf text = BUF_INIT;

	umask(077);
	is_int(spool_init(path, &d), 0, "a spool is made, with its parents: %s", d.text);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		is_int(mode_of(dirs[i]), 0755, "%s is there, whatever the umask", dirs[i]);
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		is_int(mode_of(other[i].name), other[i].mode, "%s is there, and who may what in it", other[i].name);
	is_int(mode_of("config.yaml"), 0644, "config.yaml can be read by everybody");
	is_int(spool_open(&s, path, SPOOL_READ, &d), 0, "it can be opened: %s", d.text);
	io_read(s.root, "config.yaml", 1 << 20, &text, NULL);
	is_int(config_read(&c, text.s, text.len, &d), 0, "its config.yaml is valid: %s", d.text);
	config_free(&c);

	unlinkat(s.root, "config.yaml", 0);
	io_create(s.root, "config.yaml", 0640, "lease: PT2H\n", 12, NULL);
	unlinkat(s.root, "reservations/active", AT_REMOVEDIR);
	fchmodat(s.root, "inbox", 0700, 0);
	is_int(spool_init(path, &d), 0, "making it again");
	is_str(slurp(s.root, "config.yaml"), "lease: PT2H\n", "keeps what is there");
	is_int(mode_of("inbox"), 0700, "as it is");
	is_int(mode_of("reservations/active"), 0755, "and makes what is missing");
	fchmodat(s.root, "inbox", 01733, 0);
	spool_close(&s);
	umask(022);
	buf_free(&text);
	is_int(spool_init("/proc/nowhere/spool", &d), -1, "where none can be made");
	like(d.text, "/proc/nowhere", "that is said");
}

static void opens(void)
{
	struct spool other;
	int status;
	pid_t pid;

	is_int(spool_open(&other, "/nowhere", SPOOL_READ, &d), -1, "no directory is no spool");
	like(d.text, "cannot open the spool /nowhere: No such file", "and it is said");
	is_int(spool_open(&other, "/usr", SPOOL_READ, &d), -1, "nor is any directory");
	like(d.text, "/usr is no spool: it has no jobs/pending (make one with `spoold --init`)", "and what to do");

	is_int(spool_open(&s, path, SPOOL_LOCK, &d), 0, "one may have the lock: %s", d.text);
	is_int(atoi(slurp(s.run, "lock")), getpid(), "it says who that is");
	ok(spool_served(&s), "and others can see that it is held");
	is_int(spool_open(&other, path, SPOOL_LOCK, &d), -1, "not two");
	is_int(d.err, EWOULDBLOCK, "for now");
	like(d.text, "another spoold works on", "because of another");
	is_int(spool_open(&other, path, SPOOL_READ, &d), 0, "many may read");
	spool_close(&other);
	spool_close(&other);
	ok(exists(s.run, "lock"), "which does not take the lock away");
	is_int(spool_open(&other, path, SPOOL_LOCK, &d), -1, "nor give it to anybody");
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(spool_open(&other, path, SPOOL_LOCK, NULL) < 0 ? 7 : 0);
	waitpid(pid, &status, 0);
	is_int(WEXITSTATUS(status), 7, "in another process either");
	spool_close(&s);
	is_int(spool_open(&s, path, SPOOL_LOCK, &d), 0, "after it was closed it can be had again: %s", d.text);
}

static void jobs(void)
{
	struct uuid id, back;
	char name[SPOOL_JOB_NAME];
	char full[80];

	uuid_v7_new(&id);
	spool_job_name(&id, name);
	is_int(strlen(name), SPOOL_JOB_NAME - 1, "a job's file is called ID.yaml: %s", name);
	ok(spool_job_id(name, &back) && !uuid_cmp(&id, &back), "and the id is read back");
	ok(!spool_job_id("x.yaml", &back) && !spool_job_id("", &back) && !spool_job_id(name + 1, &back),
	   "other names are none");
	name[SPOOL_JOB_NAME - 2] = 'x';
	ok(!spool_job_id(name, &back), "nor with another ending");
	spool_job_name(&id, name);
	is_int(spool_job_find(&s, &id), -1, "a job that is not there is not found");
	for (int p = 0; p < PHASES; p++) {
		snprintf(full, sizeof full, "jobs/%s/%s", phase_name((enum phase)p), name);
		io_create(s.root, full, 0600, "", 0, NULL);
		is_int(spool_job_find(&s, &id), p, "one in %s is", phase_name((enum phase)p));
		unlinkat(s.root, full, 0);
	}
}

static void inbox_again(void)
{
	struct stat st;

	io_remove_tree(s.root, "inbox", NULL);
	is_int(spool_reopen_inbox(&s, &d), 0, "an inbox that was removed is made again: %s", d.text);
	is_int(mode_of("inbox"), 01733, "as it was");
	io_create(s.inbox, "x", 0644, "", 0, NULL);
	ok(exists(s.root, "inbox/x"), "and that is the one that is open");
	unlinkat(s.inbox, "x", 0);
	is_int(spool_reopen_inbox(&s, &d), 0, "one that is there is just opened");
	ok(fstat(s.inbox, &st) == 0 && st.st_nlink, "again");
	is_int(spool_flush(&s, &d), 0, "a spool can be flushed: %s", d.text);
}

/* --- what cannot be taken ------------------------------------------------------- */

static void rejects(void)
{
	static const struct { const char *name, *as; } some[] = {
		{ "job.yaml", "job" }, { "job.json", "job" }, { "job.txt", "job.txt" }, { "job", "job" },
		{ "a b.yaml", "a_b" }, { "a\nb.yaml", "a_b" }, { "\xff\xfe.yaml", "__" }, { "\xc3\xa4.yaml", "__" },
		{ ".hidden.yaml", "_hidden" }, { ".yaml", "_yaml" }, { "..", "_." }, { "-rf.yaml", "-rf" },
		{ "a\\b.yaml", "a_b" }, { "\x7f.yaml", "_" },
	};
	char out[256], file[300];

	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		is_int(spool_reject(&s, some[i].name, "x: [", 4, 0, "line 1", out, &d), 0, "rejected: %s", d.text);
		is_str(out, some[i].as, "as %s", some[i].as);
		snprintf(file, sizeof file, "%s.yaml", out);
		is_str(slurp(s.rejected, file), "x: [", "with what it was");
		unlinkat(s.rejected, file, 0);
		snprintf(file, sizeof file, "%s.reason", out);
		is_str(slurp(s.rejected, file), "line 1\n", "and why");
		unlinkat(s.rejected, file, 0);
	}
	for (int i = 1; i <= 12; i++) {
		spool_reject(&s, "same.yaml", "x", 1, 0, "why", out, &d);
		if (i == 1 || i == 2 || i == 9) {
			snprintf(file, sizeof file, i == 1 ? "same" : "same.%d", i);
			is_str(out, file, "the %d. of a name", i);
		}
	}
	like(out, "same.", "and many more have names of their own: %s", out);
	memset(file, 'n', 250);
	memcpy(file + 250, ".yaml", 6);
	is_int(spool_reject(&s, file, "x", 1, 0, "why", out, &d), 0, "a name as long as can be: %s", d.text);
	ok(strlen(out) < 200, "is cut");
}

static void drop_kind_of(int kind, const char *name)
{
	switch (kind) {
	case 0: io_create(s.inbox, name, 0644, "text", 4, NULL); break;
	case 1: mkdirat(s.inbox, name, 0755); break;
	case 2: mkfifoat(s.inbox, name, 0644); break;
	default: is_int(symlinkat("/etc/passwd", s.inbox, name), 0, "a link lies in inbox/");
	}
}

static void rejects_drops(void)
{
	char out[256], name[300];

	for (int kind = 0; kind < 4; kind++) {
		drop_kind_of(kind, "odd.yaml");
		is_int(spool_reject_drop(&s, "odd.yaml", 0, "it is odd", out, &d), 0, "moved away: %s", d.text);
		ok(!exists(s.inbox, "odd.yaml"), "it is not in inbox/ any more");
		snprintf(name, sizeof name, "%s.yaml", out);
		ok(exists(s.rejected, name), "but in rejected/%s", name);
		snprintf(name, sizeof name, "%s.reason", out);
		is_str(slurp(s.rejected, name), "it is odd\n", "with the reason");
	}
	is_int(spool_reject_drop(&s, "gone.yaml", 0, "why", out, &d), -1, "what is gone cannot be moved: %s", d.text);

	/* Killed between the reason and the move: done again, it ends the same. */
	io_create(s.rejected, "half.reason", 0644, "an old reason", 13, NULL);
	drop_kind_of(0, "half.yaml");
	is_int(spool_reject_drop(&s, "half.yaml", 0, "the reason", out, &d), 0, "a reason that stood alone");
	is_str(out, "half", "is no reason for another name");
	is_str(slurp(s.rejected, "half.reason"), "the reason\n", "and is written anew");
	/* A name in use. */
	drop_kind_of(0, "half.yaml");
	spool_reject_drop(&s, "half.yaml", 0, "another reason", out, &d);
	is_str(out, "half.2", "the next of that name has a number");
	is_str(slurp(s.rejected, "half.reason"), "the reason\n", "and leaves the first alone");
}

static void rejects_for_somebody(void)
{
	struct stat st;

	if (geteuid()) {
		skip("not root: rejected drops belong to whom they belonged");
		return;
	}
	io_create(s.inbox, "theirs.yaml", 0644, "text", 4, NULL);
	if (fchownat(s.inbox, "theirs.yaml", 65534, 65534, 0) < 0)
		bail("chown");
	spool_reject_drop(&s, "theirs.yaml", 65534, "why", NULL, &d);
	ok(fstatat(s.rejected, "theirs.reason", &st, 0) == 0 && st.st_uid == 65534 && (st.st_mode & 0777) == 0600,
	   "its author may read the reason, and nobody else");
	ok(fstatat(s.rejected, "theirs.yaml", &st, 0) == 0 && st.st_uid == 65534, "and has the file");
	spool_reject(&s, "secret.yaml", "x", 1, 65534, "why", NULL, &d);
	ok(fstatat(s.rejected, "secret.yaml", &st, 0) == 0 && st.st_uid == 65534 && (st.st_mode & 0777) == 0600,
	   "a copy belongs to its author as well");
}

static void sites(void)
{
	static const char *const bad[] = { "", ".", "..", ".north", "-north", "+x", "@x", "a/b", "a b", "n\xc3\xb6rd", "a\n" };
	char longest[66];

	memset(longest, 'x', 65);
	longest[65] = '\0';
	ok(!spool_site_name_ok(longest), "a name of 65 letters is too long");
	longest[64] = '\0';
	ok(spool_site_name_ok(longest), "one of 64 is not");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!spool_site_name_ok(bad[i]), "no site is called \"%s\"", i == 10 ? "a newline" : bad[i]);
	is_int(spool_site_make(&s, "../out", &d), -1, "so none can be made");
	like(d.text, "\"../out\" is no name for a site: letters, digits and . _ - + @, at most 64", "as is said");
	is_int(spool_site_make(&s, "north", &d), 0, "a site is made: %s", d.text);
	is_int(mode_of("sites/north/down"), 0755, "with down/");
	is_int(mode_of("sites/north/up"), 0755, "and up/");
	is_int(spool_site_make(&s, "north", &d), 0, "again is fine");
}

int main(void)
{
	if (!mkdtemp(tmp))
		bail("no directory");
	snprintf(path, sizeof path, "%s/deep/er/spool", tmp);
	makes();
	opens();
	jobs();
	inbox_again();
	rejects();
	rejects_drops();
	rejects_for_somebody();
	sites();
	spool_close(&s);
	slurp(0, NULL);
	io_remove_tree(AT_FDCWD, tmp, NULL);
	return done();
}
