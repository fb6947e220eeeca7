/* SPDX-License-Identifier: MIT */
#include "world/posix/net.h"

#include "base/bounds.h"
#include "base/dns.h"
#include "base/xalloc.h"
#include "world/posix/parts.h"
#include "world/reply.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PREFIX_SIZE 2
/* So many messages in a row for others, and it is no DNS for us. */
#define FOREIGN_MESSAGES_MAX 8
/* Of a message that is larger only as much is read as tells whose it is, and
 * the rest where it is ours. */
#define LARGE_SIZE 16384
#define ROOM_SIZE (PREFIX_SIZE + LARGE_SIZE)

/*
 * One connection, for many questions (RFC 7766 section 6.2.1.1): each is sent
 * as soon as it wants to be asked, and answers come in any order. The loop
 * watches jobs, so the socket is that of the first who waits for an answer, and
 * the others ride on it.
 *
 * A server may close when it likes, and some understand one question only. So
 * whoever gets no answer beside others is asked once more, alone: unless it
 * could change something, and may have arrived.
 */
struct connection {
	struct connection *next;	/* at the same place */
	struct place *place;
	struct asking *first;		/* who waits for an answer */
	int fd;				/* while nobody does; else -1 */
	bool alone;			/* for the one question it has */
	size_t taken, answered;		/* questions */
	unsigned foreign;		/* messages in a row for nobody */
	uint64_t sent;			/* octets */
	uint8_t *out;			/* what is to be sent after that */
	size_t out_size;
	uint8_t *in;			/* what came, from a message's length
					   on */
	size_t in_room, in_size;
};

void tcp_want(struct asking *asking)
{
	asking->transport = TRANSPORT_TCP;
	asking->place->pending++;
}

/* ---- Who waits on it --------------------------------------------------- */

static struct asking **find_id(struct connection *connection,
			       const uint8_t *message)
{
	struct asking **at = &connection->first;

	while (*at && memcmp((*at)->query, message, DNS_ID_SIZE) != 0)
		at = &(*at)->next;
	return *at ? at : NULL;
}

static void idle_set(struct connection *connection, int fd)
{
	connection->fd = fd;
	++connection->place->batch->idle;
}

static int idle_end(struct connection *connection)
{
	int fd = connection->fd;

	connection->fd = -1;
	--connection->place->batch->idle;
	return fd;
}

/* The first has the socket. */
static void hold(struct connection *connection)
{
	struct asking *first = connection->first;

	if (!first)
		return;
	if (connection->fd >= 0) {
		first->job.fd = idle_end(connection);
		first->job.rides = false;
	}
	first->job.events = POLLIN | (connection->out_size ? POLLOUT : 0);
}

static void append(struct connection *connection, const uint8_t *data,
		   size_t size)
{
	connection->out = xreallocarray(connection->out,
					connection->out_size + size, 1);
	memcpy(connection->out + connection->out_size, data, size);
	connection->out_size += size;
}

static void join(struct connection *connection, struct asking *asking)
{
	size_t size = asking->question->query_size;
	uint8_t prefix[PREFIX_SIZE] = { (uint8_t)(size >> 8), (uint8_t)size };
	struct asking **end = &connection->first;

	while (*end)
		end = &(*end)->next;
	*end = asking;
	connection->taken++;
	asking->next = NULL;
	asking->connection = connection;
	asking->job.rides = true;
	asking->begins = connection->sent + connection->out_size;
	append(connection, prefix, sizeof(prefix));
	append(connection, asking->query, size);
	hold(connection);
}

static void leave(struct connection *connection, struct asking **at)
{
	struct asking *asking = *at;

	if (asking->job.fd >= 0)
		idle_set(connection, asking->job.fd);
	asking->job.fd = -1;
	asking->job.rides = false;
	asking->connection = NULL;
	*at = asking->next;
	hold(connection);
}

/* ---- The end ----------------------------------------------------------- */

static void connection_free(struct connection *connection)
{
	struct connection **at = &connection->place->connections;

	while (*at != connection)
		at = &(*at)->next;
	*at = connection->next;
	if (connection->fd >= 0)
		close(idle_end(connection));
	free(connection->out);
	free(connection->in);
	free(connection);
}

void tcp_close(struct place *place)
{
	while (place->connections)
		connection_free(place->connections);
}

void tcp_close_idle(struct place *place)
{
	struct connection *at = place->connections, *next;

	for (; at; at = next) {
		next = at->next;
		if (!at->first)
			connection_free(at);
	}
}

