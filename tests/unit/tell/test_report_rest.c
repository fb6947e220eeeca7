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
	return 0;
}

static void expect_all(enum reason reason, const char *const *parts)
{
	const struct action action = {
		.step = STEP_STUCK, .reason = reason,
		.owner = &scene.owners[0],
		.sighting = &scene.views[0].sightings[1] };

	expect_detail(&scene.facts, &action, parts);
}

#define expect_words(reason, ...) \
	expect_all(reason, (const char *const[]){ __VA_ARGS__, NULL })

TEST(unfit)
{
	scene.facts.unfit = cast_chain('b');
	scene.facts.live = NULL;
	scene.facts.live_number = 7;
	scene.facts.fitness = FITNESS_EXPIRED;
	expect_words(REASON_UNFIT, "live shows version 7 (",
		     "which expired on 2033-",
		     "the one in service is valid until 2033-",
		     "the links stay");
}

TEST(services)
{
	scene.facts.probe_detail = lent("mx.test. [192.0.2.1]:25 presents X");
	scene.facts.probe = PROBE_SAW_NEXT;
	expect_words(REASON_ASTRAY, "[192.0.2.1]:25 presents X, which is not "
		     "released yet; it does not load", "reload it");
	scene.facts.probe = PROBE_SAW_OTHER;
	expect_words(REASON_ASTRAY, "presents X; it does not load");
	expect_words(REASON_STRANGER, "_25._tcp.mail.example.com.: nothing is "
		     "published yet that begins a combination: mx.test.",
		     "presents X", "strangers = yes");
	scene_say(&scene, 0, "-", 3600);
	expect_words(REASON_STRANGER, "_25._tcp.mail.example.com.: nothing is "
		     "published yet: mx.test.");
}

static void visit(enum visit_verdict verdict, const char *what)
{
	struct visits visits = { NULL, 0 };

	visits_add(&visits, verdict, xstrdup("mx"), xstrdup(what));
	strangers_update(&scene.state->strangers, &visits, true,
			 SCENE_NOW);
	visits_clear(&visits);
}

TEST(silence)
{
	scene_say(&scene, 0, "-", 3600);
	scene.facts.probe = PROBE_NO_ANSWER;
	scene.facts.probe_detail = lent("mx is silent");
	visit(VISIT_SILENT, "mx is silent");
	expect_words(REASON_UNANSWERED, "_25._tcp.mail.example.com.: nothing "
		     "is published yet: mx is silent; who", "start the service",
		     "`probe`", "strangers = yes");
	visit(VISIT_STRANGER, "mx presents X");
	visit(VISIT_SILENT, "mx is silent");
	expect_words(REASON_STRANGER, "nothing is published yet: mx presents "
		     "X, at 2027-01-15 08:00:00 UTC and nothing of ours since "
		     "(", "; that is none of ours");
}

TEST(locked_out)
{
	struct action wait = { .step = STEP_WAIT,
			       .reason = REASON_LOCKED_OUT };
	char *text = report_detail(&scene.facts, &wait);

	assert_non_null(strstr(text, "the records of before"));
	assert_non_null(strstr(text, "not in use yet shall wait"));
	free(text);
	expect_words(REASON_LOCKED_OUT, "somebody changed the records",
		     "published again");
}

TEST(signature)
{
	scene.views[0].sightings[1].signature_expires_seconds =
		SCENE_NOW / 1000;
	expect_words(REASON_SIGNATURE, "_25._tcp.mail.example.com.: ",
		     "ends at 2027-01-15 08:00:00 UTC", "signs the zone");
}

/* A zone that was restored goes back at the primary as well. */
TEST(wavers)
{
	const struct owner_facts *owner = &scene.owners[0];
	const struct sighting *late = &scene.views[0].sightings[1];
	struct ledger_address *at = scene.ledgers[0]->addresses;

	assert_string_equal(report_wavers(owner, late), "");
	at[1].wavers = true;
	assert_non_null(strstr(report_wavers(owner, late), "several machines "
			       "seem to answer at this address"));
	expect_words(REASON_SERVER, "several machines seem to answer");
	assert_string_equal(report_wavers(owner, owner->seen->primary), "");
	at[0].wavers = true;
	assert_string_equal(report_wavers(owner, late), "");
}

#define CASE(name) CASE_WITH(name, open_scene, close_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(unfit),
		CASE(services),
		CASE(silence),
		CASE(locked_out),
		CASE(signature),
		CASE(wavers),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
