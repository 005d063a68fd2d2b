/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fault - harm the life of a spool, and look how it ends.
 *
 *	fault [OPTIONS] unharmed	a life in peace
 *	fault [OPTIONS] kill PROGRAM	SIGKILL at each call that changes a file
 *	fault [OPTIONS] error PROGRAM	errors and short writes at each call site
 *	fault [OPTIONS] full		the hub's disk is full for a while; 77: cannot mount
 *	fault [OPTIONS] power		a power cut at each such call, every state
 *					that the disk may then have
 *
 *	--after		kill after the call, not before it
 *	--kills=N	so many kills in a life; the first is the point's, the others
 *			strike at random.  power: after the cut (0)
 *	--life=NAME	the first kind of life, work, or another: promises
 *	--watch		spoold and the agents stay; else they are called in turns
 *	--rsync		the sites sync by rsync
 *	--sample=N	so many points, chosen at random; else all
 *	--part=K/N	each N-th point, from K on: 1 to N
 *	--seed=N	choose the same points again
 *	--point=N	this one alone
 *	--each		error: at each call site one of its errors
 *	--calls		error: at each call, by its number, one of its errors
 *	--workers=N	at once (2)
 *	--build=DIR	where bin/ and runners/ are (build)
 *	--verbose	say what was done at each point
 *	--keep		keep what went wrong
 *
 * Exit status 0: all ended well.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harm.h"

enum { AFTER = 256, KILLS, LIFE, WATCH, RSYNC, EACH, CALLS, SAMPLE, PART, SEED, POINT, WORKERS, BUILD, VERBOSE, KEEP };

static const struct option known[] = {
	{ "after", no_argument, NULL, AFTER }, { "kills", required_argument, NULL, KILLS },
	{ "rsync", no_argument, NULL, RSYNC },
	{ "life", required_argument, NULL, LIFE }, { "watch", no_argument, NULL, WATCH },
	{ "each", no_argument, NULL, EACH }, { "calls", no_argument, NULL, CALLS },
	{ "sample", required_argument, NULL, SAMPLE }, { "part", required_argument, NULL, PART },
	{ "seed", required_argument, NULL, SEED },
	{ "point", required_argument, NULL, POINT }, { "workers", required_argument, NULL, WORKERS },
	{ "build", required_argument, NULL, BUILD }, { "verbose", no_argument, NULL, VERBOSE },
	{ "keep", no_argument, NULL, KEEP }, { NULL, 0, NULL, 0 },
};

static bool set(struct harm_options *o, int option)
{
	switch (option) {
	case AFTER: o->after = true; return true;
	case KILLS: o->kills = atoi(optarg); return o->kills > 0;
	case RSYNC: o->rsync = true; return true;
	case LIFE: o->kind = life_kind_find(optarg); return o->kind != NULL;
	case WATCH: o->watch = true; return true;
	case EACH: o->each = true; return true;
	case CALLS: o->calls = true; return true;
	case SAMPLE: o->sample = atol(optarg); return true;
	case PART: return sscanf(optarg, "%ld/%ld", &o->part, &o->parts) == 2 && o->part-- > 0 && o->part < o->parts;
	case SEED: o->seed = strtoull(optarg, NULL, 10); return true;
	case POINT: o->only = atol(optarg); return true;
	case WORKERS: o->workers = atoi(optarg); return o->workers > 0;
	case BUILD: o->build = optarg; return true;
	case VERBOSE: o->verbose = true; return true;
	case KEEP: o->keep = true; return true;
	default: return false;
	}
}

int main(int argc, char **argv)
{
	struct harm_options o = { .kind = life_kinds, .build = "build", .only = -1, .workers = 2,
				  .seed = (uint64_t)time(NULL) };
	char build[PATH_MAX];
	int option;

	/* As cron: what else the caller has there, wrappers of python perhaps, would
	 * be started in every life. */
	if (setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1) < 0)
		return 70;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
		if (!set(&o, option))
			goto usage;
	if (optind >= argc || !realpath(o.build, build))
		goto usage;
	o.build = build;
	o.program = argv[optind + 1];
	if (o.program && !strcmp(argv[optind], "kill"))
		return kill_all(&o);
	if (o.program && !strcmp(argv[optind], "error"))
		return o.calls ? error_calls(&o) : error_all(&o);
	if (!strcmp(argv[optind], "unharmed"))
		return harm_all(&o, "unharmed", 1, harm_not);
	if (!strcmp(argv[optind], "full"))
		return full_all(&o);
	if (!strcmp(argv[optind], "power"))
		return power_all(&o);
usage:
	fprintf(stderr, "usage: fault [OPTIONS] kill PROGRAM | error PROGRAM | power\n");
	return 64;
}
