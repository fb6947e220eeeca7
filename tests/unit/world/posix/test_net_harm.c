/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "support/sharing.h"
#include "unit.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

/* Servers that mean harm, or are broken, and are asked several questions over
 * one TCP connection: none loses an answer by it that it would have given to
 * one question alone, and all of them come to an end. */

static void say_nothing(struct server *server, int fd, struct asker *asker)
{
	(void)asker;
	server->held = fd;
}

static void flood(struct server *server, int fd, struct asker *asker)
{
	server_become_reply(asker, 0);
	asker->query[0] ^= 0x55;
	for (int i = 0; i < 1000; i++)
		server_reply_tcp(fd, asker->query, asker->size);
	server->held = fd;
}

static void flood_large(struct server *server, int fd, struct asker *asker)
{
	static uint8_t large[REPLY_TCP_SIZE_MAX];

	server_become_reply(asker, 0);
	asker->query[0] ^= 0x55;
	memcpy(large, asker->query, asker->size);
	for (int i = 0; i < 100; i++)
		server_reply_tcp(fd, large, sizeof(large));
	server->held = fd;
}

/* It never comes to the end of an answer. */
static void drip(struct server *server, int fd, struct asker *asker)
{
	send(fd, "\0\37\0\0\x84", 5, MSG_NOSIGNAL);
	say_nothing(server, fd, asker);
}

/* Of several questions only the first is looked at. */
static void read_one(struct server *server, int fd, struct asker *asker)
{
	note(asker);
	server_answer_tcp(server, fd, asker);
	say_nothing(server, fd, asker);
}

typedef void (*vice_fn)(struct server *server, int fd, struct asker *asker);

static vice_fn vice;

/* On the first connection, which others share, it does as the vice does; alone
 * everybody is served honestly. */
static void then_honest(struct server *server, int fd, struct asker *asker)
{
	if (server->connections > 1)
		serve(server, fd, asker);
	else
		vice(server, fd, asker);
}

static const struct manner first_only = { NULL, then_honest };

TEST(lost_beside_others_asked_alone)
{
	static const vice_fn vices[] = { flood, flood_large, drip, read_one,
					 say_nothing };
	struct server server;
	int64_t before_ms;

	for (size_t i = 0; i < COUNT(vices); i++) {
		vice = vices[i];
		server_start(&server, &first_only);
		prepare(&server.address, 20, PATIENT_MS);
		before_ms = now_ms();
		world.ask(&world, questions, 20);
		assert_true(now_ms() - before_ms < LONG_MS);
		server_stop(&server);
		assert_all_answered(20);
		assert_in_range(server.connections, 20, 21);
	}
}

/* The time of two, whatever it does. */
TEST(failures_have_an_end)
{
	static const struct {
		struct manner manner;
		unsigned timeout_ms;
		enum outcome outcome;
	} cases[] = {
		{ { NULL, flood }, LONG_MS, OUTCOME_GARBLED },
		{ { NULL, flood_large }, LONG_MS, OUTCOME_GARBLED },
		{ { NULL, drip }, SHORT_MS, OUTCOME_SILENT },
		{ { NULL, say_nothing }, SHORT_MS, OUTCOME_SILENT },
	};
	struct server server;
	int64_t before_ms;

	for (size_t i = 0; i < COUNT(cases); i++) {
		server_start(&server, &cases[i].manner);
		prepare(&server.address, MANY, cases[i].timeout_ms);
		before_ms = now_ms();
		world.ask(&world, questions, MANY);
		assert_true(now_ms() - before_ms < LONG_MS);
		server_stop(&server);
		for (size_t k = 0; k < MANY; k++)
			assert_int_equal(questions[k].outcome,
					 cases[i].outcome);
	}
}

/* Nothing is read of a large message but whose it is. */
static void send_large_first(struct server *server, int fd,
			     struct asker *asker)
{
	uint8_t large[LARGE] = { 0xff, 0xff };

	server_reply_tcp(fd, large, sizeof(large));
	serve(server, fd, asker);
}

TEST(large_for_nobody)
{
	struct server server;

	vice = send_large_first;
	server_start(&server, &first_only);
	prepare(&server.address, 20, LONG_MS);
	world.ask(&world, questions, 20);
	server_stop(&server);
	assert_all_answered(20);
	assert_int_equal(server.connections, 21);
}

/* More than buffers hold: where segments are small, and little is read, those
 * of the sender stay small. */
static void prepare_large(struct server *server, size_t n)
{
	static uint8_t large[WINDOW][REPLY_TCP_SIZE_MAX];
	int octets = 1000;

	setsockopt(server->listener, IPPROTO_TCP, TCP_MAXSEG, &octets,
		   sizeof(octets));
	setsockopt(server->listener, SOL_SOCKET, SO_RCVBUF, &octets,
		   sizeof(octets));
	prepare(&server->address, n, PATIENT_MS);
	for (size_t i = 0; i < n; i++) {
		memcpy(large[i], queries[i], SERVER_QUERY_SIZE);
		questions[i].query = large[i];
		questions[i].query_size = sizeof(large[i]);
	}
}

TEST(who_does_not_read)
{
	struct server server;

	vice = say_nothing;
	server_start(&server, &first_only);
	prepare_large(&server, WINDOW);
	world.ask(&world, questions, WINDOW);
	server_stop(&server);
	assert_all_answered(WINDOW);
}

/* It reads the first connection when something came by the second. */
static void read_late(struct server *server, int fd, struct asker *asker)
{
	if (server->connections == 1) {
		note(asker);
		server->held = fd;
		return;
	}
	serve(server, fd, asker);
	while (server->connections == 2 &&
	       server_read_query(server->held, asker))
		note(asker);
}

/* What had not been sent yet is not any more over the old connection, and may
 * be over another. */
TEST(updates_to_who_reads_late)
{
	static const struct manner manner = { NULL, read_late };
	struct server server;
	size_t answered = 0;

	server_start(&server, &manner);
	prepare_large(&server, WINDOW);
	for (size_t i = 0; i < WINDOW; i++) {
		((uint8_t *)unconst(questions[i].query))[2] |= OPCODE_UPDATE;
		if (i % 2)
			questions[i].timeout_ms = LONG_MS;
	}
	world.ask(&world, questions, WINDOW);
	server_stop(&server);
	for (size_t i = 0; i < WINDOW; i++) {
		assert_true(seen[i] <= 1);
		if (questions[i].outcome == OUTCOME_ANSWERED) {
			assert_answered(&questions[i], 0);
			answered++;
		}
	}
	assert_in_range(answered, 1, WINDOW - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lost_beside_others_asked_alone),
		cmocka_unit_test(test_failures_have_an_end),
		cmocka_unit_test(test_large_for_nobody),
		cmocka_unit_test(test_who_does_not_read),
		cmocka_unit_test(test_updates_to_who_reads_late),
	};

	return cmocka_run_group_tests(tests, asking_open, asking_close);
}
