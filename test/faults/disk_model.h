/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disk_model - a file system in memory, as far as disk.h needs one: inodes by
 * number, directories as lists of names.  Inode 0 is the root.
 */
#ifndef TEST_FAULTS_DISK_MODEL_H
#define TEST_FAULTS_DISK_MODEL_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "buf.h"
#include "disk.h"

enum change_kind {
	CHANGE_NEW,		/* name in dir is the new inode, of this mode */
	CHANGE_CONTENT,		/* of inode: bytes, all of it */
	CHANGE_RENAME,		/* name in dir to name2 in dir2 */
	CHANGE_LINK,		/* inode, which has name in dir, gets name2 in dir2 */
	CHANGE_REMOVE,		/* name in dir */
	CHANGE_ATTRIBUTES,
	CHANGE_FSYNC, CHANGE_SYNCFS,
};

/* What no copy can have. */
struct model_identity {
	ino_t ino;
	struct timespec born;
};

struct change {
	enum change_kind kind;
	bool forced;		/* durable at once */
	int disk;		/* DISK_* */
	int inode, dir, dir2;
	char *name, *name2;
	char *bytes;		/* content, or what a symlink says; of a new file NULL */
	size_t length;
	mode_t mode;
	struct model_identity real;	/* of a new file: what it is called by the kernel */
	struct timespec mtime;
	off_t effects;
	char *text;		/* for people */
};

struct model_name { char *name; int dir, inode; };

struct model_inode {
	const char *bytes;	/* the change's */
	size_t length;
	mode_t mode;
	struct model_identity real;
	struct timespec mtime;
};

struct model {
	struct model_name *name;
	int names, name_room;
	struct model_inode *inode;
	int inodes, inode_room, next;
};

struct disk {
	char top[PATH_MAX], root[PATH_MAX];
	struct change *change;
	long changes, room;
	bool apart;		/* each machine has its own disk */
	bool forced;
	struct model now;
};

struct model_identity model_identify(const char *path);
void model_init(struct model *m);
void model_free(struct model *m);
int model_new_inode(struct model *m);
/* The inode of a path below the root; -1. */
int model_find(const struct model *m, const char *path);
/* Make a change; of content only so many bytes. */
void model_apply(struct model *m, const struct change *c, size_t length);
/* Write all that can be reached from the root below the directory, which is empty. */
void model_write(const struct model *m, const char *to);
void model_compare(const struct model *m, const char *root, struct buf *out);

#endif
