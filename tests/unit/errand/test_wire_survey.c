/* SPDX-License-Identifier: MIT */
#include "errand/wire.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/dns.h"
#include "support/wire.h"
#include "unit.h"

#include <stdlib.h>

#define SERVERS 4
#define IGNORED 2
#define ASKED (SERVERS - 1)
#define NAME "_25._tcp.mx.example.com."

static struct octets octets;
static struct zone_server servers[SERVERS];
static struct zone zone;
static struct tlsa record;
static struct sighting sightings[SERVERS + 1];
static struct survey_owner owner;

/* A set, an alias and silence; the third server is ignored. */
static int begin(void **state)
{
	static uint8_t data[] = { 1, 2, 3 };

	(void)state;
	for (uint8_t i = 0; i < SERVERS; i++) {
		servers[i] = (struct zone_server){
			.address = fake_address("192.0.2.1") };
		servers[i].address.bytes[3] = i;
	}
	servers[IGNORED].ignored = true;
	zone = (struct zone){ .name = lent("example.com."),
			      .servers = servers, .server_count = SERVERS,
			      .key = "/key" };
	record = (struct tlsa){ { 3, 1, 1 }, data, sizeof(data) };
	sightings[0] = (struct sighting){
		.server = &servers[0], .verdict = SIGHTING_SET,
		.set = { &record, 1 }, .ttl_seconds = TTL_MAX,
		.rrset_ttl_seconds = UINT32_MAX,
		.signature_expires_seconds = INT64_C(1800000000),
		.signature_begins_seconds = INT64_C(1700000000),
		.serial_known = true, .serial = UINT32_MAX,
		.counts_itself = true, .used = TRANSPORT_TCP, .key = zone.key,
		.detail = lent("serves it") };
	sightings[1] = (struct sighting){
		.server = &servers[1], .verdict = SIGHTING_ALIAS,
		.alias = lent("_dane.example.net."), .ttl_seconds = 300,
		.serial_unproven = true, .behind = true,
		.detail = lent("alias of it") };
	sightings[2] = (struct sighting){
		.server = &servers[3], .verdict = SIGHTING_NO_ANSWER,
		.no_data = true, .outcome = OUTCOME_FAILED,
		.detail = lent("no answer") };
	owner = (struct survey_owner){
		.name = NAME, .zone = &zone, .sightings = sightings,
		.count = ASKED, .primary = &sightings[1],
		.hidden = lent("something") };
	return 0;
}

static int end(void **state)
{
	(void)state;
	octets_clear(&octets);
	return 0;
}

/* What is taken is cleared as a survey is. */
struct taken {
	struct survey survey;
	struct survey_owner *owner;
};

static struct taken take(struct octets_reader *reader)
{
	struct taken taken = { .survey = { .count = 1 } };

	taken.owner = xcalloc(1, sizeof(*taken.owner));
	taken.survey.owners = taken.owner;
	taken.owner->name = NAME;
	taken.owner->zone = &zone;
	wire_take_owner(reader, &zone, taken.owner, &taken.survey.details);
	return taken;
}

static bool owner_again(struct octets_reader *reader, struct octets *again)
{
	struct taken taken = take(reader);

	reader->bad |= !octets_over(reader);
	if (!reader->bad)
		wire_put_owner(again, &zone, taken.owner);
	survey_clear(&taken.survey);
	return !reader->bad;
}

static void expect_over(void)
{
	struct octets wire = { NULL, 0, 0 };
	struct octets_reader reader;
	struct taken taken;

	wire_put_owner(&wire, &zone, &owner);
	reader = (struct octets_reader){ .data = wire.data,
					 .left = wire.size };
	taken = take(&reader);
	assert_true(octets_over(&reader));
	expect_same_owner(taken.owner, &owner);
	for (size_t i = 0; i < owner.count; i++)
		assert_ptr_equal(taken.owner->sightings[i].server,
				 owner.sightings[i].server);
	survey_clear(&taken.survey);
	octets_clear(&wire);
}

