/* SPDX-License-Identifier: MIT */
#include "world/posix/loop.h"

#include "base/bounds.h"
#include "unit.h"
#include "world/posix/parts.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define WINDOW QUESTIONS_PER_ADDRESS_IN_FLIGHT
#define JOBS 1000

/*
 * Jobs that hold one end of a connected pair and last until they were
 * stepped so many times. They count how many there are at a time.
 */
struct fake {
	struct job job;
	int other;
	int steps_left;
	enum outcome ends_as;
	bool reopens;
};

static struct fake fakes[JOBS];
static struct job *jobs[JOBS];
static size_t open_in_all, open_most, opened;
static size_t open_at[256], open_at_most;

static int fake_open(struct job *job, int64_t now_ms)
{
	struct fake *fake = (struct fake *)job;
	uint8_t address = job->server.bytes[3];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return errno;
	job->fd = pair[0];
	job->events = POLLOUT;
	job->wake_ms = now_ms + 10000;
	fake->other = pair[1];
	opened++;
	if (++open_in_all > open_most)
		open_most = open_in_all;
	if (++open_at[address] > open_at_most)
		open_at_most = open_at[address];
	return 0;
}

static void fake_step(struct job *job, int64_t now_ms)
{
	struct fake *fake = (struct fake *)job;

	(void)now_ms;
	if (--fake->steps_left > 0)
		return;
	close(fake->other);
	open_in_all--;
	open_at[job->server.bytes[3]]--;
	if (fake->reopens) {
		fake->reopens = false;
		job_close_socket(job);
	} else {
		job_finish(job, fake->ends_as, 0);
	}
}

static const struct job_kind kind = { fake_open, fake_step };

/* N jobs, in turn with so many ADDRESSES. */
static void prepare(size_t n, size_t addresses)
{
	size_t i;

	memset(fakes, 0, sizeof(fakes));
	open_in_all = open_most = opened = open_at_most = 0;
	for (i = 0; i < n; i++) {
		fakes[i].job.server.family = 4;
		fakes[i].job.server.bytes[3] = (uint8_t)(i % addresses);
		fakes[i].steps_left = 1 + (int)(i % 3);
		fakes[i].ends_as = OUTCOME_ANSWERED;
		jobs[i] = &fakes[i].job;
	}
}

static size_t count_outcome(size_t n, enum outcome outcome)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += fakes[i].job.done && fakes[i].job.fd < 0 &&
			 fakes[i].job.outcome == outcome;
	return count;
}

TEST(every_job_is_done)
{
	prepare(JOBS, 100);
	loop_run(&kind, jobs, 0, INT64_MAX);
	assert_int_equal(opened, 0);
	loop_run(&kind, jobs, JOBS, INT64_MAX);
	assert_int_equal(count_outcome(JOBS, OUTCOME_ANSWERED), JOBS);
	assert_int_equal(opened, JOBS);
	assert_int_equal(open_in_all, 0);
	assert_int_equal(open_most, SOCKETS_MAX / 100 * 100);
	assert_true(open_at_most <= WINDOW);
}

/* As many as there can be, of more addresses than that. */
TEST(every_socket_is_used)
{
	prepare(JOBS, 2);
	for (size_t i = 0; i < JOBS; i++)
		fakes[i].job.lane = (unsigned)(i % 500);
	loop_run(&kind, jobs, JOBS, INT64_MAX);
	assert_int_equal(count_outcome(JOBS, OUTCOME_ANSWERED), JOBS);
	assert_int_equal(open_most, SOCKETS_MAX);
}

TEST(window_of_one_address)
{
	prepare(200, 1);
	loop_run(&kind, jobs, 200, INT64_MAX);
	assert_int_equal(count_outcome(200, OUTCOME_ANSWERED), 200);
	assert_int_equal(open_most, WINDOW);
}

