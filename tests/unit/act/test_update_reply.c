/* SPDX-License-Identifier: MIT */
#include "act/update_reply.h"

#include "base/xalloc.h"
#include "unit.h"

#define OWNER "_25._tcp.mx.example.com."

static const struct address server = { .family = 4,
				       .bytes = { 192, 0, 2, 53 },
				       .port = 53 };

static struct update_exchange exchange_of(const char *owner, bool absent)
{
	return (struct update_exchange){
		.zone = "example.com.", .owner = owner, .absent = absent,
		.server = &server, .server_name = "ns1.example.com.",
		.key_name = "alnitak.", .algorithm = "hmac-sha256",
		.time_signed = 1700000000,
	};
}

static struct update_diagnosis diagnose(const struct update_exchange *exchange,
					unsigned rcode,
					enum tsig_verdict verdict)
{
	const uint8_t reply[12] = { 0, 0, 0xa8, (uint8_t)(0xf0 | rcode) };
	const struct tsig_reply tsig = { .authenticated =
					 verdict == TSIG_OK };
	struct update_diagnosis diagnosis;

	update_diagnose_reply(exchange, reply, sizeof(reply), verdict, &tsig,
			      &diagnosis);
	return diagnosis;
}

static void assert_says(const char *detail, const char *part)
{
	if (!strstr(detail, part))
		fail_msg("\"%s\" lacks \"%s\"", detail, part);
}

static void check(const struct update_exchange *exchange, unsigned rcode,
		  enum tsig_verdict verdict, enum update_verdict want,
		  bool split, const char *part)
{
	struct update_diagnosis diagnosis = diagnose(exchange, rcode, verdict);

	if (diagnosis.verdict != want || diagnosis.split != split)
		fail_msg("rcode %u, TSIG verdict %d: %d %d, want %d %d",
			 rcode, verdict, diagnosis.verdict, diagnosis.split,
			 want, split);
	assert_says(diagnosis.detail, part);
	assert_says(diagnosis.detail, "zone example.com.: 192.0.2.53 "
		    "(ns1.example.com.) ");
	assert_says(diagnosis.detail, "key alnitak. (hmac-sha256)");
	assert_null(strchr(diagnosis.detail, '\n'));
	free(diagnosis.detail);
}

static const struct {
	unsigned rcode;
	enum tsig_verdict tsig;
	enum update_verdict verdict;
	bool split;
	const char *part;
} cases[] = {
	{ 0, TSIG_OK, UPDATE_DONE, false, "accepted" },
	{ 1, TSIG_OK, UPDATE_SERVER_FAILED, true, "FORMERR" },
	{ 2, TSIG_OK, UPDATE_SERVER_FAILED, true, "SERVFAIL" },
	{ 3, TSIG_OK, UPDATE_SERVER_FAILED, true, "NXDOMAIN" },
	{ 4, TSIG_OK, UPDATE_NOT_IMPLEMENTED, false, "NOTIMP" },
	{ 5, TSIG_OK, UPDATE_REFUSED, true,
	  "BIND: \"grant alnitak. name _25._tcp.mx.example.com. TLSA;\"" },
	{ 5, TSIG_OK, UPDATE_REFUSED, true,
	  "add-meta example.com. TSIG-ALLOW-DNSUPDATE alnitak.\"" },
	{ 6, TSIG_OK, UPDATE_SERVER_FAILED, true, "YXDOMAIN" },
	{ 7, TSIG_OK, UPDATE_ALIAS, true, "alias" },
	{ 8, TSIG_OK, UPDATE_RACED, true, "NXRRSET" },
	{ 9, TSIG_OK, UPDATE_NOT_AUTHORITATIVE, false, "`primary`" },
	{ 10, TSIG_OK, UPDATE_NOT_AUTHORITATIVE, true, "NOTZONE" },
	{ 11, TSIG_OK, UPDATE_SERVER_FAILED, false, "rcode 11" },
	{ 0, TSIG_UNSIGNED, UPDATE_UNAUTHENTICATED, false, "proves nothing" },
	{ 1, TSIG_UNSIGNED, UPDATE_UNAUTHENTICATED, true, "FORMERR" },
	{ 2, TSIG_UNSIGNED, UPDATE_UNAUTHENTICATED, false, "rcode 2" },
	{ 4, TSIG_UNSIGNED, UPDATE_UNAUTHENTICATED, false, "NSD" },
	{ 5, TSIG_UNSIGNED, UPDATE_UNAUTHENTICATED, false,
	  "TSIG-ALLOW-DNSUPDATE" },
	{ 7, TSIG_UNSIGNED, UPDATE_UNAUTHENTICATED, false, "rcode 7" },
	{ 8, TSIG_UNSIGNED, UPDATE_UNAUTHENTICATED, false, "rcode 8" },
	{ 9, TSIG_UNSIGNED, UPDATE_UNAUTHENTICATED, true,
	  "Knot: either it is not the primary of the zone, then set "
	  "`primary` to the server where it is edited; or" },
	{ 9, TSIG_UNSIGNED, UPDATE_UNAUTHENTICATED, true,
	  "by this very name and algorithm or gives it no right, then it "
	  "needs both under \"key:\", and an acl of zone example.com. with "
	  "\"key: alnitak.\", \"action: update\" and, where it narrows these, "
	  "\"update-owner-name: _25._tcp.mx.example.com.\"" },
	{ 9, TSIG_PEER_BADKEY, UPDATE_BAD_KEY, true,
	  "update-owner-name: _25._tcp.mx.example.com.\"" },
	{ 9, TSIG_PEER_BADSIG, UPDATE_BAD_SIGNATURE, false, "secret" },
	{ 0, TSIG_MALFORMED, UPDATE_UNAUTHENTICATED, false, "believed" },
	{ 0, TSIG_NOT_A_REPLY, UPDATE_UNAUTHENTICATED, false, "believed" },
	{ 0, TSIG_NOT_LAST, UPDATE_UNAUTHENTICATED, false, "believed" },
	{ 0, TSIG_SEVERAL, UPDATE_UNAUTHENTICATED, false, "believed" },
	{ 0, TSIG_WRONG_CLASS_TTL, UPDATE_UNAUTHENTICATED, false, "believed" },
	{ 0, TSIG_WRONG_KEY_NAME, UPDATE_UNAUTHENTICATED, false, "believed" },
	{ 0, TSIG_WRONG_ALGORITHM, UPDATE_UNAUTHENTICATED, false, "believed" },
	{ 0, TSIG_WRONG_MAC_SIZE, UPDATE_UNAUTHENTICATED, false, "believed" },
	{ 0, TSIG_NO_CRYPTO, UPDATE_UNAUTHENTICATED, false, "believed" },
	{ 0, TSIG_WRONG_MAC, UPDATE_UNAUTHENTICATED, false, "believed" },
	{ 0, TSIG_OUT_OF_TIME, UPDATE_UNAUTHENTICATED, false, "believed" },
	{ 0, TSIG_PEER_BADTRUNC, UPDATE_UNAUTHENTICATED, false, "believed" },
	{ 0, TSIG_PEER_ERROR, UPDATE_UNAUTHENTICATED, false, "believed" },
};

