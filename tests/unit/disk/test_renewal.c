/* SPDX-License-Identifier: MIT */
#include "disk/renewal.h"

#include "base/xalloc.h"
#include "unit.h"

TEST(archive_dir)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "# renew_before_expiry = 30 days\nversion = 2.1.0\n"
		  "archive_dir = /etc/letsencrypt/archive/n\n"
		  "cert = /etc/letsencrypt/live/n/cert.pem\n",
		  "/etc/letsencrypt/archive/n" },
		{ "archive_dir=/a b\t # where it is\n", "/a b" },
		{ "archive_dir = \"/a # b\" # c", "/a # b" },
		{ "archive_dir = '/a'\r\n", "/a" },
		{ "\tarchive_dir\t=\t/a\r\n", "/a" },
		{ "archive_dir = /a", "/a" },
		{ "", NULL },
		{ "archive_dir", NULL },
		{ "archive_dir =", NULL },
		{ "archive_dir = \n/a\n", NULL },
		{ "archive_dir\n= /a\n", NULL },
		{ "archive_dir = a", NULL },
		{ "archive_dir = \"/a", NULL },
		{ "archive_dir = \"\"", NULL },
		{ "archive_dir = #/a", NULL },
		{ "archive_dirs = /a\n", NULL },
		{ "# archive_dir = /a\n", NULL },
		{ "[renewalparams]\narchive_dir = /a\n", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *have = renewal_archive_dir(rows[i].text);

		if (rows[i].want ? !streq(have, rows[i].want) : have != NULL)
			fail_msg("%s: %s", rows[i].text, have);
		free(have);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_archive_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
