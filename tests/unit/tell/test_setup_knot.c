/* SPDX-License-Identifier: MIT */
#include "support/sheet.h"
#include "unit.h"

TEST(statements)
{
	char *text = sheet_printed(
		"key = \"/etc/knot/no.key\"\nzone example.com {}\n"
		"target a.example.com { tlsa = { \"311 25\", \"311 443 "
		"b.example.com\" } }", NULL, setup_knot);

	sheet_has(text, "\ninclude: /etc/knot/no.key\n");
	sheet_has(text, "\nacl:\n"
		  "  - id: alnitak-example.com\n"
		  "    key: alnitak\n"
		  "    action: update\n"
		  "    update-type: TLSA\n"
		  "    update-owner: name\n"
		  "    update-owner-match: equal\n"
		  "    update-owner-name: _25._tcp.a.example.com.\n"
		  "    update-owner-name: _443._tcp.b.example.com.\n");
	sheet_has(text, "with domain: example.com\n");
	sheet_has(text, "\n    acl: alnitak-example.com\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
