/* SPDX-License-Identifier: MIT */
#include "run/publishing.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "look/gather.h"
#include "run/journal.h"
#include "run/run.h"
#include "support/capture.h"
#include "support/passes.h"

static struct host *host;
static struct tlsa_set shown_late;
static unsigned late_by;

/* A is in service and published; B is renewed and published nowhere. */
static int open_renewed(void **state)
{
	host_open(state);
	host = *state;
	host_pass(host, "run", EXIT_DONE);
	host_renew(host, 2);
	shown_late = (struct tlsa_set){ 0 };
	host_add_record(host, 2, &shown_late);
	return 0;
}

static int close_renewed(void **state)
{
	tlsa_set_clear(&shown_late);
	return host_close(state);
}

/* What a run says at the normal level; allocated. */
static char *said(enum exit_status want, struct action *action)
{
	char *text;

	log_open(LOG_SINK_STDOUT, NULL, LOG_LEVEL_NORMAL, true);
	capture_begin();
	*action = host_pass(host, "run", want);
	text = capture_end();
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	return text;
}

static void expect_sent(unsigned times)
{
	struct state *state = host_state(host);
	unsigned most = 0;

	for (size_t i = 0; i < state->published_count; i++)
		if (state->published[i].sent > most)
			most = state->published[i].sent;
	assert_int_equal(most, times);
	state_free(state);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		n++;
		text += strlen(part);
	}
	return n;
}

/* ---- Swallowed --------------------------------------------------------- */

/* Twice in a run, with the likely cause, and never called published; and soon a
 * person is called. */
TEST(accepted_and_not_done)
{
	struct action action;
	char *text;

	fake_net.manner = FAKE_SWALLOWS;
	text = said(EXIT_DONE, &action);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_PUBLISHED);
	assert_int_equal(fake_net.updates, 1 + 2);
	assert_null(strstr(text, "published {"));
	assert_int_equal(count(text, "warning: "), 1);
	assert_non_null(strstr(text, "accepted it 2 times, and still does not "
			       "show it"));
	free(text);
	expect_sent(2);

	text = said(EXIT_DONE, &action);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(fake_net.updates, 1 + 4);
	assert_int_equal(count(text, "warning: "), 1);
	assert_non_null(strstr(text, "accepted it 4 times, and still does not "
			       "show it"));
	assert_non_null(strstr(text, "drops updates in silence"));
	free(text);

	pass_time(host, 180 * 1000);
	text = said(EXIT_FAILED, &action);
	assert_int_equal(action.step, STEP_STUCK);
	assert_non_null(strstr(text, "error: "));
	assert_non_null(strstr(text, "accepted it 6 times"));
	free(text);

	fake_net.manner = FAKE_OBEYS;
	text = said(EXIT_DONE, &action);
	assert_int_equal(count(text, ": published {"), 1);
	free(text);
	expect_sent(0);
	finish_rollover(host);
}

/* A dry run says why it goes on. */
TEST(told_by_a_dry_run)
{
	struct action action;

	fake_net.manner = FAKE_SWALLOWS;
	host_pass(host, "run", EXIT_DONE);
	action = host_pass(host, "status", EXIT_DONE);
	assert_int_equal(action.step, STEP_PUBLISH);
	assert_int_equal(action.reason, REASON_PUBLISHED);
	expect_sent(2);
}

/* ---- Seen -------------------------------------------------------------- */

static void show_late(void)
{
	if (fake_net.updates == 2 && late_by-- == 0)
		tlsa_set_add_all(&fake_net.served, &shown_late);
}

/* Sent once and looked for, and told once, when it is there. */
TEST(shown_a_moment_later)
{
	struct action action;
	char *text;

	fake_net.manner = FAKE_SWALLOWS;
	fake_net.before_survey = show_late;
	late_by = 3;
	text = said(EXIT_DONE, &action);
	assert_int_equal(action.reason, REASON_CACHES);
	assert_int_equal(fake_net.updates, 1 + 1);
	assert_true(host->sleeps > 0);
	assert_int_equal(count(text, ": published {"), 1);
	assert_null(strstr(text, "warning: "));
	free(text);
	expect_sent(0);
}

static void expect_spread(bool spreads, int64_t first_ms, int64_t last_ms)
{
	struct state *state = host_state(host);

	assert_int_equal(state->spread_since_ms != 0, spreads);
	assert_in_range(state->spread_first_ms, first_ms, first_ms + 2000);
	assert_in_range(state->spread_ms, last_ms, last_ms + 2000);
	state_free(state);
}

/* In a run that sends nothing; and how long that took is known from then on. */
TEST(shown_in_the_next_run)
{
	struct action action;
	char *text;

	fake_net.manner = FAKE_SWALLOWS;
	host_pass(host, "run", EXIT_DONE);
	expect_spread(true, 0, 0);
	pass_time(host, 60 * 1000);
	tlsa_set_add_all(&fake_net.served, &shown_late);
	text = said(EXIT_DONE, &action);
	assert_int_equal(fake_net.updates, 1 + 2);
	assert_int_equal(count(text, ": published {"), 1);
	free(text);
	expect_sent(0);
	expect_spread(false, 60 * 1000, 60 * 1000);
}

