/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree - walk over all files below a directory.
 */
#ifndef TEST_FAULTS_TREE_H
#define TEST_FAULTS_TREE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Each entry but the top, a directory before what is in it; path is below top. */
typedef void tree_visit(void *ctx, const char *path, const char *name, const struct stat *st);
void tree_walk(const char *top, tree_visit *visit, void *ctx);
uint64_t tree_hash(const void *bytes, size_t n);

#endif
