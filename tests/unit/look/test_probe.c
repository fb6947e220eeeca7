/* SPDX-License-Identifier: MIT */
#include "errand/resolve.h"
#include "look/probe.h"

#include "unit.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "dns/zone.h"
#include "support/certificates.h"

/* ---- The network -------------------------------------------------------- */

/* A service at 192.0.2.LAST:PORT, or at that address under one name only. */
struct service {
	uint8_t last;
	uint16_t port;
	const char *only_name;
	const char *chain;		/* what it presents */
	const char *third;		/* if set: in round 3 */
	const char *any;		/* if set: what it has of others */
	enum outcome outcome;
	int error;
	enum starttls words;
};

static struct service services[16];
static size_t service_count;
static size_t batches, handshake_count, resolve_batches;
static unsigned rounds[16];
static char visited[16];	/* a letter for each verdict */
static enum key_family family_asked;
static enum application application_asked;
static struct world world;
static struct test_pki *pki;
static struct test_version *old, *new;
static struct chain *wanted;

/* Stands in for the errand: NAMEn.test. has n addresses, 192.0.2.1 to n; where
 * n is 0, none. */
void errand_resolve(const struct errand_desk *desk, const char *const *hosts,
		    size_t n, struct address **addresses, size_t *counts)
{
	(void)desk;
	resolve_batches += n > 0;
	for (size_t i = 0; i < n; i++) {
		const char *digit = strpbrk(hosts[i], "0123456789");

		assert_true(i == 0 || strcmp(hosts[i - 1], hosts[i]) < 0);
		counts[i] = digit ? (size_t)(*digit - '0') : 0;
		addresses[i] = xcalloc(counts[i], sizeof(struct address));
		for (size_t k = 0; k < counts[i]; k++)
			addresses[i][k] = (struct address){
				.family = 4,
				.bytes = { 192, 0, 2, (uint8_t)(k + 1) },
			};
	}
}

static void present(struct handshake *handshake, size_t index)
{
	const struct service *service = &services[index];
	const char *chain = service->chain;

	if (service->third && rounds[index] == 2)
		chain = service->third;
	rounds[index]++;
	handshake->outcome = service->outcome;
	handshake->error = service->error;
	handshake->words = service->words;
	if (service->any && handshake->family == KEY_ANY) {
		handshake->outcome = OUTCOME_ANSWERED;
		chain = service->any;
	}
	if (handshake->outcome != OUTCOME_ANSWERED)
		return;
	handshake->chain_pem = xstrdup(chain);
	handshake->chain_pem_size = strlen(chain);
}

static void fake_now(struct world *unused, struct moment *moment)
{
	(void)unused;
	*moment = (struct moment){
		.wall_ms = wanted->not_before_seconds * 1000 + 1000 };
}

static void fake_handshake(struct world *unused, struct handshake *handshakes,
			   size_t n)
{
	(void)unused;
	batches++;
	handshake_count += n;
	for (size_t i = 0; i < n; i++) {
		struct handshake *one = &handshakes[i];

		family_asked = one->family;
		application_asked = one->application;
		assert_int_equal(one->timeout_ms,
				 one->application == APPLICATION_TLS ?
				 HANDSHAKE_TIMEOUT_MS : STARTTLS_TIMEOUT_MS);
		one->outcome = OUTCOME_CLOSED;
		one->error = ECONNREFUSED;
		for (size_t k = 0; k < service_count; k++) {
			if (one->server.bytes[3] != services[k].last ||
			    one->server.port != services[k].port ||
			    (services[k].only_name &&
			     !streq(services[k].only_name, one->server_name)))
				continue;
			present(one, k);
			break;
		}
	}
}

static void add_service(struct service service)
{
	services[service_count++] = service;
}

/* ---- Targets ------------------------------------------------------------ */

static struct config_spec spec_of(const char *host, uint16_t port,
				  uint8_t usage)
{
	return (struct config_spec){ .host = lent(host),
				     .port = port, .protocol = "tcp",
				     .params = { usage, 1, 1 } };
}

static struct probe_request probe_once(const struct config_target *target)
{
	struct probe_request request = { .target = target, .wanted = wanted };

	batches = handshake_count = resolve_batches = 0;
	memset(rounds, 0, sizeof(rounds));
	probe_run(&world, NULL, &request, 1);
	for (size_t i = 0; i < request.visits.count; i++)
		visited[i] = "ocsx"[request.visits.items[i].verdict];
	visits_clear(&request.visits);
	return request;
}

