/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "payload.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"
#include "io.h"
#include "line.h"
#include "state.h"

enum { REPORT_MAX = 32 << 20 };

static bool is_right(int files, const struct message_file *f, bool whole, struct diag *d)
{
	struct digest g;
	struct stat st;
	uint64_t size;

	if (!whole && fstatat(files, f->payload, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno != ENOENT;		/* that is not how it is lost */
	if (!whole)
		return S_ISREG(st.st_mode) && (uint64_t)st.st_size == f->size;
	return digest_file(files, f->payload, &g, &size, d) == 0 && size == f->size &&
	       digest_eq(&g, &f->digest);
}

int payload_check(int files, const struct message_report *r, bool whole, struct diag *d)
{
	for (uint32_t i = 0; i < r->files; i++)
		if (r->file[i].payload && !is_right(files, &r->file[i], whole, d))
			return diag_set(d, "%.300s is not what its report says", r->file[i].path);
	return 0;
}

/* Of the report in dir.  One that cannot be read names nothing. */
static bool is_good(int files, int dir)
{
	struct buf text = BUF_INIT;
	struct line_reader reader;
	struct message_report r;
	struct line line;
	bool good = true;

	if (io_read(dir, "report", REPORT_MAX, &text, NULL) == 0) {
		line_open(&reader, text.s, text.len);
		if (line_next(&reader, &line, NULL) > 0 && message_kind(&line, NULL) == SAY_REPORT &&
		    message_read_report(&reader.tree, &line, &r, NULL) == 0)
			good = payload_check(files, &r, true, NULL) == 0;
		line_close(&reader);
	}
	buf_free(&text);
	return good;
}

/* What a job has closed to us is as good as gone; what the disk keeps from us is not. */
static int has(int dir, const char *name, struct diag *d)
{
	struct diag why = DIAG_INIT;
	int there = io_there(dir, name, &why);

	if (there < 0 && !io_disk_failed(why.err))
		return 0;
	if (there < 0 && d)
		*d = why;
	return there;
}

int payload_can_be_made_again(int files, int ended, const char *key, struct diag *d)
{
	int dir = files >= 0 ? state_opendir(ended, key, NULL) : -1;
	int it_can;

	if (dir < 0)
		return 0;
	it_can = has(dir, "work", d);
	if (it_can > 0)
		it_can = has(dir, "exit", d);
	if (it_can > 0) {
		int other = boot_was_other(dir, d);

		it_can = other < 0 ? -1 : (!other || boot_exit_good(dir)) && !is_good(files, dir);
	}
	close(dir);
	return it_can;
}
