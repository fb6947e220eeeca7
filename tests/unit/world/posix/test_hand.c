/* SPDX-License-Identifier: MIT */
#include "world/posix/hands.h"

#include "base/xalloc.h"
#include "support/frames.h"
#include "unit.h"
#include "world/posix/loop.h"
#include "world/posix/parts.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The hand's side is what is tested; the other is ours. */
enum { OURS, ITS };

static const uint8_t query[] = { 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
				 0, 0, 2, 0, 1 };
static const int context = 33;

static int ends[2];
static struct octets octets;

static int begin(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static int end(void **state)
{
	(void)state;
	close(ends[OURS]);
	close(ends[ITS]);
	octets_clear(&octets);
	return 0;
}

static struct octets_reader reader_of(const struct octets *read)
{
	return (struct octets_reader){ .data = read->data,
				       .left = read->size };
}

/* ---- Connections ------------------------------------------------------- */

/* What comes when it wants one: ERROR, and FD unless that is below 0. */
static int connected(uint64_t error, int fd, struct job *job)
{
	*job = (struct job){ .server = { .family = 4,
		.bytes = { 192, 0, 2, 1 }, .port = 25 }, .fd = -1 };
	octets_clear(&octets);
	octets_put_number(&octets, error);
	assert_true(frame_offer(ends[OURS], FRAME_SOCKET, &octets, fd, 0));
	return hand_connect(ends[ITS], job);
}

TEST(connection)
{
	struct octets asked;
	struct octets_reader reader;
	struct question *place;
	struct job job;
	size_t n;
	int sockets[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	assert_int_equal(connected(0, sockets[1], &job), 0);
	assert_true(job.fd >= 0 && job.fd != sockets[1]);
	assert_int_equal(write(job.fd, "x", 1), 1);
	asked = frame_expect(ends[OURS], FRAME_CONNECT);
	reader = reader_of(&asked);
	place = questions_take(&reader, &n);
	assert_true(octets_over(&reader));
	assert_int_equal(n, 1);
	assert_true(address_equal(&place->server, &job.server));
	free(place);
	octets_clear(&asked);
	close(job.fd);
	close(sockets[0]);
	close(sockets[1]);
}

TEST(no_connection)
{
	struct job job;

	assert_int_equal(connected(ENETUNREACH, -1, &job), ENETUNREACH);
	assert_int_equal(job.fd, -1);
	/* It was opened, but there is no room for it here. */
	assert_int_equal(connected(0, -1, &job), EMFILE);
}

/* ---- Work -------------------------------------------------------------- */

static void work(struct world *world, const void *given,
		 struct octets_reader *task, struct octets *result)
{
	struct question questions[2] = { { .server.family = 4,
		.query = query, .query_size = sizeof(query), .key = "/key",
		.timeout_ms = 17 } };
	struct moment now;

	questions[1] = questions[0];
	questions[1].key = NULL;
	world->ask(world, questions, COUNT(questions));
	world->now(world, &now);
	octets_put_number(result, octets_number(task, 99));
	octets_put_number(result, (uint64_t)*(const int *)given);
	octets_put_number(result, (uint64_t)world->deadline_ms);
	octets_put_number(result, now.wall_ms > 0);
	/* What else there is, a hand has not. */
	octets_put_number(result, !world->file_read && !world->execute &&
			  !world->delegate && !world->sleep);
	octets_put_number(result, questions[0].verdict);
	octets_put_block(result, questions[1].reply, questions[1].reply_size);
}

static pid_t hire(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
		close(ends[OURS]);
		fclose(stderr);
		hand_work(ends[ITS]);
	}
	return pid;
}

static void send_task(void)
{
	struct errand errand = { .work = work, .context = &context };

	octets_clear(&octets);
	octets_put(&octets, &errand, sizeof(errand));
	octets_put_number(&octets, 4711);
	octets_put_number(&octets, 88);
	frame_send(ends[OURS], FRAME_TASK, &octets);
}

static void answer_questions(void)
{
	struct octets asked = frame_expect(ends[OURS], FRAME_ASK);
	struct octets answers = { NULL, 0, 0 };
	struct octets_reader reader;
	struct question *questions;
	uint8_t reply[] = { 'r', 'e', 'p', 'l', 'y' };
	size_t n;

	reader = reader_of(&asked);
	questions = questions_take(&reader, &n);
	assert_true(octets_over(&reader));
	assert_int_equal(n, 2);
	assert_string_equal(questions[0].key, "/key");
	assert_null(questions[1].key);
	assert_int_equal(questions[1].timeout_ms, 17);
	assert_memory_equal(questions[1].query, query, sizeof(query));
	questions[0].verdict = 5;
	questions[1].reply = reply;
	questions[1].reply_size = sizeof(reply);
	answers_put(&answers, questions, n);
	frame_send(ends[OURS], FRAME_ANSWERS, &answers);
	free(questions);
	octets_clear(&answers);
	octets_clear(&asked);
}

static void expect_result(void)
{
	struct octets result = frame_expect(ends[OURS], FRAME_RESULT);
	struct octets_reader reader;
	uint8_t *reply;
	size_t size;

	reader = reader_of(&result);
	assert_int_equal(octets_number(&reader, 99), 88);
	assert_int_equal(octets_number(&reader, 99), context);
	assert_int_equal(octets_number(&reader, UINT64_MAX), 4711);
	assert_true(octets_bool(&reader));
	assert_true(octets_bool(&reader));
	assert_int_equal(octets_number(&reader, 99), 5);
	reply = octets_block(&reader, 5, &size);
	assert_true(octets_over(&reader));
	assert_memory_equal(reply, "reply", 5);
	free(reply);
	octets_clear(&result);
}

static int status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

TEST(task_and_result)
{
	pid_t pid = hire();

	send_task();
	answer_questions();
	expect_result();
	assert_int_equal(status_of(pid), 0);
}

/* Nobody wants what it does any more: it ends by itself. */
TEST(sender_is_gone)
{
	pid_t pid = hire();

	send_task();
	shutdown(ends[OURS], SHUT_RDWR);
	assert_int_equal(status_of(pid), 0);
}

TEST(no_task)
{
	pid_t pid = hire();

	octets_put(&octets, "no errand", 9);
	frame_send(ends[OURS], FRAME_TASK, &octets);
	shutdown(ends[OURS], SHUT_WR);
	assert_int_not_equal(status_of(pid), 0);
}

/* Answers to other questions, or to half of them. */
TEST(odd_answers)
{
	pid_t pid = hire();

	send_task();
	octets_clear(&octets);
	octets_put_number(&octets, OUTCOME_FAILED + 1);
	frame_send(ends[OURS], FRAME_ANSWERS, &octets);
	assert_int_not_equal(status_of(pid), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(connection, begin, end),
		CASE_WITH(no_connection, begin, end),
		CASE_WITH(task_and_result, begin, end),
		CASE_WITH(sender_is_gone, begin, end),
		CASE_WITH(no_task, begin, end),
		CASE_WITH(odd_answers, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
