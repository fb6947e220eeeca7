/* SPDX-License-Identifier: MIT */
#include "world/posix/posix.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "unit.h"
#include "world/posix/hands.h"
#include "world/posix/parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

/* A question about the root, and an update of it. */
static const uint8_t query[] = { 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
				 0, 0, 2, 0, 1 };
static const uint8_t update[] = { 1, 2, 0x28, 0, 0, 1, 0, 0, 0, 0, 0, 0,
				  0, 0, 6, 0, 1 };

static struct world world;
static int secret;	/* none, when the porter was made */
/* What was asked here. */
static size_t batches, asked;

static int setup(void **state)
{
	(void)state;
	secret = 0;
	batches = asked = 0;
	signal(SIGSEGV, SIG_DFL);	/* cmocka would catch it there, too */
	world_posix_open(&world);
	world_posix_hire(&world);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_posix_close(&world);
	return 0;
}

/* Every question is answered with the octets of its own query. */
static void answer(const void *asker, struct question *questions, size_t n)
{
	assert_ptr_equal(asker, &secret);
	batches++;
	asked += n;
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(questions[i].reply_size, 0);
		questions[i].outcome = OUTCOME_ANSWERED;
		questions[i].used = TRANSPORT_TCP;
		questions[i].verdict = questions[i].key ? 3 : 0;
		questions[i].reply = xmemdup(questions[i].query,
					     questions[i].query_size);
		questions[i].reply_size = questions[i].query_size;
	}
}

typedef void deed(struct world *, const void *, struct octets_reader *,
		  struct octets *);

static struct errand errand_of(deed *work, const char *task)
{
	struct errand errand = { .work = work, .context = &secret,
				 .ask = answer, .asker = &secret };

	octets_put_text(&errand.task, task);
	return errand;
}

/* How one that does WORK ends. */
static enum errand_outcome ends(deed *work)
{
	struct errand errand = errand_of(work, "x");

	world.delegate(&world, &errand, 1);
	assert_true(errand.outcome == ERRAND_DONE || !errand.result.size);
	errand_clear(&errand);
	return errand.outcome;
}

/* ---- What they do -------------------------------------------------------- */

static void repeat(struct world *inner, const void *context,
		   struct octets_reader *task, struct octets *result)
{
	char *text = octets_text(task, 100);
	struct moment now;

	inner->now(inner, &now);
	octets_put_text(result, text);
	octets_put_number(result, (uint64_t)*(const int *)context);
	octets_put_number(result, now.wall_ms > 0 && octets_over(task));
	free(text);
}

/* A hand knows what was in memory when the porter was made, and its task. */
TEST(task_and_result)
{
	struct errand errand = errand_of(repeat, "do this");
	struct octets_reader result;
	char *text;

	secret = 42;
	world.delegate(&world, &errand, 1);
	assert_int_equal(errand.outcome, ERRAND_DONE);
	result = (struct octets_reader){ .data = errand.result.data,
					 .left = errand.result.size };
	text = octets_text(&result, 100);
	assert_string_equal(text, "do this");
	assert_int_equal(octets_number(&result, UINT64_MAX), 0);
	assert_true(octets_bool(&result));
	assert_true(octets_over(&result));
	free(text);
	errand_clear(&errand);
}

static void ask_twice(struct world *inner, const void *context,
		      struct octets_reader *task, struct octets *result)
{
	(void)context;
	(void)task;
	for (int i = 0; i < 2; i++) {
		struct question questions[2] = { { .query = query,
			.query_size = sizeof(query), .server.family = 4,
			.key = i ? "/key" : NULL } };

		questions[1] = questions[0];
		inner->ask(inner, questions, COUNT(questions));
		octets_put_number(result, questions[1].verdict);
		octets_put_block(result, questions[1].reply,
				 questions[1].reply_size);
		free(questions[0].reply);
		free(questions[1].reply);
	}
}

/* What all of them want to know is asked at once. */
TEST(asking)
{
	struct errand errands[3];

	for (size_t i = 0; i < COUNT(errands); i++)
		errands[i] = errand_of(ask_twice, "");
	world.delegate(&world, errands, COUNT(errands));
	assert_int_equal(asked, 4 * COUNT(errands));
	assert_between(batches, 2, 4 * COUNT(errands));
	for (size_t i = 0; i < COUNT(errands); i++) {
		struct octets_reader result = {
			.data = errands[i].result.data,
			.left = errands[i].result.size };
		size_t size;

		for (unsigned k = 0; k < 2; k++) {
			uint8_t *reply;

			assert_int_equal(octets_number(&result, 9), 3 * k);
			reply = octets_block(&result, 512, &size);
			assert_int_equal(size, sizeof(query));
			assert_memory_equal(reply, query, size);
			free(reply);
		}
		assert_true(octets_over(&result));
		errand_clear(&errands[i]);
	}
}

