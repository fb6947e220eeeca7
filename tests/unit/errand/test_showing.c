/* SPDX-License-Identifier: MIT */
#include "errand/showing.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "cert/chain_wire.h"
#include "errand/wire.h"
#include "support/certificates.h"
#include "support/dns.h"
#include "support/wire.h"
#include "unit.h"

#define MX "mx.test."
#define MANY 70			/* more than one errand is sent for */

/* What is presented, by the port. */
enum { GOOD, OTHER, RUBBISH, NO_TLS, SILENT, KINDS };

static struct test_pki *pki;
static struct test_version *version, *other;
static struct chain *chain;
static int64_t now_seconds;	/* the certificates are an hour old */
static struct world world;
static const struct config config;
static const struct errand_desk desk = { .world = &world, .config = &config };
static struct tlsa right, wrong;
static struct showing_record records[3];
static struct showing showings[MANY];
static size_t errands, shaken;

static void now(struct world *given, struct moment *moment)
{
	(void)given;
	*moment = (struct moment){ .wall_ms = now_seconds * 1000 };
}

static void present(struct handshake *handshake, const char *pem)
{
	handshake->outcome = OUTCOME_ANSWERED;
	handshake->chain_pem = xstrdup(pem);
	handshake->chain_pem_size = strlen(pem);
}

static void shake(struct world *given, struct handshake *handshakes, size_t n)
{
	(void)given;
	shaken += n;
	for (size_t i = 0; i < n; i++) {
		struct handshake *handshake = &handshakes[i];

		assert_string_equal(handshake->server_name, "mx.test");
		assert_int_equal(handshake->application, APPLICATION_SMTP);
		assert_int_equal(handshake->family, KEY_ECDSA);
		assert_int_equal(handshake->timeout_ms, 4711);
		switch (handshake->server.port % KINDS) {
		case GOOD:
			present(handshake, version->fullchain);
			break;
		case OTHER:
			present(handshake, other->fullchain);
			break;
		case RUBBISH:
			present(handshake, "no certificate at all");
			break;
		case NO_TLS:
			handshake->outcome = OUTCOME_GARBLED;
			handshake->error = EPROTO;
			handshake->words = STARTTLS_WRONG;
			strcpy(handshake->seen, "* OK ready");
			handshake->is_guess = true;
			handshake->guess = APPLICATION_IMAP;
			break;
		default:
			handshake->outcome = OUTCOME_SILENT;
		}
	}
}

static void count(struct world *given, struct errand *all, size_t n)
{
	errands += n;
	errands_do_here(given, all, n);
}