/* What changes nothing can be asked twice, and so can what was not sent. */
static bool may_ask_again(const struct connection *connection,
			  const struct asking *asking)
{
	return connection->sent > 0 && connection->taken > 1 &&
	       !connection->alone && (reply_is_to_query(asking->query) ||
	       connection->sent <= asking->begins);
}

static void note_lost(const struct connection *connection,
		      const struct asking *asking)
{
	struct posix *posix = asking->batch->world->self;

	if (connection->sent == 0 || connection->taken < 2 ||
	    reply_is_to_query(asking->query))
		return;
	for (size_t i = 0; i < posix->impatient_count; i++)
		if (address_equal(&posix->impatient[i], &asking->job.server))
			return;
	*array_push(posix->impatient, posix->impatient_count) =
		asking->job.server;
}

/* ASKING gets no answer on this connection. */
static void lose(struct connection *connection, struct asking **at,
		 enum outcome outcome, int error)
{
	struct asking *asking = *at;

	leave(connection, at);
	if (may_ask_again(connection, asking)) {
		asking->alone = true;
		return;
	}
	note_lost(connection, asking);
	asking->place->pending--;
	job_finish(&asking->job, outcome, error);
}

/* The server is given no more at once than it was seen to answer. */
static void learn(const struct connection *connection)
{
	size_t answered = connection->answered ? connection->answered : 1;

	if (connection->first && connection->taken > 1 &&
	    answered < connection->place->quota)
		connection->place->quota = answered;
}

static void connection_break(struct connection *connection,
			     enum outcome outcome, int error)
{
	learn(connection);
	while (connection->first)
		lose(connection, &connection->first, outcome, error);
	connection_free(connection);
}

/* Once something was sent it may have arrived, and so a connection that breaks
 * is never "closed" or "unreachable" then: it did speak, if badly. */
static void connection_fail(struct connection *connection, int error)
{
	enum outcome outcome = outcome_of_errno(error);

	if (error == EBADMSG) {
		outcome = OUTCOME_GARBLED;
		error = 0;
	} else if (connection->sent > 0 && (outcome == OUTCOME_CLOSED ||
		   outcome == OUTCOME_UNREACHABLE)) {
		outcome = OUTCOME_GARBLED;
		error = ECONNRESET;
	}
	connection_break(connection, outcome, error);
}

/* Nobody waits on it now. Will somebody? */
static void connection_rest(struct connection *connection)
{
	const struct place *place = connection->place;

	if (!connection->first &&
	    (connection->alone || connection->taken >= place->quota ||
	     place->pending == 0 || place->batch->idle > IDLE_CONNECTIONS_MAX))
		connection_free(connection);
}

/* ---- What comes -------------------------------------------------------- */

/* One that is large has filled a buffer of its very size: there may be many,
 * and none is in memory twice. */
static uint8_t *keep(struct connection *connection, const uint8_t *message,
		     size_t size)
{
	uint8_t *reply = connection->in;

	if (connection->in_room == ROOM_SIZE)
		return xmemdup(message, size);
	memmove(reply, message, size);
	connection->in = xmalloc(ROOM_SIZE);
	connection->in_room = ROOM_SIZE;
	return reply;
}

/* False: too much of it is for nobody. */
static bool take_message(struct connection *connection,
			 const uint8_t *message, size_t size)
{
	struct asking **at = size < DNS_HEADER_SIZE ? NULL :
			     find_id(connection, message);
	struct asking *asking = at ? *at : NULL;

	if (!asking || asking_judge(asking, message, size) != REPLY_ACCEPTED)
		return ++connection->foreign < FOREIGN_MESSAGES_MAX;
	connection->foreign = 0;
	connection->answered++;
	leave(connection, at);
	asking->place->pending--;
	asking_accept(asking, keep(connection, message, size), size);
	return true;
}

/* Is the large message that begins to come an answer, as far as can be told? */
static bool is_ours(struct connection *connection)
{
	size_t size = connection->in_size - PREFIX_SIZE;
	struct asking **at;
	size_t beginning;

	if (size < DNS_HEADER_SIZE)
		return true;
	at = find_id(connection, connection->in + PREFIX_SIZE);
	if (!at)
		return false;
	beginning = DNS_HEADER_SIZE +
		    reply_question_size((*at)->query,
					(*at)->question->query_size);
	return size < beginning ||
	       asking_judge(*at, connection->in + PREFIX_SIZE, beginning) ==
	       REPLY_ACCEPTED;
}

/* For the rest of what has begun to come. Half of the room is more than what
 * tells whose it is. */
