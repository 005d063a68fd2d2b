/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report - one line of a site about one attempt changes the job. */
#ifndef SPOOLD_REPORT_H
#define SPOOLD_REPORT_H

#include "hub.h"
#include "message.h"

/* 0: acted on, refused with a log line, or old news; -1: the disk failed, *d. */
int report_act(struct hub *h, uint16_t site, const struct message_report *r, struct diag *d);
/* The attempt is over without the job being to blame; it becomes pending. */
int report_lost(struct hub *h, uint32_t job, const char *text, struct diag *d);

/* The same because of what people did, not the site. */
int report_taken_back(struct hub *h, uint32_t job, const char *text, struct diag *d);

#endif
