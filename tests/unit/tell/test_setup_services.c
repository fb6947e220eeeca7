/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "support/sheet.h"
#include "unit.h"

#define SERVICE(name) (1U << SETUP_##name)

static void print(const struct setup *setup)
{
	const struct config *config = setup->config;

	for (size_t i = 0; i < config->target_count; i++)
		if (setup_wants(setup, &config->targets[i]))
			setup_services(setup, &config->targets[i], "/d");
}

static char *lines(const char *target, unsigned services, const char *name)
{
	char *names[] = { lent(name) };
	const struct setup_wish wish = { .services = services, .names = names,
					 .name_count = name ? 1 : 0 };
	char *text = xasprintf("target a.example.com { %s }", target);
	char *printed = sheet_printed(text, &wish, print);

	free(text);
	return printed;
}

#define EACH \
	"tlsa = { \"311 587\", \"311 993\", \"311 443\", \"311 5222\" }"

TEST(by_the_ports)
{
	char *text = lines(EACH, 0, NULL);

	sheet_has(text, "\nsmtpd_tls_chain_files = /d/combined.pem\n");
	sheet_has(text, "\ntls_certificate = /d/fullchain.pem\n"
		  "tls_privatekey = /d/privkey.pem\n");
	sheet_has(text, "\nssl_cert = </d/fullchain.pem\n"
		  "ssl_key = </d/privkey.pem\n");
	sheet_has(text, "\nssl_server_cert_file = /d/fullchain.pem\n"
		  "ssl_server_key_file = /d/privkey.pem\n");
	sheet_has(text, "\nssl_certificate /d/fullchain.pem;\n"
		  "ssl_certificate_key /d/privkey.pem;\n");
	sheet_has(text, "\nSSLCertificateFile /d/fullchain.pem\n"
		  "SSLCertificateKeyFile /d/privkey.pem\n");
	sheet_has(text, "\nbind :443 ssl crt /d/combined.pem\n");
	sheet_has(text, "\n# ---- what serves port 5222\n"
		  "# certificates: /d/fullchain.pem\n");
	sheet_has(text, "\treload = \"systemctl reload postfix exim4 dovecot "
		  "nginx apache2 haproxy\"\n");
	free(text);
	text = lines("tlsa = { \"311 25\" }", 0, NULL);
	sheet_has(text, "reload postfix exim4\"\n");
	sheet_lacks(text, "ssl_cert");
	free(text);
}

/* Of those that are named, by the ports again; a target that is named as well
 * has them on any port. */
TEST(by_name)
{
	char *text = lines(EACH, SERVICE(NGINX) | SERVICE(POSTFIX), NULL);

	sheet_has(text, "reload postfix nginx\"\n");
	sheet_lacks(text, "exim");
	sheet_lacks(text, "5222");
	free(text);
	text = lines("tlsa = { \"311 8443\" }", SERVICE(NGINX), NULL);
	sheet_lacks(text, "ssl_certificate");
	free(text);
	text = lines("tlsa = { \"311 8443\" }", SERVICE(NGINX),
		     "a.example.com");
	sheet_has(text, "ssl_certificate");
	free(text);
}

TEST(links_that_are_made)
{
	char *text = lines(EACH "files = { \"combined\" }", 0, NULL);

	sheet_lacks(text, "fullchain");
	sheet_has(text, "\nssl_cert = </d/combined.pem\n"
		  "ssl_key = </d/combined.pem\n");
	free(text);
	text = lines(EACH "files = { \"fullchain\", \"privkey\" }", 0, NULL);
	sheet_lacks(text, "combined.pem");
	sheet_has(text, "\nsmtpd_tls_cert_file = /d/fullchain.pem\n"
		  "smtpd_tls_key_file = /d/privkey.pem\n");
	sheet_has(text, "must have \"combined\"");
	free(text);
	text = lines(EACH "files = { \"cert\", \"privkey\" }", 0, NULL);
	sheet_has(text, "\tfiles = { \"fullchain\", \"privkey\", "
		  "\"combined\" }\n");
	sheet_lacks(text, "/d/");
	free(text);
}

TEST(reload)
{
	char *text = lines(EACH "reload = \"x\"", 0, NULL);

	sheet_has(text, "# There is one already: compare.");
	free(text);
	text = lines("tlsa = { \"311 5222\" }", 0, NULL);
	sheet_has(text, "# There is none yet.");
	sheet_has(text, "\treload = \"systemctl reload UNIT\"\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_the_ports),
		cmocka_unit_test(test_by_name),
		cmocka_unit_test(test_links_that_are_made),
		cmocka_unit_test(test_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
