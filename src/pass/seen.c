/* SPDX-License-Identifier: MIT */
#include "pass/seen.h"

#include "base/xalloc.h"

#include <stdlib.h>

static int compare_name_to_owner(const void *name, const void *owner)
{
	return strcmp(name, *(char *const *)owner);
}

static char *const *find(const struct seen *seen, const char *owner)
{
	return seen->owner_count ?
	       bsearch(owner, seen->owners, seen->owner_count,
		       sizeof(*seen->owners), compare_name_to_owner) : NULL;
}

const struct survey_owner *seen_find(const struct seen *seen,
				     const char *owner)
{
	char *const *at = seen->survey.count ? find(seen, owner) : NULL;

	return at ? &seen->survey.owners[at - seen->owners] : NULL;
}

const struct outside_owner *seen_find_outside(const struct seen *seen,
					      const char *owner)
{
	char *const *at = seen->outside.count ? find(seen, owner) : NULL;

	return at ? &seen->outside.owners[at - seen->owners] : NULL;
}

void seen_drop(struct seen *seen)
{
	outside_clear(&seen->outside);
	survey_clear(&seen->survey);
	seen->survey = (struct survey){ 0 };
}

bool seen_covers(const struct seen *seen, const char *owner)
{
	return seen->zones_known && find(seen, owner);
}

void seen_clear(struct seen *seen)
{
	seen_drop(seen);
	if (seen->zones_known)
		zones_clear(&seen->zones);
	seen->zones_known = false;
	for (size_t i = 0; i < seen->owner_count; i++)
		free(seen->owners[i]);
	free(seen->owners);
	seen->owners = NULL;
	seen->owner_count = 0;
}
