/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/octets.h"
#include "world/world.h"

/*
 * The processes that do errands (world/errand.h). The first of them, the
 * porter, is made before any key is read, and makes another, a hand, for each
 * errand: so no hand has ever had a secret in its memory, nor what an earlier
 * one was sent. Hands have no rights (confine.h) and one descriptor, by which
 * they are given a task, ask for what they need, and give back a result: in
 * frames, a kind and a size, then so many octets.
 *
 * hands.c makes them and serves all at once; hand.c is what a hand does;
 * frame.c is how they speak.
 */
enum frame_kind {
	FRAME_TASK,	/* to the hand, once */
	FRAME_ASK,	/* from it: questions, answered by .. */
	FRAME_ANSWERS,
	FRAME_CONNECT,	/* from it: to a peer, answered by .. */
	FRAME_SOCKET,	/* an errno, and a descriptor where that is 0 */
	FRAME_RESULT,	/* from it, and it ends */
};

#define FRAME_HEAD_SIZE 16	/* octets: two numbers */

/* For hands, which wait: sends a frame, or waits for the next, which must be
 * KIND. *FD is a descriptor that came with it, or -1. Where that cannot be the
 * process ends. */
void frame_send(int channel, enum frame_kind kind,
		const struct octets *octets);
void frame_wait(int channel, enum frame_kind kind, struct octets *octets,
		int *fd);

/* For who serves them, and has no time to waste: sends all within TIMEOUT_MS,
 * with the descriptor FD unless that is below 0. False: the other side is
 * gone, or does not read. */
bool frame_offer(int channel, enum frame_kind kind,
		 const struct octets *octets, int fd, int timeout_ms);

/* Is there a whole frame at the beginning of OCTETS? Yields what of it is
 * there to be read; *SIZE is what it takes in all. False: not yet; *BAD: and
 * there never will be. */
bool frame_find(const struct octets *octets, enum frame_kind *kind,
		struct octets_reader *body, size_t *size, bool *bad);

/* What a hand does with CHANNEL: never returns. */
_Noreturn void hand_work(int channel);

/* Questions of a hand, and their answers, as octets. Texts and queries of
 * questions that are taken point into what was read. */
void questions_put(struct octets *octets, const struct question *questions,
		   size_t n);
struct question *questions_take(struct octets_reader *reader, size_t *n);
void answers_put(struct octets *octets, const struct question *questions,
		 size_t n);
void answers_take(struct octets_reader *reader, struct question *questions,
		  size_t n);

/* A connection for a hand: as job_connect() has it, by way of CHANNEL. */
struct job;
int hand_connect(int channel, struct job *job);
