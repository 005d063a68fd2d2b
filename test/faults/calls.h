/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls - the system calls at which something can go wrong.
 *
 * Those that change files (CALL_CHANGES) are the points at which a kill or a
 * power cut makes a difference; those that may fail (CALL_FAILS) are where
 * errors are injected.  The tables are x86-64's numbers by name, as the kernel
 * headers have them.
 */
#ifndef TEST_FAULTS_CALLS_H
#define TEST_FAULTS_CALLS_H

#include <linux/filter.h>
#include <stdbool.h>

enum call_kind {
	CALL_OPEN,		/* may create, may truncate */
	CALL_DATA,		/* changes the content behind a descriptor */
	CALL_RENAME, CALL_LINK, CALL_SYMLINK, CALL_UNLINK, CALL_MKDIR, CALL_RMDIR,
	CALL_MKNOD, CALL_ATTRIBUTE,	/* mode, owner, times, xattr */
	CALL_SYNC,		/* one file or directory */
	CALL_SYNCFS,
	CALL_OTHER,
};

enum { CALL_CHANGES = 1, CALL_FAILS = 2 };

/* A sanitizer's own allocator makes these calls, and ends the program when they fail:
 * what the program would have done remains unknown. */
#ifdef __SANITIZE_ADDRESS__
#define CALLS_OF_MEMORY 0
#else
#define CALLS_OF_MEMORY 1
#endif

struct call_type {
	long number;
	const char *name;
	enum call_kind kind;
	int sets;		/* CALL_CHANGES, CALL_FAILS */
	signed char fd;		/* index of the argument that is a descriptor; -1 */
	signed char dir, path;	/* of the (first) path and its directory; -1: relative to cwd */
	signed char dir2, path2;	/* of the second */
	signed char flags;	/* CALL_OPEN, unlinkat: its flags; -1: always */
	signed char length;	/* how many bytes: what a short write shortens; -1 */
	const char *errors;	/* names of errors that are worth trying, by blanks */
};

const struct call_type *call_find(long number);
/* A seccomp filter that stops at the calls of these sets and lets all others
 * pass at full speed.  Sets up *prog; its memory stays. */
bool call_filter(int sets, struct sock_fprog *prog);
/* "ENOSPC" to its number; 0: unknown. */
int call_error(const char *name, int len);
const char *call_error_name(int err);

#endif
