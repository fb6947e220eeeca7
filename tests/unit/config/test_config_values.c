/* SPDX-License-Identifier: MIT */
#include "config/config_values.h"

#include "base/xalloc.h"
#include "unit.h"

#include <stdio.h>

TEST(spec)
{
	static const struct {
		const char *text, *title;
		struct tlsa_params params;
		uint16_t port;
		const char *protocol, *host, *owner;
	} cases[] = {
		{ "311 25", "mail.test", { 3, 1, 1 }, 25, "tcp", "mail.test.",
		  "_25._tcp.mail.test." },
		{ "200 1", "Mail.TEST", { 2, 0, 0 }, 1, "tcp", "mail.test.",
		  "_1._tcp.mail.test." },
		{ " 212\t65535  udp ", "a.test.", { 2, 1, 2 }, 65535, "udp",
		  "a.test.", "_65535._udp.a.test." },
		{ "311 443 tcp WWW.test", "any-name", { 3, 1, 1 }, 443, "tcp",
		  "www.test.", "_443._tcp.www.test." },
		{ "301 443 www.test", "*.test", { 3, 0, 1 }, 443, "tcp",
		  "www.test.", "_443._tcp.www.test." },
		{ "311 5 sctp _x.test.", "x", { 3, 1, 1 }, 5, "sctp",
		  "_x.test.", "_5._sctp._x.test." },
		{ "311 443 quic", "a.test", { 3, 1, 1 }, 443, "quic",
		  "a.test.", "_443._quic.a.test." },
		{ "311 * a.test", "x", { 3, 1, 1 }, CONFIG_PORT_ANY, "tcp",
		  "a.test.", "*._tcp.a.test." },
		{ "311 * udp", "a.test", { 3, 1, 1 }, CONFIG_PORT_ANY, "udp",
		  "a.test.", "*._udp.a.test." },
		{ "311 25 localhost.", "x", { 3, 1, 1 }, 25, "tcp",
		  "localhost.", "_25._tcp.localhost." },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_spec spec;

		assert_null(config_spec_parse(cases[i].text, cases[i].title,
					      &spec));
		assert_true(tlsa_params_equal(spec.params, cases[i].params));
		assert_int_equal(spec.port, cases[i].port);
		assert_string_equal(spec.protocol, cases[i].protocol);
		assert_string_equal(spec.host, cases[i].host);
		assert_string_equal(spec.owner, cases[i].owner);
		config_spec_clear(&spec);
		assert_null(spec.owner);
	}
}

/* TEXT, TITLE and a part of what is said about them. */
static const char *const bad_specs[][3] = {
	{ "", "a.test", "PARAMS PORT" },
	{ "311", "a.test", "PARAMS PORT" },
	{ "31 25", "a.test", "\"31\" is no usage" },
	{ "3111 25", "a.test", "usage" }, { "111 25", "a.test", "usage" },
	{ "011 25", "a.test", "usage" }, { "411 25", "a.test", "usage" },
	{ "321 25", "a.test", "usage" }, { "313 25", "a.test", "usage" },
	{ "abc 25", "a.test", "usage" },
	{ "311 0", "a.test", "no port" }, { "311 65536", "a.test", "no port" },
	{ "311 025", "a.test", "no port" }, { "311 +5", "a.test", "no port" },
	{ "311 smtp", "a.test", "no port" }, { "311 **", "a.test", "no port" },
	{ "311 _25", "a.test", "no port" },
	{ "311 99999999999", "a.test", "no port" },
	{ "311 25 dccp x.test", "a.test", "none of tcp" },
	{ "311 25 TCP", "a.test", "\"TCP\" is not the full name" },
	{ "311 25 tcp a.test b.test", "a.test", "too much" },
	{ "311 25 tcp *.test", "a.test", "not the full name" },
	{ "311 25 tcp a..test", "a.test", "not the full name" },
	{ "311 25 tcp m\xc3\xa4il.test", "a.test", "write its A-label" },
	{ "311 25", "m\xc3\xa4il.test", "write its A-label" },
	{ "311 25 tcp www", "a.test", "not the full name" },
	{ "311 25 tcp 192.0.2.1", "a.test", "not the full name" },
	{ "311 25 tcp .", "a.test", "not the full name" },
	{ "311 25 tcp a/b.test", "a.test", "not the full name" },
	{ "311 25", "*.test", "\"*.test\" is not the name of a host" },
	{ "311 25", "any-name", "is not the name of a host" },
	{ "311 25", "a.test-0001", "is not the name of a host" },
	{ "311 25", "192.0.2.1", "is not the name of a host" },
	{ "311 25", "two words.test", "is not the name of a host" },
	{ "311 25", "", "is not the name of a host" },
};

