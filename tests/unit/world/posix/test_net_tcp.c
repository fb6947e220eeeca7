/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/dns.h"
#include "base/xalloc.h"
#include "support/asking.h"
#include "unit.h"

#include <sys/socket.h>
#include <unistd.h>

static void answer_in_lower_case(struct server *server, int fd,
				     struct asker *asker)
{
	asker->query[13] = 't';
	server_answer_tcp(server, fd, asker);
}

static void send_octets(struct server *server, int fd, struct asker *asker)
{
	uint8_t message[2 + SERVER_QUERY_SIZE] = { 0, SERVER_QUERY_SIZE };
	int one = 1;
	size_t i;

	(void)server;
	server_become_reply(asker, 0);
	memcpy(message + 2, asker->query, asker->size);
	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof(one));
	for (i = 0; i < sizeof(message); i++)
		send(fd, message + i, 1, MSG_NOSIGNAL);
}

static void send_wrong_id_first(struct server *server, int fd,
				struct asker *asker)
{
	struct asker other = *asker;

	server_become_reply(&other, 3);
	other.query[0] ^= 1;
	server_reply_tcp(fd, "", 0);
	server_reply_tcp(fd, other.query, other.size);
	server_answer_tcp(server, fd, asker);
}

static void send_largest(struct server *server, int fd, struct asker *asker)
{
	uint8_t data[REPLY_TCP_SIZE_MAX] = { 0 };

	(void)server;
	server_become_reply(asker, 0);
	memcpy(data, asker->query, asker->size);
	server_reply_tcp(fd, data, sizeof(data));
}

static void refuse_tcp_without_question(struct server *server, int fd,
					struct asker *asker)
{
	(void)server;
	server_become_reply(asker, 4);
	asker->query[5] = 0;
	server_reply_tcp(fd, asker->query, 12);
}

TEST(tcp_answers)
{
	static const struct {
		struct manner manner;
		unsigned rcode;
		size_t size;
	} cases[] = {
		{ { NULL, server_answer_tcp }, 0, SERVER_QUERY_SIZE },
		{ { NULL, answer_in_lower_case }, 0, SERVER_QUERY_SIZE },
		{ { NULL, send_octets }, 0, SERVER_QUERY_SIZE },
		{ { NULL, send_wrong_id_first }, 0, SERVER_QUERY_SIZE },
		{ { NULL, refuse_tcp_without_question }, 4, 12 },
		{ { NULL, send_largest }, 0, REPLY_TCP_SIZE_MAX },
	};
	struct question question;
	struct server server;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		server_start(&server, &cases[i].manner);
		question = ask_at(server.address, TRANSPORT_TCP, LONG_MS);
		server_stop(&server);
		assert_int_equal(question.outcome, OUTCOME_ANSWERED);
		assert_int_equal(question.used, TRANSPORT_TCP);
		assert_int_equal(question.reply_size, cases[i].size);
		assert_int_equal(question.reply[3], cases[i].rcode);
		assert_int_equal(server.datagrams, 0);
		free(question.reply);
	}
}

static void hang_up(struct server *server, int fd, struct asker *asker)
{
	(void)server;
	(void)fd;
	(void)asker;
}

static void hang_up_halfway(struct server *server, int fd, struct asker *asker)
{
	(void)server;
	(void)asker;
	send(fd, "\0\37\x12\x34", 4, MSG_NOSIGNAL);
}

static void send_wrong_ids(struct server *server, int fd, struct asker *asker)
{
	int i;

	server_become_reply(asker, 0);
	asker->query[0] ^= 1;
	for (i = 0; i < 100; i++)
		server_reply_tcp(fd, asker->query, asker->size);
	server->held = fd;
}

static void speak_http(struct server *server, int fd, struct asker *asker)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n"
				   "Content-Length: 0\r\n\r\n";

	(void)asker;
	send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
	server->held = fd;
}

static void truncate_tcp(struct server *server, int fd, struct asker *asker)
{
	server_become_reply(asker, 0);
	asker->query[2] |= 0x02;
	server_reply_tcp(fd, asker->query, asker->size);
	server->held = fd;
}

static void stop_halfway(struct server *server, int fd, struct asker *asker)
{
	hang_up_halfway(server, fd, asker);
	server->held = fd;
}

TEST(tcp_failures)
{
	static const struct {
		struct manner manner;
		unsigned timeout_ms;
		enum outcome outcome;
		int error;
	} cases[] = {
		{ { NULL, hang_up }, LONG_MS, OUTCOME_GARBLED, ECONNRESET },
		{ { NULL, hang_up_halfway }, LONG_MS, OUTCOME_GARBLED,
		  ECONNRESET },
		{ { NULL, send_wrong_ids }, LONG_MS, OUTCOME_GARBLED, 0 },
		{ { NULL, speak_http }, LONG_MS, OUTCOME_GARBLED, 0 },
		{ { NULL, truncate_tcp }, PATIENT_MS, OUTCOME_GARBLED, 0 },
		{ { NULL, stop_halfway }, SHORT_MS, OUTCOME_SILENT, 0 },
		{ { NULL, NULL }, SHORT_MS, OUTCOME_SILENT, 0 },
	};
	struct question question;
	struct server server;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		server_start(&server, &cases[i].manner);
		question = ask_at(server.address, TRANSPORT_TCP,
				  cases[i].timeout_ms);
		server_stop(&server);
		assert_unanswered(&question, cases[i].outcome,
				  cases[i].error);
		/* A message that changes something is never sent twice. */
		assert_true(server.connections <= 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp_answers),
		cmocka_unit_test(test_tcp_failures),
	};

	return cmocka_run_group_tests(tests, asking_open, asking_close);
}
