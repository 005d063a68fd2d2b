/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message - the lines that hub and site say to each other, inside mailbox
 * messages.  docs/spool-mailbox.5, message.schema.yaml.
 *
 * hub -> site
 *   {assign: JOB, attempt: 1, owner: 1000, user: ann, name: sqrt, lease: INSTANT,
 *    cores: 1, memory: 1GiB, walltime: PT1H, start: INSTANT, inputs: [...], bytes: N} + the request
 *   {cancel: JOB, attempt: 1, reason: "..."}
 *   {settle: JOB, attempt: 1}		the end of it is safe here: forget it
 *   {ask: 7, look: true, whole: true}	tell about yourself now: measured anew, and
 *					all that is cached, not only what has changed
 * site -> hub
 *   {site: NAME, bytes: N} + the site document
 *   {report: JOB, attempt: 1, phase: running, time: INSTANT, ...}
 *
 * A site tells each attempt's present phase again in every message until the
 * hub settles it (final phases) or has acknowledged a message that told it.
 */
#ifndef FORMATS_MESSAGE_H
#define FORMATS_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "diag.h"
#include "digest.h"
#include "line.h"
#include "phase.h"
#include "text_list.h"
#include "uuid.h"

enum message_kind { SAY_ASSIGN, SAY_CANCEL, SAY_SETTLE, SAY_SITE, SAY_REPORT, SAY_ASK };
/* By the first key of the line; -1: unknown, *d says so. */
int message_kind(const struct line *l, struct diag *d);

struct message_input {
	const char *name;	/* of the storage resource */
	const char *dataset;
	uint64_t bytes;
	struct digest digest;
	uint32_t files;		/* of a tree whose manifest lies in data/DIGEST.manifest; 0: else */
	struct text_list from;	/* URLs to try in this order, "hub": data/DIGEST; none: that */
	bool unknown;		/* bytes and digest are what comes from there, this once */
};

struct message_gpu { const char *type; uint32_t count; };	/* type NULL: any */

struct message_assign {
	struct uuid job;
	uint32_t attempt;
	uid_t owner;
	const char *user, *name;	/* name NULL: unnamed */
	int64_t lease;			/* instant after which the hub may give it to another */
	uint32_t cores;
	uint64_t memory;
	struct message_gpu *gpu;	/* what it takes of them */
	uint32_t gpus;
	int64_t walltime;		/* 0: none */
	bool task;			/* of an array, with the index that follows */
	uint32_t index;
	int64_t start;			/* instant at which to start it; 0: when there is room */
	int64_t length;			/* what the hub plans with, without a walltime; 0: not said */
	struct message_input *input;
	uint32_t inputs;
	const char *body;		/* the request */
	size_t body_len;
};

/* job and attempt, for cancel and settle */
struct message_job {
	struct uuid job;
	uint32_t attempt;
	const char *reason;
};

/* The answer is a site document with `answers: NUMBER`. */
struct message_ask {
	uint32_t number;		/* at least 1 */
	bool look, whole;
};

/*
 * What a reader has to be able to believe, and a writer has to ask before:
 * a path below results/ID/ (or in files/) is relative, of whole components
 * of at most 255 bytes without "." and "..", printable UTF-8, and at most 1024
 * bytes long.  What jobs leave behind may well be called otherwise.
 */
bool message_path_ok(const char *path);
/* May it go inline?  At most MESSAGE_INLINE_MAX bytes of UTF-8, without NUL
 * and without what YAML cannot say exactly. */
#define MESSAGE_INLINE_MAX 65536
bool message_text_ok(const char *text, size_t len);

struct message_file {			/* payload in up/files/, or inline */
	const char *path;		/* below results/ID/: "stdout", "out/x.dat" */
	const char *payload;		/* name in files/; NULL: inline */
	const char *text;		/* inline: the content */
	size_t len;
	uint64_t size;
	struct digest digest;
};

struct message_stored {			/* an output that was sent to where `to` says */
	const char *name;		/* of the storage resource */
	const char *to;			/* URL */
	uint32_t files;
	uint64_t bytes;
	struct digest digest;		/* of the file, or of the manifest: see dataset.h */
};

struct message_report {
	struct uuid job;
	uint32_t attempt;
	int phase;			/* enum phase: waiting (held), preparing, running,
					 * releasing, completed, failed, cancelled */
	int64_t time;			/* the site's clock */
	int exit, signal;		/* -1: does not apply */
	const char *cause;		/* of a failure: job, site, policy, operator; NULL */
	const char *text;		/* words for people; NULL */
	int64_t start, end;		/* instants; 0: unknown */
	double wall, user, system;	/* seconds */
	uint64_t maxrss;		/* bytes */
	const char *limits;		/* cgroup-v1, cgroup-v2, rlimit */
	uint64_t staged;		/* bytes fetched for it */
	struct message_file *file;
	uint32_t files;
	struct message_stored *stored;
	uint32_t storeds;
	uint32_t omitted;		/* further files that could not be told of */
};

/* A file that message_path_ok() or message_text_ok() would refuse is left out
 * and counted as omitted: a message that cannot be read would stop the mailbox
 * for ever.  For the same reason texts for people are cut after
 * MESSAGE_TEXT_MAX bytes, numbers that cannot be (NaN, negative seconds) are
 * not written, and of too many files (MESSAGE_FILES_MAX, or what makes a line
 * longer than MESSAGE_LINE_MAX) the last are omitted. */
#define MESSAGE_TEXT_MAX 1000
#define MESSAGE_FILES_MAX 3000
#define MESSAGE_LINE_MAX 1000000
void message_write_assign(struct buf *b, const struct message_assign *m);
void message_write_job(struct buf *b, enum message_kind k, const struct message_job *m);
void message_write_report(struct buf *b, const struct message_report *m);
void message_write_ask(struct buf *b, const struct message_ask *m);
int message_read_ask(const struct line *l, struct message_ask *m, struct diag *d);
/* The readers use t's arena for lists; strings live in the line's tree. */
int message_read_assign(struct tree *t, const struct line *l, struct message_assign *m,
			struct diag *d);
int message_read_job(const struct line *l, struct message_job *m, struct diag *d);
int message_read_report(struct tree *t, const struct line *l, struct message_report *m,
			struct diag *d);

#endif
