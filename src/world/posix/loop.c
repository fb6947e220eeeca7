/* SPDX-License-Identifier: MIT */
#include "world/posix/loop.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "world/posix/parts.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define POLL_MS_MAX 60000

/* The jobs of one address and lane: a range of the sorted jobs. */
struct peer {
	size_t next, end;
	size_t in_flight;
	size_t failures_in_a_row;
	enum outcome last_outcome;
	int last_error;
};

struct loop {
	const struct job_kind *kind;
	struct job **jobs;
	struct peer *peers;
	size_t peer_count;
	size_t busy_peers;	/* that are not done */
	size_t first_peer;	/* the turn begins with it */
	int64_t deadline_ms;
	size_t waiting;		/* jobs that have not begun */
	struct job *active[SOCKETS_MAX];
	size_t active_count;
};

/* ---- Sockets ---------------------------------------------------------- */

union socket_address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static socklen_t to_socket_address(const struct address *address,
				   union socket_address *to)
{
	invariant(address->family == 4 || address->family == 6);
	*to = (union socket_address){ .any.sa_family = AF_UNSPEC };
	if (address->family == 4) {
		to->four.sin_family = AF_INET;
		to->four.sin_port = htons(address->port);
		memcpy(&to->four.sin_addr, address->bytes, 4);
		return sizeof(to->four);
	}
	to->six = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	to->six.sin6_port = htons(address->port);
	memcpy(&to->six.sin6_addr, address->bytes, 16);
	return sizeof(to->six);
}

static bool is_loopback(const struct address *address)
{
	static const uint8_t one[16] = { [15] = 1 };

	return address->family == 4 ? address->bytes[0] == 127 :
	       memcmp(address->bytes, one, sizeof(one)) == 0;
}

void job_set_source(struct job *job, const struct address sources[2])
{
	const struct address *source = &sources[job->server.family == 6];

	if (source->family &&
	    (!is_loopback(&job->server) || is_loopback(source)))
		job->source = *source;
}

static int bind_source(int fd, const struct address *source)
{
	union socket_address from;
	socklen_t size = to_socket_address(source, &from);

	return bind(fd, &from.any, size) < 0 ? errno : 0;
}

