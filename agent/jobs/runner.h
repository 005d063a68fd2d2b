/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runner - which runners there are, and what they say they can do here.
 *
 * Every executable file in the runners' directories is asked once,
 * `RUNNER probe`, all of them at the same time.  One that prints nothing finds
 * nothing here that it needs.  docs/spool-runner.7 tells what it may print.
 *
 * The answers are kept in STATE/runners.yaml, so that a pass stays cheap, and
 * asked for again when a runner's file has changed, and after an hour.
 */
#ifndef AGENT_RUNNER_H
#define AGENT_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "log.h"
#include "node.h"
#include "settings.h"
#include "site.h"

struct runner {
	const char *path;
	const char *type;		/* of tasks */
	struct tree tree;		/* of its answer */
	struct text_list verbs, dependencies, resolved;
	struct site_gpu *gpu;
	uint32_t gpus;
	double poll;			/* seconds between two questions; 0: mode run */
};

struct runners {
	struct runner *item;
	uint32_t count;
	int64_t asked;			/* when the oldest answer was given; 0: none */
};

/*
 * Look at the directories; ask where there is no fresh answer in dir (STATE;
 * -1: ask all, remember nothing).  A runner that fails or talks nonsense is
 * said to the log and left out.  -1: out of memory and the like.
 */
int runners_load(struct runners *r, const struct settings *set, int dir, struct log *log,
		 struct diag *d);
void runners_free(struct runners *r);
/* Does dir hold an answer of each runner that is there?  Then load asks nobody. */
bool runners_fresh(const struct settings *set, int dir);

/* The runner for a type of task; NULL: none here. */
const struct runner *runners_find(const struct runners *r, const char *type);
bool runner_can(const struct runner *r, const char *verb);
/* All its verbs, blanks between.  False: none, or they do not fit. */
bool runner_verbs(const struct runner *r, char *out, size_t size);

#endif
