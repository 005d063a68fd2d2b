/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cache - datasets that were fetched, by their digest.
 *
 *	CACHE/DIGEST		the file or the directory tree, checked, read-only
 *	CACHE/.DIGEST.yaml	its name, size and fingerprint; the mtime is its last use
 *	CACHE/.DIGEST.part/	being fetched: .DIGEST.part/DIGEST; or it was, and what came
 *				is kept for who wants it next, CACHE_PART_KEEP
 *	CACHE/.DIGEST.lock	held by the child that fetches (background.h)
 *	CACHE/.DIGEST.outcome	why it is not here after all (fetch.h)
 *	CACHE/.DIGEST.checked	see scrub.h
 *	CACHE/.DIGEST.gone	being removed
 *
 * An entry takes its name only when all of it is on disk and has been measured,
 * so what is there is right.  The least recently used go first; never one that
 * somebody needs.
 *
 * Invariant: no job is given what is not as its digest says.  Jobs have the agent's
 * user, and a hard link is the cached file itself.  So each entry has a print of its
 * files, their ctimes included (dataset_prints), taken when it was measured and after
 * each link that is made or taken back here.  Before it is given away it has to have
 * that print; if not, it is doubtful and is not counted as here until a child has read
 * all of it again, or thrown it away (bring.h).  Whoever brings something into the cache
 * leaves no doubtful entry of it behind, so one try more leads out of each state; and
 * holds the lock of its digest while it reads or names it, so there is one at a time.
 * What a job has as a clone or a copy is its own.
 */
#ifndef AGENT_CACHE_H
#define AGENT_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "digest.h"
#include "lookup.h"

struct cache_entry {
	struct digest digest;
	char name[129];		/* "" : nobody knows any more */
	uint64_t bytes;
	int64_t used;		/* nanoseconds */
	uint64_t fingerprint;	/* of its files when they were measured; 0: not known */
	uint64_t any;		/* the same with their ctimes; 0: doubtful */
	bool seen;		/* by the scan that is going on */
	bool indexed;		/* as the index says: has to be looked at if that is old */
};

struct cache {
	int dir;
	bool peek;		/* change nothing */
	const char *path;
	uint64_t limit;		/* bytes; UINT64_MAX: what the disk holds */
	uint64_t high, low;	/* beyond the one it is emptied to the other; UINT64_MAX: not */
	uint64_t copy;		/* what has no more bytes than this is rather copied than linked */
	uint64_t bytes;		/* of all entries */
	struct cache_entry *entry;
	uint32_t count, room;
	struct lookup by_digest;
	uint64_t version;	/* grows with each change of what entries there are, and their names */
	bool clones;		/* the file system may have them: see link.h */
	bool loose;		/* there is more in the directory than entries */
	uint32_t fresh;		/* entries that were read, and were not in the index */
	struct digest *part;	/* being fetched when the directory was looked at */
	uint32_t parts, part_room;
};

/* Seconds that what came half way is kept since somebody was at it. */
enum { CACHE_PART_KEEP = 7 * 24 * 3600 };

/* Makes the directory, looks what is there, removes what was going.  state: where the
 * index lies (cache_index.h); -1: nowhere. */
int cache_open(struct cache *c, const char *path, int state, uint64_t limit, struct diag *d);
/* To look only: nothing is made or removed. */
int cache_peek(struct cache *c, const char *path, struct diag *d);
void cache_close(struct cache *c);
/* Look at the directory again.  What is known of an entry is not read anew. */
int cache_scan(struct cache *c, struct diag *d);
/* Look at this one again: a child may have brought it. */
int cache_learn(struct cache *c, const struct digest *g, struct diag *d);
/* One more, of which nothing is known yet. */
struct cache_entry *cache_insert(struct cache *c, const struct digest *g, struct diag *d);
/* Is this the name of something half way?  One that nobody has touched for long goes. */
bool cache_see_part(struct cache *c, const char *name);
/* It has gone. */
void cache_drop(struct cache *c, uint32_t entry);

const struct cache_entry *cache_find(const struct cache *c, const struct digest *g);
/* It is here, and not doubtful. */
bool cache_has(const struct cache *c, const struct digest *g);
/* It is used now, under this name. */
void cache_touch(struct cache *c, const struct digest *g, const char *name);

/*
 * Evict until `bytes` more fit beside `coming` others that are on their way.
 * needed() says of each candidate whether it has to stay.  1: they fit; 0: not
 * now, what is needed takes the room; -1: they never will, or an error.
 */
typedef bool cache_needed(const struct digest *g, void *ctx);
int cache_make_room(struct cache *c, uint64_t bytes, uint64_t coming, cache_needed *needed,
		    void *ctx, struct diag *d);

/* In the child: .DIGEST.part/DIGEST is whole and right; flush it, then show it.
 * bytes and name go to its .yaml. */
int cache_publish(const struct cache *c, const struct digest *g, const char *name, uint64_t bytes,
		  struct diag *d);

/*
 * Put it into a directory as a clone, a copy or hard links (link.h), for a job to read:
 * the entry may go, and it stays.  0; 1: it cannot be had that way, but is good; -1: it
 * has gone or is doubtful, or an error.
 */
int cache_link(struct cache *c, const struct digest *g, int to_dir, const char *to,
	       struct diag *d);
/* Is what cache_link() put there before still right?  True also when the job has it for
 * itself, or the entry has gone since. */
bool cache_still(struct cache *c, const struct digest *g, struct diag *d);
/* The job needs it no more: take back what cache_link() put there. */
void cache_unlink(struct cache *c, const struct digest *g, int dir, const char *name);
/* In the child that holds its lock: look at it again, and read it if it is doubtful.  0: it
 * is right, and not doubtful any more; 1: there is none, or none any more: what is not known
 * to be right after that, for whatever reason, is thrown away; -1: that failed.  name: if
 * it has none. */
int cache_reread(struct cache *c, const struct digest *g, const char *name, struct diag *d);
/* Is it as it was when it was measured, by a look at it alone?  What a job may do to
 * its hard link of it shows so; what is not is thrown away.  True also when it is
 * not here at all. */
bool cache_intact(struct cache *c, const struct digest *g, struct diag *d);

/* Read all of it: what is not what its name says is thrown away, and said by rotten().
 * Beside an agent at work, too.  How many were rotten, or -1. */
typedef void cache_rotten(const struct cache_entry *e, void *ctx);
int cache_scrub(struct cache *c, cache_rotten *rotten, void *ctx, struct diag *d);
int cache_scrub_one(struct cache *c, const struct cache_entry *e, cache_rotten *rotten, void *ctx,
		    struct diag *d);

/* Write its .yaml anew. */
int cache_note(const struct cache *c, const struct cache_entry *e, struct diag *d);
/* Remove it and all that is noted of it; cache_drop() or cache_learn() is for the caller. */
int cache_throw_away(struct cache *c, const struct digest *g, struct diag *d);
/* Is this the name of what is being removed?  Then that is ended. */
bool cache_end_removal(struct cache *c, const char *name);
/* ".DIGEST.SUFFIX" */
enum { CACHE_NAME = 1 + DIGEST_LEN + 16 };
void cache_name(char out[CACHE_NAME], const struct digest *g, const char *suffix);

#endif
