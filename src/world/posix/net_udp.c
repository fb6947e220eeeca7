/* SPDX-License-Identifier: MIT */
#include "world/posix/net.h"

#include "base/bounds.h"
#include "base/dns.h"
#include "base/xalloc.h"
#include "world/reply.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* Tries at 0, 1/12, 3/12 and 7/12 of the time: 0, 417, 1250, 2917 ms. */
#define FIRST_INTERVALS_IN_TIMEOUT 12
/* So many datagrams for others, then somebody else's turn. */
#define DATAGRAMS_PER_STEP 64

static void plan(struct asking *asking, int64_t now_ms)
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
static void try(struct asking *asking, int64_t now_ms)
{
	struct world *world = asking->batch->world;
	size_t query_size = asking->question->query_size;
	ssize_t size;

	if (asking->tries > 0 && reply_id_is_free(asking->query, query_size))
		world->random(world, asking->query, DNS_ID_SIZE);
	size = send(asking->job.fd, asking->query, query_size, MSG_NOSIGNAL);
	asking->refusal = size < 0 ? errno : 0;
	asking->tries++;
	plan(asking, now_ms);
}

int udp_open(struct asking *asking, int64_t now_ms)
{
	int error = job_connect(&asking->job, SOCK_DGRAM);

	if (error)
		return error;
	if (asking->tries == 0)
		asking->deadline_ms = now_ms + asking->question->timeout_ms;
	asking->job.events = POLLIN;
	try(asking, now_ms);
	return 0;
}

static void fall_back_to_tcp(struct asking *asking)
{
	job_close_socket(&asking->job);
	tcp_want(asking);
}

static void take(struct asking *asking, const uint8_t *data, size_t size)
{
	bool whole = size <= REPLY_UDP_SIZE_MAX;

	switch (asking_judge(asking, data,
			     whole ? size : REPLY_UDP_SIZE_MAX)) {
	case REPLY_FOREIGN:
		break;
	case REPLY_ACCEPTED:
		if (whole)
			asking_accept(asking, xmemdup(data, size), size);
		else
			fall_back_to_tcp(asking);
		break;
	case REPLY_TRUNCATED:
	case REPLY_CASE_CHANGED:
		fall_back_to_tcp(asking);
		break;
	}
}

static void receive(struct asking *asking)
{
	uint8_t data[REPLY_UDP_SIZE_MAX + 1];
	ssize_t size;
	int i;

	for (i = 0; i < DATAGRAMS_PER_STEP && asking->job.fd >= 0; i++) {
		size = recv(asking->job.fd, data, sizeof(data), 0);
		if (size >= 0)
			take(asking, data, (size_t)size);
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			asking->refusal = errno;
	}
}

void udp_step(struct asking *asking, int64_t now_ms)
{
	bool last = asking->tries == UDP_TRIES;

	receive(asking);
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
