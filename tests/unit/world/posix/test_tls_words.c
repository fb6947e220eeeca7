/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "support/tls_service.h"
#include "unit.h"
#include "world/posix/posix.h"

#include <time.h>

#define LONG_MS 20000
#define SHORT_MS 200

static struct world world;

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static struct handshake talk(struct service *service,
			     enum application application, unsigned timeout_ms)
{
	struct handshake handshake = {
		.server = service->address, .server_name = "mail.test",
		.application = application, .timeout_ms = timeout_ms,
	};

	service_run(service);
	world.handshake(&world, &handshake, 1);
	service_stop(service);
	return handshake;
}

TEST(starttls)
{
	X509 *chain[] = { ecdsa.certificate };
	struct handshake handshake;
	struct service service;

	for (size_t i = 0; i < COUNT(versions); i++) {
		service_start(&service, STARTS_TLS, versions[i]);
		service_use(&service, &ecdsa);
		handshake = talk(&service, APPLICATION_SMTP, LONG_MS);
		assert_int_equal(handshake.outcome, OUTCOME_ANSWERED);
		assert_int_equal(handshake.words, STARTTLS_READY);
		assert_chain(&handshake, chain, 1);
		assert_string_equal(service.server_name, "mail.test");
		free(handshake.chain_pem);
	}
}

/* What its answer to STARTTLS makes of it. */
TEST(starttls_fails)
{
	static const struct {
		const char *word, *seen;
		enum starttls words;
	} cases[] = {
		{ "454 not now\r\n", "454 not now", STARTTLS_REFUSED },
		{ "220 go\r\n250 evil\r\n", "220 go", STARTTLS_INJECTED },
		{ "what?\r\n", "what?", STARTTLS_WRONG },
	};
	struct handshake handshake;
	struct service service;

	for (size_t i = 0; i < COUNT(cases); i++) {
		service_start(&service, STARTS_TLS, TLS1_3_VERSION);
		service_use(&service, &ecdsa);
		service.word = cases[i].word;
		handshake = talk(&service, APPLICATION_SMTP, LONG_MS);
		assert_int_equal(handshake.outcome, OUTCOME_GARBLED);
		assert_int_equal(handshake.words, cases[i].words);
		assert_string_equal(handshake.seen, cases[i].seen);
		assert_null(handshake.chain_pem);
	}
}

/* Where TLS begins at once the first octets tell, too. */
TEST(wrong_guess)
{
	static const struct {
		enum application application;
		const char *word;
		bool is_guess;
		enum application guess;
	} cases[] = {
		{ APPLICATION_TLS, "220 mail\r\n", true, APPLICATION_SMTP },
		{ APPLICATION_TLS, "* OK\r\n", true, APPLICATION_IMAP },
		{ APPLICATION_TLS, "SSH-2.0-x\r\n", false, 0 },
		{ APPLICATION_SMTP, "+OK\r\n", true, APPLICATION_POP3 },
	};
	struct handshake handshake;
	struct service service;

	for (size_t i = 0; i < COUNT(cases); i++) {
		service_start(&service, SAYS, TLS1_3_VERSION);
		service.word = cases[i].word;
		handshake = talk(&service, cases[i].application, LONG_MS);
		assert_int_equal(handshake.outcome, OUTCOME_GARBLED);
		assert_int_equal(handshake.words, STARTTLS_WRONG);
		assert_int_equal(handshake.is_guess, cases[i].is_guess);
		if (cases[i].is_guess)
			assert_int_equal(handshake.guess, cases[i].guess);
		assert_true(strncmp(handshake.seen, cases[i].word,
				    strlen(handshake.seen)) == 0);
	}
}

/* A HelloRequest, which a client of TLS 1.2 passes over; nothing of it ends. */
#define HELLO_REQUEST "\x16\x03\x03\x00\x04\x00\x00\x00\x00"

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Who never comes to an end is cut off, in octets and in time. */
TEST(without_end)
{
	static const struct {
		enum manner manner;
		enum application application;
		const char *word;
		size_t size;
		enum outcome outcome;
	} cases[] = {
		{ FLOODS, APPLICATION_TLS, HELLO_REQUEST, 9,
		  OUTCOME_TOO_LARGE },
		{ FLOODS, APPLICATION_SMTP, "220-x\r\n", 7,
		  OUTCOME_TOO_LARGE },
		{ DRIPS, APPLICATION_TLS, HELLO_REQUEST, 9, OUTCOME_SILENT },
		{ DRIPS, APPLICATION_SMTP, "220-x\r\n", 7, OUTCOME_SILENT },
	};
	struct handshake handshake;
	struct service service;

	for (size_t i = 0; i < COUNT(cases); i++) {
		bool drips = cases[i].manner == DRIPS;
		int64_t begun_ms = now_ms();

		service_start(&service, cases[i].manner, TLS1_2_VERSION);
		service.word = cases[i].word;
		service.word_size = cases[i].size;
		handshake = talk(&service, cases[i].application,
				 drips ? SHORT_MS : LONG_MS);
		assert_int_equal(handshake.outcome, cases[i].outcome);
		assert_true(now_ms() - begun_ms < LONG_MS / 2);
	}
}

/* The same once the handshake has begun; whoever goes on behind it is not
 * listened to any more. */
TEST(without_end_inside)
{
	static const struct {
		enum manner manner;
		int version;
		const char *word;
		size_t size;
		enum outcome outcome;
	} cases[] = {
		{ FLOODS_TLS, TLS1_2_VERSION, HELLO_REQUEST, 9,
		  OUTCOME_TOO_LARGE },
		/* Changes of ciphers: TLS 1.3 passes over 32 of them. */
		{ FLOODS_TLS, TLS1_3_VERSION, "\x14\x03\x03\x00\x01\x01", 6,
		  OUTCOME_GARBLED },
		{ DRIPS_TLS, TLS1_2_VERSION, NULL, 0, OUTCOME_SILENT },
		{ DRIPS_TLS, TLS1_3_VERSION, NULL, 0, OUTCOME_SILENT },
		{ FLOODS_TICKETS, TLS1_3_VERSION, NULL, 0, OUTCOME_ANSWERED },
	};
	struct handshake handshake;
	struct service service;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t begun_ms = now_ms();
		bool drips = cases[i].manner == DRIPS_TLS;

		service_start(&service, cases[i].manner, cases[i].version);
		service_use(&service, &ecdsa);
		service.word = cases[i].word;
		service.word_size = cases[i].size;
		handshake = talk(&service, APPLICATION_TLS,
				 drips ? SHORT_MS : LONG_MS);
		if (handshake.outcome != cases[i].outcome)
			fail_msg("%zu: %d, want %d", i, handshake.outcome,
				 cases[i].outcome);
		free(handshake.chain_pem);
		assert_true(now_ms() - begun_ms < LONG_MS / 2);
	}
}

static int setup(void **state)
{
	world_posix_open(&world);
	return service_setup(state);
}

static int teardown(void **state)
{
	world_posix_close(&world);
	return service_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starttls),
		cmocka_unit_test(test_starttls_fails),
		cmocka_unit_test(test_wrong_guess),
		cmocka_unit_test(test_without_end),
		cmocka_unit_test(test_without_end_inside),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
