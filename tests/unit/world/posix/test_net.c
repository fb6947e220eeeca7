/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"
#include "base/xalloc.h"

#include "support/asking.h"
#include "unit.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY 200

static struct question questions[MANY];
static uint8_t queries[MANY][SERVER_QUERY_SIZE];

static void prepare_many(const struct address *address,
			 enum transport transport, unsigned timeout_ms)
{
	size_t i;

	for (i = 0; i < MANY; i++) {
		server_make_query(queries[i], (unsigned)i);
		questions[i] = (struct question){
			.server = *address, .transport = transport,
			.timeout_ms = timeout_ms, .query = queries[i],
			.query_size = SERVER_QUERY_SIZE,
		};
	}
}

static void answer_twice(struct server *server, struct asker *asker)
{
	server_answer(server, asker);
	server_answer(server, asker);
}

TEST(many_at_once)
{
	static const enum transport transports[] = { TRANSPORT_UDP,
						     TRANSPORT_TCP };
	static const struct manner manner = { answer_twice, server_answer_tcp };
	struct server server;
	size_t i, t;

	world.ask(&world, NULL, 0);
	for (t = 0; t < COUNT(transports); t++) {
		server_start(&server, &manner);
		prepare_many(&server.address, transports[t], LONG_MS);
		world.ask(&world, questions, MANY);
		server_stop(&server);
		for (i = 0; i < MANY; i++) {
			assert_int_equal(questions[i].used, transports[t]);
			assert_answered(&questions[i], 0);
		}
	}
}

TEST(closed_port)
{
	struct address address = server_closed_address();
	int64_t before_ms = now_ms();

	prepare_many(&address, TRANSPORT_UDP, SHORT_MS);
	questions[1].transport = TRANSPORT_TCP;
	world.ask(&world, questions, 2);
	/* Not before the last try: one refusal may be a restart or a lie. */
	assert_between(now_ms() - before_ms, SHORT_MS * 7 / 12 - 1, LONG_MS);
	assert_unanswered(&questions[0], OUTCOME_CLOSED, ECONNREFUSED);
	assert_unanswered(&questions[1], OUTCOME_CLOSED, ECONNREFUSED);
}

TEST(unreachable)
{
	struct address address;
	size_t i;

	/* A link-local address without an interface. */
	assert_true(address_parse("fe80::1", 0, &address));
	prepare_many(&address, TRANSPORT_UDP, LONG_MS);
	questions[1].transport = TRANSPORT_TCP;
	world.ask(&world, questions, 2);
	for (i = 0; i < 2; i++) {
		assert_int_equal(questions[i].outcome, OUTCOME_UNREACHABLE);
		assert_int_not_equal(questions[i].error, 0);
	}
}

TEST(few_descriptors)
{
	static const struct manner manner = { server_answer, NULL };
	struct rlimit limit, small;
	struct server server;
	size_t i;
	int lowest;

	server_start(&server, &manner);
	prepare_many(&server.address, TRANSPORT_UDP, LONG_MS);
	lowest = dup(0);
	close(lowest);
	getrlimit(RLIMIT_NOFILE, &limit);
	small = limit;
	small.rlim_cur = (rlim_t)lowest + 3;
	setrlimit(RLIMIT_NOFILE, &small);
	world.ask(&world, questions, MANY);
	setrlimit(RLIMIT_NOFILE, &limit);
	server_stop(&server);
	for (i = 0; i < MANY; i++)
		assert_answered(&questions[i], 0);
}

TEST(no_descriptors)
{
	struct address address = server_closed_address();
	struct rlimit limit, none;
	int lowest = dup(0);

	close(lowest);
	prepare_many(&address, TRANSPORT_UDP, LONG_MS);
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = (rlim_t)lowest;
	setrlimit(RLIMIT_NOFILE, &none);
	world.ask(&world, questions, 1);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_unanswered(&questions[0], OUTCOME_FAILED, EMFILE);
}

