/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"
#include "world/posix/posix.h"

#include <stdio.h>

static char *directory, *log_path;

static int setup(void **state)
{
	(void)state;
	directory = test_directory_make();
	log_path = xasprintf("%s/log", directory);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_close();
	free(log_path);
	test_directory_remove(directory);
	return 0;
}

static char *file_text(const char *path)
{
	struct world world;
	size_t size;
	char *text;

	world_posix_open(&world);
	assert_int_equal(world.file_read(&world, WORLD_CWD, path,
					 CONFIG_SIZE_MAX, &text, &size, NULL),
			 0);
	world_posix_close(&world);
	return text;
}

/* Parses TEXT, which must be good. */
static struct config *good(const char *text)
{
	struct config *config;

	log_open(LOG_SINK_STDERR, NULL, LOG_LEVEL_NORMAL, false);
	config = config_parse("test.conf", text);
	if (!config)
		fail_msg("refused: %s", text);
	return config;
}

/* Parses TEXT, which must be bad; returns what was said about it. */
static char *said_about(const char *text)
{
	(void)remove(log_path);
	assert_int_equal(log_open(LOG_SINK_FILE, log_path, LOG_LEVEL_NORMAL,
				  true), 0);
	if (config_parse("test.conf", text))
		fail_msg("taken: %s", text);
	log_close();
	return file_text(log_path);
}

