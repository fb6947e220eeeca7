/* SPDX-License-Identifier: MIT */
#include "world/posix/porter.h"

#include "base/xalloc.h"
#include "support/frames.h"
#include "unit.h"
#include "world/posix/hands.h"
#include "world/posix/parts.h"
#include "world/posix/posix.h"

#include <dirent.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define DELEGATIONS 50

static struct world world;
static int memory;	/* of this process, when the porter was made */

static size_t count_descriptors(void)
{
	DIR *all = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(all);
	while (readdir(all))
		count++;
	closedir(all);
	return count;
}

/* ---- Hands ------------------------------------------------------------- */

static void repeat(struct world *inner, const void *context,
		   struct octets_reader *task, struct octets *result)
{
	(void)inner;
	octets_put_number(result, octets_number(task, UINT64_MAX));
	octets_put_number(result, (uint64_t)*(const int *)context);
}

static void fall(struct world *inner, const void *context,
		 struct octets_reader *task, struct octets *result)
{
	(void)inner;
	(void)context;
	(void)task;
	(void)result;
	_exit(1);
}

/* A connection to who is no peer. */
static void stray(struct world *inner, const void *context,
		  struct octets_reader *task, struct octets *result)
{
	struct handshake handshake = { .server = { .family = 4,
		.bytes = { 127, 0, 0, 1 }, .port = 9 }, .timeout_ms = 1000 };

	(void)context;
	(void)task;
	inner->handshake(inner, &handshake, 1);
	octets_put_number(result, handshake.outcome);
}

typedef void deed(struct world *, const void *, struct octets_reader *,
		  struct octets *);

static enum errand_outcome outcome_of(deed *work, const struct address *peer)
{
	struct errand errand = { .work = work, .context = &memory,
				 .peers = peer, .peer_count = peer != NULL };

	octets_put_number(&errand.task, 7);
	world.delegate(&world, &errand, 1);
	assert_true(errand.outcome == ERRAND_DONE || !errand.result.data);
	errand_clear(&errand);
	return errand.outcome;
}

static void open_world(void)
{
	world_posix_open(&world);
	world_posix_hire(&world);
}

/* Nothing is left of any of them, however it ended. */
TEST(descriptors)
{
	static const struct address peer = { .family = 4,
		.bytes = { 127, 0, 0, 1 }, .port = 9 };
	size_t before;

	open_world();
	assert_int_equal(outcome_of(repeat, NULL), ERRAND_DONE);
	before = count_descriptors();
	for (int i = 0; i < DELEGATIONS; i++) {
		assert_int_equal(outcome_of(repeat, NULL), ERRAND_DONE);
		if (i % 5)
			continue;
		assert_int_equal(outcome_of(fall, NULL), ERRAND_DIED);
		assert_int_equal(outcome_of(stray, NULL), ERRAND_DIED);
		assert_int_equal(outcome_of(stray, &peer), ERRAND_DONE);
	}
	assert_int_equal(count_descriptors(), before);
	world_posix_close(&world);
}

/* Not even the porter's. */
TEST(closed)
{
	size_t before;

	world_posix_open(&world);
	before = count_descriptors();
	world_posix_close(&world);
	assert_true(count_descriptors() <= before);
	open_world();
	assert_int_equal(outcome_of(repeat, NULL), ERRAND_DONE);
	world_posix_close(&world);
	assert_true(count_descriptors() <= before);
}

static uint64_t recall(void)
{
	struct errand errand = { .work = repeat, .context = &memory };
	struct octets_reader result;
	uint64_t recalled;

	octets_put_number(&errand.task, 0);
	world.delegate(&world, &errand, 1);
	assert_int_equal(errand.outcome, ERRAND_DONE);
	result = (struct octets_reader){ .data = errand.result.data,
					 .left = errand.result.size };
	octets_number(&result, 0);
	recalled = octets_number(&result, UINT64_MAX);
	assert_true(octets_over(&result));
	errand_clear(&errand);
	return recalled;
}

/* A hand has what was there when the porter was made, and nothing of what
 * came later, though it is made later itself. */
TEST(older_than_any_key)
{
	memory = 1;
	open_world();
	memory = 2;
	assert_int_equal(recall(), 1);
	memory = 3;
	assert_int_equal(recall(), 1);
	world_posix_close(&world);
}

/* ---- The porter -------------------------------------------------------- */

/* It is the only child that is left. */
static void expect_end(int porter)
{
	int status;

	close(porter);
	assert_true(wait(&status) > 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Those of other tests have ended, or are about to. */
static void wait_for_others(void)
{
	while (wait(NULL) > 0)
		;
}

TEST(ends_with_its_channel)
{
	int porter;

	wait_for_others();
	porter = porter_begin();
	assert_true(porter >= 0);
	expect_end(porter);
	porter = porter_begin();
	close(porter_send_hand(porter));
	expect_end(porter);
}

TEST(nobody_is_there)
{
	int pair[2];

	assert_int_equal(porter_send_hand(-1), -1);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	close(pair[1]);
	assert_int_equal(porter_send_hand(pair[0]), -1);
	close(pair[0]);
}

/* The porter was killed: nothing is done, and that is said; but nobody waits
 * for it, and nothing else happens. */
TEST(porter_is_gone)
{
	struct posix *posix;
	size_t before;
	int pair[2];

	open_world();
	posix = world.self;
	close(posix->porter);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	close(pair[1]);
	posix->porter = pair[0];
	before = count_descriptors();
	for (int i = 0; i < 3; i++)
		assert_int_equal(outcome_of(repeat, NULL), ERRAND_FAILED);
	assert_int_equal(count_descriptors(), before);
	world_posix_close(&world);
}

/* One that ends early is no reason not to make the next. */
TEST(one_after_the_other)
{
	struct octets octets = { NULL, 0, 0 };
	struct octets read;
	struct octets_reader reader;
	int porter, channel;
	char letter;

	signal(SIGSEGV, SIG_DFL);
	porter = porter_begin();
	channel = porter_send_hand(porter);
	assert_true(channel >= 0);
	frame_offer(channel, FRAME_ASK, &octets, -1, 0);
	assert_int_equal(recv(channel, &letter, 1, 0), 0);
	close(channel);
	channel = porter_send_hand(porter);
	octets_put(&octets, &(struct errand){ .work = repeat,
					      .context = &memory },
		   sizeof(struct errand));
	octets_put_number(&octets, 0);
	octets_put_number(&octets, 5);
	assert_true(frame_offer(channel, FRAME_TASK, &octets, -1, 0));
	read = frame_expect(channel, FRAME_RESULT);
	reader = (struct octets_reader){ .data = read.data,
					 .left = read.size };
	assert_int_equal(octets_number(&reader, UINT64_MAX), 5);
	octets_clear(&read);
	octets_clear(&octets);
	close(channel);
	close(porter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_older_than_any_key),
		cmocka_unit_test(test_ends_with_its_channel),
		cmocka_unit_test(test_nobody_is_there),
		cmocka_unit_test(test_porter_is_gone),
		cmocka_unit_test(test_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
