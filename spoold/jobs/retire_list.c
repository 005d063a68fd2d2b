/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beside each archive lies MM-DD.list, a line for each job in it, sorted by id:
 * "ID PHASE OWNER USER SITE NAME" (list_word.h), so that
 * an archived job can be asked for without unpacking.  It is there before the
 * archive is, and what it lists beyond that is still in jobs/.
 */
#include "retire.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "list_word.h"

enum { LIST_MAX = 64 << 20 };

void retire_list_add(struct hub *h, const struct uuid *id, enum phase phase, struct buf *list)
{
	struct buf text = BUF_INIT;
	struct job_state st;
	char name[SPOOL_JOB_NAME], word[UUID_TEXT];

	spool_job_name(id, name);
	uuid_format(id, word);
	if (io_read(h->spool.jobs[phase], name, 64u << 20, &text, NULL) == 0 &&
	    jobfile_read(text.s, text.len, &st, NULL) == 0) {
		buf_addf(list, "%s %s %u ", word, phase_name(phase), st.record.owner);
		list_escape(list, st.record.user);
		buf_addc(list, ' ');
		list_escape(list, st.site);
		buf_addc(list, ' ');
		list_escape(list, st.record.name);
		buf_addc(list, '\n');
	}
	buf_free(&text);
}

void retire_list_name(const char *archive, char out[48])
{
	const char *end = strstr(archive, ".tar.zst");

	snprintf(out, 48, "%.*s.list", (int)(end ? end - archive : (long)strlen(archive)), archive);
}

static bool find_in(int dir, const char *name, const char *word, enum phase *phase, uint32_t *owner)
{
	struct buf text = BUF_INIT;
	char said[32];
	const char *at;
	unsigned uid;
	bool found = false;

	if (io_read(dir, name, LIST_MAX, &text, NULL) == 0 && (at = strstr(text.s, word)) &&
	    sscanf(at + strlen(word), " %31s %u", said, &uid) == 2 && phase_parse(said, strlen(said)) >= 0) {
		*phase = (enum phase)phase_parse(said, strlen(said));
		if (owner)
			*owner = uid;
		found = true;
	}
	buf_free(&text);
	return found;
}

/* from: "MM-DD", before which there is no need to look. */
static bool find_in_year(int archive, const char *year, const char *from, const char *word,
			 enum phase *phase, uint32_t *owner)
{
	DIR *p = io_list(archive, year, NULL);
	bool found = false;
	struct dirent *e;

	while (p && !found && (e = readdir(p))) {
		size_t n = strlen(e->d_name);

		if (n > 5 && !strcmp(e->d_name + n - 5, ".list") && strncmp(e->d_name, from, 5) >= 0)
			found = find_in(dirfd(p), e->d_name, word, phase, owner);
	}
	if (p)
		closedir(p);
	return found;
}

bool retire_find(struct hub *h, const struct uuid *id, enum phase *phase, uint32_t *owner)
{
	time_t made = uuid_is_v7(id) ? (time_t)(uuid_time_ms(id) / 1000) : 0;
	char year[16], day[32], word[UUID_TEXT];
	bool found = false;
	struct dirent *e;
	struct tm tm;
	DIR *p = io_list(h->spool.root, "archive", NULL);

	gmtime_r(&made, &tm);
	snprintf(year, sizeof year, "%04d", (tm.tm_year + 1900) % 10000);
	snprintf(day, sizeof day, "%02d-%02d", tm.tm_mon + 1, tm.tm_mday);
	uuid_format(id, word);
	while (p && !found && (e = readdir(p)))
		if (strlen(e->d_name) == 4 && strcmp(e->d_name, year) >= 0)
			found = find_in_year(dirfd(p), e->d_name, strcmp(e->d_name, year) ? "" : day, word,
					     phase, owner);
	if (p)
		closedir(p);
	return found;
}
