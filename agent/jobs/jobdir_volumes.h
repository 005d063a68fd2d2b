/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jobdir_volumes - JOBDIR/volumes: for runners that can give a task its storage
 * under the paths it asked for (containers).  One line for each, with tabs between:
 *
 *	r	/data	/home/spool/cache/3f2a...
 *	rw	/temp	/home/spool/state/running/KEY/work/volumes/scratch
 */
#ifndef AGENT_JOBDIR_VOLUMES_H
#define AGENT_JOBDIR_VOLUMES_H

#include "buf.h"
#include "request.h"

/* Lines for every volume of the request that mounts this storage. */
void volumes_add(struct buf *out, const struct request *r, const char *storage,
		 const char *source);

#endif
