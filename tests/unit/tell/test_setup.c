/* SPDX-License-Identifier: MIT */
#include "tell/setup.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "support/sheet.h"
#include "unit.h"

#include <sys/stat.h>

#define KEY \
	"key \"foo.test\" {\n\talgorithm hmac-sha512;\n\tsecret \"" \
	"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\";\n};\n"
#define TARGET(name, ...) \
	"target \"" name "\" { tlsa = { " __VA_ARGS__ " } }\n"

static const struct setup_zone *zone(const struct sheet *sheet,
				     const char *name)
{
	for (size_t i = 0; i < sheet->setup.zone_count; i++)
		if (streq(sheet->setup.zones[i].name, name))
			return &sheet->setup.zones[i];
	fail_msg("there is no zone %s", name);
	return NULL;
}

static void owners_are(const struct setup_zone *zone, const char *want)
{
	char *have = texts_join(&zone->owners);

	assert_string_equal(have, want);
	free(have);
}

/* Those of all targets, each once, in the zone that is nearest. */
TEST(owners)
{
	struct sheet sheet;

	sheet_open(&sheet, "zone example.com {}\nzone sub.example.com {}\n"
		   TARGET("b.example.com", "\"311 25\", \"211 25\", "
			  "\"311 443 udp w.sub.example.com\"")
		   TARGET("a.example.com", "\"311 25\", "
			  "\"301 25 b.example.com\""), NULL);
	assert_true(sheet.ok);
	assert_int_equal(sheet.setup.zone_count, 2);
	owners_are(zone(&sheet, "example.com."), "_25._tcp.a.example.com., "
		   "_25._tcp.b.example.com.");
	owners_are(zone(&sheet, "sub.example.com."),
		   "_443._udp.w.sub.example.com.");
	sheet_close(&sheet);
}

/* Without a section it is mostly the domain of the host. */
TEST(guesses)
{
	struct sheet sheet;

	sheet_open(&sheet, TARGET("a.example.com", "\"311 25\"")
		   TARGET("example.org", "\"311 25\""), NULL);
	assert_null(zone(&sheet, "example.com.")->section);
	assert_null(zone(&sheet, "example.org.")->section);
	assert_true(zone(&sheet, "example.org.")->lacks_key);
	sheet_close(&sheet);
}

/* All that is in the zone, or a paste would take it from the others. */
TEST(one_target)
{
	char *names[] = { lent("a.example.com") };
	const struct setup_wish wish = { .names = names, .name_count = 1 };
	struct sheet sheet;

	sheet_open(&sheet, TARGET("a.example.com", "\"311 25\"")
		   TARGET("b.example.com", "\"311 25\"")
		   TARGET("b.example.org", "\"311 25\""), &wish);
	owners_are(zone(&sheet, "example.com."), "_25._tcp.a.example.com., "
		   "_25._tcp.b.example.com.");
	assert_true(setup_uses_zone(zone(&sheet, "example.com."), SETUP_KNOT));
	assert_false(setup_uses_zone(zone(&sheet, "example.org."),
				     SETUP_KNOT));
	assert_true(setup_wants(&sheet.setup, &sheet.config->targets[0]));
	assert_false(setup_wants(&sheet.setup, &sheet.config->targets[1]));
	sheet_close(&sheet);
}

/* What programs publish needs no right of anybody. */
TEST(programs)
{
	struct sheet sheet;

	sheet_open(&sheet, "target a.test.org { tlsa = { \"311 25\" }\n"
		   "api = \"exec /bin/true\" }", NULL);
	assert_int_equal(sheet.setup.zone_count, 0);
	for (int i = 0; i < SETUP_SERVERS; i++)
		assert_false(setup_uses(&sheet.setup, (enum setup_server)i));
	sheet_close(&sheet);
}

static unsigned servers_for(const char *key, unsigned asked)
{
	const struct setup_wish wish = { .servers = asked };
	char *text = xasprintf("key = \"%s\"\n%s", key,
			       TARGET("a.example.com", "\"311 25\""));
	struct sheet sheet;
	unsigned servers;

	sheet_open(&sheet, text, &wish);
	servers = zone(&sheet, "example.com.")->servers;
	sheet_close(&sheet);
	free(text);
	return servers;
}

