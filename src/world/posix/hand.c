/* SPDX-License-Identifier: MIT */
#include "world/posix/hands.h"

#include "base/xalloc.h"
#include "world/posix/loop.h"
#include "world/posix/parts.h"

#include <stdlib.h>
#include <unistd.h>

/* What runs where nothing is to be had: it dies by what is not for it. */

static void hand_ask(struct world *world, struct question *questions,
		     size_t n)
{
	int channel = ((const struct posix *)world->self)->channel, fd;
	struct octets octets = { NULL, 0, 0 };
	struct octets_reader reader;

	questions_put(&octets, questions, n);
	frame_send(channel, FRAME_ASK, &octets);
	octets_clear(&octets);
	frame_wait(channel, FRAME_ANSWERS, &octets, &fd);
	reader = (struct octets_reader){ .data = octets.data,
					 .left = octets.size };
	answers_take(&reader, questions, n);
	invariant(octets_over(&reader));
	octets_clear(&octets);
}

int hand_connect(int channel, struct job *job)
{
	struct question place = { .server = job->server,
				  .query = (const uint8_t *)"",
				  .query_size = 1 };
	struct octets octets = { NULL, 0, 0 };
	struct octets_reader reader;
	int error;

	questions_put(&octets, &place, 1);
	frame_send(channel, FRAME_CONNECT, &octets);
	octets_clear(&octets);
	frame_wait(channel, FRAME_SOCKET, &octets, &job->fd);
	reader = (struct octets_reader){ .data = octets.data,
					 .left = octets.size };
	error = (int)octets_number(&reader, INT32_MAX);
	octets_clear(&octets);
	if (!error && job->fd < 0)
		return EMFILE;
	return error;
}

void hand_work(int channel)
{
	struct octets task, result = { NULL, 0, 0 };
	struct octets_reader reader;
	struct errand errand;
	struct world world;
	int fd;

	frame_wait(channel, FRAME_TASK, &task, &fd);
	reader = (struct octets_reader){ .data = task.data,
					 .left = task.size };
	octets_take(&reader, &errand, sizeof(errand));
	world_posix_open_bare(&world, channel);
	world.deadline_ms = octets_signed(&reader);
	world.ask = hand_ask;
	invariant(!reader.bad);
	errand.work(&world, errand.context, &reader, &result);
	frame_send(channel, FRAME_RESULT, &result);
	_exit(EXIT_SUCCESS);
}
