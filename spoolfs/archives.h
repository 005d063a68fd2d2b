/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * archives - finished jobs that were packed into SPOOL/archive/.
 *
 * Beside each archive lies its list (docs/spool.5), a line for each job, sorted
 * by id.  Of an archive only its name and the first and last id are kept; an id
 * is looked for in the lists that can have it, a job's text in that one
 * archive.  What was brought into the index (archives_bring) is at most 1000 jobs.
 * An archive without a list has no jobs for us.  Has its own lock.
 */
#ifndef SPOOLFS_ARCHIVES_H
#define SPOOLFS_ARCHIVES_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "buf.h"
#include "facts.h"
#include "tree.h"

struct view;
struct archive_of;
struct contents;

enum { ARCHIVES_BROUGHT = 1000, ARCHIVES_CONTENTS = 8 };

struct archives {
	pthread_mutex_t lock;
	struct archive_of *archive;
	uint32_t count;
	int64_t looked;			/* nanoseconds: when the directories were looked through */
	struct uuid brought[ARCHIVES_BROUGHT];	/* a ring */
	uint32_t brought_n, brought_at;
	struct contents *contents[ARCHIVES_CONTENTS];
	uint32_t contents_at;
};

/* One line of a list. */
struct archived {
	struct uuid id;
	enum phase phase;
	uid_t owner;
	char word[BYS][NAME_MAX + 1];	/* name, phase, user, site: as components of a path; "": none */
};

void archives_init(struct archives *a);
void archives_free(struct archives *a);

/* Bring a job into the index; its number, or 0: no archive has it. */
uint32_t archives_bring(struct view *v, const struct uuid *id, uint16_t *gen);
/* Call for each archived job with this value, or for all with NULL, until it is false. */
void archives_each(struct view *v, enum by by, const char *value,
		   bool (*call)(void *ctx, const struct archived *a), void *ctx);
/* What its file says.  0, or an errno. */
int archives_facts(struct view *v, const struct uuid *id, struct facts *f);

/* --- results/ID/PATH of an archived job; "" is the directory itself ---------------- */

int archives_stat(struct view *v, const struct uuid *id, const char *path, struct stat *st);
/* A descriptor of a copy. */
int archives_open(struct view *v, const struct uuid *id, const char *path, int *fd);
void archives_list(struct view *v, const struct uuid *id, const char *path,
		   bool (*call)(void *ctx, const char *name, mode_t type), void *ctx);

#endif
