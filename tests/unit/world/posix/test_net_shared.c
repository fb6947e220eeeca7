/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "support/sharing.h"
#include "unit.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Several questions over one TCP connection, to servers that do it one way or
 * the other. */

/* ---- Servers that are honest ------------------------------------------- */

/* Of those that have come the last first. */
static void serve_backwards(struct server *server, int fd,
			    struct asker *asker)
{
	static struct asker askers[MANY];
	size_t n = 0;

	do {
		note(asker);
		askers[n++] = *asker;
		if (n < MANY && has_more(fd))
			continue;
		while (n > 0)
			server_answer_tcp(server, fd, &askers[--n]);
	} while (server_read_query(fd, asker));
}

static void serve_twice(struct server *server, int fd, struct asker *asker)
{
	do {
		note(asker);
		server_answer_tcp(server, fd, asker);
		server_answer_tcp(server, fd, asker);
	} while (server_read_query(fd, asker));
}

/* Before each answer some that nobody has asked for. */
static void serve_unasked(struct server *server, int fd, struct asker *asker)
{
	do {
		struct asker other = *asker;

		note(asker);
		other.query[13] = 'X';
		server_answer_tcp(server, fd, &other);
		other.query[0] ^= 0x55;
		server_answer_tcp(server, fd, &other);
		server_answer_tcp(server, fd, asker);
	} while (server_read_query(fd, asker));
}

/* Every third answer is large. */
static void serve_large(struct server *server, int fd, struct asker *asker)
{
	static uint8_t large[LARGE];

	(void)server;
	do {
		server_become_reply(asker, 0);
		memcpy(large, asker->query, asker->size);
		server_reply_tcp(fd, large, asker->query[1] % 3 ?
				 SERVER_QUERY_SIZE : LARGE);
	} while (server_read_query(fd, asker));
}

TEST(one_connection)
{
	static const struct manner manners[] = {
		{ NULL, serve },
		{ NULL, serve_backwards },
		{ NULL, serve_twice },
		{ NULL, serve_unasked },
	};
	struct server server;

	for (size_t i = 0; i < COUNT(manners); i++) {
		server_start(&server, &manners[i]);
		prepare(&server.address, MANY, LONG_MS);
		world.ask(&world, questions, MANY);
		server_stop(&server);
		assert_all_answered(MANY);
		assert_int_equal(server.connections, 1);
		for (size_t k = 0; k < MANY; k++)
			assert_int_equal(seen[k], 1);
	}
}

TEST(large_and_small)
{
	static const struct manner manner = { NULL, serve_large };
	struct server server;

	server_start(&server, &manner);
	prepare(&server.address, MANY, LONG_MS);
	world.ask(&world, questions, MANY);
	server_stop(&server);
	assert_int_equal(server.connections, 1);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(questions[i].outcome, OUTCOME_ANSWERED);
		assert_int_equal(questions[i].reply_size, i % 3 ?
				 SERVER_QUERY_SIZE : LARGE);
		free(questions[i].reply);
	}
}

static void serve_what_is_there(struct server *server, int fd,
				struct asker *asker)
{
	do {
		server_answer_tcp(server, fd, asker);
	} while (has_more(fd) && server_read_query(fd, asker));
}

/* Two that wait on one connection never have the same ID. */
TEST(ids_are_distinct)
{
	static const struct manner manner = { NULL, serve_what_is_there };
	struct server server;

	server_start(&server, &manner);
	prepare(&server.address, 3, LONG_MS);
	server_make_query(queries[1], 0);
	queries[1][13] = 'X';
	world.ask(&world, questions, 3);
	server_stop(&server);
	assert_all_answered(3);
	assert_int_equal(server.connections, 2);
}

static void truncate_reply(struct server *server, struct asker *asker)
{
	server_become_reply(asker, 0);
	asker->query[2] |= 0x02;
	server_reply_udp(server->udp, asker, asker->query, asker->size);
}

/* What is truncated on UDP comes over a connection as well: one, or a few
 * where it was closed in between. */
TEST(truncated)
{
	static const struct manner manner = { truncate_reply, serve };
	struct server server;

	server_start(&server, &manner);
	prepare(&server.address, MANY, LONG_MS);
	for (size_t i = 0; i < MANY; i++)
		questions[i].transport = TRANSPORT_UDP;
	world.ask(&world, questions, MANY);
	server_stop(&server);
	assert_all_answered(MANY);
	assert_true(server.connections < MANY / 2);
}

/* ---- Servers that close ------------------------------------------------- */

static void close_after(struct server *server, int fd, struct asker *asker,
			unsigned n)
{
	do {
		note(asker);
		server_answer_tcp(server, fd, asker);
	} while (--n > 0 && server_read_query(fd, asker));
}

static void close_after_one(struct server *server, int fd,
			    struct asker *asker)
{
	close_after(server, fd, asker, 1);
}

static void close_after_ten(struct server *server, int fd,
			    struct asker *asker)
{
	close_after(server, fd, asker, 10);
}

static void close_in_the_middle(struct server *server, int fd,
				struct asker *asker)
{
	close_after(server, fd, asker, 5);
	if (server->connections == 1)
		send(fd, "\0\37\x12\x34", 4, MSG_NOSIGNAL);
}

/* More than one at a time is an error to it. */
static void refuse_several(struct server *server, int fd,
			   struct asker *asker)
{
	if (!has_more(fd))
		close_after_one(server, fd, asker);
}

