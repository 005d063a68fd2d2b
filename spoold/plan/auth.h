/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * auth - which of the ways in which a request says who asks are accepted.
 *
 * Pure.  Level 3 of the ExecutionPlanner's text.  `owner`, whoever owns the
 * dropped file, and `anonymous` are always known; others are those of
 * config.yaml.  A request that names none is the owner's.  One that names only
 * unknown ones is answered as config.yaml says.
 */
#ifndef PLAN_AUTH_H
#define PLAN_AUTH_H

#include "config.h"

enum auth_answer { AUTH_ACCEPTED, AUTH_NO, AUTH_REJECTED };

/* Fill accepted, with room for asked->count + 1, in the order of the request;
 * *count is 0 unless the answer is AUTH_ACCEPTED.  The words are constant, or
 * those of asked.  What a method's check says is not looked at. */
enum auth_answer auth_accepted(const struct config *c, const struct text_list *asked,
			       const char **accepted, uint32_t *count);

#endif