static int begin(void **state)
{
	(void)state;
	world = (struct world){ .now = now, .handshake = shake,
				.delegate = count };
	errands = shaken = 0;
	assert_true(tlsa_from_chain(chain, (struct tlsa_params){ 3, 1, 1 },
				    &right));
	assert_true(tlsa_parse("3 1 1 0011223344556677889900112233445566778899"
			       "001122334455667788990011", &wrong));
	records[0] = (struct showing_record){ right, MX, NULL };
	records[1] = (struct showing_record){ wrong, MX, "test." };
	for (uint16_t i = 0; i < MANY; i++) {
		showings[i] = (struct showing){
			.handshake = { .server = fake_address("192.0.2.1"),
				       .server_name = "mx.test",
				       .application = APPLICATION_SMTP,
				       .family = KEY_ECDSA,
				       .timeout_ms = 4711 },
			.wanted = chain->leaf,
			.records = records, .record_count = 2 };
		showings[i].handshake.server.port = i;
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (size_t i = 0; i < MANY; i++)
		showing_clear(&showings[i]);
	tlsa_clear(&right);
	tlsa_clear(&wrong);
	tlsa_clear(&records[2].record);
	records[2].record = (struct tlsa){ .size = 0 };
	return 0;
}

static int open_group(void **state)
{
	(void)state;
	pki = test_pki_open();
	version = test_version_make(pki, "mx.test", TEST_LEAF_EC);
	other = test_version_make(pki, "www.test", TEST_LEAF_RSA);
	chain = test_chain_of(version->fullchain);
	now_seconds = chain->not_before_seconds + 3600;
	return 0;
}

static int close_group(void **state)
{
	(void)state;
	chain_free(chain);
	test_version_free(version);
	test_version_free(other);
	test_pki_close(pki);
	return 0;
}

/* ---- What is presented ------------------------------------------------- */

static void expect_verdict(const struct showing *showing, size_t record,
			   enum dane_verdict verdict)
{
	const struct showing_verdict *found = &showing->verdicts[record];
	char *detail;

	assert_int_equal(found->verdict, verdict);
	assert_int_equal(dane_verify(chain, &records[record].record,
				     records[record].host, now_seconds,
				     &detail), verdict);
	expect_same_text(found->detail, detail);
	free(detail);
}

TEST(ours)
{
	struct showing *showing = &showings[GOOD];

	errand_show(&desk, showing, 1);
	assert_int_equal(errands, 1);
	assert_int_equal(showing->handshake.outcome, OUTCOME_ANSWERED);
	assert_null(showing->handshake.chain_pem);
	assert_int_equal(showing->error, CHAIN_OK);
	assert_int_equal(showing->chain->count, chain->count);
	assert_true(fingerprint_equal(&showing->chain->version,
				      &chain->version));
	expect_verdict(showing, 0, DANE_ACCEPTED);
	expect_verdict(showing, 1, DANE_NOT_FOUND);
}

/* Either name will do, where there are two. */
TEST(domain)
{
	static const struct {
		const char *host, *domain;
		enum dane_verdict verdict;
	} names[] = {
		{ MX, NULL, DANE_ACCEPTED },
		{ MX, "www.test.", DANE_ACCEPTED },
		{ "www.test.", MX, DANE_ACCEPTED },
		{ "www.test.", NULL, DANE_WRONG_NAME },
		{ "www.test.", "a.test.", DANE_WRONG_NAME },
	};
	struct showing *showing = &showings[GOOD];

	assert_true(tlsa_from_chain(chain, (struct tlsa_params){ 2, 1, 1 },
				    &records[2].record));
	showing->record_count = 3;
	for (size_t i = 0; i < COUNT(names); i++) {
		records[2].host = names[i].host;
		records[2].domain = names[i].domain;
		errand_show(&desk, showing, 1);
		if (showing->verdicts[2].verdict != names[i].verdict)
			fail_msg("row %zu: %s", i, showing->verdicts[2].detail);
		assert_true((showing->verdicts[2].verdict == DANE_ACCEPTED) ==
			    !showing->verdicts[2].detail);
		showing_clear(showing);
	}
}

/* Records are about another one: of what it has nothing is said. */
TEST(another_leaf)
{
	struct showing *showing = &showings[OTHER];

	errand_show(&desk, showing, 1);
	assert_non_null(showing->chain);
	assert_false(fingerprint_equal(&showing->chain->leaf, &chain->leaf));
	assert_null(showing->verdicts);
}

TEST(no_certificate)
{
	struct showing *showing = &showings[RUBBISH];
	struct chain *none;

	errand_show(&desk, showing, 1);
	assert_int_equal(showing->handshake.outcome, OUTCOME_ANSWERED);
	assert_null(showing->chain);
	assert_null(showing->verdicts);
	assert_int_equal(showing->error, chain_parse_sent(
		"no certificate at all", 21, &none));
	assert_int_not_equal(showing->error, CHAIN_OK);
}

TEST(no_handshake)
{
	struct handshake *handshake = &showings[NO_TLS].handshake;

	errand_show(&desk, &showings[NO_TLS], 2);
	assert_int_equal(handshake->outcome, OUTCOME_GARBLED);
	assert_int_equal(handshake->error, EPROTO);
	assert_int_equal(handshake->words, STARTTLS_WRONG);
	assert_string_equal(handshake->seen, "* OK ready");
	assert_true(handshake->is_guess);
	assert_int_equal(handshake->guess, APPLICATION_IMAP);
	assert_null(showings[NO_TLS].chain);
	assert_int_equal(showings[SILENT].handshake.outcome, OUTCOME_SILENT);
	assert_string_equal(showings[SILENT].handshake.seen, "");
}

TEST(no_records)
{
	struct showing *showing = &showings[GOOD];

	showing->record_count = 0;
	errand_show(&desk, showing, 1);
	assert_non_null(showing->chain);
	errand_show(&desk, showing, 0);
	assert_int_equal(shaken, 1);
}

/* ---- Several of them --------------------------------------------------- */

/* It can connect to those it is sent to, and to nobody else. */
static void check_peers(struct world *given, struct errand *all, size_t n)
{
	uint16_t at = 0;

	assert_between(n, 2, 3);
	for (size_t i = 0; i < n; i++) {
		assert_between(all[i].peer_count, 1, MANY - 1);
		for (size_t k = 0; k < all[i].peer_count; k++)
			assert_true(address_equal(
				&all[i].peers[k],
				&showings[at++].handshake.server));
	}
	assert_int_equal(at, MANY);
	count(given, all, n);
}

TEST(many)
{
	world.delegate = check_peers;
	world.hands = 8;
	errand_show(&desk, showings, MANY);
	assert_int_equal(shaken, MANY);
	for (uint16_t i = 0; i < MANY; i++) {
		assert_int_equal(showings[i].handshake.server.port, i);
		assert_true((showings[i].verdicts != NULL) ==
			    (i % KINDS == GOOD));
		assert_true((showings[i].chain != NULL) ==
			    (i % KINDS == GOOD || i % KINDS == OTHER));
		assert_int_equal(showings[i].handshake.is_guess,
				 i % KINDS == NO_TLS);
	}
}

/* ---- Where nothing came ------------------------------------------------ */

static enum errand_outcome ending;

static void end_all(struct world *given, struct errand *all, size_t n)
{
	(void)given;
	errands += n;
	for (size_t i = 0; i < n; i++)
		all[i].outcome = ending;
}

static void expect_none(const struct showing *showing, enum outcome outcome)
{
	assert_int_equal(showing->handshake.outcome, outcome);
	assert_int_equal(showing->handshake.error,
			 outcome == OUTCOME_GARBLED ? EPROTO : 0);
	assert_int_equal(showing->handshake.words, STARTTLS_READY);
	assert_string_equal(showing->handshake.seen, "");
	assert_false(showing->handshake.is_guess);
	assert_null(showing->chain);
	assert_null(showing->verdicts);
	assert_null(showing->handshake.chain_pem);
}

TEST(nothing_came)
{
	static const enum outcome outcomes[] = {
		[ERRAND_NO_TIME] = OUTCOME_NO_TIME,
		[ERRAND_DIED] = OUTCOME_GARBLED,
		[ERRAND_FAILED] = OUTCOME_FAILED };
	static const size_t tries[] = { [ERRAND_NO_TIME] = 1,
					[ERRAND_DIED] = 9,
					[ERRAND_FAILED] = 1 };

	world.delegate = end_all;
	for (int i = ERRAND_NO_TIME; i <= ERRAND_FAILED; i++) {
		ending = (enum errand_outcome)i;
		errands = 0;
		errand_show(&desk, showings, KINDS);
		assert_int_equal(errands, tries[i]);
		for (size_t k = 0; k < KINDS; k++)
			expect_none(&showings[k], outcomes[i]);
	}
}

static bool is_for(const struct errand *errand, uint16_t port)
{
	for (size_t i = 0; i < errand->peer_count; i++)
		if (errand->peers[i].port == port)
			return true;
	return false;
}

static void fall_by_11(struct world *given, struct errand *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_for(&all[i], 11))
			all[i].outcome = ERRAND_DIED;
		else
			count(given, &all[i], 1);
}

