/* SPDX-License-Identifier: MIT */
#include "command/services.h"

#include "base/log.h"
#include "support/capture.h"
#include "support/run.h"

#include <stdlib.h>

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

/* What is said, with VERDICT about the services. */
static void expect(enum probe_verdict verdict, bool good, const char *part)
{
	char *text;
	bool ok;

	fake_net.probe = verdict;
	log_open(LOG_SINK_STDOUT, NULL, LOG_LEVEL_NORMAL, true);
	capture_begin();
	ok = services_test(&host->world, &host->config, called("configtest"));
	text = capture_end();
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	if (ok != good || !strstr(text, part))
		fail_msg("%d, and \"%s\" is not in: %s", ok, part, text);
	free(text);
}

static void expect_no_probe(const char *part)
{
	unsigned before = fake_net.probes;

	expect(PROBE_SAW_OTHER, true, part);
	assert_int_equal(fake_net.probes, before);
}

/* Whoever drips or floods does not hold configtest up for ever. */
TEST(there_is_an_end)
{
	host_pass(host, "run", EXIT_DONE);
	expect(PROBE_SAW_NEW, true, "services seen");
	assert_true(fake_net.probe_deadline_ms > 0);
	assert_int_equal(host->world.deadline_ms, 0);
}

TEST(what_they_present)
{
	unsigned surveys, probes;

	host_pass(host, "run", EXIT_DONE);
	surveys = fake_net.surveys;
	probes = fake_net.probes;
	expect(PROBE_SAW_NEW, true, NAME ": services seen: it presents");
	expect(PROBE_SAW_OLD, false, "error: " NAME ": it presents something; "
	       "let it load the files in ");
	expect(PROBE_SAW_NEXT, false, "/" NAME ", and reload it");
	expect(PROBE_SAW_OTHER, false, "error: " NAME ": it presents");
	assert_int_equal(fake_net.probes, probes + 4);
	assert_int_equal(fake_net.surveys, surveys);
}

/* Not seen is neither good nor bad, and has its own word. */
TEST(not_seen)
{
	host_pass(host, "run", EXIT_DONE);
	expect(PROBE_UNSEEN, true, NAME ": services not looked at: it ");
	expect(PROBE_NO_ANSWER, true, NAME ": services not seen: it ");
}

TEST(before_init)
{
	expect_no_probe("services not looked at: there are no links yet; "
			"alnitak init makes them");
}

/* What services should present is not known, or nowhere to be read. */
TEST(no_links)
{
	struct world *real = &host->fixture->real;

	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(real->rename(real, host->fixture->places.dane, NAME,
				      "away"), 0);
	expect_no_probe(NAME ": services not looked at: the links lead "
			"nowhere; run alnitak");
	assert_int_equal(real->rename(real, host->fixture->places.dane,
				      "away", NAME), 0);
	assert_int_equal(real->rename(real, host->fixture->places.state,
				      "targets", "away"), 0);
	expect_no_probe("there are no links yet");
	assert_int_equal(real->dir_make(real, host->fixture->places.state,
					"targets", 0700), 0);
	expect_no_probe(NAME ": services not looked at: there are no links "
			"that would be known; alnitak init makes them");
}

TEST(another_than_it_should)
{
	struct links two;

	host_pass(host, "run", EXIT_DONE);
	two = fixture_whole(host->fixture, 2, 1);
	assert_switches(host->fixture, &two);
	expect_no_probe(NAME ": services not looked at: the links do not show "
			"what they should; run alnitak");
}

TEST(a_damaged_state)
{
	char path[] = "targets/" NAME ".json";

	host_pass(host, "run", EXIT_DONE);
	test_file_write(host->fixture->state_path, path, "{");
	expect_no_probe(NAME ": services not looked at: " NAME ": its state");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(there_is_an_end), CASE(what_they_present),
		CASE(not_seen), CASE(before_init),
		CASE(no_links), CASE(another_than_it_should),
		CASE(a_damaged_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
