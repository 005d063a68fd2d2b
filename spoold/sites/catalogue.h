/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * catalogue - the datasets in data/, by name, with size and digest.
 *
 * Reading a terabyte takes its time, so measuring is done by a child process
 * that writes run/catalogue/NAME; the fingerprint in there tells whether a
 * dataset has changed since.
 */
#ifndef SPOOLD_CATALOGUE_H
#define SPOOLD_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "diag.h"
#include "plan/match.h"

struct hub;

/* What was to be measured, and when; not tried without end. */
enum { MEASURE_TRIES = 32 };
struct measure_try {
	uint64_t fingerprint;
	int64_t at;		/* 0: its child was killed, and it is tried at once */
	bool again;		/* once only */
};

/* Look at data/ and run/catalogue/; start a child when something has to be
 * measured and none runs.  Forgets verdicts when the catalogue changed. */
int catalogue_scan(struct hub *h, struct diag *d);
/* Only read what is known, for `--check`. */
int catalogue_read(struct hub *h, struct diag *d);
/* A child ended: was it ours? */
bool catalogue_reap(struct hub *h, pid_t pid, int status);
bool catalogue_busy(const struct hub *h);
void catalogue_free(struct catalogue *c);

#endif