/* Who harms the process that looks at him is alone with that. */
TEST(one_is_hostile)
{
	world.delegate = fall_by_11;
	errand_show(&desk, showings, 20);
	assert_int_equal(shaken, 19);
	expect_none(&showings[11], OUTCOME_GARBLED);
	for (size_t i = 0; i < 20; i++)
		if (i != 11)
			assert_true((showings[i].verdicts != NULL) ==
				    (i % KINDS == GOOD));
}

/* ---- What is no result ------------------------------------------------- */

/* What is said of one handshake; each row has one thing that cannot be. */
struct claim {
	uint64_t outcome, error, words;
	const char *seen;
	uint64_t is_guess, guess, fault;
	bool has_chain;
	uint64_t verdicts[2];
	const char *details[2];
};

static const struct claim usual = {
	.outcome = OUTCOME_ANSWERED, .seen = "", .has_chain = true,
	.verdicts = { DANE_ACCEPTED, DANE_REFUSED },
	.details = { NULL, "why" } };
static struct claim claim;
static size_t claims;

static void put_claim(struct octets *result)
{
	octets_put_number(result, claim.outcome);
	octets_put_number(result, claim.error);
	octets_put_number(result, claim.words);
	octets_put_text(result, claim.seen);
	octets_put_number(result, claim.is_guess);
	octets_put_number(result, claim.guess);
	if (claim.outcome != OUTCOME_ANSWERED)
		return;
	octets_put_number(result, claim.fault);
	if (claim.has_chain)
		chain_put(result, chain);
	for (size_t i = 0; claim.has_chain && i < 2; i++) {
		octets_put_number(result, claim.verdicts[i]);
		octets_put_text(result, claim.details[i]);
	}
}