int source_test(const struct address *address)
{
	int fd = socket(address->family == 4 ? AF_INET : AF_INET6,
			SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = fd < 0 ? errno : bind_source(fd, address);

	if (fd >= 0)
		close(fd);
	return -error;
}

static int socket_connect(const struct job *job)
{
	union socket_address to;
	socklen_t size = to_socket_address(&job->server, &to);
	int error = job->source.family ? bind_source(job->fd, &job->source) :
					 0;

	if (error || connect(job->fd, &to.any, size) == 0 ||
	    errno == EINPROGRESS)
		return error;
	return errno;
}

int job_connect(struct job *job, int type)
{
	int error;

	job->fd = socket(job->server.family == 4 ? AF_INET : AF_INET6,
			 type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (job->fd < 0)
		return errno;
	error = socket_connect(job);
	if (error)
		job_close_socket(job);
	return error;
}

void job_close_socket(struct job *job)
{
	if (job->fd >= 0)
		close(job->fd);
	job->fd = -1;
}

void job_finish(struct job *job, enum outcome outcome, int error)
{
	job_close_socket(job);
	job->done = true;
	job->outcome = outcome;
	job->error = error;
}

enum outcome outcome_of_errno(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
	case EPIPE:
		return OUTCOME_CLOSED;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EACCES:	/* a packet filter on this host answers so */
	case EPERM:
	case EINVAL:	/* an address that nobody can be at */
	case ENOPROTOOPT:
	case EPROTO:
		return OUTCOME_UNREACHABLE;
	case ETIMEDOUT:
		return OUTCOME_SILENT;
	}
	return OUTCOME_FAILED;
}

static bool is_scarcity(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	       error == ENOMEM;
}

/* ---- Who may begin ---------------------------------------------------- */

static int compare_peers(const struct job *a, const struct job *b)
{
	int order = address_compare(&a->server, &b->server);

	return order != 0 ? order : (a->lane > b->lane) - (a->lane < b->lane);
}

static int compare_jobs(const void *a, const void *b)
{
	const struct job *first = *(struct job *const *)a;
	const struct job *second = *(struct job *const *)b;
	int order = compare_peers(first, second);

	return order != 0 ? order : (first > second) - (first < second);
}

static void loop_find_peers(struct loop *loop, size_t n)
{
	struct peer *peer = NULL;
	size_t i;

	qsort(loop->jobs, n, sizeof(*loop->jobs), compare_jobs);
	for (i = 0; i < n; i++) {
		if (i == 0 || compare_peers(loop->jobs[i - 1],
					    loop->jobs[i]) != 0) {
			peer = array_push(loop->peers, loop->peer_count);
			peer->next = i;
		}
		peer->end = i + 1;
		loop->jobs[i]->peer = loop->peer_count - 1;
		loop->jobs[i]->fd = -1;
		loop->jobs[i]->done = false;
	}
	loop->waiting = n;
	loop->busy_peers = loop->peer_count;
}

/* How many of PEER's jobs may be under way, by now. */
static size_t window(const struct loop *loop)
{
	size_t share = SOCKETS_MAX / loop->busy_peers;

	if (share == 0)
		return 1;
	return share < QUESTIONS_PER_ADDRESS_IN_FLIGHT ? share :
	       QUESTIONS_PER_ADDRESS_IN_FLIGHT;
}

/* The next of PEER's jobs that is to begin now, or NULL. */
static struct job *peer_take(struct loop *loop, struct peer *peer)
{
	if (peer->next == peer->end || peer->in_flight >= window(loop))
		return NULL;
	loop->waiting--;
	peer->in_flight++;
	return loop->jobs[peer->next++];
}

/* One round: at most one job for every address. False: nobody wanted. */
static bool loop_admit_round(struct loop *loop)
{
	bool admitted = false;
	struct job *job;
	size_t i;

	for (i = 0; i < loop->peer_count; i++) {
		if (loop->active_count == SOCKETS_MAX)
			break;
		job = peer_take(loop, &loop->peers[loop->first_peer]);
		loop->first_peer = (loop->first_peer + 1) % loop->peer_count;
		if (job) {
			loop->active[loop->active_count++] = job;
			admitted = true;
		}
	}
	return admitted;
}

static void loop_admit(struct loop *loop)
{
	while (loop->waiting > 0 && loop->active_count < SOCKETS_MAX)
		if (!loop_admit_round(loop))
			break;
}

static size_t loop_open_sockets(const struct loop *loop)
{
	size_t i, n = 0;

	for (i = 0; i < loop->active_count; i++)
		n += loop->active[i]->fd >= 0;
	return n;
}

/* When sockets are scarce, whoever has one is waited for; else it fails. */
static void loop_open(struct loop *loop)
{
	struct job *job;
	size_t i;
	int error;

	for (i = 0; i < loop->active_count; i++) {
		job = loop->active[i];
		if (job->done || job->fd >= 0 || job->rides)
			continue;
		error = loop->kind->open(job, posix_monotonic_ms());
		if (is_scarcity(error) && loop_open_sockets(loop) > 0)
			break;
		if (error)
			job_finish(job, outcome_of_errno(error), error);
	}
}

/* ---- Those that are done ---------------------------------------------- */

static bool is_failure(enum outcome outcome)
{
	return outcome == OUTCOME_SILENT || outcome == OUTCOME_CLOSED ||
	       outcome == OUTCOME_UNREACHABLE;
}

static void peer_give_up(struct loop *loop, struct peer *peer)
{
	for (; peer->next < peer->end; peer->next++) {
		loop->waiting--;
		job_finish(loop->jobs[peer->next], peer->last_outcome,
			   peer->last_error);
	}
}

static void peer_learn(struct loop *loop, struct peer *peer,
		       const struct job *job)
{
	peer->in_flight--;
	if (is_failure(job->outcome)) {
		peer->last_outcome = job->outcome;
		peer->last_error = job->error;
		peer->failures_in_a_row++;
		if (peer->failures_in_a_row >= QUESTIONS_PER_ADDRESS_IN_FLIGHT)
			peer_give_up(loop, peer);
	} else {
		peer->failures_in_a_row = 0;
	}
	if (peer->next == peer->end && peer->in_flight == 0)
		loop->busy_peers--;
}

static void loop_sweep(struct loop *loop)
{
	struct job *job;
	size_t i = 0;

	while (i < loop->active_count) {
		job = loop->active[i];
		if (!job->done) {
			i++;
			continue;
		}
		peer_learn(loop, &loop->peers[job->peer], job);
		loop->active[i] = loop->active[--loop->active_count];
	}
}

/* ---- Waiting ---------------------------------------------------------- */

/* Still, after the steps of others. */
static bool is_open(const struct job *job)
{
	return !job->done && (job->fd >= 0 || job->rides);
}

/* Those with a socket only: poll takes no more than descriptors allow. */
static size_t loop_watch(const struct loop *loop, struct job **watched,
			 struct pollfd *fds, int64_t *wake_ms)
{
	struct job *job;
	size_t i, n = 0;

	*wake_ms = INT64_MAX;
	for (i = 0; i < loop->active_count; i++) {
		job = loop->active[i];
		if (!is_open(job))
			continue;
		if (job->wake_ms < *wake_ms)
			*wake_ms = job->wake_ms;
		if (job->fd < 0)
			continue;
		fds[n] = (struct pollfd){ .fd = job->fd,
					  .events = job->events };
		watched[n++] = job;
	}
	return n;
}

static int poll_limit_ms(const struct loop *loop, int64_t wake_ms)
{
	int64_t end_ms = wake_ms < loop->deadline_ms ? wake_ms :
			 loop->deadline_ms;
	int64_t left_ms = end_ms - posix_monotonic_ms();

	if (left_ms < 0)
		return 0;
	return left_ms < POLL_MS_MAX ? (int)left_ms : POLL_MS_MAX;
}

static void loop_wake(struct loop *loop, int64_t now_ms)
{
	for (size_t i = 0; i < loop->active_count; i++)
		if (is_open(loop->active[i]) &&
		    now_ms >= loop->active[i]->wake_ms)
			loop->kind->step(loop->active[i], now_ms);
}

static void loop_poll(struct loop *loop)
{
	struct job *watched[SOCKETS_MAX];
	struct pollfd fds[SOCKETS_MAX];
	int64_t wake_ms, now_ms;
	size_t i, n = loop_watch(loop, watched, fds, &wake_ms);
	bool ready;

	if (n == 0)
		return;
	ready = poll(fds, n, poll_limit_ms(loop, wake_ms)) > 0;
	now_ms = posix_monotonic_ms();
	for (i = 0; ready && i < n; i++)
		if (fds[i].revents && is_open(watched[i]))
			loop->kind->step(watched[i], now_ms);
	if (now_ms >= wake_ms)
		loop_wake(loop, now_ms);
}

static void loop_end(struct loop *loop, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!loop->jobs[i]->done)
			job_finish(loop->jobs[i], OUTCOME_NO_TIME, 0);
	loop->waiting = loop->active_count = 0;
}

void loop_run(const struct job_kind *kind, struct job **jobs, size_t n,
	      int64_t deadline_ms)
{
	struct loop loop = { .kind = kind, .jobs = jobs,
			     .deadline_ms = deadline_ms };

	loop_find_peers(&loop, n);
	while (loop.waiting > 0 || loop.active_count > 0) {
		loop_admit(&loop);
		loop_open(&loop);
		loop_poll(&loop);
		loop_sweep(&loop);
		if (posix_monotonic_ms() >= deadline_ms)
			loop_end(&loop, n);
	}
	free(loop.peers);
}
