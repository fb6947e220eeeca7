/* SPDX-License-Identifier: MIT */
#include "support/sheet.h"
#include "unit.h"

TEST(statements)
{
	char *text = sheet_printed(
		"key = \"/etc/bind/no.key\"\nzone example.com {}\n"
		"target a.example.com { tlsa = { \"311 25\", \"311 443 "
		"b.example.com\", \"311 25 c.example.org\" } }", NULL,
		setup_bind);

	sheet_has(text, "\n# ---- /etc/bind/named.conf.local\n"
		  "# The file is root's, and the group bind may read it (mode "
		  "0640).\n"
		  "include \"/etc/bind/no.key\";\n");
	sheet_has(text, "\n# ---- /etc/bind/named.conf.local, in the clause "
		  "zone \"example.com\"\n");
	sheet_has(text, "\nupdate-policy {\n"
		  "\tgrant alnitak name _25._tcp.a.example.com. TLSA;\n"
		  "\tgrant alnitak name _443._tcp.b.example.com. TLSA;\n"
		  "};\n");
	sheet_has(text, "in the clause zone \"example.org\"\n");
	sheet_has(text, "\tgrant alnitak name _25._tcp.c.example.org. "
		  "TLSA;\n};\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
