/* SPDX-License-Identifier: MIT */
#include "support/dns_server.h"

#include "base/xalloc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 10

static int bind_at(int type, uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static struct address address_of(int fd)
{
	struct sockaddr_in at = { .sin_family = 0 };
	socklen_t size = sizeof(at);
	struct address address;

	must(getsockname(fd, (struct sockaddr *)&at, &size) == 0);
	must(address_parse("127.0.0.1", ntohs(at.sin_port), &address));
	return address;
}

struct address server_closed_address(void)
{
	int fd = bind_at(SOCK_STREAM, 0);
	struct address address = address_of(fd);

	close(fd);
	return address;
}

/* The same port for both: another program may have one half of a pair. */
static void bind_both(struct server *server)
{
	int tries = 0;

	do {
		must(tries++ < 100);
		server->udp = bind_at(SOCK_DGRAM, 0);
		server->address = address_of(server->udp);
		server->listener = bind_at(SOCK_STREAM, server->address.port);
		if (server->listener < 0)
			close(server->udp);
	} while (server->listener < 0);
	must(listen(server->listener, 256) == 0);
}

static void take_datagram(struct server *server)
{
	struct asker asker;
	socklen_t from_size = sizeof(asker.from);
	ssize_t size = recvfrom(server->udp, asker.query, sizeof(asker.query),
				MSG_DONTWAIT, (struct sockaddr *)&asker.from,
				&from_size);

	if (size < 0)
		return;
	asker.size = (size_t)size;
	server->datagrams++;
	if (server->manner->datagram)
		server->manner->datagram(server, &asker);
}

static bool read_exactly(int fd, uint8_t *data, size_t size)
{
	ssize_t got;

	for (; size > 0; size -= (size_t)got, data += got) {
		got = recv(fd, data, size, 0);
		if (got <= 0)
			return false;
	}
	return true;
}

bool server_read_query(int fd, struct asker *asker)
{
	uint8_t prefix[2];

	if (!read_exactly(fd, prefix, sizeof(prefix)))
		return false;
	asker->size = (size_t)prefix[0] << 8 | prefix[1];
	return read_exactly(fd, asker->query, asker->size);
}

static void take_connection(struct server *server)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
	struct asker asker;

	if (fd < 0)
		return;
	server->connections++;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (server_read_query(fd, &asker))
		server->manner->query(server, fd, &asker);
	if (server->held != fd)
		close(fd);
}

static void *serve(void *argument)
{
	struct server *server = argument;
	struct pollfd fds[] = {
		{ .fd = server->stop[0], .events = POLLIN },
		{ .fd = server->udp, .events = POLLIN },
		{ .fd = server->manner->query ? server->listener : -1,
		  .events = POLLIN },
	};

	while (poll(fds, 3, -1) >= 0 && !fds[0].revents) {
		if (fds[1].revents)
			take_datagram(server);
		if (fds[2].revents)
			take_connection(server);
	}
	return NULL;
}

void server_start(struct server *server, const struct manner *manner)
{
	*server = (struct server){ .manner = manner, .held = -1 };
	bind_both(server);
	must(pipe(server->stop) == 0);
	must(pthread_create(&server->thread, NULL, serve, server) == 0);
}

void server_stop(struct server *server)
{
	close(server->stop[1]);
	pthread_join(server->thread, NULL);
	close(server->stop[0]);
	close(server->udp);
	close(server->listener);
	if (server->held >= 0)
		close(server->held);
}

void server_reply_udp(int fd, const struct asker *asker, const void *data,
		      size_t size)
{
	sendto(fd, data, size, 0, (const struct sockaddr *)&asker->from,
	       sizeof(asker->from));
}

void server_reply_tcp(int fd, const void *data, size_t size)
{
	uint8_t *message = xmalloc(2 + size);

	message[0] = (uint8_t)(size >> 8);
	message[1] = (uint8_t)size;
	memcpy(message + 2, data, size);
	send(fd, message, 2 + size, MSG_NOSIGNAL);
	free(message);
}

void server_make_query(uint8_t query[SERVER_QUERY_SIZE], unsigned id)
{
	static const uint8_t sample[SERVER_QUERY_SIZE] =
		"\0\0\0\0\0\1\0\0\0\0\0\0\4TeSt\7EXAMPLE\0\0\64\0\1";

	memcpy(query, sample, SERVER_QUERY_SIZE);
	query[0] = (uint8_t)(id >> 8);
	query[1] = (uint8_t)id;
}

void server_become_reply(struct asker *asker, unsigned rcode)
{
	asker->query[2] |= 0x84;
	asker->query[3] = (uint8_t)rcode;
}

void server_answer(struct server *server, struct asker *asker)
{
	server_become_reply(asker, 0);
	server_reply_udp(server->udp, asker, asker->query, asker->size);
}

void server_answer_tcp(struct server *server, int fd, struct asker *asker)
{
	(void)server;
	server_become_reply(asker, 0);
	server_reply_tcp(fd, asker->query, asker->size);
}
