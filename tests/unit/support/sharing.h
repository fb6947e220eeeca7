/* SPDX-License-Identifier: MIT */
#pragma once

#include "support/asking.h"

/*
 * Several questions over TCP to one server, and how often it saw each of them.
 * One program asks, and the server in its thread counts: what is here may be
 * read when the server was stopped.
 */
#define MANY 100
#define WINDOW QUESTIONS_PER_ADDRESS_IN_FLIGHT
#define OPCODE_UPDATE 0x28
#define LARGE 20000

extern struct question questions[MANY];
extern uint8_t queries[MANY][SERVER_QUERY_SIZE];
extern unsigned seen[MANY];	/* by the ID, which is the index */
extern int64_t last_ms;		/* when the last came */

/* N questions; nothing was seen yet. */
void prepare(const struct address *address, size_t n, unsigned timeout_ms);
void make_updates(size_t n);
void assert_all_answered(size_t n);

/* To be called by manners. */
void note(const struct asker *asker);
bool has_more(int fd);
/* Answers whatever comes. */
void serve(struct server *server, int fd, struct asker *asker);
