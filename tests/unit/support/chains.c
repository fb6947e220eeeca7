/* SPDX-License-Identifier: MIT */
#include "support/chains.h"

#include "base/xalloc.h"
#include "unit.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

static struct chain *cast[26];

static void certificate_fill(struct certificate *certificate,
			     const char *whole, const char *key)
{
	certificate->der = xmemdup(whole, strlen(whole));
	certificate->der_size = strlen(whole);
	certificate->spki = xmemdup(key, strlen(key));
	certificate->spki_size = strlen(key);
	certificate->subject = xasprintf("CN=%s", whole);
}

struct chain *cast_make(const char *leaf, const char *key, const char *issuer)
{
	struct chain *chain = xcalloc(1, sizeof(*chain));

	chain->count = issuer ? 2 : 1;
	chain->certificates = xcalloc(chain->count,
				      sizeof(*chain->certificates));
	certificate_fill(&chain->certificates[0], leaf, key);
	if (issuer)
		certificate_fill(&chain->certificates[1], issuer, issuer);
	SHA256((const unsigned char *)leaf, strlen(leaf), chain->leaf.sha256);
	SHA256((const unsigned char *)chain->certificates[0].subject,
	       strlen(chain->certificates[0].subject), chain->version.sha256);
	chain->family = KEY_ECDSA;
	chain->not_after_seconds = 2000000000;
	return chain;
}

struct chain *cast_chain(char letter)
{
	char leaf[] = "leaf ?", key[] = "key ?";
	struct chain **chain = &cast[letter - 'a'];

	leaf[5] = letter;
	key[4] = letter == 'k' ? 'a' : letter;
	if (!*chain)
		*chain = cast_make(leaf, key, letter == 'n' ? NULL :
				   letter == 'i' ? "issuer 2" : "issuer 1");
	return *chain;
}

int cast_close(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cast) / sizeof(cast[0]); i++) {
		chain_free(cast[i]);
		cast[i] = NULL;
	}
	return 0;
}

struct tlsa_set cast_set(const char *text)
{
	struct tlsa_set set = { 0 };
	struct tlsa record;

	for (; *text; text++) {
		struct tlsa_params params = { 3, 1, 1 };
		char letter = *text;

		if (letter == ' ')
			continue;
		if (text[1] == ':') {
			params = (struct tlsa_params){
				(uint8_t)(text[2] - '0'),
				(uint8_t)(text[3] - '0'),
				(uint8_t)(text[4] - '0') };
			text += 4;
		}
		must(tlsa_from_chain(cast_chain(letter), params, &record));
		tlsa_set_add(&set, &record);
		tlsa_clear(&record);
	}
	return set;
}

void view_open(struct view *view, const char *owner, size_t servers)
{
	*view = (struct view){ 0 };
	view->zone.name = lent("example.com.");
	view->zone.servers = view->servers;
	view->zone.server_count = servers;
	view->zone.authentic = true;
	for (size_t i = 0; i < servers; i++) {
		struct zone_server *server = &view->servers[i];

		server->address = (struct address){ .family = 4, .port = 53,
			.bytes = { 192, 0, 2, (uint8_t)(i + 1) } };
		server->name = lent("ns.example.com.");
		server->roles = ZONE_SERVER_PARENT;
		view->sightings[i].server = server;
		view->sightings[i].detail = lent("says this");
		view->sightings[i].verdict = SIGHTING_NO_ANSWER;
		view->sightings[i].serial_known = true;
		view->sightings[i].serial = 1;
	}
	view->seen = (struct survey_owner){ .name = owner,
		.zone = &view->zone, .sightings = view->sightings,
		.count = servers, .primary = &view->sightings[0] };
	view->zone.primary = view->servers[0].address;
}

static enum sighting_verdict verdict_of(const char *text)
{
	switch (*text) {
	case '-':
		return SIGHTING_ABSENT;
	case '@':
		return SIGHTING_ALIAS;
	case '*':
		return SIGHTING_WILDCARD;
	case '~':
		return SIGHTING_NO_ANSWER;
	case '!':
		return SIGHTING_UNPROVEN;
	default:
		return SIGHTING_SET;
	}
}

void view_say(struct view *view, size_t server, const char *text,
	      uint32_t ttl_seconds)
{
	struct sighting *sighting = &view->sightings[server];

	tlsa_set_clear(&sighting->set);
	sighting->verdict = verdict_of(text);
	if (sighting->verdict == SIGHTING_SET)
		sighting->set = cast_set(text);
	if (sighting->verdict == SIGHTING_WILDCARD)
		sighting->set = cast_set(text[1] ? text + 1 : "x");
	if (sighting->verdict == SIGHTING_ALIAS && text[1]) {
		snprintf(view->aliases[server], sizeof(view->aliases[0]),
			 "%c.example.net.", text[1]);
		sighting->alias = view->aliases[server];
	} else if (sighting->verdict == SIGHTING_ALIAS) {
		sighting->alias = lent("_443._tcp.mail.example.com.");
	} else {
		sighting->alias = NULL;
	}
	sighting->ttl_seconds = ttl_seconds;
	sighting->rrset_ttl_seconds =
		sighting->verdict == SIGHTING_SET ? ttl_seconds : 0;
}

void view_say_all(struct view *view, const char *text, uint32_t ttl_seconds)
{
	for (size_t i = 0; i < view->seen.count; i++)
		view_say(view, i, text, ttl_seconds);
}

void view_close(struct view *view)
{
	for (size_t i = 0; i < VIEW_SERVERS; i++)
		tlsa_set_clear(&view->sightings[i].set);
}
