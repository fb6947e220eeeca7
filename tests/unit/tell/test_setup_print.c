/* SPDX-License-Identifier: MIT */
#include "tell/setup_print.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "support/sheet.h"
#include "unit.h"

TEST(notes_are_filled)
{
	char word[200], *text;

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	capture_begin();
	setup_note("%s", "one two");
	setup_note("%.70s seven 7 eight", word);
	setup_note("%s b", word);
	text = capture_end();
	sheet_has(text, "# one two\n# xxx");
	sheet_has(text, "x seven\n# 7 eight\n# xxx");
	sheet_has(text, "x\n# b\n");
	free(text);
}

TEST(pieces)
{
	char *text;

	capture_begin();
	setup_part("P");
	setup_piece("%s of %d", "one", 2);
	text = capture_end();
	assert_string_equal(text, "\n# ==== P ====\n\n# ---- one of 2\n");
	free(text);
}

static void lacks(const struct setup *setup)
{
	for (size_t i = 0; i < setup->zone_count; i++)
		setup_lacks(setup, &setup->zones[i], SETUP_KNOT);
}

#define TARGET "target a.example.com { tlsa = { \"311 25\" } }\n"

TEST(what_is_not_there)
{
	char *text = sheet_printed(TARGET, NULL, lacks);

	sheet_has(text, "\n# ---- " ALNITAK_CONF "\n");
	sheet_has(text, "#     _25._tcp.a.example.com.\n");
	sheet_has(text, "\nzone \"example.com\" {\n"
		  "\tkey = \"/etc/knot/alnitak.key\"\n}\n");
	free(text);
	text = sheet_printed("key = \"/k\"\n" TARGET, NULL, lacks);
	sheet_has(text, "\nzone \"example.com\" {\n}\n");
	free(text);
	text = sheet_printed("zone example.com {}\n" TARGET, NULL, lacks);
	sheet_has(text, "\n# ---- " ALNITAK_CONF ", in the section zone "
		  "\"example.com\"\n");
	sheet_has(text, "\n\tkey = \"/etc/knot/alnitak.key\"\n");
	sheet_lacks(text, "zone \"example.com\" {");
	free(text);
	text = sheet_printed("zone example.com { key = \"/k\" }\n" TARGET,
			     NULL, lacks);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notes_are_filled),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
