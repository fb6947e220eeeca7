/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/sheet.h"
#include "unit.h"

static char *printed(const char *path, void (*print)(const struct setup *))
{
	struct config *config = config_parse(path, "letsencrypt_directory = "
					     "\"/le\"\n");
	const struct setup setup = { .config = config };
	char *text;

	assert_non_null(config);
	capture_begin();
	print(&setup);
	text = capture_end();
	config_free(config);
	return text;
}

TEST(the_ordinary_configuration)
{
	char *text = printed(ALNITAK_CONF, setup_first_steps);

	sheet_has(text, "\nalnitak configtest\nalnitak init\n"
		  "alnitak --wait=1m\nalnitak check\n");
	free(text);
	text = printed(ALNITAK_CONF, setup_certbot);
	sheet_has(text, "    install -m 755 " ALNITAK_CERTBOT "/$h-alnitak \\\n"
		  "        /le/renewal-hooks/$h/alnitak\n");
	sheet_lacks(text, "override");
	sheet_has(text, "\nsystemctl enable --now alnitak.timer "
		  "alnitak.path\n");
	free(text);
}

/* Neither the hooks nor the units that are installed know another. */
TEST(another_configuration)
{
	char *text = printed("/my.conf", setup_first_steps);

	sheet_has(text, "\nalnitak -c /my.conf configtest\n");
	free(text);
	text = printed("/my.conf", setup_certbot);
	sheet_has(text, "'#!/bin/sh\\n[ -x " ALNITAK_PROGRAM " ] || exit 0\\n"
		  "exec " ALNITAK_PROGRAM " -c /my.conf "
		  "%s\\n' $h |\n");
	sheet_has(text, "\nExecStart=\nExecStart=" ALNITAK_PROGRAM
		  " -c /my.conf run\n");
	free(text);
	text = printed("my.conf", setup_certbot);
	sheet_has(text, "an absolute path");
	sheet_lacks(text, "exec");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_ordinary_configuration),
		cmocka_unit_test(test_another_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
