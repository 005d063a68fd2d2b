/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine - what this machine has and how busy it is, as the kernel says now. */
#ifndef AGENT_MACHINE_H
#define AGENT_MACHINE_H

#include <stdint.h>

struct machine {
	uint32_t cores;			/* this process may use */
	uint64_t memory, memory_free;	/* bytes; free: MemAvailable */
	uint64_t disk, disk_free;	/* of the file system; free: for us */
	double   load;			/* one minute */
	/* Over the time since the measurement before, see machine_load.h. */
	double   busy, others;		/* cores in use; by others than our jobs */
	uint64_t others_memory;
	uint32_t queue;			/* processes that run or could */
	double   pressure[3];		/* cpu, memory, io: share of a minute, 0..1 */
	int64_t  measured;		/* instant; 0: not known */
};

/* What cannot be found out stays 0.  dir: the state directory. */
void machine_measure(struct machine *m, int dir);

#endif
