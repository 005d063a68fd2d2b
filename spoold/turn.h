/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * turn - one turn of the main loop: take drops, take mail, plan, commit.
 *
 * What there may be to do is in `struct agenda`: events set its flags, a scan
 * by the clock sets them all.  Flags are cleared before the look, so that an
 * event during it is remembered.
 */
#ifndef SPOOLD_TURN_H
#define SPOOLD_TURN_H

#include "hub.h"

struct agenda {
	bool inbox, sites, data, plan, whatif;
	uint16_t *mail;			/* sites whose up/ changed */
	uint32_t mails, mail_cap;
	bool all_mail;
	int64_t next_scan;		/* instants */
	int64_t next_archive, next_tidy;
	int64_t next_words;		/* of run/metrics and run/why/ */
	bool stale;			/* they are */
	uint64_t overflows;		/* lost hints that they tell of */
	int64_t wake;			/* the planner's or the inbox's own timer */
};

/* Everything has to be looked at. */
void agenda_all(struct agenda *a);
void agenda_mail(struct agenda *a, uint16_t site);
/* Anything to do right now? */
bool agenda_any(const struct agenda *a);
/* Do it.  True: something was changed. */
bool turn_run(struct hub *h, struct agenda *a);

#endif
