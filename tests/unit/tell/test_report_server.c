/* SPDX-License-Identifier: MIT */
#include "tell/report_internal.h"

#include "base/xalloc.h"
#include "support/rollover.h"
#include "unit.h"

#define SERVERS 5

static struct zone_server servers[SERVERS];
static struct sighting sightings[SERVERS];

static int open_scene(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "a", 3600);
	return 0;
}

static struct sighting *primary(void)
{
	return &scene.views[0].sightings[0];
}

static struct sighting *other(void)
{
	return &scene.views[0].sightings[1];
}

/* The text about LATE has PART in it, or begins behind the owner with it. */
static char *line_about(const struct sighting *late)
{
	struct action action = { .step = STEP_WAIT, .reason = REASON_SERVER,
				 .owner = &scene.owners[0],
				 .sighting = late };
	char *detail = report_detail(&scene.facts, &action);

	assert_null(strchr(detail, '\n'));
	return detail;
}

static void expect_parts(const struct sighting *late, const char *const *parts,
			 bool there)
{
	char *line = line_about(late);

	for (; *parts; parts++)
		if (!strstr(line, *parts) == there)
			fail_msg("\"%s\" is%s in: %s", *parts,
				 there ? " not" : "", line);
	free(line);
}

#define expect_in(late, ...) \
	expect_parts(late, (const char *const[]){ __VA_ARGS__, NULL }, true)
#define expect_not_in(late, ...) \
	expect_parts(late, (const char *const[]){ __VA_ARGS__, NULL }, false)

/* ---- Serials ----------------------------------------------------------- */

/* What the primary says, and what the other server. */
static void say_serials(uint32_t there, uint32_t here)
{
	primary()->serial_known = other()->serial_known = true;
	primary()->serial = there;
	other()->serial = here;
	other()->behind = serial_is_before(here, there);
}

static void expect_serial(const char *want)
{
	char *text = report_serial(&scene.owners[0], other());

	assert_string_equal(text, want);
	free(text);
}

/* What is not known is not called behind, and what is ahead is said to be. */
TEST(serials)
{
	struct config_zone zone = { .check_serial = true };

	say_serials(7, 7);
	expect_serial("");
	say_serials(2, 4294967295U);
	expect_serial(", behind the primary (serial 4294967295, there 2): its "
		      "transfer is still to come");
	say_serials(7, 9);
	expect_serial(", ahead of the primary (serial 9, there 7): it "
		      "transfers nothing until the primary is above 9; raise "
		      "the primary's serial, or have the server transfer the "
		      "zone afresh");
	say_serials(4294967295U, 2);
	expect_in(other(), "ahead of the primary (serial 2, there 4294967295)");
	/* RFC 1982 section 3.2. */
	say_serials(7, 7 + 0x80000000U);
	assert_false(other()->behind);
	expect_in(other(), "with a serial (2147483655) as far from the "
		  "primary's (7) as can be");
	scene.views[0].zone.config = &zone;
	zone.check_serial = false;
	expect_serial("");
	zone.check_serial = true;
	other()->behind = true;
	primary()->serial_known = false;
	expect_serial(", but the primary does not tell the zone's serial "
		      "(SOA), so this may be behind it");
	other()->serial_known = false;
	expect_serial(", but does not tell the zone's serial (SOA), so may be "
		      "behind the primary");
	other()->serial_unproven = true;
	expect_serial(", but does not prove the zone's serial (SOA), so may be "
		      "behind the primary");
	other()->serial_known = primary()->serial_unproven = true;
	expect_serial(", but the primary does not prove the zone's serial "
		      "(SOA), so this may be behind it");
	other()->verdict = SIGHTING_NO_ANSWER;
	expect_serial("");
}

/* Who signs in between counts by himself. */
TEST(serials_of_a_signer)
{
	say_serials(7, 2026112801);
	other()->behind = false;
	other()->counts_itself = true;
	expect_serial("");
}

