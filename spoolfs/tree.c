/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree.h"

#include <stddef.h>
#include <sys/stat.h>

enum {
	DIR_ALL = S_IFDIR | 0555, FILE_ALL = S_IFREG | 0444,
	DIR_OWN = S_IFDIR | 0550, FILE_OWN = S_IFREG | 0440,
	/* What the owner may write to, or move from and to. */
	DIR_USE = S_IFDIR | 0750, FILE_USE = S_IFREG | 0640,
	/* Everybody may write here as far as the kernel is concerned: who may
	 * drop or cancel what is decided by us, with the errno we want. */
	DIR_DROP = S_IFDIR | 01777, DIR_JOBS = S_IFDIR | 0777,
};

static const struct tree_name root[] = {
	{ "README", TREE_README, FILE_ALL },
	{ "inbox", TREE_INBOX, DIR_DROP },
	{ "rejected", TREE_REJECTED, DIR_ALL },
	{ "jobs", TREE_JOBS, DIR_JOBS },
	{ "by-name", TREE_BY + BY_NAME, DIR_ALL },
	{ "by-phase", TREE_BY + BY_PHASE, DIR_ALL },
	{ "by-user", TREE_BY + BY_USER, DIR_ALL },
	{ "by-site", TREE_BY + BY_SITE, DIR_ALL },
	{ "by-dataset", TREE_BY_DATASET, DIR_ALL },
	{ "by-reservation", TREE_BY_RESERVATION, DIR_ALL },
	{ "queue", TREE_QUEUE, FILE_ALL },
	{ "datasets", TREE_DATASETS, DIR_ALL },
	{ "reservations", TREE_RESERVATIONS, DIR_ALL },
	{ "sites", TREE_SITES, DIR_ALL },
	{ "accounting", TREE_ACCOUNTING, DIR_ALL },
	{ "whatif", TREE_WHATIF, DIR_DROP },
	{ "metrics", TREE_METRICS, FILE_ALL },
	{ "events", TREE_EVENTS, FILE_ALL },
	{ "index.html", TREE_INDEX, FILE_ALL },
	{ NULL, 0, 0 }
};

static const struct tree_name job[] = {
	{ "request.yaml", TREE_REQUEST, FILE_OWN },
	{ "status", TREE_STATUS, FILE_OWN },
	{ "log", TREE_LOG, FILE_OWN },
	{ "why", TREE_WHY, FILE_OWN },
	{ "stdout", TREE_STDOUT, FILE_OWN },
	{ "stderr", TREE_STDERR, FILE_OWN },
	{ "results", TREE_RESULTS, DIR_OWN },
	{ "wait", TREE_WAIT, FILE_OWN },
	{ "offers", TREE_OFFERS, DIR_USE },
	{ "accepted", TREE_ACCEPTED, DIR_USE },
	{ "accept", TREE_ACCEPT, FILE_USE },
	{ NULL, 0, 0 }
};

static const struct tree_name site[] = {
	{ "site.yaml", TREE_SITE_YAML, FILE_ALL },
	{ "load", TREE_SITE_LOAD, FILE_ALL },
	{ "latency", TREE_SITE_LATENCY, FILE_ALL },
	{ "cache", TREE_SITE_CACHE, DIR_ALL },
	{ "why", TREE_SITE_WHY, FILE_ALL },
	{ "timeline.svg", TREE_SITE_TIMELINE, FILE_ALL },
	{ "queue", TREE_SITE_QUEUE, FILE_ALL },
	{ NULL, 0, 0 }
};

static const struct tree_name none[] = { { NULL, 0, 0 } };

const struct tree_name *tree_names(int kind)
{
	return kind == TREE_ROOT ? root : kind == TREE_JOB ? job : kind == TREE_SITE ? site : none;
}

mode_t tree_mode(int kind)
{
	static const struct tree_name *const lists[] = { root, job, site };

	if (kind == TREE_JOB)
		return DIR_OWN;
	if (kind == TREE_LINK)
		return S_IFLNK | 0777;
	if (kind == TREE_ROOT || kind == TREE_SITE || tree_is_value(kind))
		return DIR_ALL;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		for (const struct tree_name *n = lists[i]; n->name; n++)
			if (n->kind == kind)
				return n->mode;
	return 0;
}