TEST(lanes_are_apart)
{
	size_t i;

	prepare(200, 1);
	for (i = 0; i < 200; i++)
		fakes[i].job.lane = i % 2;
	loop_run(&kind, jobs, 200, INT64_MAX);
	assert_int_equal(open_most, 2 * WINDOW);
}

TEST(another_socket_for_the_same_job)
{
	size_t i;

	prepare(100, 10);
	for (i = 0; i < 100; i++)
		fakes[i].reopens = true;
	loop_run(&kind, jobs, 100, INT64_MAX);
	assert_int_equal(count_outcome(100, OUTCOME_ANSWERED), 100);
	assert_int_equal(opened, 200);
}

/* Half of the jobs are for address 0, the dead one. */
TEST(dead_address_is_given_up)
{
	static const struct {
		enum outcome outcome;
		bool given_up;
	} cases[] = {
		{ OUTCOME_ANSWERED, false }, { OUTCOME_SILENT, true },
		{ OUTCOME_CLOSED, true }, { OUTCOME_UNREACHABLE, true },
		{ OUTCOME_GARBLED, false }, { OUTCOME_TOO_LARGE, false },
		{ OUTCOME_FAILED, false },
	};
	size_t i, c, n = 600, asked_dead;

	for (c = 0; c < COUNT(cases); c++) {
		prepare(n, 2);
		for (i = 0; i < n; i += 2)
			fakes[i].ends_as = cases[c].outcome;
		loop_run(&kind, jobs, n, INT64_MAX);
		assert_true(count_outcome(n, cases[c].outcome) >= n / 2);
		assert_true(count_outcome(n, OUTCOME_ANSWERED) >= n / 2);
		asked_dead = opened - n / 2;
		if (cases[c].given_up)
			assert_between(asked_dead, WINDOW, 2 * WINDOW);
		else
			assert_int_equal(asked_dead, n / 2);
	}
}

TEST(a_single_answer_keeps_an_address)
{
	size_t i, n = 600;

	prepare(n, 1);
	for (i = 0; i < n; i++) {
		fakes[i].steps_left = 1;
		if (i % (WINDOW / 4) != 0)
			fakes[i].ends_as = OUTCOME_SILENT;
	}
	loop_run(&kind, jobs, n, INT64_MAX);
	assert_int_equal(opened, n);
}

TEST(scarce_descriptors)
{
	struct rlimit limit, small;
	int lowest = dup(0);

	close(lowest);
	getrlimit(RLIMIT_NOFILE, &limit);
	small = limit;
	small.rlim_cur = (rlim_t)lowest + 7;
	setrlimit(RLIMIT_NOFILE, &small);
	prepare(300, 50);
	loop_run(&kind, jobs, 300, INT64_MAX);
	assert_int_equal(count_outcome(300, OUTCOME_ANSWERED), 300);
	assert_int_equal(open_most, 3);
	small.rlim_cur = (rlim_t)lowest + 1;
	setrlimit(RLIMIT_NOFILE, &small);
	prepare(300, 50);
	loop_run(&kind, jobs, 300, INT64_MAX);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(count_outcome(300, OUTCOME_FAILED), 300);
	assert_int_equal(fakes[299].job.error, EMFILE);
}

/* The first job of an address has the socket, and when it is ready all others
 * are done, those that have none before it is. */
static int leader_open(struct job *job, int64_t now_ms)
{
	struct fake *fake = (struct fake *)job;

	if (fake == fakes)
		return fake_open(job, now_ms);
	job->rides = true;
	job->wake_ms = now_ms + 10000;
	return 0;
}

static void leader_step(struct job *job, int64_t now_ms)
{
	if (job->wake_ms > now_ms)
		for (size_t i = 1; i < 10; i++)
			if (fakes[i].job.rides)
				job_finish(&fakes[i].job, OUTCOME_ANSWERED, 0);
	fake_step(job, now_ms);
}

