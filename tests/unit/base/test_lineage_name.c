/* SPDX-License-Identifier: MIT */
#include "base/lineage_name.h"

#include "base/bounds.h"
#include "unit.h"

#include <string.h>

TEST(valid)
{
	char name[LINEAGE_NAME_MAX + 2];

	assert_true(lineage_name_valid("mail.example.com"));
	assert_true(lineage_name_valid("mail.example.com-0001"));
	assert_true(lineage_name_valid("any-name"));
	assert_true(lineage_name_valid("Any Name"));
	assert_false(lineage_name_valid(""));
	assert_false(lineage_name_valid("."));
	assert_false(lineage_name_valid(".."));
	assert_false(lineage_name_valid(".hidden"));
	assert_false(lineage_name_valid("a/b"));
	assert_false(lineage_name_valid("/a"));
	assert_false(lineage_name_valid("a\nb"));
	assert_false(lineage_name_valid("a\x7f"));
	assert_true(lineage_name_valid("b\xc3\xbc" "cher"));
	assert_false(lineage_name_valid("b\374cher"));
	memset(name, 'a', sizeof(name));
	name[LINEAGE_NAME_MAX] = '\0';
	assert_true(lineage_name_valid(name));
	name[LINEAGE_NAME_MAX] = 'a';
	name[LINEAGE_NAME_MAX + 1] = '\0';
	assert_false(lineage_name_valid(name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
