/* SPDX-License-Identifier: MIT */
#include "look/probe_internal.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"

static struct test_pki *pki;
static struct test_version *version, *other;
static struct chain *wanted;

/* What the only service presents, and when. */
static const char *presented;
static int64_t now_seconds;

static void fake_now(struct world *world, struct moment *moment)
{
	(void)world;
	*moment = (struct moment){ .wall_ms = now_seconds * 1000 };
}

static void fake_handshake(struct world *world, struct handshake *handshakes,
			   size_t n)
{
	(void)world;
	assert_int_equal(n, 1);
	handshakes->outcome = OUTCOME_ANSWERED;
	handshakes->chain_pem = xstrdup(presented);
	handshakes->chain_pem_size = strlen(presented);
}

static struct config_spec spec_of(uint8_t usage, uint16_t port,
				  const char *host)
{
	return (struct config_spec){ .params = { usage, 1, 1 }, .port = port,
				     .protocol = "tcp", .host = lent(host) };
}

/* PEM, presented by SERVICE at SECONDS after it became valid. */
static void check(const struct config_target *target, struct service service,
		  const char *pem, int64_t seconds, const char *want)
{
	const struct probe_request request = { .target = target,
					       .wanted = wanted };
	struct world world = { .now = fake_now, .handshake = fake_handshake,
			       .delegate = errands_do_here };
	const struct errand_desk desk = { .world = &world };
	struct showing showing = {
		.handshake.server = { .family = 4 }, .wanted = wanted->leaf };
	char *got;

	probe_add_records(&request, &service);
	showing.records = service.records;
	showing.record_count = service.record_count;
	presented = pem;
	now_seconds = wanted->not_before_seconds + seconds;
	errand_show(&desk, &showing, 1);
	got = probe_judge_chain(&request, &service, &showing);
	if (!got != !want || (want && !strstr(got, want)))
		fail_msg("\"%s\", want \"%s\"", got ? got : "",
			 want ? want : "");
	free(got);
	showing_clear(&showing);
	for (size_t i = 0; i < service.record_count; i++)
		tlsa_clear(&service.records[i].record);
	free(service.records);
}

static struct service at(const char *host, uint16_t port)
{
	return (struct service){ .host = lent(host), .port = port };
}

/* ---- Tests -------------------------------------------------------------- */

TEST(usage_3)
{
	struct config_spec specs[] = { spec_of(3, 25, "else.test.") };
	struct config_target target = { .specs = specs, .spec_count = 1 };
	struct service service = at("else.test.", 25);

	check(&target, service, version->cert, -5, NULL);
	check(&target, service, other->fullchain, 1, "presents ");
	check(&target, service, other->fullchain, 1, ".. (want ");
}

TEST(usage_2)
{
	struct config_spec specs[] = { spec_of(2, 25, "mx.test."),
				       spec_of(2, 25, "else.test.") };
	struct config_target target = { .specs = specs, .spec_count = 2 };
	struct service mx = at("mx.test.", 25);
	int64_t end = wanted->not_after_seconds - wanted->not_before_seconds;

	check(&target, mx, version->fullchain, 1, NULL);
	check(&target, mx, version->cert, 1,
	      "presents the wanted certificate without its issuer CN = Test "
	      "Issuer; let it serve fullchain.pem");
	check(&target, mx, version->fullchain, -1,
	      " UTC: clients of usage 2 refuse it; compare the clocks");
	check(&target, mx, version->fullchain, end + 1,
	      " UTC: clients of usage 2 refuse it; renew it");
	check(&target, at("else.test.", 25), version->fullchain, 1,
	      "which is not for else.test: clients of usage 2 refuse it; let "
	      "certbot issue one with that name, or use usage 3");
}

/* What stands behind the first certificate is of no concern to usage 3; for
 * usage 2 the issuer is looked for in all of it. */
