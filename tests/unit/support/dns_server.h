/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/address.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

/*
 * A little server on a port of its own of 127.0.0.1, in a thread, that
 * treats its askers in the manner that a test wants.
 */
struct server;

struct asker {
	struct sockaddr_in from;
	uint8_t query[65535];
	size_t size;
};

struct manner {
	/* A datagram came. NULL: it is left unread in silence. */
	void (*datagram)(struct server *server, struct asker *asker);
	/* A whole query came on a new connection. NULL: nobody accepts. More
	 * may follow; until it returns nobody else is served. */
	void (*query)(struct server *server, int fd, struct asker *asker);
};

struct server {
	struct address address;
	const struct manner *manner;
	int udp, listener, stop[2];
	int held;		/* a connection that stays open, or -1 */
	pthread_t thread;
	atomic_uint datagrams, connections;
	struct asker first;	/* room for the manner's memory */
};

void server_start(struct server *server, const struct manner *manner);
void server_stop(struct server *server);

/* A port of 127.0.0.1 that nobody listens at. */
struct address server_closed_address(void);

/* "TeSt.EXAMPLE. TLSA" and the first octets of an OPT record. */
#define SERVER_QUERY_SIZE 31
void server_make_query(uint8_t query[SERVER_QUERY_SIZE], unsigned id);

/* The usual manners: the query comes back as its reply. */
void server_answer(struct server *server, struct asker *asker);
void server_answer_tcp(struct server *server, int fd, struct asker *asker);

/* To be called by manners: the query becomes a reply; RCODE may mark which
 * of several it is. */
void server_become_reply(struct asker *asker, unsigned rcode);

/* To be called by manners: the next on the connection; false: none comes. */
bool server_read_query(int fd, struct asker *asker);

/* To be called by manners: DATA to the asker, or on the connection, there
 * with its length in front. */
void server_reply_udp(int fd, const struct asker *asker, const void *data,
		      size_t size);
void server_reply_tcp(int fd, const void *data, size_t size);
