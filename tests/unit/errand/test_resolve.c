/* SPDX-License-Identifier: MIT */
#include "errand/resolve.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "dns/zone.h"
#include "errand/wire.h"
#include "support/dns.h"
#include "unit.h"

#include <stdio.h>

#define RESOLVER "192.0.2.53"
#define HOSTS 600		/* more than one errand is sent for */

static struct fake_dns fake;
static struct address resolver;
static struct config config = { .resolvers = &resolver, .resolver_count = 1,
				.dnssec_required = true };
static const struct errand_desk desk = { .world = &fake.world,
					 .config = &config };

struct found {
	struct address *addresses[HOSTS];
	size_t counts[HOSTS];
};

static struct found by_errand, directly;

static void say(const char *name, ldns_rr_type type, const char *record)
{
	struct fake_reply *reply = fake_dns_reply(&fake, RESOLVER, name, type,
						  FAKE_AD | FAKE_RA);

	if (record)
		fake_reply_add(reply, LDNS_SECTION_ANSWER, record);
}

static int begin(void **state)
{
	(void)state;
	memset(&by_errand, 0, sizeof(by_errand));
	memset(&directly, 0, sizeof(directly));
	resolver = fake_address(RESOLVER);
	fake_dns_init(&fake);
	say(NULL, 0, NULL);
	say("a.test.", LDNS_RR_TYPE_A, "a.test. 9 IN A 192.0.2.1");
	say("a.test.", LDNS_RR_TYPE_AAAA, "a.test. 9 IN AAAA 2001:db8::1");
	say("b.test.", LDNS_RR_TYPE_AAAA, "b.test. 9 IN AAAA 2001:db8::2");
	return 0;
}

static void clear(struct found *found)
{
	for (size_t i = 0; i < HOSTS; i++)
		free(found->addresses[i]);
}

static int end(void **state)
{
	(void)state;
	clear(&by_errand);
	clear(&directly);
	fake_dns_clear(&fake);
	return 0;
}

static void resolve(const char *const *hosts, size_t n)
{
	errand_resolve(&desk, hosts, n, by_errand.addresses,
		       by_errand.counts);
}

static void expect_as_directly(const char *const *hosts, size_t n)
{
	zone_resolve_hosts(&fake.world, &config, hosts, n, 0,
			   directly.addresses, directly.counts);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(by_errand.counts[i], directly.counts[i]);
		for (size_t k = 0; k < directly.counts[i]; k++)
			assert_true(address_equal(
				&by_errand.addresses[i][k],
				&directly.addresses[i][k]));
	}
}

static const char *const three[] = { "b.test.", "none.test.", "a.test." };

TEST(some)
{
	resolve(three, COUNT(three));
	expect_as_directly(three, COUNT(three));
	assert_int_equal(by_errand.counts[0], 1);
	assert_int_equal(by_errand.counts[1], 0);
	assert_null(by_errand.addresses[1]);
	assert_int_equal(by_errand.counts[2], 2);
}

TEST(none)
{
	resolve(three, 0);
	assert_int_equal(fake.questions, 0);
}

static char names[HOSTS][32];
static const char *all[HOSTS];

static void name_all(void)
{
	for (unsigned i = 0; i < HOSTS; i++) {
		snprintf(names[i], sizeof(names[i]), "h%u.test.", i);
		all[i] = names[i];
	}
}

static size_t errands;

static void count(struct world *world, struct errand *given, size_t n)
{
	errands += n;
	errands_do_here(world, given, n);
}

/* Each gets its own, whichever errand brings it. */
TEST(many)
{
	char text[64];

	name_all();
	for (unsigned i = 0; i < HOSTS; i += 7) {
		snprintf(text, sizeof(text), "h%u.test. 9 IN A 10.0.%u.%u", i,
			 i / 256, i % 256);
		say(all[i], LDNS_RR_TYPE_A, text);
	}
	errands = 0;
	fake.world.hands = 4;
	fake.world.delegate = count;
	resolve(all, HOSTS);
	assert_between(errands, 2, 4);
	expect_as_directly(all, HOSTS);
	assert_int_equal(by_errand.counts[595], 1);
	assert_int_equal(by_errand.addresses[595][0].bytes[3], 595 % 256);
}

/* ---- What comes cannot be trusted -------------------------------------- */

static enum errand_outcome ending;
static struct octets brought;

static void bring(struct world *world, struct errand *given, size_t n)
{
	(void)world;
	errands += n;
	for (size_t i = 0; i < n; i++) {
		given[i].outcome = ending;
		octets_put(&given[i].result, brought.data, brought.size);
	}
}

static void expect_nothing(size_t tries)
{
	errands = 0;
	fake.world.delegate = bring;
	for (size_t i = 0; i < COUNT(three); i++)
		by_errand.counts[i] = 17;
	resolve(three, COUNT(three));
	assert_int_equal(errands, tries);
	for (size_t i = 0; i < COUNT(three); i++) {
		assert_null(by_errand.addresses[i]);
		assert_int_equal(by_errand.counts[i], 0);
	}
	octets_clear(&brought);
}

TEST(nothing_came)
{
	ending = ERRAND_NO_TIME;
	expect_nothing(1);
	ending = ERRAND_FAILED;
	expect_nothing(1);
	ending = ERRAND_DIED;
	expect_nothing(5);
}

static void put_lists(size_t lists, size_t each, uint8_t family)
{
	static struct address some[100];

	for (size_t i = 0; i < COUNT(some); i++)
		some[i].family = family;
	for (size_t i = 0; i < lists; i++)
		wire_put_addresses(&brought, some, each);
}

TEST(no_result)
{
	ending = ERRAND_DONE;
	expect_nothing(5);
	put_lists(4, 1, 4);		/* of more hosts */
	expect_nothing(5);
	put_lists(3, 1, 5);
	expect_nothing(5);
	put_lists(3, 2 * ADDRESSES_PER_NAME_MAX + 1, 4);
	expect_nothing(5);
	put_lists(3, 1, 4);
	octets_put(&brought, "x", 1);
	expect_nothing(5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(some, begin, end),
		CASE_WITH(none, begin, end),
		CASE_WITH(many, begin, end),
		CASE_WITH(nothing_came, begin, end),
		CASE_WITH(no_result, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
