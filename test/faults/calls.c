/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define BOTH (CALL_CHANGES | CALL_FAILS)
#define NEW "ENOSPC EIO EDQUOT ENOMEM"
#define DESCRIPTOR "EMFILE ENFILE ENOMEM"
#define N(x) SYS_##x, #x

static const struct call_type table[] = {
	/*                                 fd dir path dir2 path2 flags length */
	{ N(open), CALL_OPEN, BOTH, -1, -1, 0, -1, -1, 1, -1, "EMFILE ENFILE EIO ENOMEM ENOSPC" },
	{ N(creat), CALL_OPEN, BOTH, -1, -1, 0, -1, -1, -1, -1, "EMFILE " NEW },
	{ N(openat), CALL_OPEN, BOTH, -1, 0, 1, -1, -1, 2, -1, "EMFILE ENFILE EIO ENOMEM ENOSPC" },
	{ N(write), CALL_DATA, BOTH, 0, -1, -1, -1, -1, -1, 2, "ENOSPC EIO EDQUOT" },
	{ N(writev), CALL_DATA, BOTH, 0, -1, -1, -1, -1, -1, -1, "ENOSPC EIO EDQUOT" },
	{ N(pwrite64), CALL_DATA, BOTH, 0, -1, -1, -1, -1, -1, 2, "ENOSPC EIO EDQUOT" },
	{ N(pwritev), CALL_DATA, BOTH, 0, -1, -1, -1, -1, -1, -1, "ENOSPC EIO EDQUOT" },
	{ N(copy_file_range), CALL_DATA, BOTH, 2, -1, -1, -1, -1, -1, 4, "ENOSPC EIO EDQUOT EXDEV" },
	{ N(sendfile), CALL_DATA, BOTH, 0, -1, -1, -1, -1, -1, 3, "ENOSPC EIO" },
	{ N(ftruncate), CALL_DATA, BOTH, 0, -1, -1, -1, -1, -1, -1, "EIO ENOSPC" },
	{ N(truncate), CALL_DATA, BOTH, -1, -1, 0, -1, -1, -1, -1, "EIO ENOSPC" },
	{ N(fallocate), CALL_DATA, BOTH, 0, -1, -1, -1, -1, -1, -1, "ENOSPC EIO EOPNOTSUPP" },
	{ N(ioctl), CALL_DATA, CALL_CHANGES, 0, -1, -1, -1, -1, -1, -1, "" },	/* FICLONE only */
	{ N(rename), CALL_RENAME, BOTH, -1, -1, 0, -1, 1, -1, -1, NEW },
	{ N(renameat), CALL_RENAME, BOTH, -1, 0, 1, 2, 3, -1, -1, NEW },
	{ N(renameat2), CALL_RENAME, BOTH, -1, 0, 1, 2, 3, -1, -1, NEW " EINVAL" },
	{ N(link), CALL_LINK, BOTH, -1, -1, 0, -1, 1, -1, -1, NEW },
	{ N(linkat), CALL_LINK, BOTH, -1, 0, 1, 2, 3, -1, -1, NEW " EXDEV" },
	{ N(symlink), CALL_SYMLINK, BOTH, -1, -1, 1, -1, -1, -1, -1, NEW },
	{ N(symlinkat), CALL_SYMLINK, BOTH, -1, 1, 2, -1, -1, -1, -1, NEW },
	{ N(unlink), CALL_UNLINK, BOTH, -1, -1, 0, -1, -1, -1, -1, "EIO ENOSPC ENOMEM" },
	{ N(unlinkat), CALL_UNLINK, BOTH, -1, 0, 1, -1, -1, 2, -1, "EIO ENOSPC ENOMEM" },
	{ N(rmdir), CALL_RMDIR, BOTH, -1, -1, 0, -1, -1, -1, -1, "EIO ENOSPC" },
	{ N(mkdir), CALL_MKDIR, BOTH, -1, -1, 0, -1, -1, -1, -1, NEW },
	{ N(mkdirat), CALL_MKDIR, BOTH, -1, 0, 1, -1, -1, -1, -1, NEW },
	{ N(mknod), CALL_MKNOD, BOTH, -1, -1, 0, -1, -1, -1, -1, NEW },
	{ N(mknodat), CALL_MKNOD, BOTH, -1, 0, 1, -1, -1, -1, -1, NEW },
	{ N(chmod), CALL_ATTRIBUTE, BOTH, -1, -1, 0, -1, -1, -1, -1, "EIO EPERM" },
	{ N(fchmod), CALL_ATTRIBUTE, BOTH, 0, -1, -1, -1, -1, -1, -1, "EIO EPERM" },
	{ N(fchmodat), CALL_ATTRIBUTE, BOTH, -1, 0, 1, -1, -1, -1, -1, "EIO EPERM" },
	{ N(chown), CALL_ATTRIBUTE, BOTH, -1, -1, 0, -1, -1, -1, -1, "EIO EPERM" },
	{ N(fchown), CALL_ATTRIBUTE, BOTH, 0, -1, -1, -1, -1, -1, -1, "EIO EPERM" },
	{ N(lchown), CALL_ATTRIBUTE, BOTH, -1, -1, 0, -1, -1, -1, -1, "EIO EPERM" },
	{ N(fchownat), CALL_ATTRIBUTE, BOTH, -1, 0, 1, -1, -1, -1, -1, "EIO EPERM EDQUOT" },
	{ N(utimensat), CALL_ATTRIBUTE, BOTH, -1, 0, 1, -1, -1, -1, -1, "EIO" },
	{ N(setxattr), CALL_ATTRIBUTE, BOTH, -1, -1, 0, -1, -1, -1, -1, "ENOSPC EOPNOTSUPP" },
	{ N(fsetxattr), CALL_ATTRIBUTE, BOTH, 0, -1, -1, -1, -1, -1, -1, "ENOSPC EOPNOTSUPP" },
	{ N(fsync), CALL_SYNC, BOTH, 0, -1, -1, -1, -1, -1, -1, "EIO ENOSPC EDQUOT" },
	{ N(fdatasync), CALL_SYNC, BOTH, 0, -1, -1, -1, -1, -1, -1, "EIO ENOSPC" },
	{ N(syncfs), CALL_SYNCFS, BOTH, 0, -1, -1, -1, -1, -1, -1, "EIO ENOSPC" },
	/* They change nothing, but they fail. */
	{ N(read), CALL_OTHER, CALL_FAILS, 0, -1, -1, -1, -1, -1, 2, "EIO" },
	{ N(getdents64), CALL_OTHER, CALL_FAILS, 0, -1, -1, -1, -1, -1, -1, "EIO ENOMEM" },
	{ N(newfstatat), CALL_OTHER, CALL_FAILS, -1, 0, 1, -1, -1, -1, -1, "EIO ENOMEM" },
	{ N(fstat), CALL_OTHER, CALL_FAILS, 0, -1, -1, -1, -1, -1, -1, "EIO" },
	{ N(faccessat), CALL_OTHER, CALL_FAILS, -1, 0, 1, -1, -1, -1, -1, "EIO ENOMEM" },
	{ N(faccessat2), CALL_OTHER, CALL_FAILS, -1, 0, 1, -1, -1, -1, -1, "EIO ENOMEM" },
	{ N(readlinkat), CALL_OTHER, CALL_FAILS, -1, 0, 1, -1, -1, -1, -1, "EIO ENOMEM" },
	{ N(flock), CALL_OTHER, CALL_FAILS, 0, -1, -1, -1, -1, -1, -1, "ENOLCK EWOULDBLOCK" },
	{ N(clone), CALL_OTHER, CALL_FAILS, -1, -1, -1, -1, -1, -1, -1, "EAGAIN ENOMEM" },
	{ N(clone3), CALL_OTHER, CALL_FAILS, -1, -1, -1, -1, -1, -1, -1, "EAGAIN ENOMEM" },
	{ N(fork), CALL_OTHER, CALL_FAILS, -1, -1, -1, -1, -1, -1, -1, "EAGAIN ENOMEM" },
	{ N(vfork), CALL_OTHER, CALL_FAILS, -1, -1, -1, -1, -1, -1, -1, "EAGAIN ENOMEM" },
	{ N(pipe2), CALL_OTHER, CALL_FAILS, -1, -1, -1, -1, -1, -1, -1, DESCRIPTOR },
	{ N(dup), CALL_OTHER, CALL_FAILS, 0, -1, -1, -1, -1, -1, -1, "EMFILE" },
	{ N(signalfd4), CALL_OTHER, CALL_FAILS, -1, -1, -1, -1, -1, -1, -1, DESCRIPTOR },
	{ N(eventfd2), CALL_OTHER, CALL_FAILS, -1, -1, -1, -1, -1, -1, -1, DESCRIPTOR },
	{ N(pidfd_open), CALL_OTHER, CALL_FAILS, -1, -1, -1, -1, -1, -1, -1, DESCRIPTOR },
	{ N(inotify_init1), CALL_OTHER, CALL_FAILS, -1, -1, -1, -1, -1, -1, -1, DESCRIPTOR },
	{ N(inotify_add_watch), CALL_OTHER, CALL_FAILS, -1, -1, 1, -1, -1, -1, -1, "ENOSPC ENOMEM" },
#if CALLS_OF_MEMORY
	{ N(mmap), CALL_OTHER, CALL_FAILS, -1, -1, -1, -1, -1, -1, -1, "ENOMEM" },
	/* It fails by saying where the end is still, as for 0. */
	{ N(brk), CALL_OTHER, CALL_FAILS, -1, -1, -1, -1, -1, -1, 0, "ENOMEM" },
#endif
};

