/* SPDX-License-Identifier: MIT */
#include "act/deeds.h"
#include "look/gather.h"

#include "base/xalloc.h"
#include "support/run.h"

/* One target between its state on the disk and its links. */
static struct facts facts;
static struct state *promises;
static struct action action;
static int targets;

static int open_all(void **state)
{
	struct host *host;
	struct fixture *fixture;

	host_open(state);
	host = *state;
	fixture = host->fixture;
	assert_int_equal(fixture->real.dir_make(&fixture->real,
						fixture->places.state,
						"targets", 0700), 0);
	targets = fixture->real.dir_open(&fixture->real,
					 fixture->places.state, "targets");
	promises = state_new(NAME);
	return 0;
}

static int close_all(void **state)
{
	struct host *host = *state;

	facts_clear(&facts);
	state_free(promises);
	host->fixture->real.dir_close(&host->fixture->real, targets);
	return host_close(state);
}

static void gather(struct host *host)
{
	struct source source = { .world = &host->world,
		.config = &host->config, .places = host->fixture->places,
		.rest = REST_UNLESS_CERTBOT };

	facts_clear(&facts);
	facts_load(&facts, &source, &host->target, promises, &host->now);
}

static bool perform(struct host *host, bool (*carry_out)(struct deed *))
{
	struct deed deed = { .world = &host->world,
			     .places = &host->fixture->places,
			     .targets_dir = targets, .state = promises,
			     .facts = &facts, .action = &action };
	bool ok;

	if (!action.chain)
		action.chain = carry_out == deed_adopt && facts.shown &&
			       !promises->has_released ? facts.shown :
							 facts.live;
	ok = carry_out(&deed);
	action.chain = action.beside = NULL;

	assert_int_equal(deed.failure == NULL, ok);
	free(deed.failure);
	return ok;
}

static void begin(struct host *host, unsigned released, unsigned live)
{
	promises->has_released = true;
	promises->released = host->fixture->version[released];
	state_add_presented(promises, &promises->released);
	host_renew(host, live);
	assert_int_equal(state_save(&host->world, targets, promises), 0);
}

static void place(struct host *host, struct links links)
{
	struct fixture *fixture = host->fixture;
	char *detail;

	assert_int_equal(links_switch(&fixture->real_lineage,
				      &links, &detail), 0);
	free(detail);
}

/* What a new process would find. */
static void reload_state(struct host *host)
{
	state_free(promises);
	promises = host_state(host);
}

static void test_adopt_live(void **state)
{
	struct host *host = *state;

	gather(host);
	assert_true(perform(host, deed_adopt));
	reload_state(host);
	assert_true(promises->has_released);
	assert_true(promises->unproven);
	assert_false(promises->reload_due);
	assert_true(fingerprint_equal(&promises->released,
				      &host->fixture->version[1]));
	assert_int_equal(promises->presented_count, 1);
}

/* What is shown comes before what is live, and is held; another is noted. */
static void test_adopt_shown(void **state)
{
	struct host *host = *state;
	struct chain other = { .version = { { 7 } } };

	host_renew(host, 2);
	place(host, fixture_one);
	gather(host);
	action.beside = &other;
	assert_true(perform(host, deed_adopt));
	reload_state(host);
	assert_true(state_is_presented(promises, &other.version));
	assert_true(fingerprint_equal(&promises->released,
				      &host->fixture->version[1]));
	assert_entries(host->fixture, host->fixture->places.state,
		       "held targets");
}

static void test_adopt_in_place_of_a_lost_one(void **state)
{
	struct host *host = *state;
	struct fingerprint lost = { { 7 } };

	promises->has_released = promises->has_releasing = true;
	promises->released = promises->releasing = lost;
	state_add_presented(promises, &lost);
	gather(host);
	assert_true(perform(host, deed_adopt));
	reload_state(host);
	assert_false(promises->has_releasing);
	assert_true(promises->reload_due);
	assert_int_equal(promises->presented_count, 2);
}

static void test_links_put_back_after_a_missed_pre(void **state)
{
	struct host *host = *state;

	begin(host, 1, 2);
	promises->proven_ms = 5;
	place(host, fixture_rest);
	gather(host);
	action = rollover_next(&facts);
	assert_int_equal(action.step, STEP_LINKS);
	assert_true(perform(host, deed_links));
	assert_links(host->fixture, &fixture_one);
	reload_state(host);
	assert_true(promises->reload_due);
	assert_int_equal(promises->proven_ms, 0);
	assert_true(state_is_presented(promises, &host->fixture->version[2]));
	assert_true(fingerprint_equal(&promises->released,
				      &host->fixture->version[1]));
}

static void test_pin_and_rest(void **state)
{
	struct host *host = *state;

	begin(host, 1, 1);
	place(host, fixture_rest);
	gather(host);
	action = (struct action){ STEP_LINKS, .links = fixture_one };
	assert_true(perform(host, deed_links));
	assert_links(host->fixture, &fixture_one);
	assert_entries(host->fixture, host->fixture->places.state,
		       "held targets");
	assert_false(promises->reload_due);
	gather(host);
	action = (struct action){ STEP_LINKS, .links = fixture_rest };
	assert_true(perform(host, deed_links));
	assert_links(host->fixture, &fixture_rest);
}

