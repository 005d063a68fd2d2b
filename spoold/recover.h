/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recover - from the spool to memory, after any kind of end.
 *
 * This is the only way to start; a clean stop leaves nothing that a crash
 * would not.  What may be found, and what is done with it:
 *
 *  a job file without whole record and request	its drop still lies in inbox/: removed
 *  a torn last line				cut off
 *  a transaction, a reservation		as jobs; and see gang.h
 *  history ahead of the directory		the rename is made
 *  history behind it (a flush that never was)	moved back to what history says
 *  a drop whose job exists			removed from inbox/
 *  a hidden message				shown if it is whole and names every job that
 *						counts on it, else removed
 *  an assignment in no visible message		told again
 *  results/.ID.N.tmp				kept for a day: the report comes again and uses it
 *  a drop in rejected/ without a whole reason	gets one that says so
 */
#ifndef SPOOLD_RECOVER_H
#define SPOOLD_RECOVER_H

#include "hub.h"

int recover(struct hub *h, struct diag *d);

#endif
