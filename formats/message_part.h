/* SPDX-License-Identifier: GPL-2.0-or-later */
/* message_part - what the writers of messages share.  For message*.c only. */
#ifndef FORMATS_MESSAGE_PART_H
#define FORMATS_MESSAGE_PART_H

#include "message.h"

/* What a reader takes of a text for people.  A byte that is not UTF-8 has
 * become three on its way, so this is more than MESSAGE_TEXT_MAX. */
#define MESSAGE_READ_MAX (4 * MESSAGE_TEXT_MAX)

/* key: text, cut as message.h says; nothing when text is NULL or empty. */
void message_add_text(struct buf *b, const char *key, const char *text);
void message_add_uuid(struct buf *b, const char *key, const struct uuid *u);
/* digest: HEX */
void message_add_digest(struct buf *b, const struct digest *g);

#endif
