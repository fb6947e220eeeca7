/* SPDX-License-Identifier: MIT */
#include "support/detail.h"

#include "tell/report_internal.h"
#include "unit.h"

#include <stdlib.h>

void expect_detail(const struct facts *facts, const struct action *action,
		   const char *const *parts)
{
	char *text = report_detail(facts, action);

	for (; *parts; parts++)
		if (!strstr(text, *parts))
			fail_msg("\"%s\" is not in: %s", *parts, text);
	assert_null(strchr(text, '\n'));
	free(text);
}