static void bring_much(struct world *inner, const void *context,
		       struct octets_reader *task, struct octets *result)
{
	static const uint8_t much[1024 * 1024];

	(void)inner;
	(void)context;
	(void)task;
	for (int i = 0; i < 5; i++)
		octets_put(result, much, sizeof(much));
}

/* More than there is room for on the way, there and back; and more of them
 * than are at work at once. */
TEST(much)
{
	struct errand errands[70];

	for (size_t i = 0; i < COUNT(errands); i++)
		errands[i] = errand_of(i ? repeat : bring_much, "again");
	octets_put(&errands[0].task, errands[1].task.data, 1);
	for (int i = 0; i < 4; i++) {
		uint8_t some[100000] = { 0 };

		octets_put(&errands[0].task, some, sizeof(some));
	}
	world.delegate(&world, errands, COUNT(errands));
	assert_int_equal(errands[0].result.size, 5 * 1024 * 1024);
	for (size_t i = 0; i < COUNT(errands); i++) {
		assert_int_equal(errands[i].outcome, ERRAND_DONE);
		errand_clear(&errands[i]);
	}
}

/* ---- Where they fail ----------------------------------------------------- */

static int channel_of(const struct world *inner)
{
	return ((const struct posix *)inner->self)->channel;
}

#define WORK(name) \
	static void name(struct world *inner, const void *context, \
			 struct octets_reader *task, struct octets *result) \
	{ \
		(void)context; \
		(void)task; \
		(void)result; \
		(void)inner; \
		name##_body(inner); \
	}

static void fall_body(struct world *inner)
{
	(void)inner;
	*(volatile int *)(uintptr_t)(secret + 8) = 1;
}

static void leave_body(struct world *inner)
{
	(void)inner;
	_exit(0);
}

static void send_update_body(struct world *inner)
{
	struct question question = { .query = update, .server.family = 4,
				     .query_size = sizeof(update) };

	inner->ask(inner, &question, 1);
}

static void send_nothing_body(struct world *inner)
{
	struct question question = { .query = query, .server.family = 4,
				     .query_size = 3 };

	inner->ask(inner, &question, 1);
}

static void send_nowhere_body(struct world *inner)
{
	struct question question = { .query = query,
				     .query_size = sizeof(query) };

	inner->ask(inner, &question, 1);
}

static void connect_elsewhere_body(struct world *inner)
{
	struct handshake handshake = {
		.server = { .family = 4, .bytes = { 127, 0, 0, 1 },
			    .port = 9 }, .timeout_ms = 1000 };

	inner->handshake(inner, &handshake, 1);
}

static void talk_rubbish_body(struct world *inner)
{
	static const char rubbish[] = "something that is no frame at all";

	must(write(channel_of(inner), rubbish, sizeof(rubbish)) > 0);
	pause();
}

static void promise_too_much_body(struct world *inner)
{
	struct octets head = { NULL, 0, 0 };

	octets_put_number(&head, FRAME_RESULT);
	octets_put_number(&head, UINT64_C(1) << 40);
	must(write(channel_of(inner), head.data, head.size) > 0);
	pause();
}

static void give_orders_body(struct world *inner)
{
	struct octets none = { NULL, 0, 0 };

	frame_send(channel_of(inner), FRAME_TASK, &none);
	pause();
}

static void ask_for_ever_body(struct world *inner)
{
	for (;;) {
		struct question question = { .query = query,
			.query_size = sizeof(query), .server.family = 4 };

		inner->ask(inner, &question, 1);
		free(question.reply);
	}
}

WORK(ask_for_ever)
WORK(fall)
WORK(leave)
WORK(send_update)
WORK(send_nothing)
WORK(send_nowhere)
WORK(connect_elsewhere)
WORK(talk_rubbish)
WORK(promise_too_much)
WORK(give_orders)

TEST(what_is_not_for_it)
{
	assert_int_equal(ends(leave), ERRAND_DIED);
	assert_int_equal(ends(send_update), ERRAND_DIED);
	assert_int_equal(ends(send_nothing), ERRAND_DIED);
	assert_int_equal(ends(send_nowhere), ERRAND_DIED);
	assert_int_equal(ends(connect_elsewhere), ERRAND_DIED);
	assert_int_equal(ends(talk_rubbish), ERRAND_DIED);
	assert_int_equal(ends(promise_too_much), ERRAND_DIED);
	assert_int_equal(ends(give_orders), ERRAND_DIED);
	assert_int_equal(asked, 0);
}