static size_t lines_of(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

TEST(defaults)
{
	struct config *config = good("");

	assert_string_equal(config->path, "test.conf");
	assert_string_equal(config->letsencrypt_directory, "/etc/letsencrypt");
	assert_string_equal(config->dane_directory, ALNITAK_DANE);
	assert_string_equal(config->state_directory, ALNITAK_STATE);
	assert_string_equal(config->status_file, ALNITAK_STATUS);
	assert_int_equal(config->resolver_count, 0);
	assert_false(config->follow_live);
	assert_int_equal(config->record_ttl_seconds, 3600);
	assert_int_equal(config->ttl_factor, 2);
	assert_int_equal(config->margin_seconds, 120);
	assert_true(config->dnssec_required);
	assert_null(config->key);
	assert_int_equal(config->zone_count, 0);
	assert_int_equal(config->target_count, 0);
	config_free(config);
}

/* One that is not the system's keeps out of what is. */
TEST(no_status_file_elsewhere)
{
	struct config *config = good("state_directory = '/st'\n");

	assert_null(config->status_file);
	config_free(config);
}

TEST(section_defaults)
{
	struct config *config = good(
		"zone \"z.test\" { }\n"
		"target \"a.test\" { tlsa = { \"311 25\" } }\n");
	const struct config_zone *zone = config_find_zone(config, "z.test.");
	const struct config_target *target = config_find_target(config,
								"a.test");

	assert_int_equal(zone->primary_count, 0);
	assert_int_equal(zone->signing, SIGNING_AUTO);
	assert_null(zone->key);
	assert_int_equal(zone->also_ask_count, 0);
	assert_int_equal(zone->ignore_count, 0);
	assert_true(zone->check_serial);
	assert_null(target->reload);
	assert_int_equal(target->probe, CONFIG_PROBE_AUTO);
	assert_int_equal(target->linger_seconds, 0);
	assert_false(target->linger_given);
	assert_false(target->hides_wildcards);
	assert_int_equal(target->api, API_RFC2136);
	config_free(config);
}

TEST(global_values)
{
	struct config *config = good(
		"letsencrypt_directory = '/le//'\ndane_directory = \"/\"\n"
		"state_directory = '/st'\n"
		"resolver = { 192.0.2.1, \"[2001:db8::1]:5353\" }\n"
		"follow_live = yes\nrecord_ttl = 604800\nttl_factor = 10\n"
		"margin = 0\ndnssec = off\nkey = '/k'\n"
		"metrics_file = '/m/a.prom'\n"
		"status_file = '/m/status.json'\n"
		"notify = '/bin/mail root'\nnotify_user = 'nobody'\n");

	assert_string_equal(config->letsencrypt_directory, "/le");
	assert_string_equal(config->dane_directory, "/");
	assert_string_equal(config->state_directory, "/st");
	assert_int_equal(config->resolver_count, 2);
	assert_int_equal(config->resolvers[0].port, 53);
	assert_int_equal(config->resolvers[1].family, 6);
	assert_int_equal(config->resolvers[1].port, 5353);
	assert_true(config->follow_live);
	assert_int_equal(config->record_ttl_seconds, 604800);
	assert_int_equal(config->ttl_factor, 10);
	assert_int_equal(config->margin_seconds, 0);
	assert_false(config->dnssec_required);
	assert_string_equal(config->key, "/k");
	assert_string_equal(config->metrics_file, "/m/a.prom");
	assert_string_equal(config->status_file, "/m/status.json");
	assert_string_equal(config->notify[0], "/bin/mail");
	assert_string_equal(config->notify[1], "root");
	assert_null(config->notify[2]);
	assert_string_equal(config->notify_user, "nobody");
	config_free(config);
}

TEST(zone_values)
{
	struct config *config = good(
		"\n"
		"zone \"Example.COM\" {\n"
		"primary = { \"[2001:db8::5]:5353\", ns.test } key = '/z'\n"
		"sign_questions = yes\n"
		"check_serial = no\n"
		"also_ask = { 192.0.2.1, 192.0.2.2 }\n"
		"ignore = { 192.0.2.3, '192.0.2.64/26', 'IPv6' } }\n"
		"zone a.test { primary = 192.0.2.7 sign_questions = no }\n");
	const struct config_zone *zone = config_find_zone(config,
							  "example.com.");

	assert_non_null(zone);
	assert_int_equal(zone->line, 2);
	assert_int_equal(zone->primary_count, 2);
	assert_string_equal(zone->primaries[0], "[2001:db8::5]:5353");
	assert_string_equal(zone->primaries[1], "ns.test");
	assert_int_equal(zone->signing, SIGNING_ALWAYS);
	assert_string_equal(zone->key, "/z");
	assert_int_equal(zone->also_ask_count, 2);
	assert_int_equal(zone->ignore_count, 3);
	assert_int_equal(zone->ignore[0].address.bytes[3], 3);
	assert_int_equal(zone->ignore[1].bits, 26);
	assert_true(prefix_is_family(&zone->ignore[2]));
	assert_false(zone->check_serial);
	assert_null(config_find_zone(config, "other."));
	zone = config_find_zone(config, "a.test.");
	assert_int_equal(zone->primary_count, 1);
	assert_string_equal(zone->primaries[0], "192.0.2.7");
	assert_int_equal(zone->signing, SIGNING_NEVER);
	config_free(config);
}

TEST(target_values)
{
	struct config *config = good(
		"target 'Mail.test' { tlsa = '311 25'\n"
		"reload = 'systemctl reload ${X}; echo \"y\"' linger = 60 "
		"wildcard = allow\n"
		"probe = { 'off' } }\n"
		"target 'b.test-0001' { tlsa = { '311 25 b.test',\n"
		"'211 25 b.test', '311 443 b.test' }\n"
		"probe = { 'b.test:25', '192.0.2.1:443' } reload = ''\n"
		"api = 'exec uid:nobody /bin/x -q' }\n"
		"target 'c.test' { tlsa='311 1' probe = auto }\n");
	const struct config_target *target = config_find_target(config,
								"Mail.test");

	assert_string_equal(target->reload,
			    "systemctl reload ${X}; echo \"y\"");
	assert_int_equal(target->linger_seconds, 60);
	assert_true(target->linger_given);
	assert_true(target->hides_wildcards);
	assert_int_equal(target->probe, CONFIG_PROBE_OFF);
	assert_string_equal(target->specs[0].owner, "_25._tcp.mail.test.");
	assert_null(config_find_target(config, "mail.test"));
	target = config_find_target(config, "b.test-0001");
	assert_int_equal(target->line, 4);
	assert_int_equal(target->spec_count, 3);
	assert_int_equal(target->specs[1].params.usage, 2);
	assert_int_equal(target->probe, CONFIG_PROBE_LIST);
	assert_int_equal(target->probe_count, 2);
	assert_string_equal(target->probes[1].host, "192.0.2.1");
	assert_null(target->reload);
	assert_int_equal(target->api, API_EXEC);
	assert_string_equal(target->exec_user, "nobody");
	assert_string_equal(target->exec_arguments[1], "-q");
	assert_int_equal(config_find_target(config, "c.test")->probe,
			 CONFIG_PROBE_AUTO);
	config_free(config);
}

/* One fault each: the text, and a part of the one line about it. */
static const char *const faults[][2] = {
	{ "bad = 1", "test.conf:1: there is no key \"bad\"" },
	{ "\nprimary = 'x.test'", "test.conf:2: there is no key" },
	{ "zone 'z' { tlsa = { 'x' } }", "there is no key \"tlsa\"" },
	{ "domain 'x' { }", "there is no section \"domain\"" },
	{ "margin = 1\n margin = 2", "test.conf:2: \"margin\" is given twice"},
	{ "margin = { 1 }", "takes one value" },
	{ "margin = x", "margin: \"x\" is no whole number from 0 to 86400" },
	{ "margin = 86401", "0 to 86400" }, { "margin = -1", "0 to 86400" },
	{ "margin = 1.5", "0 to 86400" }, { "margin = ''", "0 to 86400" },
	{ "margin = 99999999999999999999", "0 to 86400" },
	{ "margin = 0x10", "0 to 86400" }, { "margin = 5x", "0 to 86400" },
	{ "ttl_factor = 0", "1 to 10" }, { "ttl_factor = 11", "1 to 10" },
	{ "record_ttl = 0", "1 to 604800" },
	{ "record_ttl = 604801", "1 to 604800" },
	{ "follow_live = maybe", "neither yes nor no" },
	{ "follow_live = 2", "neither yes nor no" },
	{ "dnssec = on", "neither \"require\" nor \"off\"" },
	{ "state_directory = 'var'", "\"var\" is no absolute path" },
	{ "dane_directory = ''", "no absolute path" },
	{ "key = /etc/k", "/etc/k is to stand in quotes" },
	{ "\xef\xbb\xbfkey = '/k'", "a byte order mark or the like" },
	{ "key = \xe2\x80\x9c/k\xe2\x80\x9d", "write straight quotes" },
	{ "key\xc2\xa0= '/k'", "a typographic quote or blank" },
	{ "key = 'k'", "no absolute path" },
	{ "resolver = { 192.0.2.1,\n'ns.test' }", "test.conf:2: resolver:" },
	{ "source_address = 'lo'", "source_address: \"lo\" is no address" },
	{ "source_address = '192.0.2.1:53'", "a port is not chosen" },
	{ "source_address = {'::1',\n'::2'}", "test.conf:2: source_address: "
	  "\"::2\" is the second address of IPv6" },
	{ "outside = {'ns.test'}", "outside: \"ns.test\" is neither ADDRESS" },
	{ "outside = {'::1','::2','::3','::4','::5','::6','::7','::8',\n"
	  "'::9'}", "test.conf:2: outside: has more than 8 addresses" },
	{ "zone 'm\xc3\xa4il.test' { }", "write its A-label" },
	{ "zone 'a..b' { }", "no domain name" }, { "zone '' {}", "no domain" },
	{ "zone 'a\\.b' {}", "no domain name" }, { "zone { }", "no domain" },
	{ "zone z { primary = 'a b' }", "primary: \"a b\" is neither" },
	{ "zone z { also_ask = 'ns1' }", "also_ask: \"ns1\" is neither" },
	{ "zone z { ignore = '1.2.3' }", "ignore: \"1.2.3\" is neither" },
	{ "zone z { ignore = {'::1',\n'2001:db8::1/32'} }", "test.conf:2: "
	  "ignore: \"2001:db8::1/32\" is more than a prefix: "
	  "\"2001:db8::/32\", or the address alone?" },
	{ "zone z { ignore = {'inet',\n'::/0', 'ipv6'} }", "test.conf:2: "
	  "ignore: with both families nobody is left" },
	{ "zone z { check_serial = x }", "check_serial: \"x\" is neither" },
	{ "zone z { key = z }", "key: \"z\" is no absolute path" },
	{ "zone Z.test {}\nzone z.test {}", "test.conf:2: zone \"z.test.\" is "
	  "there already, in line 1" },
	{ "zone z.test {}\nzone z.test {}", "test.conf:2: zone" },
	{ "target 'a.test' { }", "has no record" },
	{ "target 'a.test' { tlsa = { } }", "has no record" },
	{ "target 'a/b' { tlsa='311 1 a.test' }", "cannot be a certbot" },
	{ "target 'a\\b' { tlsa='311 1 a.test' }", "cannot be a certbot" },
	{ "\ntarget 'b\374cher' { tlsa='311 1 a.test' }",
	  "test.conf:2: target: \"b\\xfccher\" is no UTF-8" },
	{ "state_directory = '/srv/schl\374ssel'",
	  "test.conf:1: state_directory: \"/srv/schl\\xfcssel\" is no UTF-8" },
	{ "\nkey = \"/k\\xff\"", "test.conf:2: key: \"/k\\xff\" is no UTF-8" },
	{ "target 'a.test' {\ntlsa = '311 25'\nreload = 'b\374' }",
	  "test.conf:3: reload: \"b\\xfc\" is no UTF-8" },
	{ "target '..' { tlsa='311 1 a.test' }", "cannot be a certbot" },
	{ "target 'a.test' { tlsa = { '311 1',\n'311 2',\n\n'3 1 1' } }",
	  "test.conf:4: tlsa: \"3\" is no usage" },
	{ "target '*.test' { tlsa = { '311 25' } }", "is not the name of" },
	{ "target 'a.test' { tlsa = { '311 1',\n'311 1 tcp A.test' } }",
	  "test.conf:2: record \"_1._tcp.a.test. 3 1 1\" is there already" },
	{ "target 'a.test' { tlsa='311 1' wildcard=yes }",
	  "neither \"allow\" nor \"refuse\"" },
	{ "target 'a.test' { tlsa='311 1' linger=604801 }", "0 to 604800" },
	{ "target 'a.test' { tlsa='311 1' probe={} }", "is an empty list" },
	{ "target 'a.test' { tlsa='311 1' probe={'off','x.test:1'} }",
	  "probe: \"off\" is not HOST:PORT" },
	{ "target 'a.test' { tlsa='311 1' probe='maybe' }", "HOST:PORT" },
	{ "target 'a.test' { tlsa='311 1' api='http' }", "api: \"http\"" },
	{ "target 'a.test' { tlsa='311 1' api='exec x' }", "absolute path" },
	{ "\nnotify = 'mail root'", "test.conf:2: notify: the program "
	  "\"mail\" is no absolute path" },
	{ "notify = ' '", "notify: \" \" is no program" },
	{ "target 'a.test' { tlsa='311 1' reload=\"${X}\" }", "environment" },
	{ "target 'a.test' { tlsa='311 1' }\ntarget 'a.test' { tlsa='311 1' }",
	  "test.conf:2: target \"a.test\" is there already, in line 1" },
	{ "target 'a.test' { ", "the file ends" },
	{ "margin = \"1", "never closed" },
	{ "target 'a.test' { tlsa='311 1' target 'b' { } }", "no section" },
};

TEST(faults)
{
	for (size_t i = 0; i < COUNT(faults); i++) {
		char *said = said_about(faults[i][0]);

		if (lines_of(said) != 1 || !strstr(said, faults[i][1]))
			fail_msg("%s\nwant: %s\nhave: %s", faults[i][0],
				 faults[i][1], said);
		free(said);
	}
}

/* Every fault of a file is named in one run, with its own line. */
TEST(all_faults_at_once)
{
	char *said = said_about(
		"margin = x\n"					/* 1 */
		"what = { 1, 2 }\n"
		"why = 3\n"
		"zone 'z' {\n"
		"	primary = '/'\n"			/* 5 */
		"	colour = 'red'\n"
		"}\n"
		"zone 'Z.' { key = 'k' }\n"		/* 8, 2 of them */
		"target 'a.test' {\n"
		"	tlsa = { '911 25',\n"		/* 10 */
		"		'311 0' }\n"
		"	api = 'x'\n"
		"}\n"
		"target 'a.test' { tlsa = {} linger = -1 }\n"	/* 14, 3 */
		"ttl_factor = 0 ;\n"				/* 15, 2 */
		"record_ttl = 0\n");				/* never read */
	char prefix[32];

	assert_int_equal(lines_of(said), 15);
	for (int line = 1; line <= 16; line++) {
		bool want = line != 4 && line != 7 && line != 9 &&
			    line != 13 && line != 16;

		snprintf(prefix, sizeof(prefix), "test.conf:%d: ", line);
		if ((strstr(said, prefix) != NULL) != want)
			fail_msg("line %d: %s", line, said);
	}
	free(said);
}

/* Two lineages with different keys may share an owner. */
TEST(shared_owner)
{
	config_free(good("target rsa { tlsa = '311 443 w.test' }\n"
			 "target ecdsa { tlsa = '311 443 w.test' }\n"));
}

/* The environment of a hook must not reach the configuration. */
TEST(environment)
{
	struct config *config;

	assert_int_equal(setenv("ALNITAK_TEST", "/evil", 1), 0);
	config = good("key = '/${ALNITAK_TEST}'");
	assert_string_equal(config->key, "/${ALNITAK_TEST}");
	config_free(config);
	free(said_about("key = \"/${ALNITAK_TEST}\""));
	free(said_about("key = ${ALNITAK_TEST}"));
}

TEST(many_targets)
{
	const int count = 5000;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	struct config *config;

	for (int i = 0; i < count; i++)
		fprintf(stream, "target 'h%d.test' { tlsa = { '311 25' } "
			"linger = %d }\n", i, i);
	assert_int_equal(fclose(stream), 0);
	config = good(text);
	assert_int_equal(config->target_count, count);
	for (int i = 0; i < count; i++) {
		assert_int_equal(config->targets[i].line, i + 1);
		assert_int_equal(config->targets[i].linger_seconds, i);
	}
	config_free(config);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_no_status_file_elsewhere),
		cmocka_unit_test(test_section_defaults),
		cmocka_unit_test(test_global_values),
		cmocka_unit_test(test_zone_values),
		cmocka_unit_test(test_target_values),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_all_faults_at_once),
		cmocka_unit_test(test_shared_owner),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_many_targets),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