/* One that answers, one silent, one closed: as long as the slowest takes. */
TEST(slow_servers_hold_up_nobody)
{
	static const struct manner good = { server_answer, NULL };
	static const struct manner silent = { NULL, NULL };
	struct server servers[3];
	int64_t before_ms;
	size_t i;

	server_start(&servers[0], &good);
	server_start(&servers[1], &silent);
	server_start(&servers[2], &silent);
	prepare_many(&servers[0].address, TRANSPORT_UDP, PATIENT_MS);
	for (i = 0; i < 12; i++)
		questions[i].server = servers[i % 3].address;
	before_ms = now_ms();
	world.ask(&world, questions, 12);
	assert_between(now_ms() - before_ms, PATIENT_MS - 1, PATIENT_MS * 4);
	for (i = 0; i < 3; i++)
		server_stop(&servers[i]);
	for (i = 0; i < 12; i++) {
		if (i % 3 == 0)
			assert_answered(&questions[i], 0);
		else
			assert_unanswered(&questions[i], OUTCOME_SILENT, 0);
	}
}

/* Many questions to one dead server take not much longer than one. */
TEST(dead_server_is_given_up)
{
	static const struct manner silent = { NULL, NULL };
	struct server server;
	int64_t before_ms;
	size_t i;

	server_start(&server, &silent);
	prepare_many(&server.address, TRANSPORT_UDP, SHORT_MS);
	before_ms = now_ms();
	world.ask(&world, questions, MANY);
	assert_between(now_ms() - before_ms, SHORT_MS - 1, LONG_MS);
	server_stop(&server);
	for (i = 0; i < MANY; i++)
		assert_unanswered(&questions[i], OUTCOME_SILENT, 0);
}

/* Over UDP and TCP, those on the way and those that wait; it was not silence,
 * for nobody waited long enough. */
TEST(deadline)
{
	static const struct manner silent = { NULL, NULL };
	struct server server;
	struct moment now;

	server_start(&server, &silent);
	for (int tcp = 0; tcp < 2; tcp++) {
		prepare_many(&server.address, tcp ? TRANSPORT_TCP :
			     TRANSPORT_UDP, LONG_MS);
		world.now(&world, &now);
		world.deadline_ms = now.boot_ms + SHORT_MS;
		world.ask(&world, questions, MANY);
		world.now(&world, &now);
		assert_between(now.boot_ms - world.deadline_ms, 0, LONG_MS / 2);
		for (size_t i = 0; i < MANY; i++)
			assert_unanswered(&questions[i], OUTCOME_NO_TIME, 0);
	}
	server_stop(&server);
	world.deadline_ms = 0;
}

/* ---- Where questions come from ------------------------------------------ */

/* The response code is the last octet of who asked. */
static void tell_source(struct server *server, struct asker *asker)
{
	server_become_reply(asker, ntohl(asker->from.sin_addr.s_addr) & 15);
	server_reply_udp(server->udp, asker, asker->query, asker->size);
}

static void tell_source_tcp(struct server *server, int fd,
			    struct asker *asker)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);

	(void)server;
	if (getpeername(fd, (struct sockaddr *)&from, &size) < 0)
		return;
	server_become_reply(asker, ntohl(from.sin_addr.s_addr) & 15);
	server_reply_tcp(fd, asker->query, asker->size);
}

TEST(source)
{
	static const struct manner manner = { tell_source, tell_source_tcp };
	static const struct { uint8_t bytes[4]; unsigned want; } cases[] = {
		{ { 127, 0, 0, 7 }, 7 },
		/* Nothing but loopback talks to loopback. */
		{ { 192, 0, 2, 77 }, 1 },
	};
	struct server server;

	server_start(&server, &manner);
	for (size_t i = 0; i < COUNT(cases); i++) {
		world.sources[0] = (struct address){ .family = 4 };
		memcpy(world.sources[0].bytes, cases[i].bytes, 4);
		prepare_many(&server.address, TRANSPORT_UDP, LONG_MS);
		world.ask(&world, questions, 1);
		assert_answered(&questions[0], cases[i].want);
		prepare_many(&server.address, TRANSPORT_TCP, LONG_MS);
		world.ask(&world, questions, 1);
		assert_answered(&questions[0], cases[i].want);
	}
	assert_int_equal(world.source_test(&world, &world.sources[0]),
			 -EADDRNOTAVAIL);
	world.sources[0] = (struct address){ .family = 4,
					     .bytes = { 127, 0, 0, 7 } };
	assert_int_equal(world.source_test(&world, &world.sources[0]), 0);
	world.sources[0] = (struct address){ .family = 0 };
	server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_closed_port),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_few_descriptors),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_slow_servers_hold_up_nobody),
		cmocka_unit_test(test_dead_server_is_given_up),
		cmocka_unit_test(test_source),
	};

	return cmocka_run_group_tests(tests, asking_open, asking_close);
}
