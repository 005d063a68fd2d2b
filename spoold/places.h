/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * places - directories that somebody has removed, moved away or made anew.
 *
 * A descriptor stays with the directory, wherever that goes, and the kernel
 * does not tell that a directory was removed as long as it is held open.  So
 * now and then the names are compared with what is open.
 */
#ifndef SPOOLD_PLACES_H
#define SPOOLD_PLACES_H

#include "hub.h"

/* inbox/ is opened anew, or made; of sites/ what has gone is closed, for
 * site_table_scan() to open what is there now.  True: inbox/ is another one. */
bool places_check(struct hub *h);

#endif
