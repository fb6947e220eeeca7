/* SPDX-License-Identifier: MIT */
#include "support/sheet.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "unit.h"
#include "world/posix/posix.h"

void sheet_open(struct sheet *sheet, const char *text,
		const struct setup_wish *wish)
{
	const struct setup_wish nothing = { .servers = 0 };

	*sheet = (struct sheet){ .config = config_parse(ALNITAK_CONF, text) };
	assert_non_null(sheet->config);
	world_posix_open(&sheet->world);
	sheet->ok = setup_open(&sheet->setup, &sheet->world, sheet->config,
			       wish ? wish : &nothing);
}

void sheet_close(struct sheet *sheet)
{
	setup_clear(&sheet->setup);
	world_posix_close(&sheet->world);
	config_free(sheet->config);
}

char *sheet_printed(const char *text, const struct setup_wish *wish,
		    void (*print)(const struct setup *setup))
{
	struct sheet sheet;
	char *printed;

	sheet_open(&sheet, text, wish);
	capture_begin();
	print(&sheet.setup);
	printed = capture_end();
	sheet_close(&sheet);
	return printed;
}

void sheet_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

void sheet_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}