TEST(disorder)
{
	struct config_spec ee[] = { spec_of(3, 25, "mx.test.") };
	struct config_spec ta[] = { spec_of(2, 25, "mx.test.") };
	struct config_target three = { .specs = ee, .spec_count = 1 };
	struct config_target two = { .specs = ta, .spec_count = 1 };
	struct service mx = at("mx.test.", 25);
	char *foreign = test_text_join(version->cert, other->cert, "");
	char *twice = test_text_join(version->cert, other->fullchain,
				     version->fullchain);

	check(&three, mx, foreign, 1, NULL);
	check(&two, mx, foreign, 1, "without its issuer");
	check(&three, mx, twice, 1, NULL);
	check(&two, mx, twice, 1, NULL);
	free(foreign);
	free(twice);
}

/* The records of its own port and host are what its clients have. */
TEST(concerns)
{
	struct config_spec specs[] = { spec_of(3, 25, "mx.test."),
				       spec_of(2, 465, "mx.test."),
				       spec_of(2, 25, "else.test.") };
	struct config_target target = { .specs = specs, .spec_count = 3 };

	check(&target, at("mx.test.", 25), version->cert, 1, NULL);
	check(&target, at("mx.test.", 465), version->cert, 1, "issuer");
	specs[1].protocol = "udp";
	check(&target, at("mx.test.", 465), version->cert, 1, NULL);
}

TEST(listed)
{
	struct config_spec specs[] = { spec_of(3, 25, "mx.test."),
				       spec_of(2, 465, "mx.test."),
				       spec_of(3, 25, "else.test.") };
	struct config_target target = { .specs = specs, .spec_count = 3,
					.probe = CONFIG_PROBE_LIST };
	struct config_probe probe = { .host = lent("192.0.2.1"), .port = 25 };
	struct service service = { .probe = &probe, .base = "mx.test." };

	assert_true(probe_shows_any(&target, &probe));
	check(&target, service, version->cert, 1, NULL);
	probe.port = 465;
	check(&target, service, version->cert, 1, "issuer");
	service.base = "else.test.";
	check(&target, service, version->cert, 1, NULL);
	/* A port that is nobody's stands for all. */
	probe.port = 8465;
	assert_false(probe_shows_any(&target, &probe));
	check(&target, service, version->cert, 1, NULL);
	service.base = NULL;
	check(&target, service, version->cert, 1, "issuer");
}

/* Clients of XMPP take the domain, too (RFC 7673). */
TEST(domain)
{
	struct config_spec specs[] = { spec_of(2, 5222, "xmpp.test.") };
	struct config_target target = { .specs = specs, .spec_count = 1,
					.probe = CONFIG_PROBE_LIST };
	struct config_probe probe = { .host = lent("xmpp.test."),
				      .port = 5222 };
	struct service service = { .host = lent("xmpp.test."),
				   .probe = &probe };

	check(&target, service, version->fullchain, 1, "not for xmpp.test");
	probe.domain = lent("mx.test.");
	check(&target, service, version->fullchain, 1, NULL);
	check(&target, service, version->cert, 1, "issuer");
	probe.domain = lent("else.test.");
	check(&target, service, version->fullchain, 1, "not for xmpp.test");
}

TEST(no_issuer)
{
	struct config_spec specs[] = { spec_of(2, 25, "mx.test.") };
	struct config_target target = { .specs = specs, .spec_count = 1 };
	struct chain *whole = wanted;

	wanted = test_chain_of(version->cert);
	check(&target, at("mx.test.", 25), version->fullchain, 1,
	      "has no issuer for a record of usage 2");
	chain_free(wanted);
	wanted = whole;
}

static int setup(void **state)
{
	(void)state;
	pki = test_pki_open();
	version = test_version_make(pki, "mx.test", TEST_LEAF_EC);
	other = test_version_make(pki, "mx.test", TEST_LEAF_EC);
	wanted = test_chain_of(version->fullchain);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	chain_free(wanted);
	test_version_free(version);
	test_version_free(other);
	test_pki_close(pki);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usage_3),
		cmocka_unit_test(test_usage_2),
		cmocka_unit_test(test_disorder),
		cmocka_unit_test(test_concerns),
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_no_issuer),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
