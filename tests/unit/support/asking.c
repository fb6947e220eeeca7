/* SPDX-License-Identifier: MIT */
#include "support/asking.h"

#include "unit.h"
#include "world/posix/posix.h"

struct world world;

int asking_open(void **state)
{
	(void)state;
	world_posix_open(&world);
	return 0;
}

int asking_close(void **state)
{
	(void)state;
	world_posix_close(&world);
	return 0;
}

struct question ask_at(struct address address, enum transport transport,
		       unsigned timeout_ms)
{
	static uint8_t query[SERVER_QUERY_SIZE];
	struct question question = { .server = address,
				     .transport = transport,
				     .timeout_ms = timeout_ms,
				     .query = query,
				     .query_size = sizeof(query) };

	server_make_query(query, 0x1234);
	world.ask(&world, &question, 1);
	return question;
}

void assert_answered(struct question *question, unsigned rcode)
{
	assert_int_equal(question->outcome, OUTCOME_ANSWERED);
	assert_int_equal(question->error, 0);
	assert_int_equal(question->reply_size, question->query_size);
	assert_memory_equal(question->reply, question->query, 2);
	assert_int_equal(question->reply[3], rcode);
	free(question->reply);
}

void assert_unanswered(const struct question *question,
		       enum outcome outcome, int error)
{
	assert_int_equal(question->outcome, outcome);
	assert_int_equal(question->error, error);
	assert_null(question->reply);
	assert_int_equal(question->reply_size, 0);
}

int64_t now_ms(void)
{
	struct moment moment;

	world.now(&world, &moment);
	return moment.boot_ms;
}
