/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/*
 * Which target uses which owner, or may: by configuration, by the aliases that
 * states remember, and by the last survey. Sorted by owner, so that the users
 * of one stand side by side. look/sharing.c keeps it.
 */
struct owner_user {
	char *owner;
	size_t target;		/* index into the targets of the pass */
};

struct sharing {
	struct owner_user *users;
	size_t count;
};
