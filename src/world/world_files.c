/* SPDX-License-Identifier: MIT */
#include "world/world_files.h"

#include <stdlib.h>

void names_free(struct names *names)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct names){ .names = NULL };
}