static void bring(struct world *given, struct errand *all, size_t n)
{
	(void)given;
	errands += n;
	for (size_t i = 0; i < n; i++) {
		all[i].outcome = ERRAND_DONE;
		for (size_t k = 0; k < claims; k++)
			put_claim(&all[i].result);
	}
}

static bool is_refused(void)
{
	struct showing *showing = &showings[GOOD];
	bool refused;

	world.delegate = bring;
	errand_show(&desk, showing, 1);
	refused = showing->handshake.outcome == OUTCOME_GARBLED;
	if (refused)
		expect_none(showing, OUTCOME_GARBLED);
	showing_clear(showing);
	return refused;
}

static void change(size_t row)
{
	static char longer[STARTTLS_SEEN_SIZE + 1];

	claim = usual;
	memset(longer, 'x', sizeof(longer) - 1);
	switch (row) {
	case 0: claim.outcome = OUTCOME_FAILED + 1; break;
	case 1: claim.error = 4097; break;
	case 2: claim.words = STARTTLS_TOO_MUCH + 1; break;
	case 3: claim.seen = NULL; break;
	case 4: claim.seen = "a\rb"; break;
	case 5: claim.seen = longer; break;
	case 6: claim.is_guess = 2; break;
	case 7: claim.guess = APPLICATION_NNTP + 1; break;
	case 8: claim.fault = CHAIN_KEY_MISMATCH + 1; break;
	case 9: claim.fault = CHAIN_EMPTY; break;
	case 10: claim.has_chain = false; break;
	case 11: claim.verdicts[1] = DANE_REFUSED + 1; break;
	case 12: claim.details[0] = "why"; break;
	case 13: claim.details[1] = NULL; break;
	case 14: claim.details[1] = "w\nhy"; break;
	default: claims = row == 15 ? 0 : row == 16 ? 2 : 1;
	}
}

TEST(what_cannot_be)
{
	change(SIZE_MAX);
	assert_false(is_refused());
	for (size_t row = 0; row <= 16; row++) {
		change(row);
		if (!is_refused())
			fail_msg("row %zu is taken", row);
	}
}

/* For three it brings one: but in halves all are good. */
TEST(too_few)
{
	change(SIZE_MAX);
	world.delegate = bring;
	errand_show(&desk, showings, 3);
	assert_int_equal(errands, 5);
	for (size_t i = 0; i < 3; i++) {
		assert_non_null(showings[i].verdicts);
		assert_string_equal(showings[i].verdicts[1].detail, "why");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(ours, begin, end),
		CASE_WITH(domain, begin, end),
		CASE_WITH(another_leaf, begin, end),
		CASE_WITH(no_certificate, begin, end),
		CASE_WITH(no_handshake, begin, end),
		CASE_WITH(no_records, begin, end),
		CASE_WITH(many, begin, end),
		CASE_WITH(nothing_came, begin, end),
		CASE_WITH(one_is_hostile, begin, end),
		CASE_WITH(what_cannot_be, begin, end),
		CASE_WITH(too_few, begin, end),
	};

	return cmocka_run_group_tests(tests, open_group, close_group);
}