static void check(const struct config_target *target, enum probe_verdict want,
		  const char *part)
{
	struct probe_request request = probe_once(target);

	assert_non_null(request.detail);
	if (request.verdict != want || !strstr(request.detail, part))
		fail_msg("%d \"%s\", want %d \"%s\"", request.verdict,
			 request.detail, want, part);
	assert_null(strchr(request.detail, '\n'));
	free(request.detail);
}

static void check_auto(struct config_spec *specs, size_t n,
		       enum probe_verdict want, const char *part)
{
	const struct config_target target = { .specs = specs,
					      .spec_count = n };

	check(&target, want, part);
}

static int group_setup(void **state)
{
	(void)state;
	pki = test_pki_open();
	old = test_version_make(pki, "mx1.test", TEST_LEAF_EC);
	new = test_version_make(pki, "mx1.test", TEST_LEAF_EC);
	assert_int_equal(chain_parse(new->fullchain, strlen(new->fullchain),
				     &wanted), CHAIN_OK);
	assert_true(wanted->count > 1);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	chain_free(wanted);
	test_version_free(old);
	test_version_free(new);
	test_pki_close(pki);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	world = (struct world){ .handshake = fake_handshake, .now = fake_now,
				.delegate = errands_do_here };
	service_count = 0;
	return 0;
}

/* ---- Tests -------------------------------------------------------------- */

TEST(all_new)
{
	struct config_spec specs[] = { spec_of("mx2.test.", 443, 3),
				       spec_of("mx2.test.", 465, 3) };

	for (uint8_t last = 1; last <= 2; last++) {
		add_service((struct service){ .last = last, .port = 443,
					      .chain = new->fullchain });
		add_service((struct service){ .last = last, .port = 465,
					      .chain = new->fullchain });
	}
	check_auto(specs, 2, PROBE_SAW_NEW, "every endpoint presents");
	assert_int_equal(batches, 1);
	assert_int_equal(resolve_batches, 1);
	assert_int_equal(handshake_count, 4 * PROBE_ROUNDS);
	assert_int_equal(family_asked, KEY_ECDSA);
}

/* One old worker of many, one old address of several: not yet. */
TEST(one_is_old)
{
	struct config_spec specs[] = { spec_of("mx2.test.", 443, 3) };

	add_service((struct service){ .last = 1, .port = 443,
				      .chain = new->fullchain });
	add_service((struct service){ .last = 2, .port = 443,
				      .chain = old->fullchain });
	check_auto(specs, 1, PROBE_SAW_OTHER,
		   "mx2.test. [192.0.2.2]:443 presents ");
	assert_memory_equal(visited, "ox", 2);
	services[1].chain = new->fullchain;
	services[1].third = old->fullchain;
	check_auto(specs, 1, PROBE_SAW_OTHER, "(want ");
	services[1].third = NULL;
	check_auto(specs, 1, PROBE_SAW_NEW, "every");
}

TEST(no_handshake)
{
	static const struct {
		enum outcome outcome;
		int error;
		const char *part;
	} cases[] = {
		{ OUTCOME_SILENT, 0, "does not answer" },
		{ OUTCOME_NO_TIME, 0, "is not looked at" },
		{ OUTCOME_CLOSED, ECONNREFUSED,
		  "mx1.test. [192.0.2.1]:443 refuses connections" },
		{ OUTCOME_UNREACHABLE, EHOSTUNREACH, "No route" },
		{ OUTCOME_GARBLED, 0, "no TLS handshake" },
		{ OUTCOME_TOO_LARGE, 0, "too much" },
		{ OUTCOME_FAILED, EMFILE, "want of resources" },
	};
	struct config_spec specs[] = { spec_of("mx1.test.", 443, 3) };

	add_service((struct service){ .last = 1, .port = 443 });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		services[0].outcome = cases[i].outcome;
		services[0].error = cases[i].error;
		check_auto(specs, 1, PROBE_NO_ANSWER, cases[i].part);
	}
}

TEST(bad_chains)
{
	struct config_spec specs[] = { spec_of("mx1.test.", 443, 3) };

	add_service((struct service){ .last = 1, .port = 443,
				      .chain = "" });
	check_auto(specs, 1, PROBE_SAW_OTHER, "cannot be used");
	services[0].chain = "-----BEGIN CERTIFICATE-----\nAAAA\n"
			    "-----END CERTIFICATE-----\n";
	check_auto(specs, 1, PROBE_SAW_OTHER, "cannot be used");
}