TEST(server_that_is_late)
{
	say_serials(7, 6);
	/* Who, what it says, what is wanted. */
	expect_in(other(), "_25._tcp.mail.example.com.: ", "192.0.2.2 says "
		  "this, behind the primary (serial 6, there 7): its transfer "
		  "is still to come; want {3 1 1 ");
	/* It lacks something, so no setting helps. */
	expect_not_in(other(), "check_serial", "ignore");
}

/* Nothing is missing but the number. */
TEST(serial_alone)
{
	scene_say(&scene, 0, "ab", 3600);
	say_serials(7, 6);
	expect_in(other(), "behind the primary (serial 6, there 7)",
		  "}; if serials differ by design (PowerDNS with SOA-EDIT="
		  "EPOCH, several signers), set check_serial = no in the zone "
		  "section");
	other()->behind = false;
	expect_not_in(other(), "check_serial");
}

TEST(signature_that_ends)
{
	scene_say(&scene, 0, "ab", 3600);
	other()->signature_expires_seconds = SCENE_NOW / 1000;
	expect_in(other(), "its signature ends at 2027-01-15 08:00:00 UTC");
}

/* ---- Who does not answer ----------------------------------------------- */

/* The owner has five servers; the first answers by IPv4. */
static void widen(void)
{
	static const char *const texts[SERVERS] = {
		"192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2",
		"2001:db8::3",
	};

	memset(sightings, 0, sizeof(sightings));
	memset(servers, 0, sizeof(servers));
	for (size_t i = 0; i < SERVERS; i++) {
		must(address_parse(texts[i], 53, &servers[i].address));
		servers[i].roles = ZONE_SERVER_PARENT;
		sightings[i] = *primary();
		sightings[i].server = &servers[i];
	}
	servers[2].name = lent("ns1.test.");
	scene.views[0].seen.sightings = sightings;
	scene.views[0].seen.count = SERVERS;
	scene.views[0].seen.primary = &sightings[0];
}

static void lose(size_t index, enum outcome outcome, const char *detail)
{
	sightings[index].verdict = SIGHTING_NO_ANSWER;
	sightings[index].outcome = outcome;
	sightings[index].detail = unconst(detail);
}

TEST(all_that_cannot_be_reached)
{
	widen();
	for (size_t i = 2; i < SERVERS; i++)
		lose(i, OUTCOME_UNREACHABLE, "no way (why)");
	expect_in(&sightings[2], "com.: no way (why): ns1.test. 2001:db8::1 "
		  "and 2001:db8::2 and 2001:db8::3; want {3 1 1 ", "this "
		  "host reaches no server by IPv6: mend that or, where it "
		  "has none, set ignore = \"ipv6\" in the zone section");
	/* Who does not answer for another reason is in the same line. */
	lose(1, OUTCOME_SILENT, "no answer");
	expect_in(&sightings[1], "com.: no answer: 192.0.2.2; no way (why): "
		  "ns1.test. 2001:db8::1 and 2001:db8::2 and 2001:db8::3; "
		  "want",
		  "is dead for good", "ignore");
	/* One alone is told as ever. */
	widen();
	lose(4, OUTCOME_UNREACHABLE, "no way (why)");
	expect_in(&sightings[4], "com.: 2001:db8::3 no way (why); want",
		  "is dead for good");
	expect_not_in(&sightings[4], "ipv6");
}

/* Where one of it can be reached, or nobody at all, it is not the family. */
TEST(families)
{
	widen();
	lose(0, OUTCOME_UNREACHABLE, "no way");
	lose(1, OUTCOME_UNREACHABLE, "no way");
	expect_in(&sightings[0], "ignore = \"ipv4\"");
	lose(2, OUTCOME_UNREACHABLE, "no way");
	expect_in(&sightings[0], "ignore = \"ipv4\"");
	lose(1, OUTCOME_SILENT, "silent");
	expect_not_in(&sightings[0], "\"ipv4\"");
	lose(1, OUTCOME_UNREACHABLE, "no way");
	lose(3, OUTCOME_UNREACHABLE, "no way");
	lose(4, OUTCOME_UNREACHABLE, "no way");
	expect_not_in(&sightings[0], "\"ipv4\"", "\"ipv6\"");
}

