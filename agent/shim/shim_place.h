/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_place - below which directories cgroups can be made: the reading of
 * /proc/self/mountinfo and /proc/self/cgroup behind shim_group_plan().
 */
#ifndef AGENT_SHIM_PLACE_H
#define AGENT_SHIM_PLACE_H

#include "buf.h"
#include "shim_group.h"

struct shim_places {
	struct buf mounts, own;		/* the two files */
};

void shim_places_read(struct shim_places *p);
void shim_places_free(struct shim_places *p);

/* Below which directory a group of version 1 for this controller can be made;
 * asked: LIMITS' cgroup or "".  malloc'ed, or NULL.  *topmost: see shim_group.h. */
char *shim_place_v1(const struct shim_places *p, const char *controller, const char *asked,
		    bool *topmost);
/* The same for version 2, with all of these controllers (NULL-terminated). */
char *shim_place_v2(const struct shim_places *p, const char *const *controllers,
		    const char *asked, bool *topmost);

/* Read or write DIR/FILE, both short.  False: no. */
bool shim_place_get(const char *dir, const char *file, struct buf *out);
bool shim_place_put(const char *dir, const char *file, const char *text);
/* Is word among the blank-separated words of text? */
bool shim_place_word(const char *text, const char *word);

#endif
