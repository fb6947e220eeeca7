/* SPDX-License-Identifier: MIT */
#include "support/sheet.h"
#include "unit.h"

#define TARGET \
	"zone example.com {}\n" \
	"target a.example.com { tlsa = { \"311 25\", \"311 443 " \
	"b.example.com\" } }"

TEST(statements)
{
	char *text = sheet_printed("key = \"/etc/powerdns/no.key#k.test\"\n"
				   TARGET, NULL, setup_powerdns);

	sheet_has(text, "\npdnsutil generate-tsig-key k.test hmac-sha256 > "
		  "/dev/null\n"
		  "pdnsutil list-tsig-keys | awk '$1 == \"k.test.\"' |\n"
		  "    install -m 600 /dev/stdin /etc/powerdns/no.key\n");
	sheet_has(text, "\npdnsutil set-meta example.com TSIG-ALLOW-DNSUPDATE "
		  "k.test\n"
		  "pdnsutil set-meta example.com NOTIFY-DNSUPDATE 1\n"
		  "pdnsutil set-meta example.com ALLOW-DNSUPDATE-FROM "
		  "127.0.0.0/8 ::1\n");
	sheet_has(text, "\nlocal allowed = {\n"
		  "    [\"k.test. _25._tcp.a.example.com.\"] = true,\n"
		  "    [\"k.test. _443._tcp.b.example.com.\"] = true,\n"
		  "}\n");
	free(text);
}

/* Where updates come from is said in alnitak.conf. */
TEST(sources)
{
	char *text = sheet_printed("source_address = { \"192.0.2.7\", "
				   "\"2001:db8::7\" }\n" TARGET, NULL,
				   setup_powerdns);

	sheet_has(text, "ALLOW-DNSUPDATE-FROM 192.0.2.7 2001:db8::7\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statements),
		cmocka_unit_test(test_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