static void test_release(void **state)
{
	struct host *host = *state;

	begin(host, 1, 2);
	place(host, fixture_one);
	gather(host);
	action = (struct action){ STEP_RELEASE, .links = fixture_rest };
	assert_true(perform(host, deed_release));
	assert_served(host->fixture, 2);
	reload_state(host);
	assert_true(fingerprint_equal(&promises->released,
				      &host->fixture->version[2]));
	assert_false(promises->has_releasing);
	assert_true(promises->reload_due);
	assert_int_equal(promises->presented_count, 2);
}

/* ---- A crash at every call --------------------------------------------- */

/* Killed in what it is to CARRY_OUT at call CALL; true: it got to its end. */
static bool die_in(struct host *host, bool (*carry_out)(struct deed *),
		   unsigned call)
{
	struct faults *faults = &host->fixture->faults;
	bool over;

	fixture_calm(host->fixture);
	faults->failing = call;
	faults->dead = true;
	over = perform(host, carry_out);
	fixture_calm(host->fixture);
	return over;
}

/* The links show nothing that is not promised on the disk. */
static void expect_promise(struct host *host)
{
	reload_state(host);
	gather(host);
	if (!facts.shown)
		return;
	assert_true(state_is_presented(promises, &facts.shown->version));
	assert_true(fingerprint_equal(&facts.shown->version,
				      &promises->released) ||
		    (promises->has_releasing &&
		     fingerprint_equal(&facts.shown->version,
				       &promises->releasing)));
}

/* What the next run would do, until the links are in order. */
static enum step settle_links(struct host *host)
{
	for (int i = 0; i < 8; i++) {
		gather(host);
		action = rollover_next(&facts);
		if (action.step == STEP_LINKS)
			assert_true(perform(host, deed_links));
		else if (action.step == STEP_ACCEPT)
			assert_true(perform(host, deed_accept));
		else
			return action.step;
		reload_state(host);
	}
	fail_msg("no end");
	return STEP_STUCK;
}

static void crash_in_release(struct host *host, struct links wanted,
			     unsigned call, bool *over)
{
	begin(host, 1, 2);
	place(host, fixture_one);
	gather(host);
	action = (struct action){ STEP_RELEASE, .links = wanted };
	*over = die_in(host, deed_release, call);
	expect_promise(host);
	settle_links(host);
	gather(host);
	assert_non_null(facts.shown);
	assert_true(fingerprint_equal(&facts.shown->version,
				      &promises->released));
	/* B was not in service without a reload being due. */
	if (fingerprint_equal(&promises->released, &host->fixture->version[2]))
		assert_true(promises->reload_due);
	assert_true(state_is_presented(promises, &host->fixture->version[1]));
}

static void test_crash_in_release(void **state)
{
	const struct links wanted[] = { fixture_rest, fixture_two };

	for (int without = 0; without < 2; without++) {
		bool over = false;

		for (unsigned call = 1; !over; call++) {
			struct host *host = *state;

			host->fixture->faults.exchange_error =
				without ? -EINVAL : 0;
			crash_in_release(host, wanted[without], call, &over);
			close_all(state);
			open_all(state);
		}
	}
}

/* Each single failure, the rest of the calls being well: it says no, or it
 * is done. */
static void test_any_single_failure_in_release(void **state)
{
	unsigned calls = 1000;

	for (unsigned call = 1; call <= calls; call++) {
		struct host *host = *state;
		struct faults *faults = &host->fixture->faults;

		begin(host, 1, 2);
		place(host, fixture_one);
		gather(host);
		action = (struct action){ STEP_RELEASE,
					  .links = fixture_two };
		fixture_calm(host->fixture);
		faults->failing = call;
		if (perform(host, deed_release))
			assert_served(host->fixture, 2);
		if (faults->calls < call)
			calls = call;
		fixture_calm(host->fixture);
		expect_promise(host);
		close_all(state);
		open_all(state);
	}
	assert_true(calls < 1000);
}

static void test_crash_in_links(void **state)
{
	bool over = false;

	for (unsigned call = 1; !over; call++) {
		struct host *host = *state;

		begin(host, 1, 2);
		place(host, fixture_rest);
		gather(host);
		action = rollover_next(&facts);
		assert_int_equal(action.step, STEP_LINKS);
		over = die_in(host, deed_links, call);
		reload_state(host);
		assert_int_equal(settle_links(host), STEP_RELOAD);
		assert_served(host->fixture, 1);
		assert_true(state_is_presented(promises,
					       &host->fixture->version[2]));
		close_all(state);
		open_all(state);
	}
}

/* The state file is replaced before the links are. */
static unsigned saves, switches;

