/* SPDX-License-Identifier: MIT */
#include "command/check_owner.h"

#include "base/xalloc.h"
#include "support/passes.h"
#include "support/run.h"

#define UPDATE "update of " HOST_OWNER
#define PRIMARY HOST_OWNER " at 192.0.2.1 "
#define SECONDARY HOST_OWNER " at 192.0.2.2 "

static struct host *host;
static struct pass pass;
static struct trials trials;
static struct checkup checkup;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host_pass(host, "run", EXIT_DONE);
	return 0;
}

static void look(void)
{
	bool wanted = true;

	checkup_clear(&checkup);
	trials_clear(&trials);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("check"), RUN_PLAIN), EXIT_DONE);
	run_look(&pass);
	trials_run(&pass, &wanted, &trials);
	check_owners(checkup_begin(&checkup, NAME),
		     &pass.targets.items[0].facts, &trials);
	run_close(&pass);
}

static int close_all(void **state)
{
	checkup_clear(&checkup);
	trials_clear(&trials);
	return host_close(state);
}

static void expect(const char *subject, enum checkup_level level,
		   const char *what)
{
	const struct checkup_section *section = &checkup.sections[0];

	for (size_t i = 0; i < section->count; i++) {
		const struct checkup_finding *finding = &section->findings[i];

		if (!streq(finding->subject, subject))
			continue;
		assert_int_equal(finding->level, level);
		if (!strstr(finding->detail, what))
			fail_msg("%s: %s", subject, finding->detail);
		return;
	}
	fail_msg("nothing about %s", subject);
}

static bool is_untold(const char *subject)
{
	const struct checkup_section *section = &checkup.sections[0];

	for (size_t i = 0; i < section->count; i++)
		if (streq(section->findings[i].subject, subject))
			return section->findings[i].untold;
	return false;
}

TEST(the_right_to_change)
{
	static const struct {
		enum update_verdict verdict;
		enum checkup_level level;
		bool lasts;		/* no run tells it at rest */
	} rows[] = {
		{ UPDATE_RACED, CHECKUP_WARNING, false },
		{ UPDATE_ALIAS, CHECKUP_WARNING, false },
		{ UPDATE_NOT_SENT, CHECKUP_BAD, true },
		{ UPDATE_REFUSED, CHECKUP_BAD, true },
		{ UPDATE_NOT_AUTHORITATIVE, CHECKUP_BAD, true },
		{ UPDATE_NOT_IMPLEMENTED, CHECKUP_BAD, true },
		{ UPDATE_BAD_KEY, CHECKUP_BAD, true },
		{ UPDATE_BAD_SIGNATURE, CHECKUP_BAD, true },
		{ UPDATE_BAD_TIME, CHECKUP_BAD, true },
		{ UPDATE_UNAUTHENTICATED, CHECKUP_BAD, false },
		{ UPDATE_SERVER_FAILED, CHECKUP_BAD, false },
		{ UPDATE_UNANSWERED, CHECKUP_BAD, false },
		{ UPDATE_UNREACHABLE, CHECKUP_BAD, false },
	};

	look();
	expect(UPDATE, CHECKUP_GOOD, "key, clock and right are good");
	assert_true(is_untold(UPDATE));
	for (size_t i = 0; i < COUNT(rows); i++) {
		fake_net.trial = rows[i].verdict;
		look();
		expect(UPDATE, rows[i].level, "192.0.2.1 says no to a trial");
		assert_int_equal(is_untold(UPDATE), rows[i].lasts);
	}
}

/* Who lacks it, and whose business that is. */
TEST(a_record_is_gone)
{
	fake_net.lagging = true;
	look();
	expect(PRIMARY, CHECKUP_GOOD, "says so");
	expect(SECONDARY, CHECKUP_BAD, "; want {3 1 1 ");
	expect(SECONDARY, CHECKUP_BAD, "the primary serves it: see that this "
	       "server transfers the zone");
	fake_net.lagging = false;
	tlsa_set_clear(&fake_net.served);
	look();
	expect(PRIMARY, CHECKUP_BAD, "; alnitak run publishes what is missing");
	expect(SECONDARY, CHECKUP_BAD, "; alnitak run publishes");
}

TEST(a_server_is_dead)
{
	fake_net.silent = true;
	look();
	expect(SECONDARY, CHECKUP_BAD, "; want {3 1 1 ");
	expect(SECONDARY, CHECKUP_BAD, "what is dead for good is to leave the "
	       "delegation");
}

/* Good until it ends; nobody renews it. */
TEST(a_signature_runs_out)
{
	int64_t now = host->now.wall_ms / 1000;

	fake_net.signature_begins_seconds = now - 30 * 86400;
	fake_net.signature_expires_seconds = now + 86400;
	look();
	expect(PRIMARY, CHECKUP_WARNING, "in 1 d, and was not renewed");
	fake_net.signature_expires_seconds = now + 20 * 86400;
	look();
	expect(PRIMARY, CHECKUP_GOOD, "signed until 20");
}

TEST(the_zone)
{
	look();
	expect(HOST_OWNER, CHECKUP_GOOD, "example.com.: 2 addresses");
	fake_net.no_zone = true;
	look();
	expect(HOST_OWNER, CHECKUP_BAD, "no zone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, close_all)
		CASE(the_right_to_change),
		CASE(a_record_is_gone),
		CASE(a_server_is_dead),
		CASE(a_signature_runs_out),
		CASE(the_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