static bool is_refused(void)
{
	struct octets wire = { NULL, 0, 0 };
	struct octets_reader reader;
	struct taken taken;
	bool refused;

	wire_put_owner(&wire, &zone, &owner);
	reader = (struct octets_reader){ .data = wire.data,
					 .left = wire.size };
	taken = take(&reader);
	refused = reader.bad;
	survey_clear(&taken.survey);
	octets_clear(&wire);
	return refused;
}

/* ---- What is read ------------------------------------------------------ */

TEST(round_trip)
{
	expect_over();
	owner.primary = &sightings[0];
	owner.hidden = NULL;
	expect_over();
	owner.primary = NULL;
	expect_over();
}

TEST(every_verdict)
{
	for (int verdict = SIGHTING_SET; verdict <= SIGHTING_UNPROVEN;
	     verdict++) {
		begin(NULL);
		sightings[2].verdict = (enum sighting_verdict)verdict;
		if (verdict == SIGHTING_SET || verdict == SIGHTING_WILDCARD)
			sightings[2].set = (struct tlsa_set){ &record, 1 };
		if (verdict == SIGHTING_ALIAS)
			sightings[2].alias = lent(".");
		expect_over();
	}
}

/* The text outlives the octets. */
TEST(nobody_was_asked)
{
	owner = (struct survey_owner){ .name = NAME, .zone = &zone,
				       .detail = "all are ignored" };
	expect_over();
}

/* With whose key it was asked says the zone. */
TEST(key)
{
	struct octets_reader reader;
	struct taken taken;

	wire_put_owner(&octets, &zone, &owner);
	zone.key = NULL;
	reader = (struct octets_reader){ .data = octets.data,
					 .left = octets.size };
	taken = take(&reader);
	assert_true(octets_over(&reader));
	assert_null(taken.owner->sightings[0].key);
	survey_clear(&taken.survey);
}

TEST(other_octets)
{
	wire_put_owner(&octets, &zone, &owner);
	expect_same(owner_again, &octets);
	expect_whole(owner_again, &octets);
	expect_harmless(owner_again, &octets);
}

/* ---- Who is missing ---------------------------------------------------- */

/* Nobody would wait for a server that is not among them. */
TEST(every_server_has_its_place)
{
	struct sighting all[ASKED];

	memcpy(all, sightings, sizeof(all));
	for (size_t missing = 0; missing < ASKED; missing++) {
		size_t n = 0;

		owner.primary = NULL;
		for (size_t i = 0; i < ASKED; i++)
			if (i != missing)
				sightings[n++] = all[i];
		owner.count = n;
		assert_true(is_refused());
	}
	owner.count = 0;
	assert_true(is_refused());
	memcpy(sightings, all, sizeof(all));
	owner.count = ASKED;
	assert_false(is_refused());
}

TEST(once)
{
	sightings[1].server = &servers[0];
	assert_true(is_refused());		/* twice, instead of another */
	sightings[1].server = &servers[1];
	sightings[3] = sightings[2];
	owner.count = ASKED + 1;
	assert_true(is_refused());		/* twice, besides all */
	sightings[3].server = &servers[0];
	assert_true(is_refused());
}

TEST(in_their_order)
{
	sightings[0].server = &servers[1];
	sightings[1].server = &servers[0];
	assert_true(is_refused());
}

TEST(ignored)
{
	sightings[2].server = &servers[IGNORED];
	assert_true(is_refused());
	begin(NULL);
	servers[IGNORED].ignored = false;
	assert_true(is_refused());
}

/* ---- What contradicts itself ------------------------------------------- */

static void has_no_set(void)
{
	sightings[0].set.count = 0;
}

static void has_no_wildcards_set(void)
{
	sightings[0].set.count = 0;
	sightings[0].verdict = SIGHTING_WILDCARD;
}

