/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS_MAX 256

/* One process at work on one chunk; the parent reads it when it has ended,
 * however it did. */
struct worker {
	pid_t child;
	uint64_t chunk, unit;
	struct tally tally;
};

struct pool {
	const struct work *work;
	struct worker *workers;		/* shared with the children */
	unsigned worker_count, running;
	uint64_t chunks, next;
	/* Of each chunk, in order; DONE of them are summed up. */
	struct tally *tallies;
	bool *ended;
	uint64_t done;
	struct tally *sum;
	uint64_t failed;		/* the lowest unit; UINT64_MAX */
	int status;
};

static void add(struct tally *sum, const struct tally *tally)
{
	sum->units += tally->units;
	sum->runs += tally->runs;
	sum->renewals += tally->renewals;
	sum->commands += tally->commands;
	sum->calls += tally->calls;
}

static int run_chunk(const struct work *work, struct worker *worker)
{
	uint64_t first = work->first + worker->chunk * work->chunk;
	uint64_t end = first + work->chunk;
	int status = 0;

	if (end > work->first + work->count)
		end = work->first + work->count;
	for (worker->unit = first; worker->unit < end; worker->unit++) {
		status = work->run(work->argument, worker->unit, false,
				   &worker->tally);
		worker->tally.units++;
		if (status)
			break;
	}
	return status;
}

static void start(struct pool *pool, struct worker *worker)
{
	pid_t child;

	*worker = (struct worker){ .chunk = pool->next++ };
	fflush(stdout);
	child = fork();
	invariant(child >= 0);
	if (!child)
		_exit(run_chunk(pool->work, worker));
	worker->child = child;
	pool->running++;
}

static void take(struct pool *pool, struct worker *worker, int status)
{
	bool orderly = WIFEXITED(status) &&
		       WEXITSTATUS(status) <= STATUS_LIVENESS;

	pool->running--;
	pool->tallies[worker->chunk] = worker->tally;
	pool->ended[worker->chunk] = true;
	worker->child = 0;
	if (orderly && !WEXITSTATUS(status))
		return;
	if (worker->unit < pool->failed) {
		pool->failed = worker->unit;
		pool->status = orderly ? WEXITSTATUS(status) : STATUS_CRASH;
	}
}

static void wait_one(struct pool *pool)
{
	int status;
	pid_t child = wait(&status);

	invariant(child > 0);
	for (unsigned i = 0; i < pool->worker_count; i++)
		if (pool->workers[i].child == child)
			take(pool, &pool->workers[i], status);
}

/* Only what has ended in order counts, so that the sum is always the same. */
static bool is_enough(struct pool *pool)
{
	const struct work *work = pool->work;

	while (pool->done < pool->next && pool->ended[pool->done]) {
		if (work->renewals && pool->sum->renewals >= work->renewals)
			return true;
		add(pool->sum, &pool->tallies[pool->done++]);
	}
	return work->renewals && pool->sum->renewals >= work->renewals;
}

static void run_all(struct pool *pool)
{
	do {
		for (unsigned i = 0; i < pool->worker_count; i++)
			if (!pool->workers[i].child && !pool->status &&
			    pool->next < pool->chunks && !is_enough(pool))
				start(pool, &pool->workers[i]);
		if (pool->running)
			wait_one(pool);
	} while (pool->running || (!pool->status && !is_enough(pool) &&
				   pool->next < pool->chunks));
	is_enough(pool);
}

/* Once more, in a process of its own: it may crash. */
static void tell(const struct pool *pool)
{
	struct tally ignored = { 0 };
	pid_t child;

	fflush(stdout);
	child = fork();
	invariant(child >= 0);
	if (!child) {
		pool->work->run(pool->work->argument, pool->failed, true,
				&ignored);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	if (pool->status == STATUS_CRASH)
		printf("unit %llu: the program crashed\n",
		       (unsigned long long)pool->failed);
}

int pool_run(const struct work *work, unsigned jobs, struct tally *tally)
{
	uint64_t chunks = (work->count + work->chunk - 1) / work->chunk;
	struct pool pool = { .work = work, .chunks = chunks, .sum = tally,
			     .failed = UINT64_MAX };

	pool.worker_count = jobs < 1 ? 1 :
			    jobs > WORKERS_MAX ? WORKERS_MAX : jobs;
	pool.workers = mmap(NULL, WORKERS_MAX * sizeof(*pool.workers),
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
	invariant(pool.workers != MAP_FAILED);
	pool.tallies = xcalloc(chunks, sizeof(*pool.tallies));
	pool.ended = xcalloc(chunks, sizeof(*pool.ended));
	run_all(&pool);
	if (pool.status)
		tell(&pool);
	munmap(pool.workers, WORKERS_MAX * sizeof(*pool.workers));
	free(pool.tallies);
	free(pool.ended);
	return pool.status;
}
