/* SPDX-License-Identifier: MIT */
#include "world/posix/net.h"

#include "base/dns.h"
#include "base/xalloc.h"
#include "world/posix/parts.h"
#include "world/reply.h"

#include <stdlib.h>

#define QUERY_SIZE_MAX 65535

enum reply_verdict asking_judge(const struct asking *asking,
				const uint8_t *reply, size_t size)
{
	return reply_judge(asking->query, asking->question->query_size, reply,
			   size, asking->transport == TRANSPORT_TCP);
}

/* Who asked knows of one ID only. */
void asking_accept(struct asking *asking, uint8_t *reply, size_t size)
{
	struct question *question = asking->question;

	question->reply = reply;
	question->reply_size = size;
	memcpy(question->reply, question->query, DNS_ID_SIZE);
	job_finish(&asking->job, OUTCOME_ANSWERED, 0);
}

/* ---- The job ---------------------------------------------------------- */

static int asking_try_open(struct asking *asking, int64_t now_ms)
{
	if (asking->transport == TRANSPORT_UDP)
		return udp_open(asking, now_ms);
	return tcp_open(asking, now_ms);
}

/* Again for each try, and for TCP. Where there is no socket to be had, those
 * that nobody needs now are given up. */
static int asking_open(struct job *job, int64_t now_ms)
{
	struct asking *asking = (struct asking *)job;
	int error;

	if (asking->question->query_size > QUERY_SIZE_MAX)
		return EMSGSIZE;
	error = asking_try_open(asking, now_ms);
	if (!error || asking->batch->idle == 0)
		return error;
	for (size_t i = 0; i < asking->batch->count; i++)
		tcp_close_idle(&asking->batch->places[i]);
	return asking_try_open(asking, now_ms);
}

static void asking_step(struct job *job, int64_t now_ms)
{
	struct asking *asking = (struct asking *)job;

	if (asking->transport == TRANSPORT_UDP)
		udp_step(asking, now_ms);
	else
		tcp_step(asking, now_ms);
}

static void asking_begin(struct asking *asking, struct batch *batch,
			 struct question *question)
{
	invariant(reply_question_size(question->query,
				      question->query_size) > 0);
	asking->batch = batch;
	asking->question = question;
	asking->query = xmemdup(question->query, question->query_size);
	asking->transport = question->transport;
	asking->job.server = question->server;
	asking->job.lane = question->transport;
	if (asking->job.server.port == 0)
		asking->job.server.port = PORT_DNS;
	job_set_source(&asking->job, batch->world->sources);
	question->reply = NULL;
	question->reply_size = 0;
}

static void asking_end(struct asking *asking)
{
	asking->question->outcome = asking->job.outcome;
	asking->question->error = asking->job.error;
	asking->question->used = asking->transport;
	free(asking->query);
}

/* ---- All of them ------------------------------------------------------ */

static int compare_servers(const void *a, const void *b)
{
	const struct job *const *one = a, *const *other = b;

	return address_compare(&(*one)->server, &(*other)->server);
}

static size_t quota_of(const struct posix *posix,
		       const struct address *server)
{
	for (size_t i = 0; i < posix->impatient_count; i++)
		if (address_equal(&posix->impatient[i], server))
			return 1;
	return SIZE_MAX;
}

/* One for each address of the JOBS, which get sorted. */
static void places_make(struct batch *batch, struct job **jobs)
{
	struct place *place = NULL;

	qsort(jobs, batch->count, sizeof(*jobs), compare_servers);
	for (size_t i = 0; i < batch->count; i++) {
		struct asking *asking = (struct asking *)jobs[i];

		if (i == 0 || compare_servers(&jobs[i - 1], &jobs[i]) != 0) {
			place = &batch->places[i];
			place->batch = batch;
			place->quota = quota_of(batch->world->self,
						&jobs[i]->server);
		}
		asking->place = place;
		if (asking->transport == TRANSPORT_TCP)
			tcp_want(asking);
	}
}

static void posix_ask(struct world *world, struct question *questions,
		      size_t n)
{
	static const struct job_kind kind = { asking_open, asking_step };
	struct batch batch = { .world = world, .count = n };
	struct asking *askings = xcalloc(n, sizeof(*askings));
	struct job **jobs = xcalloc(n, sizeof(struct job *));
	size_t i;

	batch.places = xcalloc(n, sizeof(*batch.places));
	for (i = 0; i < n; i++) {
		asking_begin(&askings[i], &batch, &questions[i]);
		jobs[i] = &askings[i].job;
	}
	places_make(&batch, jobs);
	loop_run(&kind, jobs, n, posix_deadline_ms(world));
	for (i = 0; i < n; i++) {
		tcp_close(&batch.places[i]);
		asking_end(&askings[i]);
	}
	free(batch.places);
	free(jobs);
	free(askings);
}

static int posix_source_test(struct world *world,
			     const struct address *address)
{
	(void)world;
	return source_test(address);
}

void world_posix_add_net(struct world *world)
{
	world->source_test = posix_source_test;
	world->ask = posix_ask;
}