static bool make_room(struct connection *connection)
{
	size_t room = ROOM_SIZE, whole = 0;

	if (connection->in_size >= PREFIX_SIZE)
		whole = PREFIX_SIZE + dns_number(connection->in);
	if (whole > ROOM_SIZE) {
		if (!is_ours(connection))
			return false;
		if (connection->in_size >= ROOM_SIZE / 2)
			room = whole;
	}
	if (room != connection->in_room) {
		connection->in = xreallocarray(connection->in, room, 1);
		connection->in_room = room;
	}
	return true;
}

/* Hands out the messages that are whole. */
static bool take_all(struct connection *connection)
{
	uint8_t *at = connection->in;
	size_t left = connection->in_size;

	while (left >= PREFIX_SIZE && left - PREFIX_SIZE >= dns_number(at)) {
		size_t size = dns_number(at);

		if (!take_message(connection, at + PREFIX_SIZE, size))
			return false;
		at += PREFIX_SIZE + size;
		left -= PREFIX_SIZE + size;
	}
	memmove(connection->in, at, left);
	connection->in_size = left;
	return make_room(connection);
}

/* 0, or what ended it. */
static int receive(struct connection *connection)
{
	size_t room;
	ssize_t size;

	do {
		room = connection->in_room - connection->in_size;
		size = recv(connection->first->job.fd,
			    connection->in + connection->in_size, room, 0);
		if (size < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : errno;
		if (size == 0)
			return ECONNRESET;
		connection->in_size += (size_t)size;
		if (!take_all(connection))
			return EBADMSG;
	} while ((size_t)size == room && connection->first);
	return 0;
}

static int transmit(struct connection *connection)
{
	ssize_t size = send(connection->first->job.fd, connection->out,
			    connection->out_size, MSG_NOSIGNAL);

	if (size < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : errno;
	connection->sent += (uint64_t)size;
	connection->out_size -= (size_t)size;
	memmove(connection->out, connection->out + size,
		connection->out_size);
	return 0;
}

/* What has come is looked at before what is sent, for a server that has closed
 * has not got that. */
static void advance(struct connection *connection)
{
	int error = connection->sent ? receive(connection) : 0;

	if (!error && connection->first && connection->out_size) {
		error = transmit(connection);
		if (error && connection->sent)
			receive(connection);
	}
	if (error) {
		connection_fail(connection, error);
		return;
	}
	hold(connection);
	connection_rest(connection);
}

/* ---- The job ----------------------------------------------------------- */

static int connection_open(struct asking *asking)
{
	struct connection *connection;
	const int one = 1;
	int error = job_connect(&asking->job, SOCK_STREAM);

	if (error)
		return error;
	setsockopt(asking->job.fd, IPPROTO_TCP, TCP_NODELAY, &one,
		   sizeof(one));
	connection = xcalloc(1, sizeof(*connection));
	connection->place = asking->place;
	connection->next = asking->place->connections;
	connection->alone = asking->alone;
	idle_set(connection, asking->job.fd);
	connection->in = xmalloc(ROOM_SIZE);
	connection->in_room = ROOM_SIZE;
	asking->job.fd = -1;
	asking->place->connections = connection;
	return 0;
}

/* IDs are one's own among those who wait. */
static struct connection *find_room(const struct asking *asking)
{
	struct connection *at = asking->place->connections;

	if (asking->alone)
		return NULL;
	while (at && (at->alone || at->taken >= asking->place->quota ||
		      find_id(at, asking->query)))
		at = at->next;
	return at;
}

int tcp_open(struct asking *asking, int64_t now_ms)
{
	struct connection *connection = find_room(asking);
	int error;

	if (!connection) {
		error = connection_open(asking);
		if (error)
			return error;
		connection = asking->place->connections;
	}
	join(connection, asking);
	asking->deadline_ms = now_ms + asking->question->timeout_ms;
	asking->job.wake_ms = asking->deadline_ms;
	return 0;
}

/* A server that does not read what it is sent is no good for the others
 * either. */
static void expire(struct connection *connection, struct asking *asking)
{
	enum outcome outcome = connection->foreign ? OUTCOME_GARBLED :
						     OUTCOME_SILENT;

	if (connection->sent && connection->out_size) {
		connection_break(connection, outcome, 0);
		return;
	}
	learn(connection);
	lose(connection, find_id(connection, asking->query), outcome, 0);
	connection_rest(connection);
}

void tcp_step(struct asking *asking, int64_t now_ms)
{
	if (asking->job.fd >= 0)
		advance(asking->connection);
	if (asking->connection && now_ms >= asking->deadline_ms)
		expire(asking->connection, asking);
}
