/* SPDX-License-Identifier: GPL-2.0-or-later */
/* metrics - run/metrics, in Prometheus' text format. */
#ifndef SPOOLD_METRICS_H
#define SPOOLD_METRICS_H

#include "hub.h"

void metrics_write(struct hub *h);

#endif