TEST(replies)
{
	const struct update_exchange exchange = exchange_of(OWNER, false);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(&exchange, cases[i].rcode, cases[i].tsig,
		      cases[i].verdict, cases[i].split, cases[i].part);
}

static void assert_lists(size_t primaries_set, const char *part, bool others)
{
	struct update_exchange exchange = exchange_of(OWNER, false);
	struct update_diagnosis diagnosis;

	exchange.primaries_set = primaries_set;
	diagnosis = diagnose(&exchange, 9, TSIG_OK);
	assert_says(diagnosis.detail, part);
	assert_int_equal(strstr(diagnosis.detail, "others of `primary` are not "
				"tried") != NULL, others);
	free(diagnosis.detail);
}

/* What is set need not be set, and is no list of what is tried in turn. */
TEST(primary_is_set)
{
	struct update_exchange exchange = exchange_of(OWNER, false);
	struct update_diagnosis diagnosis;

	assert_lists(0, "(NOTAUTH); update of " OWNER " with key alnitak. "
		     "(hmac-sha256): set `primary` of the zone", false);
	assert_lists(1, ": correct `primary` of the zone", false);
	assert_lists(2, ": correct `primary` of the zone", true);
	exchange.primaries_set = 2;
	update_diagnose_outcome(&exchange, OUTCOME_SILENT, 0, &diagnosis);
	assert_says(diagnosis.detail, "others of `primary`");
	free(diagnosis.detail);
	update_diagnose_outcome(&exchange, OUTCOME_UNREACHABLE, 0, &diagnosis);
	assert_null(strstr(diagnosis.detail, "others of `primary`"));
	free(diagnosis.detail);
}

/* Every rcode with every verdict: only a verified NOERROR is DONE. */
TEST(done_only_when_verified)
{
	const struct update_exchange exchange = exchange_of(OWNER, true);

	for (unsigned rcode = 0; rcode < 16; rcode++) {
		for (int tsig = TSIG_OK; tsig <= TSIG_PEER_ERROR; tsig++) {
			struct update_diagnosis diagnosis = diagnose(
				&exchange, rcode, (enum tsig_verdict)tsig);

			assert_int_equal(diagnosis.verdict == UPDATE_DONE,
					 rcode == 0 && tsig == TSIG_OK);
			if (tsig == TSIG_UNSIGNED)
				assert_int_equal(diagnosis.verdict,
						 UPDATE_UNAUTHENTICATED);
			if (tsig != TSIG_OK) {
				assert_int_not_equal(diagnosis.verdict,
						     UPDATE_RACED);
				assert_int_not_equal(diagnosis.verdict,
						     UPDATE_REFUSED);
				assert_int_not_equal(diagnosis.verdict,
						     UPDATE_ALIAS);
				assert_int_not_equal(diagnosis.verdict,
						     UPDATE_UNREACHABLE);
			}
			free(diagnosis.detail);
		}
	}
}

