/* SPDX-License-Identifier: MIT */
#include "world/posix/parts.h"

#include "base/bounds.h"
#include "base/dns.h"
#include "base/xalloc.h"
#include "world/posix/loop.h"
#include "world/reply.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define QUERY_SIZE_MAX 65535
#define LENGTH_PREFIX_SIZE 2
/* Tries at 0, 1/12, 3/12 and 7/12 of the time: 0, 417, 1250, 2917 ms. */
#define FIRST_INTERVALS_IN_TIMEOUT 12
/* So many datagrams or messages for others, then somebody else's turn. */
#define DATAGRAMS_PER_STEP 64
#define FOREIGN_MESSAGES_MAX 8
#define LARGE_SIZE 16384

enum tcp_phase { TCP_SENDS, TCP_READS_LENGTH, TCP_READS_BEGINNING,
		 TCP_READS_MESSAGE };

/* A question under way. The job comes first: it is cast back to this. */
struct asking {
	struct job job;
	struct world *world;
	struct question *question;
	uint8_t *query;			/* as it was sent last */
	enum transport transport;	/* by now */
	int64_t deadline_ms;
	/* UDP */
	unsigned tries;
	int64_t next_try_ms;
	int refusal;			/* errno that met the last try */
	/* TCP: BUFFER is to be sent or filled. */
	enum tcp_phase phase;
	uint8_t *buffer;
	size_t size, done;
	size_t whole;			/* of a message that is large */
	unsigned foreign;
};

/* ---- Both ------------------------------------------------------------- */

static enum reply_verdict judge(const struct asking *asking,
				const uint8_t *reply, size_t size)
{
	return reply_judge(asking->query, asking->question->query_size, reply,
			   size, asking->transport == TRANSPORT_TCP);
}

/* Takes over REPLY. Who asked knows of one ID only. */
static void accept_reply(struct asking *asking, uint8_t *reply, size_t size)
{
	memcpy(reply, asking->question->query, DNS_ID_SIZE);
	asking->question->reply = reply;
	asking->question->reply_size = size;
	job_finish(&asking->job, OUTCOME_ANSWERED, 0);
}

/* The time starts anew: what was lost on UDP says nothing about TCP. */
static void fall_back_to_tcp(struct asking *asking)
{
	asking->transport = TRANSPORT_TCP;
	job_close_socket(&asking->job);
}

/* ---- UDP -------------------------------------------------------------- */

static void udp_plan(struct asking *asking, int64_t now_ms)
{
	int64_t interval_ms = asking->question->timeout_ms /
			      FIRST_INTERVALS_IN_TIMEOUT;

	if (interval_ms < 1)
		interval_ms = 1;
	asking->next_try_ms = asking->deadline_ms;
	if (asking->tries < UDP_TRIES)
		asking->next_try_ms =
			now_ms + (interval_ms << (asking->tries - 1));
	asking->job.wake_ms = asking->next_try_ms < asking->deadline_ms
		? asking->next_try_ms : asking->deadline_ms;
}

/* Each from a socket of its own, with an ID of its own: who guesses has to
 * guess both anew, and what answers one try is no answer to the next. */
static void udp_try(struct asking *asking, int64_t now_ms)
{
	size_t query_size = asking->question->query_size;
	ssize_t size;

	if (asking->tries > 0 && reply_id_is_free(asking->query, query_size))
		asking->world->random(asking->world, asking->query,
				      DNS_ID_SIZE);
	size = send(asking->job.fd, asking->query, query_size, MSG_NOSIGNAL);
	asking->refusal = size < 0 ? errno : 0;
	asking->tries++;
	udp_plan(asking, now_ms);
}

static void udp_take(struct asking *asking, const uint8_t *data, size_t size)
{
	bool whole = size <= REPLY_UDP_SIZE_MAX;

	switch (judge(asking, data, whole ? size : REPLY_UDP_SIZE_MAX)) {
	case REPLY_FOREIGN:
		break;
	case REPLY_ACCEPTED:
		if (whole)
			accept_reply(asking, xmemdup(data, size), size);
		else
			fall_back_to_tcp(asking);
		break;
	case REPLY_TRUNCATED:
	case REPLY_CASE_CHANGED:
		fall_back_to_tcp(asking);
		break;
	}
}

