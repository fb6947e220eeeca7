/* SPDX-License-Identifier: MIT */
#include "errand/survey.h"

#include "base/xalloc.h"
#include "errand/discover.h"
#include "errand/wire.h"
#include "support/stage.h"
#include "support/wire.h"
#include "support/zones.h"
#include "unit.h"

#define OTHER "other.com."
#define THIRD "third.com."
#define BROKEN "broken.com."	/* its name server has no address */
#define MANY 150		/* more than one errand is sent for */

static struct stage stage;
static struct zone_scene *scene = &stage.scene;
static struct errand_desk desk;
static struct keyring_entry entry;
static const struct keyring keys = { &entry, 1 };
static char *names[MANY];
static size_t name_count;
static struct tlsa_set ours[MANY];
static struct zones zones, zones_directly;
static struct survey survey, directly;
static size_t errands;

/* The network of SCENE, which signs nothing by itself. */
static struct world outer;

static int begin(void **state)
{
	(void)state;
	stage_open(&stage);
	outer = zone_scene_bare(scene);
	entry = (struct keyring_entry){ .path = lent(FAKE_KEY),
					.key = fake_key() };
	desk = (struct errand_desk){ &outer, &scene->config, &keys };
	errands = 0;
	return 0;
}

static void forget_all(void)
{
	survey_clear(&survey);
	survey_clear(&directly);
	zones_clear(&zones);
	zones_clear(&zones_directly);
}

static int end(void **state)
{
	(void)state;
	forget_all();
	for (size_t i = 0; i < MANY; i++)
		tlsa_set_clear(&ours[i]);
	while (name_count)
		free(names[--name_count]);
	tsig_key_free(entry.key);
	stage_close(&stage);
	return 0;
}

static void want(const char *name)
{
	names[name_count++] = xstrdup(name);
}

static void want_in(const char *zone)
{
	names[name_count] = zone_scene_owner(scene, zone,
					     (unsigned)name_count);
	name_count++;
}

static void without_dnssec(void)
{
	scene->config.dnssec_required = false;
	zone_scene_add(scene, OTHER, "192.0.2.30");
	zone_scene_add(scene, THIRD, "192.0.2.31");
	zone_scene_add(scene, BROKEN, "192.0.2.40");
	resolver_says(scene, "ns." BROKEN, LDNS_RR_TYPE_A, NULL);
}

/* As the passes do it. */
static void set_key(struct zones *all)
{
	for (size_t i = 0; i < all->count; i++)
		all->items[i]->key = config_zone_key(&scene->config,
						     all->items[i]->config);
}

static void discover(void)
{
	errand_discover(&desk, (const char *const *)names, name_count,
			&zones);
	set_key(&zones);
}

static void look(void)
{
	survey_clear(&survey);
	errand_survey(&desk, &zones, (const char *const *)names, ours,
		      name_count, TRANSPORT_UDP, &survey);
}

static void look_directly(void)
{
	struct zones *all = &zones_directly;

	zones_discover(&scene->fake.world, &scene->config,
		       (const char *const *)names, name_count, all);
	set_key(all);
	survey_ask(&scene->fake.world, &scene->config, all,
		   (const char *const *)names, name_count, TRANSPORT_UDP,
		   &directly);
	survey_find_wildcards(&scene->fake.world, &directly, ours);
}

static void expect_as_directly(void)
{
	look_directly();
	assert_int_equal(survey.count, directly.count);
	assert_int_equal(survey.transport, TRANSPORT_UDP);
	for (size_t i = 0; i < name_count; i++) {
		const struct zone *zone = zones.of_owner[i];

		expect_same_owner(&survey.owners[i], &directly.owners[i]);
		assert_ptr_equal(survey.owners[i].name, names[i]);
		assert_ptr_equal(survey.owners[i].zone, zone);
		for (size_t k = 0; k < survey.owners[i].count; k++)
			assert_between(survey.owners[i].sightings[k].server -
				       zone->servers, 0,
				       (int)zone->server_count - 1);
		if (zone)
			expect_same_zone(zone, zones_directly.of_owner[i]);
	}
}