TEST(riders_are_finished_by_others)
{
	static const struct job_kind leads = { leader_open, leader_step };

	prepare(10, 1);
	loop_run(&leads, jobs, 10, INT64_MAX);
	assert_int_equal(count_outcome(10, OUTCOME_ANSWERED), 10);
	assert_int_equal(opened, 1);
}

static int sleepers_open(struct job *job, int64_t now_ms)
{
	int error = leader_open(job, now_ms);

	job->events = POLLIN;
	job->wake_ms = now_ms + (job->rides ? 20 : 60);
	return error;
}

static void sleepers_step(struct job *job, int64_t now_ms)
{
	assert_true(now_ms >= job->wake_ms);
	opened += job->rides;
	job_finish(job, OUTCOME_SILENT, 0);
}

/* Each at its own time, without a socket to wait for. */
TEST(riders_are_woken)
{
	static const struct job_kind sleep = { sleepers_open, sleepers_step };

	prepare(10, 1);
	loop_run(&sleep, jobs, 10, INT64_MAX);
	close(fakes[0].other);
	assert_int_equal(count_outcome(10, OUTCOME_SILENT), 10);
	assert_int_equal(opened, 1 + 9);
}

static void waits_step(struct job *job, int64_t now_ms)
{
	if (now_ms >= job->wake_ms)
		job_finish(job, OUTCOME_SILENT, 0);
}

static int waits_open(struct job *job, int64_t now_ms)
{
	int error = fake_open(job, now_ms);

	job->events = POLLIN;
	job->wake_ms = now_ms + 30;
	return error;
}

static int waits_long_open(struct job *job, int64_t now_ms)
{
	int error = fake_open(job, now_ms);

	job->events = POLLIN;
	return error;
}

/* The last address answers at once. */
static int mixed_open(struct job *job, int64_t now_ms)
{
	return job->server.bytes[3] == 124 ? fake_open(job, now_ms) :
	       waits_long_open(job, now_ms);
}

TEST(wakes_at_the_time)
{
	static const struct job_kind waits = { waits_open, waits_step };
	int64_t before_ms = posix_monotonic_ms();
	size_t i;

	prepare(20, 20);
	loop_run(&waits, jobs, 20, INT64_MAX);
	assert_between(posix_monotonic_ms() - before_ms, 30, 5000);
	for (i = 0; i < 20; i++)
		close(fakes[i].other);
	assert_int_equal(count_outcome(20, OUTCOME_SILENT), 20);
}

/* Questions to 124 addresses are never answered, as by a server that names so
 * many others; those to one more are, at once, and all of them in time. */
TEST(slow_ones_leave_room)
{
	static const struct job_kind mixed = { mixed_open, fake_step };

	prepare(JOBS, 125);
	for (size_t i = 0; i < JOBS; i++)
		if (i >= 500)
			fakes[i].job.server.bytes[3] = 124;
	loop_run(&mixed, jobs, JOBS, posix_monotonic_ms() + 1000);
	for (size_t i = 0; i < JOBS; i++) {
		bool quick = fakes[i].job.server.bytes[3] == 124;

		assert_int_equal(fakes[i].job.outcome, quick ?
				 OUTCOME_ANSWERED : OUTCOME_NO_TIME);
		if (fakes[i].other && !quick)
			close(fakes[i].other);
	}
}

/* The jobs that wait, and those that wait for their turn. */
TEST(deadline)
{
	static const struct job_kind waits = { waits_long_open, waits_step };
	int64_t before_ms = posix_monotonic_ms();

	prepare(JOBS, 1);
	loop_run(&waits, jobs, JOBS, before_ms + 50);
	assert_between(posix_monotonic_ms() - before_ms, 50, 5000);
	assert_int_equal(count_outcome(JOBS, OUTCOME_NO_TIME), JOBS);
	assert_int_equal(opened, WINDOW);
	for (size_t i = 0; i < JOBS; i++)
		if (fakes[i].other)
			close(fakes[i].other);
	prepare(1, 1);
	loop_run(&waits, jobs, 1, before_ms);
	assert_int_equal(count_outcome(1, OUTCOME_NO_TIME), 1);
	close(fakes[0].other);
}