TEST(deleted_when_it_is_gone)
{
	struct action action;
	char *text;

	host_pass(host, "run", EXIT_DONE);
	pass_time(host, 4 * HOUR_MS);
	host_pass(host, "run", EXIT_DONE);
	pass_time(host, 4 * HOUR_MS);
	fake_net.manner = FAKE_SWALLOWS;
	text = said(EXIT_DONE, &action);
	assert_int_equal(action.reason, REASON_PUBLISHED);
	assert_int_equal(fake_net.updates, 1 + 1 + 2);
	assert_null(strstr(text, ": deleted {"));
	free(text);
	fake_net.manner = FAKE_OBEYS;
	text = said(EXIT_DONE, &action);
	assert_int_equal(count(text, ": deleted {"), 1);
	free(text);
	assert_int_equal(action.step, STEP_NOTHING);
}

/* ---- Raced ------------------------------------------------------------- */

/* It holds something else than it shows. */
TEST(raced_for_ever)
{
	struct action action;
	char *text;

	fake_net.manner = FAKE_HOLDS;
	text = said(EXIT_DONE, &action);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_RACED);
	assert_int_equal(fake_net.updates, 1 + 2);
	assert_int_equal(count(text, "warning: "), 1);
	assert_non_null(strstr(text, "for it holds other TLSA records"));
	free(text);
	expect_sent(0);
	fake_net.manner = FAKE_OBEYS;
	finish_rollover(host);
}

/* ---- What the journal has of it ---------------------------------------- */

static const char *last_outcome(const json_t *journal)
{
	const json_t *deed, *changes;
	const char *word = NULL;
	size_t i;

	json_array_foreach(journal, i, deed) {
		changes = json_object_get(deed, "changes");
		if (changes)
			word = json_string_value(json_object_get(
				json_array_get(changes, 0), "outcome"));
	}
	return word;
}

static void expect_outcome(enum fake_manner manner, const char *want)
{
	json_t *journal;
	struct pass pass;

	fake_net.manner = manner;
	host_pass(host, "run", manner == FAKE_OBEYS || manner == FAKE_HOLDS ?
		  EXIT_DONE : EXIT_FAILED);
	assert_int_equal(run_open(&pass, &host->world, &host->config, called(
				  "status"), RUN_PLAIN), EXIT_DONE);
	journal = journal_read(&pass, NAME);
	assert_string_equal(last_outcome(journal), want);
	json_decref(journal);
	run_close(&pass);
}

TEST(what_came_of_it)
{
	expect_outcome(FAKE_REFUSES, "refused");
	expect_outcome(FAKE_HANGS_UP, "not answered");
	expect_outcome(FAKE_HOLDS, "overtaken");
	expect_outcome(FAKE_OBEYS, "accepted");
}

/* ---- Whose is it? ------------------------------------------------------- */

static bool second_has(const struct pass *pass, const struct tlsa *record)
{
	return state_has_published(pass->targets.items[1].state, HOST_OWNER,
				   record);
}

/* An alias may lead elsewhere before the second target looks again. */
TEST(sent_along)
{
	struct change change = { .owner = HOST_OWNER };
	struct tlsa_set all;
	struct target *target;
	struct pass pass;

	host_add_second(host, HOST_OWNER);
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	for (size_t i = 0; i < 2; i++) {
		target = &pass.targets.items[i];
		facts_load(&target->facts, &pass.source, target->config,
			   target->state, &host->now);
	}
	all = tlsa_set_copy(&fake_net.served);
	for (size_t i = 0; i < all.count; i++)
		if (second_has(&pass, &all.records[i]))
			tlsa_set_add(&change.add, &all.records[i]);
		else
			tlsa_set_add(&change.ours, &all.records[i]);
	assert_int_equal(change.add.count, 1);
	state_remove_published(target->state, HOST_OWNER,
			       &change.add.records[0]);
	tlsa_set_add_all(&change.add, &change.ours);
	changes_add(&pass.targets.items[0].action.changes, &change);
	publishing_prepare(&pass);
	assert_int_equal(target->state->published_count, 0);
	pass.targets.items[0].action.step = STEP_PUBLISH;
	publishing_prepare(&pass);
	assert_int_equal(target->state->published_count, 1);
	assert_false(target->unsaved);
	changes_clear(&pass.targets.items[0].action.changes);
	run_close(&pass);
	tlsa_set_clear(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_renewed, close_renewed)
		CASE(accepted_and_not_done),
		CASE(told_by_a_dry_run),
		CASE(shown_a_moment_later),
		CASE(shown_in_the_next_run),
		CASE(deleted_when_it_is_gone),
		CASE(raced_for_ever),
		CASE(what_came_of_it),
		CASE(sent_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
