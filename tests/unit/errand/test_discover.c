/* SPDX-License-Identifier: MIT */
#include "errand/discover.h"

#include "base/xalloc.h"
#include "errand/wire.h"
#include "support/wire.h"
#include "support/zones.h"
#include "unit.h"

#define OTHER "other.com."
#define BROKEN "broken.com."	/* its name server has no address */
#define MANY 600		/* more than one errand is sent for */

static struct zone_scene scene;
static struct errand_desk desk;
static struct zones by_errand, directly;
static char *names[MANY + 8];
static size_t name_count;
static size_t errands;

static int begin(void **state)
{
	(void)state;
	zone_scene_init(&scene);
	scene.config.dnssec_required = false;
	zone_scene_configure(&scene);
	zone_scene_add(&scene, OTHER, "192.0.2.30");
	zone_scene_add(&scene, BROKEN, "192.0.2.40");
	resolver_says(&scene, "ns." BROKEN, LDNS_RR_TYPE_A, NULL);
	desk = (struct errand_desk){ &scene.fake.world, &scene.config, NULL };
	name_count = errands = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	zones_clear(&by_errand);
	zones_clear(&directly);
	while (name_count)
		free(names[--name_count]);
	zone_scene_clear(&scene);
	return 0;
}

static void want(const char *name)
{
	names[name_count++] = xstrdup(name);
}

static void want_in(const char *zone)
{
	names[name_count] = zone_scene_owner(&scene, zone,
					     (unsigned)name_count);
	name_count++;
}

/* Of three zones in no order, and of none. */
static void want_some(void)
{
	want_in(OTHER);
	want(OWNER);
	want_in(BROKEN);
	want("_25._tcp.mx.nowhere.test.");
	want_in(ZONE);
	want_in(OTHER);
}

static void discover(void)
{
	errand_discover(&desk, (const char *const *)names, name_count,
			&by_errand);
}

static void expect_as_directly(void)
{
	zones_discover(&scene.fake.world, &scene.config,
		       (const char *const *)names, name_count, &directly);
	expect_same_zones(&by_errand, &directly);
}

static void count(struct world *world, struct errand *given, size_t n)
{
	errands += n;
	errands_do_here(world, given, n);
}

/* ---- What is found ----------------------------------------------------- */

TEST(as_directly)
{
	want_some();
	discover();
	expect_as_directly();
	assert_int_equal(by_errand.count, 3);
	assert_ptr_equal(by_errand.of_owner[0], by_errand.of_owner[5]);
	assert_ptr_equal(by_errand.of_owner[1], by_errand.of_owner[4]);
	assert_ptr_equal(by_errand.of_owner[1]->config, &scene.section);
	assert_int_equal(by_errand.of_owner[2]->error, ZONE_SERVER_NO_ADDRESS);
	assert_null(by_errand.of_owner[3]);
	assert_non_null(by_errand.owner_detail[3]);
}

/* Signed, with a primary that somebody names. */
TEST(signed_zone)
{
	scene.config.dnssec_required = true;
	name_primaries(&scene, 2, "192.0.2.77", "ns1.example.com");
	want(OWNER);
	discover();
	expect_as_directly();
	assert_int_equal(by_errand.items[0]->error, ZONE_OK);
	assert_int_equal(by_errand.items[0]->primary_count, 3);
	assert_true(by_errand.items[0]->authentic);
	/* Nobody has looked into them here. */
	assert_null(by_errand.items[0]->ds);
	assert_true(by_errand.items[0]->ds_wire.size > 0);
}

TEST(no_resolver)
{
	want_some();
	fake_dns_clear(&scene.fake);
	fake_dns_init(&scene.fake);
	discover();
	expect_as_directly();
	assert_int_equal(by_errand.count, 0);
	for (size_t i = 0; i < name_count; i++)
		assert_non_null(by_errand.owner_detail[i]);
}

TEST(nobody)
{
	discover();
	assert_int_equal(by_errand.count + by_errand.owner_count, 0);
	assert_int_equal(scene.fake.questions, 0);
}

/* Each zone once, though several errands met it. */
TEST(many)
{
	static const char *const zones[] = { OTHER, ZONE, BROKEN };

	while (name_count < MANY)
		want_in(zones[name_count % 3]);
	scene.fake.world.hands = 3;
	scene.fake.world.delegate = count;
	discover();
	assert_int_equal(errands, 3);
	expect_as_directly();
	assert_int_equal(by_errand.count, 3);
}

/* ---- What comes cannot be trusted -------------------------------------- */

static enum errand_outcome ending;

static void end_all(struct world *world, struct errand *given, size_t n)
{
	(void)world;
	errands += n;
	for (size_t i = 0; i < n; i++)
		given[i].outcome = ending;
}

static void expect_none_found(void)
{
	assert_int_equal(by_errand.count, 0);
	assert_int_equal(by_errand.owner_count, name_count);
	for (size_t i = 0; i < name_count; i++) {
		assert_null(by_errand.of_owner[i]);
		assert_contains(by_errand.owner_detail[i], names[i]);
	}
}

