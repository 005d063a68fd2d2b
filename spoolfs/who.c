/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view.h"

enum { MOST_GROUPS = 256 };

/* As the kernel would judge mode 0440 with the spool's group. */
void who_init(struct who *w, const struct view *v, fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	gid_t groups[MOST_GROUPS];
	int n;

	w->uid = ctx->uid;
	w->all = ctx->uid == 0 || ctx->gid == v->gid;
	if (w->all)
		return;
	n = fuse_req_getgroups(req, MOST_GROUPS, groups);
	for (int i = 0; i < n && i < MOST_GROUPS; i++)
		w->all |= groups[i] == v->gid;
}