TEST(kinds_of_servers)
{
	assert_int_equal(servers_for("/etc/bind/no.key", 0), 1U << SETUP_BIND);
	assert_int_equal(servers_for("/etc/knot/no.key", 0), 1U << SETUP_KNOT);
	assert_int_equal(servers_for("/etc/powerdns/no.key", 0),
			 1U << SETUP_POWERDNS);
	assert_int_equal(servers_for("/etc/no.key", 0),
			 (1U << SETUP_SERVERS) - 1);
	assert_int_equal(servers_for("/etc/bind/no.key", 1U << SETUP_KNOT),
			 1U << SETUP_KNOT);
}

static char *directory;

static int begin(void **state)
{
	(void)state;
	directory = test_directory_make();
	return 0;
}

static int end(void **state)
{
	(void)state;
	test_directory_remove(directory);
	return 0;
}

/* With the key at PATH, in DIRECTORY. */
static void open_with(struct sheet *sheet, const char *path)
{
	char *text = xasprintf("zone example.com { key = \"%s/%s\" }\n%s",
			       directory, path,
			       TARGET("a.example.com", "\"311 25\"")
			       TARGET("b.example.org", "\"311 25\""));

	sheet_open(sheet, text, NULL);
	free(text);
}

static void write_key(mode_t mode)
{
	char *path = xasprintf("%s/a.key", directory);

	test_file_write(directory, "a.key", KEY);
	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

/* One key for both zones: the other has none, and this may do. */
static void key_is(const char *path, const char *name, const char *algorithm,
		   bool made)
{
	struct sheet sheet;
	const struct setup_key *key;

	open_with(&sheet, path);
	assert_true(sheet.ok);
	assert_int_equal(sheet.setup.key_count, 1);
	key = &sheet.setup.keys[0];
	assert_string_equal(key->name, name);
	assert_string_equal(key->algorithm, algorithm);
	assert_int_equal(key->made, made);
	assert_string_equal(strrchr(setup_key_file(key, SETUP_BIND), '/'),
			    "/a.key");
	assert_false(zone(&sheet, "example.com.")->lacks_key);
	assert_true(zone(&sheet, "example.org.")->lacks_key);
	sheet_close(&sheet);
}

TEST(keys)
{
	key_is("a.key", "alnitak", "hmac-sha256", false);
	key_is("a.key#bar.test", "bar.test", "hmac-sha256", false);
	write_key(0600);
	key_is("a.key", "foo.test", "hmac-sha512", true);
	key_is("a.key#foo.test", "foo.test", "hmac-sha512", true);
}

/* Nothing is printed for a key that is there and may not be used: it is not
 * known what it is called. */
static void is_left_out(const char *path)
{
	struct sheet sheet;

	open_with(&sheet, path);
	assert_false(sheet.ok);
	assert_false(setup_uses(&sheet.setup, SETUP_BIND));
	assert_false(setup_uses_key(&sheet.setup, 0, SETUP_BIND));
	sheet_close(&sheet);
}

TEST(keys_that_cannot_be_used)
{
	write_key(0644);
	is_left_out("a.key");
	write_key(0600);
	is_left_out("a.key#bar.test");
	is_left_out("a;b.key");
	is_left_out("b.key#x y");
	test_file_write(directory, "a.key", "nothing");
	is_left_out("a.key");
}

TEST(plain)
{
	static const char *const bad[] = {
		"", "-x", "a b", "a;b", "a\"b", "a'b", "a\nb", "a#b", "a{b",
		"a}b", "a$b", "a`b", "a\\b", "a,b", "a:b", "a[b", "a%b", "a*b",
		"a\xc3\xa4", "a|b", "a&b", "a<b", "a~b", "a=b", "a(b", "a!b",
		"a\tb", "a\rb", "a?b", "a@b",
	};
	static const char *const good[] = {
		"/etc/alnitak/dane/mail.example.com", "_25._tcp.x.", "a-b+c",
	};

	for (size_t i = 0; i < COUNT(bad); i++)
		if (setup_is_plain(bad[i]))
			fail_msg("%s is called plain", bad[i]);
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(setup_is_plain(good[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_guesses),
		cmocka_unit_test(test_one_target),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_kinds_of_servers),
		CASE_WITH(keys, begin, end),
		CASE_WITH(keys_that_cannot_be_used, begin, end),
		cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