TEST(nothing_came)
{
	static const size_t tries[] = { [ERRAND_NO_TIME] = 1,
					[ERRAND_DIED] = 11,
					[ERRAND_FAILED] = 1 };

	want_some();
	scene.fake.world.delegate = end_all;
	for (int i = ERRAND_NO_TIME; i <= ERRAND_FAILED; i++) {
		ending = (enum errand_outcome)i;
		errands = 0;
		discover();
		expect_none_found();
		assert_contains(by_errand.owner_detail[0],
				errand_outcome_text(ending));
		assert_int_equal(errands, tries[i]);
		zones_clear(&by_errand);
	}
}

/* Of one owner, as somebody has it who was taken over. */
static void (*spoil)(struct zones *zones, struct octets *result);

static void bring_spoilt(struct world *world, struct errand *given, size_t n)
{
	struct zones zones = { NULL, 0, NULL, NULL, 0 };
	struct octets_reader reader;

	errands += n;
	errands_do_here(world, given, n);
	reader = (struct octets_reader){ .data = given->result.data,
					 .left = given->result.size };
	wire_take_zones(&reader, &scene.config, 1, false, &zones);
	assert_true(octets_over(&reader));
	octets_clear(&given->result);
	spoil(&zones, &given->result);
	wire_put_zones(&given->result, &scene.config, &zones);
	zones_clear(&zones);
}

static void not_at_all(struct zones *zones, struct octets *result)
{
	(void)zones;
	(void)result;
}

static void rename_to(struct zone *zone, const char *name)
{
	free(zone->name);
	zone->name = xstrdup(name);
}

static void repeat(struct zones *zones, struct octets *result)
{
	struct zone *other = xcalloc(1, sizeof(*other));

	(void)result;
	other->name = xstrdup(zones->items[0]->name);
	*array_push(zones->items, zones->count) = other;
}

static void mix(struct zones *zones, struct octets *result)
{
	repeat(zones, result);
	rename_to(zones->items[1], "a.test.");
}

static void forget_owner(struct zones *zones, struct octets *result)
{
	(void)result;
	free(zones->owner_detail[0]);
	zones->owner_detail[0] = NULL;
	zones->owner_count = 0;
}

static void put_first(struct zones *zones, struct octets *result)
{
	(void)zones;
	octets_put_number(result, 0);
}

/* Of somebody else, with the servers of that. */
static void take_elsewhere(struct zones *zones, struct octets *result)
{
	(void)result;
	rename_to(zones->items[0], "example.net.");
	zones->items[0]->config = NULL;
}

static void take_below(struct zones *zones, struct octets *result)
{
	(void)result;
	rename_to(zones->items[0], "xample.com.");
	zones->items[0]->config = NULL;
}

/* What is said of one zone is for no other: its servers that are ignored, its
 * key. */
static void take_section(struct zones *zones, struct octets *result)
{
	(void)result;
	zones->items[0]->config = &scene.section;
	rename_to(zones->items[0], "com.");
}

static void leave_section(struct zones *zones, struct octets *result)
{
	(void)result;
	zones->items[0]->config = NULL;
}

TEST(spoilt)
{
	static void (*const spoilers[])(struct zones *, struct octets *) = {
		not_at_all, repeat, mix, forget_owner, put_first,
		take_elsewhere, take_below, take_section, leave_section,
	};

	want(OWNER);
	scene.fake.world.delegate = bring_spoilt;
	for (size_t i = 0; i < COUNT(spoilers); i++) {
		spoil = spoilers[i];
		errands = 0;
		discover();
		assert_int_equal(errands, 1);
		if (by_errand.count != (i == 0))
			fail_msg("row %zu: %zu zones", i, by_errand.count);
		if (i > 0)
			expect_none_found();
		zones_clear(&by_errand);
	}
}

/* What one errand did not bring is not missing in what others did. */
static void spoil_first(struct world *world, struct errand *given, size_t n)
{
	errands_do_here(world, given, n);
	if (errands == 0)
		given[0].outcome = ERRAND_FAILED;
	errands += n;
}

TEST(in_part)
{
	while (name_count < MANY)
		want_in(name_count % 2 ? OTHER : ZONE);
	scene.fake.world.hands = 2;
	scene.fake.world.delegate = spoil_first;
	discover();
	assert_int_equal(errands, 2);
	assert_int_equal(by_errand.count, 2);
	for (size_t i = 0; i < MANY; i++) {
		assert_true((by_errand.of_owner[i] == NULL) == (i < MANY / 2));
		assert_true((by_errand.owner_detail[i] != NULL) ==
			    (i < MANY / 2));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(as_directly, begin, end),
		CASE_WITH(signed_zone, begin, end),
		CASE_WITH(no_resolver, begin, end),
		CASE_WITH(nobody, begin, end),
		CASE_WITH(many, begin, end),
		CASE_WITH(nothing_came, begin, end),
		CASE_WITH(spoilt, begin, end),
		CASE_WITH(in_part, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
