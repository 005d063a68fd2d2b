/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inbox - drops become jobs, commands, or rejections.
 *
 * A drop is left alone while its name looks temporary (editors, rsync), or
 * while somebody has it open for writing; it is looked at again later.
 */
#ifndef SPOOLD_INBOX_H
#define SPOOLD_INBOX_H

#include "hub.h"

struct inbox_result {
	uint32_t taken;		/* drops dealt with */
	bool more;		/* the batch was full */
	bool later;		/* some were left because they are still being written */
};

/* The name of a user, or the number. */
void inbox_user_name(uid_t uid, char out[64]);
/* Take one batch.  -1: the inbox cannot be read. */
int inbox_take(struct hub *h, struct inbox_result *res, struct diag *d);

/*
 * At start, before jobs are loaded: remember what lies in the inbox, so that
 * a job whose drop was not removed before the crash is recognised.
 */
struct inbox_seen;
struct inbox_seen *inbox_seen_scan(struct hub *h, struct diag *d);
/* A job was loaded: if its drop is still there, it leaves at the next commit. */
int inbox_seen_job(struct hub *h, const struct inbox_seen *s, const struct job_record *r,
		   struct diag *d);
void inbox_seen_free(struct inbox_seen *s);

#endif