TEST(spec_faults)
{
	for (size_t i = 0; i < COUNT(bad_specs); i++) {
		struct config_spec spec;
		char *fault = config_spec_parse(bad_specs[i][0],
						bad_specs[i][1], &spec);

		if (!fault || !strstr(fault, bad_specs[i][2]))
			fail_msg("%s: %s", bad_specs[i][0],
				 fault ? fault : "was taken");
		assert_null(spec.host);
		assert_null(spec.owner);
		free(fault);
	}
}

/* Whose name is legal, and whose owner is too long. */
TEST(spec_length)
{
	char host[300] = "";
	struct config_spec spec;
	char *fault;

	for (int i = 0; i < 62; i++)
		strncat(host, "aaa.", 5);
	strncat(host, "test", 5);
	fault = config_spec_parse("311 25", host, &spec);
	assert_non_null(fault);
	assert_non_null(strstr(fault, "too long"));
	free(fault);
	assert_null(config_spec_parse("311 25", host + 16, &spec));
	config_spec_clear(&spec);
}

TEST(probe)
{
	static const struct {
		const char *text, *host;
		uint8_t family;
		uint16_t port;
		enum application application;
	} good[] = {
		{ "Mail.test:25", "mail.test.", 0, 25, APPLICATION_SMTP },
		{ "mail:65535", "mail.", 0, 65535, APPLICATION_TLS },
		{ "192.0.2.1:465", "192.0.2.1", 4, 465, APPLICATION_TLS },
		{ "[2001:db8::1]:443", "2001:db8::1", 6, 443,
		  APPLICATION_TLS },
		{ "smtp:mail.test:443", "mail.test.", 0, 443,
		  APPLICATION_SMTP },
		{ "tls:192.0.2.1:25", "192.0.2.1", 4, 25, APPLICATION_TLS },
		{ "xmpp-server:[2001:db8::1]:1", "2001:db8::1", 6, 1,
		  APPLICATION_XMPP_SERVER },
		/* Hosts may have such names. */
		{ "imap:143", "imap.", 0, 143, APPLICATION_IMAP },
		{ "smtp:smtp:26", "smtp.", 0, 26, APPLICATION_SMTP },
	};
	static const char *const bad[] = {
		"", ":", "mail.test", "mail.test:", "mail.test:0",
		"mail.test:65536", "mail.test:x", ":25", "192.0.2.1",
		"2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:", "*.test:25",
		"[mail.test]:25", "192.0.2.300:25", "a b:25", "auto",
		"smtp:", "smtp:mail.test",
		"smtps:mail.test:25", "SMTP:mail.test:25", "smtp::25",
		"smtp:imap:mail.test:25", "smtp:mail.test:",
		"smtp:mail.test:25 mail.test", "mail.test:25 mail.test",
		"xmpp-client:x.test:5222 *.test", "x.test:5222 a.test b.test",
		"x.test:5222 192.0.2.1", " ",
	};
	struct config_probe probe;

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_null(config_probe_parse(good[i].text, &probe));
		assert_string_equal(probe.host, good[i].host);
		assert_int_equal(probe.address.family, good[i].family);
		assert_int_equal(probe.port, good[i].port);
		assert_int_equal(probe.application, good[i].application);
		if (probe.address.family)
			assert_int_equal(probe.address.port, good[i].port);
		assert_null(probe.domain);
		config_probe_clear(&probe);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		char *fault = config_probe_parse(bad[i], &probe);

		if (!fault)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_null(probe.host);
		assert_null(probe.domain);
		free(fault);
	}
}