/* A service without a key of the wanted family: what it has is told. */
TEST(another_family)
{
	struct config_spec specs[] = { spec_of("mx1.test.", 443, 3) };

	add_service((struct service){ .last = 1, .port = 443,
				      .outcome = OUTCOME_GARBLED,
				      .error = ENOTSUP,
				      .words = STARTTLS_READY });
	check_auto(specs, 1, PROBE_NO_ANSWER, "completes no TLS handshake (");
	assert_int_equal(handshake_count, PROBE_ROUNDS + 1);
	assert_int_equal(family_asked, KEY_ANY);
	services[0].any = old->fullchain;
	check_auto(specs, 1, PROBE_SAW_OTHER, "presents ");
	services[0].error = ECONNRESET;	/* and does not say why */
	check_auto(specs, 1, PROBE_SAW_OTHER, "presents ");
	services[0].words = STARTTLS_REFUSED;
	check_auto(specs, 1, PROBE_NO_ANSWER, "begins no TLS");
	services[0].words = STARTTLS_READY;
	/* It has the wanted one, but not for those who want that family. */
	services[0].any = new->fullchain;
	check_auto(specs, 1, PROBE_SAW_OTHER, "a key of this type");
	services[0].outcome = OUTCOME_ANSWERED;
	services[0].chain = new->fullchain;
	check_auto(specs, 1, PROBE_SAW_NEW, "every");
	assert_int_equal(handshake_count, PROBE_ROUNDS);
}

/* Each port in its own words, once where two records have it. */
TEST(starts_in_the_clear)
{
	static const struct {
		uint16_t port;
		enum application application;
	} cases[] = {
		{ 25, APPLICATION_SMTP }, { 143, APPLICATION_IMAP },
		{ 5269, APPLICATION_XMPP_SERVER }, { 443, APPLICATION_TLS },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_spec specs[] = {
			spec_of("mx1.test.", cases[i].port, 3),
			spec_of("mx1.test.", cases[i].port, 2),
		};

		service_count = 0;
		add_service((struct service){ .last = 1,
					      .port = cases[i].port,
					      .chain = new->fullchain });
		check_auto(specs, 2, PROBE_SAW_NEW, "every");
		assert_int_equal(handshake_count, PROBE_ROUNDS);
		assert_int_equal(application_asked, cases[i].application);
		services[0].chain = old->fullchain;
		check_auto(specs, 2, PROBE_SAW_OTHER, "presents ");
	}
}

/* Seen is only what was looked at: other transports cannot be. */
TEST(unseen)
{
	struct config_spec specs[] = { spec_of("mx1.test.", 853, 3),
				       spec_of("mx1.test.", 25, 3) };
	struct config_target off = { .probe = CONFIG_PROBE_OFF, .specs = specs,
				     .spec_count = 2 };

	specs[0].protocol = "udp";
	check_auto(specs, 1, PROBE_UNSEEN, "not probed: 853/udp");
	check(&off, PROBE_UNSEEN, "not probed: 853/udp, 25");
	check_auto(NULL, 0, PROBE_UNSEEN, "no port");
	assert_int_equal(batches + resolve_batches, 0);
	add_service((struct service){ .last = 1, .port = 25,
				      .chain = new->fullchain });
	check_auto(specs, 2, PROBE_UNSEEN, "not probed: 853/udp");
	assert_int_equal(handshake_count, PROBE_ROUNDS);
	services[0].chain = old->fullchain;
	check_auto(specs, 2, PROBE_SAW_OTHER, "[192.0.2.1]:25 presents");
}

TEST(no_address)
{
	struct config_spec specs[] = { spec_of("mx1.test.", 443, 3),
				       spec_of("gone.test.", 443, 3) };

	add_service((struct service){ .last = 1, .port = 443,
				      .chain = new->fullchain });
	check_auto(specs, 2, PROBE_NO_ANSWER, "gone.test. has no address");
	assert_memory_equal(visited, "so", 2);
}

/* One address, two names: each may have a certificate of its own. */
TEST(names_on_one_address)
{
	struct config_spec specs[] = { spec_of("a1.test.", 443, 3),
				       spec_of("b1.test.", 443, 3) };

	add_service((struct service){ .last = 1, .port = 443,
				      .only_name = "b1.test",
				      .chain = old->fullchain });
	add_service((struct service){ .last = 1, .port = 443,
				      .only_name = "a1.test",
				      .chain = new->fullchain });
	check_auto(specs, 2, PROBE_SAW_OTHER, "b1.test. [192.0.2.1]:443");
	services[0].chain = new->fullchain;
	check_auto(specs, 2, PROBE_SAW_NEW, "every");
	assert_int_equal(handshake_count, 2 * PROBE_ROUNDS);
}

