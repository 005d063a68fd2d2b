/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "room.h"

#include <stddef.h>

#include "tree.h"

const struct room *room_of(int kind)
{
	switch (kind) {
	case TREE_ACCOUNTING:
		return &account_room;
	case TREE_WHATIF:
		return &whatif_room;
	case TREE_BY_DATASET: case TREE_BY_RESERVATION:
		return &want_room;
	case TREE_DATASETS:
		return &dataset_room;
	case TREE_JOBS:
		return &task_room;
	case TREE_RESERVATIONS:
		return &reservation_room;
	default:
		return NULL;
	}
}