/* With two conditions that YXRRSET can mean, it is not known which. */
TEST(alias_or_race)
{
	const struct update_exchange absent = exchange_of(OWNER, true);
	const struct update_exchange several = exchange_of(NULL, false);

	check(&absent, 7, TSIG_OK, UPDATE_RACED, true, "looked at again");
	check(&several, 7, TSIG_OK, UPDATE_RACED, true, "several names");
	check(&several, 5, TSIG_OK, UPDATE_REFUSED, true, "name NAME TLSA;");
}

TEST(short_reply)
{
	const struct update_exchange exchange = exchange_of(OWNER, false);
	const struct tsig_reply tsig = { 0 };
	struct update_diagnosis diagnosis;

	update_diagnose_reply(&exchange, (const uint8_t *)"", 0,
			      TSIG_MALFORMED, &tsig, &diagnosis);
	assert_int_equal(diagnosis.verdict, UPDATE_UNAUTHENTICATED);
	free(diagnosis.detail);
}

TEST(clocks)
{
	static const struct {
		uint64_t server_time;
		const char *part;
	} clocks[] = {
		{ 1700005000, "5000 s ahead of ours" },
		{ 1699999000, "1000 s behind ours" },
		{ 0, "does not tell" },
		{ 0xffffffffffff, "281473276710655 s ahead of ours" },
	};
	const struct update_exchange exchange = exchange_of(OWNER, false);
	const uint8_t reply[12] = { 0, 0, 0xa8, 9 };

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		const struct tsig_reply tsig = {
			.error = 18, .server_time = clocks[i].server_time,
			.authenticated = true,
		};
		struct update_diagnosis diagnosis;

		update_diagnose_reply(&exchange, reply, sizeof(reply),
				      TSIG_PEER_BADTIME, &tsig, &diagnosis);
		assert_int_equal(diagnosis.verdict, UPDATE_BAD_TIME);
		assert_false(diagnosis.split);
		assert_says(diagnosis.detail, clocks[i].part);
		free(diagnosis.detail);
	}
}

/* Only what never left this host was surely not applied. */
TEST(outcomes)
{
	static const struct {
		enum outcome outcome;
		int error;
		enum update_verdict verdict;
		const char *part;
	} outcomes[] = {
		{ OUTCOME_SILENT, 0, UPDATE_UNANSWERED, "is silent" },
		{ OUTCOME_SILENT, 0, UPDATE_UNANSWERED,
		  "frozen zone until it is thawed (knotc zone-thaw "
		  "example.com.)" },
		{ OUTCOME_SILENT, ETIMEDOUT, UPDATE_UNANSWERED, "timed out" },
		{ OUTCOME_NO_TIME, 0, UPDATE_UNANSWERED, "time was over" },
		{ OUTCOME_NO_TIME, 0, UPDATE_UNANSWERED, "knotc zone-thaw" },
		{ OUTCOME_CLOSED, 0, UPDATE_UNREACHABLE, "refuses" },
		{ OUTCOME_CLOSED, ECONNREFUSED, UPDATE_UNREACHABLE,
		  "nothing was changed" },
		{ OUTCOME_CLOSED, ECONNRESET, UPDATE_UNANSWERED, "may have" },
		{ OUTCOME_CLOSED, EPIPE, UPDATE_UNANSWERED, "broke off" },
		{ OUTCOME_UNREACHABLE, EHOSTUNREACH, UPDATE_UNREACHABLE,
		  "cannot be reached" },
		{ OUTCOME_GARBLED, 0, UPDATE_UNANSWERED, "no DNS message" },
		{ OUTCOME_GARBLED, ECONNRESET, UPDATE_UNANSWERED,
		  "broke off" },
		{ OUTCOME_TOO_LARGE, 0, UPDATE_UNAUTHENTICATED, "too large" },
		{ OUTCOME_FAILED, EMFILE, UPDATE_UNANSWERED, "open files" },
	};
	struct update_exchange exchange = exchange_of(OWNER, false);

	exchange.server_name = NULL;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		struct update_diagnosis diagnosis;

		update_diagnose_outcome(&exchange, outcomes[i].outcome,
					outcomes[i].error, &diagnosis);
		assert_int_equal(diagnosis.verdict, outcomes[i].verdict);
		assert_false(diagnosis.split);
		assert_says(diagnosis.detail, outcomes[i].part);
		assert_says(diagnosis.detail, "zone example.com.: 192.0.2.53 ");
		assert_null(strchr(diagnosis.detail, '\n'));
		free(diagnosis.detail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_primary_is_set),
		cmocka_unit_test(test_done_only_when_verified),
		cmocka_unit_test(test_alias_or_race),
		cmocka_unit_test(test_short_reply),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_outcomes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
