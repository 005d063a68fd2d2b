/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view - one mounted spool: what all the handlers share.
 */
#ifndef SPOOLFS_VIEW_H
#define SPOOLFS_VIEW_H

#include <stdbool.h>
#include <sys/types.h>

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include "accept.h"
#include "account.h"
#include "archives.h"
#include "draft.h"
#include "editions.h"
#include "events.h"
#include "handle.h"
#include "index.h"
#include "names.h"
#include "question.h"
#include "reservation_file.h"
#include "room.h"
#include "sites.h"
#include "spool.h"
#include "wait.h"

struct view {
	struct spool spool;
	uid_t uid;		/* of the spool's directory: owns what belongs to nobody else */
	gid_t gid;		/* its group may read all jobs */
	int64_t mounted;	/* nanoseconds since 1970 */
	bool root;		/* we are, and so can act for others */
	struct index index;
	struct names names;
	struct drafts drafts;
	struct accepts accepts;
	struct accounts accounts;
	struct questions questions;
	struct events events;
	struct archives archives;
	struct sites sites;
	struct waits waits;
	struct editions editions;
	struct handles handles;
	struct fuse_session *se;
};

/* How long the kernel may believe us: what the index is told of by inotify, and
 * what can change without our hearing of it. */
#define VIEW_LONG 86400.0
#define VIEW_NOT 0.0

/* --- attr.c ------------------------------------------------------------------ */

/* Attributes of any inode, and how long they hold, for who asks.  0, or an errno. */
int attr_get(struct view *v, fuse_req_t req, fuse_ino_t ino, struct stat *st, double *timeout);
/* Of a job's directory, file or link, out of a copy of the job. */
void attr_job(struct view *v, const struct job *j, fuse_ino_t ino, struct stat *st,
	      double *timeout);
/* The job that an inode is of, loaded; see: JOB_SEEN_*.  0, or an errno. */
int attr_need(struct view *v, fuse_ino_t ino, int see, struct job *j);

/* --- look.c ------------------------------------------------------------------- */

/* Find name in parent and fill e.  0, or an errno. */
int look_up(struct view *v, fuse_req_t req, fuse_ino_t parent, const char *name, struct fuse_entry_param *e);

/* --- task_room.c --------------------------------------------------------------- */

/* jobs/ID.N: how that is called in names.h, which is another name as long as the task is
 * not made.  False: there is no such task of an array. */
enum { TASK_NAME = UUID_TEXT + 16 };
bool task_name(struct view *v, const char *name, char out[TASK_NAME]);

/* --- dir.c -------------------------------------------------------------------- */

struct dir;
struct dir *dir_open(fuse_ino_t ino);
void dir_close(struct dir *d);
/* Fill out with entries from off on; returns the bytes used, or -errno. */
ssize_t dir_read(struct view *v, fuse_req_t req, struct dir *d, fuse_ino_t ino, char *out,
		 size_t size, off_t off, bool plus);

/* --- file.c ------------------------------------------------------------------- */

struct file;
/* Open for reading what is neither a draft nor `wait`.  0 or an errno; sets
 * *out (NULL: no state is needed) and the caching flags in fi. */
int file_open(struct view *v, fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
	      struct file **out);
/* A descriptor of a real file, which is taken. */
int file_open_fd(int fd, struct file **out);
void file_read(struct view *v, fuse_req_t req, fuse_ino_t ino, struct file *f, size_t size,
	       off_t off);
void file_close(struct view *v, fuse_ino_t ino, struct file *f);

/* --- pass.c ------------------------------------------------------------------- */

/* The real file below an inode: lstat, open, readlink.  0, or an errno. */
int pass_stat(struct view *v, fuse_ino_t ino, struct stat *st);
int pass_open(struct view *v, fuse_ino_t ino, int flags, int *fd);
/* Is it in the results of an archived job?  path: below results/ID. */
bool pass_archived(struct view *v, fuse_ino_t ino, struct uuid *id, char path[PATH_MAX]);
int pass_readlink(struct view *v, fuse_ino_t ino, char *out, size_t size);

/* --- who.c -------------------------------------------------------------------- */

/* May the caller see the jobs of this owner (in tables, where the kernel does
 * not check)?  who_init once for each request. */
enum { WHO_GROUPS = 64 };
struct who {
	uid_t uid;
	bool all;
	gid_t group[WHO_GROUPS];	/* without `all` */
	int groups;
};
void who_init(struct who *w, const struct view *v, fuse_req_t req);
bool who_in(const struct who *w, gid_t gid);
static inline bool who_sees(const struct who *w, uid_t owner)
{
	return w->all || w->uid == owner;
}
/* A name that only jobs have which the caller may not see may be sensitive; users,
 * sites and phases are no secret. */
static inline bool who_sees_word(const struct who *w, enum by by, uid_t owner)
{
	return by != BY_NAME || who_sees(w, owner);
}
/* The same of a value of the index, under its lock. */
bool who_sees_value(const struct view *v, const struct who *w, enum by by, uint32_t number);

/* Call for each active reservation at a site that the caller may see, until it is
 * false. */
void reservations_at(struct view *v, const struct who *who, const char *site,
		     bool (*call)(void *ctx, const char *id, const struct reservation_state *st),
		     void *ctx);
/* touch -d WHEN reservations/ID.  0, or an errno. */
int reservation_renew(struct view *v, const struct author *a, const char *id, const struct timespec *when);

extern const struct fuse_lowlevel_ops view_ops;

#endif
