/* SPDX-License-Identifier: MIT */
#include "cert/chain_wire.h"
#include "errand/wire.h"
#include "fuzz.h"
#include "world/posix/hands.h"

/* What a process sends that somebody has taken over: a frame, the questions it
 * asks, and results. The first octet says which. */
const char fuzz_corpus[] = "errand";

enum { FRAME, QUESTIONS, CHAIN, ZONES, OWNER, KINDS };

static struct config_zone zones[] = { { .name = NULL } };
static const struct config config = { .zones = zones, .zone_count = 1 };

static void read_frame(const uint8_t *data, size_t size)
{
	const struct octets octets = { unconst(data), size,
				       size };
	struct octets_reader body;
	enum frame_kind kind;
	size_t taken;
	bool bad;

	if (frame_find(&octets, &kind, &body, &taken, &bad)) {
		invariant(!bad && kind <= FRAME_RESULT && taken <= size);
		invariant(body.left + FRAME_HEAD_SIZE == taken);
	}
}

static void read_questions(struct octets_reader *reader)
{
	const uint8_t *end = reader->data + reader->left;
	size_t n;
	struct question *questions = questions_take(reader, &n);

	for (size_t i = 0; i < n && !reader->bad; i++) {
		invariant(questions[i].query_size > 0);
		invariant(questions[i].query + questions[i].query_size <= end);
		invariant(!questions[i].key || strlen(questions[i].key) <
			  (size_t)(end - (const uint8_t *)questions[i].key));
	}
	free(questions);
}

static void read_chain(struct octets_reader *reader)
{
	struct chain *chain = chain_take(reader);
	struct octets again = { NULL, 0, 0 };

	invariant(!chain == reader->bad);
	if (chain)
		chain_put(&again, chain);
	octets_clear(&again);
	chain_free(chain);
}

static void read_zones(struct octets_reader *reader, bool opens)
{
	struct zones found = { NULL, 0, NULL, NULL, 0 };
	struct octets again = { NULL, 0, 0 };

	wire_take_zones(reader, &config, 2, opens, &found);
	for (size_t i = 0; i < 2 && !reader->bad; i++)
		invariant(found.of_owner[i] || found.owner_detail[i]);
	if (!reader->bad)
		wire_put_zones(&again, &config, &found);
	octets_clear(&again);
	zones_clear(&found);
}

/* Nobody is missing whom a release would have to wait for. */
static void check_owner(const struct zone *zone,
			const struct survey_owner *owner)
{
	size_t wanted = 0;

	for (size_t i = 0; i < zone->server_count; i++)
		wanted += !zone->servers[i].ignored;
	invariant(owner->detail || owner->count == wanted);
	for (size_t i = 0; i < owner->count; i++) {
		const struct sighting *at = &owner->sightings[i];

		invariant(at->server >= zone->servers &&
			  at->server < zone->servers + zone->server_count);
		invariant((at->verdict == SIGHTING_ALIAS) == !!at->alias);
		invariant(at->detail);
	}
}

static void read_owner(struct octets_reader *reader)
{
	struct zone_server servers[] = {
		{ .address.family = 4 },
		{ .address.family = 4, .ignored = true },
		{ .address.family = 6 } };
	const struct zone zone = { .servers = servers, .server_count = 3 };
	struct survey survey = { .count = 1 };

	survey.owners = xcalloc(1, sizeof(*survey.owners));
	wire_take_owner(reader, &zone, survey.owners, &survey.details);
	if (octets_over(reader))
		check_owner(&zone, survey.owners);
	survey_clear(&survey);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct octets_reader reader = { .data = data + 1, .left = size - 1 };

	if (size == 0)
		return 0;
	switch (data[0] % KINDS) {
	case FRAME:
		read_frame(data + 1, size - 1);
		break;
	case QUESTIONS:
		read_questions(&reader);
		break;
	case CHAIN:
		read_chain(&reader);
		break;
	case ZONES:
		read_zones(&reader, data[0] & 0x80);
		break;
	case OWNER:
		read_owner(&reader);
		break;
	}
	return 0;
}
