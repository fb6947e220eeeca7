/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/dns.h"
#include "base/xalloc.h"
#include "support/asking.h"
#include "unit.h"

#include <sys/socket.h>
#include <unistd.h>

/* ---- UDP -------------------------------------------------------------- */

static void spoof_id(struct server *server, struct asker *asker)
{
	struct asker forged = *asker;

	server_become_reply(&forged, 3);
	forged.query[1] ^= 1;
	server_reply_udp(server->udp, asker, forged.query, forged.size);
	server_answer(server, asker);
}

static void spoof_question(struct server *server, struct asker *asker)
{
	struct asker forged = *asker;

	server_become_reply(&forged, 3);
	forged.query[13] = 'X';
	server_reply_udp(server->udp, asker, forged.query, forged.size);
	server_answer(server, asker);
}

/* All is right but whom it comes from. */
static void spoof_source(struct server *server, struct asker *asker)
{
	struct asker forged = *asker;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	server_become_reply(&forged, 3);
	server_reply_udp(fd, asker, forged.query, forged.size);
	close(fd);
	server_answer(server, asker);
}

static void send_rubbish_first(struct server *server, struct asker *asker)
{
	server_reply_udp(server->udp, asker, "", 0);
	server_reply_udp(server->udp, asker, "\x12\x34\x84", 3);
	server_reply_udp(server->udp, asker, asker->query, asker->size);
	server_answer(server, asker);
}

static void answer_three_times(struct server *server, struct asker *asker)
{
	server_answer(server, asker);
	server_answer(server, asker);
	server_answer(server, asker);
}

static void lose_first(struct server *server, struct asker *asker)
{
	if (server->datagrams > 1)
		server_answer(server, asker);
}

/* The answer to the first try comes when the second has been sent, to where
 * that one came from, and right behind it is no other. */
static void answer_first_late(struct server *server, struct asker *asker)
{
	struct asker late = *asker;

	if (server->datagrams == 1) {
		server->first = *asker;
		return;
	}
	memcpy(late.query, server->first.query, DNS_ID_SIZE);
	server_become_reply(&late, 3);
	server_reply_udp(server->udp, &late, late.query, late.size);
	late = server->first;
	server_become_reply(&late, 3);
	server_reply_udp(server->udp, &late, late.query, late.size);
}

TEST(udp_answers)
{
	static const struct {
		struct manner manner;
		unsigned datagrams;
	} cases[] = {
		{ { server_answer, NULL }, 1 },
		{ { spoof_id, NULL }, 1 },
		{ { spoof_question, NULL }, 1 },
		{ { spoof_source, NULL }, 1 },
		{ { send_rubbish_first, NULL }, 1 },
		{ { answer_three_times, NULL }, 1 },
		{ { lose_first, NULL }, 2 },
	};
	struct question question;
	struct server server;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		server_start(&server, &cases[i].manner);
		question = ask_at(server.address, TRANSPORT_UDP,
				  SHORT_MS * 10);
		server_stop(&server);
		assert_answered(&question, 0);
		assert_int_equal(question.used, TRANSPORT_UDP);
		assert_true(server.datagrams >= cases[i].datagrams);
	}
}

static void only_forge(struct server *server, struct asker *asker)
{
	server_become_reply(asker, 0);
	asker->query[0] ^= 1;
	server_reply_udp(server->udp, asker, asker->query, asker->size);
}

static void refuse_without_question(struct server *server, struct asker *asker)
{
	server_become_reply(asker, 5);
	asker->query[5] = 0;
	server_reply_udp(server->udp, asker, asker->query, 12);
}

TEST(udp_silence)
{
	static const struct manner manners[] = {
		{ NULL, NULL },
		{ only_forge, server_answer_tcp },
		{ answer_first_late, server_answer_tcp },
		{ refuse_without_question, server_answer_tcp },
	};
	struct question question;
	struct server server;
	int64_t before_ms;
	size_t i;

	for (i = 0; i < COUNT(manners); i++) {
		server_start(&server, &manners[i]);
		before_ms = now_ms();
		question = ask_at(server.address, TRANSPORT_UDP, SHORT_MS);
		assert_between(now_ms() - before_ms, SHORT_MS - 1,
				SHORT_MS * 20);
		server_stop(&server);
		assert_unanswered(&question, OUTCOME_SILENT, 0);
		assert_between(server.datagrams, 2, UDP_TRIES);
		assert_int_equal(server.connections, 0);
	}
}

/* ---- Tries ------------------------------------------------------------- */

static struct asker tries[UDP_TRIES];

