/* SPDX-License-Identifier: MIT */
#include "tell/report_internal.h"

#include "base/xalloc.h"
#include "support/detail.h"
#include "support/rollover.h"
#include "unit.h"

static int open_scene(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'a');
	scene_say(&scene, 0, "a", 3600);
	scene.state->removal = REMOVAL_DELETES;
	return 0;
}

static void expect_all(enum reason reason, const char *const *parts)
{
	const struct action action = {
		.reason = reason, .owner = &scene.owners[0],
		.sighting = &scene.views[0].sightings[1] };

	expect_detail(&scene.facts, &action, parts);
}

#define expect_words(reason, ...) \
	expect_all(reason, (const char *const[]){ __VA_ARGS__, NULL })

TEST(waits)
{
	char *detail = scene.views[0].sightings[1].detail;

	scene.views[0].sightings[1].detail = lent("REFUSED");
	expect_words(REASON_UNDELETED, "_25._tcp.mail.example.com.: ",
		     "192.0.2.2 REFUSED; ", "`ignore`");
	scene.views[0].sightings[1].behind = true;
	scene.views[0].sightings[1].serial_known = false;
	expect_words(REASON_UNDELETED, "192.0.2.2 REFUSED; ");
	scene.views[0].sightings[1].serial_known = true;
	expect_words(REASON_UNDELETED, "192.0.2.2 is behind the primary; ");
	scene.views[0].sightings[1].detail = detail;
	expect_words(REASON_CACHES, "caches may still hold our records");
	scene.state->removal = REMOVAL_NONE;
	expect_words(REASON_CACHES, "a set without the new record");
	/* Where nothing is configured any more ours are to go, too. */
	scene_want(&scene, 0, "");
	expect_words(REASON_CACHES, "caches may still hold our records");
	expect_words(REASON_OTHERS, "is in trouble");
}

TEST(who_would_be_left)
{
	scene_say(&scene, 0, "a x", 3600);
	expect_words(REASON_LEFT_ALONE, "without our records {3 1 1 ",
		     "--keep-records", "take this name out of `tlsa`");
	scene_say(&scene, 0, "a", 3600);
	scene.owners[0].hides_wildcards = true;
	expect_words(REASON_LEFT_ALONE, "wildcard = \"allow\"");
}

TEST(what_is_left)
{
	scene.state->removal = REMOVAL_DONE;
	expect_words(REASON_REMOVED, "delete its section from the "
		     "configuration, or begin anew with alnitak init mail");
	scene.facts.links.files = PEM_BIT(PEM_COMBINED);
	expect_words(REASON_REMOVED, "nobody renews combined.pem any more");
	scene_show(&scene, 'a', LINKS_HELD);
	expect_words(REASON_REMOVED, "held files", "valid until 2033-",
		     "have services read live", "init and another remove");
	scene.facts.live = NULL;
	expect_words(REASON_REMOVED, "have services read another certificate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_scene, close_scene)
		CASE(waits),
		CASE(who_would_be_left),
		CASE(what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
