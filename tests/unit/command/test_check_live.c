/* SPDX-License-Identifier: MIT */
#include "command/check_live.h"

#include "base/xalloc.h"
#include "support/run.h"

static struct host *host;
static struct checkup checkup;
static char *etc, *path;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	etc = xasprintf("%s/etc", host->fixture->root);
	path = xasprintf("%s/live/" NAME "/fullchain.pem",
			 host->fixture->letsencrypt_path);
	return 0;
}

static int close_all(void **state)
{
	checkup_clear(&checkup);
	free(etc);
	free(path);
	return host_close(state);
}

/* A file with the path of the certificate below live. */
static void put(const char *name, const char *before, const char *after)
{
	char *text = xasprintf("%s%s%s", before, path, after);

	test_file_write(etc, name, text);
	free(text);
}

/* The place that is named, below /etc; NULL: none is. */
static void expect(const char *place)
{
	const struct checkup_section *section;

	checkup_clear(&checkup);
	check_live(checkup_begin(&checkup, NAME), &host->world, etc,
		   &host->config, &host->target);
	section = &checkup.sections[0];
	assert_int_equal(section->count, place ? 1 : 0);
	if (!place)
		return;
	assert_int_equal(section->findings[0].level, CHECKUP_WARNING);
	if (!strstr(section->findings[0].detail, place))
		fail_msg("%s", section->findings[0].detail);
}

TEST(named)
{
	expect(NULL);
	put("postfix/main.cf", "a = b\nsmtpd_tls_chain_files =\n  ", "\n");
	expect("/postfix/main.cf:3 names ");
	expect("/live/" NAME "/, so with the next renewal the new certificate "
	       "goes into service before its record; name ");
	expect("/dane/" NAME " there, and reload the service");
	host->spec.port = 993;
	put("dovecot/conf.d/10-ssl.conf", "ssl_cert = <", "");
	expect("/dovecot/conf.d/10-ssl.conf:1 names ");
	host->spec.port = 443;
	put("nginx/sites-enabled/mail", "\tssl_certificate ", ";\n");
	expect("/nginx/sites-enabled/mail:1 names ");
}

/* Another port, another lineage, a comment, a file that is not read. */
TEST(not_this_service)
{
	put("nginx/sites-enabled/web", "ssl_certificate ", ";\n");
	put("postfix/main.cf", "# ", "\n");
	put("postfix/main.cf.bak", "x = ", "\n");
	test_file_write(etc, "postfix/other.cf", "x = /etc/letsencrypt/live/"
			"other/fullchain.pem\n");
	expect(NULL);
	host->spec.port = 443;
	expect("/nginx/sites-enabled/web:1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(named, open_all, close_all),
		CASE_WITH(not_this_service, open_all, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
