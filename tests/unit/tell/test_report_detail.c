/* SPDX-License-Identifier: MIT */
#include "tell/report.h"

#include "base/xalloc.h"
#include "support/detail.h"
#include "support/rollover.h"
#include "unit.h"

static int open_scene(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "a", 3600);
	return 0;
}

#define expect_parts(action, ...) \
	expect_detail(&scene.facts, action, \
		      (const char *const[]){ __VA_ARGS__, NULL })

/* What is set already cannot be what to do. */
TEST(primary_that_is_set)
{
	struct action action = { .step = STEP_STUCK, .reason = REASON_PRIMARY,
				 .owner = &scene.owners[0] };
	char *primary = lent("192.0.2.1");
	struct config_zone zone = { .primaries = &primary,
				    .primary_count = 1 };

	expect_parts(&action, "at another server, set primary in its zone "
		     "section");
	scene.views[0].zone.config = &zone;
	expect_parts(&action, "at another server, primary in its zone section "
		     "names the wrong one");
	/* One that says no may only not be told who asks. */
	scene.views[0].sightings[0].verdict = SIGHTING_ERROR;
	expect_parts(&action, "let it answer this host or, to questions "
		     "signed with it, the zone's key; or primary in");
	scene.views[0].zone.config = NULL;
	expect_parts(&action, "the zone's key; or, if the zone is edited at "
		     "another server, set primary");
	/* The way to it may be at fault, and its signatures. */
	scene.views[0].sightings[0].verdict = SIGHTING_LAME;
	expect_parts(&action, "set primary in its zone section; or the "
		     "resolver is wrong about where the zone begins");
	scene.views[0].sightings[0].verdict = SIGHTING_UNPROVEN;
	expect_parts(&action, "says this; sign the zone again, or mend its DS "
		     "at the parent; or, if the zone is edited");
	scene.views[0].sightings[0].verdict = SIGHTING_ERROR;
	/* All that were tried are told. */
	scene.views[0].servers[1].roles |= ZONE_SERVER_PRIMARY;
	expect_parts(&action, " 192.0.2.1: says this, the primary ",
		     " 192.0.2.2: says this; let it");
	scene.views[0].servers[1].roles = ZONE_SERVER_PARENT;
	scene.views[0].zone.config = &zone;
	scene.views[0].seen.primary = NULL;
	expect_parts(&action, "primary in its zone section names a host "
		     "without an address");
}

/* No issuer, or too much data. */
TEST(records_that_cannot_be_made)
{
	struct action action = { .step = STEP_STUCK,
				 .reason = REASON_NO_ISSUER,
				 .owner = &scene.owners[0] };

	scene_close(&scene);
	scene_open(&scene, 'n', 'n');
	scene_want(&scene, 0, "211");
	scene_say(&scene, 0, "-", 3600);
	expect_parts(&action, "cannot be made: 2 1 1 is about the issuer, "
		     "which must be in fullchain.pem");
}

/* What is no loop is not called one. */
TEST(alias_that_is_not_followed)
{
	struct action action = { .step = STEP_STUCK, .reason = REASON_ALIAS,
				 .owner = &scene.owners[0] };

	scene_say(&scene, 0, "@", 3600);
	expect_parts(&action, "alias of ", "it loops, or is the end of too");
	scene.views[0].sightings[0].alias = lent(".");
	expect_parts(&action, "alias of .: no record can stand at the root; "
		     "remove the alias");
	scene.target.api = API_EXEC;
	scene_say(&scene, 0, "@", 3600);
	expect_parts(&action, "publish by rfc2136, or remove the alias");
}

/* It serves all that is wanted: then the signature is too short. */
TEST(details)
{
	struct action action = { .step = STEP_STUCK, .reason = REASON_PRIMARY,
				 .owner = &scene.owners[0] };
	struct config_spec spec = { .port = 25, .protocol = "tcp",
				    .host = lent("mx.test.") };

	expect_parts(&action, "primary", "192.0.2.1", "says this");
	scene.views[0].seen.primary = NULL;
	expect_parts(&action, "primary", "example.com.", "zone section");
	action.reason = REASON_ZONE;
	scene.views[0].seen.detail = "the resolver is silent";
	expect_parts(&action, "the resolver is silent");
	scene.views[0].seen.detail = NULL;
	scene.views[0].zone.detail = lent("no DS at the parent");
	expect_parts(&action, "no DS at the parent");
	scene.views[0].seen.zone = NULL;
	expect_parts(&action, "not known");
	scene.facts.live_detail = lent("chain2.pem is missing");
	scene.facts.live_error = VERSION_INCOMPLETE;
	action.reason = REASON_LIVE_BROKEN;
	expect_parts(&action, "chain2.pem is missing");
	scene.facts.links_detail = lent("cert.pem is a file");
	action.reason = REASON_LINKS_FOREIGN;
	expect_parts(&action, "cert.pem is a file", "alnitak reset");
	scene.facts.links_error = -EIO;
	expect_parts(&action, "cannot be read", strerror(EIO));
	scene.facts.probe_detail = lent("[192.0.2.9]:443 presents A");
	action.reason = REASON_PROBE;
	expect_parts(&action, "[192.0.2.9]:443 presents A");
	scene.facts.probe = PROBE_SAW_OLD;
	expect_parts(&action, "presents A; the old records stay until it does: "
		     "reload it, and let `reload` do that");
	scene.target.probe = CONFIG_PROBE_OFF;
	scene.target.specs = &spec;
	scene.target.spec_count = 1;
	action.reason = REASON_UNSEEN;
	expect_parts(&action, "not probed: 25; ", "linger");
	action.reason = REASON_DELETING;
	expect_parts(&action, "_25._tcp.mail.example.com.", "deletion");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_scene, close_scene)
		CASE(primary_that_is_set),
		CASE(records_that_cannot_be_made),
		CASE(alias_that_is_not_followed),
		CASE(details),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