TEST(probe_domain)
{
	static const char *const good[] = {
		"x.test:5222 Chat.test", " xmpp-server:x.test:1 chat.test. ",
		"[2001:db8::1]:5269  chat.test",
	};
	struct config_probe probe;
	char *fault;

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_null(config_probe_parse(good[i], &probe));
		assert_string_equal(probe.domain, "chat.test.");
		config_probe_clear(&probe);
	}
	fault = config_probe_parse("smtp:x.test:25 chat.test", &probe);
	assert_string_equal(fault, "\"chat.test\" is too much: only of "
			    "xmpp-client and xmpp-server a domain is wanted");
	free(fault);
}

static void free_arguments(struct config_target *target)
{
	for (char **p = target->exec_arguments; p && *p; p++)
		free(*p);
	free(target->exec_arguments);
	free(target->exec_user);
	*target = (struct config_target){ .name = NULL };
}

TEST(api)
{
	struct config_target target = { .api = API_EXEC };

	assert_null(config_api_parse("rfc2136", &target));
	assert_int_equal(target.api, API_RFC2136);
	assert_null(target.exec_arguments);
	assert_null(config_api_parse("exec /bin/x", &target));
	assert_int_equal(target.api, API_EXEC);
	assert_null(target.exec_user);
	assert_string_equal(target.exec_arguments[0], "/bin/x");
	assert_null(target.exec_arguments[1]);
	free_arguments(&target);
	assert_null(config_api_parse(" exec  uid:nobody\t/bin/x -a  uid:b ",
				     &target));
	assert_string_equal(target.exec_user, "nobody");
	assert_string_equal(target.exec_arguments[0], "/bin/x");
	assert_string_equal(target.exec_arguments[1], "-a");
	assert_string_equal(target.exec_arguments[2], "uid:b");
	assert_null(target.exec_arguments[3]);
	free_arguments(&target);
}

TEST(program)
{
	char **arguments = NULL;
	char *fault;

	assert_null(config_program_parse(" /bin/x  root\t-t ", &arguments));
	assert_string_equal(arguments[0], "/bin/x");
	assert_string_equal(arguments[1], "root");
	assert_string_equal(arguments[2], "-t");
	assert_null(arguments[3]);
	for (char **p = arguments; *p; p++)
		free(*p);
	free(arguments);
	arguments = NULL;
	fault = config_program_parse("x /bin/x", &arguments);
	assert_non_null(strstr(fault, "\"x\" is no absolute path"));
	free(fault);
	fault = config_program_parse("\t", &arguments);
	assert_non_null(strstr(fault, "is no program"));
	free(fault);
	assert_null(arguments);
}

TEST(api_faults)
{
	static const char *const bad[] = {
		"", " ", "rfc2137", "rfc2136 x", "exec", "exec x",
		"exec ./x", "exec uid:a", "exec uid: /bin/x", "exec uid:a x",
		"EXEC /bin/x", "/bin/x", "exec/bin/x",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct config_target target = { .name = NULL };
		char *fault = config_api_parse(bad[i], &target);

		if (!fault)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_null(target.exec_arguments);
		assert_null(target.exec_user);
		free(fault);
	}
}

TEST(primary)
{
	static const char *const good[] = {
		"192.0.2.1", "192.0.2.1:5353", "2001:db8::1",
		"[2001:db8::1]:53", "ns1.example.com", "ns1", "ns1.test.",
	};
	static const char *const bad[] = {
		"", ".", "192.0.2.300", "ns1.test:53", "[2001:db8::1",
		"ns 1", "*.test", "192.0.2.1:0", "http://ns1",
	};

	for (size_t i = 0; i < COUNT(good); i++)
		assert_null(config_primary_check(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++) {
		char *fault = config_primary_check(bad[i]);

		if (!fault)
			fail_msg("\"%s\" was taken", bad[i]);
		free(fault);
	}
}

TEST(host)
{
	char *host = config_host_parse("WWW.Example.COM");

	assert_string_equal(host, "www.example.com.");
	free(host);
	assert_null(config_host_parse("a\\.b.test"));
	assert_null(config_host_parse("1.2.3.4"));
	assert_null(config_host_parse("1.2.3.4."));
	assert_null(config_host_parse(".test"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spec),
		cmocka_unit_test(test_spec_faults),
		cmocka_unit_test(test_spec_length),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_probe_domain),
		cmocka_unit_test(test_api),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_api_faults),
		cmocka_unit_test(test_primary),
		cmocka_unit_test(test_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
