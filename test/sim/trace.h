/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace - jobs with the names of what they read and write, from a CSV file.
 *
 * The file may be compressed with gzip.  Its first line names the columns:
 *	job_id,submit_s,runtime_s,cores,mem_mb,inputs,outputs_bytes,user,deps,outputs
 * inputs and outputs are name:bytes;..., deps is job_id;...  An input that no
 * job of the trace writes lies in an object store outside the sites.
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"

/* Part of trace.list. */
struct sim_list { uint32_t first, count; };

struct sim_file {
	uint64_t bytes;
	bool read;			/* somebody reads it */
	bool made;			/* a job of the trace writes it */
	uint8_t store;			/* 0 or 1: where it lies, or is brought */
};

struct sim_job {
	double submit, runtime;		/* seconds, at speed 1 */
	uint32_t cores;
	uint32_t user;
	uint64_t out_bytes;
	struct sim_list in, out;	/* files */
	struct sim_list next;		/* jobs that wait for this one */
	uint32_t deps;			/* how many it waits for */
	uint32_t shape;			/* jobs of equal inputs and cores have the same */
};

struct sim_shape { struct sim_list in; uint32_t cores; };

struct trace {
	struct sim_job *job;		/* in the order of the file */
	struct sim_file *file;
	struct sim_shape *shape;
	uint32_t *list;
	uint32_t jobs, files, shapes, lists;
	uint64_t compulsory;		/* bytes of every external file that is read, once */
	uint64_t wanted;		/* bytes of the inputs of all jobs */
	double   work;			/* core-seconds at speed 1 */
};

int trace_read(struct trace *t, const char *path, struct diag *d);
/* Jobs that want more cores get these, and take as much longer. */
void trace_limit_cores(struct trace *t, uint32_t cores);
void trace_free(struct trace *t);

#endif