static void count(struct world *world, struct errand *given, size_t n)
{
	errands += n;
	errands_do_here(world, given, n);
}

/* ---- What was seen ----------------------------------------------------- */

TEST(signed_zone)
{
	want(OWNER);
	discover();
	look();
	expect_as_directly();
	assert_int_equal(survey.owners[0].count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(survey.owners[0].sightings[i].verdict,
				 SIGHTING_SET);
	assert_non_null(survey.owners[0].primary);
}

/* A denial, an alias, silence, and what nobody proves. */
TEST(others)
{
	want(OWNER);
	server_denies(scene, NS1);
	fake_dns_reply(&scene->fake, NS2, OWNER, LDNS_RR_TYPE_TLSA, 0)
		->outcome = OUTCOME_CLOSED;
	server_says(scene, NS1_IPV6, OWNER, LDNS_RR_TYPE_TLSA,
		    LDNS_SECTION_ANSWER,
		    fake_records(OWNER " 9 IN CNAME x.example.net.", NULL));
	discover();
	look();
	expect_as_directly();
	assert_int_equal(stage_at(&survey.owners[0], NS1)->verdict,
			 SIGHTING_ABSENT);
	assert_string_equal(stage_at(&survey.owners[0], NS1_IPV6)->alias,
			    "x.example.net.");
	assert_int_equal(stage_at(&survey.owners[0], NS2)->outcome,
			 OUTCOME_CLOSED);
	fake_reply_add(fake_dns_reply(&scene->fake, NS2, OWNER,
				      LDNS_RR_TYPE_TLSA, FAKE_AA),
		       LDNS_SECTION_ANSWER, TLSA_B);
	forget_all();
	discover();
	look();
	expect_as_directly();
	assert_int_equal(stage_at(&survey.owners[0], NS2)->verdict,
			 SIGHTING_UNPROVEN);
}

/* Those of a zone together, those of others in between, and some of which
 * nothing can be known. */
TEST(several_zones)
{
	without_dnssec();
	want_in(OTHER);
	want(OWNER);
	want("_25._tcp.mx.nowhere.test.");
	want_in(THIRD);
	want_in(OTHER);
	want_in(BROKEN);
	want_in(ZONE);
	want_in(OTHER);
	zone_scene_publish(scene, "192.0.2.30", names[0], "00");
	zone_scene_publish(scene, "192.0.2.31", names[3], "33");
	zone_scene_publish(scene, "192.0.2.30", names[7], "77");
	discover();
	outer.delegate = count;
	look();
	expect_as_directly();
	assert_int_equal(errands, 3);	/* one a zone */
	assert_int_equal(survey.owners[0].primary->set.records[0].data[0], 0);
	assert_int_equal(survey.owners[3].primary->set.records[0].data[0],
			 0x33);
	assert_int_equal(survey.owners[4].primary->verdict, SIGHTING_ABSENT);
	assert_int_equal(survey.owners[7].primary->set.records[0].data[0],
			 0x77);
	assert_int_equal(survey.owners[2].count, 0);
	assert_null(survey.owners[2].zone);
	assert_ptr_equal(survey.owners[2].detail, zones.owner_detail[2]);
	assert_int_equal(survey.owners[5].count, 0);
	assert_ptr_equal(survey.owners[5].detail, zones.of_owner[5]->detail);
}

TEST(nothing_to_ask)
{
	without_dnssec();
	want_in(BROKEN);
	want("_25._tcp.mx.nowhere.test.");
	discover();
	outer.delegate = count;
	look();
	assert_int_equal(errands, 0);
	expect_as_directly();
}

/* What a wildcard gives looks like the owner's own: only who knows that none
 * of it is ours asks. */
TEST(wildcards)
{
	without_dnssec();
	want_in(OTHER);
	zone_scene_publish(scene, "192.0.2.30", names[0], "00");
	zone_scene_publish(scene, "192.0.2.30",
			   "_5a5a5a5a._25._tcp.m0." OTHER, "00");
	zone_scene_publish(scene, "192.0.2.30", "*." OTHER, "00");
	discover();
	look();
	expect_as_directly();
	assert_int_equal(survey.owners[0].primary->verdict,
			 SIGHTING_WILDCARD);
	tlsa_set_add(&ours[0], &survey.owners[0].primary->set.records[0]);
	forget_all();
	discover();
	look();
	expect_as_directly();
	assert_int_equal(survey.owners[0].primary->verdict, SIGHTING_SET);
}

/* One zone for several errands. */
TEST(many)
{
	without_dnssec();
	while (name_count < MANY)
		want_in(name_count % 5 ? OTHER : THIRD);
	for (size_t i = 0; i < MANY; i += 11)
		zone_scene_publish(scene, i % 5 ? "192.0.2.30" : "192.0.2.31",
				   names[i], "5566");
	discover();
	outer.hands = 4;
	outer.delegate = count;
	look();
	assert_int_equal(errands, 3);
	expect_as_directly();
}

/* ---- What is learnt of zones ------------------------------------------- */

TEST(no_news)
{
	const struct zone *before;

	want(OWNER);
	want_in(ZONE);
	discover();
	look();
	before = zones.of_owner[0];
	assert_ptr_equal(before, zones.of_owner[1]);
	for (size_t i = 0; i < 3; i++) {
		size_t known = zones.count;

		look();
		assert_int_equal(zones.count, known);
		assert_ptr_equal(zones.of_owner[0], before);
		assert_ptr_equal(zones.of_owner[1], before);
		assert_ptr_equal(survey.owners[0].sightings[2].server,
				 &before->servers[2]);
	}
}

static void name_third(void)
{
	resolver_says(scene, "ns3.example.com.", LDNS_RR_TYPE_A,
		      "ns3.example.com. 9 IN A 192.0.2.3");
	server_names(scene, NS2, "ns1.example.com.", "ns3.example.com.");
	server_serves(scene, "192.0.2.3");
}

/* Who pointed to the zone as it was, still may. */
TEST(news)
{
	const struct zone *before;
	struct octets was = { NULL, 0, 0 }, is = { NULL, 0, 0 };

	want(OWNER);
	discover();
	look();
	before = zones.of_owner[0];
	wire_put_zone(&was, &scene->config, before);
	name_third();
	look();
	expect_as_directly();
	assert_ptr_not_equal(zones.of_owner[0], before);
	assert_int_equal(zones.of_owner[0]->server_count, 4);
	assert_int_equal(survey.owners[0].count, 4);
	wire_put_zone(&is, &scene->config, before);
	assert_int_equal(is.size, was.size);
	assert_memory_equal(is.data, was.data, was.size);
	octets_clear(&was);
	octets_clear(&is);
	before = zones.of_owner[0];
	look();
	assert_ptr_equal(zones.of_owner[0], before);
}

/* Only of one of them. */
TEST(news_of_one)
{
	struct zone *before[2];

	without_dnssec();
	want_in(OTHER);
	want(OWNER);
	discover();
	look();
	memcpy(before, zones.of_owner, sizeof(before));
	name_third();
	look();
	expect_as_directly();
	assert_ptr_equal(zones.of_owner[0], before[0]);
	assert_ptr_not_equal(zones.of_owner[1], before[1]);
}

TEST(hidden_primary_with_key)
{
	static const char hidden[] = "192.0.2.77";

	want(OWNER);
	name_primaries(scene, 1, hidden);
	scene->section.key = lent(FAKE_KEY);
	server_serves(scene, hidden);
	for (size_t i = 0; i < scene->fake.count; i++)
		scene->fake.replies[i]->knows_key = true;
	discover();
	scene->fake.signed_questions = 0;
	look();
	assert_true(scene->fake.signed_questions > 0);
	assert_string_equal(stage_at(&survey.owners[0], hidden)->key,
			    FAKE_KEY);
	expect_as_directly();
}

/* ---- Where nothing came ------------------------------------------------ */

static enum errand_outcome ending;

static void end_all(struct world *world, struct errand *given, size_t n)
{
	(void)world;
	errands += n;
	for (size_t i = 0; i < n; i++)
		given[i].outcome = ending;
}

/* Of every server that is waited for it is known that nothing is known. */
static void expect_unseen(const struct survey_owner *owner)
{
	size_t asked = 0;

	assert_null(owner->detail);
	assert_null(owner->hidden);
	for (size_t i = 0; i < owner->zone->server_count; i++)
		asked += !owner->zone->servers[i].ignored;
	assert_int_equal(owner->count, asked);
	for (size_t i = 0; i < owner->count; i++) {
		const struct sighting *sighting = &owner->sightings[i];

		assert_false(sighting->server->ignored);
		assert_int_equal(sighting->verdict, SIGHTING_NO_ANSWER);
		assert_false(sighting_is_useful(sighting));
		assert_int_equal(sighting->outcome,
				 ending == ERRAND_NO_TIME ? OUTCOME_NO_TIME :
							    OUTCOME_FAILED);
		expect_same_text(sighting->detail, errand_outcome_text(
			ending == ERRAND_DONE ? ERRAND_DIED : ending));
		assert_int_equal(sighting->set.count, 0);
	}
	assert_true(address_equal(&owner->primary->server->address,
				  &owner->zone->primary));
}

TEST(nothing_came)
{
	struct prefix dead = fake_prefix(NS2);
	struct zone *before;

	zone_scene_configure(scene);
	scene->section.ignore = &dead;
	scene->section.ignore_count = 1;
	want(OWNER);
	discover();
	before = zones.of_owner[0];
	outer.delegate = end_all;
	for (int i = ERRAND_NO_TIME; i <= ERRAND_FAILED; i++) {
		ending = (enum errand_outcome)i;
		look();
		assert_int_equal(survey.owners[0].count, 2);
		expect_unseen(&survey.owners[0]);
		assert_ptr_equal(zones.of_owner[0], before);
		assert_int_equal(zones.count, 1);
	}
	assert_int_equal(errands, 3);
}

/* Does OWNERS have this one? */
static bool has_owner(const struct errand *errand, const char *owner)
{
	return memmem(errand->task.data, errand->task.size, owner,
		      strlen(owner)) != NULL;
}

static void fall_by_third(struct world *world, struct errand *given, size_t n)
{
	errands += n;
	for (size_t i = 0; i < n; i++)
		if (has_owner(&given[i], names[3]))
			given[i].outcome = ERRAND_DIED;
		else
			errands_do_here(world, &given[i], 1);
}

/* Of one that harms who looks at it nothing is known; of all others all is. */
TEST(one_is_hostile)
{
	without_dnssec();
	while (name_count < 12)
		want_in(name_count % 2 ? OTHER : THIRD);
	discover();
	outer.delegate = fall_by_third;
	look();
	assert_between(errands, 2, 9);
	ending = ERRAND_DIED;
	for (size_t i = 0; i < 12; i++)
		if (i == 3)
			expect_unseen(&survey.owners[i]);
		else
			assert_int_equal(survey.owners[i].primary->verdict,
					 SIGHTING_ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(signed_zone, begin, end),
		CASE_WITH(others, begin, end),
		CASE_WITH(several_zones, begin, end),
		CASE_WITH(nothing_to_ask, begin, end),
		CASE_WITH(wildcards, begin, end),
		CASE_WITH(many, begin, end),
		CASE_WITH(no_news, begin, end),
		CASE_WITH(news, begin, end),
		CASE_WITH(news_of_one, begin, end),
		CASE_WITH(hidden_primary_with_key, begin, end),
		CASE_WITH(nothing_came, begin, end),
		CASE_WITH(one_is_hostile, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