static void udp_receive(struct asking *asking)
{
	uint8_t data[REPLY_UDP_SIZE_MAX + 1];
	ssize_t size;
	int i;

	for (i = 0; i < DATAGRAMS_PER_STEP && asking->job.fd >= 0; i++) {
		size = recv(asking->job.fd, data, sizeof(data), 0);
		if (size >= 0)
			udp_take(asking, data, (size_t)size);
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			asking->refusal = errno;
	}
}

static void udp_step(struct asking *asking, int64_t now_ms)
{
	bool last = asking->tries == UDP_TRIES;

	udp_receive(asking);
	if (asking->job.fd < 0)
		return;
	if (now_ms >= asking->deadline_ms || (last && asking->refusal))
		job_finish(&asking->job,
			   asking->refusal ? outcome_of_errno(asking->refusal)
					   : OUTCOME_SILENT,
			   asking->refusal);
	else if (now_ms >= asking->next_try_ms)
		job_close_socket(&asking->job);
}

/* ---- TCP -------------------------------------------------------------- */

static void tcp_set_buffer(struct asking *asking, enum tcp_phase phase,
			   size_t size)
{
	free(asking->buffer);
	asking->buffer = xmalloc(size);
	asking->phase = phase;
	asking->size = size;
	asking->done = 0;
	asking->job.events = phase == TCP_SENDS ? POLLOUT : POLLIN;
}

/* Prefix and message in one write (RFC 7766 section 8). */
static void tcp_prepare_query(struct asking *asking)
{
	size_t size = asking->question->query_size;

	tcp_set_buffer(asking, TCP_SENDS, LENGTH_PREFIX_SIZE + size);
	asking->buffer[0] = (uint8_t)(size >> 8);
	asking->buffer[1] = (uint8_t)size;
	memcpy(asking->buffer + LENGTH_PREFIX_SIZE, asking->query, size);
}

static ssize_t tcp_move(struct asking *asking)
{
	uint8_t *at = asking->buffer + asking->done;
	size_t left = asking->size - asking->done;

	if (asking->phase == TCP_SENDS)
		return send(asking->job.fd, at, left, MSG_NOSIGNAL);
	return recv(asking->job.fd, at, left, 0);
}

/* Once connected, a connection that breaks did speak, if badly: what was sent
 * may have arrived, so it is never "closed" or "unreachable" then. */
static void tcp_break(struct asking *asking, int error)
{
	bool connected = asking->phase != TCP_SENDS || asking->done > 0;
	enum outcome outcome = outcome_of_errno(error);

	if (connected && (outcome == OUTCOME_CLOSED ||
			  outcome == OUTCOME_UNREACHABLE)) {
		outcome = OUTCOME_GARBLED;
		error = ECONNRESET;
	}
	job_finish(&asking->job, outcome, error);
}

/* Moves octets until BUFFER is done; false: it is not. */
static bool tcp_transfer(struct asking *asking)
{
	ssize_t size;

	while (asking->done < asking->size) {
		size = tcp_move(asking);
		if (size > 0) {
			asking->done += (size_t)size;
		} else if (size == 0) {
			tcp_break(asking, ECONNRESET);
			return false;
		} else if (errno == EAGAIN) {
			return false;
		} else if (errno != EINTR) {
			tcp_break(asking, errno);
			return false;
		}
	}
	return true;
}

/* Of a message that is large only as much is read as tells whose it is, and the
 * rest where it is ours. */
static void tcp_take_length(struct asking *asking)
{
	size_t size = dns_number(asking->buffer);

	if (size <= LARGE_SIZE) {
		tcp_set_buffer(asking, TCP_READS_MESSAGE, size);
		return;
	}
	asking->whole = size;
	tcp_set_buffer(asking, TCP_READS_BEGINNING, DNS_HEADER_SIZE +
		       reply_question_size(asking->query,
					   asking->question->query_size));
}