enum { CALLS = sizeof table / sizeof *table };

const struct call_type *call_find(long number)
{
	for (int i = 0; i < CALLS; i++)
		if (table[i].number == number)
			return &table[i];
	return NULL;
}

/* --- filter -------------------------------------------------------------------- */

/* The low half of an argument; all flags that matter lie there. */
#define ARG(i) ((uint32_t)(offsetof(struct seccomp_data, args) + 8 * (unsigned)(i)))

static struct sock_filter *add(struct sock_filter *f, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	*f = (struct sock_filter){ code, jt, jf, k };
	return f + 1;
}

/* Ask for the argument only where most calls are of no interest. */
static struct sock_filter *add_call(struct sock_filter *f, const struct call_type *c, int sets)
{
	const uint32_t stop = SECCOMP_RET_TRACE, go = SECCOMP_RET_ALLOW;
	bool only_changes = !(sets & CALL_FAILS);

	if (c->number == SYS_ioctl || (only_changes && c->kind == CALL_OPEN && c->flags >= 0)) {
		bool ioctl = c->number == SYS_ioctl;

		f = add(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->number, 0, 4);
		f = add(f, BPF_LD | BPF_W | BPF_ABS, ARG(ioctl ? 1 : c->flags), 0, 0);
		if (ioctl)
			f = add(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)FICLONE, 0, 1);
		else
			f = add(f, BPF_JMP | BPF_JSET | BPF_K, O_CREAT | O_TRUNC, 0, 1);
		f = add(f, BPF_RET | BPF_K, stop, 0, 0);
		return add(f, BPF_RET | BPF_K, go, 0, 0);
	}
	f = add(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->number, 0, 1);
	return add(f, BPF_RET | BPF_K, stop, 0, 0);
}

