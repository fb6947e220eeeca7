/* SPDX-License-Identifier: MIT */
#include "base/hex.h"

#include "unit.h"
#include <stdio.h>

TEST(every_octet)
{
	uint8_t octets[256], again[256];
	char text[2 * sizeof(octets) + 2], want[2 * sizeof(octets) + 1];

	for (unsigned i = 0; i < 256; i++) {
		octets[i] = (uint8_t)i;
		snprintf(want + 2 * i, 3, "%02x", i);
	}
	text[2 * sizeof(octets) + 1] = '!';
	hex_format(octets, sizeof(octets), text);
	assert_string_equal(text, want);
	assert_int_equal(text[2 * sizeof(octets) + 1], '!');
	hex_parse(text, sizeof(octets), again);
	assert_memory_equal(again, octets, sizeof(octets));
}

TEST(both_cases_are_read)
{
	uint8_t octets[3];

	hex_parse("aBF0c9!", 3, octets);
	assert_int_equal(octets[0], 0xab);
	assert_int_equal(octets[1], 0xf0);
	assert_int_equal(octets[2], 0xc9);
}

TEST(nothing)
{
	char text[] = "x!";

	hex_format(NULL, 0, text);
	assert_string_equal(text, "");
	assert_int_equal(text[1], '!');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_octet),
		cmocka_unit_test(test_both_cases_are_read),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