static void tcp_take_beginning(struct asking *asking)
{
	if (judge(asking, asking->buffer, asking->size) != REPLY_ACCEPTED) {
		job_finish(&asking->job, OUTCOME_GARBLED, 0);
		return;
	}
	asking->buffer = xreallocarray(asking->buffer, asking->whole, 1);
	asking->size = asking->whole;
	asking->phase = TCP_READS_MESSAGE;
}

static void tcp_take_message(struct asking *asking)
{
	uint8_t *reply = asking->buffer;

	if (judge(asking, reply, asking->size) == REPLY_ACCEPTED) {
		asking->buffer = NULL;
		accept_reply(asking, reply, asking->size);
	} else if (++asking->foreign == FOREIGN_MESSAGES_MAX) {
		job_finish(&asking->job, OUTCOME_GARBLED, 0);
	} else {
		tcp_set_buffer(asking, TCP_READS_LENGTH, LENGTH_PREFIX_SIZE);
	}
}

static void tcp_advance(struct asking *asking)
{
	switch (asking->phase) {
	case TCP_SENDS:
		tcp_set_buffer(asking, TCP_READS_LENGTH, LENGTH_PREFIX_SIZE);
		break;
	case TCP_READS_LENGTH:
		tcp_take_length(asking);
		break;
	case TCP_READS_BEGINNING:
		tcp_take_beginning(asking);
		break;
	case TCP_READS_MESSAGE:
		tcp_take_message(asking);
		break;
	}
}

static void tcp_step(struct asking *asking, int64_t now_ms)
{
	while (!asking->job.done && tcp_transfer(asking))
		tcp_advance(asking);
	if (!asking->job.done && now_ms >= asking->deadline_ms)
		job_finish(&asking->job, asking->foreign ? OUTCOME_GARBLED
							 : OUTCOME_SILENT, 0);
}

/* ---- The job ---------------------------------------------------------- */

/* Again for each try, and for TCP. */
static int asking_open(struct job *job, int64_t now_ms)
{
	struct asking *asking = (struct asking *)job;
	bool udp = asking->transport == TRANSPORT_UDP;
	int error;

	if (asking->question->query_size > QUERY_SIZE_MAX)
		return EMSGSIZE;
	error = job_connect(job, udp ? SOCK_DGRAM : SOCK_STREAM);
	if (error)
		return error;
	if (!udp || asking->tries == 0)
		asking->deadline_ms = now_ms + asking->question->timeout_ms;
	job->wake_ms = asking->deadline_ms;
	job->events = POLLIN;
	if (udp)
		udp_try(asking, now_ms);
	else
		tcp_prepare_query(asking);
	return 0;
}

static void asking_step(struct job *job, int64_t now_ms)
{
	struct asking *asking = (struct asking *)job;

	if (asking->transport == TRANSPORT_UDP)
		udp_step(asking, now_ms);
	else
		tcp_step(asking, now_ms);
}

static void asking_begin(struct asking *asking, struct world *world,
			 struct question *question)
{
	invariant(reply_question_size(question->query,
				      question->query_size) > 0);
	asking->world = world;
	asking->question = question;
	asking->query = xmemdup(question->query, question->query_size);
	asking->transport = question->transport;
	asking->job.server = question->server;
	asking->job.lane = question->transport;
	if (asking->job.server.port == 0)
		asking->job.server.port = PORT_DNS;
	question->reply = NULL;
	question->reply_size = 0;
}

static void asking_end(struct asking *asking)
{
	asking->question->outcome = asking->job.outcome;
	asking->question->error = asking->job.error;
	asking->question->used = asking->transport;
	free(asking->buffer);
	free(asking->query);
}

static void posix_ask(struct world *world, struct question *questions,
		      size_t n)
{
	static const struct job_kind kind = { asking_open, asking_step };
	struct asking *askings = xcalloc(n, sizeof(*askings));
	struct job **jobs = xcalloc(n, sizeof(struct job *));
	size_t i;

	for (i = 0; i < n; i++) {
		asking_begin(&askings[i], world, &questions[i]);
		job_set_source(&askings[i].job, world->sources);
		jobs[i] = &askings[i].job;
	}
	loop_run(&kind, jobs, n, posix_deadline_ms(world));
	for (i = 0; i < n; i++)
		asking_end(&askings[i]);
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
