/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transport - how the mailboxes and the data get from the hub and back.
 *
 *	hub: /srv/spool			path: SPOOL/sites/SITE/{down,up} are the mailboxes
 *	hub: spool@hub.example.org	rsync over ssh; the key restricted by rrsync
 *	hub: "spool@hub.example.org:"	the same (YAML wants quotes for a last colon)
 *	hub: host:dir			the same, below a directory there
 *	hub: rsync://north@hub/north	an rsync daemon; the module is SPOOL/sites/SITE
 *	hub: carry			nobody: somebody else moves STATE/{down,up}
 *	hub: carry:DIR			the same with DIR/{down,up}
 *
 * All calls may block, for as long as a network likes to; a caller that has
 * other things to do makes them in a child.  All are safe to be cut off at any
 * point and repeated.
 */
#ifndef AGENT_TRANSPORT_H
#define AGENT_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "exec.h"
#include "settings.h"

struct transport;

struct transport_kind {
	bool (*mine)(const char *hub);	/* what nobody claims is a path */
	/* Set down and up, make what has to be there. */
	int (*open)(struct transport *t, struct diag *d);
	/* Bring the hub's messages here.  Only down/ itself, not down/data/. */
	int (*sync_down)(struct transport *t, struct diag *d);
	/*
	 * Bring ours there: payload, then messages; take away there what is gone
	 * here.  In steps, for who has something to do meanwhile: the connection,
	 * over which nothing goes yet (may be left out); what is there to be sent
	 * now; its end.  Without the second nothing is sent, whoever dies.
	 */
	int (*call_up)(struct transport *t, struct diag *d);
	int (*send_up)(struct transport *t, struct diag *d);
	int (*end_up)(struct transport *t, struct diag *d);
	/* Copy down/data/DIGEST to dir/DIGEST; what a previous try left there
	 * may be continued.  0; 1: the hub has not put it there (yet); -1 */
	int (*fetch)(struct transport *t, const char *digest, const char *dir, struct diag *d);
	bool remote;		/* these do something */
};

struct transport {
	const struct transport_kind *kind;
	const struct settings *set;
	char *down, *up;	/* paths of the two mailboxes here */
	char *remote;		/* rsync's name of SPOOL/sites/SITE, ending in ':' or '/' */
	struct exec_call sending;	/* between call_up and end_up */
};

extern const struct transport_kind transport_path, transport_carry, transport_rsync;

/* *t points to set, which has to outlive it. */
int transport_open(struct transport *t, const struct settings *set, struct diag *d);
void transport_close(struct transport *t);

#endif