static int count_rename(struct world *world, int dir, const char *from,
			const char *to)
{
	struct faults *faults = world->self;

	if (streq(to, NAME ".json"))
		saves++;
	return faults->real->rename(faults->real, dir, from, to);
}

static int count_exchange(struct world *world, int dir, const char *a,
			  const char *b)
{
	struct faults *faults = world->self;

	if (streq(a, NAME) || streq(b, NAME)) {
		assert_int_equal(saves, 1);
		switches++;
	}
	return faults->real->exchange(faults->real, dir, a, b);
}

static void test_promise_before_deed(void **state)
{
	struct host *host = *state;

	begin(host, 1, 2);
	place(host, fixture_one);
	gather(host);
	saves = switches = 0;
	host->world.rename = count_rename;
	host->world.exchange = count_exchange;
	action = (struct action){ STEP_RELEASE, .links = fixture_rest };
	assert_true(perform(host, deed_release));
	assert_int_equal(switches, 1);
	assert_int_equal(saves, 2);
	/* A stray is noted before it is put right. */
	begin(host, 1, 2);
	place(host, fixture_rest);
	gather(host);
	saves = switches = 0;
	action = (struct action){ STEP_LINKS, .links = fixture_one };
	assert_true(perform(host, deed_links));
	assert_int_equal(switches, 1);
}

/* ---- Services and the end --------------------------------------------- */

static void test_reload(void **state)
{
	struct host *host = *state;

	begin(host, 1, 1);
	promises->reload_due = true;
	promises->proven_ms = 5;
	gather(host);
	host->reload_status = 1;
	assert_false(perform(host, deed_reload));
	assert_true(promises->reload_due);
	host->reload_status = 0;
	assert_true(perform(host, deed_reload));
	reload_state(host);
	assert_false(promises->reload_due);
	assert_int_equal(promises->reloaded_ms, HOST_BEGIN);
	assert_int_equal(promises->proven_ms, 0);
	assert_int_equal(host->reloads, 2);
}

static void test_proven_and_shed(void **state)
{
	struct host *host = *state;

	begin(host, 2, 2);
	state_add_presented(promises, &host->fixture->version[1]);
	gather(host);
	assert_true(perform(host, deed_proven));
	assert_true(perform(host, deed_shed));
	reload_state(host);
	assert_int_equal(promises->proven_ms, HOST_BEGIN);
	assert_int_equal(promises->presented_count, 1);
	assert_true(state_is_presented(promises, &host->fixture->version[2]));
}

static void test_settle(void **state)
{
	struct host *host = *state;
	struct sighting primary = { .verdict = SIGHTING_SET };
	struct survey_owner seen = { .primary = &primary };
	struct tlsa_set both = { 0 };
	char *digest = facts_config_digest(&host->target), *path;
	struct state *saved;

	host_add_record(host, 1, &both);
	host_add_record(host, 2, &both);
	host_add_record(host, 2, &primary.set);
	begin(host, 2, 2);
	state_add_published(promises, HOST_OWNER, &both.records[0]);
	state_add_published(promises, HOST_OWNER, &both.records[1]);
	place(host, fixture_rest);
	/* What a switch left behind that was killed after the deed. */
	test_link_write(host->fixture->dane_path, "." NAME ".new/cert.pem",
			"../../../letsencrypt/live/" NAME "/cert.pem");
	gather(host);
	facts.owners[0].seen = &seen;
	test_file_write(host->fixture->state_path, "held/" NAME "/mine", "x");
	assert_false(perform(host, deed_settle));
	/* The end of the run may save it. */
	assert_false(promises->has_settled);
	assert_int_equal(state_load(&host->world, targets, NAME, &saved,
				    &path), STATE_OK);
	assert_false(saved->has_settled);
	state_free(saved);
	path = xasprintf("%s/held/" NAME "/mine", host->fixture->state_path);
	assert_int_equal(remove(path), 0);
	free(path);
	assert_true(perform(host, deed_settle));
	assert_entries(host->fixture, host->fixture->places.dane, NAME);
	reload_state(host);
	assert_true(promises->has_settled);
	assert_true(fingerprint_equal(&promises->settled,
				      &host->fixture->version[2]));
	assert_string_equal(promises->settled_config, digest);
	/* What is gone from the primary is no promise any more. */
	assert_int_equal(promises->published_count, 1);
	assert_int_equal(tlsa_compare(&promises->published[0].record,
				      &primary.set.records[0]), 0);
	facts.owners[0].seen = NULL;
	tlsa_set_clear(&both);
	tlsa_set_clear(&primary.set);
	free(digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, close_all)
		CASE(adopt_live),
		CASE(adopt_shown),
		CASE(adopt_in_place_of_a_lost_one),
		CASE(links_put_back_after_a_missed_pre),
		CASE(pin_and_rest),
		CASE(release),
		CASE(crash_in_release),
		CASE(any_single_failure_in_release),
		CASE(crash_in_links),
		CASE(promise_before_deed),
		CASE(reload),
		CASE(proven_and_shed),
		CASE(settle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
