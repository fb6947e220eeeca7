/* SPDX-License-Identifier: MIT */
#include "look/probe_internal.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"

/* A is in service, B under way, O another target's; X is nobody's. */
enum { A, B, O, X, VERSIONS };
static struct test_version *versions[VERSIONS];
static struct chain *chains[VERSIONS];
static bool is_unfit;		/* B */
static const struct facts *facts;

static int open_all(void **state)
{
	struct test_pki *pki = test_pki_open();

	(void)state;
	for (int i = 0; i < VERSIONS; i++) {
		versions[i] = test_version_make(pki, "mx.test", TEST_LEAF_EC);
		chains[i] = test_chain_of(versions[i]->fullchain);
	}
	test_pki_close(pki);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	for (int i = 0; i < VERSIONS; i++) {
		chain_free(chains[i]);
		test_version_free(versions[i]);
	}
	return 0;
}

static struct showing presents(int version)
{
	return (struct showing){ .handshake.outcome = OUTCOME_ANSWERED,
				 .chain = chains[version] };
}

/* When WANTED shall be presented, the last COUNT of the rounds end like LAST,
 * and all families are asked for with the outcome ANY. */
static enum probe_verdict look(int wanted, struct showing last, size_t count,
			       struct showing *any,
			       enum visit_verdict *visit)
{
	struct chain *mine[] = { chains[A], NULL, chains[wanted] };
	struct chain *all[] = { chains[A], chains[O] };
	const struct chains presented = { mine, COUNT(mine) };
	const struct chains known = { all, COUNT(all) };
	struct config_spec spec = { .port = 443, .host = lent("mx.test."),
				    .owner = lent("_443._tcp.mx.test."),
				    .protocol = "tcp", .params = { 3, 1, 1 } };
	const struct config_target target = { .specs = &spec,
					      .spec_count = facts != NULL };
	struct probe_request request = {
		.target = &target, .wanted = chains[wanted],
		.presented = &presented, .known = &known,
		.next = chains[B], .next_is_unfit = is_unfit,
		.facts = facts };
	const struct probing probing = { .requests = &request };
	struct service service = { .port = 443, .host = lent("mx.test.") };
	struct showing rounds[PROBE_ROUNDS];
	struct showing_verdict good = { DANE_ACCEPTED, NULL };
	const struct endpoint endpoint = { .service = &service,
					   .rounds = rounds, .any = any };

	for (size_t i = 0; i < PROBE_ROUNDS; i++)
		rounds[i] = i < PROBE_ROUNDS - count ? presents(wanted) : last;
	for (size_t i = 0; i < PROBE_ROUNDS; i++)
		if (rounds[i].chain == chains[wanted])
			rounds[i].verdicts = &good;
	*visit = probe_visit(&probing, &endpoint);
	return probe_class(&probing, &endpoint);
}

/* What it counts as, where one round ends like LAST. */
static enum probe_verdict class_of(int wanted, struct showing last,
				   struct showing *any)
{
	enum visit_verdict visit;

	return look(wanted, last, 1, any, &visit);
}

/* What is seen there where COUNT do. */
static enum visit_verdict visit_of(struct showing last, size_t count,
				   struct showing *any)
{
	enum visit_verdict visit;

	look(A, last, count, any, &visit);
	return visit;
}

TEST(presented)
{
	assert_int_equal(class_of(A, presents(B), NULL), PROBE_SAW_NEXT);
	assert_int_equal(class_of(A, presents(X), NULL), PROBE_SAW_OTHER);
	assert_int_equal(class_of(A, presents(O), NULL), PROBE_SAW_OTHER);
	/* B is released; an old worker still presents A. */
	assert_int_equal(class_of(B, presents(A), NULL), PROBE_SAW_OLD);
}

TEST(no_answer)
{
	struct showing silent = { .handshake.outcome = OUTCOME_SILENT };

	assert_int_equal(class_of(A, silent, NULL), PROBE_NO_ANSWER);
}

/* No key of the wanted family: what there is instead is another target's, or
 * it is not. */
