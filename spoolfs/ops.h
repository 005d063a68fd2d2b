/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ops - the handlers that the kernel's requests come to, and what they share.
 *
 * ops.c has names, attributes and directories; ops_file.c open files;
 * ops_change.c what changes something: inbox/, and rmdir of a job.
 */
#ifndef SPOOLFS_OPS_H
#define SPOOLFS_OPS_H

#include "view.h"

struct view *view_of(fuse_req_t req);
struct author author_of(fuse_req_t req);
/* The name of something directly in inbox/; false: it is not there. */
bool inbox_name(struct view *v, fuse_ino_t ino, char path[PATH_MAX]);
/* NULL: no handle, or not of a draft. */
struct handle *handle_of(const struct fuse_file_info *fi);
/* The name of a question in whatif/; false: it is none. */
bool whatif_name(struct view *v, fuse_ino_t ino, char path[PATH_MAX]);
struct question *question_of(const struct fuse_file_info *fi);
struct draft *draft_of(fuse_ino_t ino, const struct fuse_file_info *fi);

/* ops_file.c */
void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void op_write(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t size, off_t off,
	      struct fuse_file_info *fi);
void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi);
void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
	     struct fuse_pollhandle *ph);

/* ops_change.c */
void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi);
void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
	       const char *newname, unsigned int flags);
void op_refuse_make(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode);
void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev);
void op_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name);
void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent, const char *newname);
void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size);
void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);

#endif
