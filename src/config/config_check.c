/* SPDX-License-Identifier: MIT */
#include "config/config_check.h"

#include "base/xalloc.h"

#include <stdlib.h>

struct named_line {
	char *name;
	unsigned line;
};

static int named_lines_compare(const void *a, const void *b)
{
	const struct named_line *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	if (order == 0 && left->line != right->line)
		order = left->line < right->line ? -1 : 1;
	return order;
}

static void report_duplicate(const struct named_line *first,
			     const struct named_line *second,
			     const char *what, struct config_faults *faults)
{
	char *line = config_line_beside(faults, first->line, second->line);

	config_fault(faults, second->line, "%s \"%s\" is there already, in "
		     "%s", what, second->name, line);
	free(line);
}

static void report_duplicates(struct named_line *items, size_t count,
			      const char *what, struct config_faults *faults)
{
	if (count)
		qsort(items, count, sizeof(*items), named_lines_compare);
	for (size_t i = 1; i < count; i++)
		if (streq(items[i - 1].name, items[i].name))
			report_duplicate(&items[i - 1], &items[i], what,
					 faults);
}

void config_check_specs(const struct config_target *target,
			const struct config_scan_section *section,
			struct config_faults *faults)
{
	struct named_line *items = NULL;
	size_t count = 0;

	for (size_t i = 0; i < target->spec_count; i++) {
		const struct config_spec *spec = &target->specs[i];
		struct named_line *item;

		if (!spec->owner)
			continue;
		item = array_push(items, count);
		item->name = xasprintf("%s %u %u %u", spec->owner,
				       spec->params.usage,
				       spec->params.selector,
				       spec->params.matching);
		item->line = config_scan_value_line(section, "tlsa", i);
	}
	report_duplicates(items, count, "record", faults);
	for (size_t i = 0; i < count; i++)
		free(items[i].name);
	free(items);
}

void config_check_sections(const struct config *config,
			   struct config_faults *faults)
{
	struct named_line *items = NULL, *item;
	size_t count = 0;

	for (size_t i = 0; i < config->zone_count; i++) {
		if (!config->zones[i].name)
			continue;
		item = array_push(items, count);
		item->name = config->zones[i].name;
		item->line = config->zones[i].line;
	}
	report_duplicates(items, count, "zone", faults);
	free(items);
	items = NULL;
	count = 0;
	for (size_t i = 0; i < config->target_count; i++) {
		item = array_push(items, count);
		item->name = config->targets[i].name;
		item->line = config->targets[i].line;
	}
	report_duplicates(items, count, "target", faults);
	free(items);
}
