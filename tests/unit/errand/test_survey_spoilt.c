/* SPDX-License-Identifier: MIT */
#include "errand/survey.h"

#include "base/xalloc.h"
#include "errand/discover.h"
#include "errand/wire.h"
#include "support/stage.h"
#include "support/wire.h"
#include "unit.h"

#define ELSEWHERE "203.0.113.66"

/*
 * Somebody has taken over the process that asks the servers of a zone, and
 * has it bring back whatever he likes: what he says they serve is believed, as
 * it is on the network, but nobody is no longer waited for by that.
 */
static struct stage stage;
static struct zone_scene *scene = &stage.scene;
static struct errand_desk desk;
static const char *const owners[] = { OWNER };
static const struct tlsa_set ours[1];
static struct zones zones;
static struct survey survey;

/* What he has before him. */
struct prey {
	struct zone *zone;
	struct survey owners;
	struct octets *result;
};

static void (*spoil)(struct prey *prey);

static void rewrite(struct prey *prey)
{
	octets_put_number(prey->result, 1);
	wire_put_zone(prey->result, &scene->config, prey->zone);
	for (size_t i = 0; i < prey->owners.count; i++)
		wire_put_owner(prey->result, prey->zone,
			       &prey->owners.owners[i]);
}

static void bring_spoilt(struct world *world, struct errand *errands, size_t n)
{
	struct prey prey = { .result = &errands->result,
			     .owners = { .count = 1 } };
	struct octets_reader reader;

	errands_do_here(world, errands, n);
	reader = (struct octets_reader){ .data = errands->result.data,
					 .left = errands->result.size };
	assert_int_equal(octets_number(&reader, 1), 1);
	prey.zone = wire_take_zone(&reader, &scene->config, false);
	prey.owners.owners = xcalloc(1, sizeof(*prey.owners.owners));
	wire_take_owner(&reader, prey.zone, prey.owners.owners,
			&prey.owners.details);
	assert_true(octets_over(&reader));
	octets_clear(&errands->result);
	spoil(&prey);
	survey_clear(&prey.owners);
	zone_free(prey.zone);
}

static int begin(void **state)
{
	(void)state;
	stage_open(&stage);
	zone_scene_configure(scene);
	scene->fake.world.delegate = errands_do_here;
	desk = (struct errand_desk){ &scene->fake.world, &scene->config,
				     NULL };
	errand_discover(&desk, owners, 1, &zones);
	scene->fake.world.delegate = bring_spoilt;
	return 0;
}

static int end(void **state)
{
	(void)state;
	survey_clear(&survey);
	zones_clear(&zones);
	stage_close(&stage);
	return 0;
}

static void look(void (*how)(struct prey *prey))
{
	spoil = how;
	survey_clear(&survey);
	errand_survey(&desk, &zones, owners, ours, 1, TRANSPORT_UDP, &survey);
}

/* Nothing has changed, and no server has answered. */
static bool is_refused(void (*how)(struct prey *prey))
{
	const struct zone *before = zones.of_owner[0];
	const struct survey_owner *owner;
	bool refused;

	look(how);
	owner = survey.owners;
	refused = zones.of_owner[0] == before && zones.count == 1 &&
		  owner->zone == before &&
		  owner->count == before->server_count;
	for (size_t i = 0; i < owner->count; i++)
		refused &= owner->sightings[i].verdict == SIGHTING_NO_ANSWER;
	return refused;
}

/* ---- What is taken ----------------------------------------------------- */

static void not_at_all(struct prey *prey)
{
	rewrite(prey);
}

static void add_server(struct prey *prey)
{
	struct zone *zone = prey->zone;
	struct survey_owner *owner = prey->owners.owners;
	struct zone_server *old = zone->servers;
	struct zone_server *last = array_push(zone->servers,
					      zone->server_count);
	struct sighting *fresh;

	last->address = fake_address(ELSEWHERE);
	last->roles = ZONE_SERVER_CHILD;
	for (size_t i = 0; i < owner->count; i++)
		owner->sightings[i].server = zone->servers +
			(owner->sightings[i].server - old);
	owner->primary = NULL;
	fresh = array_push(owner->sightings, owner->count);
	fresh->server = &zone->servers[zone->server_count - 1];
	fresh->verdict = SIGHTING_ABSENT;
	fresh->detail = xstrdup("serves nothing");
	rewrite(prey);
}

static void raise(struct prey *prey)
{
	prey->zone->ns_ttl_seconds = 604800;
	prey->zone->servers[0].ttl_seconds = 604800;
	prey->zone->servers[0].roles |= ZONE_SERVER_CHILD;
	rewrite(prey);
}

TEST(taken)
{
	assert_false(is_refused(not_at_all));
	assert_int_equal(survey.owners[0].primary->verdict, SIGHTING_SET);
	assert_false(is_refused(add_server));
	assert_int_equal(survey.owners[0].count, 4);
	assert_int_equal(zones.of_owner[0]->server_count, 4);
}

TEST(raised)
{
	assert_false(is_refused(raise));
	assert_int_equal(zones.of_owner[0]->ns_ttl_seconds, 604800);
}

/* ---- What is no result ------------------------------------------------- */

