/* SPDX-License-Identifier: MIT */
#include "world/posix/hands.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "world/posix/confine.h"
#include "world/posix/loop.h"
#include "world/posix/parts.h"
#include "world/posix/porter.h"
#include "world/posix/posix.h"
#include "world/reply.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_SIZE 65536
#define PIECES_AT_ONCE 64
/* So long those who ask wait for others, that all may be asked at once. */
#define TOGETHER_MS 200
/* So long one may take to read what it is given. */
#define OFFER_MS 5000
/* So long what was found may take to be brought home when time is over. */
#define HOME_MS 1000
/* So long anybody may think. */
#define THINKS_MS_MIN 1000

enum stands { HAND_THINKS, HAND_ASKS, HAND_IS_OVER };

struct hand {
	struct errand *errand;
	int channel;
	enum stands stands;
	int64_t since_ms;		/* it thinks, or asks */
	int64_t thought_ms;		/* before that, in all */
	unsigned wants;			/* how often it wanted something */
	struct octets in;
	size_t frame_size;		/* of what it asks, at the beginning */
	struct question *questions;
	size_t question_count;
};

struct hands {
	struct world *world;
	struct hand items[ERRANDS_AT_ONCE_MAX];
	size_t count;
	int64_t end_ms;
	int64_t think_ms;		/* so long each may think in all */
};

/* ---- One of them -------------------------------------------------------- */

static void hand_end(struct hand *hand, enum errand_outcome outcome)
{
	if (hand->channel >= 0)
		close(hand->channel);
	hand->channel = -1;
	hand->stands = HAND_IS_OVER;
	hand->errand->outcome = outcome;
	free(hand->questions);
	hand->questions = NULL;
	octets_clear(&hand->in);
}

static void hand_think(struct hand *hand)
{
	hand->stands = HAND_THINKS;
	hand->since_ms = posix_monotonic_ms();
}

static bool hand_begin(struct hands *hands, struct hand *hand)
{
	const struct posix *posix = hands->world->self;
	struct octets task = { NULL, 0, 0 };
	bool begun;

	hand->channel = porter_send_hand(posix->porter);
	if (hand->channel < 0)
		return false;
	octets_put(&task, hand->errand, sizeof(*hand->errand));
	octets_put_number(&task, (uint64_t)hands->world->deadline_ms);
	octets_put(&task, hand->errand->task.data, hand->errand->task.size);
	begun = frame_offer(hand->channel, FRAME_TASK, &task, -1, OFFER_MS);
	octets_clear(&task);
	hand_think(hand);
	return begun;
}

/* It wants something; false: once too often. */
static bool hand_wants(struct hand *hand)
{
	int64_t now_ms = posix_monotonic_ms();

	hand->thought_ms += now_ms - hand->since_ms;
	hand->since_ms = now_ms;
	return ++hand->wants <= ERRAND_WANTS_MAX;
}

/* From then on it has thought for too long; who shakes hands waits meanwhile
 * for others, within time limits of their own. */
static int64_t think_end_ms(const struct hands *hands, const struct hand *hand)
{
	int64_t most_ms = hand->errand->peer_count ? ERRAND_THINKS_MS_MAX :
						     hands->think_ms;

	return hand->since_ms + most_ms - hand->thought_ms;
}

static void drop_frame(struct hand *hand, size_t size)
{
	hand->in.size -= size;
	memmove(hand->in.data, hand->in.data + size, hand->in.size);
}

/* ---- What they want ---------------------------------------------------- */

