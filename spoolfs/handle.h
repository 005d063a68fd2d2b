/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * handle - what fi->fh points to, of open files and directories with a state.
 *
 * Of `wait` it is a number instead, and 0 where no state is needed.  All are
 * in one list, for the kernel does not close what is open when it unmounts.
 */
#ifndef SPOOLFS_HANDLE_H
#define SPOOLFS_HANDLE_H

#include <pthread.h>
#include <stdint.h>

struct view;
struct file;
struct draft;
struct dir;
struct question;
struct event_reader;

enum handle_kind { HANDLE_FILE, HANDLE_DRAFT, HANDLE_DIR, HANDLE_QUESTION, HANDLE_EVENTS };

struct handle {
	enum handle_kind is;
	uint64_t ino;
	struct handle *prev, *next;
	union {
		struct file *file;
		struct draft *draft;
		struct dir *dir;
		struct question *question;
		struct event_reader *events;
	};
};

struct handles {
	pthread_mutex_t lock;
	struct handle *first;
};

void handles_init(struct handles *hs);
/* Close all that are left. */
void handles_free(struct view *v);
/* NULL: no memory.  The caller sets what it holds. */
struct handle *handle_new(struct view *v, enum handle_kind is, uint64_t ino);
/* With what it holds, if that was set.  NULL is fine. */
void handle_close(struct view *v, struct handle *h);

#endif