TEST(another_family)
{
	struct showing lacks = { .handshake.outcome = OUTCOME_GARBLED,
				   .handshake.error = ENOTSUP,
				   .handshake.words = STARTTLS_READY };
	struct showing any = presents(O);

	assert_int_equal(class_of(A, lacks, &any), PROBE_NO_ANSWER);
	any = presents(X);
	assert_int_equal(class_of(A, lacks, &any), PROBE_SAW_OTHER);
	any = presents(B);
	assert_int_equal(class_of(A, lacks, &any), PROBE_SAW_NEXT);
	any = lacks;
	assert_int_equal(class_of(A, lacks, &any), PROBE_NO_ANSWER);
}

/* .. but only if that has records where this one is to have them. */
TEST(another_target_elsewhere)
{
	struct showing lacks = { .handshake.outcome = OUTCOME_GARBLED,
				   .handshake.words = STARTTLS_READY };
	struct showing any = presents(O);
	const struct survey_owner seen = { .count = 0 };
	struct owner_facts owners[] = {
		{ .owner = "_443._tcp.mx.test.", .seen = &seen },
		{ .owner = "alias.test.", .seen = &seen },
	};
	const struct facts known = { .owners = owners,
				     .owner_count = COUNT(owners) };
	struct tlsa record;

	facts = &known;
	assert_int_equal(class_of(A, lacks, &any), PROBE_SAW_OTHER);
	assert_int_equal(visit_of(lacks, 4, &any), VISIT_STRANGER);
	assert_true(tlsa_from_chain(chains[O], (struct tlsa_params){ 3, 1, 1 },
				    &record));
	tlsa_set_add(&owners[0].others.needs, &record);
	assert_int_equal(class_of(A, lacks, &any), PROBE_NO_ANSWER);
	assert_int_equal(visit_of(lacks, 4, &any), VISIT_OURS);
	/* They are wanted where it leads. */
	owners[0].alias = owners[1].owner;
	assert_int_equal(class_of(A, lacks, &any), PROBE_SAW_OTHER);
	tlsa_set_add(&owners[1].others.needs, &record);
	assert_int_equal(class_of(A, lacks, &any), PROBE_NO_ANSWER);
	tlsa_set_clear(&owners[0].others.needs);
	tlsa_set_clear(&owners[1].others.needs);
	/* What others need there is known, whatever was dropped since. */
	owners[0].seen = NULL;
	owners[0].alias = NULL;
	assert_int_equal(class_of(A, lacks, &any), PROBE_SAW_OTHER);
	/* Nobody asked the name servers. */
	facts = NULL;
	assert_int_equal(class_of(A, lacks, &any), PROBE_NO_ANSWER);
	tlsa_clear(&record);
}

/* What clients would meet that begin to look at records of A. */
TEST(visits)
{
	struct showing silent = { .handshake.outcome = OUTCOME_SILENT };
	struct showing closed = { .handshake.outcome = OUTCOME_CLOSED };
	struct showing lacks = { .handshake.outcome = OUTCOME_GARBLED,
				   .handshake.words = STARTTLS_READY };
	struct showing any = presents(O);

	assert_int_equal(visit_of(silent, 0, NULL), VISIT_OURS);
	assert_int_equal(visit_of(silent, 3, NULL), VISIT_OURS);
	assert_int_equal(visit_of(silent, 4, NULL), VISIT_SILENT);
	assert_int_equal(visit_of(closed, 4, NULL), VISIT_CLOSED);
	assert_int_equal(visit_of(presents(B), 4, NULL), VISIT_OURS);
	is_unfit = true;
	assert_int_equal(visit_of(presents(B), 1, NULL), VISIT_STRANGER);
	assert_int_equal(visit_of(presents(A), 4, NULL), VISIT_OURS);
	is_unfit = false;
	assert_int_equal(visit_of(presents(X), 1, NULL), VISIT_STRANGER);
	assert_int_equal(visit_of(lacks, 4, &any), VISIT_OURS);
	assert_int_equal(visit_of(lacks, 4, &lacks), VISIT_SILENT);
	assert_int_equal(visit_of(lacks, 4, NULL), VISIT_SILENT);
	any = presents(X);
	assert_int_equal(visit_of(lacks, 1, &any), VISIT_STRANGER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_presented),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_another_family),
		cmocka_unit_test(test_another_target_elsewhere),
		cmocka_unit_test(test_visits),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
