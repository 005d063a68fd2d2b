/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * error - what both ways to let calls fail share: by call site, and by number.
 */
#ifndef TEST_FAULTS_ERROR_H
#define TEST_FAULTS_ERROR_H

#include "harm.h"

enum { ERROR_SHORT = -1 };		/* instead of an errno: less is written or read */

/*
 * Only what the programs do once they are at work: what the loader does comes
 * before anything of the life is touched, and fails as any start of a program.
 */
bool error_at_work(const struct harm *h, const struct life *l, const struct trace_call *c);
/* Can it be done in part?  Sets l->trace.length. */
bool error_shorten(struct life *l, const struct trace_call *c);
enum trace_verdict error_inject(struct life *l, const struct trace_call *c, int error);
/* A life's on_run: errors are no excuse for the next program. */
void error_forgive_no_more(struct life *l);
/* Does any log have the words for the error? */
bool error_was_told(const struct life *l, int error);
/* An unharmed life, with this hook, whose ctx is a struct harm. */
bool error_survey(const struct harm_options *o, life_hook *hook);

#endif
