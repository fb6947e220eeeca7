/* SPDX-License-Identifier: MIT */
#include "world/posix/hands.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/wire.h"
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint8_t query[] = { 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
				 0, 0, 2, 0, 1 };

static struct octets octets;
static int ends[2];

static int begin(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static void hang_up(int end)
{
	if (ends[end] >= 0)
		close(ends[end]);
	ends[end] = -1;
}

static int end(void **state)
{
	(void)state;
	hang_up(0);
	hang_up(1);
	octets_clear(&octets);
	return 0;
}

/* ---- Is it whole? ------------------------------------------------------ */

struct found {
	bool is_there, bad;
	enum frame_kind kind;
	struct octets_reader body;
	size_t size;
};

/* In the first SIZE of OCTETS, of a block of just that size. */
static struct found find_in(size_t size)
{
	uint8_t *copy = xmemdup(octets.data, size);
	struct octets part = { copy, size, size };
	struct found found = { .size = 0 };

	found.is_there = frame_find(&part, &found.kind, &found.body,
				    &found.size, &found.bad);
	if (found.is_there)
		assert_ptr_equal(found.body.data, copy + FRAME_HEAD_SIZE);
	free(copy);
	return found;
}

static void put_frame(uint64_t kind, const char *body)
{
	octets_put_number(&octets, kind);
	octets_put_number(&octets, strlen(body));
	octets_put(&octets, body, strlen(body));
}

TEST(whole)
{
	for (int kind = FRAME_TASK; kind <= FRAME_RESULT; kind++) {
		struct found found;

		octets_clear(&octets);
		put_frame((uint64_t)kind, "body");
		found = find_in(octets.size);
		assert_true(found.is_there);
		assert_false(found.bad);
		assert_int_equal(found.kind, kind);
		assert_int_equal(found.size, FRAME_HEAD_SIZE + 4);
		assert_int_equal(found.body.left, 4);
		assert_false(found.body.bad);
	}
}

TEST(not_yet)
{
	put_frame(FRAME_RESULT, "some octets");
	for (size_t size = 0; size < octets.size; size++) {
		struct found found = find_in(size);

		assert_false(found.is_there);
		assert_false(found.bad);
	}
}

TEST(the_first_of_two)
{
	struct found found;

	put_frame(FRAME_ASK, "");
	put_frame(FRAME_RESULT, "two");
	found = find_in(octets.size);
	assert_true(found.is_there);
	assert_int_equal(found.kind, FRAME_ASK);
	assert_int_equal(found.size, FRAME_HEAD_SIZE);
	assert_int_equal(found.body.left, 0);
}

/* That is known as soon as its head is there. */
TEST(never)
{
	static const uint64_t heads[][2] = {
		{ FRAME_RESULT + 1, 0 }, { UINT64_MAX, 0 },
		{ UINT64_C(1) << 32, 0 },
		{ FRAME_RESULT, ERRAND_SIZE_MAX + 1 },
		{ FRAME_RESULT, UINT64_MAX },
		{ FRAME_RESULT, UINT64_MAX - FRAME_HEAD_SIZE + 1 } };

	for (size_t i = 0; i < COUNT(heads); i++) {
		struct found found;

		octets_clear(&octets);
		octets_put_number(&octets, heads[i][0]);
		octets_put_number(&octets, heads[i][1]);
		assert_false(find_in(FRAME_HEAD_SIZE - 1).bad);
		found = find_in(FRAME_HEAD_SIZE);
		if (found.is_there || !found.bad)
			fail_msg("row %zu is a frame", i);
	}
	octets_clear(&octets);
	octets_put_number(&octets, FRAME_RESULT);
	octets_put_number(&octets, ERRAND_SIZE_MAX);
	assert_false(find_in(FRAME_HEAD_SIZE).bad);
}

/* ---- To the other side ------------------------------------------------- */

static void wait_for(enum frame_kind kind, const char *body, int *fd)
{
	struct octets read;
	int there = 0;

	/* Where it waits for more, it may end this process. */
	assert_int_equal(ioctl(ends[1], FIONREAD, &there), 0);
	assert_between(there, FRAME_HEAD_SIZE + strlen(body), INT32_MAX);
	frame_wait(ends[1], kind, &read, fd);
	assert_int_equal(read.size, strlen(body));
	assert_memory_equal(read.data, body, read.size);
	octets_clear(&read);
}

TEST(sent)
{
	int fd;

	octets_put(&octets, "hello", 5);
	frame_send(ends[0], FRAME_ASK, &octets);
	assert_true(frame_offer(ends[0], FRAME_TASK, &octets, -1, 0));
	octets_clear(&octets);
	assert_true(frame_offer(ends[0], FRAME_RESULT, &octets, -1, 0));
	wait_for(FRAME_ASK, "hello", &fd);
	assert_int_equal(fd, -1);
	wait_for(FRAME_TASK, "hello", &fd);
	wait_for(FRAME_RESULT, "", &fd);
	assert_int_equal(fd, -1);
}

TEST(with_a_descriptor)
{
	int pipes[2], fd;
	char letter = 0;

	assert_int_equal(pipe(pipes), 0);
	octets_put(&octets, "take it", 7);
	assert_true(frame_offer(ends[0], FRAME_SOCKET, &octets, pipes[1], 0));
	wait_for(FRAME_SOCKET, "take it", &fd);
	assert_true(fd >= 0 && fd != pipes[1]);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(pipes[0], &letter, 1), 1);
	assert_int_equal(letter, 'x');
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

TEST(nobody_is_there)
{
	octets_put(&octets, "hello", 5);
	hang_up(1);
	assert_false(frame_offer(ends[0], FRAME_TASK, &octets, -1, 20000));
}

/* Who does not read is not waited for. */
TEST(nobody_reads)
{
	static const uint8_t much[8 * 1024 * 1024];

	octets_put(&octets, much, sizeof(much));
	assert_false(frame_offer(ends[0], FRAME_TASK, &octets, -1, 0));
}

/* ---- Who waits in vain ends -------------------------------------------- */

/* How a process ends that waits for FRAME_TASK, or sends. */
static int status_of(bool sends)
{
	pid_t pid = fork();
	struct octets read;
	int status, fd;

	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
		close(ends[0]);
		fclose(stderr);
		if (sends)
			frame_send(ends[1], FRAME_RESULT, &octets);
		else
			frame_wait(ends[1], FRAME_TASK, &read, &fd);
		_exit(77);
	}
	hang_up(0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

TEST(nothing_comes)
{
	assert_int_equal(status_of(false), 0);
}

TEST(half_a_frame_comes)
{
	put_frame(FRAME_TASK, "half");
	assert_true(write(ends[0], octets.data, octets.size - 1) > 0);
	assert_int_equal(status_of(false), 0);
}

TEST(another_frame_comes)
{
	int status;

	assert_true(frame_offer(ends[0], FRAME_ANSWERS, &octets, -1, 0));
	status = status_of(false);
	assert_false(WIFEXITED(status) && (WEXITSTATUS(status) == 77 ||
					   WEXITSTATUS(status) == 0));
}

TEST(nobody_takes_it)
{
	static const uint8_t much[8 * 1024 * 1024];

	octets_put(&octets, much, sizeof(much));
	assert_int_equal(status_of(true), 0);
}

/* ---- Questions --------------------------------------------------------- */

static bool questions_again(struct octets_reader *reader, struct octets *again)
{
	size_t n;
	struct question *questions = questions_take(reader, &n);

	reader->bad |= !octets_over(reader);
	if (!reader->bad)
		questions_put(again, questions, n);
	free(questions);
	return !reader->bad;
}

static struct question question_of(const char *key)
{
	return (struct question){
		.server = { .family = 6, .bytes = { 1, 2, [15] = 3 },
			    .port = 53 },
		.transport = TRANSPORT_TCP, .timeout_ms = TCP_TIMEOUT_MS,
		.query = query, .query_size = sizeof(query), .key = key };
}

TEST(questions)
{
	struct question two[] = { question_of(NULL), question_of("/key") };

	questions_put(&octets, two, 2);
	expect_same(questions_again, &octets);
	expect_whole(questions_again, &octets);
	expect_harmless(questions_again, &octets);
	questions_put(&octets, two, 0);
	expect_same(questions_again, &octets);
}

TEST(no_questions)
{
	struct question odd[8];

	for (size_t i = 0; i < COUNT(odd); i++)
		odd[i] = question_of(NULL);
	odd[0].server.family = 5;
	odd[1].server.family = 0;
	odd[2].transport = TRANSPORT_TCP + 1;
	odd[3].timeout_ms = TCP_TIMEOUT_MS + 1;
	odd[4].query_size = 0;
	odd[5].query = xcalloc(1, REPLY_TCP_SIZE_MAX + 1);
	odd[5].query_size = REPLY_TCP_SIZE_MAX + 1;
	for (size_t i = 0; i < 6; i++) {
		questions_put(&octets, &odd[i], 1);
		expect_bad(questions_again, &octets);
	}
	xfree(odd[5].query);
	octets_put_number(&octets, UINT64_C(1) << 58);
	questions_put(&octets, &odd[6], 1);
	expect_bad(questions_again, &octets);
}

/* Nobody reads beyond its end for it, nor what comes behind. */
TEST(key_without_end)
{
	struct question question = question_of("/key");
	uint8_t *end_of_key;

	questions_put(&octets, &question, 1);
	end_of_key = memmem(octets.data, octets.size, "/key", 5);
	assert_non_null(end_of_key);
	end_of_key[4] = 'x';
	expect_bad(questions_again, &octets);
}

/* Of a few octets more than there are: those of somebody else. */
TEST(query_beyond_the_end)
{
	struct question two[] = { question_of(NULL), question_of(NULL) };

	for (uint8_t more = 1; more < 20; more++) {
		struct octets_reader reader;
		size_t n;

		octets_clear(&octets);
		questions_put(&octets, two, 2);
		octets.data[octets.size - sizeof(query) - 1] += more;
		reader = (struct octets_reader){ .data = octets.data,
						 .left = octets.size };
		free(questions_take(&reader, &n));
		assert_true(reader.bad);
		assert_between(reader.left, 0, octets.size);
	}
}

/* ---- Answers ----------------------------------------------------------- */

static bool answers_again(struct octets_reader *reader, struct octets *again)
{
	struct question two[2] = { question_of(NULL), question_of(NULL) };

	answers_take(reader, two, 2);
	reader->bad |= !octets_over(reader);
	if (!reader->bad)
		answers_put(again, two, 2);
	free(two[0].reply);
	free(two[1].reply);
	return !reader->bad;
}

TEST(answers)
{
	uint8_t reply[] = { 9, 8, 7 };
	struct question two[2] = { question_of(NULL), question_of(NULL) };

	two[0].outcome = OUTCOME_ANSWERED;
	two[0].used = TRANSPORT_TCP;
	two[0].verdict = 3;
	two[0].reply = reply;
	two[0].reply_size = sizeof(reply);
	two[1].outcome = OUTCOME_FAILED;
	two[1].error = EMFILE;
	answers_put(&octets, two, 2);
	expect_same(answers_again, &octets);
	expect_whole(answers_again, &octets);
	expect_harmless(answers_again, &octets);
	two[1].outcome = OUTCOME_FAILED + 1;
	answers_put(&octets, two, 2);
	expect_bad(answers_again, &octets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(whole, begin, end),
		CASE_WITH(not_yet, begin, end),
		CASE_WITH(the_first_of_two, begin, end),
		CASE_WITH(never, begin, end),
		CASE_WITH(sent, begin, end),
		CASE_WITH(with_a_descriptor, begin, end),
		CASE_WITH(nobody_is_there, begin, end),
		CASE_WITH(nobody_reads, begin, end),
		CASE_WITH(nothing_comes, begin, end),
		CASE_WITH(half_a_frame_comes, begin, end),
		CASE_WITH(another_frame_comes, begin, end),
		CASE_WITH(nobody_takes_it, begin, end),
		CASE_WITH(questions, begin, end),
		CASE_WITH(no_questions, begin, end),
		CASE_WITH(key_without_end, begin, end),
		CASE_WITH(query_beyond_the_end, begin, end),
		CASE_WITH(answers, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