static void nothing(struct prey *prey)
{
	(void)prey;
}

static void no_zone(struct prey *prey)
{
	octets_put_number(prey->result, 0);
	wire_put_owner(prey->result, prey->zone, prey->owners.owners);
}

static void two_zones(struct prey *prey)
{
	octets_put_number(prey->result, 2);
	wire_put_zone(prey->result, &scene->config, prey->zone);
	wire_put_zone(prey->result, &scene->config, prey->zone);
	wire_put_owner(prey->result, prey->zone, prey->owners.owners);
}

static void no_owner(struct prey *prey)
{
	octets_put_number(prey->result, 1);
	wire_put_zone(prey->result, &scene->config, prey->zone);
}

static void two_owners(struct prey *prey)
{
	rewrite(prey);
	wire_put_owner(prey->result, prey->zone, prey->owners.owners);
}

static void some_more(struct prey *prey)
{
	rewrite(prey);
	octets_put(prey->result, "x", 1);
}

static void one_less(struct prey *prey)
{
	rewrite(prey);
	prey->result->size--;
}

/* ---- Of another zone --------------------------------------------------- */

static void rename_zone(struct prey *prey)
{
	prey->zone->name[0] = 'f';
	rewrite(prey);
}

static void leave_section(struct prey *prey)
{
	prey->zone->config = NULL;
	rewrite(prey);
}

/* ---- Who is waited for ------------------------------------------------- */

/* The sighting of the server at INDEX goes with it. */
static void drop_sighting(struct prey *prey, size_t index)
{
	struct survey_owner *owner = prey->owners.owners;
	struct sighting *gone = &owner->sightings[index];

	tlsa_set_clear(&gone->set);
	free(gone->detail);
	memmove(gone, gone + 1, (owner->count - 1 - index) * sizeof(*gone));
	owner->count--;
	owner->primary = NULL;
}

static void drop_last(struct prey *prey)
{
	drop_sighting(prey, 2);
	free(prey->zone->servers[2].name);
	prey->zone->server_count--;
	rewrite(prey);
}

static void ignore_last(struct prey *prey)
{
	drop_sighting(prey, 2);
	prey->zone->servers[2].ignored = true;
	rewrite(prey);
}

/* Of a primary that nobody asks no proof is wanted. */
static void hide_last(struct prey *prey)
{
	prey->zone->servers[2].roles = ZONE_SERVER_PRIMARY;
	rewrite(prey);
}

static void move_last(struct prey *prey)
{
	prey->zone->servers[2].address = fake_address(ELSEWHERE);
	rewrite(prey);
}

static void move_port(struct prey *prey)
{
	prey->zone->servers[2].address.port = 5353;
	rewrite(prey);
}

/* It would be asked by resolvers for longer than is waited for. */
static void hurry_last(struct prey *prey)
{
	prey->zone->servers[2].ttl_seconds = 0;
	rewrite(prey);
}

static void hurry_all(struct prey *prey)
{
	prey->zone->ns_ttl_seconds = 0;
	rewrite(prey);
}

/* ---- What was found before --------------------------------------------- */

/* Updates go there. */
static void move_primary(struct prey *prey)
{
	prey->zone->primary = fake_address(ELSEWHERE);
	rewrite(prey);
}

static void move_primaries(struct prey *prey)
{
	prey->zone->primaries[0].address = fake_address(ELSEWHERE);
	prey->zone->primary = prey->zone->primaries[0].address;
	rewrite(prey);
}

static void lose_primaries(struct prey *prey)
{
	prey->zone->primary.family = 0;
	rewrite(prey);
}

/* Whoever has that proves anything, the next time. */
static void have_other_ds(struct prey *prey)
{
	prey->zone->ds_wire.data[prey->zone->ds_wire.size - 1] ^= 1;
	rewrite(prey);
}

static void lose_ds(struct prey *prey)
{
	octets_clear(&prey->zone->ds_wire);
	rewrite(prey);
}

static void trust(struct prey *prey)
{
	prey->zone->authentic = !prey->zone->authentic;
	rewrite(prey);
}

static const struct {
	const char *what;
	void (*how)(struct prey *prey);
} rows[] = {
	{ "nothing", nothing }, { "no zone", no_zone },
	{ "two zones", two_zones }, { "no owner", no_owner },
	{ "two owners", two_owners }, { "something more", some_more },
	{ "something less", one_less }, { "another name", rename_zone },
	{ "another section", leave_section },
	{ "a server less", drop_last }, { "a server ignored", ignore_last },
	{ "a server hidden", hide_last }, { "a server moved", move_last },
	{ "a server at another port", move_port },
	{ "a server forgotten early", hurry_last },
	{ "servers forgotten early", hurry_all },
	{ "another primary", move_primary },
	{ "other primaries", move_primaries },
	{ "no primary", lose_primaries }, { "another DS", have_other_ds },
	{ "no DS", lose_ds }, { "trusted otherwise", trust },
};

TEST(refused)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!is_refused(rows[i].how))
			fail_msg("%s is taken", rows[i].what);
	assert_false(is_refused(not_at_all));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(taken, begin, end),
		CASE_WITH(raised, begin, end),
		CASE_WITH(refused, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