static void note_try(struct server *server, struct asker *asker)
{
	unsigned n = server->datagrams;

	tries[n - 1] = *asker;
	if (n == UDP_TRIES)
		server_answer(server, asker);
}

/* Of the tries but the first, how many are unlike it in socket and ID? */
static void count_unlike(unsigned *ports, unsigned *ids)
{
	*ports = *ids = 0;
	for (int i = 1; i < UDP_TRIES; i++) {
		*ports += tries[i].from.sin_port != tries[0].from.sin_port;
		*ids += memcmp(tries[i].query, tries[0].query,
			       DNS_ID_SIZE) != 0;
		assert_memory_equal(tries[i].query + DNS_ID_SIZE,
				    tries[0].query + DNS_ID_SIZE,
				    SERVER_QUERY_SIZE - DNS_ID_SIZE);
	}
}

/* Chance may make one of three alike, but not all. */
TEST(each_try_is_a_question_of_its_own)
{
	static const struct manner manner = { note_try, NULL };
	uint8_t query[SERVER_QUERY_SIZE];
	struct question question = { .transport = TRANSPORT_UDP,
				     .timeout_ms = SHORT_MS * 10,
				     .query = query,
				     .query_size = sizeof(query) };
	struct server server;
	unsigned ports, ids;

	for (uint8_t signature = 0; signature <= 1; signature++) {
		server_make_query(query, 0x1234);
		query[11] += signature;
		server_start(&server, &manner);
		question.server = server.address;
		world.ask(&world, &question, 1);
		server_stop(&server);
		assert_answered(&question, 0);
		assert_int_equal(server.datagrams, UDP_TRIES);
		count_unlike(&ports, &ids);
		assert_true(ports > 0);
		assert_int_equal(ids > 0, !signature);
	}
}

static void truncate_reply(struct server *server, struct asker *asker)
{
	server_become_reply(asker, 0);
	asker->query[2] |= 0x02;
	server_reply_udp(server->udp, asker, asker->query, asker->size);
}

static void change_case(struct server *server, struct asker *asker)
{
	asker->query[13] = 't';
	server_answer(server, asker);
}

static void send_too_much(struct server *server, struct asker *asker)
{
	uint8_t data[REPLY_UDP_SIZE_MAX + 1] = { 0 };

	server_become_reply(asker, 0);
	memcpy(data, asker->query, asker->size);
	server_reply_udp(server->udp, asker, data, sizeof(data));
}

static void answer_tcp_in_lower_case(struct server *server, int fd,
				     struct asker *asker)
{
	asker->query[13] = 't';
	server_answer_tcp(server, fd, asker);
}

TEST(udp_falls_back_to_tcp)
{
	static const struct manner manners[] = {
		{ truncate_reply, server_answer_tcp },
		{ change_case, server_answer_tcp },
		{ change_case, answer_tcp_in_lower_case },
		{ send_too_much, server_answer_tcp },
	};
	struct question question;
	struct server server;
	size_t i;

	for (i = 0; i < COUNT(manners); i++) {
		server_start(&server, &manners[i]);
		question = ask_at(server.address, TRANSPORT_UDP, LONG_MS);
		server_stop(&server);
		assert_answered(&question, 0);
		assert_int_equal(question.used, TRANSPORT_TCP);
		assert_int_equal(server.connections, 1);
	}
}

TEST(udp_truncated_and_no_tcp)
{
	static const struct manner manner = { truncate_reply, NULL };
	struct question question;
	struct server server;

	server_start(&server, &manner);
	question = ask_at(server.address, TRANSPORT_UDP, SHORT_MS);
	server_stop(&server);
	assert_unanswered(&question, OUTCOME_SILENT, 0);
	assert_int_equal(question.used, TRANSPORT_TCP);
}

TEST(udp_largest_reply)
{
	static const struct manner manner = { server_answer, NULL };
	uint8_t query[REPLY_UDP_SIZE_MAX] = { 0 };
	struct question question = { .query = query,
				     .query_size = sizeof(query),
				     .timeout_ms = LONG_MS };
	struct server server;

	server_make_query(query, 7);
	server_start(&server, &manner);
	question.server = server.address;
	world.ask(&world, &question, 1);
	server_stop(&server);
	assert_answered(&question, 0);
	assert_int_equal(question.used, TRANSPORT_UDP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_udp_answers),
		cmocka_unit_test(test_udp_silence),
		cmocka_unit_test(test_each_try_is_a_question_of_its_own),
		cmocka_unit_test(test_udp_falls_back_to_tcp),
		cmocka_unit_test(test_udp_truncated_and_no_tcp),
		cmocka_unit_test(test_udp_largest_reply),
	};

	return cmocka_run_group_tests(tests, asking_open, asking_close);
}
