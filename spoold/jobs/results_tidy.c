/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of results.h that forgets what never became whole. */
#include "results.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "instant.h"
#include "io.h"

/* ".ID.ATTEMPT.tmp" */
static bool is_hidden(const char *name, struct uuid *id, uint32_t *attempt)
{
	char *end;

	if (name[0] != '.' || strlen(name) < UUID_LEN + 7 || name[1 + UUID_LEN] != '.' ||
	    uuid_parse(name + 1, UUID_LEN, id, NULL) < 0)
		return false;
	*attempt = (uint32_t)strtoul(name + UUID_LEN + 2, &end, 10);
	return !strcmp(end, ".tmp");
}

/* The report of this attempt may still come. */
static bool is_expected(const struct hub *h, const struct uuid *id, uint32_t attempt)
{
	uint32_t j = jobs_find(&h->jobs, id);

	return j != NO_JOB && h->jobs.job[j].attempt <= attempt;
}

static bool is_old(const struct hub *h, const char *name)
{
	struct stat st;

	return fstatat(h->spool.results, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_mtim.tv_sec * SECOND_US < h->now - DAY_US;
}

void results_tidy(struct hub *h)
{
	DIR *list = io_list(h->spool.results, ".", NULL);
	struct dirent *e;
	struct uuid id;
	uint32_t attempt;

	while (list && (e = readdir(list))) {
		if (!is_hidden(e->d_name, &id, &attempt) || is_expected(h, &id, attempt) ||
		    !is_old(h, e->d_name))
			continue;
		hub_log("results/%s, of a report that never became whole, is removed", e->d_name);
		h->unflushed = true;
		(void)!io_remove_tree(h->spool.results, e->d_name, NULL);
	}
	if (list)
		closedir(list);
}

void results_forget_before(struct hub *h, const struct message_report *r)
{
	struct message_report earlier = *r;

	for (earlier.attempt = 1; earlier.attempt < r->attempt; earlier.attempt++)
		results_forget(h, &earlier);
}
