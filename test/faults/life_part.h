/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of life.h share. */
#ifndef TEST_FAULTS_LIFE_PART_H
#define TEST_FAULTS_LIFE_PART_H

#include "life.h"

__attribute__((noreturn, format(printf, 1, 2)))
void life_die(const char *fmt, ...);
/* Below TOP; four calls later it is overwritten. */
__attribute__((format(printf, 2, 3)))
const char *life_path(const struct life *l, const char *fmt, ...);
/* A line for l->trouble; once is enough. */
__attribute__((format(printf, 2, 3)))
void life_trouble(struct life *l, const char *fmt, ...);
void life_write(const char *path, const struct buf *text);
/* The text of a drop with TOP, ID and OFFER replaced. */
struct buf life_expand(const struct life *l, const char *text, const char *id, int offer);

/* In life_pass.c: run it to its end; its status. */
int life_call(struct life *l, const char *program, const char *a, const char *b, const char *c);
/* Everybody has a turn. */
void life_pass(struct life *l);
/* Nobody is left, or so much time has passed. */
void life_wait(struct life *l, double seconds);
/* Stop one of l->stays. */
void life_stop(struct life *l, int who);

#endif