TEST(list)
{
	struct config_spec specs[] = { spec_of("mx1.test.", 25, 3) };
	struct config_probe probes[] = {
		{ .host = lent("192.0.2.9"), .port = 25,
		  .application = APPLICATION_IMAP,
		  .address = { .family = 4, .bytes = { 192, 0, 2, 9 } } },
		{ .host = lent("WWW1.test"), .port = 443 },
	};
	struct config_target target = { .probe = CONFIG_PROBE_LIST,
					.specs = specs, .spec_count = 1,
					.probes = probes, .probe_count = 2 };

	add_service((struct service){ .last = 9, .port = 25,
				      .only_name = "mx1.test",
				      .chain = new->fullchain });
	add_service((struct service){ .last = 1, .port = 443,
				      .only_name = "www1.test",
				      .chain = new->fullchain });
	check(&target, PROBE_SAW_NEW, "every");
	assert_int_equal(handshake_count, 2 * PROBE_ROUNDS);
	services[0].chain = old->fullchain;
	target.probe_count = 1;
	check(&target, PROBE_SAW_OTHER, "[192.0.2.9]:25 presents");
	assert_int_equal(application_asked, APPLICATION_IMAP);
	target.probe_count = 2;
	services[0].chain = new->fullchain;
	probes[1].host = lent("no..name");
	check(&target, PROBE_NO_ANSWER, "no..name in `probe`");
}

/* A list that leaves out a port has not seen it. */
TEST(list_with_less)
{
	struct config_spec specs[] = { spec_of("mx1.test.", 25, 3),
				       spec_of("mx1.test.", 443, 3) };
	struct config_probe probes[] = { { .host = lent("mx1.test."),
					   .port = 443 } };
	struct config_target target = { .probe = CONFIG_PROBE_LIST,
					.specs = specs, .spec_count = 2,
					.probes = probes, .probe_count = 1 };

	add_service((struct service){ .last = 1, .port = 443,
				      .chain = new->fullchain });
	check(&target, PROBE_UNSEEN, "not probed: 25");
	target.specs = &specs[1];
	target.spec_count = 1;
	check(&target, PROBE_SAW_NEW, "every");
}

/* What clients of usage 2 refuse is not proven: another's name here. */
TEST(name_of_usage_2)
{
	struct config_spec specs[] = { spec_of("mx1.test.", 443, 2),
				       spec_of("a1.test.", 443, 2) };

	add_service((struct service){ .last = 1, .port = 443,
				      .chain = new->fullchain });
	check_auto(specs, 1, PROBE_SAW_NEW, "every");
	check_auto(specs, 2, PROBE_SAW_OTHER,
		   "a1.test. [192.0.2.1]:443 presents the wanted certificate, "
		   "which is not for a1.test");
}

/* Several targets in one batch, each with its own verdict. */
TEST(together)
{
	struct config_spec specs[] = { spec_of("mx1.test.", 443, 3),
				       spec_of("mx1.test.", 465, 3),
				       spec_of("mx1.test.", 853, 3) };
	struct config_target targets[3];
	struct probe_request requests[3];

	specs[2].protocol = "udp";
	add_service((struct service){ .last = 1, .port = 443,
				      .chain = new->fullchain });
	add_service((struct service){ .last = 1, .port = 465,
				      .chain = old->fullchain });
	for (size_t i = 0; i < 3; i++) {
		targets[i] = (struct config_target){ .specs = &specs[i],
						     .spec_count = 1 };
		requests[i] = (struct probe_request){ .target = &targets[i],
						      .wanted = wanted };
	}
	batches = resolve_batches = 0;
	probe_run(&world, NULL, requests, 3);
	assert_int_equal(requests[0].verdict, PROBE_SAW_NEW);
	assert_int_equal(requests[1].verdict, PROBE_SAW_OTHER);
	assert_int_equal(requests[2].verdict, PROBE_UNSEEN);
	assert_int_equal(batches, 1);
	assert_int_equal(resolve_batches, 1);
	for (size_t i = 0; i < 3; i++) {
		free(requests[i].detail);
		visits_clear(&requests[i].visits);
	}
	probe_run(&world, NULL, NULL, 0);
	assert_int_equal(batches, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all_new, setup),
		cmocka_unit_test_setup(test_one_is_old, setup),
		cmocka_unit_test_setup(test_no_handshake, setup),
		cmocka_unit_test_setup(test_bad_chains, setup),
		cmocka_unit_test_setup(test_another_family, setup),
		cmocka_unit_test_setup(test_starts_in_the_clear, setup),
		cmocka_unit_test_setup(test_unseen, setup),
		cmocka_unit_test_setup(test_no_address, setup),
		cmocka_unit_test_setup(test_names_on_one_address, setup),
		cmocka_unit_test_setup(test_list, setup),
		cmocka_unit_test_setup(test_list_with_less, setup),
		cmocka_unit_test_setup(test_name_of_usage_2, setup),
		cmocka_unit_test_setup(test_together, setup),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