static void has_nothing_but_a_set(void)
{
	sightings[0].verdict = SIGHTING_ABSENT;
}

static void is_silent_and_has_a_set(void)
{
	sightings[0].verdict = SIGHTING_NO_ANSWER;
}

static void has_no_alias(void)
{
	sightings[1].alias = NULL;
}

static void has_an_alias_and_a_set(void)
{
	sightings[0].alias = lent("test.");
}

static void has_nothing_but_an_alias(void)
{
	sightings[1].verdict = SIGHTING_ABSENT;
}

static void has_another_alias(void)
{
	sightings[1].alias = lent("_DANE.example.net.");
}

static void has_another_verdict(void)
{
	sightings[2].verdict = SIGHTING_UNPROVEN + 1;
}

static void has_another_outcome(void)
{
	sightings[2].outcome = OUTCOME_FAILED + 1;
}

static void came_by_post(void)
{
	sightings[2].used = TRANSPORT_TCP + 1;
}

static void is_kept_for_ever(void)
{
	sightings[0].ttl_seconds = TTL_MAX + 1U;
}

static void is_signed_for_ever(void)
{
	sightings[0].signature_expires_seconds = INT64_MAX;
}

static void was_always_signed(void)
{
	sightings[0].signature_begins_seconds = INT64_MIN;
}

static void says_nothing(void)
{
	sightings[2].detail = NULL;
}

static void says_it_in_lines(void)
{
	sightings[2].detail = lent("no\nanswer");
}

static void hides_in_lines(void)
{
	owner.hidden = lent("some\tthing");
}

static void is_of_nobody(void)
{
	sightings[2].server = &servers[SERVERS];
}

static void (*const spoilers[])(void) = {
	has_no_set, has_no_wildcards_set, has_nothing_but_a_set,
	is_silent_and_has_a_set, has_no_alias, has_an_alias_and_a_set,
	has_nothing_but_an_alias, has_another_alias, has_another_verdict,
	has_another_outcome, came_by_post, is_kept_for_ever,
	is_signed_for_ever, was_always_signed, says_nothing, says_it_in_lines,
	hides_in_lines, is_of_nobody,
};

TEST(what_cannot_be)
{
	for (size_t i = 0; i < COUNT(spoilers); i++) {
		begin(NULL);
		assert_false(is_refused());
		spoilers[i]();
		if (!is_refused())
			fail_msg("row %zu is taken", i);
	}
}

/* The last number is that of the primary's sighting. */
TEST(primary_out_of_range)
{
	wire_put_owner(&octets, &zone, &owner);
	for (uint8_t index = 0; index < 6; index++) {
		struct octets_reader reader;
		struct taken taken;

		octets.data[octets.size - 1] = index;
		reader = (struct octets_reader){ .data = octets.data,
						 .left = octets.size };
		taken = take(&reader);
		assert_int_equal(reader.bad, index > ASKED);
		if (!reader.bad)
			assert_ptr_equal(taken.owner->primary, index < ASKED ?
					 &taken.owner->sightings[index] : NULL);
		survey_clear(&taken.survey);
	}
}

TEST(huge_counts)
{
	octets_put_text(&octets, NULL);
	octets_put_text(&octets, NULL);
	octets_put_number(&octets, UINT64_C(1) << 57);
	expect_bad(owner_again, &octets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(round_trip, begin, end),
		CASE_WITH(every_verdict, begin, end),
		CASE_WITH(nobody_was_asked, begin, end),
		CASE_WITH(key, begin, end),
		CASE_WITH(other_octets, begin, end),
		CASE_WITH(every_server_has_its_place, begin, end),
		CASE_WITH(once, begin, end),
		CASE_WITH(in_their_order, begin, end),
		CASE_WITH(ignored, begin, end),
		CASE_WITH(what_cannot_be, begin, end),
		CASE_WITH(primary_out_of_range, begin, end),
		CASE_WITH(huge_counts, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