/* Nobody is told to give up who was not asked. */
TEST(not_asked)
{
	widen();
	lose(2, OUTCOME_NO_TIME, "there was no time");
	lose(3, OUTCOME_NO_TIME, "there was no time");
	expect_in(&sightings[2], "ns1.test. 2001:db8::1 there was no time; "
		  "want");
	expect_not_in(&sightings[2], "ignore", "2001:db8::2");
	/* Nor whom no client asks. */
	widen();
	servers[1].roles = ZONE_SERVER_PRIMARY;
	lose(1, OUTCOME_SILENT, "no answer");
	lose(2, OUTCOME_SILENT, "no answer");
	expect_in(&sightings[2], "com.: ns1.test. 2001:db8::1 no answer; want");
}

/* ---- The primary ------------------------------------------------------- */

static void expect_about(enum reason reason, struct change *change,
			 const char *const *parts)
{
	struct action action = { .step = STEP_WAIT, .reason = reason,
				 .owner = &scene.owners[0],
				 .changes = { change, 1 } };
	char *detail = report_detail(&scene.facts, &action);

	assert_null(strchr(detail, '\n'));
	for (; *parts; parts++)
		if (!strstr(detail, *parts))
			fail_msg("\"%s\" is not in: %s", *parts, detail);
	free(detail);
}

#define expect_told(reason, change, ...) \
	expect_about(reason, change, (const char *const[]){ __VA_ARGS__, NULL })

TEST(what_the_primary_was_sent)
{
	const char *name = scene.owners[0].owner;
	struct change change = { .owner = name, .add = cast_set("b") };
	const struct tlsa *record = &change.add.records[0];
	struct config_zone zone = { .primary_count = 0 };

	expect_told(REASON_PUBLISHED, &change, "com.: the primary ",
		    " 192.0.2.1 accepted it, but does not show it: it says "
		    "this; want {3 1 1 ", "if that lasts");
	state_add_published(scene.state, name, record);
	state_note_sent(scene.state, name, record, SCENE_NOW);
	expect_told(REASON_PUBLISHED, &change, "accepted it, but does not");
	state_note_sent(scene.state, name, record, SCENE_NOW);
	expect_told(REASON_PUBLISHED, &change, "accepted it 2 times, and still "
		    "does not show it: it says this; want {", "drops updates "
		    "in silence (PowerDNS: lua-dnsupdate-policy-script",
		    "set primary", "view", "has not signed yet");
	scene.views[0].zone.config = &zone;
	zone.primary_count = 1;
	expect_told(REASON_PUBLISHED, &change, "names the wrong one");
	zone.primary_count = 2;
	expect_told(REASON_PUBLISHED, &change, "put that first in primary",
		    "others there are not tried while this one answers");
	change.remove = change.add;
	change.add = (struct tlsa_set){ 0 };
	expect_told(REASON_PUBLISHED, &change, "accepted the deletion 2 times");
	expect_told(REASON_RACED, &change, "com.: the primary ", "refuses the "
		    "update, for it holds other TLSA records there than it "
		    "shows", "it says this; want {", "rndc zonestatus",
		    "sign_questions");
	change_clear(&change);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_scene, close_scene)
		CASE(serials),
		CASE(serials_of_a_signer),
		CASE(server_that_is_late),
		CASE(serial_alone),
		CASE(signature_that_ends),
		CASE(all_that_cannot_be_reached),
		CASE(families),
		CASE(not_asked),
		CASE(what_the_primary_was_sent),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
