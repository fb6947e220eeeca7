/* SPDX-License-Identifier: MIT */
#pragma once

#include "state/ledger.h"

/*
 * A cast of certificate chains without real certificates, each known by a
 * letter. All have keys of their own and the same issuer, but for
 *   k  another leaf over the key of a
 *   i  from another issuer
 *   n  without an issuer
 */
struct chain *cast_chain(char letter);
/* A chain of one's own: octets are the texts. ISSUER may be NULL. */
struct chain *cast_make(const char *leaf, const char *key,
			const char *issuer);
/* Frees the cast; for the teardown of a group. */
int cast_close(void **state);

/* "a b c:211": 3 1 1 unless said otherwise; "" is the empty set. */
struct tlsa_set cast_set(const char *text);

/*
 * What a survey of one owner saw. Server 0 is the primary; the addresses are
 * 192.0.2.1 and so on. TEXT of view_say() is a set as above, or one of
 *   -  absence   ~  silence   !  unproven
 *   *  a wildcard's set: of x, or *a of a
 *   @  alias of the second owner of a scene, @x of x.example.net.
 */
#define VIEW_SERVERS 4

struct view {
	struct zone zone;
	struct zone_server servers[VIEW_SERVERS];
	struct sighting sightings[VIEW_SERVERS];
	char aliases[VIEW_SERVERS][sizeof("x.example.net.")];
	struct survey_owner seen;
};

void view_open(struct view *view, const char *owner, size_t servers);
void view_say(struct view *view, size_t server, const char *text,
	      uint32_t ttl_seconds);
void view_say_all(struct view *view, const char *text, uint32_t ttl_seconds);
void view_close(struct view *view);