TEST(closing_loses_no_answer)
{
	static const struct manner manners[] = {
		{ NULL, close_after_one }, { NULL, close_after_ten },
		{ NULL, close_in_the_middle }, { NULL, refuse_several },
	};
	struct server server;

	for (size_t i = 0; i < COUNT(manners); i++) {
		server_start(&server, &manners[i]);
		prepare(&server.address, MANY, LONG_MS);
		world.ask(&world, questions, MANY);
		server_stop(&server);
		assert_all_answered(MANY);
		assert_in_range(server.connections, 2, MANY + 1);
		for (size_t k = 0; k < MANY; k++)
			assert_in_range(seen[k], 1, 2);
	}
}

/* Who may have got it does not get it again; and those that had not been sent
 * are, over other connections. */
TEST(updates_are_never_sent_twice)
{
	static const struct manner manners[] = {
		{ NULL, close_after_one }, { NULL, close_after_ten },
		{ NULL, close_in_the_middle }, { NULL, refuse_several },
	};
	struct server server;

	for (size_t i = 0; i < COUNT(manners); i++) {
		size_t lost = 0;

		server_start(&server, &manners[i]);
		prepare(&server.address, MANY, LONG_MS);
		make_updates(MANY);
		world.ask(&world, questions, MANY);
		server_stop(&server);
		for (size_t k = 0; k < MANY; k++) {
			assert_true(seen[k] <= 1);
			if (questions[k].outcome != OUTCOME_ANSWERED) {
				assert_unanswered(&questions[k],
					OUTCOME_GARBLED, ECONNRESET);
				lost++;
			} else {
				assert_int_equal(seen[k], 1);
				assert_answered(&questions[k], 0);
			}
		}
		assert_in_range(lost, 1, WINDOW);
	}
}

/* Who loses some gets those that are sent again one at a time. */
TEST(lost_updates_go_one_by_one)
{
	static const struct manner manner = { NULL, close_after_one };
	struct server server;
	size_t lost = 0;

	server_start(&server, &manner);
	prepare(&server.address, MANY, LONG_MS);
	make_updates(MANY);
	world.ask(&world, questions, MANY);
	for (size_t i = 0; i < MANY; i++) {
		lost += questions[i].outcome != OUTCOME_ANSWERED;
		free(questions[i].reply);
	}
	assert_int_not_equal(lost, 0);
	world.ask(&world, questions, MANY);
	server_stop(&server);
	assert_all_answered(MANY);
}

TEST(updates_share_a_connection)
{
	static const struct manner manner = { NULL, serve_backwards };
	struct server server;

	server_start(&server, &manner);
	prepare(&server.address, MANY, LONG_MS);
	make_updates(MANY);
	world.ask(&world, questions, MANY);
	server_stop(&server);
	assert_all_answered(MANY);
	assert_int_equal(server.connections, 1);
}

/* ---- Others ------------------------------------------------------------- */

static void say_nothing(struct server *server, int fd, struct asker *asker)
{
	(void)asker;
	server->held = fd;
}

/* A silent server and one that is asked beside it, which has the last question
 * long before the first gives up. */
TEST(a_silent_one_holds_up_nobody)
{
	static const struct manner good = { NULL, serve };
	static const struct manner silent = { NULL, say_nothing };
	struct server servers[2];
	int64_t before_ms;

	server_start(&servers[0], &good);
	server_start(&servers[1], &silent);
	prepare(&servers[0].address, MANY, PATIENT_MS);
	for (size_t i = 1; i < MANY; i += 2)
		questions[i].server = servers[1].address;
	before_ms = now_ms();
	world.ask(&world, questions, MANY);
	assert_true(now_ms() - before_ms >= PATIENT_MS);
	server_stop(&servers[0]);
	server_stop(&servers[1]);
	assert_true(last_ms - before_ms < PATIENT_MS);
	for (size_t i = 0; i < MANY; i++)
		if (i % 2 == 0)
			assert_answered(&questions[i], 0);
		else
			assert_unanswered(&questions[i], OUTCOME_SILENT, 0);
}

/* With room for N more; true: all are answered. */
static bool ask_with_descriptors(rlim_t n)
{
	struct rlimit limit;
	int lowest = dup(0);

	close(lowest);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)lowest + n;
	setrlimit(RLIMIT_NOFILE, &limit);
	world.ask(&world, questions, MANY);
	for (size_t i = 0; i < MANY; i++)
		if (questions[i].outcome != OUTCOME_ANSWERED)
			return false;
	return true;
}

/* Connections on which nobody waits just now do not take the descriptors that
 * others need. The servers are in another process, and have enough. */
TEST(few_descriptors)
{
	static const struct manner manner = { NULL, serve };
	struct server servers[5];
	pid_t child;
	int status;

	for (size_t i = 0; i < COUNT(servers); i++)
		server_start(&servers[i], &manner);
	prepare(&servers[0].address, MANY, LONG_MS);
	for (size_t i = 0; i < MANY; i++)
		questions[i].server = servers[i % 5].address;
	child = fork();
	if (child == 0)
		_exit(!ask_with_descriptors(2));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	for (size_t i = 0; i < COUNT(servers); i++)
		server_stop(&servers[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_connection),
		cmocka_unit_test(test_large_and_small),
		cmocka_unit_test(test_ids_are_distinct),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_closing_loses_no_answer),
		cmocka_unit_test(test_updates_are_never_sent_twice),
		cmocka_unit_test(test_lost_updates_go_one_by_one),
		cmocka_unit_test(test_updates_share_a_connection),
		cmocka_unit_test(test_a_silent_one_holds_up_nobody),
		cmocka_unit_test(test_few_descriptors),
	};

	return cmocka_run_group_tests(tests, asking_open, asking_close);
}
