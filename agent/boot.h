/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot - what a power cut may have taken back.
 *
 * A job whose directory was made by `spool-agent watch` costs no flush of its
 * own: the agent flushes the directory before the launch, and everything again
 * before it tells the hub of the end.  Until then what was written is known
 * well to whoever looks during the same boot (kill -9 loses nothing), and may be
 * gone or torn in the next one.  So the boot is written down where nothing else
 * was flushed, and a later boot believes less:
 *
 *	limits: `boot ID`	`started` may be missing though the task has run:
 *				without an end it is lost, and never started again
 *	exit: `boot ID`		it, and what lies beside it, may be torn: no end,
 *				unless its report is there and all that it names
 *
 * ID is that of /proc/sys/kernel/random/boot_id.
 */
#ifndef AGENT_BOOT_H
#define AGENT_BOOT_H

#include <stdbool.h>

#include "diag.h"

/* dir: a job directory.  Was it made for a launch in an earlier boot?  1, 0; -1: the
 * disk does not let us read that now, and to ask again is all that can be done. */
int boot_was_other(int dir, struct diag *d);
/* Is there an `exit` that was whole and safe before this boot, or is of this one?
 * Or one that the disk does not let us read, of which nobody can say. */
bool boot_exit_good(int dir);

#endif
