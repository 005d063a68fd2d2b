/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings - the agent's one file of configuration.  docs/spool-agent.yaml.5
 * describes every field.
 *
 * Only `site` and `hub` have to be there; what the machine has is measured
 * elsewhere (machine.h) and 0 here says "as much as there is".  Relative paths
 * count from the directory of the file, `~/` from the home directory, so that
 * it makes no difference from where cron calls.
 */
#ifndef AGENT_SETTINGS_H
#define AGENT_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "node.h"
#include "policy.h"
#include "request.h"
#include "settings_stores.h"
#include "site.h"

struct settings_dataset {
	const char *name;
	const char *path;	/* absolute */
};

struct settings_env { const char *name, *value; };

struct settings {
	struct tree tree;		/* owns all strings */
	const char *path;		/* of the file itself, absolute */
	const char *site;
	const char *hub;		/* see transport.h */
	const char *ssh;		/* NULL: plain ssh */
	const char *password_file;	/* NULL: none */
	const char *state;
	const char *cgroup;		/* below which jobs may have groups; NULL: see spool-shim(8) */
	uint32_t cores;			/* 0: what the machine has, also below */
	uint64_t memory, disk;
	const char *machine_root;	/* below which its /proc and /sys are looked at */
	struct site_gpu *gpu;
	uint32_t gpus;
	struct site_compute *compute;	/* typed ones, as the site tells of them */
	uint32_t computes;
	struct site_flavour *flavour;
	uint32_t flavours;
	struct site_down *down;
	uint32_t downs;
	struct text_list groups, tags, clearances, dependencies;
	struct settings_dataset *dataset;
	uint32_t datasets;
	uint64_t cache_size;		/* bytes; UINT64_MAX: no limit but the disk */
	uint64_t cache_high, cache_low;	/* bytes; UINT64_MAX: none */
	uint64_t cache_copy;		/* what has no more bytes than this a job gets a copy of */
	int64_t  scrub;			/* within so long all of it is read again; us; 0: never */
	const char *cache;		/* its directory */
	struct policy pull;
	struct prices prices;		/* of its use */
	int64_t  interval;		/* microseconds between two passes */
	int64_t  walltime;		/* limit for jobs that state none; 0: none */
	struct text_list runners;	/* more directories */
	struct settings_env *env;	/* for runners; see settings_env.h */
	uint32_t envs;
	uint32_t transfers;		/* datasets fetched at once */
	int64_t  patience;		/* with a store that sends nothing; microseconds */
	struct settings_store *store;
	uint32_t stores;
};

/* Read FILE.  -1: *d has line and column; the file is not in its text. */
int settings_read(struct settings *s, const char *file, struct diag *d);
void settings_free(struct settings *s);

#endif
