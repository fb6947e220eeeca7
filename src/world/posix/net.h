/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/posix/loop.h"

/*
 * A question under way, over UDP (net_udp.c) or TCP (net_tcp.c); net.c makes
 * them and lets the loop run. Over UDP each try has a socket and an ID of its
 * own. Over TCP those to one address share connections.
 */
struct connection;

/* An address that is asked. */
struct place {
	struct batch *batch;
	struct connection *connections;
	size_t pending;		/* questions over TCP that are not done */
	size_t quota;		/* so many questions a connection gets: it
				   shrinks where answers are lost */
};

/* What is asked at once. */
struct batch {
	struct world *world;
	struct place *places;	/* at most as many as questions; the rest has
				   no connections */
	size_t count;
	size_t idle;		/* connections on which nobody waits */
};

/* The job comes first: it is cast back to this. */
struct asking {
	struct job job;
	struct batch *batch;
	struct place *place;
	struct question *question;
	uint8_t *query;			/* as it was sent last */
	enum transport transport;	/* by now */
	int64_t deadline_ms;
	/* UDP */
	unsigned tries;
	int64_t next_try_ms;
	int refusal;			/* errno that met the last try */
	/* TCP */
	struct connection *connection;	/* NULL: none yet, or another one */
	struct asking *next;		/* who waits on it as well */
	uint64_t begins;		/* octets before it on that */
	bool alone;			/* it wants one of its own */
};

/* What REPLY is to the question, as it was sent last. */
enum reply_verdict asking_judge(const struct asking *asking,
				const uint8_t *reply, size_t size);
/* The question is answered by REPLY, which is taken over. */
void asking_accept(struct asking *asking, uint8_t *reply, size_t size);

/* Opens what the asking needs for (another) try; 0 or an errno. */
int udp_open(struct asking *asking, int64_t now_ms);
/* May make a question over TCP of it. */
void udp_step(struct asking *asking, int64_t now_ms);

/* From now on it is one over TCP. Its time has not begun. */
void tcp_want(struct asking *asking);
int tcp_open(struct asking *asking, int64_t now_ms);
void tcp_step(struct asking *asking, int64_t now_ms);
/* Closes those on which nobody waits; after the loop, what is still open. */
void tcp_close_idle(struct place *place);
void tcp_close(struct place *place);
