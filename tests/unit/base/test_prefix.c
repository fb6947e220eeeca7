/* SPDX-License-Identifier: MIT */
#include "base/prefix.h"

#include "unit.h"
#include <string.h>

static struct prefix parsed(const char *text)
{
	struct prefix prefix;

	if (prefix_parse(text, 53, &prefix) != PREFIX_OK)
		fail_msg("refused: %s", text);
	return prefix;
}

static bool has(const char *all_text, const char *address)
{
	struct prefix all = parsed(all_text);
	struct address one;

	assert_true(address_parse(address, 53, &one));
	return prefix_has(&all, &one);
}

/* Each is read, and written as WRITTEN, which is read as the same. */
TEST(parses)
{
	static const struct {
		const char *text, *written;
		unsigned family, bits, port;
	} cases[] = {
		{ "192.0.2.53", "192.0.2.53", 4, 32, 53 },
		{ "192.0.2.53:5353", "192.0.2.53:5353", 4, 32, 5353 },
		{ "[2001:db8::1]:853", "[2001:db8::1]:853", 6, 128, 853 },
		{ "2001:DB8::/32", "2001:db8::/32", 6, 32, 0 },
		{ "2001:db8::1/128", "2001:db8::1/128", 6, 128, 0 },
		{ "192.0.2.128/25", "192.0.2.128/25", 4, 25, 0 },
		{ "192.0.2.1/32", "192.0.2.1/32", 4, 32, 0 },
		{ "0.0.0.0/0", "ipv4", 4, 0, 0 },
		{ "::/0", "ipv6", 6, 0, 0 },
		{ "ipv4", "ipv4", 4, 0, 0 },
		{ "IPv6", "ipv6", 6, 0, 0 },
		{ "inet", "ipv4", 4, 0, 0 },
		{ "inet6", "ipv6", 6, 0, 0 },
	};
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct prefix prefix = parsed(cases[i].text), again;

		assert_int_equal(prefix.address.family, cases[i].family);
		assert_int_equal(prefix.bits, cases[i].bits);
		assert_int_equal(prefix.address.port, cases[i].port);
		assert_string_equal(prefix_format(&prefix, text),
				    cases[i].written);
		again = parsed(text);
		assert_int_equal(again.bits, prefix.bits);
		assert_true(address_equal(&again.address, &prefix.address));
	}
}

TEST(refuses)
{
	static const char *const texts[] = {
		"", "/", "/32", "ipv5", "ipv", "ipv6 ", "inet46", "ns1.test",
		"192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8",
		"192.0.2.0/024", "192.0.2.0/24x", "192.0.2.0/24/24",
		"192.0.2.0/255.255.255.0", "192.0.2/24", "192.0.2.0:53/24",
		"192.0.2.0/24:53", "[2001:db8::]/32", "[2001:db8::]:53/32",
		"2001:db8::/129", "2001:db8::/1000", "2001:db8/32", "::1%lo/64",
		"2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999/32",
	};
	struct prefix prefix;

	for (size_t i = 0; i < COUNT(texts); i++)
		if (prefix_parse(texts[i], 53, &prefix) != PREFIX_NONE)
			fail_msg("accepted: %s", texts[i]);
}

/* Who writes it may mean the one, or all. */
TEST(host_bits)
{
	static const struct {
		const char *text, *prefix;
	} cases[] = {
		{ "2001:db8::1/32", "2001:db8::/32" },
		{ "192.0.2.53/24", "192.0.2.0/24" },
		{ "192.0.2.1/31", "192.0.2.0/31" },
		{ "::1/0", "ipv6" },
	};
	char text[PREFIX_TEXT_MAX];
	struct prefix prefix;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(prefix_parse(cases[i].text, 53, &prefix),
				 PREFIX_HOST_BITS);
		assert_string_equal(prefix_format(&prefix, text),
				    cases[i].prefix);
	}
}

TEST(has)
{
	assert_true(has("192.0.2.53", "192.0.2.53"));
	assert_false(has("192.0.2.53", "192.0.2.54"));
	/* One address is one place; where there are many, all ports are. */
	assert_false(has("192.0.2.53", "192.0.2.53:5353"));
	assert_true(has("192.0.2.53:5353", "192.0.2.53:5353"));
	assert_true(has("192.0.2.53/32", "192.0.2.53:5353"));
	assert_true(has("192.0.2.0/25", "192.0.2.127"));
	assert_false(has("192.0.2.0/25", "192.0.2.128"));
	assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(has("ipv6", "[2001:db8::1]:853"));
	assert_true(has("ipv4", "192.0.2.1"));
	/* Of the other family never, whatever the octets are. */
	assert_false(has("ipv6", "192.0.2.1"));
	assert_false(has("ipv4", "::1"));
	assert_false(has("0.0.0.0/8", "::"));
	assert_false(has("::/8", "0.0.0.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parses),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_host_bits),
		cmocka_unit_test(test_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