/* What it asks is sent in our name: nothing but questions. */
static bool are_questions(const struct question *questions, size_t n)
{
	if (n == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (reply_question_size(questions[i].query,
					questions[i].query_size) == 0 ||
		    !reply_is_to_query(questions[i].query))
			return false;
	return true;
}

static void take_questions(struct hand *hand, struct octets_reader *body,
			   size_t frame_size)
{
	hand->questions = questions_take(body, &hand->question_count);
	hand->frame_size = frame_size;
	hand->stands = HAND_ASKS;
	if (!hand_wants(hand) || !octets_over(body) ||
	    !are_questions(hand->questions, hand->question_count))
		hand_end(hand, ERRAND_DIED);
}

static bool is_peer(const struct errand *errand, const struct address *address)
{
	for (size_t i = 0; i < errand->peer_count; i++)
		if (address_equal(&errand->peers[i], address))
			return true;
	return false;
}

static bool offer_socket(const struct hand *hand, int error, int fd)
{
	struct octets octets = { NULL, 0, 0 };
	bool sent;

	octets_put_number(&octets, (uint64_t)error);
	sent = frame_offer(hand->channel, FRAME_SOCKET, &octets,
			   error ? -1 : fd, OFFER_MS);
	octets_clear(&octets);
	return sent;
}

/* Only to those it was sent to. */
static void connect_peer(struct hands *hands, struct hand *hand,
			 struct octets_reader *body, size_t frame_size)
{
	struct job job = { .fd = -1 };
	size_t n;
	struct question *place = questions_take(body, &n);
	bool good = hand_wants(hand) && octets_over(body) && n == 1 &&
		    is_peer(hand->errand, &place->server);
	int error;

	if (good) {
		job.server = place->server;
		job_set_source(&job, hands->world->sources);
		error = job_connect(&job, SOCK_STREAM);
		good = offer_socket(hand, error, job.fd);
		job_close_socket(&job);
		drop_frame(hand, frame_size);
		hand_think(hand);
	}
	free(place);
	if (!good)
		hand_end(hand, ERRAND_DIED);
}

static void take_result(struct hand *hand, const struct octets_reader *body)
{
	octets_put(&hand->errand->result, body->data, body->left);
	hand_end(hand, ERRAND_DONE);
}

static void take_frame(struct hands *hands, struct hand *hand,
		       enum frame_kind kind, struct octets_reader *body,
		       size_t frame_size)
{
	switch (kind) {
	case FRAME_ASK:
		take_questions(hand, body, frame_size);
		return;
	case FRAME_CONNECT:
		connect_peer(hands, hand, body, frame_size);
		return;
	case FRAME_RESULT:
		take_result(hand, body);
		return;
	case FRAME_SOCKET:
	case FRAME_TASK:
	case FRAME_ANSWERS:
		break;
	}
	hand_end(hand, ERRAND_DIED);
}

/* False: nothing more for now. */
static bool receive(struct hands *hands, struct hand *hand)
{
	uint8_t piece[PIECE_SIZE];
	struct octets_reader body;
	enum frame_kind kind;
	size_t size;
	bool bad;
	ssize_t got = recv(hand->channel, piece, sizeof(piece), MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0) {
		hand_end(hand, ERRAND_DIED);
		return false;
	}
	octets_put(&hand->in, piece, (size_t)got);
	while (hand->stands == HAND_THINKS &&
	       frame_find(&hand->in, &kind, &body, &size, &bad))
		take_frame(hands, hand, kind, &body, size);
	if (hand->stands == HAND_THINKS && hand->in.size && bad)
		hand_end(hand, ERRAND_DIED);
	return hand->stands == HAND_THINKS;
}

/* Then it is the turn of another. */
static void receive_some(struct hands *hands, struct hand *hand)
{
	for (int i = 0; i < PIECES_AT_ONCE; i++)
		if (!receive(hands, hand))
			break;
}

/* ---- Asking for them --------------------------------------------------- */

static void answer(struct hand *hand, struct question *questions)
{
	struct octets answers = { NULL, 0, 0 };
	size_t n = hand->question_count;

	answers_put(&answers, questions, n);
	for (size_t i = 0; i < n; i++)
		free(questions[i].reply);
	free(hand->questions);
	hand->questions = NULL;
	drop_frame(hand, hand->frame_size);
	if (frame_offer(hand->channel, FRAME_ANSWERS, &answers, -1, OFFER_MS))
		hand_think(hand);
	else
		hand_end(hand, ERRAND_DIED);
	octets_clear(&answers);
}

static size_t count_standing(const struct hands *hands, enum stands stands)
{
	size_t count = 0;

	for (size_t i = 0; i < hands->count; i++)
		count += hands->items[i].stands == stands;
	return count;
}

/* Those whose turn it is, as many as may ask at once. */
static size_t find_askers(struct hands *hands, struct hand **who, size_t *n)
{
	size_t count = 0;

	*n = 0;
	for (size_t i = 0; i < hands->count; i++) {
		struct hand *hand = &hands->items[i];

		if (hand->stands != HAND_ASKS ||
		    *n + hand->question_count > ERRANDS_ASK_AT_ONCE_MAX)
			continue;
		*n += hand->question_count;
		who[count++] = hand;
	}
	return count;
}

/* Nobody has thought while we were busy. */
static void excuse_others(struct hands *hands, int64_t since_ms)
{
	int64_t now_ms = posix_monotonic_ms();

	for (size_t i = 0; i < hands->count; i++)
		if (hands->items[i].stands == HAND_THINKS)
			hands->items[i].since_ms += now_ms - since_ms;
}

/* What they want to know, at once. */
static void ask(struct hands *hands)
{
	int64_t begun_ms = posix_monotonic_ms();
	const struct errand *any = hands->items[0].errand;
	struct hand *who[ERRANDS_AT_ONCE_MAX];
	size_t n, at = 0, count = find_askers(hands, who, &n);
	struct question *all = xcalloc(n, sizeof(*all));

	for (size_t i = 0; i < count; i++) {
		memcpy(all + at, who[i]->questions,
		       who[i]->question_count * sizeof(*all));
		at += who[i]->question_count;
	}
	any->ask(any->asker, all, n);
	excuse_others(hands, begun_ms);
	at = 0;
	for (size_t i = 0; i < count; i++) {
		size_t asked = who[i]->question_count;

		answer(who[i], all + at);
		at += asked;
	}
	free(all);
}

/* ---- All of them -------------------------------------------------------- */

static int64_t asking_since(const struct hands *hands)
{
	int64_t since_ms = INT64_MAX;

	for (size_t i = 0; i < hands->count; i++)
		if (hands->items[i].stands == HAND_ASKS &&
		    hands->items[i].since_ms < since_ms)
			since_ms = hands->items[i].since_ms;
	return since_ms;
}

static int wait_ms(const struct hands *hands)
{
	int64_t asking_ms = asking_since(hands);
	int64_t until_ms = hands->end_ms, left_ms;

	if (asking_ms != INT64_MAX && asking_ms + TOGETHER_MS < until_ms)
		until_ms = asking_ms + TOGETHER_MS;
	for (size_t i = 0; i < hands->count; i++)
		if (hands->items[i].stands == HAND_THINKS &&
		    think_end_ms(hands, &hands->items[i]) < until_ms)
			until_ms = think_end_ms(hands, &hands->items[i]);
	left_ms = until_ms - posix_monotonic_ms();
	return left_ms < 0 ? 0 : left_ms < INT32_MAX ? (int)left_ms :
						       INT32_MAX;
}

static void listen_to(struct hands *hands)
{
	struct pollfd fds[ERRANDS_AT_ONCE_MAX];
	struct hand *who[ERRANDS_AT_ONCE_MAX];
	nfds_t n = 0;

	for (size_t i = 0; i < hands->count; i++) {
		if (hands->items[i].stands != HAND_THINKS)
			continue;
		fds[n] = (struct pollfd){ .fd = hands->items[i].channel,
					  .events = POLLIN };
		who[n++] = &hands->items[i];
	}
	if (n == 0 || poll(fds, n, wait_ms(hands)) <= 0)
		return;
	for (nfds_t i = 0; i < n; i++)
		if (fds[i].revents)
			receive_some(hands, who[i]);
}

/* Who thinks for too long is not waited for. */
static void end_slow(struct hands *hands)
{
	int64_t now_ms = posix_monotonic_ms();

	for (size_t i = 0; i < hands->count; i++) {
		struct hand *hand = &hands->items[i];

		if (hand->stands == HAND_IS_OVER)
			continue;
		if (now_ms >= hands->end_ms)
			hand_end(hand, ERRAND_NO_TIME);
		else if (hand->stands == HAND_THINKS &&
			 now_ms >= think_end_ms(hands, hand))
			hand_end(hand, ERRAND_DIED);
	}
}

static void hands_do(struct hands *hands)
{
	int64_t end_ms = posix_deadline_ms(hands->world);

	int64_t part_ms = (end_ms - posix_monotonic_ms()) /
			  ERRAND_THINKS_PART;

	hands->end_ms = end_ms == INT64_MAX ? end_ms : end_ms + HOME_MS;
	hands->think_ms = part_ms < ERRAND_THINKS_MS_MAX ?
			  part_ms : ERRAND_THINKS_MS_MAX;
	if (hands->think_ms < THINKS_MS_MIN)
		hands->think_ms = THINKS_MS_MIN;
	for (size_t i = 0; i < hands->count; i++)
		if (!hand_begin(hands, &hands->items[i]))
			hand_end(&hands->items[i], ERRAND_FAILED);
	while (count_standing(hands, HAND_IS_OVER) < hands->count) {
		size_t thinking, asking;

		listen_to(hands);
		end_slow(hands);
		thinking = count_standing(hands, HAND_THINKS);
		asking = count_standing(hands, HAND_ASKS);
		if (asking && (!thinking || posix_monotonic_ms() >=
			       asking_since(hands) + TOGETHER_MS))
			ask(hands);
	}
}

static void posix_delegate(struct world *world, struct errand *errands,
			   size_t n)
{
	struct hands *hands = xcalloc(1, sizeof(*hands));

	for (size_t done = 0; done < n; done += hands->count) {
		*hands = (struct hands){ .world = world };
		while (hands->count < ERRANDS_AT_ONCE_MAX &&
		       done + hands->count < n) {
			hands->items[hands->count] = (struct hand){
				.errand = &errands[done + hands->count],
				.channel = -1 };
			hands->count++;
		}
		hands_do(hands);
	}
	free(hands);
}

/* ---- What they can do ---------------------------------------------------- */

static void try_rights(struct world *world, const void *context,
		       struct octets_reader *task, struct octets *result)
{
	(void)world;
	(void)context;
	(void)task;
	octets_put_number(result, confine_rights());
}

static char *posix_errand_rights(struct world *world)
{
	static const char *const words[] = {
		"open files", "make sockets", "signal others", "act as root" };
	struct errand errand = { .work = try_rights };
	struct texts left = { NULL, 0 };
	struct octets_reader result;
	uint64_t rights;
	char *text;

	world->delegate(world, &errand, 1);
	result = (struct octets_reader){ .data = errand.result.data,
					 .left = errand.result.size };
	rights = octets_number(&result, UINT8_MAX);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (rights & 1U << i)
			texts_add(&left, words[i]);
	text = errand.outcome == ERRAND_DONE ? texts_join(&left) :
	       xstrdup(errand_outcome_text(errand.outcome));
	texts_clear(&left);
	errand_clear(&errand);
	return text;
}

void world_posix_add_hands(struct world *world)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	world->delegate = posix_delegate;
	world->errand_rights = posix_errand_rights;
	world->hands = processors < 1 ? 1 :
		       processors < ERRANDS_AT_ONCE_MAX / 4 ?
		       (unsigned)processors : ERRANDS_AT_ONCE_MAX / 4;
}

void world_posix_hire(struct world *world)
{
	((struct posix *)world->self)->porter = porter_begin();
}
