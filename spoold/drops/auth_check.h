/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * auth_check - ask the programs of config.yaml whether a drop's author is who
 * the request says.
 *
 * A drop whose request names such a method stays in inbox/ while the program
 * runs, and holds nothing else up; so a crash leaves nothing to repair, only
 * the question to be asked again.  A method that does not hold is left out of
 * those accepted; with none left the drop is rejected, with the program's
 * words.  spool-config(5) says how a program is called.
 */
#ifndef SPOOLD_AUTH_CHECK_H
#define SPOOLD_AUTH_CHECK_H

#include <sys/types.h>

#include "drop.h"
#include "hub.h"
#include "jobfile.h"

/* 1: done, rec->auth and rec->identity are filled if a program was asked;
 * 0: not known yet; -1: rejected, or trouble (d->err). */
int auth_check_drop(struct hub *h, const struct drop *p, const struct request *r,
		    struct job_record *rec, struct diag *d);
/* The same, for one question of several about a drop (their marks differ): the
 * answer is kept until it is forgotten. */
int auth_check_ask(struct hub *h, const struct drop *p, const struct request *r,
		   struct job_record *rec, struct diag *d);
void auth_check_forget(struct hub *h, const struct drop_mark *m);
/* Was this child one of ours?  Then the inbox is worth a look. */
bool auth_check_reap(struct hub *h, pid_t pid, int status);
/* Is one running? */
bool auth_check_busy(const struct hub *h);
/* End what takes too long.  The instant to call again; INT64_MAX: no need. */
int64_t auth_check_tick(struct hub *h);
void auth_check_free(struct hub *h);

#endif
