/* SPDX-License-Identifier: MIT */
#include "act/update.h"

#include "act/update_build.h"
#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/primary.h"
#include "support/tsig_vectors.h"
#include "unit.h"

#define RESULTS 600

static struct tsig_key *key;
static struct world world;
static struct tlsa_set nothing, old, new;

static void add_record(struct tlsa_set *set, uint8_t octet)
{
	uint8_t data[32] = { octet };
	const struct tlsa record = { { 3, 1, 1 }, data, sizeof(data) };

	tlsa_set_add(set, &record);
}

static int setup(void **state)
{
	static const char text[] = VECTOR_KEY("hmac-sha256");
	unsigned line;

	(void)state;
	primary_open(&world);
	add_record(&old, 1);
	add_record(&new, 2);
	assert_int_equal(tsig_key_parse(text, sizeof(text) - 1,
					&(struct tsig_key_options){ 0 }, &key,
					&line), TSIG_KEY_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tlsa_set_clear(&old);
	tlsa_set_clear(&new);
	tsig_key_free(key);
	return 0;
}

static struct change change_of(const char *owner, const struct tlsa_set *seen)
{
	return (struct change){ .owner = owner, .seen = seen, .add = new,
				.ttl_seconds = 300 };
}

static struct update_result results[RESULTS];

/* Results are in the places from FIRST on. */
static struct update update_of(uint8_t server, const struct change *changes,
			       size_t n, size_t first)
{
	/* What is filled in may hold anything before. */
	for (size_t i = 0; i < n; i++)
		results[first + i] = (struct update_result){ UPDATE_DONE,
			true, (char *)(uintptr_t)1 };
	return (struct update){
		.zone = "example.com.",
		.primary = { .family = 4, .bytes = { 192, 0, 2, server },
			     .port = 53 },
		.primary_name = "ns1.example.com.", .key = key,
		.changes = changes, .change_count = n,
		.results = &results[first],
	};
}

static void assert_verdict(size_t i, enum update_verdict verdict,
			   const char *part)
{
	struct update_result *result = &results[i];

	assert_non_null(result->detail);
	if (result->verdict != verdict || !strstr(result->detail, part))
		fail_msg("change %zu: %d (%s), want %d (%s)", i,
			 result->verdict, result->detail, verdict, part);
	free(result->detail);
	result->detail = NULL;
}

/* ---- Tests ------------------------------------------------------------- */

TEST(accepted)
{
	struct change changes[] = {
		change_of("_25._tcp.a.example.com.", &old),
		change_of("_25._tcp.b.example.com.", &nothing),
	};
	struct update update = update_of(1, changes, 2, 0);

	update_send(&world, &update, 1);
	assert_verdict(0, UPDATE_DONE, "accepted");
	assert_verdict(1, UPDATE_DONE, "192.0.2.1 (ns1");
	assert_int_equal(primary.batches, 1);
	assert_int_equal(primary.questions, 1);
}

TEST(nothing_to_send)
{
	struct update update = update_of(1, NULL, 0, 0);

	update_send(&world, &update, 1);
	update_send(&world, NULL, 0);
	assert_int_equal(primary.batches, 0);
}

TEST(single_verdicts)
{
	static const struct {
		struct behaviour behaviour;
		bool absent;
		enum update_verdict verdict;
	} cases[] = {
		{ { .rcode = 7 }, false, UPDATE_ALIAS },
		{ { .rcode = 7 }, true, UPDATE_RACED },
		{ { .rcode = 8 }, false, UPDATE_RACED },
		{ { .rcode = 5 }, false, UPDATE_REFUSED },
		{ { .rcode = 2 }, false, UPDATE_SERVER_FAILED },
		{ { .signing = SIGN_BADLY }, false, UPDATE_UNAUTHENTICATED },
		{ { .signing = SIGN_NOT }, false, UPDATE_UNAUTHENTICATED },
		{ { .rcode = 5, .signing = SIGN_NOT }, false,
		  UPDATE_UNAUTHENTICATED },
		{ { .rcode = 4, .signing = SIGN_NOT }, false,
		  UPDATE_UNAUTHENTICATED },
		{ { .rcode = 4 }, false, UPDATE_NOT_IMPLEMENTED },
		{ { .rcode = 9, .signing = SIGN_ERROR, .tsig_error = 17 },
		  false, UPDATE_BAD_KEY },
		{ { .rcode = 9, .signing = SIGN_ERROR, .tsig_error = 16 },
		  false, UPDATE_BAD_SIGNATURE },
		{ { .rcode = 0, .signing = SIGN_ERROR }, false,
		  UPDATE_UNAUTHENTICATED },
		{ { .outcome = OUTCOME_SILENT }, false, UPDATE_UNANSWERED },
		{ { .outcome = OUTCOME_CLOSED, .error = ECONNREFUSED }, false,
		  UPDATE_UNREACHABLE },
		{ { .outcome = OUTCOME_GARBLED }, false, UPDATE_UNANSWERED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct change change = change_of(
			"_25._tcp.mx.example.com.",
			cases[i].absent ? &nothing : &old);
		struct update update = update_of(1, &change, 1, 0);

		primary.behaviours[1] = cases[i].behaviour;
		primary.batches = 0;
		update_send(&world, &update, 1);
		assert_verdict(0, cases[i].verdict, "zone example.com.");
		assert_int_equal(primary.batches, 1);
	}
}

/* One name that is refused: all are sent again, each by itself, once. */
static void check_split(struct behaviour behaviour, enum update_verdict want)
{
	struct change changes[] = {
		change_of("_25._tcp.a.example.com.", &old),
		change_of("_25._tcp.bad.example.com.", &old),
		change_of("_25._tcp.c.example.com.", &nothing),
	};
	struct update update = update_of(1, changes, 3, 0);

	behaviour.label = "\003bad";
	primary.behaviours[1] = behaviour;
	primary.batches = primary.questions = 0;
	update_send(&world, &update, 1);
	assert_verdict(0, UPDATE_DONE, "_25._tcp.a.");
	assert_verdict(1, want, "_25._tcp.bad.");
	assert_verdict(2, UPDATE_DONE, "_25._tcp.c.");
	assert_int_equal(primary.batches, 2);
	assert_int_equal(primary.questions, 4);
}

TEST(split)
{
	check_split((struct behaviour){ .rcode = 5 }, UPDATE_REFUSED);
	check_split((struct behaviour){ .rcode = 7 }, UPDATE_ALIAS);
	check_split((struct behaviour){ .rcode = 8 }, UPDATE_RACED);
	check_split((struct behaviour){ .rcode = 2 }, UPDATE_SERVER_FAILED);
	check_split((struct behaviour){ .rcode = 10 },
		    UPDATE_NOT_AUTHORITATIVE);
}

/* Done, though it was not said to be: then nothing is as it was seen. */
TEST(done_before_it_was_split)
{
	static const struct {
		unsigned rcode;
		enum signing signing;
		enum update_verdict want;
	} cases[] = {
		{ 2, SIGN_WELL, UPDATE_UNANSWERED },
		{ 5, SIGN_WELL, UPDATE_RACED },
		{ 8, SIGN_WELL, UPDATE_RACED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct change changes[] = {
			change_of("_25._tcp.a.example.com.", &old),
			change_of("_25._tcp.b.example.com.", &old),
		};
		struct update update = update_of(1, changes, 2, 0);

		primary.behaviours[1] = (struct behaviour){
			.rcode = cases[i].rcode, .later = 8,
			.signing = cases[i].signing };
		primary.questions = 0;
		update_send(&world, &update, 1);
		assert_verdict(0, cases[i].want, "_25._tcp.a.");
		assert_verdict(1, cases[i].want, "_25._tcp.b.");
		assert_int_equal(update.results[0].doubtful, i == 0);
	}
}

/* Knot says BADKEY for a name that its acl does not give to the key. */
TEST(split_by_badkey)
{
	struct change changes[] = {
		change_of("_25._tcp.a.example.com.", &old),
		change_of("_25._tcp.b.example.com.", &old),
	};
	struct update update = update_of(1, changes, 2, 0);

	primary.behaviours[1] = (struct behaviour){
		.rcode = 9, .tsig_error = 17, .signing = SIGN_ERROR };
	update_send(&world, &update, 1);
	assert_verdict(0, UPDATE_BAD_KEY, "Knot");
	assert_verdict(1, UPDATE_BAD_KEY, "_25._tcp.b.");
	assert_int_equal(primary.batches, 2);
	assert_int_equal(primary.questions, 3);
}

/* What is lost may have been done: it is not sent again. */
TEST(lost_is_not_repeated)
{
	static const struct behaviour lost[] = {
		{ .outcome = OUTCOME_SILENT }, { .signing = SIGN_BADLY },
		{ .outcome = OUTCOME_GARBLED },
		{ .outcome = OUTCOME_CLOSED, .error = ECONNRESET },
	};

	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
		struct change changes[] = {
			change_of("_25._tcp.a.example.com.", &old),
			change_of("_25._tcp.b.example.com.", &old),
		};
		struct update update = update_of(1, changes, 2, 0);

		primary.behaviours[1] = lost[i];
		primary.questions = 0;
		update_send(&world, &update, 1);
		assert_int_equal(primary.questions, 1);
		assert_verdict(0, i == 1 ? UPDATE_UNAUTHENTICATED :
			       UPDATE_UNANSWERED, "several names");
		assert_verdict(1, i == 1 ? UPDATE_UNAUTHENTICATED :
			       UPDATE_UNANSWERED, "several names");
	}
}

/* All zones go out at once, and their troubles do not mix. */
TEST(zones_together)
{
	struct change changes[4];
	struct update updates[4];

	for (uint8_t i = 0; i < 4; i++) {
		changes[i] = change_of("_25._tcp.a.example.com.", &old);
		updates[i] = update_of(i, &changes[i], 1, i);
	}
	primary.behaviours[1].outcome = OUTCOME_SILENT;
	updates[2].key = NULL;
	updates[3].primary.family = 0;
	update_send(&world, updates, 4);
	assert_verdict(0, UPDATE_DONE, "192.0.2.0");
	assert_verdict(1, UPDATE_UNANSWERED, "192.0.2.1");
	assert_verdict(2, UPDATE_NOT_SENT, "no TSIG key");
	assert_verdict(3, UPDATE_NOT_SENT, "`primary`");
	assert_int_equal(primary.batches, 1);
	assert_int_equal(primary.questions, 2);
}

/* ---- Several primaries ------------------------------------------------- */

#define REFUSES { .outcome = OUTCOME_CLOSED, .error = ECONNREFUSED }

static const struct address at_2 = { .family = 4, .port = 53,
				     .bytes = { 192, 0, 2, 2 } };

/* Those of the list are 1, 2, 3; the survey chose 2. */
static void send_to_three(enum update_verdict verdict, const char *part,
			  size_t questions)
{
	char ns1[] = "ns1.example.com.", ns2[] = "ns2.example.com.";
	char ns3[] = "ns3.example.com.";
	const struct zone_primary primaries[] = {
		{ { .family = 4, .bytes = { 192, 0, 2, 1 }, .port = 53 }, ns1 },
		{ at_2, ns2 },
		{ { .family = 4, .bytes = { 192, 0, 2, 3 }, .port = 53 }, ns3 },
	};
	struct change changes[] = {
		change_of("_25._tcp.a.example.com.", &old),
		change_of("_25._tcp.b.example.com.", &old),
	};
	struct update update = update_of(2, changes, 2, 0);

	update.primary_name = primaries[1].name;
	update.primaries = primaries;
	update.primary_count = 3;
	primary.questions = 0;
	update_send(&world, &update, 1);
	assert_verdict(0, verdict, part);
	assert_verdict(1, verdict, part);
	assert_int_equal(primary.questions, questions);
}

TEST(next_primary)
{
	static const struct behaviour refuses = REFUSES;

	send_to_three(UPDATE_DONE, "192.0.2.2 (ns2", 1);
	primary.behaviours[2] = refuses;
	send_to_three(UPDATE_DONE, "192.0.2.1 (ns1", 2);
	primary.behaviours[1] = (struct behaviour){
		.outcome = OUTCOME_UNREACHABLE, .error = EHOSTUNREACH };
	send_to_three(UPDATE_DONE, "192.0.2.3 (ns3", 3);
	primary.behaviours[3] = refuses;
	send_to_three(UPDATE_UNREACHABLE, "192.0.2.3 (ns3", 3);
}

/* What may be there, or was judged, is looked at before anybody else is. */
TEST(no_next_primary)
{
	static const struct {
		struct behaviour behaviour;
		enum update_verdict verdict;
	} cases[] = {
		{ { .outcome = OUTCOME_SILENT }, UPDATE_UNANSWERED },
		{ { .outcome = OUTCOME_NO_TIME }, UPDATE_UNANSWERED },
		{ { .outcome = OUTCOME_GARBLED }, UPDATE_UNANSWERED },
		{ { .outcome = OUTCOME_CLOSED, .error = ECONNRESET },
		  UPDATE_UNANSWERED },
		{ { .outcome = OUTCOME_FAILED }, UPDATE_UNANSWERED },
		{ { .signing = SIGN_BADLY }, UPDATE_UNAUTHENTICATED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		primary.behaviours[2] = cases[i].behaviour;
		send_to_three(cases[i].verdict, "192.0.2.2 (ns2", 1);
	}
}

/* 600 changes of some 200 octets: several messages, every change in one. */
TEST(large_zone)
{
	enum { COUNT = RESULTS };
	struct change *changes = xcalloc(COUNT, sizeof(*changes));
	struct update update = update_of(1, changes, COUNT, 0);
	size_t total = 0, empty = update_measure("example.com.", NULL, 0);
	char *owners[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		owners[i] = xasprintf("_25._tcp.%0*zu.example.com.", 60, i);
		changes[i] = change_of(owners[i], &old);
		total += update_measure("example.com.", &changes[i], 1) -
			 empty;
	}
	update_send(&world, &update, 1);
	assert_int_equal(primary.batches, 1);
	assert_int_equal(primary.questions,
			 (total + UPDATE_SIZE_MAX - 1) / UPDATE_SIZE_MAX);
	assert_true(primary.questions > 1);
	assert_true(primary.largest > 60000 && primary.largest <= 65535);
	for (size_t i = 0; i < COUNT; i++) {
		assert_verdict(i, UPDATE_DONE, "accepted");
		free(owners[i]);
	}
	free(changes);
}

/* N records of SIZE octets, the last of LAST. */
static struct tlsa_set large_set(uint8_t n, size_t size, size_t last)
{
	struct tlsa_set set = { 0 };
	uint8_t *data = xcalloc(TLSA_DATA_MAX, 1);

	for (uint8_t i = 0; i < n; i++) {
		const struct tlsa record = { { 3, 0, 0 }, data,
					     i + 1 < n ? size : last };

		data[0] = i;
		tlsa_set_add(&set, &record);
	}
	free(data);
	return set;
}

static size_t questions_for(struct change *changes, size_t n)
{
	struct update update = update_of(1, changes, n, 0);

	primary.questions = 0;
	update_send(&world, &update, 1);
	for (size_t i = 0; i < n; i++)
		assert_verdict(i, UPDATE_DONE, "accepted");
	return primary.questions;
}

#define LARGE 4096

/* Two changes go in one message if it holds them, to the last octet. */
TEST(full_message)
{
	struct tlsa_set half = large_set(8, LARGE, LARGE);
	struct tlsa_set rest = large_set(8, LARGE, 1);
	struct change changes[] = {
		change_of("_25._tcp.a.example.com.", &half),
		change_of("_25._tcp.b.example.com.", &rest),
	};
	size_t room = UPDATE_SIZE_MAX -
		update_measure("example.com.", changes, 2);

	assert_true(room >= 1 && room <= LARGE - 2);
	tlsa_set_clear(&rest);
	rest = large_set(8, LARGE, 1 + room);
	assert_int_equal(questions_for(changes, 2), 1);
	tlsa_set_clear(&rest);
	rest = large_set(8, LARGE, 1 + room + 1);
	assert_int_equal(questions_for(changes, 2), 2);
	tlsa_set_clear(&rest);
	tlsa_set_clear(&half);
}

/* A change that cannot be put into a message holds up no other. */
TEST(unbuildable)
{
	struct tlsa_set huge = large_set(17, TLSA_DATA_MAX, TLSA_DATA_MAX);
	struct change changes[] = {
		change_of("_25._tcp.a.example.com.", &old),
		change_of("a..b.", &old),
		change_of("_25._tcp.c.example.com.", &huge),
		change_of("_25._tcp.d.example.com.", &old),
		change_of("_25._tcp.e.example.com.", &old),
	};
	struct update update = update_of(1, changes, 5, 0);

	update_send(&world, &update, 1);
	assert_verdict(0, UPDATE_DONE, "accepted");
	assert_verdict(1, UPDATE_NOT_SENT, "a..b.");
	assert_verdict(2, UPDATE_NOT_SENT, "does not fit");
	assert_verdict(3, UPDATE_DONE, "accepted");
	assert_verdict(4, UPDATE_DONE, "accepted");
	assert_int_equal(primary.batches, 1);
	assert_int_equal(primary.questions, 2);
	tlsa_set_clear(&huge);
}

TEST(fresh_ids)
{
	struct change changes[8];
	struct update updates[8];

	for (uint8_t i = 0; i < 8; i++) {
		changes[i] = change_of("_25._tcp.a.example.com.", &old);
		updates[i] = update_of(i, &changes[i], 1, i);
	}
	update_send(&world, updates, 8);
	for (size_t i = 0; i < 8; i++) {
		free(results[i].detail);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(primary.ids[i], primary.ids[k]);
	}
}

#define CASE(name) CASE_WITH(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(accepted), CASE(nothing_to_send),
		CASE(single_verdicts), CASE(split),
		CASE(done_before_it_was_split),
		CASE(split_by_badkey), CASE(lost_is_not_repeated),
		CASE(next_primary), CASE(no_next_primary),
	CASE(zones_together), CASE(large_zone),
		CASE(full_message), CASE(unbuildable),
		CASE(fresh_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
