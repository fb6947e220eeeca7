/* SPDX-License-Identifier: MIT */
#include "dns/resolver.h"

#include "base/xalloc.h"
#include "support/dns.h"
#include "unit.h"

#include <stdlib.h>

TEST(resolv_conf)
{
	static const struct {
		const char *text;
		const char *addresses[RESOLVERS_MAX];
		const char *unusable;
	} rows[] = {
		{ NULL, { "127.0.0.1" }, NULL },
		{ "", { "127.0.0.1" }, NULL },
		{ "search example.com\n#nameserver 192.0.2.9\n",
		  { "127.0.0.1" }, NULL },
		{ "nameserver 192.0.2.1\nnameserver\t2001:db8::1  \r\n",
		  { "192.0.2.1", "2001:db8::1" }, NULL },
		{ "nameserver fe80::1%eth0\n nameserver 192.0.2.2",
		  { "192.0.2.2" }, "fe80::1%eth0" },
		{ "nameserver fe80::2%eth0\nnameserver none", { "127.0.0.1" },
		  "fe80::2%eth0" },
		{ "nameserver 192.0.2.1\nnameserver 192.0.2.2\n"
		  "nameserver 192.0.2.3\nnameserver 192.0.2.4\n",
		  { "192.0.2.1", "192.0.2.2", "192.0.2.3" }, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct resolvers resolvers;
		struct config config = { 0 };
		struct fake_dns fake;
		size_t n = 0;

		fake_dns_init(&fake);
		fake.resolv_conf = rows[i].text;
		resolvers_load(&fake.world, &config, &resolvers);
		while (n < RESOLVERS_MAX && rows[i].addresses[n]) {
			struct address want =
				fake_address(rows[i].addresses[n]);

			assert_true(n < resolvers.count);
			assert_true(address_equal(&resolvers.addresses[n++],
						  &want));
		}
		assert_int_equal(resolvers.count, n);
		if (rows[i].unusable)
			assert_string_equal(resolvers.unusable,
					    rows[i].unusable);
		else
			assert_null(resolvers.unusable);
		resolvers_clear(&resolvers);
		fake_dns_clear(&fake);
	}
}

TEST(configured)
{
	struct address given = fake_address("192.0.2.7");
	struct config config = { .resolvers = &given, .resolver_count = 1 };
	struct resolvers resolvers;
	struct fake_dns fake;

	given.port = 0;
	fake_dns_init(&fake);
	fake.resolv_conf = "nameserver 192.0.2.1\n";
	resolvers_load(&fake.world, &config, &resolvers);
	assert_int_equal(resolvers.count, 1);
	assert_int_equal(resolvers.addresses[0].port, 53);
	assert_int_equal(resolvers.addresses[0].bytes[3], 7);
	fake_dns_clear(&fake);
}

/* Not good, and not bad either: told where somebody reads. */
TEST(warnings)
{
	static const struct {
		const char *resolv_conf;
		bool required;
		const char *part;
	} rows[] = {
		{ NULL, true, NULL },
		{ "nameserver 127.0.0.53\n", true, NULL },
		{ "nameserver fe80::1%eth0\nnameserver ::1\n", false,
		  "/etc/resolv.conf: nameserver fe80::1%eth0 cannot be used" },
		{ "nameserver 192.0.2.1\nnameserver ::1\n"
		  "nameserver 192.0.2.2\n", true,
		  "resolver 192.0.2.1, 192.0.2.2 is not on this host" },
		{ "nameserver 192.0.2.1\n", false, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct config config = { .dnssec_required = rows[i].required };
		struct fake_dns fake;
		char *text;

		fake_dns_init(&fake);
		fake.resolv_conf = rows[i].resolv_conf;
		text = resolvers_warning(&fake.world, &config);
		if (!rows[i].part)
			assert_null(text);
		else if (!text || !strstr(text, rows[i].part))
			fail_msg("row %zu: %s", i, text ? text : "nothing");
		free(text);
		fake_dns_clear(&fake);
	}
}

TEST(local)
{
	static const struct {
		const char *text;
		bool local;
	} rows[] = {
		{ "127.0.0.1", true }, { "127.8.8.8", true }, { "::1", true },
		{ "192.0.2.1", false }, { "::2", false },
		{ "2001:db8::1", false }, { "128.0.0.1", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address address = fake_address(rows[i].text);

		assert_int_equal(resolver_is_local(&address), rows[i].local);
	}
}

/* What the first resolver has no useful reply for goes to the second, and
 * nothing else does. Names wanted twice are asked once. */
TEST(second_resolver)
{
	struct resolvers resolvers = { .count = 2 };
	struct lookup_table table = { 0 };
	const struct lookup *lookup;
	struct fake_dns fake;

	resolvers.addresses[0] = fake_address("192.0.2.1");
	resolvers.addresses[1] = fake_address("192.0.2.2");
	fake_dns_init(&fake);
	fake_dns_reply(&fake, "192.0.2.1", "a.test.", 0, FAKE_RA);
	fake_dns_reply(&fake, "192.0.2.1", "b.test.", 0, FAKE_RA)->rcode = 2;
	fake_dns_reply(&fake, "192.0.2.2", "b.test.", 0, FAKE_RA);
	for (unsigned i = 0; i < 2; i++) {
		lookup_table_want(&table, "c.test.", LDNS_RR_TYPE_A);
		lookup_table_want(&table, "b.test.", LDNS_RR_TYPE_A);
		lookup_table_want(&table, "a.test.", LDNS_RR_TYPE_AAAA);
		lookup_table_want(&table, "a.test.", LDNS_RR_TYPE_A);
	}
	lookup_table_resolve(&fake.world, &resolvers, &table);
	assert_int_equal(fake.batches, 2);
	assert_int_equal(fake.questions, 4 + 2);
	lookup = lookup_table_find(&table, "a.test.", LDNS_RR_TYPE_AAAA);
	assert_true(lookup_is_useful(lookup));
	assert_true(address_equal(&lookup->server, &resolvers.addresses[0]));
	lookup = lookup_table_find(&table, "b.test.", LDNS_RR_TYPE_A);
	assert_true(lookup_is_useful(lookup));
	assert_true(address_equal(&lookup->server, &resolvers.addresses[1]));
	lookup = lookup_table_find(&table, "c.test.", LDNS_RR_TYPE_A);
	assert_false(lookup_is_useful(lookup));
	assert_null(lookup_table_find(&table, "d.test.", LDNS_RR_TYPE_A));

	/* Later only the new is asked, and nothing when nothing is new. */
	lookup_table_want(&table, "a.test.", LDNS_RR_TYPE_A);
	lookup_table_resolve(&fake.world, &resolvers, &table);
	assert_int_equal(fake.batches, 2);
	lookup_table_want(&table, "a.test.", LDNS_RR_TYPE_NS);
	lookup_table_want(&table, "a.test.", LDNS_RR_TYPE_NS);
	lookup_table_resolve(&fake.world, &resolvers, &table);
	assert_int_equal(fake.batches, 3);
	assert_int_equal(fake.questions, 4 + 2 + 1);
	lookup_table_clear(&table);
	fake_dns_clear(&fake);
}

/* An authoritative server that stands where a resolver should, and one that
 * serves the child beside. */
TEST(no_resolvers_word)
{
	struct resolvers resolvers = { .count = 3 };
	struct lookup_table table = { 0 };
	const struct lookup *lookup;
	struct fake_dns fake;
	char *why;

	for (unsigned i = 0; i < 3; i++)
		resolvers.addresses[i] = fake_address(
			(const char *[]){ "192.0.2.1", "192.0.2.2",
					  "192.0.2.3" }[i]);
	fake_dns_init(&fake);
	fake_dns_reply(&fake, "192.0.2.1", NULL, 0, FAKE_AA);
	fake_reply_add(fake_dns_reply(&fake, "192.0.2.2", NULL, 0,
				      FAKE_AA | FAKE_RA),
		       LDNS_SECTION_AUTHORITY,
		       "a.test. 9 IN SOA a.test. x. 1 2 3 4 5");
	fake_dns_reply(&fake, "192.0.2.3", NULL, 0, FAKE_RA);
	lookup_table_want(&table, "a.test.", LDNS_RR_TYPE_DS);
	lookup_table_want(&table, "a.test.", LDNS_RR_TYPE_A);
	lookup_table_want(&table, "b.a.test.", LDNS_RR_TYPE_DS);
	lookup_table_resolve(&fake.world, &resolvers, &table);
	lookup = lookup_table_find(&table, "a.test.", LDNS_RR_TYPE_DS);
	assert_true(address_equal(&lookup->server, &resolvers.addresses[2]));
	lookup = lookup_table_find(&table, "a.test.", LDNS_RR_TYPE_A);
	assert_true(address_equal(&lookup->server, &resolvers.addresses[1]));
	lookup = lookup_table_find(&table, "b.a.test.", LDNS_RR_TYPE_DS);
	assert_true(address_equal(&lookup->server, &resolvers.addresses[1]));
	lookup_table_clear(&table);
	resolvers.count = 1;
	lookup_table_want(&table, "a.test.", LDNS_RR_TYPE_A);
	lookup_table_resolve(&fake.world, &resolvers, &table);
	assert_false(lookup_is_useful(&table.items[0]));
	why = lookup_failure(&table.items[0]);
	assert_string_equal(why, "it is no resolver (no recursion available, "
			    "RA)");
	free(why);
	lookup_table_clear(&table);
	fake_dns_clear(&fake);
}

/* A validating resolver fails on what is bogus; where that is the trouble it
 * is said, and where dnssec is off it is told not to validate. */
TEST(bogus)
{
	struct resolvers resolvers = { .count = 1 };
	struct lookup_table table = { 0 };
	struct fake_dns fake;

	resolvers.addresses[0] = fake_address("192.0.2.1");
	fake_dns_init(&fake);
	fake_dns_reply(&fake, "192.0.2.1", "a.test.", 0, FAKE_RA)->bogus = true;
	fake_dns_reply(&fake, "192.0.2.1", "b.test.", 0, FAKE_RA)->rcode = 2;
	lookup_table_want(&table, "a.test.", LDNS_RR_TYPE_A);
	lookup_table_want(&table, "b.test.", LDNS_RR_TYPE_A);
	lookup_table_resolve(&fake.world, &resolvers, &table);
	assert_int_equal(fake.batches, 2);
	assert_true(table.items[0].bogus);
	assert_false(lookup_is_useful(&table.items[0]));
	assert_false(table.items[1].bogus);
	lookup_table_clear(&table);
	resolvers.unchecked = true;
	lookup_table_want(&table, "a.test.", LDNS_RR_TYPE_A);
	lookup_table_resolve(&fake.world, &resolvers, &table);
	assert_int_equal(fake.batches, 3);
	assert_true(lookup_is_useful(&table.items[0]));
	lookup_table_clear(&table);
	fake_dns_clear(&fake);
}

/* ---- Very many --------------------------------------------------------- */

static const struct resolvers one_resolver = {
	.count = 1,
	.addresses = { { .family = 4, .bytes = { 192, 0, 2, 1 }, .port = 53 } },
};

/* At least 60000 octets. */
static void reply_fatten(struct fake_reply *reply)
{
	char octets[2 * 5000 + 1] = "";

	memset(octets, '0', sizeof(octets) - 1);
	for (unsigned i = 0; i < 12; i++) {
		char *text = xasprintf("x. 9 IN TYPE65280 \\# 5000 %02x%s", i,
				       octets + 2);

		fake_reply_add(reply, LDNS_SECTION_ADDITIONAL, text);
		free(text);
	}
}

/* N names, from FIRST on. */
static void want_many(struct lookup_table *table, unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		char *name = xasprintf("h%u.test.", i);

		lookup_table_want(table, name, LDNS_RR_TYPE_A);
		free(name);
	}
}

static size_t count_useful(const struct lookup_table *table)
{
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++)
		count += lookup_is_useful(&table->items[i]);
	return count;
}

/* What a resolver sends is bounded together; what is as large as replies are
 * has room all the same. */
TEST(too_large_together)
{
	struct lookup_table table = { 0 };
	struct fake_dns fake;
	char *why;

	fake_dns_init(&fake);
	reply_fatten(fake_dns_reply(&fake, "192.0.2.1", NULL, 0, FAKE_RA));
	fake_dns_reply(&fake, "192.0.2.1", "h700.test.", 0, FAKE_RA);
	want_many(&table, 0, 200);
	lookup_table_resolve(&fake.world, &one_resolver, &table);
	assert_int_equal(count_useful(&table), 200);
	want_many(&table, 700, 100);
	lookup_table_resolve(&fake.world, &one_resolver, &table);
	assert_int_equal(count_useful(&table), 200 + 1);
	why = lookup_failure(lookup_table_find(&table, "h799.test.",
					       LDNS_RR_TYPE_A));
	assert_string_equal(why, "its replies together are too large to be "
			    "kept");
	free(why);
	lookup_table_clear(&table);
	fake_dns_clear(&fake);
}

/* .. and so is what is under way, when it is asked again as well. */
TEST(not_all_at_once)
{
	struct lookup_table table = { 0 };
	struct fake_dns fake;

	fake_dns_init(&fake);
	fake_dns_reply(&fake, "192.0.2.1", NULL, 0, FAKE_RA)->bogus = true;
	want_many(&table, 0, QUESTIONS_AT_ONCE_MAX);
	lookup_table_resolve(&fake.world, &one_resolver, &table);
	assert_int_equal(fake.batches, 1 + 1);
	want_many(&table, QUESTIONS_AT_ONCE_MAX, QUESTIONS_AT_ONCE_MAX + 1);
	lookup_table_resolve(&fake.world, &one_resolver, &table);
	assert_int_equal(fake.batches, 2 + 2 + 2);
	for (size_t i = 0; i < table.count; i++)
		assert_true(table.items[i].bogus);
	lookup_table_clear(&table);
	fake_dns_clear(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolv_conf),
		cmocka_unit_test(test_configured),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_no_resolvers_word),
		cmocka_unit_test(test_second_resolver),
		cmocka_unit_test(test_bogus),
		cmocka_unit_test(test_too_large_together),
		cmocka_unit_test(test_not_all_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
