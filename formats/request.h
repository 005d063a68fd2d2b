/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * request - what a user asks for: the ExecutionPlanner's document with
 * Spinetta's `placement`.  docs/spool-job.5 describes every field, and
 * request.schema.yaml says the same to a schema validator.
 *
 * Sizes are bytes, times microseconds (since 1970 UTC, or long), counts as
 * they stand.  0 means "not stated" for every minimum and maximum.  All
 * pointers live in the tree that was parsed.
 *
 * Type names: the last component of a URI, so that
 * "https://www.purl.org/ivoa-net/task-type/oci-container" is "oci-container".
 */
#ifndef FORMATS_REQUEST_H
#define FORMATS_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "array.h"
#include "diag.h"
#include "digest.h"
#include "instant.h"
#include "node.h"
#include "text_list.h"
#include "uuid.h"

#define REQUEST_MAX_BYTES (1u << 20)

struct volume {
	const char *name;	/* of a storage resource of the same request */
	const char *path;	/* absolute, without ".." */
	bool writable;		/* mode: rw */
	int line;
};

struct compute {
	const char *name;	/* NULL: unnamed */
	const char *type;	/* "kubernetes"; NULL: any */
	const struct node *detail;	/* the mapping named after the type (kubernetes: {version: ..}) */
	uint32_t min_cores, max_cores;
	uint64_t min_memory, max_memory;
	uint32_t replicas;	/* at least 1 */
	uint32_t gpus;		/* 0: none wanted */
	const char *gpu_type;	/* NULL: any */
	struct volume *volume;
	uint32_t volumes;
	int line;
};

struct storage {
	const char *name;
	const char *type;	/* ephemeral, persistent, dataset, amazon-S3, rucio, ... */
	uint64_t size;
	int64_t  lifetime;
	const char *dataset;	/* type dataset: its name in the catalogue, or NULL and url */
	struct digest digest;	/* type dataset: the one version wanted, if has_digest */
	bool     has_digest;
	const char *endpoint, *bucket, *objectid, *url, *to;
	bool     managed;
	int line;
};

struct window {			/* one entry of `time` */
	struct interval start;	/* when it may start */
	bool has_start;
	int64_t min_duration, max_duration;
};

struct auth {
	const char *type;
	const struct node *spec;
};

enum after_when { AFTER_OK, AFTER_ANY, AFTER_FAILED };
const char *after_word(int when);

#define REQUEST_MAX_AFTER 100

struct after {			/* one entry of `after` */
	const char *job;	/* its id, or a name */
	int when;		/* enum after_when: completed, ended, ended otherwise */
	int line, col;
};

enum accept { ACCEPT_BEST, ACCEPT_ASK };

struct request {
	const char *name;	/* NULL: unnamed */
	const char *type;	/* short task type */
	const struct node *spec;	/* a NODE_MAP, or NULL */
	struct compute *compute;
	uint32_t computes;
	struct storage *storage;
	uint32_t storages;
	struct auth *auth;
	uint32_t auths;
	struct window *time;
	uint32_t times;
	/* placement */
	struct text_list groups, sites, dependencies;
	struct text_list require, prefer, avoid;	/* tags */
	const char *sensitivity;
	const char *reservation;
	enum accept accept;
	bool live;		/* assess: live */
	int priority;		/* -1000..1000, 0 */
	uint32_t retries;	/* further attempts when the job itself fails; 0 */
	struct after *after;	/* what has to end first */
	uint32_t afters;
	struct array array;	/* tasks 0: it is one job */
};

enum command_verb {
	COMMAND_ACCEPT, COMMAND_REJECT, COMMAND_CANCEL, COMMAND_RELEASE, COMMAND_HOLD,
	COMMAND_RETRY, COMMAND_RENEW,
};

enum command_about { ABOUT_JOB, ABOUT_RESERVATION, ABOUT_TRANSACTION, ABOUT_SITE, ABOUT_NAME };

/* {command: cancel, job: ID, attempt: 2, offer: ..., reason: "..."}
 * {command: cancel, name: survey, index: 7}
 * {command: release, site: north}
 * {command: renew, reservation: ID, expires: 2026-12-01T12:00Z} */
struct command {
	int verb;		/* enum command_verb; good for what it is about */
	enum command_about about;	/* not ABOUT_NAME, which is a job */
	struct uuid id;		/* of that, unless it is a site */
	const char *name;	/* ABOUT_JOB: its name instead of its id; else NULL */
	uint32_t index;		/* ABOUT_JOB: if has_index, of the task that is meant */
	bool has_index;
	const char *site;	/* ABOUT_SITE: its name */
	int64_t expires;	/* renew: instant; else 0 */
	uint32_t attempt;	/* of a job, if it has_attempt; 0: before the first */
	bool has_attempt;
	const char *offer;
	const char *reason;
};

enum drop_kind { DROP_JOB, DROP_COMMAND, DROP_RESERVATION, DROP_TRANSACTION };

/* What a dropped document is, by its top-level keys (`task`, `command`,
 * `reservation`, `transaction`).  -1: *d says what was expected. */
int drop_kind(const struct node *root, struct diag *d);

/* Lists and strings are put into t's arena. */
int request_read(struct tree *t, const struct node *root, struct request *r, struct diag *d);
int command_read(const struct node *root, struct command *c, struct diag *d);

/* Is it to be fetched before the job starts?  By name, or by URL. */
bool storage_is_input(const struct storage *s);
/* Where from, if not by name: of type dataset with a url; NULL: by name, or no input. */
const char *storage_url(const struct storage *s);

/* The last component of a URI or the word itself: points into uri. */
const char *request_short_type(const char *uri);

/* The sums a site has to provide at once: over compute resources and replicas,
 * with `cores` at least 1.  walltime 0: not stated. */
struct demand {
	uint32_t cores, gpus;
	uint64_t memory, disk;
	int64_t  walltime;
};
void request_demand(const struct request *r, struct demand *out);

#endif