bool call_filter(int sets, struct sock_fprog *prog)
{
	struct sock_filter *start = calloc(CALLS * 6 + 2, sizeof *start), *f = start;

	if (!f)
		return false;
	f = add(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	for (int i = 0; i < CALLS; i++)
		if (table[i].sets & sets)
			f = add_call(f, &table[i], sets);
	f = add(f, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	*prog = (struct sock_fprog){ (unsigned short)(f - start), start };
	return true;
}

/* --- errors -------------------------------------------------------------------- */

static const struct { const char *name; int err; } errors[] = {
	{ "ENOSPC", ENOSPC }, { "EIO", EIO }, { "EDQUOT", EDQUOT }, { "ENOMEM", ENOMEM },
	{ "EMFILE", EMFILE }, { "ENFILE", ENFILE }, { "EXDEV", EXDEV }, { "EINVAL", EINVAL },
	{ "EPERM", EPERM }, { "EAGAIN", EAGAIN }, { "EWOULDBLOCK", EWOULDBLOCK },
	{ "ENOLCK", ENOLCK }, { "EOPNOTSUPP", EOPNOTSUPP },
};

int call_error(const char *name, int len)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if ((int)strlen(errors[i].name) == len && !memcmp(errors[i].name, name, (size_t)len))
			return errors[i].err;
	return 0;
}

const char *call_error_name(int err)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].err == err)
			return errors[i].name;
	return "?";
}