TEST(without_end)
{
	assert_int_equal(ends(ask_for_ever), ERRAND_DIED);
	assert_int_equal(asked, ERRAND_WANTS_MAX);
}

/* One that falls harms nobody else. */
TEST(one_falls)
{
	struct errand errands[3] = { errand_of(repeat, "a"),
				     errand_of(fall, "b"),
				     errand_of(repeat, "c") };

	world.delegate(&world, errands, COUNT(errands));
	assert_int_equal(errands[0].outcome, ERRAND_DONE);
	assert_int_equal(errands[1].outcome, ERRAND_DIED);
	assert_int_equal(errands[2].outcome, ERRAND_DONE);
	for (size_t i = 0; i < COUNT(errands); i++)
		errand_clear(&errands[i]);
	assert_int_equal(ends(repeat), ERRAND_DONE);
}

static void hang_body(struct world *inner)
{
	(void)inner;
	for (;;)
		must(secret == 0);
}

WORK(hang)

TEST(one_hangs)
{
	struct errand errands[2] = { errand_of(hang, ""),
				     errand_of(ask_twice, "") };
	struct moment now;

	world.now(&world, &now);
	world.deadline_ms = now.boot_ms + 500;
	world.delegate(&world, errands, COUNT(errands));
	assert_int_equal(errands[0].outcome, ERRAND_DIED);
	assert_int_equal(errands[1].outcome, ERRAND_DONE);
	errand_clear(&errands[0]);
	errand_clear(&errands[1]);
}

TEST(nobody_hired)
{
	struct world other;
	struct errand errand = errand_of(repeat, "x");

	world_posix_open(&other);
	other.delegate(&other, &errand, 1);
	assert_int_equal(errand.outcome, ERRAND_FAILED);
	errand_clear(&errand);
	world_posix_close(&other);
}

/* ---- Handshakes ---------------------------------------------------------- */

static void greet(struct world *inner, const void *context,
		  struct octets_reader *task, struct octets *result)
{
	struct handshake handshake = { .server = { .family = 4,
		.bytes = { 127, 0, 0, 1 } }, .timeout_ms = 20000 };

	(void)context;
	handshake.server.port = (uint16_t)octets_number(task, UINT16_MAX);
	inner->handshake(inner, &handshake, 1);
	octets_put_number(result, handshake.outcome);
	octets_put_number(result, (uint64_t)handshake.error);
}

static int listener(struct address *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t size = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, size), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &size), 0);
	*address = (struct address){ .family = 4, .bytes = { 127, 0, 0, 1 },
				     .port = ntohs(in.sin_port) };
	return fd;
}

/* The outcome of a handshake with who listens at ADDRESS. */
static enum outcome greeted(const struct address *address)
{
	struct errand errand = { .work = greet, .context = &secret,
				 .ask = answer, .asker = &secret,
				 .peers = address, .peer_count = 1 };
	struct octets_reader result;
	enum outcome outcome;

	octets_put_number(&errand.task, address->port);
	world.delegate(&world, &errand, 1);
	assert_int_equal(errand.outcome, ERRAND_DONE);
	result = (struct octets_reader){ .data = errand.result.data,
					 .left = errand.result.size };
	outcome = (enum outcome)octets_number(&result, OUTCOME_FAILED);
	errand_clear(&errand);
	return outcome;
}

TEST(peers)
{
	struct address address;
	int fd = listener(&address);
	pid_t child = fork();

	if (child == 0) {
		int peer = accept(fd, NULL, NULL);
		ssize_t sent = write(peer, "no TLS at all", 13);

		_exit(sent != 13);
	}
	assert_int_equal(greeted(&address), OUTCOME_GARBLED);
	close(fd);
	assert_int_equal(greeted(&address), OUTCOME_CLOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(task_and_result, setup, teardown),
		CASE_WITH(asking, setup, teardown),
		CASE_WITH(much, setup, teardown),
		CASE_WITH(what_is_not_for_it, setup, teardown),
		CASE_WITH(without_end, setup, teardown),
		CASE_WITH(one_falls, setup, teardown),
		CASE_WITH(one_hangs, setup, teardown),
		CASE_WITH(nobody_hired, setup, teardown),
		CASE_WITH(peers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