static int listen_at(int family, struct address *address)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = family == 4 ? sizeof(four) : sizeof(six);
	struct sockaddr *any = family == 4 ? (struct sockaddr *)&four
					   : (struct sockaddr *)&six;
	int fd = socket(any->sa_family, SOCK_STREAM, 0);

	if (fd >= 0 && bind(fd, any, size) == 0 && listen(fd, 1) == 0 &&
	    getsockname(fd, any, &size) == 0) {
		assert_true(address_parse(family == 4 ? "127.0.0.1" : "::1",
			ntohs(family == 4 ? four.sin_port : six.sin6_port),
			address));
		return fd;
	}
	close(fd);
	return -1;
}

TEST(connect)
{
	static const int families[] = { 4, 6 };
	struct pollfd pollfd = { .events = POLLIN };
	struct job job = { .fd = -1 };
	int fd;
	size_t i;

	for (i = 0; i < 2; i++) {
		fd = listen_at(families[i], &job.server);
		if (fd < 0 && families[i] == 6)
			continue;	/* a host without IPv6 */
		assert_int_equal(job_connect(&job, SOCK_STREAM), 0);
		pollfd.fd = fd;
		assert_int_equal(poll(&pollfd, 1, 10000), 1);
		job_close_socket(&job);
		assert_int_equal(job.fd, -1);
		close(fd);
	}
}

TEST(connect_fails_at_once)
{
	struct job job = { .fd = -1 };

	/* Broadcast is not for us; a link-local address needs an interface. */
	assert_true(address_parse("255.255.255.255:53", 0, &job.server));
	assert_int_equal(job_connect(&job, SOCK_DGRAM), EACCES);
	assert_int_equal(job.fd, -1);
	assert_true(address_parse("[fe80::1]:53", 0, &job.server));
	assert_int_equal(outcome_of_errno(job_connect(&job, SOCK_DGRAM)),
			 OUTCOME_UNREACHABLE);
	assert_int_equal(job.fd, -1);
}

TEST(outcome_of_errno)
{
	static const struct {
		int error;
		enum outcome outcome;
	} cases[] = {
		{ ECONNREFUSED, OUTCOME_CLOSED },
		{ ECONNRESET, OUTCOME_CLOSED },
		{ ENETUNREACH, OUTCOME_UNREACHABLE },
		{ EHOSTUNREACH, OUTCOME_UNREACHABLE },
		{ EAFNOSUPPORT, OUTCOME_UNREACHABLE },
		{ EADDRNOTAVAIL, OUTCOME_UNREACHABLE },
		{ EPERM, OUTCOME_UNREACHABLE },
		{ ETIMEDOUT, OUTCOME_SILENT },
		{ EMFILE, OUTCOME_FAILED },
		{ ENOMEM, OUTCOME_FAILED },
		{ EMSGSIZE, OUTCOME_FAILED },
		{ 0, OUTCOME_FAILED },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(outcome_of_errno(cases[i].error),
				 cases[i].outcome);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_job_is_done),
		cmocka_unit_test(test_every_socket_is_used),
		cmocka_unit_test(test_slow_ones_leave_room),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_window_of_one_address),
		cmocka_unit_test(test_lanes_are_apart),
		cmocka_unit_test(test_another_socket_for_the_same_job),
		cmocka_unit_test(test_dead_address_is_given_up),
		cmocka_unit_test(test_a_single_answer_keeps_an_address),
		cmocka_unit_test(test_scarce_descriptors),
		cmocka_unit_test(test_riders_are_finished_by_others),
		cmocka_unit_test(test_riders_are_woken),
		cmocka_unit_test(test_wakes_at_the_time),
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_connect_fails_at_once),
		cmocka_unit_test(test_outcome_of_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
