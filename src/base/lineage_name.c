/* SPDX-License-Identifier: MIT */
#include "base/lineage_name.h"

#include "base/bounds.h"
#include "base/text.h"

#include <string.h>

bool lineage_name_valid(const char *name)
{
	size_t size = strnlen(name, LINEAGE_NAME_MAX + 1);

	if (size == 0 || size > LINEAGE_NAME_MAX || name[0] == '.')
		return false;
	for (const char *p = name; *p; p++)
		if (*p == '/' || (unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return text_is_utf8(name);
}
