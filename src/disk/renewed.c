/* SPDX-License-Identifier: MIT */
#include "disk/renewed.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"

#include <stdlib.h>

struct renewed renewed_from_environment(void)
{
	return (struct renewed){ .lineage = getenv("RENEWED_LINEAGE"),
				 .domains = getenv("RENEWED_DOMAINS") };
}

static bool is_lineage(const char *path, const char *letsencrypt_directory,
		       const char *name)
{
	char *live = xasprintf("%s/live/%s", letsencrypt_directory, name);
	size_t size = strlen(live);
	bool same = strncmp(path, live, size) == 0 &&
		    path[size + strspn(path + size, "/")] == '\0';

	free(live);
	return same;
}

/* Names, addresses and wildcards; one that begins like an option is none. */
static bool are_domains(const char *domains)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789.-_*: ";

	return strnlen(domains, RENEWED_DOMAINS_MAX + 1) <=
	       RENEWED_DOMAINS_MAX &&
	       domains[strspn(domains, allowed)] == '\0' &&
	       domains[0] != '-' && !strstr(domains, " -");
}

const char *renewed_domains(const struct renewed *renewed,
			    const char *letsencrypt_directory,
			    const char *name)
{
	if (!renewed->lineage || !renewed->domains ||
	    !is_lineage(renewed->lineage, letsencrypt_directory, name))
		return "";
	if (are_domains(renewed->domains))
		return renewed->domains;
	log_warning("%s: RENEWED_DOMAINS is too long or holds what no domain "
		    "does; programs get an empty one", name);
	return "";
}
