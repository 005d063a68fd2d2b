/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gpus - the GPUs that Linux shows.
 *
 * Below a root (/, or where a container has the host's files):
 *	sys/bus/pci/devices/	display and accelerator devices that have a driver
 *	sys/class/drm/		what renders and is on no such bus
 *	proc/driver/nvidia/	the models of NVIDIA's
 * and of what nvidia-smi(1) says, where there are any, the memory.  A driver that
 * only lights a screen, or hands the device to a virtual machine, makes no GPU.
 *
 *	STATE/gpus		the same, as found last; it may be removed
 */
#ifndef AGENT_GPUS_H
#define AGENT_GPUS_H

#include "diag.h"
#include "node.h"
#include "site.h"

enum { GPU_KINDS = 32 };

struct gpus {
	struct tree tree;		/* owns the types */
	struct site_gpu kind[GPU_KINDS];
	uint32_t kinds;
};
#define GPUS_INIT { .tree = TREE_INIT }

/* Look at root now; nvidia-smi is asked if there is need. */
void gpus_look(struct gpus *g, const char *root);
/* As found at most an hour ago, by STATE/gpus; else look, and keep it there.  dir: STATE. */
void gpus_load(struct gpus *g, const char *root, int dir);
/* As found by another process, whenever that was. */
void gpus_recall(struct gpus *g, int dir);
void gpus_free(struct gpus *g);

#endif
